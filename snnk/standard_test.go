package snnk

import (
	"math"
	"testing"

	"nnk/asm"
	"nnk/internal/misuse"
	"nnk/mat"
	"nnk/rng"
	"nnk/urf"
)

// Folding units into the first and last layer leaves the function of x as it was.
func TestStandard(t *testing.T) {
	x, y := random[float64](1, 80, 4), random[float64](2, 80, 2)
	for i := range 80 {
		x.Set(i, 1, 1000+5*x.At(i, 1))
		x.Set(i, 2, 3) // constant
		y.Set(i, 0, 1e-3*y.At(i, 0)-7)
	}
	sx, sy := StandardOf(x), StandardOf(y)
	z := sx.Apply(nil, x)
	for j := range 4 {
		mean, square := 0.0, 0.0
		for i := range 80 {
			mean += z.At(i, j) / 80
			square += z.At(i, j) * z.At(i, j) / 80
		}
		want := 1.0
		if j == 2 {
			want = 0
		}
		if math.Abs(mean) > 1e-9 || math.Abs(square-want) > 1e-9 {
			t.Errorf("column %d: mean %g, mean square %g, want 0 and %g", j, mean, square, want)
		}
	}
	first, last := NewLinear[float64]("0", 4, 6, activation(t, "relu"), rng.New(3)), NewLinear[float64]("1", 6, 2, urf.Activation{}, rng.New(4))
	m := NewSequence[float64](first, last)
	shake(m, 5)
	before := m.Forward(mat.New[float64](80, 2), z)
	first.FoldInputs(sx)
	last.FoldOutputs(sy)
	after := sy.Apply(nil, m.Forward(nil, x))
	asm.Axpy(after.Data(), -1, before.Data())
	if d := asm.SumSquares(after.Data()); d > 1e-18 {
		t.Errorf("outputs differ by %g", math.Sqrt(d))
	}
	// A layer of features whose targets were scaled gives the targets themselves.
	phi, err := urf.ParseMap[float64]("fourier(scale=0.5) on hadamard(seed=5,m=8,d=4)")
	if err != nil {
		t.Fatal(err)
	}
	scaled := New(phi, random[float64](6, 2, 8), []float64{1, -2})
	got, want := scaled.FoldOutputs(sy).Forward(nil, z, nil), scaled.Forward(nil, z, nil)
	for i := range 80 {
		for j, v := range want.Row(i) {
			if w := v/sy.Factor[j] + sy.Mean[j]; math.Abs(got.At(i, j)-w) > 1e-12*math.Abs(w) {
				t.Fatalf("output %d of row %d is %v, want %v", j, i, got.At(i, j), w)
			}
		}
	}
	unbiased := LinearOf("0", mat.New[float64](2, 4), nil, urf.Activation{})
	misuse.Panics(t, "snnk.Linear.FoldInputs: ", func() { unbiased.FoldInputs(sx) })
}
