package urf_test

import (
	"math"
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

// gradients are the specifications whose maps have gradients, with options that
// [specs] lacks.
func gradients(p ortho.Spec) []urf.Spec {
	var list []urf.Spec
	for _, s := range append(specs(p), urf.ReLU{Projection: p, Floor: -0.5, Slope: 0.3, Constant: true},
		urf.Fourier{Projection: p, Kernel: urf.Matern52, Pairs: true},
		urf.URF{Projection: p, Spectrum: waves, Angle: 0.5, Damping: urf.GivenA, A: -0.2},
		urf.SoftmaxKernel{Projection: p, Damping: urf.GivenA, A: -0.3}) {
		if _, ok := s.(urf.Maclaurin); !ok {
			list = append(list, s)
		}
	}
	if p.Kind == ortho.IID {
		list = append(list, urf.Fourier{Projection: p, Kernel: urf.Laplacian, Scale: 0.02})
	}
	return list
}

func gradient[T asm.Float](t testing.TB, s urf.Spec) urf.Gradient[T] {
	t.Helper()
	m, ok := newMap[T](t, s).(urf.Gradient[T])
	if !ok {
		t.Fatalf("%v has no gradient", s)
	}
	return m
}

// linear is a map whose features are those of s before they are rectified, times a
// constant; nil if s has no kinks.
func linear(t testing.TB, s urf.Spec) (m urf.Map[float64], floor float64) {
	switch s := s.(type) {
	case urf.ReLU:
		floor = s.Floor
		s.Floor, s.Slope, s.Constant = -0x1p40, 0, false
		m = newMap[float64](t, s)
	case urf.ArcCos:
		m = newMap[float64](t, urf.ReLU{Projection: s.Projection, Scale: s.Scale, Bias: s.Bias, Floor: -0x1p40})
	}
	return m, floor
}

// step is the distance of the points of the difference quotients.
const step = 0x1p-10

// smoothRow returns a row of which no neighbour, up to two steps in one coordinate,
// lies beyond a kink.
func smoothRow(t testing.TB, s urf.Spec, seed uint64, d int) []float64 {
	m, floor := linear(t, s)
	for start := uint64(0); ; start += uint64(d) {
		x := make([]float64, d)
		rng.Normal(rng.New(seed), x, start)
		if m == nil {
			return x
		}
		unit := math.Sqrt(float64(m.Out()))
		at := m.Phi(nil, mat.Of(1, d, x), nil).Row(0)
		near := false
		for k := range x {
			y := append([]float64(nil), x...)
			y[k] += 2 * step
			for j, v := range m.Phi(nil, mat.Of(1, d, y), nil).Row(0) {
				near = near || math.Abs(unit*at[j]-floor) <= 1.01*unit*math.Abs(v-at[j])
			}
		}
		if !near {
			return x
		}
	}
}

// TestGradients compares with central differences of fourth order.
func TestGradients(t *testing.T) {
	const d = 5
	for _, p := range projections(21, d) {
		for _, s := range gradients(p) {
			m := gradient[float64](t, s)
			x, dz := mat.New[float64](3, d), normal[float64](8, 3, m.Out())
			for i := range 3 {
				copy(x.Row(i), smoothRow(t, s, uint64(50+i), d))
			}
			dx := m.Backward(nil, x, dz, nil)
			for i := range 3 {
				value := func(k int, by float64) float64 {
					y := x.View(i, 0, 1, d).Clone()
					y.Data()[k] += by
					return asm.Dot(m.Phi(nil, y, nil).Row(0), dz.Row(i))
				}
				size := math.Sqrt(asm.SumSquares(dx.Row(i)))
				if a, ok := s.(urf.ArcCos); ok && a.Order == 0 {
					if size != 0 {
						t.Errorf("%v: gradient %v of steps", s, dx.Row(i))
					}
				} else if size < 1e-3 {
					t.Errorf("%v: gradient %v is too small to check", s, dx.Row(i))
				}
				for k := range d {
					want := (8*(value(k, step)-value(k, -step)) - (value(k, 2*step) - value(k, -2*step))) / (12 * step)
					if got := dx.At(i, k); !(math.Abs(got-want) <= 1e-7*size) {
						t.Errorf("%v: row %d: ∂/∂x[%d] = %v, differences give %v", s, i, k, got, want)
					}
				}
			}
		}
	}
}

// TestGradientAtKinks: all projections of x = 0 lie at the floor, where the slope to
// the left counts. It is that of the difference quotient toward smaller projections.
func TestGradientAtKinks(t *testing.T) {
	p := ortho.Spec{Kind: ortho.Hadamard, Seed: 4, M: 16, D: 4}
	for _, c := range []struct {
		s     urf.Spec
		slope float64
	}{
		{urf.ReLU{Projection: p}, 0},
		{urf.ReLU{Projection: p, Slope: 0.25}, 0.25},
		{urf.ArcCos{Projection: p, Order: 1}, 0},
		{urf.ArcCos{Projection: p, Order: 2}, 0},
	} {
		m, x := gradient[float64](t, c.s), mat.New[float64](1, 4)
		g := newMap[float64](t, urf.ReLU{Projection: p, Floor: -0x1p40})
		for j := range 16 {
			dz := mat.New[float64](1, 16)
			dz.Set(0, j, 1)
			dx := m.Backward(nil, x, dz, nil)
			for k := range 4 {
				y := mat.New[float64](1, 4)
				y.Set(0, k, step)
				row := g.Phi(nil, y, nil).At(0, j) / step // G[j,k]/√m
				if row > 0 {
					y.Set(0, k, -step)
				}
				left := m.Phi(nil, y, nil).At(0, j) / y.At(0, k)
				if a, ok := c.s.(urf.ArcCos); ok && a.Order == 1 {
					row *= math.Sqrt2
				}
				if got, want := dx.At(0, k), c.slope*row; math.Abs(got-want) > 1e-13*math.Abs(row) || math.Abs(left-want) > 1e-12*math.Abs(row) {
					t.Errorf("%v: ∂Φ[%d]/∂x[%d] = %v, one-sided quotient %v, want %v", c.s, j, k, got, left, want)
				}
			}
		}
	}
}

// TestGradientOfCutFeatures: a feature that was cut does not move with x. At
// x = 0.9·g_0 its exponent is 0.495·‖g_0‖² = 63 for positive features and ‖x‖²/2 = 52 for
// waves of x.
func TestGradientOfCutFeatures(t *testing.T) {
	p := ortho.Spec{Kind: ortho.Hadamard, Norm: ortho.Sqrt, Seed: 4, M: 8, D: 128}
	g, err := ortho.New[float32](p)
	if err != nil {
		t.Fatal(err)
	}
	x := mat.Of(1, 128, g.Row(nil, 0))
	asm.Scale(x.Data(), x.Data(), 0.9)
	for _, s := range []urf.Spec{
		urf.SoftmaxKernel{Projection: p, Damping: urf.GivenA},
		urf.URF{Projection: p, Spectrum: waves, Damping: urf.GivenA, Angle: 0.5, Radius: 1},
	} {
		m := gradient[float32](t, s)
		z := m.Phi(nil, x, nil).Row(0)
		size := float64(z[0])
		if m.Out() > 8 {
			size = math.Hypot(float64(z[0]), float64(z[8]))
		}
		if !(math.Abs(size/0x1p50-1) <= 1e-6) {
			t.Fatalf("%v: feature 0 has the size %g and is not cut", s, size)
		}
		// The gradient for the size of the feature: along z itself.
		dz := mat.New[float32](1, m.Out())
		dz.Set(0, 0, z[0]/0x1p50)
		if m.Out() > 8 {
			dz.Set(0, 8, z[8]/0x1p50)
		}
		for k, v := range m.Backward(nil, x, dz, nil).Row(0) {
			if !(math.Abs(float64(v)) <= 1e-5*size) {
				t.Fatalf("%v: the size of feature 0 moves by %v with x[%d]", s, v, k)
			}
		}
	}
}

// TestGradientsAreTheSameHoweverTheyAreCalled: rows alone, goroutines and a used
// workspace give the same bits.
func TestGradientsAreTheSameHoweverTheyAreCalled(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
		n := 300
		if testing.Short() {
			n = 30
		}
		for _, p := range projections(70, 13)[:2] {
			for _, s := range gradients(p) {
				m := gradient[float32](t, s)
				x, dz := normal[float32](9, n, 13), normal[float32](10, n, m.Out())
				var ws urf.Workspace[float32]
				runtime.GOMAXPROCS(4)
				want := m.Backward(nil, x, dz, nil)
				m.Phi(nil, x, &ws)
				equal(t, "with a workspace", m.Backward(nil, x, dz, &ws), want)
				runtime.GOMAXPROCS(1)
				equal(t, "one goroutine", m.Backward(nil, x, dz, &ws), want)
				rows := mat.New[float32](n, 15)
				for i := range n {
					m.Backward(rows.View(i, 1, 1, 13), x.View(i, 0, 1, 13), dz.View(i, 0, 1, m.Out()), &ws)
				}
				equal(t, "row by row", rows.View(0, 1, n, 13), want)
			}
		}
	})
}

