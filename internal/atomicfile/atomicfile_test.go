package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	write := func(text string, fail error) error {
		return Write(path, func(w io.Writer) error {
			if _, err := io.WriteString(w, text); err != nil {
				return err
			}
			return fail
		})
	}
	broken := errors.New("broken")
	for _, step := range []struct {
		name, text string
		fail       error
		want       string // content afterwards, "" for no file
	}{
		{"failure leaves no file", "half", broken, ""},
		{"new file", "one", nil, "one"},
		{"failure leaves the old file", "half", broken, "one"},
		{"replace", "two", nil, "two"},
	} {
		if err := write(step.text, step.fail); err != step.fail {
			t.Fatalf("%s: error %v, want %v", step.name, err, step.fail)
		}
		got, err := os.ReadFile(path)
		if err != nil && step.want != "" {
			t.Fatalf("%s: %v", step.name, err)
		}
		if string(got) != step.want {
			t.Errorf("%s: content %q, want %q", step.name, got, step.want)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Name() != "a" {
				t.Errorf("%s: left %s behind", step.name, e.Name())
			}
		}
	}
}

// A new file has the permissions of any new file, an old one keeps its own.
func TestWritePermissions(t *testing.T) {
	dir := t.TempDir()
	ordinary, path := filepath.Join(dir, "ordinary"), filepath.Join(dir, "a")
	if err := os.WriteFile(ordinary, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	mode := func(path string) os.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode()
	}
	write := func() {
		if err := Write(path, func(io.Writer) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	write()
	if got, want := mode(path), mode(ordinary); got != want {
		t.Errorf("new file: %v, want %v", got, want)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	want := mode(path)
	write()
	if got := mode(path); got != want {
		t.Errorf("old file: %v, want %v", got, want)
	}
}

// A symbolic link stays one, and what it names is written, whether it was there or not.
func TestWriteThroughLink(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o777); err != nil {
		t.Fatal(err)
	}
	target, first, second := filepath.Join(dir, "sub", "a"), filepath.Join(dir, "first"), filepath.Join(dir, "second")
	for link, to := range map[string]string{first: filepath.Join("sub", "a"), second: first} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"new", "replaced"} {
		if err := Write(second, func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(target); err != nil || string(got) != text {
			t.Errorf("%q: content %q, error %v", text, got, err)
		}
		for _, link := range []string{first, second} {
			if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
				t.Errorf("%q: %s is %v, error %v", text, link, info, err)
			}
		}
	}
}

// The old file is whole at every moment before the body has returned.
func TestWriteDuring(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := Write(path, func(w io.Writer) error {
		for range 1 << 18 {
			if _, err := w.Write([]byte("x")); err != nil {
				return err
			}
		}
		got, err := os.ReadFile(path)
		if string(got) != "old" {
			t.Errorf("during the write: %q, want the old content", got)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(path); err != nil || fi.Size() != 1<<18 {
		t.Errorf("after the write: %v, %v", fi, err)
	}
}

func TestWriteNoDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "a")
	err := Write(path, func(io.Writer) error { return nil })
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want %v", err, os.ErrNotExist)
	}
}

// A path that no file can have is refused before the body runs, by its own name.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, filepath.Join(dir, "new")} {
		if err := Check(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{"", dir, dir + string(filepath.Separator), filepath.Join(dir, "no", "file"), filepath.Join(file, "below")} {
		err := Write(path, func(io.Writer) error {
			t.Errorf("%q: the body runs", path)
			return nil
		})
		var pe *os.PathError
		if !errors.As(err, &pe) || pe.Path != path || !reflect.DeepEqual(err, Check(path)) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// A device is written to and is not replaced by a file.
func TestWriteDevice(t *testing.T) {
	if err := writeInto(os.DevNull, func(w io.Writer) error {
		_, err := io.WriteString(w, "text")
		return err
	}); err != nil {
		t.Error(err)
	}
	broken := errors.New("broken")
	if err := writeInto(os.DevNull, func(io.Writer) error { return broken }); err != broken {
		t.Errorf("error %v, want %v", err, broken)
	}
	before, err := os.Stat(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	link := filepath.Join(dir, "link") // in a directory where a file could take its place
	if err := os.Symlink(os.DevNull, link); err != nil {
		t.Logf("no symbolic links here: %v", err)
		return
	}
	if err := Write(link, func(w io.Writer) error {
		_, err := io.WriteString(w, "text")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(link); err != nil || after.Mode() != before.Mode() {
		t.Errorf("%v, %v: the device has become a file", after, err)
	}
}
