package fuzz

import (
	"errors"
	"math"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/mat"
	"nnk/urf"
)

// mapTexts are feature maps of every kind, on every kind of projection.
var mapTexts = []string{
	"relu() on iid(seed=1,m=9,d=5)",
	"relu(slope=0.1,bias=1,floor=-0.5,constant=true) on hadamard(seed=2,m=12,d=5)",
	"arccos(order=0,bias=1) on block(seed=3,m=9,d=5)",
	"arccos(order=2,scale=0.5) on simplex(seed=3,m=9,d=5)",
	"fourier(scale=0.5,linear=0+3,slope=0.25) on sparse(seed=3,m=9,d=5,select=0+4+8)",
	"fourier(scale=0.5) on sparse(seed=3,m=9,d=5,select=0+4+8)",
	"arccos(order=1,bias=0.5) on pursuit(seed=1,m=3,d=5,atoms=128,terms=2,base=-9,codes=OGeUcpO8a1Ww-MVM)",
	"fourier(kernel=gaussian,scale=0.5) on sobol(seed=4,m=9,d=5)",
	"fourier(kernel=laplacian,pairs=true) on iid(seed=5,m=9,d=5,select=1+3)",
	"fourier(kernel=matern-3/2) on halton(seed=6,m=9,d=5)",
	"maclaurin(coefficients=1 1 0.5 0.2) on iid(seed=7,m=9,d=5)",
	"maclaurin(coefficients=1 1 0.5 0.2,shares=4+5) on iid(seed=7,m=9,d=5)",
	"urf(spectrum=0.5 linear:-2 1:0.7:0.3,angle=0.25) on iid(seed=7,m=9,d=5)",
	"softmax() on hadamard(seed=8,m=9,d=5)",
	"softmax(a=-0.1) on iid(seed=8,m=9,d=5)",
	"urf(spectrum=0.5 0.3:1:0.1 0.2:2:-1) on hadamard(seed=9,m=9,d=5)",
	"urf(spectrum=0 1:1:0,angle=0.5) on iid(seed=9,m=9,d=5)",
	"urf(spectrum=0 1:2:0,angle=-0.25,jordan=true) on block(seed=9,m=9,d=5)",
}

// FuzzFeatures: on inputs of any norm, and on NaN and infinities, every kind of map
// returns features of the right shape, the same with every kernel set, and of a row
// the same whatever the other rows are; Monte-Carlo features of finite inputs are
// cut, never infinite.
func FuzzFeatures(f *testing.F) {
	seeds(f)
	for i := range mapTexts {
		f.Add([]byte{byte(i), 100, 3, 0, 0, 1, 2, 3, 4, 5, 6, 7})
		f.Add([]byte{byte(i), 20, 3, 200, 2, 1, 2, 3, 4, 5, 6, 7})
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzFeatures[float32](t, b)
		fuzzFeatures[float64](t, b)
	})
}

func fuzzFeatures[T asm.Float](t *testing.T, b []byte) {
	r := &reader{b}
	text := mapTexts[int(r.byte())%len(mapTexts)]
	m, err := urf.ParseMap[T](text)
	if err != nil {
		t.Fatal(err)
	}
	least, most := -1074, 1023
	if _, ok := any(*new(T)).(float32); ok {
		least, most = -149, 127
	}
	rows := 1 + int(r.byte()%4)
	x := mat.Of(rows, m.In(), slice[T](r, rows*m.In()))
	for i := range rows { // a norm for each row
		e := least + int(r.byte())*(most-least)/255
		for j, v := range x.Row(i) {
			if a := math.Abs(float64(v)); a < 1e6 && a > 1e-6 {
				x.Row(i)[j] = T(math.Ldexp(float64(v), e-8))
			}
		}
	}
	limit := math.Inf(1) // of the features
	if text[0] == 'u' || text[0] == 's' {
		if limit = 0x1p500; least == -149 {
			limit = 0x1p50
		}
	}
	everySet(t, func() []T {
		z := m.Phi(nil, x, nil)
		all := append([]T(nil), z.Data()...)
		if towers, ok := m.(urf.Towers[T]); ok {
			all = append(all, towers.Psi(nil, x, nil).Data()...)
		}
		for i := range rows {
			equal(t, text, m.Phi(nil, x.View(i, 0, 1, m.In()), nil).Row(0), z.Row(i))
			finite, most := true, limit
			for _, v := range x.Row(i) {
				finite = finite && v-v == 0
				if strings.Contains(text, "linear") { // the inputs themselves, as large as they are
					most = max(most, math.Abs(float64(v)))
				}
			}
			for j, v := range z.Row(i) {
				if finite && math.Abs(float64(v)) > most {
					t.Fatalf("%s: feature %d of %x is %x, over the limit", text, j, x.Row(i), v)
				}
			}
		}
		return all
	})
}

// FuzzSpectrum: FitSpectrum on a piecewise linear function with jumps ends in an error
// that wraps ErrRange, or in a spectrum that is valid, whose text reads back to
// itself, and that misses the function by no more than the fit says.
func FuzzSpectrum(f *testing.F) {
	f.Add([]byte{}, 0.0, 0.0)
	f.Add([]byte{1, 2, 3, 200, 100, 50, 1, 1, 1}, 1e-6, 1.0)
	f.Add([]byte{8, 16, 0, 255, 0, 255, 0, 255, 0, 255}, 1e-3, 3.0)
	f.Add([]byte{3, 60, 127, 0, 0, 127}, 1e300, 1e3)
	f.Fuzz(func(t *testing.T, b []byte, lambda, radius float64) {
		r := &reader{b}
		opt := urf.FitOptions{Lambda: lambda, R: radius, Harmonics: 1 + int(r.byte()%24)}
		lo := float64(int8(r.byte())) / 16
		hi := lo + float64(r.byte())/16
		knots := make([]float64, 2+int(r.byte()%12)) // value and slope in turn
		for i := range knots {
			knots[i] = math.Ldexp(float64(int8(r.byte())), int(r.byte()%20)-10)
		}
		act := urf.ActivationOf("piecewise", func(z float64) float64 {
			pieces := len(knots) / 2
			k := min(max(int((z-lo)/(hi-lo)*float64(pieces)), 0), pieces-1)
			return math.FMA(knots[2*k+1], z-lo, knots[2*k])
		}, nil)
		fit, err := urf.FitSpectrum(act, lo, hi, opt)
		if err != nil {
			if !errors.Is(err, urf.ErrRange) && !errors.Is(err, mat.ErrSingular) {
				t.Fatalf("error wraps neither ErrRange nor ErrSingular: %v", err)
			}
			return
		}
		if err := fit.Spectrum.Validate(); err != nil {
			t.Fatal(err)
		}
		again, err := urf.ParseSpectrum(fit.Spectrum.String())
		if err != nil || again.String() != fit.Spectrum.String() {
			t.Fatalf("the text %q reads back as %q, %v", fit.Spectrum, again, err)
		}
		z := []float64{lo, hi} // of the grid on which the bias is found
		y := make([]float64, len(z))
		fit.Spectrum.Eval(y, z)
		for i, v := range z {
			if d := math.Abs(y[i] - act.At(v)); !(d <= fit.Bias*(1+1e-9)+1e-300) {
				t.Fatalf("at %g the fit is off by %g, the stated bias is %g", v, d, fit.Bias)
			}
		}
		if !(fit.Bias >= 0) || math.IsNaN(fit.Variance) {
			t.Fatalf("bias %g, variance %g", fit.Bias, fit.Variance)
		}
	})
}
