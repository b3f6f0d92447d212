package urf

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
)

// product returns Φ(x)·Φ(y) of maps that differ in their seed only.
func productSamples(t *testing.T, make func(seed uint64) Spec, seeds int, x, y *mat.Dense[float64]) []float64 {
	t.Helper()
	out := []float64{}
	for i := range seeds {
		m, err := New[float64](make(uint64(i)))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, dot(m.Phi(nil, x, nil).Row(0), m.Phi(nil, y, nil).Row(0)))
	}
	return out
}

func check(t *testing.T, what string, v []float64, want Prediction) {
	t.Helper()
	mean, variance, _ := moments(v)
	if variance == 0 && want.Variance < 1e-12 {
		if !(math.Abs(mean-want.Mean) <= 1e-9) {
			t.Errorf("%s: %g without variance, want %g", what, mean, want.Mean)
		}
		return
	}
	if off := math.Abs(mean-want.Mean) / math.Sqrt(variance/float64(len(v))); !(off <= 4) {
		t.Errorf("%s: mean %g, want %g: %.1f standard errors", what, mean, want.Mean, off)
	}
	if low, high := bootstrap(v); !(want.Variance >= 0.9*low && want.Variance <= 1.1*high) {
		t.Errorf("%s: variance %g (bootstrap %g to %g), want %g", what, variance, low, high, want.Variance)
	}
}

// TestArcCosine compares orders 0, 1 and 2 with J_n at 20 angles from 0 to π.
func TestArcCosine(t *testing.T) {
	m, seeds := 64, 200
	for order := range 3 {
		for i := range 20 {
			theta := float64(i) / 19 * math.Pi
			x, y := vectors(8, 1.3, 0.7, math.Cos(theta))
			cosine := dot(x.Row(0), y.Row(0)) / (1.3 * 0.7)
			sin, c, u := math.Sin(theta), math.Cos(theta), math.Pi-theta
			want := []float64{u, sin + u*c, 3*sin*c + u*(1+2*c*c)}[order] / math.Pi * math.Pow(1.3*0.7, float64(order))
			s := ArcCos{Projection: ortho.Spec{M: m, D: 8}, Order: order}
			got, err := s.Predict(Activation{}, []Point{{X: 1.3, W: 0.7, Dot: math.Min(math.Max(cosine, -1), 1) * 1.3 * 0.7}})
			if err != nil || !(math.Abs(got[0].Mean-want) <= 1e-7) {
				t.Errorf("order %d, angle %g: predicted %g, want %g, error %v", order, theta, got[0].Mean, want, err)
			}
			v := productSamples(t, func(seed uint64) Spec { s.Projection.Seed = seed; return s }, seeds, x, y)
			check(t, fmt.Sprintf("order %d, angle %g", order, theta), v, got[0])
		}
	}
}

// TestArcCosineMoments checks J_3 and J_4 and the bias input by an integral over the
// plane.
func TestArcCosineMoments(t *testing.T) {
	for _, cosine := range []float64{-0.9, 0, 0.3, 1} {
		j := arcCosines(cosine)
		sin := math.Sqrt(1 - cosine*cosine)
		for n := range 5 {
			sum := 0.0
			const step = 1.0 / 64
			for u := -9.0; u <= 9; u += step {
				for v := -9.0; v <= 9; v += step {
					a, b := u, cosine*u+sin*v
					if a > 0 && b > 0 {
						sum += math.Pow(a*b, float64(n)) * math.Exp(-(u*u+v*v)/2)
					}
				}
			}
			if got := sum * step * step; !(math.Abs(got-j[n]) <= 0.02*(1+j[n])) {
				t.Errorf("J_%d at cosine %g is %g, integral %g", n, cosine, j[n], got)
			}
		}
	}
}

