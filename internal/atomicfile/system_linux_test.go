package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// childDirectory tells the test binary to be a process that is killed while it writes.
const childDirectory = "ATOMICFILE_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDirectory); dir != "" {
		Write(filepath.Join(dir, "a"), func(w io.Writer) error {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return err
			}
			os.WriteFile(filepath.Join(dir, "ready"), nil, 0o666)
			time.Sleep(time.Hour)
			return nil
		})
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// The temporary file of a process stays while it lives and is removed by the next one when it was killed.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := put("a", "old"); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), childDirectory+"="+dir)
	if err := child.Start(); errors.Is(err, syscall.ENOEXEC) {
		t.Log("an emulator runs this test, and the system cannot run the program without it")
		return
	} else if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat("ready"); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := os.Remove("ready"); err != nil {
		t.Fatal(err)
	}
	alive := names(t)
	if err := put("a", "new"); err != nil || names(t) != alive || alive == "a" {
		t.Errorf("error %v; before %q, after %q: that of the living process must stay", err, alive, names(t))
	}
	child.Process.Kill()
	child.Wait()
	if content("a") != "new" || names(t) != alive {
		t.Errorf("after the kill: %q, %s", content("a"), names(t))
	}
	if err := Check("a"); err != nil || names(t) != "a" || content("a") != "new" {
		t.Errorf("error %v, %q in %s", err, content("a"), names(t))
	}
}

// asNobody calls f as somebody who is not the owner of the files and has no rights over those of others.
func asNobody(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with its identity
		if os.Geteuid() == 0 {
			syscall.Setfsgid(65534)
			syscall.Setfsuid(65534)
		}
		f()
	}()
	<-done
}

// What the system would not let a process write is refused before the work, and stays.
func TestPermission(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for d := dir; d != os.TempDir() && len(d) > 1; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	make := func(name string, mode os.FileMode) {
		if err := os.WriteFile(name, []byte("precious"), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	make("readonly", 0o444)
	make("open", 0o666)
	for _, d := range []string{"closed", "full"} {
		if err := os.Mkdir(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	make("closed/file", 0o666)
	if err := os.Chmod("closed", 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod("closed", 0o777)
	before := names(t)
	asNobody(func() {
		for _, path := range []string{"readonly", "closed/new", "closed/file"} {
			err := Write(path, func(io.Writer) error {
				t.Errorf("%s: the body runs", path)
				return nil
			})
			var pe *os.PathError
			if check := Check(path); !errors.Is(err, fs.ErrPermission) || !errors.As(err, &pe) || pe.Path != path || check == nil || check.Error() != err.Error() {
				t.Errorf("%s: Write says %v, Check %v", path, err, check)
			}
		}
		if err := put("open", "new"); err != nil || content("open") != "new" {
			t.Errorf("a file for all: %v", err)
		}
	})
	if content("readonly") != "precious" || content("closed/file") != "precious" || names(t) != before {
		t.Errorf("%q, %q in %s", content("readonly"), content("closed/file"), names(t))
	}
}

// The owner stays where the system lets: for root always, for others their own group.
func TestOwner(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := put("a", "old"); err != nil {
		t.Fatal(err)
	}
	want := owner{os.Getuid(), os.Getgid(), 0o640}
	if os.Geteuid() == 0 {
		want.user, want.group = 12345, 54321
	}
	if err := errors.Join(os.Chown("a", want.user, want.group), os.Chmod("a", want.mode)); err != nil {
		t.Fatal(err)
	}
	if err := put("a", "new"); err != nil || content("a") != "new" {
		t.Fatal(err)
	}
	info, err := os.Stat("a")
	if err != nil {
		t.Fatal(err)
	}
	s := info.Sys().(*syscall.Stat_t)
	if got := (owner{int(s.Uid), int(s.Gid), info.Mode().Perm()}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// A file that has no name any more is written to by its descriptor, and none is made that is called as the system shows it.
func TestUnnamed(t *testing.T) {
	t.Chdir(t.TempDir())
	f, err := os.Create("a")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("longer than what comes"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove("a"), put(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), "new")); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil || string(b) != "new" || names(t) != "" {
		t.Errorf("error %v, %q in the file, %q beside it", err, b, names(t))
	}
}

type owner struct {
	user, group int
	mode        os.FileMode
}

// In a directory with the sticky bit the owners of the file and of the directory, and root, may replace a file.
func TestSticky(t *testing.T) {
	for _, c := range []struct {
		user, dir, file int
		want            bool
	}{{0, 1, 2, false}, {1, 1, 2, false}, {2, 1, 2, false}, {3, 1, 2, true}, {3, 0, 0, true}} {
		if got := stickyFor(c.user, c.dir, c.file); got != c.want {
			t.Errorf("user %d, directory of %d, file of %d: %v", c.user, c.dir, c.file, got)
		}
	}
	t.Chdir(t.TempDir())
	if err := errors.Join(os.Mkdir("d", 0o777), os.Chmod("d", 0o777|os.ModeSticky), put("d/a", "old"), put("d/a", "new")); err != nil {
		t.Errorf("a file of one's own: %v", err)
	}
}