// TestGradientsInFloat32: the smooth maps against difference quotients of float32
// features, which are good to three digits.
func TestGradientsInFloat32(t *testing.T) {
	const d, step = 5, 0x1p-5
	for _, s := range gradients(projections(21, d)[1]) {
		if m, _ := linear(t, s); m != nil {
			continue
		}
		m := gradient[float32](t, s)
		x, dz := normal[float32](3, 1, d), normal[float32](4, 1, m.Out())
		dx := m.Backward(nil, x, dz, nil).Row(0)
		for k, got := range dx {
			value := func(by float32) float32 {
				y := x.Clone()
				y.Data()[k] += by
				return asm.Dot(m.Phi(nil, y, nil).Row(0), dz.Row(0))
			}
			want := (8*(value(step)-value(-step)) - (value(2*step) - value(-2*step))) / (12 * step)
			if size := math.Sqrt(float64(asm.SumSquares(dx))); !(math.Abs(float64(got-want)) <= 1e-3*size) {
				t.Errorf("%v: ∂/∂x[%d] = %v, differences give %v", s, k, got, want)
			}
		}
	}
}

func TestBackwardDoesNotAllocate(t *testing.T) {
	for _, s := range gradients(ortho.Spec{Kind: ortho.Hadamard, Seed: 1, M: 64, D: 16}) {
		m, ws := gradient[float32](t, s), new(urf.Workspace[float32])
		x, dz, dx := normal[float32](1, 40, 16), normal[float32](2, 40, m.Out()), mat.New[float32](40, 16)
		kerneltest.NoAllocs(t, "Backward", func() { m.Backward(dx, x, dz, ws) })
	}
}

func TestBackwardPanics(t *testing.T) {
	m := gradient[float32](t, urf.ReLU{Projection: ortho.Spec{M: 4, D: 3}})
	for name, shape := range map[string][6]int{"x": {2, 3, 2, 4, 2, 4}, "dz": {2, 3, 2, 3, 2, 3}, "rows": {2, 3, 2, 3, 3, 4}, "dx": {3, 3, 2, 3, 2, 4}} {
		t.Run(name, func(t *testing.T) {
			misuse.Panics(t, "urf.Gradient.Backward: ", func() {
				m.Backward(mat.New[float32](shape[0], shape[1]), mat.New[float32](shape[2], shape[3]), mat.New[float32](shape[4], shape[5]), nil)
			})
		})
	}
}