func TestFourierKernels(t *testing.T) {
	const seeds = 200
	x, y := vectors(6, 1, 0.8, 0.3)
	p := Point{X: 1, W: 0.8, Dot: 0.24}
	r := math.Sqrt(1 + 0.64 - 0.48)
	for _, kind := range []ortho.Kind{ortho.IID, ortho.Hadamard} {
		for _, pairs := range []bool{false, true} {
			for kernel, want := range map[Kernel]float64{
				Gaussian: math.Exp(-1.4 * 1.4 * r * r / 2),
				Matern12: math.Exp(-1.4 * r),
				Matern32: (1 + math.Sqrt(3)*1.4*r) * math.Exp(-math.Sqrt(3)*1.4*r),
				Matern52: (1 + math.Sqrt(5)*1.4*r + 5*1.96*r*r/3) * math.Exp(-math.Sqrt(5)*1.4*r),
			} {
				s := Fourier{Projection: ortho.Spec{M: 64, D: 6, Kind: kind}, Kernel: kernel, Scale: 1.4, Pairs: pairs}
				got, err := s.Predict(Activation{}, []Point{p})
				if err != nil || !(math.Abs(got[0].Mean-want) <= 1e-12) {
					t.Fatalf("%v: predicted %v, want %g, error %v", s, got, want, err)
				}
				v := productSamples(t, func(seed uint64) Spec { s.Projection.Seed = seed; return s }, seeds, x, y)
				if kind == ortho.IID {
					check(t, s.String(), v, got[0])
				} else if mean, variance, _ := moments(v); !(math.Abs(mean-want) <= 0.05 && variance <= 1.5*got[0].Variance) {
					// Structured rows are normal only in the limit of large d.
					t.Errorf("%v: mean %g, variance %g, want %v", s, mean, variance, got[0])
				}
			}
			l := Fourier{Projection: ortho.Spec{M: 64, D: 6}, Kernel: Laplacian, Scale: 0.7, Pairs: pairs}
			distance := 0.0
			for i, a := range x.Row(0) {
				distance += math.Abs(a - y.At(0, i))
			}
			k, twice := math.Exp(-0.7*distance), math.Exp(-1.4*distance)
			second := (1 + twice) / 2
			if !pairs {
				second += 0.5
			}
			v := productSamples(t, func(seed uint64) Spec { l.Projection.Seed = seed; return l }, seeds, x, y)
			check(t, l.String(), v, Prediction{Mean: k, Variance: (second - k*k) / 64})
		}
	}
}

func TestMaclaurin(t *testing.T) {
	const seeds = 400
	x, w := vectors(9, 0.9, 0.8, 0.5)
	for _, bias := range []bool{false, true} {
		s := Maclaurin{Projection: ortho.Spec{M: 96, D: 9}, Coefficients: []float64{1, -0.5, 0.4, -0.3, 0.1}, Bias: bias}
		var b []float64
		p := Point{X: 0.9, W: 0.8, Dot: 0.36}
		if bias {
			b, p.B = []float64{0.2}, 0.2
		}
		poly := func(z float64) float64 { return 1 + z*(-0.5+z*(0.4+z*(-0.3+z*0.1))) }
		got, err := s.Predict(ActivationOf("poly", poly, nil), []Point{p})
		if err != nil || !(math.Abs(got[0].Bias) <= 1e-15) {
			t.Fatalf("bias %v, error %v", got, err)
		}
		run := func(f series) []float64 {
			var out []float64
			for seed := range seeds {
				s.Projection.Seed = uint64(3000 + seed)
				m, err := newProducts[float64](s, f)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, dot(m.Phi(nil, x, nil).Row(0), m.(Towers[float64]).Psi(nil, w, b).Row(0)))
			}
			return out
		}
		check(t, s.String(), run(trueSeries), got[0])
		for _, wrong := range []series{{-1, 1}, {2, 1}, {1, math.Sqrt2}} {
			mean, variance, _ := moments(run(wrong))
			if off := math.Abs(mean-got[0].Mean) / math.Sqrt(variance/float64(seeds)); !(off >= 4) {
				t.Errorf("factors %v: off by %.1f standard errors only", wrong, off)
			}
		}
	}
}

