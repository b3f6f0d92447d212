package urf_test

import (
	"errors"
	"math"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/internal/bigref"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
	"nnk/rng/ortho"
	"nnk/urf"
)

// activationTexts are all names, and functions of other parameters than the usual ones.
func activationTexts() []string {
	return append(urf.ActivationNames(), "leaky-relu:0.2", "leaky-relu:-0.5", "elu:0.5", "elu:3")
}

func activationByName(t testing.TB, text string) urf.Activation {
	t.Helper()
	a, err := urf.ActivationByName(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// reference is f and f′ in big numbers, rounded to float64.
func reference(t testing.TB, text string) (f, slope func(z float64) float64) {
	t.Helper()
	const p = bigref.Prec(128)
	value, derivative := p.Activation(text)
	if value == nil {
		t.Fatalf("%s: package bigref has no such activation", text)
	}
	in := func(g func(*big.Float) *big.Float) func(float64) float64 {
		return func(z float64) float64 { v, _ := g(p.Float(z)).Float64(); return v }
	}
	return in(value), in(derivative)
}

func TestActivations(t *testing.T) {
	var x []float64
	for i := range 401 {
		x = append(x, float64(i-200)/10+1e-3)
	}
	x = append(x, 1e-300, -1e-9, 3e-6, 0, 700, -700, -740, 1e5, -1e5, 3, -3)
	for _, text := range activationTexts() {
		a := activationByName(t, text)
		if a.Name() != text {
			t.Errorf("%s: its name is %s", text, a.Name())
		}
		want, wantSlope := reference(t, text)
		f, slope := make([]float64, len(x)), make([]float64, len(x))
		urf.Eval(a, f, x)
		urf.Deriv(a, slope, x)
		x32, f32 := make([]float32, len(x)), make([]float32, len(x))
		for i, v := range x {
			x32[i] = float32(v)
		}
		urf.Eval(a, f32, x32)
		for i, z := range x {
			if w := want(z); !(math.Abs(f[i]-w) <= 1e-14*(math.Abs(w)+min(1, math.Abs(z)))) {
				t.Errorf("%s(%g) is %v, want %v", text, z, f[i], w)
			}
			if w := want(float64(x32[i])); !(math.Abs(float64(f32[i])-w) <= 3e-6*math.Abs(w)+1e-9) {
				t.Errorf("float32 %s(%g) is %v, want %v", text, x32[i], f32[i], w)
			}
			if w := wantSlope(z); !(math.Abs(slope[i]-w) <= 2e-14*(1+math.Abs(w))) {
				t.Errorf("slope of %s at %g is %v, want %v", text, z, slope[i], w)
			}
		}
	}
}

// TestActivationExtremes: At is Eval also where arithmetic ends, functions have their
// limits at ±Inf, and NaN stays NaN. But ReLU takes NaN to 0, as its kernel does, and the
// slopes of none and hard-sigmoid are what they are whatever the argument.
func TestActivationExtremes(t *testing.T) {
	nan := math.NaN()
	for _, text := range activationTexts() {
		a := activationByName(t, text)
		want, _ := reference(t, text)
		limit := func(sign float64) float64 {
			near, far := want(sign*1e4), want(sign*1e5)
			switch {
			case math.Abs(far-near) <= 1e-9*math.Abs(far):
				return far
			case far/near > 5:
				return math.Copysign(math.Inf(1), far)
			}
			return nan // it oscillates
		}
		for _, c := range [][2]float64{{math.Inf(1), limit(1)}, {math.Inf(-1), limit(-1)}, {nan, map[bool]float64{true: 0, false: nan}[text == "relu"]}} {
			if got := a.At(c[0]); math.Abs(got-c[1]) > 1e-12 || (got != got) != (c[1] != c[1]) {
				t.Errorf("%s(%g) is %g, want %g", text, c[0], got, c[1])
			}
		}
		for _, z := range []float64{nan, math.Inf(1), math.Inf(-1), 0, 1e308, -1e308, 5e-324, math.Copysign(0, -1), -3} {
			f, slope := []float64{z}, []float64{z}
			urf.Eval(a, f, f)
			urf.Deriv(a, slope, slope)
			if at := a.At(z); math.Float64bits(at) != math.Float64bits(f[0]) && at == at {
				t.Errorf("%s: At(%g) is %g, Eval has %g", text, z, at, f[0])
			}
			if constant := text == "none" || text == "hard-sigmoid"; !constant && z != z && slope[0] == slope[0] {
				t.Errorf("%s: slope of NaN is %g", text, slope[0])
			}
			if math.Abs(z) > 1 && slope[0] != slope[0] && text != "sin" && text != "cos" {
				t.Errorf("%s: slope at %g is NaN", text, z)
			}
		}
	}
}

// TestActivationPieces: whatever the length and the place in it, alone or not, on all kernels, with
// dst apart or the same, the functions have the same bits; in float32 those of float64 rounded, if
// there is no kernel.
func TestActivationPieces(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		x := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), 1e-310, 40, -40}
		for len(x) < 200 {
			x = append(x, float64(len(x)-104)/9)
		}
		for _, text := range activationTexts() {
			a := activationByName(t, text)
			for _, n := range []int{0, 1, 63, 64, 65, 128, 200} {
				samePieces(t, text+" f", x[:n], func(dst, x []float64) { urf.Eval(a, dst, x) })
				samePieces(t, text+" f′", x[:n], func(dst, x []float64) { urf.Deriv(a, dst, x) })
				slope, narrow := make([]float64, n), make([]float32, n)
				for i := range narrow {
					narrow[i] = float32(x[i])
					slope[i] = float64(narrow[i])
				}
				urf.Deriv(a, slope, slope)
				urf.Deriv(a, narrow, narrow)
				for i, v := range narrow {
					if w := float32(slope[i]); math.Float32bits(v) != math.Float32bits(w) && w == w {
						t.Errorf("%s: float32 slope at %g is %x, want %x", text, x[i], v, w)
					}
				}
			}
		}
	})
}

