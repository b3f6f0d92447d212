package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// put writes text to path.
func put(path, text string) error {
	return Write(path, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// content is what is in the file at path, "" if there is none.
func content(path string) string {
	b, _ := os.ReadFile(path)
	return string(b)
}

// tree makes a directory and enters it: names that end in / are directories, others files, or links where there is ->.
func tree(t *testing.T, names ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range names {
		var err error
		from, to, link := strings.Cut(name, " -> ")
		switch {
		case link:
			if err = os.Symlink(to, from); err != nil {
				t.Fatalf("no symbolic links here: %v", err)
			}
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(name, 0o777)
		default:
			err = os.WriteFile(name, []byte("precious"), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The file that is written is the one that the system would open, whatever the text of the links says.
func TestWriteFollowsAsTheSystem(t *testing.T) {
	for _, c := range []struct {
		name, path, target string
		tree               []string
	}{
		{"relative in a directory that is a link", "lb/l", "a/z", []string{"a/b/", "a/b/l -> ../z", "lb -> a/b", "z"}},
		{"parent of a link", "lb/../z", "a/z", []string{"a/b/", "lb -> a/b", "z"}},
		{"link through a link and back", "l", "a/z", []string{"a/b/", "lb -> a/b", "l -> lb/../z", "z"}},
		{"dangling", "l", "d/new", []string{"d/", "l -> d/new"}},
		{"dangling twice", "l", "new", []string{"d/", "l -> d/m", "d/m -> ../new"}},
		{"dots", "./d/../l", "d/new", []string{"d/", "l -> ./d/./new"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree(t, c.tree...)
			for _, text := range []string{"new", "newer"} {
				if err := Check(c.path); err != nil {
					t.Error(err)
				}
				if err := put(c.path, text); err != nil || content(c.target) != text || content(c.path) != text {
					t.Errorf("error %v; %s holds %q, %s %q", err, c.target, content(c.target), c.path, content(c.path))
				}
			}
			if c.target != "z" && content("z") != "precious" && content("z") != "" {
				t.Errorf("z holds %q", content("z"))
			}
		})
	}
}

// Links that lead nowhere are refused before the body runs.
func TestWriteLinksRefused(t *testing.T) {
	tree(t, "round -> ring", "ring -> round", "self -> self", "nowhere -> no/such", "folder/", "to -> folder", "dot -> new/", "absent -> /no/such/directory/file")
	for _, path := range []string{"round", "self", "nowhere", "to", "dot", "absent"} {
		err := Write(path, func(io.Writer) error {
			t.Errorf("%s: the body runs", path)
			return nil
		})
		var pe *os.PathError
		if check := Check(path); !errors.As(err, &pe) || pe.Path != path || check == nil || check.Error() != err.Error() {
			t.Errorf("%s: Write says %v, Check %v", path, err, check)
		}
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 8 {
		t.Errorf("%v, %v: want what was there", entries, err)
	}
}

// Two paths are the same if to write one is to write the other.
func TestSame(t *testing.T) {
	tree(t, "a/b/", "z", "a/z", "lb -> a/b", "l -> z", "new -> a/new", "a/b/n -> ../new", "ring -> ring")
	if err := os.Link("z", "hard"); err != nil {
		t.Fatal(err)
	}
	abs, err := filepath.Abs("a/new")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"z", "./z", true}, {"z", "l", true}, {"z", "hard", true}, {"lb/../z", "a/z", true}, {"lb/../z", "z", false}, {"z", "a/z", false},
		{"a/new", "new", true}, {"lb/n", "new", true}, {abs, "lb/../new", true}, {"a/new", "a/other", false}, {"a/new", "b", false}, {"b", "c", false},
		{"no/b", "no/b", false}, {"", "", false}, {"ring", "ring", false}, {"a", "a", false}, {os.DevNull, os.DevNull, false}, {"z", "b", false},
	} {
		if Same(c.a, c.b) != c.want || Same(c.b, c.a) != c.want {
			t.Errorf("%q and %q: want %v", c.a, c.b, c.want)
		}
	}
}
