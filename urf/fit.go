package urf

import (
	"errors"
	"fmt"
	"math"

	"nnk/asm"
	"nnk/mat"
)

// FitOptions says how [FitSpectrum] weighs bias and variance. The zero value fits as
// closely as the harmonics allow, whatever the variance.
type FitOptions struct {
	// Lambda weighs the variance: the fit minimises the mean square error on the range
	// plus Lambda·Σ r²·e^(2κR).
	Lambda float64
	// R is the product ‖x‖·‖w‖ to expect: a wave costs e^(κR) in standard deviation.
	R float64
	// Period of the harmonics, more than hi − lo; 0 means 2(hi − lo).
	Period float64
	// Harmonics is the number of frequencies besides 0; 0 means 1280, which leaves a
	// bias of about 1/1600 of range and slope at a kink.
	Harmonics int
	// Points at which f is fitted; 0 means 4·Harmonics.
	Points int
	// Linear gives the spectrum a linear term, which costs no variance: d + 1 features carry it
	// exactly, and the waves only what is left of f.
	Linear bool
}

// SpectrumFit is a fitted spectrum and what it costs.
type SpectrumFit struct {
	Spectrum Spectrum
	Lo, Hi   float64 // the range; the spectrum is not valid outside it
	Lambda   float64
	// Bias is the largest error on the range, found on a grid four times finer than
	// the points of the fit.
	Bias float64
	// RMS is the root mean square error on that grid.
	RMS float64
	// Variance is the second moment (Σ r·e^(κR))² of one feature pair with A = 0,
	// balanced scales, xᵀw = 0 and frequencies sampled in proportion to r·e^(κR); m
	// features have 1/m of it.
	Variance float64
}

// FitSpectrum fits a finite spectrum to f on [lo, hi] by penalised least squares over
// harmonics of a longer period (a Fourier extension), so that the frequencies that
// are dear by Monte Carlo are used only as far as they lower the bias.
//
// Errors wrap [ErrRange] if the range is empty or f is not finite on it,
// or too large there for a spectrum. Cost:
// Harmonics³/3 multiply-adds, Harmonics·Points·8 cosines.
func FitSpectrum(f Activation, lo, hi float64, opt FitOptions) (*SpectrumFit, error) {
	p, err := newFitProblem(f, lo, hi, opt)
	if err != nil {
		return nil, err
	}
	return p.solve(opt.Lambda)
}

// FitFrontier fits at every λ of the list, and without penalty, and returns the fits
// that no other beats in both bias and variance, the smallest variance first. A nil
// list means 26 values from 10³ to 10⁻²².
func FitFrontier(f Activation, lo, hi float64, lambdas []float64, opt FitOptions) ([]*SpectrumFit, error) {
	if lambdas == nil {
		for e := 3; e > -23; e-- {
			lambdas = append(lambdas, exp(float64(e)*math.Ln10))
		}
	}
	p, err := newFitProblem(f, lo, hi, opt)
	if err != nil {
		return nil, err
	}
	var all []*SpectrumFit
	for _, l := range append(lambdas[:len(lambdas):len(lambdas)], 0) {
		fit, err := p.solve(l)
		if err != nil {
			return nil, err
		}
		all = append(all, fit)
	}
	return pareto(all), nil
}

// pareto keeps the fits that no other beats, by ascending variance.
func pareto(all []*SpectrumFit) []*SpectrumFit {
	var front []*SpectrumFit
	for _, a := range all {
		beaten := false
		for _, b := range all {
			if b.Bias <= a.Bias && b.Variance <= a.Variance && (b.Bias < a.Bias || b.Variance < a.Variance) {
				beaten = true
			}
		}
		if !beaten {
			at := len(front)
			for at > 0 && front[at-1].Variance > a.Variance {
				at--
			}
			front = append(front[:at], append([]*SpectrumFit{a}, front[at:]...)...)
		}
	}
	return front
}

// fitProblem is a function on equidistant midpoints of its range, as moments with
// the harmonics about the middle of the range.
type fitProblem struct {
	f                Activation
	lo, hi           float64
	opt              FitOptions
	dirichlet        []float64 // Σ cos(κ_j·u_n), j = 0 … 2K
	cosines, sines   []float64 // Σ f(z_n)·cos(κ_k·u_n), and sin, sines[0] with u_n; k = 0 … K
	line             []float64 // Σ u_n·sin(κ_k·u_n), line[0] of u_n²
	middle, halfStep float64
}

