package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// target is what a path leads to.
type target struct {
	file    string      // without a symbolic link at its end
	old     os.FileInfo // nil if there is none
	inPlace bool        // a pipe, a device or what has no name: it is written to, not replaced
}

var (
	errNoName    = errors.New("a file without a name")
	errDirectory = errors.New("is a directory")
	errLinks     = errors.New("too many levels of symbolic links")
	errSticky    = errors.New("only its owner may replace it in this directory")
)

// find follows path and refuses what cannot be written.
func find(path string) (t target, err error) {
	if path == "" {
		return t, errNoName
	}
	if t.old, err = os.Stat(path); err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			return t, err
		}
		t.old = nil
	}
	if t.old != nil && t.old.IsDir() {
		return t, errDirectory
	}
	if t.file, err = follow(path); err != nil {
		return t, err
	}
	if t.old == nil {
		return t, nil
	}
	if t.inPlace = !t.old.Mode().IsRegular(); t.inPlace {
		return t, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return t, err
	}
	if err := f.Close(); err != nil {
		return t, err
	}
	// The links of /proc to open files may lead to files that have no name any more.
	found, err := os.Lstat(t.file)
	t.inPlace = err != nil || !os.SameFile(t.old, found)
	if dir, err := os.Stat(directory(t.file)); err == nil && !t.inPlace && sticky(dir, t.old) {
		return t, errSticky
	}
	return t, nil
}

// follow is the path to which the system would follow the symbolic links at the end of path. The text of a link
// stands for itself behind the path of its directory: to shorten "a/../b" is wrong where a is a link.
func follow(path string) (string, error) {
	for range 40 {
		link, err := os.Readlink(path)
		if err != nil {
			return path, nil // a file, or nothing
		}
		if !filepath.IsAbs(link) {
			dir, _ := filepath.Split(path)
			link = dir + link
		}
		path = link
	}
	return "", errLinks
}

// directory is that of a file, not shortened.
func directory(file string) string {
	if dir, _ := filepath.Split(file); dir != "" {
		return dir
	}
	return "."
}

// Same reports whether two paths lead to the same file, or would if it were there: to write one is to write the
// other. Pipes and devices are nobody's: they are the same as nothing.
func Same(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	if errX == nil && errY == nil {
		return x.Mode().IsRegular() && os.SameFile(x, y)
	}
	if errX == nil || errY == nil || a == "" || b == "" {
		return false
	}
	fileX, errX := follow(a)
	fileY, errY := follow(b)
	_, baseX := filepath.Split(fileX)
	_, baseY := filepath.Split(fileY)
	// Where systems have names without case, those of two new files that differ in nothing else are one.
	same := baseX == baseY || (runtime.GOOS == "windows" || runtime.GOOS == "darwin") && strings.EqualFold(baseX, baseY)
	if errX != nil || errY != nil || !same {
		return false
	}
	dirX, errX := os.Stat(directory(fileX))
	dirY, errY := os.Stat(directory(fileY))
	return errX == nil && errY == nil && os.SameFile(dirX, dirY)
}
