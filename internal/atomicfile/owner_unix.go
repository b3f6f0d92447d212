//go:build unix

package atomicfile

import (
	"os"
	"syscall"
)

// keepOwner gives f the owner and the group of old, or the group alone, where the system lets.
func keepOwner(f *os.File, old os.FileInfo) {
	was, ok := old.Sys().(*syscall.Stat_t)
	if !ok {
		return
	}
	if err := f.Chown(int(was.Uid), int(was.Gid)); err != nil {
		f.Chown(-1, int(was.Gid))
	}
}

// sticky reports whether the process may not rename over a file in this directory, although it may write both.
func sticky(dir, file os.FileInfo) bool {
	d, ok1 := dir.Sys().(*syscall.Stat_t)
	f, ok2 := file.Sys().(*syscall.Stat_t)
	return ok1 && ok2 && dir.Mode()&os.ModeSticky != 0 && stickyFor(os.Geteuid(), int(d.Uid), int(f.Uid))
}

// stickyFor is the rule of the sticky bit.
func stickyFor(user, dir, file int) bool { return user != 0 && user != dir && user != file }