func samePieces(t *testing.T, what string, x []float64, f func(dst, x []float64)) {
	t.Helper()
	together, same := make([]float64, len(x)), slices.Clone(x)
	f(together, x)
	f(same, same)
	for i := range x {
		var alone [1]float64
		f(alone[:], x[i:i+1])
		for _, v := range []float64{together[i], same[i]} {
			if math.Float64bits(v) != math.Float64bits(alone[0]) && (v == v || alone[0] == alone[0]) {
				t.Errorf("%s of %d: at %g %x, alone %x", what, len(x), x[i], v, alone[0])
			}
		}
	}
}

// TestEvalBias and the gradient: the fused forms are those of the parts.
func testFused[T asm.Float](t *testing.T) {
	inf, nan := T(math.Inf(1)), T(math.NaN())
	z := []T{0, T(math.Copysign(0, -1)), 1.5, -2, inf, -inf, nan, -0.25}
	for len(z) < 150 {
		z = append(z, T(len(z)-80)/16)
	}
	bias, dy := make([]T, len(z)), make([]T, len(z))
	for i := range z {
		bias[i], dy[i] = T(i%5)-2, T(i%7)-3
	}
	dy[9], dy[10] = inf, nan
	for _, text := range activationTexts() {
		a := activationByName(t, text)
		y, sum, got := make([]T, len(z)), slices.Clone(z), make([]T, len(z))
		urf.EvalBias(a, got, z, nil)
		urf.Eval(a, y, z)
		sameBits(t, text+" without bias", got, y)
		for i, b := range bias {
			sum[i] += b
		}
		urf.Eval(a, y, sum)
		urf.EvalBias(a, got, z, bias)
		sameBits(t, text+" with bias", got, y)
		copy(got, z)
		urf.EvalBias(a, got, got, bias)
		sameBits(t, text+" with bias in place", got, y)

		slope, want := make([]T, len(z)), make([]T, len(z))
		urf.Deriv(a, slope, sum)
		for i, s := range slope {
			if want[i] = T(dy[i] * s); s == 0 && a.SlopeFromOutput() {
				want[i] = 0 // selected, not multiplied: also of infinities
			}
		}
		in, out := sum, []T(nil)
		if a.SlopeFromOutput() {
			in, out = nil, y
			for i, v := range sum {
				if v != v && !a.IsIdentity() {
					want[i] = 0 // ReLU's output was 0
				}
			}
		}
		urf.EvalBackward(a, got, dy, in, out)
		sameBits(t, text+" backward", got, want)
		copy(got, dy)
		urf.EvalBackward(a, got, got, in, out)
		sameBits(t, text+" backward in place", got, want)
	}
}

func TestActivationFused(t *testing.T) {
	t.Run("float32", testFused[float32])
	t.Run("float64", testFused[float64])
}

func sameBits[T asm.Float](t *testing.T, what string, got, want []T) {
	t.Helper()
	for i, w := range want {
		if g := got[i]; math.Float64bits(float64(g)) != math.Float64bits(float64(w)) && (g == g || w == w) {
			t.Errorf("%s: element %d is %x, want %x", what, i, g, w)
			return
		}
	}
}

// TestActivationDoesNotAllocate: nothing for a row of float32 or float64.
func TestActivationDoesNotAllocate(t *testing.T) {
	for _, text := range activationTexts() {
		a := activationByName(t, text)
		kerneltest.NoAllocs(t, text, func() { noAllocs[float32](a); noAllocs[float64](a) })
	}
}

var memory32 [4][100]float32
var memory64 [4][100]float64

func noAllocs[T asm.Float](a urf.Activation) {
	m, ok := any(&memory32).(*[4][100]T)
	if !ok {
		m = any(&memory64).(*[4][100]T)
	}
	urf.Eval(a, m[0][:], m[1][:])
	urf.Deriv(a, m[0][:], m[1][:])
	urf.EvalBias(a, m[0][:], m[1][:], m[2][:])
	urf.EvalBackward(a, m[0][:], m[1][:], m[2][:], m[3][:])
}

