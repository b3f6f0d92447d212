package urf

import (
	"fmt"
	"math"
	"testing"

	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
)

// samples returns the outputs Ψ(w, b)·Φ(x) of seeds maps that differ in their seed
// only, made with the given factors.
func samples(t testing.TB, s Spec, f factors, seeds int, x, w *mat.Dense[float64], b []float64) []float64 {
	t.Helper()
	out := make([]float64, seeds)
	for i := range out {
		m, err := remake(s, uint64(3000+i), f)
		if err != nil {
			t.Fatal(err)
		}
		phi, psi := m.Phi(nil, x, nil), m.Psi(nil, w, b)
		out[i] = mat.MulT(nil, phi, psi).At(0, 0)
	}
	return out
}

func remake(s Spec, seed uint64, f factors) (Towers[float64], error) {
	var m Map[float64]
	var err error
	switch s := s.(type) {
	case URF:
		s.Projection.Seed = seed
		m, err = newUniversal[float64](s, f)
	case SoftmaxKernel:
		s.Projection.Seed = seed
		m, err = newExponential[float64](s, f)
	case Maclaurin:
		s.Projection.Seed = seed
		m, err = newProducts[float64](s, trueSeries)
	}
	if err != nil {
		return nil, err
	}
	return m.(Towers[float64]), nil
}

// vectors returns x and w with the given norms and cosine, in d dimensions.
func vectors(d int, xn, wn, cosine float64) (x, w *mat.Dense[float64]) {
	x, w = mat.New[float64](1, d), mat.New[float64](1, d)
	g := mat.New[float64](2, d)
	rng.Normal(rng.New(99), g.Data(), 0)
	a, b := g.Row(0), g.Row(1)
	aa, ab := dot(a, a), dot(a, b)
	for i := range b {
		b[i] -= a[i] * ab / aa
	}
	bb := dot(b, b)
	for i := range a {
		x.Set(0, i, xn*a[i]/math.Sqrt(aa))
		w.Set(0, i, wn*(cosine*a[i]/math.Sqrt(aa)+math.Sqrt(1-cosine*cosine)*b[i]/math.Sqrt(bb)))
	}
	return x, w
}

