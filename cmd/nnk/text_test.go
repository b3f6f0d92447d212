package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"nnk/internal/safetensors"
)

// hostile is a text that a terminal would obey, and longer than anybody wants to read.
var hostile = "\x1b[2J\x07\u202e\r\n" + strings.Repeat("x", 100_000)

// tame fails the test if a text does more to a terminal than to show letters.
func tame(t *testing.T, what, text string) {
	t.Helper()
	for _, r := range text {
		if !unicode.IsPrint(r) && r != '\n' {
			t.Errorf("%s: %q in %.300q", what, r, text)
			return
		}
	}
}

// What files say is shown and not obeyed, and errors quote the beginning of it.
func TestTextOfFiles(t *testing.T) {
	f := newFolder(t)
	st := func(metadata map[string]string, name string) []byte {
		w := &safetensors.Writer{Metadata: metadata}
		safetensors.Add(w, name, []int{1, 1}, []float32{1})
		var b bytes.Buffer
		if _, err := w.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	f.write("m.safetensors", st(map[string]string{hostile: hostile, "plain": "text", "lines": "a\nfake: b"}, hostile))
	shown := ok(t, "inspect", f.path("m.safetensors"))
	tame(t, "inspect", shown)
	if !strings.Contains(shown, "plain: text\n") || !strings.Contains(shown, `lines: "a\nfake: b"`) || !strings.Contains(shown, `\x1b[2J`) {
		t.Errorf("%.300s", shown)
	}
	f.write("m.index.json", fmt.Appendf(nil, `{"weight_map":{"%s":"%s"}}`, `a\u001b`, `b\u001b`))
	f.write("key.safetensors", st(map[string]string{"nnk.format": "2", "nnk." + hostile: ""}, "a"))
	f.write("type.safetensors", st(map[string]string{"nnk.format": "2", "nnk.stages": `[{"` + strings.Repeat("y", 10_000) + `":1}]`}, "a"))
	f.write("field.csv", []byte("1,2\n\""+strings.ReplaceAll(hostile, "\r\n", "")+"\",4\n"))
	f.write("label.csv", []byte(strings.Repeat("a\n\""+strings.ReplaceAll(hostile, "\r\n", "")+"\"\n", 2)))
	long := strings.Repeat("z", 50_000)
	f.write("long.npy", append([]byte("\x93NUMPY\x01\x00"), append([]byte{byte(60000 % 256), byte(60000 / 256)}, fmt.Sprintf("%-59999s\n", "{'"+long+"': 1}")...)...))
	for _, args := range [][]string{
		{"predict", "-model", f.path("m.safetensors"), "-x", f.path("x.npy"), "-o", f.path("p.npy")},
		{"predict", "-model", f.path("key.safetensors"), "-x", f.path("x.npy"), "-o", f.path("p.npy")},
		{"predict", "-model", f.path("type.safetensors"), "-x", f.path("x.npy"), "-o", f.path("p.npy")},
		{"compress", "-model", f.path("m.safetensors"), "-x", f.path("x.npy"), "-o", f.path("o")},
		{"compress", "-model", f.path("m.safetensors"), "-x", f.path("x.npy"), "-o", f.path("o"), "-layers", "0:relu"},
		{"fit", "-x", f.path("field.csv"), "-y", f.path("y.npy"), "-o", f.path("o")},
		{"fit", "-x", f.path("long.npy"), "-y", f.path("y.npy"), "-o", f.path("o")},
		{"fit", "-x", f.path("x.npy"), "-y", f.path("label.csv"), "-o", f.path("o")},
		{"inspect", f.path("long.npy")},
		{"fit", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-o", f.path("o"), "-map", hostile},
		{"nothing" + hostile},
	} {
		r := nnk(args...)
		tame(t, strings.Join(args, " ")[:20], r.stderr)
		tame(t, strings.Join(args, " ")[:20], r.stdout)
		if r.code == 0 || len(r.stderr) > 2000 || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("%.80q: exit %d, %d bytes: %.400q", args, r.code, len(r.stderr), r.stderr)
		}
	}
	if shown := ok(t, "inspect", f.path("m.index.json")); !strings.Contains(shown, `"a\x1b"  "b\x1b"`) {
		t.Errorf("%q", shown)
	}
	// Names of columns are shown too.
	f.write("named.csv", []byte("\"a\x1b[2J\",\"b\nc\",price,e\n"+strings.Repeat("1,5,2,1\n2,4,3,2\n3,,1,3\n4,2,3,1\n", 10)))
	r := nnk("fit", "-features", "4", "-pool", "none", "-scale", "1", "-lambda", "0.1", "-target", "price", "-o", f.path("o"), f.path("named.csv"))
	tame(t, "fit", r.stderr)
	tame(t, "fit", r.stdout)
	if r.code != 0 || !strings.Contains(r.stdout, `"a\x1b[2J", "b\nc", e`) || strings.Contains(r.stderr, "\nc") {
		t.Errorf("%+v", r)
	}
	tame(t, "inspect", ok(t, "inspect", f.path("o")))
	// The names of two classes are two.
	if _, err := readNaming("net.safetensors", map[string]string{keyClasses: `["a","a"]`}, 2); err == nil || !strings.Contains(err.Error(), `two classes are named "a"`) {
		t.Errorf("classes of one name: %v", err)
	}
}