// TestSeriesTowers: rows with series of their own have the mean that they say, and the variance of a map with these
// coefficients; series of fewer powers are those with zeros.
func TestSeriesTowers(t *testing.T) {
	const seeds = 400
	x, w := vectors(9, 0.9, 0.8, 0.5)
	two := mat.New[float64](2, 9)
	two.View(0, 0, 1, 9).Copy(w)
	two.View(1, 0, 1, 9).Copy(w)
	rows := [][]float64{{1, -0.5, 0.4, -0.3}, {0.2, 2, 0, 0.7}}
	s := Maclaurin{Projection: ortho.Spec{M: 60, D: 9}, Shares: []int{25, 35}}
	var got [2][]float64
	for seed := range seeds {
		s.Projection.Seed = uint64(seed)
		m, err := New[float64](s)
		if err != nil {
			t.Fatal(err)
		}
		y := mat.MulT(nil, m.Phi(nil, x, nil), m.(SeriesTowers[float64]).PsiSeries(nil, two, mat.Of(2, 4, slices.Concat(rows...))))
		for i, v := range y.Row(0) {
			got[i] = append(got[i], v)
		}
		line := m.(SeriesTowers[float64]).PsiSeries(nil, two, mat.Of(2, 2, []float64{1, -0.5, 0.2, 2}))
		if y := mat.MulT(nil, m.Phi(nil, x, nil), line); math.Abs(y.At(0, 0)-(1-0.5*0.36)) > 1e-14 || math.Abs(y.At(0, 1)-(0.2+2*0.36)) > 1e-14 {
			t.Fatalf("a linear row is %v", y.Row(0))
		}
	}
	for i, a := range rows {
		s.Coefficients = a
		p, err := s.Predict(Activation{}, []Point{{X: 0.9, W: 0.8, Dot: 0.36}})
		if err != nil {
			t.Fatal(err)
		}
		check(t, s.String(), got[i], p[0])
	}
	m, err := New[float64](Maclaurin{Projection: ortho.Spec{M: 60, D: 9}, Coefficients: []float64{0, 1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(){
		"features of some degrees": func() { m.(SeriesTowers[float64]).PsiSeries(nil, two, mat.New[float64](2, 3)) },
	} {
		func() {
			defer func() {
				if _, ok := recover().(*mat.ArgumentError); !ok {
					t.Errorf("%s: no panic of type *mat.ArgumentError", name)
				}
			}()
			f()
		}()
	}
}

// TestLinearPart: with it universal features estimate the spectrum with its linear term, at the variance of the waves alone.
func TestLinearPart(t *testing.T) {
	x, w := vectors(testD, 1, 0.8, 0.4)
	spectrum := Spectrum{Constant: 0.5, Slope: -2, Waves: []Wave{{1, 0.7, 0.3}, {0.4, 1.6, -1}}}
	for _, angle := range []float64{0, 0.5, 0.25} {
		s := URF{Projection: ortho.Spec{M: 40, D: testD}, Spectrum: spectrum, Angle: angle, Typical: Typical{WNorm: 0.8}}
		at := []Point{{X: 1, W: 0.8, Dot: 0.32, B: 0.3}}
		got, err := s.Predict(Activation{}, at)
		if err != nil {
			t.Fatal(err)
		}
		waves := s
		waves.Spectrum.Slope = 0
		without, err := waves.Predict(Activation{}, at)
		if err != nil || math.Abs(got[0].Mean-without[0].Mean+2*0.62) > 1e-14 || got[0].Variance != without[0].Variance {
			t.Errorf("%v, without linear part %v, error %v", got, without, err)
		}
		check(t, s.String(), samples(t, s, trueFactors, 400, x, w, []float64{0.3}), got[0])
	}
	gelu, _ := ActivationByName("gelu")
	for _, linear := range []bool{false, true} {
		fit, err := FitSpectrum(gelu, -3, 2, FitOptions{Lambda: 1e-5, R: 2, Harmonics: 64, Linear: linear})
		if err != nil {
			t.Fatal(err)
		}
		y := make([]float64, 1)
		fit.Spectrum.Eval(y, []float64{1.7})
		if e := math.Abs(y[0] - gelu.At(1.7)); !(e <= fit.Bias) || !(fit.Bias < 0.05) || !(fit.RMS < fit.Bias) || (fit.Spectrum.Slope != 0) != linear {
			t.Errorf("linear %t: error %g at 1.7, bias %g, root mean square %g, slope %g", linear, e, fit.Bias, fit.RMS, fit.Spectrum.Slope)
		}
	}
}

// TestHopelessInputs: d = 768, norms up to 30, float32: every feature is finite, and so
// is the output.
func TestHopelessInputs(t *testing.T) {
	const d, m = 768, 256
	relu, _ := ActivationByName("relu")
	fit, err := FitSpectrum(relu, -4, 4, FitOptions{Lambda: 1e-4, R: 1, Harmonics: 32})
	if err != nil {
		t.Fatal(err)
	}
	x, w := mat.New[float32](4, d), mat.New[float32](4, d)
	rng.Normal(rng.New(1), x.Data(), 0)
	rng.Normal(rng.New(2), w.Data(), 0)
	for i := range 4 {
		norm := []float32{30, 10, 1, 0}[i]
		for j := range d {
			x.Row(i)[j] *= norm / 27.7
			w.Row(i)[j] *= norm / 27.7
		}
	}
	for _, norm := range []float64{1, 30} {
		for _, angle := range []float64{0, 0.5, 0.25, -0.25} {
			for _, damping := range []Damping{OptimalA, GivenA} {
				typical := Typical{XNorm: norm, WNorm: norm}
				p := ortho.Spec{M: m, D: d, Kind: ortho.Hadamard}
				finite(t, URF{Projection: p, Spectrum: fit.Spectrum, Angle: angle, Damping: damping, Typical: typical}, x, w)
				finite(t, SoftmaxKernel{Projection: p, Damping: damping, Typical: typical}, x, w)
			}
		}
	}
}

func finite(t *testing.T, s Spec, x, w *mat.Dense[float32]) {
	t.Helper()
	m, err := New[float32](s)
	if err != nil {
		t.Fatal(err)
	}
	phi, psi := m.Phi(nil, x, nil), m.(Towers[float32]).Psi(nil, w, make([]float32, w.Rows()))
	for what, a := range map[string]*mat.Dense[float32]{"Φ": phi, "Ψ": psi, "output": mat.MulT(nil, phi, psi)} {
		for i := range a.Rows() {
			for j, v := range a.Row(i) {
				if v-v != 0 {
					t.Fatalf("%.40s…: %s (%d, %d) is %g", s.String(), what, i, j, v)
				}
			}
		}
	}
}
