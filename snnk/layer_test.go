package snnk

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/urf"
)

func random[T asm.Float](seed uint64, rows, cols int) *mat.Dense[T] {
	r := rand.New(rand.NewPCG(seed, 1))
	a := mat.New[T](rows, cols)
	for i := range a.Data() {
		a.Data()[i] = T(r.NormFloat64())
	}
	return a
}

func fourier[T asm.Float](t testing.TB, m, d int) urf.Map[T] {
	t.Helper()
	phi, err := urf.New[T](urf.Fourier{Projection: ortho.Spec{Kind: ortho.Hadamard, Seed: 3, M: m, D: d}, Scale: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	return phi
}

// One row alone, batches and goroutines give the same bits, which are those of
// the chain over the features.
func testForward[T asm.Float](t *testing.T) {
	phi, psi, bias := fourier[T](t, 50, 6), random[T](1, 4, 50), random[T](2, 1, 4).Data()
	l, x := New(phi, psi, bias), random[T](3, 70, 6)
	if l.In() != 6 || l.Out() != 4 || l.Params() != 204 || l.MACs() != phi.MACs()+200 {
		t.Errorf("in %d, out %d, %d parameters, %d multiply-adds", l.In(), l.Out(), l.Params(), l.MACs())
	}
	z, ws := phi.Phi(nil, x, nil), &Workspace[T]{}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, procs := range []int{1, 8} {
		runtime.GOMAXPROCS(procs)
		all := l.Forward(nil, x, ws)
		for i := range x.Rows() {
			row := l.ForwardRow(nil, x.Row(i), ws)
			for j := range row {
				var want T
				for k, v := range z.Row(i) {
					want = asm.FMA(v, psi.At(j, k), want)
				}
				want += bias[j]
				if row[j] != want || all.At(i, j) != want {
					t.Fatalf("row %d output %d: alone %x, in a batch %x, want %x", i, j, float64(row[j]), float64(all.At(i, j)), float64(want))
				}
			}
		}
	}
}

func TestForward(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testForward[float32])
		t.Run("float64", testForward[float64])
	})
}

func TestForwardDoesNotAllocate(t *testing.T) {
	l, ws := New(fourier[float32](t, 64, 16), random[float32](1, 4, 64), nil), &Workspace[float32]{}
	x, dst := random[float32](2, 8, 16), mat.New[float32](8, 4)
	kerneltest.NoAllocs(t, "Forward", func() { l.Forward(dst, x, ws) })
	row := make([]float32, 4)
	kerneltest.NoAllocs(t, "ForwardRow", func() { l.ForwardRow(row, x.Row(0), ws) })
}

// Refit finds the matrix and bias that made the targets, whatever they were
// before, from data of more than one block.
func TestRefit(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		phi, psi, bias := fourier[float64](t, 20, 8), random[float64](4, 2, 20), []float64{5, -7}
		x := random[float64](5, 1100, 8)
		y := New(phi, psi, bias).Forward(nil, x, nil)
		l := New(phi, mat.New[float64](2, 20), nil)
		if err := l.Refit(t.Context(), x, y, 0); err != nil {
			t.Fatal(err)
		}
		for j := range 2 {
			if d := math.Abs(l.Bias()[j] - bias[j]); d > 1e-8 {
				t.Errorf("bias %d is %v, want %v", j, l.Bias()[j], bias[j])
			}
			for k := range 20 {
				if d := math.Abs(l.Psi().At(j, k) - psi.At(j, k)); d > 1e-8 {
					t.Errorf("Ψ[%d,%d] is %v, want %v", j, k, l.Psi().At(j, k), psi.At(j, k))
				}
			}
		}
		got := l.Forward(nil, x, nil)
		for i, v := range y.Data() {
			if math.Abs(got.Data()[i]-v) > 1e-8 {
				t.Fatalf("output %d is %v, want %v", i, got.Data()[i], v)
			}
		}
	})
}

