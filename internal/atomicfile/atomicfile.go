// Package atomicfile writes files so that a reader, or a crash, sees the old
// file or the new one and nothing between.
package atomicfile

import (
	"bufio"
	"errors"
	"io"
	"os"
)

// Check returns the error that Write would give for a path that cannot be written: no
// name, a directory, a link that goes round, a file without permission to write, a directory that is not there or
// takes no new file. It makes a file in the directory and removes it. A long calculation asks before it begins.
func Check(path string) error {
	t, err := find(path)
	if err != nil || t.inPlace {
		return named(path, err)
	}
	f, err := createTemporary(path, t.file)
	if err != nil {
		return named(path, err)
	}
	f.discard()
	return nil
}

// Write calls body with a writer for the new content of path. The content goes
// to a temporary file in the same directory, is synced to disk and renamed over
// path, only if body returns nil. On any error the temporary file is removed and
// path is as it was; if the process is killed, the next Write or Check of the same path removes it, see
// [createTemporary]. Errors of the system are an [os.PathError] of path.
//
// The file keeps the permissions that path had, and its owner and group where the system lets; access control lists and
// other names of the file (hard links) are not kept. A new file gets what the process gives new files. A file
// that the process may not write is refused, as opening it would be, although it could be replaced. Of a
// symbolic link the file to which the system would follow it is written, whether it is there or not. What is not a file, such as a
// pipe or a device, is written to and stays what it is.
func Write(path string, body func(w io.Writer) error) error {
	t, err := find(path)
	if err != nil {
		return named(path, err)
	}
	if t.inPlace {
		return writeInto(path, body)
	}
	f, err := createTemporary(path, t.file)
	if err != nil {
		return named(path, err)
	}
	if err := f.fill(body, t.old); err != nil {
		f.discard()
		return err
	}
	if err := f.replace(t); err != nil {
		f.discard()
		return named(path, err)
	}
	return nil
}

// Fault, if it is not nil, is asked before each call to the system by which Write changes a file: "create", "write",
// "chmod", "sync", "close" and "rename", with the path that the caller of Write gave. If it returns an error the call is
// not made and fails with it; of a write one half is made. Tests set it, while nothing is written.
var Fault func(call, path string) error

func fault(call, path string) error {
	if Fault == nil {
		return nil
	}
	return Fault(call, path)
}

// named gives an error of the system the path that the caller knows, which says more than that of the temporary file.
func named(path string, err error) error {
	if err == nil {
		return nil
	}
	var pe *os.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		err = pe.Err
	case errors.As(err, &le):
		err = le.Err
	}
	return &os.PathError{Op: "write", Path: path, Err: err}
}

// writer writes to a file whose errors are those of path.
type writer struct {
	f    *os.File
	path string
}

func (w writer) Write(b []byte) (n int, err error) {
	if err = fault("write", w.path); err != nil {
		n, _ = w.f.Write(b[:len(b)/2])
		return n, named(w.path, err)
	}
	n, err = w.f.Write(b)
	return n, named(w.path, err)
}

// fill calls body with a buffer before the file.
func (w writer) fill(body func(w io.Writer) error) error {
	b := bufio.NewWriterSize(w, 1<<16)
	if err := body(b); err != nil {
		return err
	}
	return b.Flush()
}

func (w writer) close() error {
	err := fault("close", w.path)
	if shut := w.f.Close(); err == nil {
		err = shut
	}
	return named(w.path, err)
}

// writeInto writes to what is not replaced.
func writeInto(path string, body func(w io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return named(path, err)
	}
	w := writer{f, path}
	err = w.fill(body)
	if shut := w.close(); err == nil {
		err = shut
	}
	return err
}