// TestActivationFacts: what a row of the table says of a function is true of its values.
func TestActivationFacts(t *testing.T) {
	for _, text := range activationTexts() {
		a := activationByName(t, text)
		if got := a.IsIdentity(); got != (a.At(2) == 2 && a.At(-3) == -3) {
			t.Errorf("%s: IsIdentity is %t", text, got)
		}
		// A rectifier lets through what is positive and, up to a constant or a small slope, not
		// what is negative; one whose outputs have already the size of normal inputs needs nothing.
		var x, y [4001]float64
		size := 0.0
		for i := range x {
			x[i] = float64(i-2000) / 250
		}
		urf.Eval(a, y[:], x[:])
		for i, v := range y {
			size += v * v * math.Exp(-x[i]*x[i]/2) / math.Sqrt(2*math.Pi) / 250
		}
		up, down := y[len(y)-1]-y[3000], math.Abs(y[0]-y[1000])
		if rectifies := up > 1.9 && down <= 2.1 && math.Abs(size-1) > 0.01; a.Rectifies() != rectifies {
			t.Errorf("%s: Rectifies is %t, but from 4 to 8 it grows by %g, from −8 to −4 by %g, and E f² is %g", text, a.Rectifies(), up, down, size)
		}
		s, ok := a.ExactSpectrum()
		if ok != slices.Contains(urf.ExactNames(), text) {
			t.Errorf("%s has an exact spectrum: %t", text, ok)
		}
		if ok {
			p, err := urf.URF{Projection: ortho.Spec{M: 1, D: 1}, Spectrum: s}.Predict(a, []urf.Point{{B: -1.3}, {B: 0.4}})
			if err != nil || math.Abs(p[0].Bias) > 1e-9 || math.Abs(p[1].Bias) > 1e-9 {
				t.Errorf("%s: spectrum %v has the predictions %v, error %v", text, s, p, err)
			}
		}
	}
	s, f, err := urf.ExactSpectrum("sech", 2)
	if known, ok := f.ExactSpectrum(); err != nil || !ok || known.String() != s.String() {
		t.Errorf("sech: spectrum %v, %t, want %v", known, ok, s)
	}
	if _, ok := urf.ActivationOf("cos", math.Abs, nil).ExactSpectrum(); ok {
		t.Error("another function called cos has its spectrum")
	}
}

func TestActivationNames(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range urf.ActivationNames() {
		a := activationByName(t, name)
		if other := activationByName(t, strings.ToUpper(strings.ReplaceAll(name, "-", "_"))); other != a {
			t.Errorf("%s: %s in capitals", name, other.Name())
		}
		if !strings.Contains(string(readme), "\n| `"+name+"` ") {
			t.Errorf("README.md has no row for %s", name)
		}
	}
	for _, name := range urf.ExactNames() {
		if !strings.Contains(string(readme), "\n| `"+name+"` ") {
			t.Errorf("README.md has no row for the spectrum of %s", name)
		}
	}
	for alias, want := range map[string]string{"identity": "none", "Linear": "none", "swish": "silu", "LeakyReLU": "leaky-relu", "hardswish": "hard-swish", "GELU": "gelu",
		"gelu_new": "gelu-tanh", "leaky_relu:0.01": "leaky-relu", "ELU:1.0": "elu", "lrelu:.25": "leaky-relu:0.25"} {
		if a, err := urf.ActivationByName(alias); err != nil || a.Name() != want || a != activationByName(t, want) {
			t.Errorf("%s: %s, error %v, want %s", alias, a.Name(), err, want)
		}
	}
	for _, bad := range []string{"cube", "", ":", "gelu:1", "none:0", "elu:", "elu:x", "elu:NaN", "elu:Inf", "leaky-relu:1e39", "elu:1:2", "leaky-relu:0.2 "} {
		if a, err := urf.ActivationByName(bad); !errors.Is(err, urf.ErrSpec) || !a.IsIdentity() {
			t.Errorf("%q: %s, error %v, want ErrSpec", bad, a.Name(), err)
		}
	}
}

func TestActivationOf(t *testing.T) {
	var zero urf.Activation
	if zero.Name() != "none" || zero.At(3) != 3 || zero != activationByName(t, "none") {
		t.Errorf("zero value: %s, f(3) = %g", zero.Name(), zero.At(3))
	}
	cube := urf.ActivationOf("cube", func(z float64) float64 { return z * z * z }, nil)
	y := []float32{2}
	urf.Eval(cube, y, y)
	if y[0] != 8 || cube.Name() != "cube" || cube == activationByName(t, "relu") {
		t.Errorf("%s(2) = %g", cube.Name(), y[0])
	}
	misuse.Panics(t, "urf.Deriv: the activation cube was made without a derivative", func() { urf.Deriv(cube, y, y) })
}
