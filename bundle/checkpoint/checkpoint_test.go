package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"nnk/bundle"
	"nnk/internal/digits"
	"nnk/internal/safetensors"
	"nnk/mat"
)

// torchFile is a file as PyTorch writes it, with layers out of order and a name
// beyond nine.
func torchFile(t *testing.T, change func(w *safetensors.Writer)) []byte {
	t.Helper()
	w := &safetensors.Writer{}
	safetensors.Add(w, "10.weight", []int{1, 3}, []float32{1, 1, 1})
	safetensors.Add(w, "10.bias", []int{1}, []float32{-1})
	safetensors.Add(w, "2.weight", []int{3, 2}, []float32{1, 0, 0, 1, -1, -1})
	safetensors.Add(w, "2.bias", []int{3}, []float32{0, 0, 10})
	if change != nil {
		change(w)
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRead(t *testing.T) {
	file := torchFile(t, nil)
	for _, spec := range []string{"auto:relu", "2:relu,10:none"} {
		n, err := Read[float32](bytes.NewReader(file), int64(len(file)), spec)
		if err != nil {
			t.Fatalf("%s: %v", spec, err)
		}
		// relu(3), relu(−2), relu(−1+10), sum − 1
		if got := n.Forward(nil, mat.Of(1, 2, []float32{3, -2}), nil).At(0, 0); got != 3+0+9-1 {
			t.Errorf("%s: output %v, want 11", spec, got)
		}
	}
	teacher, err := Read[float32](bytes.NewReader(digits.Teacher()), int64(len(digits.Teacher())), "auto:relu")
	if err != nil {
		t.Fatal(err)
	}
	x, y, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	says, err := teacher.Classify(t.Context(), bundle.Matrix(x.View(digits.Train, 0, digits.Rows-digits.Train, digits.Pixels)))
	if err != nil {
		t.Fatal(err)
	}
	// The accuracy that the training script printed for this network.
	if got := bundle.Agreement(says, y[digits.Train:]); got != 0.932 || teacher.Params() != 85002 {
		t.Errorf("teacher: accuracy %v with %d parameters, want 0.932 with 85002", got, teacher.Params())
	}
}

func TestReadErrors(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		name, spec string
		change     func(w *safetensors.Writer)
		is         error
		want       string
	}{
		{"no such tensor", "3:relu", nil, bundle.ErrFormat, `"3.weight"`},
		{"no such activation", "2:bogus,10:none", nil, bundle.ErrRange, "bogus"},
		{"no activation", "2,10", nil, bundle.ErrRange, "NAME:ACTIVATION"},
		{"wrong order", "10:relu,2:none", nil, bundle.ErrFormat, `"2.weight" reads 2 numbers, but layer "10" gives 1`},
		{"auto without layers", "auto:bogus", nil, bundle.ErrRange, "bogus"},
		{"vector as weight", "v:none", func(w *safetensors.Writer) { safetensors.Add(w, "v.weight", []int{2}, []float32{1, 2}) }, bundle.ErrFormat, "two dimensions"},
		{"bias too long", "v:none", func(w *safetensors.Writer) {
			safetensors.Add(w, "v.weight", []int{1, 2}, []float32{1, 2})
			safetensors.Add(w, "v.bias", []int{2}, []float32{1, 2})
		}, bundle.ErrFormat, `"v.bias" is F32 [2], want [1]`},
		{"NaN", "v:none", func(w *safetensors.Writer) { safetensors.Add(w, "v.weight", []int{1, 2}, []float32{1, nan}) }, bundle.ErrNotFinite, `"v.weight" element 1`},
	} {
		file := torchFile(t, c.change)
		_, err := Read[float32](bytes.NewReader(file), int64(len(file)), c.spec)
		if !errors.Is(err, c.is) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: error %v, want one that wraps %q and says %s", c.name, err, c.is, c.want)
		}
	}
}

func TestCompareNames(t *testing.T) {
	ascending := []string{"0", "2", "10", "a", "a.2.b", "a.02.c", "a.10", "b"}
	for i, a := range ascending {
		for j, b := range ascending {
			if got := compareNames(a, b); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("compareNames(%q, %q) = %d", a, b, got)
			}
		}
	}
}
