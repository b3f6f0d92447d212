// Package atomicfile writes files so that a reader, or a crash, sees the old
// file or the new one and nothing between.
package atomicfile

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Write calls body with a writer for the new content of path. The content goes
// to a temporary file in the same directory, is synced to disk and renamed over
// path, only if body returns nil. On any error the temporary file is removed and
// path is as it was.
func Write(path string, body func(w io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		// The path that the caller knows says more than that of the temporary file.
		var pe *os.PathError
		if errors.As(err, &pe) {
			pe.Op, pe.Path = "write", path
		}
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	if err = body(w); err != nil {
		return err
	}
	if err = w.Flush(); err != nil {
		return err
	}
	// CreateTemp makes files that only their owner may read; a model or a result
	// is an ordinary file.
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	// The rename is on disk when the directory is. Some systems cannot sync
	// directories; the file itself is complete either way.
	if d, e := os.Open(dir); e == nil {
		d.Sync()
		d.Close()
	}
	return nil
}
