//go:build !unix

package atomicfile

import "os"

// keepOwner has nothing to do on this system.
func keepOwner(*os.File, os.FileInfo) {}

// sticky: this system has no such directories.
func sticky(os.FileInfo, os.FileInfo) bool { return false }
