package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nnk/internal/npy"
	"nnk/internal/safetensors"
)

// encoders is where the checkpoints are that package encoder is tested with, with the outputs of PyTorch.
var encoders = filepath.Join("..", "..", "snnk", "encoder", "testdata")

// torch returns tensors of what PyTorch computed for a checkpoint.
func torch(t *testing.T, name string, tensors ...string) [][]float64 {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(encoders, name, "expected.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var list [][]float64
	for _, name := range tensors {
		v, err := safetensors.Load[float64](f, f.Tensor(name))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

// idsFile is an .npy file of int64, padded to the longest row, and the file of the same as text.
func idsFile(rows [][]int64, pad int64) (array, text []byte) {
	width := 0
	var lines strings.Builder
	for _, r := range rows {
		width = max(width, len(r))
		fmt.Fprintln(&lines, strings.Trim(fmt.Sprint(r), "[]"))
	}
	header := fmt.Sprintf("{'descr': '<i8', 'fortran_order': False, 'shape': (%d, %d), }", len(rows), width)
	b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	b = append(b, header...)
	for _, r := range rows {
		for j := range width {
			v := pad
			if j < len(r) {
				v = r[j]
			}
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		}
	}
	return b, []byte(lines.String())
}

// ragged cuts values into rows of the lengths.
func ragged(lengths, values []float64) [][]int64 {
	var rows [][]int64
	for _, n := range lengths {
		var r []int64
		for _, v := range values[:int(n)] {
			r = append(r, int64(v))
		}
		rows, values = append(rows, r), values[int(n):]
	}
	return rows
}

// vectors reads what embed wrote.
func (f folder) vectors(name string) (shape []int64, v []float32) {
	f.t.Helper()
	b := f.read(name)
	a, err := npy.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		f.t.Fatal(err)
	}
	v = make([]float32, a.Rows*a.Cols)
	if err := npy.ReadRows(a, v, 0, a.Rows); err != nil {
		f.t.Fatal(err)
	}
	return a.Shape, v
}

func near(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i, v := range got {
		if !(math.Abs(float64(v)-want[i]) < 1e-4) {
			t.Fatalf("%s: element %d is %v, want %v", what, i, v, want[i])
		}
	}
}

// TestEmbedTexts: embed writes what PyTorch computes, whatever the form of the tokens, with the same bits.
func TestEmbedTexts(t *testing.T) {
	f := folder{t, t.TempDir()}
	want := torch(t, "bert", "lengths", "ids", "types", "hidden", "pooled", "logits")
	lengths, hidden := want[0], want[3]
	rows := ragged(lengths, want[1])
	for _, r := range rows {
		if r[len(r)-1] == 0 { // padding would be taken off
			t.Fatal("a text ends with padding")
		}
	}
	array, text := idsFile(rows, 0)
	f.write("ids.npy", array)
	f.write("ids.txt", text)
	array, _ = idsFile(rows, -7)
	f.write("odd.npy", array)
	array, text = idsFile(ragged(lengths, want[2]), 0)
	f.write("types.npy", array)
	f.write("types.txt", text)
	f.write("lengths.txt", []byte(strings.ReplaceAll(strings.Trim(fmt.Sprint(lengths), "[]"), " ", "\n")))
	base := []string{"embed", "-encoder", filepath.Join(encoders, "bert"), "-o", f.path("o.npy")}
	width := len(hidden) / len(want[1])
	var first []byte
	for _, args := range [][]string{
		{"-tokens", f.path("ids.npy"), "-types", f.path("types.npy")},
		{"-tokens", f.path("ids.txt"), "-types", f.path("types.txt")},
		{"-tokens", f.path("odd.npy"), "-types", f.path("types.npy"), "-lengths", f.path("lengths.txt")},
	} {
		out := ok(t, slices.Concat(base, args, []string{"-pool", "none"})...)
		if !strings.Contains(out, "bert encoder of") || !strings.Contains(out, "4 texts of 21 tokens: 4×12×24") || !strings.Contains(out, "2 tensors of the checkpoint are not needed: cls.predictions.bias, bert.embeddings.position_ids") {
			t.Errorf("%q", out)
		}
		shape, v := f.vectors("o.npy")
		if !slices.Equal(shape, []int64{4, 12, 24}) {
			t.Fatalf("shape %v", shape)
		}
		at := 0
		for i, n := range lengths {
			k := int(n) * width
			near(t, "hidden", v[i*12*width:][:k], hidden[at:at+k])
			if rest := v[i*12*width+k : (i+1)*12*width]; slices.ContainsFunc(rest, func(x float32) bool { return x != 0 }) {
				t.Errorf("text %d: not zeros behind the last token", i)
			}
			at += k
		}
		if first == nil {
			first = f.read("o.npy")
		}
		if !bytes.Equal(f.read("o.npy"), first) {
			t.Errorf("%q: other bits", args)
		}
	}
	args := slices.Concat(base, []string{"-tokens", f.path("ids.txt"), "-types", f.path("types.txt")})
	ok(t, append(args, "-pool", "pooler")...)
	_, v := f.vectors("o.npy")
	near(t, "pooled", v, want[4])
	var said embedded
	if err := json.Unmarshal([]byte(ok(t, append(args, "-logits", "-json")...)), &said); err != nil || !slices.Equal(said.Shape, []int{4, 3}) || said.Tokens != 21 || said.Layout != "bert" || len(said.LeftOut) != 2 || said.Params == 0 {
		t.Errorf("%+v, %v", said, err)
	}
	_, v = f.vectors("o.npy")
	near(t, "logits", v, want[5])
	ok(t, append(args, "-pool", "cls")...)
	_, v = f.vectors("o.npy")
	near(t, "cls", v[24:48], hidden[5*24:6*24])
	ok(t, args...)
	_, v = f.vectors("o.npy")
	mean := make([]float64, 24)
	for j, x := range hidden[:5*24] {
		mean[j%24] += x / 5
	}
	near(t, "mean", v[:24], mean)
}

// TestEmbedImages: pixels of four dimensions.
func TestEmbedImages(t *testing.T) {
	f := folder{t, t.TempDir()}
	want := torch(t, "vit", "pixels", "hidden", "logits")
	var b bytes.Buffer
	if err := npy.Write(&b, []int{2, 2, 8, 12}, want[0]); err != nil {
		t.Fatal(err)
	}
	f.write("x.npy", b.Bytes())
	args := []string{"embed", "-encoder", filepath.Join(encoders, "vit"), "-x", f.path("x.npy"), "-o", f.path("o.npy")}
	if out := ok(t, append(args, "-pool", "none")...); !strings.Contains(out, "2 images of 18 tokens: 2×9×24") {
		t.Errorf("%q", out)
	}
	_, v := f.vectors("o.npy")
	near(t, "hidden", v, want[1])
	ok(t, append(args, "-logits")...)
	_, v = f.vectors("o.npy")
	near(t, "logits", v, want[2])
}

// TestEmbedRefuses: what is wrong is one line that says what and where; wrong usage exits with 2.
func TestEmbedRefuses(t *testing.T) {
	f := folder{t, t.TempDir()}
	for name, text := range map[string]string{
		"ids.txt": "1 2 3\n4,5\n", "word.txt": "1 2\n3 four\n", "blank.txt": "1\n\n2\n", "none.txt": "", "high.txt": "1 2\n3 30\n", "long.txt": "1 2 3\n" + strings.Repeat("1 ", 13) + "\n", "pads.txt": "1 0\n0 0\n",
		"two.txt": "2\n2\n", "three.txt": "1\n1\n1\n", "much.txt": "3\n3\n", "zero.txt": "3\n0\n", "types.txt": "0 0 0\n0\n", "kinds.txt": "0 0 2\n0 0\n", "huge.txt": "1 99999999999\n", "nnk.npy": "PK",
	} {
		f.write(name, []byte(text))
	}
	var real, cube, small bytes.Buffer
	npy.Write(&real, []int{2, 2}, []float32{1, 2, 3, 4})
	npy.Write(&small, []int{2, 5}, make([]float64, 10))
	f.write("real.npy", real.Bytes())
	f.write("small.npy", small.Bytes())
	cube.WriteString("\x93NUMPY\x01\x00\x40\x00" + fmt.Sprintf("%-64s", "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 2)}") + "\x01\x02")
	f.write("cube.npy", cube.Bytes())
	if err := os.Mkdir(f.path("empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	texts := func(args ...string) []string { return append([]string{"-encoder", "bert"}, args...) }
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{texts(), 2, "-tokens"},
		{texts("-tokens", "ids.txt", "-x", "x.npy"), 2, "either -tokens"},
		{texts("-x", "x.npy", "-lengths", "two.txt"), 2, "belong to -tokens"},
		{texts("-x", "x.csv"), 2, "must end in .npy"},
		{texts("-tokens", "ids.txt", "-pool", "max"), 2, "-pool max"},
		{texts("-x", "small.npy"), 2, "type bert: give -tokens"},
		{[]string{"-encoder", "vit", "-tokens", "ids.txt"}, 2, "type vit"},
		{[]string{"-encoder", "minilm", "-tokens", "ids.txt", "-logits"}, 2, "no head"},
		{[]string{"-encoder", "distilbert", "-tokens", "ids.txt", "-pool", "pooler"}, 2, "no pooler"},
		{texts("-tokens", "ids.txt", "-ignore", "x.*"), 2, `"x.*"`},
		{[]string{"-encoder", "vit", "-x", "small.npy"}, 1, "small.npy: 5 pixels in a row, want 192: 2 channels of 8×12"},
		{texts("-tokens", "absent.txt"), 1, "absent.txt: no such file"},
		{texts("-tokens", "nnk.npy"), 1, "nnk.npy: "},
		{texts("-tokens", "real.npy"), 1, "real.npy: elements of the type f4, want integers"},
		{texts("-tokens", "cube.npy"), 1, "cube.npy: shape [1 1 2]"},
		{texts("-tokens", "word.txt"), 1, `word.txt: line 2: "four"`},
		{texts("-tokens", "huge.txt"), 1, `huge.txt: line 1: "99999999999"`},
		{texts("-tokens", "blank.txt"), 1, "blank.txt: line 2: no ids"},
		{texts("-tokens", "none.txt"), 1, "none.txt: no rows"},
		{texts("-tokens", "high.txt"), 1, "high.txt: text 1, token 1: id 30 in a vocabulary of 30"},
		{texts("-tokens", "long.txt"), 1, "long.txt: text 1 has 13 tokens, want 1 to 12"},
		{texts("-tokens", "pads.txt"), 1, "pads.txt: text 1 has 0 tokens"},
		{texts("-tokens", "ids.txt", "-lengths", "three.txt"), 1, "three.txt: 3 lengths, but"},
		{texts("-tokens", "ids.txt", "-lengths", "much.txt"), 1, "much.txt: length 3 of row 1, which has 2 tokens"},
		{texts("-tokens", "ids.txt", "-lengths", "zero.txt"), 1, "zero.txt: length 0 of row 1"},
		{texts("-tokens", "ids.txt", "-types", "types.txt"), 1, "types.txt: row 1 has 1 types, but 2 tokens"},
		{texts("-tokens", "ids.txt", "-types", "three.txt"), 1, "three.txt: 3 rows, but"},
		{texts("-tokens", "ids.txt", "-types", "kinds.txt"), 1, "ids.txt: text 0, token 2: type 2 of 2"},
		{[]string{"-encoder", "nowhere", "-tokens", "ids.txt"}, 1, "nowhere"},
		{[]string{"-encoder", "empty", "-tokens", "ids.txt"}, 1, "config.json"},
	} {
		args := []string{"embed"}
		for i, a := range c.args {
			switch {
			case i > 0 && c.args[i-1] == "-encoder" && a != "empty":
				a = filepath.Join(encoders, a)
			case strings.Contains(a, ".txt") || strings.Contains(a, ".npy") || strings.Contains(a, ".csv") || a == "empty":
				a = f.path(a)
			}
			args = append(args, a)
		}
		r := nnk(append(args, "-o", f.path("o.npy"))...)
		if r.code != c.code || r.stdout != "" || strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, c.want) || strings.Contains(r.stderr, "encoder: ") {
			t.Errorf("%q: %+v, want %d and %s", c.args, r, c.code, c.want)
		}
	}
	if r := nnk("embed", "-encoder", filepath.Join(encoders, "bert"), "-tokens", f.path("ids.txt"), "-o", f.path("o.csv")); r.code != 2 || !strings.Contains(r.stderr, ".npy") {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(f.path("o.npy")); err == nil {
		t.Error("there is an output")
	}
}
