package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"

	"nnk/asm"
	"nnk/internal/digits"
	"nnk/internal/kerneltest"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/urf"
)

// sampleNetwork has a stage of every kind.
func sampleNetwork[T asm.Float](t testing.TB) *Network[T] {
	t.Helper()
	m, err := newMap[T](mapSpec{Kind: "cos", Projection: "hadamard", Seed: 7, M: 24, D: 5, Scale: 0.5, Select: []int{0, 3, 4, 9, 20, 23}})
	if err != nil {
		t.Fatal(err)
	}
	relu, err := urf.ActivationByName("relu")
	if err != nil {
		t.Fatal(err)
	}
	mean, factor := random[T](20, 1, 5).Data(), random[T](21, 1, 5).Data()
	return NewNetwork(
		NewScale(mean, factor),
		NewFeatures(m),
		NewDense(random[T](22, 9, 6), random[T](23, 1, 9).Data(), relu),
		NewDense(random[T](24, 3, 9), nil, urf.Activation{}),
	)
}

func TestNetworkCounts(t *testing.T) {
	n := sampleNetwork[float32](t)
	if n.In() != 5 || n.Out() != 3 {
		t.Errorf("%d in, %d out; want 5, 3", n.In(), n.Out())
	}
	if got, want := n.Params(), 2*5+(9*6+9)+3*9; got != want {
		t.Errorf("%d parameters, want %d", got, want)
	}
	if got, want := n.MACs(), 5+n.Stages()[1].MACs()+9*6+3*9; got != want {
		t.Errorf("%d multiply-adds, want %d", got, want)
	}
}

// A dense layer is the chain of Mul, then the bias, then the activation.
func TestDenseForward(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		relu, err := urf.ActivationByName("relu")
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 3, 17} {
			w, b, x := random[float64](30, 7, 13), random[float64](31, 1, 7).Data(), random[float64](32, n, 13)
			got := NewDense(w, b, relu).Forward(nil, x, nil)
			for i := range n {
				for j := range 7 {
					want := 0.0
					for k := range 13 {
						want = math.FMA(x.At(i, k), w.At(j, k), want)
					}
					if want = max(want+b[j], 0); got.At(i, j) != want {
						t.Errorf("batch %d (%d,%d): got %x, want %x", n, i, j, got.At(i, j), want)
					}
				}
			}
		}
	})
}

// Batch 1 and 300, 1 goroutine and 8, a network and its saved and loaded copy, many users at
// once: a row has the same bits.
func testNetworkBits[T asm.Float](t *testing.T) {
	n := sampleNetwork[T](t)
	x := random[T](25, 300, 5)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	want := n.Forward(nil, x, nil)
	same := func(what string, got *mat.Dense[T], row int) {
		for i := range got.Rows() {
			for j, v := range got.Row(i) {
				if w := want.At(row+i, j); v != w {
					t.Fatalf("%s: row %d output %d is %x, want %x", what, row+i, j, float64(v), float64(w))
				}
			}
		}
	}
	var file bytes.Buffer
	if _, err := (&Model[T]{Network: n, Task: Outputs}).WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	loaded, err := ReadModel[T](bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for _, procs := range []int{1, 8} {
		runtime.GOMAXPROCS(procs)
		for name, net := range map[string]*Network[T]{"made": n, "loaded": loaded.Network} {
			ws := &Workspace[T]{}
			for _, batch := range []int{1, 7, 256, 300} {
				for lo := 0; lo < 300; lo += batch {
					rows := min(batch, 300-lo)
					what := fmt.Sprintf("%s, batch %d, %d goroutines", name, batch, procs)
					same(what, net.Forward(nil, x.View(lo, 0, rows, 5), ws), lo)
				}
			}
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { same("concurrent", n.Forward(nil, x, nil), 0) })
		}
		wg.Wait()
	}
}

func TestNetworkBits(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testNetworkBits[float32])
		t.Run("float64", testNetworkBits[float64])
	})
}

func TestForwardDoesNotAllocate(t *testing.T) {
	n := sampleNetwork[float32](t)
	for _, rows := range []int{1, 200} {
		x, dst, ws := random[float32](26, rows, 5), mat.New[float32](rows, 3), &Workspace[float32]{}
		kerneltest.NoAllocs(t, fmt.Sprintf("Forward of %d rows", rows), func() { n.Forward(dst, x, ws) })
	}
}

