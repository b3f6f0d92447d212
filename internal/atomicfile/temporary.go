package atomicfile

import (
	"errors"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// temporary is a file that is to take the place of another.
type temporary struct {
	writer
	release func() // ends its lock
}

// places is how many temporary files of one file are looked for.
const places = 16

// createTemporary makes a file beside file, with the permissions of new files ([os.CreateTemp]'s are the owner's only).
//
// The names are few and follow from that of the file alone, so that whoever writes the file finds what killed processes
// have left: .nnk-HASH-0.tmp, -1 and so on. A process holds a lock on its temporary file for as long as it has one, which ends with
// the process, however that ends; a file of such a name that can be locked is nobody's and is removed. Where the system or the file system
// has no locks nothing is removed. The names are short because that of the file may be as long as there are.
func createTemporary(path, file string) (*temporary, error) {
	if err := fault("create", path); err != nil {
		return nil, err
	}
	dir, base := filepath.Split(file)
	h := fnv.New64a()
	io.WriteString(h, base)
	name := func(k int) string {
		return dir + ".nnk-" + strconv.FormatUint(h.Sum64(), 36) + "-" + strconv.Itoa(k) + ".tmp"
	}
	for k := 0; removeAbandoned(name(k)) || k < places; k++ {
	}
	for k := 0; ; k++ {
		f, err := os.OpenFile(name(k), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		release, state := lock(name(k))
		if state == lockTaken { // by another process, which takes it for abandoned and removes it
			f.Close()
			continue
		}
		return &temporary{writer{f, path}, release}, nil
	}
}

// removeAbandoned removes a temporary file of a process that is no more. It reports whether there was a file.
func removeAbandoned(name string) bool {
	info, err := os.Lstat(name)
	if err != nil {
		return false
	}
	if !info.Mode().IsRegular() {
		return true
	}
	if release, state := lock(name); state == lockHeld {
		os.Remove(name)
		release()
	}
	return true
}

// What [lock] finds.
type lockState int

const (
	lockNone  lockState = iota // there are no locks here
	lockHeld                   // by the caller now
	lockTaken                  // by another, or the file is gone
)

// fill writes the content and makes it durable.
func (t *temporary) fill(body func(w io.Writer) error, old os.FileInfo) error {
	if err := t.writer.fill(body); err != nil {
		return err
	}
	if old != nil {
		keepOwner(t.f, old)
		err := fault("chmod", t.path)
		if err == nil {
			err = t.f.Chmod(old.Mode().Perm())
		}
		if err != nil {
			return named(t.path, err)
		}
	}
	err := fault("sync", t.path)
	if err == nil {
		err = t.f.Sync()
	}
	if err != nil {
		return named(t.path, err)
	}
	return t.close()
}

// replace puts the file in the place of its target.
func (t *temporary) replace(to target) error {
	if err := fault("rename", t.path); err != nil {
		return err
	}
	if err := os.Rename(t.f.Name(), to.file); err != nil {
		return err
	}
	t.release()
	// The rename is on disk when the directory is. Some systems cannot sync
	// directories; the file itself is complete either way.
	if d, err := os.Open(directory(to.file)); err == nil {
		d.Sync()
		d.Close()
	}
	return nil
}

// discard removes the file.
func (t *temporary) discard() {
	t.f.Close()
	os.Remove(t.f.Name())
	t.release()
}
