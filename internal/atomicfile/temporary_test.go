package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// names are those of the files in the working directory.
func names(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

// A name may be as long as the system lets.
func TestLongNames(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, n := range []int{240, 255} {
		name := strings.Repeat("x", n)
		if err := Check(name); err != nil {
			t.Error(err)
		}
		if err := put(name, "new"); err != nil || content(name) != "new" {
			t.Errorf("%d characters: %v", n, err)
		}
	}
	name, before := strings.Repeat("x", 300), names(t)
	if Check(name) == nil || put(name, "new") == nil || names(t) != before {
		t.Errorf("300 characters are accepted, or leave something: %.40q", names(t))
	}
}

// Those who write the same file at the same time leave each other alone: the last of them prevails.
func TestWriteBeside(t *testing.T) {
	t.Chdir(t.TempDir())
	var write func(depth int) error
	write = func(depth int) error {
		return Write("a", func(w io.Writer) error {
			if depth > 0 {
				if err := write(depth - 1); err != nil {
					return err
				}
			}
			_, err := w.Write([]byte{'0' + byte(depth)})
			return err
		})
	}
	const deep = places + 3 // more than have a place
	if err := write(deep); err != nil || content("a") != string(rune('0'+deep)) || names(t) != "a" {
		t.Errorf("error %v, %q in %s", err, content("a"), names(t))
	}
}

// A fault of any call leaves the old file or the new one, an error that names the file, and nothing else.
func TestFaults(t *testing.T) {
	broken := errors.New("broken")
	defer func() { Fault = nil }()
	for _, old := range []string{"", "old"} {
		t.Chdir(t.TempDir())
		done := false
		for n := 0; !done; n++ {
			if n > 100 {
				t.Fatal("more than a hundred calls")
			}
			os.Remove("a")
			if old != "" {
				if err := os.WriteFile("a", []byte(old), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			calls, failed := 0, ""
			Fault = func(call, path string) error {
				if path != "a" {
					t.Errorf("%s of %q", call, path)
				}
				if calls++; calls-1 == n {
					failed = call
					return broken
				}
				return nil
			}
			text := strings.Repeat("new", 50000) // several writes
			err := put("a", text)
			Fault = nil
			var pe *os.PathError
			switch done = failed == ""; {
			case done && (err != nil || content("a") != text):
				t.Errorf("without a fault: %v", err)
			case !done && (!errors.As(err, &pe) || pe.Path != "a" || !errors.Is(err, broken) || content("a") != old):
				t.Errorf("fault %d, of %s: error %v, %.20q", n, failed, err, content("a"))
			}
			if content("a") == "" && names(t) != "" || content("a") != "" && names(t) != "a" {
				t.Errorf("fault %d, of %s: there is %s", n, failed, names(t))
			}
			if done && n < 6 {
				t.Errorf("%d calls can fail, want more", n)
			}
		}
	}
	Fault = func(call, _ string) error {
		if call == "write" {
			return broken
		}
		return nil
	}
	if err := put(os.DevNull, "text"); !errors.Is(err, broken) {
		t.Errorf("a device that is full: %v", err)
	}
}

// What the system says of the temporary file is said of the one that it is for.
func TestErrorsNameTheFile(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "temporary"))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	w := writer{f, "asked for"}
	_, wrote := w.Write([]byte("text"))
	for _, err := range []error{wrote, w.close(), named("asked for", os.Rename(f.Name(), filepath.Join(f.Name(), "x")))} {
		var pe *os.PathError
		if !errors.As(err, &pe) || pe.Path != "asked for" || strings.Contains(err.Error(), "temporary") {
			t.Errorf("%v", err)
		}
	}
}

// What a process leaves that was killed is of no use to anyone, and what stands in the way of its name does not matter.
func TestAbandoned(t *testing.T) {
	if release, state := lock(filepath.Join(t.TempDir(), "no")); state == lockNone {
		release()
		t.Log("there are no locks on this system: nothing is removed")
		return
	}
	t.Chdir(t.TempDir())
	var temporary string
	if err := Write("a", func(io.Writer) error {
		temporary = names(t)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if temporary == "" || !strings.HasSuffix(temporary, "-0.tmp") {
		t.Fatalf("temporary file %q", temporary)
	}
	other := strings.TrimSuffix(temporary, "0.tmp")
	for _, name := range []string{temporary, other + "7.tmp", other + "x.tmp"} {
		if err := os.WriteFile(name, []byte("half"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("victim", []byte("precious"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("victim", other+"1.tmp"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(other+"2.tmp", 0o777); err != nil {
		t.Fatal(err)
	}
	if err := Check("b"); err != nil || !strings.Contains(names(t), temporary) {
		t.Errorf("another file's is removed, %v", err)
	}
	if err := put("a", "new"); err != nil || content("a") != "new" || content("victim") != "precious" {
		t.Errorf("error %v, a %q, victim %q", err, content("a"), content("victim"))
	}
	if got, want := names(t), strings.Join([]string{other + "1.tmp", other + "2.tmp", other + "x.tmp", "a", "victim"}, " "); got != want {
		t.Errorf("there is %s, want %s", got, want)
	}
}
