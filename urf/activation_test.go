package urf_test

import (
	"errors"
	"math"
	"testing"

	"nnk/urf"
)

// oracles are the activations by package math.
var oracles = map[string]func(float64) float64{
	"none":         func(z float64) float64 { return z },
	"relu":         func(z float64) float64 { return math.Max(z, 0) },
	"leaky-relu":   func(z float64) float64 { return math.Max(z, 0.01*z) },
	"elu":          func(z float64) float64 { return math.Max(z, 0) + math.Expm1(math.Min(z, 0)) },
	"gelu":         func(z float64) float64 { return z / 2 * math.Erfc(-z/math.Sqrt2) },
	"gelu-tanh":    func(z float64) float64 { return z / (1 + math.Exp(-2*math.Sqrt(2/math.Pi)*(z+0.044715*z*z*z))) },
	"silu":         func(z float64) float64 { return z / (1 + math.Exp(-z)) },
	"softplus":     func(z float64) float64 { return math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) },
	"tanh":         math.Tanh,
	"sigmoid":      func(z float64) float64 { return 1 / (1 + math.Exp(-z)) },
	"hard-swish":   func(z float64) float64 { return z * math.Min(math.Max(z+3, 0), 6) / 6 },
	"hard-sigmoid": func(z float64) float64 { return math.Min(math.Max(z+3, 0), 6) / 6 },
	"sin":          math.Sin,
	"cos":          math.Cos,
	"gaussian":     func(z float64) float64 { return math.Exp(-z * z / 2) },
}

func TestActivations(t *testing.T) {
	for _, name := range urf.ActivationNames() {
		want := oracles[name]
		if want == nil {
			t.Fatalf("no oracle for %s", name)
		}
		a, err := urf.ActivationByName(name)
		if err != nil || a.Name() != name {
			t.Fatalf("%s: name %s, error %v", name, a.Name(), err)
		}
		var x, f, slope []float64
		for i := range 4001 {
			x = append(x, float64(i-2000)/100+1e-3)
		}
		x = append(x, 1e-300, -1e-9, 3e-6, 0, 700, -700, 1e5, -1e5)
		f, slope = make([]float64, len(x)), make([]float64, len(x))
		urf.Eval(a, f, x)
		urf.Deriv(a, slope, x)
		x32, f32 := make([]float32, len(x)), make([]float32, len(x))
		for i, v := range x {
			x32[i] = float32(v)
		}
		urf.Eval(a, f32, x32)
		for i, z := range x {
			if w := want(z); !(math.Abs(f[i]-w) <= 1e-14*(math.Abs(w)+min(1, math.Abs(z)))) {
				t.Errorf("%s(%g) is %v, want %v", name, z, f[i], w)
			}
			if w := want(float64(x32[i])); math.Abs(float64(f32[i])-w) > 3e-6*math.Abs(w)+1e-9 {
				t.Errorf("float32 %s(%g) is %v, want %v", name, x32[i], f32[i], w)
			}
			h := 1e-5
			if w := (want(z+h) - want(z-h)) / (2 * h); math.Abs(z) < 100 && math.Abs(slope[i]-w) > 1e-5 && math.Abs(z) > 2*h {
				t.Errorf("slope of %s at %g is %v, want %v", name, z, slope[i], w)
			}
		}
		for _, z := range []float64{math.Inf(1)} {
			if got, w := a.At(z), want(z); got != w && !(name == "sin" || name == "cos") {
				t.Errorf("%s(%g) is %v, want %v", name, z, got, w)
			}
		}
	}
}

// TestActivationExtremes: At is Eval also where arithmetic ends, functions have their
// limits at ±Inf, and slopes of NaN are NaN but for constant pieces. ReLU takes NaN to 0, as its
// kernel does.
func TestActivationExtremes(t *testing.T) {
	minusInf := map[string]float64{"none": math.Inf(-1), "leaky-relu": math.Inf(-1), "elu": -1, "tanh": -1, "sin": math.NaN(), "cos": math.NaN()} // others 0
	for _, name := range urf.ActivationNames() {
		a, err := urf.ActivationByName(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, z := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, 1e308, -1e308, 5e-324} {
			f, slope := []float64{z}, []float64{z}
			urf.Eval(a, f, f)
			urf.Deriv(a, slope, slope)
			if at := a.At(z); at != f[0] && !(at != at && f[0] != f[0]) {
				t.Errorf("%s: At(%g) is %g, Eval has %g", name, z, at, f[0])
			}
			if want := minusInf[name]; z == math.Inf(-1) && f[0] != want && !(f[0] != f[0] && want != want) {
				t.Errorf("%s(−Inf) is %g, want %g", name, f[0], want)
			}
			if z != z && (name != "none" && name != "hard-sigmoid" && slope[0] == slope[0] || name != "relu" && f[0] == f[0] || name == "relu" && f[0] != 0) {
				t.Errorf("%s(NaN) is %g with slope %g", name, f[0], slope[0])
			}
		}
	}
}

func TestActivationNames(t *testing.T) {
	for alias, want := range map[string]string{"identity": "none", "swish": "silu", "Leaky_ReLU": "leaky-relu", "hardswish": "hard-swish", "GELU": "gelu"} {
		if a, err := urf.ActivationByName(alias); err != nil || a.Name() != want {
			t.Errorf("%s: %s, error %v, want %s", alias, a.Name(), err, want)
		}
	}
	if _, err := urf.ActivationByName("cube"); !errors.Is(err, urf.ErrSpec) {
		t.Errorf("error %v, want ErrSpec", err)
	}
	var zero urf.Activation
	if zero.Name() != "none" || zero.At(3) != 3 {
		t.Errorf("zero value: %s, f(3) = %g", zero.Name(), zero.At(3))
	}
	cube := urf.ActivationOf("cube", func(z float64) float64 { return z * z * z }, nil)
	y := []float32{2}
	urf.Eval(cube, y, y)
	if y[0] != 8 || cube.Name() != "cube" {
		t.Errorf("%s(2) = %g", cube.Name(), y[0])
	}
}