func dot(a, b []float64) (s float64) {
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

// moments of a sample: mean, variance, and the standard error of the variance by
// the fourth moment.
func moments(v []float64) (mean, variance, varianceError float64) {
	n := float64(len(v))
	for _, x := range v {
		mean += x / n
	}
	var m4 float64
	for _, x := range v {
		d := (x - mean) * (x - mean)
		variance += d / (n - 1)
		m4 += d * d / n
	}
	return mean, variance, math.Sqrt(math.Max(m4-variance*variance, 0) / n)
}

// bootstrap returns the middle 99.9 % of the sample variance over resamples.
func bootstrap(v []float64) (low, high float64) {
	const rounds = 1000
	u := make([]float64, len(v))
	draws := make([]float64, rounds)
	again := make([]float64, len(v))
	for r := range rounds {
		rng.Uniform(rng.New(5), u, uint64(r*len(v)))
		for i := range again {
			again[i] = v[int(u[i]*float64(len(v)))]
		}
		_, draws[r], _ = moments(again)
	}
	low, high = draws[0], draws[0]
	for _, d := range draws {
		low, high = math.Min(low, d), math.Max(high, d)
	}
	return low, high
}

type momentCase struct {
	name   string
	spec   Spec
	target Activation
	exact  bool // the mean is the target's
}

const testD = 16

// momentCases are all exact spectra and a fitted one, and the ways to sample them with m rows.
func momentCases(t testing.TB, m int) []momentCase {
	var cases []momentCase
	projection := ortho.Spec{M: m, D: testD}
	for _, name := range ExactNames() {
		s, f, err := ExactSpectrum(name, 0.8)
		if err == nil && s.Law != NoLaw && laws[s.Law].rate <= 2 { // heavy tails: the fourth moment must exist
			s, f, err = ExactSpectrum(name, 0.25)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, angle := range []float64{0, 0.5, 0.25, -0.25} {
			cases = append(cases, momentCase{fmt.Sprintf("%s/angle=%g", name, angle), URF{Projection: projection, Spectrum: s, Angle: angle}, f, true})
		}
	}
	tanh, _ := ActivationByName("tanh")
	fit, err := FitSpectrum(tanh, -2, 2, FitOptions{Lambda: 1e-5, R: 0.7, Harmonics: 20})
	if err != nil {
		t.Fatal(err)
	}
	fitted := URF{Projection: projection, Spectrum: fit.Spectrum, Typical: Typical{XNorm: 1, WNorm: 0.8}}
	for _, v := range []struct {
		name string
		edit func(s *URF)
	}{
		{"systematic", func(*URF) {}},
		{"independent", func(s *URF) { s.Independent = true }},
		{"jordan", func(s *URF) { s.Jordan = true }},
		{"jordan-independent", func(s *URF) { s.Jordan, s.Independent = true, true }},
		{"plain", func(s *URF) { s.Damping = GivenA }},
	} {
		s := fitted
		v.edit(&s)
		cases = append(cases, momentCase{"tanh/" + v.name, s, tanh, false})
	}
	two := Spectrum{Constant: 0.3, Waves: []Wave{{1, 0.5, 0.9}, {0.7, 1.1, -1.3}}}
	cases = append(cases, momentCase{"two/proportional", URF{Projection: projection, Spectrum: two, Proportional: true, Independent: true}, tanh, false})
	cases = append(cases, momentCase{"two/given", URF{Projection: projection, Spectrum: two, Damping: GivenA, A: -0.05, Radius: 0.9, Angle: 0.15}, tanh, false})
	exp := ActivationOf("exp", math.Exp, nil)
	cases = append(cases,
		momentCase{"softmax", SoftmaxKernel{Projection: projection}, exp, true},
		momentCase{"softmax/plain", SoftmaxKernel{Projection: projection, Damping: GivenA, Typical: Typical{XNorm: 0.5}}, exp, true})
	return cases
}

func predicted(t testing.TB, c momentCase, p Point) Prediction {
	t.Helper()
	got, err := c.spec.Predict(c.target, []Point{p})
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

// TestMeanAndVariance: over independent seeds, the mean of the features is the exact
// value within 4 standard errors and their variance that of the closed form within
// 10 % or what the bootstrap allows.
func TestMeanAndVariance(t *testing.T) { testMeanAndVariance(t, 32, 200) }

func testMeanAndVariance(t *testing.T, m, seeds int) {
	const b = 0.4
	x, w := vectors(testD, 1, 0.8, 0.4)
	for _, c := range momentCases(t, m) {
		t.Run(c.name, func(t *testing.T) {
			want := predicted(t, c, Point{X: 1, W: 0.8, Dot: 0.32, B: b})
			v := samples(t, c.spec, trueFactors, seeds, x, w, []float64{b})
			mean, variance, _ := moments(v)
			if c.exact && !(math.Abs(want.Mean-c.target.At(0.32+b)) <= 1e-4) {
				t.Errorf("predicted mean %g, want %g", want.Mean, c.target.At(0.32+b))
			}
			if off := math.Abs(mean-want.Mean) / math.Sqrt(variance/float64(seeds)); !(off <= 4) {
				t.Errorf("mean %g, want %g: %.1f standard errors", mean, want.Mean, off)
			}
			if math.IsInf(want.Variance, 1) {
				return
			}
			if low, high := bootstrap(v); !(want.Variance >= 0.9*low && want.Variance <= 1.1*high) {
				t.Errorf("variance %g (bootstrap %g to %g), want %g", variance, low, high, want.Variance)
			}
			t.Logf("variance %.4g, predicted %.4g", variance, want.Variance)
		})
	}
}

// TestClosedForms compares the closed form of E (Re Z)² with an integral over the two
// dimensions of g that x and w span (each other one gives a factor (1−8A)^(−½)),
// and with many features: within 2 %, or 4 standard errors where the features' own fourth
// moment is too large for that.
func TestClosedForms(t *testing.T) { testClosedForms(t, 4, 1<<12, 0.5) }

// testClosedForms makes so many maps of m rows for each product κ‖x‖‖w‖.
func testClosedForms(t *testing.T, maps, m int, products ...float64) {
	type form struct {
		spec       URF
		want       float64
		sum2, sum4 float64
	}
	const b, phase, cosine, xn, wn = 0.3, 0.7, 0.6, 1.2, 0.5
	at := place{xn * xn, wn * wn, cosine * xn * wn, testD}
	var forms []*form
	for _, kxv := range products {
		for _, angle := range []float64{0, 0.5, 0.25, -0.25} {
			for _, damping := range []Damping{GivenA, OptimalA} {
				kappa := kxv / (xn * wn)
				s := URF{Spectrum: Spectrum{Waves: []Wave{{1, kappa, phase}}}, Angle: angle, Damping: damping,
					Typical: Typical{xn, wn, cosine}, Projection: ortho.Spec{M: m, D: testD}}
				p := s.pairAt(kappa, trueFactors)
				f := &form{spec: s, want: p.second(at, kappa*b+phase)}
				if got := planeIntegral(p, at, kappa*b+phase); !(math.Abs(got/f.want-1) <= 1e-6) {
					t.Errorf("κXV %g, angle %g, A %g: integral %g, closed form %g", kxv, angle, p.a, got, f.want)
				}
				forms = append(forms, f)
			}
		}
	}
	x, w := vectors(testD, xn, wn, cosine)
	for seed := range maps {
		g, err := ortho.New[float64](ortho.Spec{M: m, D: testD, Seed: uint64(seed)})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range forms {
			u := f.spec.over(g)
			phi, psi := u.Phi(nil, x, nil).Row(0), u.Psi(nil, w, []float64{b}).Row(0)
			for j := range m {
				z := phi[j] * psi[j]
				if len(phi) == 2*m {
					z += phi[m+j] * psi[m+j]
				}
				z *= z * float64(m) * float64(m)
				f.sum2 += z
				f.sum4 += z * z
			}
		}
	}
	n := float64(maps * m)
	for _, f := range forms {
		got := f.sum2 / n
		relative := math.Sqrt(math.Max(f.sum4/n/(got*got)-1, 0) / n)
		p := f.spec.pairAt(f.spec.Spectrum.Waves[0].Freq, trueFactors)
		if !(math.Abs(got/f.want-1) <= math.Max(0.02, 4*relative)) {
			t.Errorf("angle %g, A %g: second moment %g, want %g (%+.1f %%)", f.spec.Angle, p.a, got, f.want, 100*(got/f.want-1))
		}
		t.Logf("κXV %.1f, angle %5g, A %7.4f: %.5g, closed form %.5g (%+.2f %%, standard error %.2f %%)", f.spec.Spectrum.Waves[0].Freq*xn*wn, f.spec.Angle, p.a, got, f.want, 100*(got/f.want-1), 100*relative)
	}
}

// over makes the map on a projection that is there.
func (s URF) over(g ortho.Projection[float64]) *universal[float64] {
	m := &universal[float64]{spec: s, g: g, constant: s.Spectrum.Constant}
	waves := s.frequencies()
	pairs := make([]pair, len(waves))
	for i, w := range waves {
		pairs[i] = s.pairAt(w.Freq, trueFactors)
	}
	m.towers(s.Projection, pairs, waves, s.Typical.place(s.Projection.D), trueFactors)
	return m
}

// planeIntegral is E (Re(Z·e^(iψ)))² by the trapezoid rule over g in the plane of x and w.
func planeIntegral(p pair, at place, psi float64) float64 {
	const end, step = 16.0, 1.0 / 16
	xn := math.Sqrt(at.x2)
	w0 := at.dot / xn
	w1 := math.Sqrt(at.w2 - w0*w0)
	root := math.Sqrt(1 - 4*p.a)
	// the exponent's parts that do not depend on g: −(ρ²‖x‖² + η²‖w‖²)/2
	cRe := -((p.rhoRe*p.rhoRe-p.rhoIm*p.rhoIm)*at.x2 + (p.etaRe*p.etaRe-p.etaIm*p.etaIm)*at.w2) / 2
	cIm := -(p.rhoRe*p.rhoIm*at.x2 + p.etaRe*p.etaIm*at.w2)
	sum := 0.0
	for u := -end; u <= end; u += step {
		for v := -end; v <= end; v += step {
			gx, gw := u*xn, u*w0+v*w1
			re := cRe + root*(p.rhoRe*gx+p.etaRe*gw) + 2*p.a*(u*u+v*v) // both towers have A‖g‖²
			im := cIm + root*(p.rhoIm*gx+p.etaIm*gw)
			c := math.Cos(im + psi)
			sum += math.Exp(2*re-(u*u+v*v)/2) * c * c
		}
	}
	// (1−4A)^(d/2) of Λ² twice, and d−2 dimensions of e^(4A·g²)
	return sum * step * step / (2 * math.Pi) * math.Pow(1-4*p.a, at.d) * math.Pow(1-8*p.a, -(at.d-2)/2)
}

// TestOptimalA: the second moment is least at the A of the closed form, for real ρ and η.
func TestOptimalA(t *testing.T) {
	for _, d := range []float64{1, 8, 64, 768} {
		for _, x2 := range []float64{0.01, 1, 30} {
			at := place{x2, x2 / 2, x2 / 4, d}
			p := pair{1, 0, 0.5, 0, 0}
			p.a = optimalA(p.phi(at), d)
			if !(p.a < 0) {
				t.Errorf("d %g, ‖x‖² %g: A is %g, want it negative", d, x2, p.a)
			}
			best := p.logAbs(at)
			for _, factor := range []float64{0.5, 0.9, 1.1, 2} {
				q := p
				q.a *= factor
				if v := q.logAbs(at); !(v > best) {
					t.Errorf("d %g, ‖x‖² %g: ln E|Z|² is %g at A = %g and %g at %g times that", d, x2, best, p.a, v, factor)
				}
			}
		}
	}
}

// Where second moments are beyond float64 the variance is +Inf, and where there is none it is not
// negative, for every map: a sum or a comparison with them then does what it should.
func TestVarianceIsProper(t *testing.T) {
	p := ortho.Spec{M: 16, D: 8}
	spectrum := func(name string) Spectrum {
		s, _, err := ExactSpectrum(name, 1)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	cos, exp := ActivationOf("cos", math.Cos, nil), ActivationOf("exp", math.Exp, nil)
	for name, s := range map[string]Spec{
		"cos":       URF{Projection: p, Spectrum: spectrum("cos"), Angle: 0.5},
		"gaussian":  URF{Projection: p, Spectrum: spectrum("gaussian")},
		"rayleigh":  URF{Projection: p, Spectrum: spectrum("z-gaussian")},
		"sech":      URF{Projection: p, Spectrum: spectrum("sech")},
		"sinc":      URF{Projection: p, Spectrum: spectrum("sinc")},
		"softmax":   SoftmaxKernel{Projection: p},
		"maclaurin": Maclaurin{Projection: p, Coefficients: []float64{1, 1, 0.5, 0.25}},
		"arccos":    ArcCos{Projection: p, Order: 2},
		"relu":      ReLU{Projection: p, Slope: 0.3},
	} {
		for _, x := range []float64{25, 1e3, 1e20, 1e120} {
			for _, cosine := range []float64{-1, 0, 0.5, 1} {
				for _, p := range []Point{{X: x, W: x, Dot: x * x * cosine}, {X: x, W: 1, Dot: x * cosine}} {
					got, err := s.Predict(cos, []Point{p})
					if err != nil {
						t.Fatal(err)
					}
					least := 0.0
					if x >= 1e20 && cosine > 0 && name != "maclaurin" && name != "arccos" && name != "relu" {
						least = math.Inf(1)
					}
					if v := got[0].Variance; !(v >= least) {
						t.Errorf("%s: %+v: variance %g", name, p, v)
					}
				}
			}
		}
	}
	for i := range 400 { // exp(xᵀw) and its features are 1 up to rounding, or near it
		x := float64(i) / 400
		for _, s := range []SoftmaxKernel{{Projection: p, Damping: GivenA}, {Projection: p}} {
			got, err := s.Predict(exp, []Point{{X: x, W: x, Dot: -x * x}})
			if err != nil {
				t.Fatal(err)
			}
			if v := got[0].Variance; !(v >= 0) {
				t.Errorf("%+v at %g: variance %g", s, x, v)
			}
		}
	}
}

// TestHeavyTailsWhereFinite: at x and w of one direction and in the typical ratio of norms, or of opposite ones, the variance
// of e^(−|z|) by damped waves is finite and that of samples; anywhere else it is not.
func TestHeavyTailsWhereFinite(t *testing.T) {
	const seeds, m, b = 400, 32, 0.3
	spectrum, f, err := ExactSpectrum("laplacian", 0.5)
	if err != nil {
		t.Fatal(err)
	}
	for _, side := range []float64{1, -1} {
		s := URF{Projection: ortho.Spec{M: m, D: testD}, Spectrum: spectrum, Angle: -0.25 * side, Independent: true, Typical: Typical{XNorm: 1, WNorm: 0.5, Cosine: side}}
		at := Point{X: 2, W: 1, Dot: 2 * side, B: b}
		predictions, err := s.Predict(f, []Point{at, {X: 2, W: 1, Dot: 1.9 * side, B: b}, {X: 2, W: 0.9, Dot: 1.8 * side, B: b}})
		if err != nil {
			t.Fatal(err)
		}
		x, w := vectors(testD, 2, 1, side)
		mean, variance, _ := moments(samples(t, s, trueFactors, seeds, x, w, []float64{b}))
		want := predictions[0]
		if !(math.Abs(want.Variance/variance-1) <= 0.2) || !(math.Abs(mean-want.Mean) <= 4*math.Sqrt(variance/seeds)) {
			t.Errorf("side %g: mean %g and variance %g of samples, predicted %g and %g", side, mean, variance, want.Mean, want.Variance)
		}
		// Re Z is cos(κz)²-like: E|Z|² = 1, E Z² the characteristic function at twice z.
		if exact := ((1+f.At(2*(2*side+b)))/2 - f.At(2*side+b)*f.At(2*side+b)) / m; !(math.Abs(want.Variance-exact) <= 1e-9) {
			t.Errorf("side %g: variance %g, want %g", side, want.Variance, exact)
		}
		for i, p := range predictions[1:] {
			if !math.IsInf(p.Variance, 1) {
				t.Errorf("side %g, point %d: variance %g, want none", side, i+1, p.Variance)
			}
		}
		s.Independent = false
		systematic, err := s.Predict(f, []Point{at})
		if err != nil || !(systematic[0].Variance <= 1e-12) {
			t.Errorf("side %g: %v, %v, want no variance within waves", side, systematic, err)
		}
	}
}

// TestMeansOfLaws: the means of all exact spectra are their functions' to 1e-9.
func TestMeansOfLaws(t *testing.T) {
	for _, name := range ExactNames() {
		spectrum, f, err := ExactSpectrum(name, 0.7)
		if err != nil {
			t.Fatal(err)
		}
		s := URF{Projection: ortho.Spec{M: 8, D: 4}, Spectrum: spectrum}
		for z := -6.0; z <= 6; z += 0.375 {
			p, err := s.Predict(f, []Point{{B: z}})
			if err != nil || !(math.Abs(p[0].Bias) <= 1e-9) {
				t.Errorf("%s at %g: bias %v, %v", name, z, p, err)
			}
		}
	}
}
