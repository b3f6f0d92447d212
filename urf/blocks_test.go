package urf_test

import (
	"runtime"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/urf"
)

// product reads features by a matrix product.
type product[T asm.Float] struct{ psi *mat.Packed[T] }

func (p *product[T]) Read(dst, z *mat.Dense[T]) { mat.MulPacked(dst, z, p.psi) }

// TestThrough: the features that a reader gets are those of Phi, whatever the number of
// goroutines, and stored projections are left alone.
func TestThrough(t *testing.T) {
	t.Run("float32", testThrough[float32])
	t.Run("float64", testThrough[float64])
}

func testThrough[T asm.Float](t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	g := ortho.Spec{Kind: ortho.Hadamard, Seed: 3, M: 600, D: 100}
	iid := g
	iid.Kind = ortho.IID
	for k, s := range []urf.Spec{urf.Fourier{Projection: g, Scale: 0.25}, urf.Fourier{Projection: g, Pairs: true, Constant: true}, urf.Fourier{Projection: g, Linear: []int{0, 2}, Slope: 0.5}, urf.ReLU{Projection: g, Bias: 1}, urf.ArcCos{Projection: g, Order: 2}, urf.SoftmaxKernel{Projection: g}, urf.Fourier{Projection: iid}} {
		m, err := urf.New[T](s)
		if err != nil {
			t.Fatal(err)
		}
		x, psi := mat.New[T](137, g.D), mat.New[T](5, m.Out())
		rng.Normal(rng.New(1), x.Data(), 0)
		rng.Normal(rng.New(2), psi.Data(), 0)
		r := &product[T]{mat.PackT(psi)}
		z := mat.New[T](x.Rows(), m.Out()) // row by row, without blocks
		for i := range x.Rows() {
			m.Phi(z.View(i, 0, 1, m.Out()), x.View(i, 0, 1, g.D), nil)
		}
		want := mat.MulPacked(nil, z, r.psi)
		var ws urf.Workspace[T]
		for _, procs := range []int{1, 2, 5} {
			runtime.GOMAXPROCS(procs)
			for _, rows := range []int{137, 1, 64, 0} {
				got := mat.New[T](rows, 5)
				if ok := urf.Through[T](r, m, got, x.View(0, 0, rows, g.D), &ws); ok != (k < 6) {
					t.Errorf("%s: Through is %v", m.Spec(), ok)
				} else if ok {
					equal(t, m.Spec(), got, want.View(0, 0, rows, 5))
				}
				equal(t, m.Spec(), m.Phi(nil, x.View(0, 0, rows, g.D), &ws), z.View(0, 0, rows, m.Out()))
			}
		}
	}
}

// TestThroughRefuses: wrong shapes panic in the caller's goroutine, where they can be recovered.
func TestThroughRefuses(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	g := ortho.Spec{Kind: ortho.Hadamard, Seed: 3, M: 512, D: 100}
	m, err := urf.New[float32](urf.Fourier{Projection: g})
	if err != nil {
		t.Fatal(err)
	}
	r := &product[float32]{mat.PackT(mat.New[float32](5, m.Out()))}
	for _, c := range []struct{ rows, cols, results int }{{500, 99, 500}, {500, 101, 500}, {500, 100, 499}, {500, 100, 501}} {
		misuse.Panics(t, "urf.Through: ", func() {
			urf.Through[float32](r, m, mat.New[float32](c.results, 5), mat.New[float32](c.rows, c.cols), nil)
		})
	}
}

func TestBlocksDoNotAllocate(t *testing.T) {
	g := ortho.Spec{Kind: ortho.Hadamard, Seed: 3, M: 512, D: 100}
	m, err := urf.New[float32](urf.Fourier{Projection: g, Scale: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	x, y, z := mat.New[float32](256, g.D), mat.New[float32](256, 5), mat.New[float32](256, m.Out())
	r := &product[float32]{mat.PackT(mat.New[float32](5, m.Out()))}
	for _, procs := range []int{1, 4} {
		var ws urf.Workspace[float32]
		kerneltest.NoAllocsOn(t, procs, "Phi", func() { m.Phi(z, x, &ws) })
		kerneltest.NoAllocsOn(t, procs, "Through", func() { urf.Through[float32](r, m, y, x, &ws) })
	}
}