func newFitProblem(f Activation, lo, hi float64, opt FitOptions) (*fitProblem, error) {
	if !(lo < hi) || hi-lo-(hi-lo) != 0 {
		return nil, fmt.Errorf("urf: fit of %s on [%g, %g]: empty range: %w", f.Name(), lo, hi, ErrRange)
	}
	if opt.Period == 0 {
		opt.Period = 2 * (hi - lo)
	}
	if opt.Harmonics == 0 {
		opt.Harmonics = 1280
	}
	if opt.Points == 0 {
		opt.Points = 4 * opt.Harmonics
	}
	if !(opt.Period > hi-lo) || opt.Harmonics < 1 || opt.Points < 2*opt.Harmonics || !(opt.Lambda >= 0) || !(opt.R >= 0) || opt.Lambda+opt.R+opt.Period-(opt.Lambda+opt.R+opt.Period) != 0 {
		return nil, fmt.Errorf("urf: fit of %s: period %g, %d harmonics, %d points (at least twice the harmonics), λ %g, R %g: %w", f.Name(), opt.Period, opt.Harmonics, opt.Points, opt.Lambda, opt.R, ErrRange)
	}
	p := &fitProblem{f: f, lo: lo, hi: hi, opt: opt, middle: (lo + hi) / 2, halfStep: (hi - lo) / (2 * float64(opt.Points))}
	return p, p.moments()
}

// freq is harmonic k of the period.
func (p *fitProblem) freq(k int) float64 { return 2 * math.Pi * float64(k) / p.opt.Period }

func (p *fitProblem) moments() error {
	n, k := p.opt.Points, p.opt.Harmonics
	u, y := make([]float64, n), make([]float64, n)
	for i := range u {
		u[i] = float64(float64(2*i+1-n) * p.halfStep)
		y[i] = p.f.At(p.middle + u[i])
		if y[i]-y[i] != 0 {
			return fmt.Errorf("urf: fit of %s: %g at %g: %w", p.f.Name(), y[i], p.middle+u[i], ErrRange)
		}
	}
	p.dirichlet = make([]float64, 2*k+1)
	p.dirichlet[0] = float64(n)
	for j := 1; j <= 2*k; j++ { // Σ cos((2i+1−n)·ω) = sin(nω)/sin ω
		w := p.freq(j) * p.halfStep
		top, _ := sincos(float64(n) * w)
		bottom, _ := sincos(w)
		p.dirichlet[j] = top / bottom
	}
	p.cosines, p.sines, p.line = make([]float64, k+1), make([]float64, k+1), make([]float64, k+1)
	sin, cos := make([]float64, n), make([]float64, n)
	for j := range p.cosines {
		asm.Scale(sin, u, p.freq(j))
		asm.Sincos(sin, cos, sin)
		p.cosines[j], p.sines[j], p.line[j] = asm.Dot(cos, y), asm.Dot(sin, y), asm.Dot(sin, u)
	}
	p.sines[0], p.line[0] = asm.Dot(u, y), asm.SumSquares(u)
	return nil
}

// negligible bounds, in λ·e^(2κR), the penalty beyond which a harmonic's amplitude
// could not be told from rounding.
const negligible = 0x1p46

// harmonics that matter at λ.
func (p *fitProblem) harmonics(lambda float64) int {
	k := p.opt.Harmonics
	for k > 1 && lambda > 0 && log(lambda)+float64(2*p.freq(k)*p.opt.R) > log(negligible) {
		k--
	}
	return k
}

