// Package atomicfile writes files so that a reader, or a crash, sees the old
// file or the new one and nothing between.
package atomicfile

import (
	"bufio"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// Check returns the error that Write would give for a path that no file can have: no
// name, the name of a directory, or a name in a directory that is not there. A long
// calculation asks before it begins.
func Check(path string) error {
	fail := func(err error) error { return &os.PathError{Op: "write", Path: path, Err: err} }
	if path == "" {
		return fail(errors.New("a file without a name"))
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fail(errors.New("is a directory"))
	}
	dir, _ := filepath.Split(path)
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	var pe *os.PathError
	if errors.As(err, &pe) {
		return fail(pe.Err)
	}
	if err == nil && !info.IsDir() {
		return fail(errors.New("not a directory"))
	}
	return err
}

// Write calls body with a writer for the new content of path. The content goes
// to a temporary file in the same directory, is synced to disk and renamed over
// path, only if body returns nil. On any error the temporary file is removed and
// path is as it was.
//
// The file keeps the permissions that path had; a new one gets what the process gives
// new files. Of a symbolic link the file that it names is replaced. What is not a file, such as a
// pipe or a device, is written to and stays what it is.
func Write(path string, body func(w io.Writer) error) (err error) {
	if err := Check(path); err != nil {
		return err
	}
	old, missing := os.Stat(path)
	if missing == nil && !old.Mode().IsRegular() {
		return writeInto(path, body)
	}
	file := followed(path)
	dir := filepath.Dir(file)
	f, err := createTemp(file)
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
	if missing == nil {
		if err = f.Chmod(old.Mode().Perm()); err != nil {
			return err
		}
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), file); err != nil {
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

// followed is the path that path leads to through symbolic links, whether there is a file or not.
func followed(path string) string {
	for range 40 { // they may go round
		link, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(path), link)
		}
		path = link
	}
	return path
}

// createTemp makes a file beside path, with the permissions of new files ([os.CreateTemp]'s
// are the owner's only).
func createTemp(path string) (*os.File, error) {
	dir, base := filepath.Split(path)
	for {
		name := filepath.Join(dir, "."+base+"."+strconv.FormatUint(rand.Uint64(), 36)+".tmp")
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, os.ErrExist) {
			return f, err
		}
	}
}

// writeInto writes to a pipe or a device.
func writeInto(path string, body func(w io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	if err = body(w); err == nil {
		err = w.Flush()
	}
	if shut := f.Close(); err == nil {
		err = shut
	}
	return err
}
