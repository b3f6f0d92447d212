//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the lock of the file of that name, if nobody has it.
func lock(name string) (release func(), state lockState) {
	// To write, because file systems of networks lock no other; not through a link nor waiting for a pipe, since
	// the name can be guessed.
	f, err := os.OpenFile(name, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, lockTaken
	}
	if err != nil {
		return func() {}, lockNone
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		f.Close()
		return nil, lockTaken
	case err != nil:
		f.Close()
		return func() {}, lockNone
	}
	// Between opening and locking another may have removed the file.
	locked, err1 := f.Stat()
	there, err2 := os.Lstat(name)
	if err1 != nil || err2 != nil || !os.SameFile(locked, there) {
		f.Close()
		return nil, lockTaken
	}
	return func() { f.Close() }, lockHeld
}
