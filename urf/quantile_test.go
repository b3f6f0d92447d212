package urf

import (
	"math"
	"slices"
	"testing"

	"nnk/mat"
	"nnk/rng/ortho"
)

// quantileCases are all maps whose moments have a closed form, with m independent rows.
func quantileCases(t *testing.T, m int) []momentCase {
	p := ortho.Spec{M: m, D: testD}
	cases := append(momentCases(t, m),
		momentCase{name: "maclaurin", spec: Maclaurin{Projection: p, Coefficients: []float64{0.5, 1, 0.5, 0.2}, Bias: true}},
		momentCase{name: "relu", spec: ReLU{Projection: p}},
		momentCase{name: "relu/leaky", spec: ReLU{Projection: p, Slope: 0.25, Bias: 0.5, Scale: 0.7}},
		momentCase{name: "fourier", spec: Fourier{Projection: p, Scale: 0.8}},
		momentCase{name: "fourier/pairs", spec: Fourier{Projection: p, Pairs: true, Constant: true}})
	for order := range 3 {
		cases = append(cases, momentCase{name: "arccos", spec: ArcCos{Projection: p, Order: order, Constant: true}})
	}
	for _, k := range []Kernel{Matern12, Matern32, Matern52} {
		cases = append(cases, momentCase{name: "matern", spec: Fourier{Projection: p, Kernel: k}})
	}
	return cases
}

// withSeed is s with another seed.
func withSeed(s Spec, seed uint64) Spec {
	switch s := s.(type) {
	case ReLU:
		s.Projection.Seed = seed
		return s
	case ArcCos:
		s.Projection.Seed = seed
		return s
	case Fourier:
		s.Projection.Seed = seed
		return s
	case SoftmaxKernel:
		s.Projection.Seed = seed
		return s
	case Maclaurin:
		s.Projection.Seed = seed
		return s
	}
	u := s.(URF)
	u.Projection.Seed = seed
	return u
}

// estimates are those of f(xᵀw + b), or of the kernel, by maps of so many seeds.
func estimates(t *testing.T, s Spec, seeds int, x, w *mat.Dense[float64], b float64) []float64 {
	out := make([]float64, seeds)
	for i := range out {
		m, err := New[float64](withSeed(s, uint64(7000+i)))
		if err != nil {
			t.Fatal(err)
		}
		phi := m.Phi(nil, x, nil)
		other := phi
		if s.WeightBias() {
			other = m.(Towers[float64]).Psi(nil, w, []float64{b})
		} else {
			other = m.Phi(nil, w, nil)
		}
		out[i] = mat.MulT(nil, phi, other).At(0, 0)
	}
	return out
}

// TestRMSQuantile: over seeds of every map, the stated quantile of 99 % is above the error of 99 of 100 and at most twice the measured
// quantile, or five times where the kurtosis is above 10 or not known and the variance alone is left. The predicted
// standard error is 0.9 to 1.1 times the measured one, where so few seeds can tell it.
func TestRMSQuantile(t *testing.T) { testRMSQuantile(t, 32, 300, 6) }

func testRMSQuantile(t *testing.T, m, seeds int, heaviest float64) {
	const b = 0.4
	x, w := vectors(testD, 1, 0.8, 0.4)
	for _, c := range quantileCases(t, m) {
		t.Run(c.name, func(t *testing.T) {
			at := Point{X: 1, W: 0.8, Dot: 0.32, B: b}
			got := predicted(t, c, at)
			if math.IsInf(got.Variance, 1) {
				if q := RMSQuantile([]Prediction{got}, 0.99); !math.IsInf(q, 1) {
					t.Errorf("quantile %g of an error without variance", q)
				}
				return
			}
			got.Bias = 0 // the errors are those about the mean
			errors, sum, fourth := estimates(t, c.spec, seeds, x, w, b), 0.0, 0.0
			for i, v := range errors {
				errors[i] = math.Abs(v - got.Mean)
				e2 := errors[i] * errors[i]
				sum, fourth = sum+e2, fourth+float64(e2*e2)
			}
			slices.Sort(errors)
			quantile, measured := RMSQuantile([]Prediction{got}, 0.99), errors[seeds*99/100]
			rms := math.Sqrt(got.Variance / (sum / float64(seeds)))
			t.Logf("rms predicted/measured %.3f, kurtosis %.3g (measured %.3g), quantile %.4g, measured %.4g: %.2f", rms, got.Kurtosis, fourth*float64(seeds)/sum/sum, quantile, measured, quantile/measured)
			if got.Kurtosis <= heaviest && !(rms >= 0.9 && rms <= 1.1) {
				t.Errorf("predicted rms is %.3f of that measured", rms)
			}
			most := 2.0
			if got.Kurtosis > 10 {
				most = 5
			}
			if !(quantile >= measured && quantile <= most*measured) {
				t.Errorf("quantile %g, measured %g: want it above, and at most %g times as much", quantile, measured, most)
			}
		})
	}
}

// TestRMSQuantileOfPoints: normal errors at one point give the known factor, biases are added, equal points change nothing, and
// an unknown kurtosis leaves Markov's inequality.
func TestRMSQuantileOfPoints(t *testing.T) {
	one := Prediction{Bias: 0.5, Variance: 4, Kurtosis: 3}
	want := 0.5 + 2*math.Sqrt(1+math.Sqrt(2*99))
	for n := 1; n < 4; n++ {
		if got := RMSQuantile(slices.Repeat([]Prediction{one}, n), 0.99); !(math.Abs(got-want) <= 1e-12) {
			t.Errorf("%d points: %g, want %g", n, got, want)
		}
	}
	one.Kurtosis = math.Inf(1)
	if got := RMSQuantile([]Prediction{one}, 0.99); !(math.Abs(got-20.5) <= 1e-12) {
		t.Errorf("without a fourth moment: %g, want 20.5", got)
	}
	if got := RMSQuantile([]Prediction{{Bias: -0.25, Kurtosis: 3}}, 0.5); got != 0.25 {
		t.Errorf("without variance: %g, want 0.25", got)
	}
	for _, level := range []float64{0, 1, math.NaN()} {
		func() {
			defer func() {
				if _, ok := recover().(*mat.ArgumentError); !ok {
					t.Errorf("level %g is taken", level)
				}
			}()
			RMSQuantile([]Prediction{one}, level)
		}()
	}
}
