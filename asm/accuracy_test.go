package asm

import (
	"math"
	"testing"
)

// bounds are the stated errors of the float32 functions in units of the last
// place, and the arguments from which on they hold.
var bounds = []struct {
	name string
	f32  func(dst, x []float32)
	f64  func(dst, x []float64)
	ulp  float64
	from float64
}{
	{"Exp", Exp[float32], Exp[float64], 1, math.Inf(-1)},
	{"Expm1", Expm1[float32], Expm1[float64], 2, math.Inf(-1)},
	{"Log", Log[float32], Log[float64], 1, math.Inf(-1)},
	{"Log1p", Log1p[float32], Log1p[float64], 1.5, math.Inf(-1)},
	{"Sin", Sin[float32], Sin[float64], 1, math.Inf(-1)},
	{"Cos", Cos[float32], Cos[float64], 1, math.Inf(-1)},
	{"Tanh", Tanh[float32], Tanh[float64], 1, math.Inf(-1)},
	{"Erf", Erf[float32], Erf[float64], 2, math.Inf(-1)},
	{"Erfc", Erfc[float32], Erfc[float64], 7, math.Inf(-1)},
	{"Sigmoid", Sigmoid[float32], Sigmoid[float64], 2.5, math.Inf(-1)},
	{"SiLU", SiLU[float32], SiLU[float64], 3.5, -87},
	{"GELU", GELU[float32], GELU[float64], 8, -12.5},
	{"GELUTanh", GELUTanh[float32], GELUTanh[float64], 4, -1},
	{"Softplus", Softplus[float32], Softplus[float64], 3, math.Inf(-1)},
}

// TestFloat32Accuracy measures the float32 functions against the float64 ones,
// whose own error is 2⁻²⁹ of a float32 unit: on arguments of every exponent, with
// -exhaustive on all of them.
func TestFloat32Accuracy(t *testing.T) {
	step := uint64(30011)
	if testing.Short() {
		step *= 20
	}
	if *exhaustive {
		step = 1
	}
	for _, f := range bounds {
		t.Run(f.name, func(t *testing.T) {
			const block = 1 << 14
			x, got := make([]float32, block), make([]float32, block)
			x64, want := make([]float64, block), make([]float64, block)
			worst, at, tried := 0.0, float32(0), 0
			for b := uint64(0); b < 1<<32; {
				n := 0
				for ; n < block && b < 1<<32; n, b = n+1, b+step {
					x[n] = math.Float32frombits(uint32(b))
					x64[n] = float64(x[n])
				}
				f.f32(got[:n], x[:n])
				f.f64(want[:n], x64[:n])
				for i, w := range want[:n] {
					if x64[i] < f.from {
						continue
					}
					if e := ulps32(got[i], w); e > worst {
						worst, at = e, x[i]
					}
				}
				tried += n
			}
			if worst > f.ulp {
				t.Errorf("%.3f ulp at %x, stated %g", worst, at, f.ulp)
			}
			t.Logf("largest error over %d arguments: %.4f ulp at %x", tried, worst, at)
		})
	}
}

// ulps32 is the distance of got from want in float32 units of the last place of
// want; it is infinite where one is finite or a number and the other is not.
func ulps32(got float32, want float64) float64 {
	switch {
	case got != got || want != want:
		if got != got && want != want {
			return 0
		}
		return math.Inf(1)
	case float64(got) == want, math.IsInf(float64(got), 0) && float32(want) == got:
		return 0 // equal, or an overflow that rounding causes
	}
	return math.Abs(float64(got)-want) / unit32(want)
}

// unit32 is the unit of the last place of a float32 of the size of v.
func unit32(v float64) float64 {
	if math.IsInf(v, 0) {
		return 1
	}
	const top = 1023 // the bias of a float64's exponent
	e := int(math.Float64bits(v)>>52) & 0x7ff
	return math.Float64frombits(uint64(max(e-23, top-149)) << 52)
}