func TestRefitErrors(t *testing.T) {
	phi := fourier[float32](t, 20, 3)
	l, x, y := New(phi, mat.New[float32](2, 20), nil), random[float32](6, 30, 3), random[float32](7, 30, 2)
	bad := y.Clone()
	bad.Set(3, 1, float32(math.NaN()))
	for _, c := range []struct {
		name   string
		y      *mat.Dense[float32]
		lambda float64
		want   error
	}{{"NaN", bad, 0.1, mat.ErrNotFinite}, {"negative λ", y, -1, mat.ErrRange}} {
		if err := l.Refit(t.Context(), x, c.y, c.lambda); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
	few := random[float32](8, 3, 3)
	if err := l.Refit(t.Context(), few, y.View(0, 0, 3, 2), 0); !errors.Is(err, mat.ErrSingular) {
		t.Errorf("fewer rows than features: error %v, want %v", err, mat.ErrSingular)
	}
	if l.Bias() != nil {
		t.Error("a failed refit changed the layer")
	}
}

// The towers of an arc-cosine layer come near its kernel of the weights.
func TestFromWeights(t *testing.T) {
	phi, err := urf.New[float64](urf.ArcCos{Projection: ortho.Spec{Kind: ortho.Hadamard, Seed: 5, M: 1 << 14, D: 4}, Order: 1})
	if err != nil {
		t.Fatal(err)
	}
	w, x := random[float64](9, 3, 4), random[float64](10, 5, 4)
	l := FromWeights(phi.(urf.Towers[float64]), w, nil)
	y := l.Forward(nil, x, nil)
	for i := range 5 {
		for j := range 3 {
			a, b := x.Row(i), w.Row(j)
			na, nb := math.Sqrt(asm.Dot(a, a)), math.Sqrt(asm.Dot(b, b))
			theta := math.Acos(asm.Dot(a, b) / (na * nb))
			want := na * nb * (math.Sin(theta) + (math.Pi-theta)*math.Cos(theta)) / math.Pi
			// One term's standard deviation is below 3·‖x‖‖w‖.
			if d := math.Abs(y.At(i, j) - want); d > 5*3*na*nb/128 {
				t.Errorf("(%d,%d): %v, want %v", i, j, y.At(i, j), want)
			}
		}
	}
}

func TestPanics(t *testing.T) {
	phi := fourier[float32](t, 20, 3)
	l := New(phi, mat.New[float32](2, 20), nil)
	for name, f := range map[string]func(){
		"psi":        func() { New(phi, mat.New[float32](2, 19), nil) },
		"no map":     func() { New(nil, mat.New[float32](2, 19), nil) },
		"no psi":     func() { New(phi, nil, nil) },
		"bias":       func() { New(phi, mat.New[float32](2, 20), make([]float32, 3)) },
		"forward":    func() { l.Forward(nil, mat.New[float32](2, 4), nil) },
		"dst":        func() { l.Forward(mat.New[float32](2, 3), mat.New[float32](2, 3), nil) },
		"forwardRow": func() { l.ForwardRow(nil, make([]float32, 4), nil) },
		"refit":      func() { _ = l.Refit(t.Context(), mat.New[float32](2, 3), mat.New[float32](3, 2), 1) },
	} {
		t.Run(name, func(t *testing.T) { misuse.Panics(t, "snnk.", f) })
	}
}

// A layer is fitted to the sine of its input, from 200 samples.
func Example() {
	phi, err := urf.New[float64](urf.Fourier{Projection: ortho.Spec{Kind: ortho.IID, Seed: 1, M: 50, D: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	x, y := mat.New[float64](200, 1), mat.New[float64](200, 1)
	for i := range 200 {
		x.Set(i, 0, float64(i)/40-2.5)
		y.Set(i, 0, math.Sin(x.At(i, 0)))
	}
	layer := New(phi, mat.New[float64](1, 50), nil)
	if err := layer.Refit(context.Background(), x, y, 1e-9); err != nil {
		fmt.Println(err)
		return
	}
	out := layer.ForwardRow(nil, []float64{0.5}, nil)
	fmt.Printf("%d parameters; sin 0.5 = %.4f, fitted %.4f\n", layer.Params(), math.Sin(0.5), out[0])
	// Output: 51 parameters; sin 0.5 = 0.4794, fitted 0.4794
}
