//go:build slow

package encoder

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/mat"
)

// TestReferenceFull: BERT-base, DistilBERT-base and ViT-base with random numbers give what PyTorch gives, to 1e-10 in float64 and 1e-4
// in float32. It takes 450 MB of disk and 3 GB of memory.
func TestReferenceFull(t *testing.T) {
	for _, name := range []string{"bert", "distilbert", "vit"} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			runReference(t, folder, "full", name)
			reference[float32](t, folder, 1e-4)
			reference[float64](t, folder, 1e-10)
		})
	}
}

// runReference runs testdata/reference.py.
func runReference(t *testing.T, args ...string) {
	t.Helper()
	python := ""
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import torch").Run() == nil {
			python = name
			break
		}
	}
	if python == "" {
		t.Fatal("there is no Python with PyTorch; Debian has it as python3-torch")
	}
	if out, err := exec.CommandContext(t.Context(), python, append([]string{filepath.Join("testdata", "reference.py")}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// TestReferenceGradients: the gradients of every layout's parameters are PyTorch's, to 1e-10 in float64 and 1e-4 in float32 of the largest.
func TestReferenceGradients(t *testing.T) {
	folder := t.TempDir()
	runReference(t, folder, "gradients")
	for _, name := range []string{"bert", "minilm", "roberta", "distilbert", "vit", "vit-pooler"} {
		t.Run(name, func(t *testing.T) {
			referenceGradients[float64](t, filepath.Join(folder, name), 1e-10)
			referenceGradients[float32](t, filepath.Join(folder, name), 1e-4)
		})
	}
}

func referenceGradients[T asm.Float](t *testing.T, folder string, most float64) {
	e := readExpected(t, folder)
	c := open[T](t, folder, Options{})
	m := NewTrainable(c.Parameters)
	width := m.Config().Width
	dy := mat.New[T](len(e.hidden)/width, width)
	for i, v := range e.numbers("dhidden") {
		dy.Data()[i] = T(v)
	}
	lossGradients(t, m, e.texts, e.pixels, dy, e.numbers("dlogits"))
	compared := 0
	for _, p := range m.Params() {
		want := e.numbers("grad." + nameIn(e.names, p.Name))
		if want == nil {
			t.Errorf("PyTorch has no gradient for %s", p.Name)
			continue
		}
		largest := apart(make([]float64, len(want)), want)
		if d := apart(p.Grad.Data(), want); !(d <= most*max(largest, 1)) {
			t.Errorf("%T %s: %.3g apart, want at most %g of %.3g", *new(T), p.Name, d, most, largest)
		}
		compared++
	}
	t.Logf("%T: %d tensors", *new(T), compared)
}

// nameIn finds a parameter among the tensors of expected gradients: behind a prefix, and the norms' by their old names too.
func nameIn(names []string, name string) string {
	for _, n := range names {
		n, ok := strings.CutPrefix(n, "grad.")
		plain := strings.NewReplacer("LayerNorm.gamma", "LayerNorm.weight", "LayerNorm.beta", "LayerNorm.bias").Replace(n)
		if ok && (plain == name || strings.HasSuffix(plain, "."+name)) {
			return n
		}
	}
	return ""
}
