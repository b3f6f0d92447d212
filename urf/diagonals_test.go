package urf_test

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/urf"
)

// starts are the specifications that trained diagonals can begin from.
func starts(m, d, rounds int) []urf.Spec {
	p := ortho.Spec{Kind: ortho.Hadamard, Seed: 6, M: m, D: d, Rounds: rounds}
	q := p
	q.Norm = ortho.Sqrt
	return []urf.Spec{
		urf.ReLU{Projection: p}, urf.ReLU{Projection: q, Floor: 0.2, Scale: 0.7, Bias: 0.5},
		urf.ArcCos{Projection: p, Order: 1, Bias: 1},
		urf.Fourier{Projection: p, Scale: 0.3}, urf.Fourier{Projection: q},
	}
}

func newDiagonals[T asm.Float](t testing.TB, s urf.Spec) *urf.Diagonals[T] {
	t.Helper()
	m, err := urf.NewDiagonals[T](s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// move gives every number of m another value.
func move[T asm.Float](m *urf.Diagonals[T], seed uint64) {
	diagonals, bias := m.Numbers()
	for k, d := range append(slices.Clone(diagonals), mat.Of(1, len(bias), bias)) {
		by := mat.New[T](d.Rows(), d.Cols())
		rng.Normal(rng.New(seed).Sub(uint64(k)), by.Data(), 0)
		asm.Axpy(d.Data(), 0.3, by.Data())
	}
}

// TestDiagonalsStart: before a number is changed, the features are those of the map with
// random signs, bit for bit; afterwards they are others.
func TestDiagonalsStart(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", diagonalsStart[float32])
		t.Run("float64", diagonalsStart[float64])
	})
}

func diagonalsStart[T asm.Float](t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {20, 5}, {70, 8}, {3, 16}, {66, 40}, {150, 64}, {300, 65}} {
		for rounds := range 4 {
			for _, s := range starts(size[0], size[1], rounds) {
				m, plain := newDiagonals[T](t, s), newMap[T](t, s)
				x := normal[T](2, 5, size[1])
				want := plain.Phi(nil, x, nil)
				equal(t, s.String(), m.Phi(nil, x, nil), want)
				if m.In() != plain.In() || m.Out() != plain.Out() {
					t.Errorf("%v: %d×%d", s, m.In(), m.Out())
				}
				move(m, 4)
				if z := m.Phi(nil, x, nil); slices.Equal(z.Data(), want.Data()) {
					t.Errorf("%v: other numbers, the same features", s)
				}
			}
		}
	}
}

// Four parameters for a feature where d is a power of two from 64 on, five below, which has a round more, and other
// numbers where the last block of features is not complete.
func TestDiagonalsParams(t *testing.T) {
	for _, c := range []struct{ m, d, want int }{{256, 16, 5 * 256}, {256, 33, 4*33 + 4*256}, {256, 64, 4 * 256}, {1024, 1024, 4 * 1024}, {1024, 784, 784 + 3*1024}, {100, 64, 2*3*64 + 100}} {
		if got := newDiagonals[float32](t, starts(c.m, c.d, 0)[0]).Params(); got != c.want {
			t.Errorf("%d features of %d inputs: %d parameters, want %d", c.m, c.d, got, c.want)
		}
	}
}

// TestDiagonalGradients compares every gradient with central differences of fourth
// order.
func TestDiagonalGradients(t *testing.T) {
	for _, size := range [][2]int{{11, 5}, {8, 8}, {3, 40}, {66, 8}} {
		for _, rounds := range []int{1, 2, 3} {
			for _, s := range starts(size[0], size[1], rounds) {
				if _, smooth := s.(urf.Fourier); !smooth && max(size[0], size[1]) > 32 {
					continue // some difference would cross a kink
				}
				m := newDiagonals[float64](t, s)
				move(m, 3)
				x, dz := normal[float64](4, 3, size[1]), normal[float64](5, 3, size[0])
				diagonals, bias := m.Numbers()
				values := append(slices.Clone(diagonals), mat.Of(1, len(bias), bias), x)
				var grads []*mat.Dense[float64]
				for _, v := range values {
					grads = append(grads, mat.New[float64](v.Rows(), v.Cols()))
				}
				var r urf.Record[float64]
				z := m.PhiRecord(nil, x, &r)
				equal(t, "recorded features", z, m.Phi(nil, x, nil))
				m.Gradients(grads[rounds+1], dz, &r, grads[:rounds], grads[rounds].Data())
				equal(t, "Backward", m.Backward(nil, x, dz, nil), grads[rounds+1])
				loss := func() float64 { return asm.Dot(m.Phi(nil, x, nil).Data(), dz.Data()) }
				for k, v := range values {
					size := math.Sqrt(asm.SumSquares(grads[k].Data()))
					if size == 0 {
						t.Errorf("%v: gradient %d is zero", s, k)
					}
					for i := range v.Data() {
						at := func(by float64) float64 {
							old := v.Data()[i]
							v.Data()[i] = old + by
							f := loss()
							v.Data()[i] = old
							return f
						}
						// No argument of ReLU lies within 2h of its floor; a kink there would fail.
						const h = 1e-4
						want := (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
						if got := grads[k].Data()[i]; !(math.Abs(got-want) <= 1e-7*size) {
							t.Errorf("%v: tensor %d, number %d: %v, differences give %v", s, k, i, got, want)
						}
					}
				}
			}
		}
	}
}

// Goroutines, blocks and single rows give the same bits; a gradient is added to what is
// there; what is not asked for is left out.
func TestDiagonalsAreTheSameHoweverTheyAreCalled(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		n := 700
		if testing.Short() {
			n = 60
		}
		for _, s := range starts(600, 100, 3)[1:4] {
			m := newDiagonals[float32](t, s)
			move(m, 3)
			x, dz := normal[float32](4, n, 100), normal[float32](5, n, 600)
			diagonals, bias := m.Numbers()
			run := func(dx *mat.Dense[float32]) (*mat.Dense[float32], []*mat.Dense[float32]) {
				var grads []*mat.Dense[float32]
				for _, v := range append(slices.Clone(diagonals), mat.Of(1, len(bias), bias)) {
					grads = append(grads, mat.New[float32](v.Rows(), v.Cols()))
				}
				var r urf.Record[float32]
				z := m.PhiRecord(nil, x, &r)
				m.Gradients(dx, dz, &r, grads[:3], grads[3].Data())
				return z, grads
			}
			dx := mat.New[float32](n, 100)
			z, grads := run(dx)
			for i := range n {
				equal(t, "row alone", m.Phi(nil, x.View(i, 0, 1, 100), nil), z.View(i, 0, 1, 600))
				equal(t, "gradient of a row alone", m.Backward(nil, x.View(i, 0, 1, 100), dz.View(i, 0, 1, 600), nil), dx.View(i, 0, 1, 100))
			}
			runtime.GOMAXPROCS(5)
			z5, grads5 := run(nil)
			equal(t, "five goroutines", z5, z)
			equal(t, "five goroutines", m.Phi(nil, x, nil), z)
			equal(t, "five goroutines", m.Backward(nil, x, dz, nil), dx)
			for k := range grads {
				equal(t, fmt.Sprintf("gradient %d", k), grads5[k], grads[k])
			}
			runtime.GOMAXPROCS(1)
			var r urf.Record[float32]
			m.PhiRecord(nil, x, &r)
			only := mat.New[float32](grads[1].Rows(), grads[1].Cols())
			m.Gradients(nil, dz, &r, []*mat.Dense[float32]{nil, only, nil}, nil)
			equal(t, "one gradient alone", only, grads[1])
		}
	})
}