func (p *fitProblem) solve(lambda float64) (*SpectrumFit, error) {
	k := p.harmonics(lambda)
	weight := make([]float64, k+1) // e^(−κR), or 1 without penalty
	for j := range weight {
		weight[j] = 1
		if lambda > 0 && j > 0 {
			weight[j] = exp(-p.freq(j) * p.opt.R)
		}
	}
	a, err := p.half(lambda, 1, weight, p.cosines)
	if err != nil {
		return nil, err
	}
	b, err := p.half(lambda, -1, weight, p.sines)
	if err != nil {
		return nil, err
	}
	s := Spectrum{Constant: math.FMA(-b[0], p.middle, a[0]), Slope: b[0]}
	for j := 1; j <= k; j++ {
		if r := math.Sqrt(math.FMA(a[j], a[j], float64(b[j]*b[j]))); r > 0 {
			s.Waves = append(s.Waves, Wave{r, p.freq(j), math.FMA(-p.freq(j), p.middle, angle(a[j]/r, -b[j]/r))})
		}
	}
	if err := s.Validate(); err != nil { // a range of 10³⁰⁰ overflows
		return nil, fmt.Errorf("urf: fit of %s on [%g, %g]: %w: %w", p.f.Name(), p.lo, p.hi, ErrRange, err)
	}
	fit := &SpectrumFit{Spectrum: s, Lo: p.lo, Hi: p.hi, Lambda: lambda, Variance: crudeVariance(s, p.opt.R)}
	fit.Bias, fit.RMS = p.bias(s)
	return fit, nil
}

// floorRidge keeps the systems definite: harmonics of a longer period than the range
// are nearly dependent on it. It is relative to the number of points.
const floorRidge = 0x1p-38

// half solves for the even (sign 1) or odd (sign −1) amplitudes, of which the first is that of the constant or the linear
// term: the discrete cosines
// and sines about the middle are orthogonal to each other, and their products are
// sums of Dirichlet kernels. The amplitudes are scaled by weight, which makes the
// penalty λ times the identity.
func (p *fitProblem) half(lambda, sign float64, weight, moments []float64) ([]float64, error) {
	from := 0
	if sign < 0 && !p.opt.Linear {
		from = 1
	}
	n := len(weight) - from
	g, rhs := mat.New[float64](n, n), mat.New[float64](n, 1)
	for i := range n {
		for j := range i + 1 {
			v := (p.dirichlet[i-j] + float64(sign*p.dirichlet[i+j+2*from])) / 2 * weight[i+from] * weight[j+from]
			if sign < 0 && j+from == 0 {
				v = p.line[i] * weight[i]
			}
			g.Set(i, j, v)
			g.Set(j, i, v)
		}
		rhs.Set(i, 0, moments[i+from]*weight[i+from])
	}
	points := float64(p.opt.Points)
	for extra := max(lambda, floorRidge) * points; ; extra *= 16 {
		a := g.Clone()
		for i := range n {
			if lambda == 0 || i+from > 0 { // the constant is exact: no penalty
				a.Set(i, i, a.At(i, i)+extra)
			}
		}
		l, err := mat.Cholesky(a, a)
		if errors.Is(err, mat.ErrSingular) && extra < points {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("urf: fit of %s: %w", p.f.Name(), err)
		}
		mat.CholeskySolve(rhs, l, rhs)
		out := make([]float64, len(weight))
		for i := range n {
			out[i+from] = rhs.At(i, 0) * weight[i+from]
		}
		return out, nil
	}
}

// bias is the largest and the root mean square error on a grid of 4·Points + 1 points.
func (p *fitProblem) bias(s Spectrum) (worst, rms float64) {
	n := 4*p.opt.Points + 1
	z, y := make([]float64, n), make([]float64, n)
	for i := range z {
		z[i] = p.lo + float64((p.hi-p.lo)*(float64(i)/float64(n-1)))
	}
	s.Eval(y, z)
	for i, v := range z {
		y[i] -= p.f.At(v)
		worst = max(worst, math.Abs(y[i]))
	}
	return worst, math.Sqrt(asm.SumSquares(y) / float64(n))
}

// crudeVariance is (Σ r·e^(κR))².
func crudeVariance(s Spectrum, r float64) float64 {
	sum := 0.0
	for _, w := range s.Waves {
		sum += float64(w.Mass * exp(w.Freq*r))
	}
	return sum * sum
}

// angle returns θ with cos θ = c and sin θ = s, in [−π, π]: a guess to 0.1 and four steps
// θ + sin(true − θ), each of which cubes the error.
func angle(c, s float64) float64 {
	t := float64(s / max(math.Abs(c), math.Abs(s)) * math.Pi / 4)
	switch {
	case math.Abs(s) > math.Abs(c):
		t = math.Copysign(math.Pi/2, s) - math.Copysign(math.Pi/4, s)*c/math.Abs(s)
	case c < 0:
		t = math.Copysign(math.Pi, s) - t
	}
	for range 4 {
		sin, cos := sincos(t)
		t += math.FMA(s, cos, -float64(c*sin))
	}
	return t
}
