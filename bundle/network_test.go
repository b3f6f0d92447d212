package bundle

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

// random fills a matrix with normal numbers of PCG(seed, 1).
func random[T asm.Float](seed uint64, rows, cols int) *mat.Dense[T] {
	r := rand.New(rand.NewPCG(seed, 1))
	a := mat.New[T](rows, cols)
	for i := range a.Data() {
		a.Data()[i] = T(r.NormFloat64())
	}
	return a
}

// cosines are m random features of d inputs, or those of them that are selected.
func cosines[T asm.Float](t testing.TB, m, d int, scale float64, selected ...int) urf.Map[T] {
	t.Helper()
	phi, err := urf.New[T](urf.Fourier{Projection: ortho.Spec{Kind: ortho.Hadamard, Seed: 7, M: m, D: d, Select: selected}, Scale: scale})
	if err != nil {
		t.Fatal(err)
	}
	return phi
}

// sampleNetwork has a stage of every kind but a hybrid.
func sampleNetwork[T asm.Float](t testing.TB) *Network[T] {
	t.Helper()
	m := cosines[T](t, 24, 5, 0.5, 0, 3, 4, 9, 20, 23)
	relu, err := urf.ActivationByName("relu")
	if err != nil {
		t.Fatal(err)
	}
	mean, factor := random[float64](20, 1, 5).Data(), random[float64](21, 1, 5).Data()
	return NewNetwork[T](
		NewScale[T](mean, factor),
		NewFeatures(m),
		NewLinear(random[T](22, 9, 6), random[T](23, 1, 9).Data(), relu),
		snnk.New(cosines[T](t, 10, 9, 0.2), random[T](24, 3, 10), nil),
	)
}

func TestNetworkCounts(t *testing.T) {
	n := sampleNetwork[float32](t)
	if n.In() != 5 || n.Out() != 3 {
		t.Errorf("%d in, %d out; want 5, 3", n.In(), n.Out())
	}
	if got, want := n.Params(), 2*5+(9*6+9)+3*10; got != want {
		t.Errorf("%d parameters, want %d", got, want)
	}
	if got, want := n.MACs(), 5+n.Stages()[1].MACs()+9*6+n.Stages()[3].(*snnk.Layer[float32]).Map().MACs()+3*10; got != want {
		t.Errorf("%d multiply-adds, want %d", got, want)
	}
}

// A dense layer is the chain of Mul, then the bias, then the activation.
func TestLinearForward(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		relu, err := urf.ActivationByName("relu")
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 3, 17} {
			w, b, x := random[float64](30, 7, 13), random[float64](31, 1, 7).Data(), random[float64](32, n, 13)
			got := NewLinear(w, b, relu).Forward(nil, x, nil)
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

// TestForwardDoesNotAllocate: neither for less rows than go through together, nor for more that are no multiple of them, in
// stages of any kind.
func TestForwardDoesNotAllocate(t *testing.T) {
	tanh, err := urf.ActivationByName("tanh")
	if err != nil {
		t.Fatal(err)
	}
	ones := random[float32](27, 1, 16).Data()
	stages := []Stage[float32]{
		NewHybrid(NewLinear(random[float32](28, 4, 5), nil, tanh), cosines[float32](t, 12, 5, 0.5)),
		NewLayerNorm(ones, ones, 1e-5), NewElementwise[float32](16, tanh), NewPReLU(ones), NewSoftmax[float32](16, true),
		NewScale[float32](make([]float64, 16), make([]float64, 16)),
	}
	projection := func(kind ortho.Kind) ortho.Spec { return ortho.Spec{Kind: kind, Seed: 5, M: 20, D: 20} }
	stages = append(stages, NewLinear(random[float32](31, 20, 16), nil, tanh))
	for _, spec := range []urf.Spec{
		urf.ReLU{Projection: projection(ortho.Block)}, urf.ArcCos{Projection: projection(ortho.Hadamard), Order: 1, Scale: 0.5},
		urf.Fourier{Projection: projection(ortho.Sparse), Scale: 0.5}, urf.Fourier{Projection: projection(ortho.IID), Scale: 0.5},
	} {
		m, err := urf.New[float32](spec)
		if err != nil {
			t.Fatal(err)
		}
		stages = append(stages, snnk.New(m, random[float32](29, 20, m.Out()), nil))
	}
	every := NewNetwork(append(stages, NewLinear(random[float32](30, 3, 20), nil, urf.Activation{}))...)
	for name, n := range map[string]*Network[float32]{"sample": sampleNetwork[float32](t), "every kind": every} {
		for _, rows := range []int{1, 200, 256, 257, 300, 512, 700} {
			x, dst, ws := random[float32](26, rows, 5), mat.New[float32](rows, 3), &Workspace[float32]{}
			kerneltest.NoAllocs(t, fmt.Sprintf("%s: Forward of %d rows", name, rows), func() { n.Forward(dst, x, ws) })
		}
	}
}

// TestBundledForwardDoesNotAllocate: not on several processors either, and not where rows
// are cut into parts.
func TestBundledForwardDoesNotAllocate(t *testing.T) {
	m := cosines[float32](t, 1024, 50, 0.5)
	n := NewNetwork[float32](snnk.New(m, random[float32](8, 10, m.Out()), make([]float32, 10)))
	for _, rows := range []int{300, 512, 700} {
		x, dst, ws := random[float32](26, rows, 50), mat.New[float32](rows, 10), &Workspace[float32]{}
		kerneltest.NoAllocsOn(t, 2, fmt.Sprintf("Forward of %d rows", rows), func() { n.Forward(dst, x, ws) })
	}
}

func TestNetworkPanics(t *testing.T) {
	n := sampleNetwork[float32](t)
	for name, f := range map[string]func(){
		"no stages":     func() { NewNetwork[float32]() },
		"no stage":      func() { NewNetwork[float32](n.Stages()[0], nil) },
		"no weights":    func() { NewLinear[float32](nil, nil, urf.Activation{}) },
		"no map":        func() { NewFeatures[float32](nil) },
		"no features":   func() { NewHybrid(NewLinear(mat.New[float32](2, 2), nil, urf.Activation{}), nil) },
		"sizes":         func() { NewNetwork(n.Stages()[3], n.Stages()[0]) },
		"input columns": func() { n.Forward(nil, mat.New[float32](2, 4), nil) },
		"dst":           func() { n.Forward(mat.New[float32](3, 3), mat.New[float32](2, 5), nil) },
		"bias":          func() { NewLinear(mat.New[float32](2, 2), make([]float32, 3), urf.Activation{}) },
		"scale":         func() { NewScale[float32](make([]float64, 2), make([]float64, 3)) },
	} {
		t.Run(name, func(t *testing.T) { misuse.Panics(t, "bundle.", f) })
	}
}