func TestDiagonalsDoNotAllocate(t *testing.T) {
	m := newDiagonals[float32](t, starts(100, 16, 3)[1])
	x, dz, z, dx := normal[float32](1, 40, 16), normal[float32](2, 40, 100), mat.New[float32](40, 100), mat.New[float32](40, 16)
	diagonals, bias := m.Numbers()
	var grads []*mat.Dense[float32]
	for _, d := range diagonals {
		grads = append(grads, mat.New[float32](d.Rows(), d.Cols()))
	}
	var ws urf.Workspace[float32]
	var r urf.Record[float32]
	db := make([]float32, len(bias))
	kerneltest.NoAllocs(t, "Phi", func() { m.Phi(z, x, &ws) })
	kerneltest.NoAllocs(t, "Backward", func() { m.Backward(dx, x, dz, &ws) })
	kerneltest.NoAllocs(t, "Gradients", func() {
		m.PhiRecord(z, x, &r)
		m.Gradients(dx, dz, &r, grads, db)
	})
}

func TestDiagonalsErrors(t *testing.T) {
	p := ortho.Spec{Kind: ortho.Hadamard, Seed: 1, M: 20, D: 5}
	iid, some := p, p
	iid.Kind, some.Select = ortho.IID, []int{1, 3}
	for _, s := range []urf.Spec{
		nil, urf.ReLU{}, urf.ReLU{Projection: iid}, urf.ReLU{Projection: some}, urf.ReLU{Projection: p, Slope: 0.1}, urf.ReLU{Projection: p, Constant: true},
		urf.ArcCos{Projection: p}, urf.ArcCos{Projection: p, Order: 2}, urf.Fourier{Projection: p, Pairs: true}, urf.Fourier{Projection: p, Constant: true}, urf.Fourier{Projection: p, Linear: []int{0}},
		urf.Fourier{Projection: p, Kernel: urf.Matern32}, urf.SoftmaxKernel{Projection: p},
	} {
		if _, err := urf.NewDiagonals[float32](s); !errors.Is(err, urf.ErrSpec) {
			t.Errorf("%v: error %v, want ErrSpec", s, err)
		}
		if shapes, n := urf.DiagonalShapes(s); shapes != nil || n != 0 {
			t.Errorf("%v: shapes %v, %d biases", s, shapes, n)
		}
	}
	start := urf.Fourier{Projection: p}
	m := newDiagonals[float32](t, start)
	diagonals, bias := m.Numbers()
	again, err := urf.DiagonalsOf(start, diagonals, bias)
	if err != nil {
		t.Fatal(err)
	}
	x := normal[float32](1, 3, 5)
	equal(t, "made of its numbers", again.Phi(nil, x, nil), m.Phi(nil, x, nil))
	for name, c := range map[string]struct {
		d []*mat.Dense[float32]
		b []float32
	}{
		"rounds": {diagonals[:2], bias}, "biases": {diagonals, bias[:19]},
		"first":  {[]*mat.Dense[float32]{diagonals[1], diagonals[1], diagonals[2]}, bias},
		"blocks": {[]*mat.Dense[float32]{diagonals[0], diagonals[1], mat.New[float32](2, 8)}, bias},
	} {
		if _, err := urf.DiagonalsOf(start, c.d, c.b); !errors.Is(err, urf.ErrSpec) {
			t.Errorf("%s: error %v, want ErrSpec", name, err)
		}
	}
	if _, err := urf.ParseMap[float32](m.Spec()); !errors.Is(err, urf.ErrSpec) || !strings.Contains(m.Spec(), start.String()) {
		t.Errorf("%q read as a map: %v", m.Spec(), err)
	}
}