// TestBundledForwardDoesNotAllocate: not on several processors either, and not where rows
// are cut into parts.
func TestBundledForwardDoesNotAllocate(t *testing.T) {
	m, err := newMap[float32](mapSpec{Kind: "cos", Projection: "hadamard", Seed: 7, M: 1024, D: 50, Scale: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	none, err := urf.ActivationByName("none")
	if err != nil {
		t.Fatal(err)
	}
	n := NewNetwork[float32](NewFeatures(m), NewDense(random[float32](8, 10, m.Out()), make([]float32, 10), none))
	x, dst, ws := random[float32](26, 300, 50), mat.New[float32](300, 10), &Workspace[float32]{}
	kerneltest.NoAllocsOn(t, 2, "Forward", func() { n.Forward(dst, x, ws) })
}

func TestNetworkPanics(t *testing.T) {
	n := sampleNetwork[float32](t)
	for name, f := range map[string]func(){
		"no stages":     func() { NewNetwork[float32]() },
		"sizes":         func() { NewNetwork(n.Stages()[3], n.Stages()[0]) },
		"input columns": func() { n.Forward(nil, mat.New[float32](2, 4), nil) },
		"dst":           func() { n.Forward(mat.New[float32](3, 3), mat.New[float32](2, 5), nil) },
		"bias":          func() { NewDense(mat.New[float32](2, 2), make([]float32, 3), urf.Activation{}) },
		"scale":         func() { NewScale(make([]float32, 2), make([]float32, 3)) },
	} {
		func() {
			defer func() {
				if _, ok := recover().(*mat.ShapeError); !ok {
					t.Errorf("%s: no panic with *mat.ShapeError", name)
				}
			}()
			f()
		}()
	}
}

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

func TestReadNetwork(t *testing.T) {
	file := torchFile(t, nil)
	for _, spec := range []string{"auto:relu", "2:relu,10:none"} {
		n, err := ReadNetwork[float32](bytes.NewReader(file), int64(len(file)), spec)
		if err != nil {
			t.Fatalf("%s: %v", spec, err)
		}
		// relu(3), relu(−2), relu(−1+10), sum − 1
		if got := n.Forward(nil, mat.Of(1, 2, []float32{3, -2}), nil).At(0, 0); got != 3+0+9-1 {
			t.Errorf("%s: output %v, want 11", spec, got)
		}
	}
	teacher, err := ReadNetwork[float32](bytes.NewReader(digits.Teacher()), int64(len(digits.Teacher())), "auto:relu")
	if err != nil {
		t.Fatal(err)
	}
	x, y, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	says, err := teacher.Classify(Matrix(x.View(digits.Train, 0, digits.Rows-digits.Train, digits.Pixels)))
	if err != nil {
		t.Fatal(err)
	}
	// The accuracy that the training script printed for this network.
	if got := Agreement(says, y[digits.Train:]); got != 0.932 || teacher.Params() != 85002 {
		t.Errorf("teacher: accuracy %v with %d parameters, want 0.932 with 85002", got, teacher.Params())
	}
}

func TestReadNetworkErrors(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		name, spec string
		change     func(w *safetensors.Writer)
		is         error
		want       string
	}{
		{"no such tensor", "3:relu", nil, ErrFormat, `"3.weight"`},
		{"no such activation", "2:bogus,10:none", nil, ErrRange, "bogus"},
		{"no activation", "2,10", nil, ErrRange, "NAME:ACTIVATION"},
		{"wrong order", "10:relu,2:none", nil, ErrFormat, `"2.weight" reads 2 numbers, but layer "10" gives 1`},
		{"auto without layers", "auto:bogus", nil, ErrRange, "bogus"},
		{"vector as weight", "v:none", func(w *safetensors.Writer) { safetensors.Add(w, "v.weight", []int{2}, []float32{1, 2}) }, ErrFormat, "two dimensions"},
		{"bias too long", "v:none", func(w *safetensors.Writer) {
			safetensors.Add(w, "v.weight", []int{1, 2}, []float32{1, 2})
			safetensors.Add(w, "v.bias", []int{2}, []float32{1, 2})
		}, ErrFormat, `"v.bias" is F32 [2], want [1]`},
		{"NaN", "v:none", func(w *safetensors.Writer) { safetensors.Add(w, "v.weight", []int{1, 2}, []float32{1, nan}) }, ErrNotFinite, `"v.weight" element 1`},
	} {
		file := torchFile(t, c.change)
		_, err := ReadNetwork[float32](bytes.NewReader(file), int64(len(file)), c.spec)
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
