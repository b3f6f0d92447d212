package urf

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng/ortho"
)

// PlanOptions is what [NewPlan] plans for.
type PlanOptions struct {
	Activation Activation
	Lo, Hi     float64 // the range of wᵀx + b; [Calibrate] finds it from data
	Typical    Typical // norms of inputs and weight rows
	Inputs     int     // d; 0 means 64. It matters for A only
	Error      float64 // wanted: root mean square error of one output
	// MaxFeatures is the largest affordable number of real features; 0 means 65536.
	MaxFeatures int
}

// Family is the kind of features of an [Alternative].
type Family string

// The families that a plan chooses among.
const (
	Waves  Family = "waves"  // universal random features of a spectrum, [URF]
	Series Family = "series" // products for a power series, [Maclaurin]
)

// Alternative is one way to make the features, with what it costs.
type Alternative struct {
	Family   Family
	Angle    float64 // α/π of waves
	Lambda   float64 // of the fit of waves
	Linear   bool    // d of the features are x itself, and one is 1: they carry the linear part exactly
	Degree   int     // of a series
	Bias     float64 // largest error of the fitted function on the range
	RMSBias  float64 // root mean square of that error over the range
	Variance float64 // of one row of the projection, root mean square over the range
	Features float64 // real features that reach the error, those of the linear part and the constant too; +Inf if none do
	Reached  float64 // the error that MaxFeatures reach

	fits   []priced
	chosen priced
}

// priced is a fitted function with what its features cost.
type priced struct {
	waves         *SpectrumFit // or nil
	series        *SeriesFit   // or nil
	fixed, width  float64      // features: fixed + width·rows
	rms, variance float64      // of the fit, and of one row
}

// at is the error with features.
func (c priced) at(features float64) float64 {
	rows := math.Floor((features - c.fixed) / c.width)
	if c.series != nil && rows < float64(len(c.series.Shares)) || !(rows >= 1) {
		return math.Inf(1)
	}
	return math.Sqrt(math.FMA(c.rms, c.rms, c.variance/rows))
}

// needed are the features that reach an error, +Inf if none do.
func (c priced) needed(want float64) float64 {
	room := (want - c.rms) * (want + c.rms)
	if !(want > c.rms) || !(room > 0) {
		return math.Inf(1)
	}
	rows := max(math.Ceil(c.variance/room), 1)
	if c.series != nil {
		rows = max(rows, float64(len(c.series.Shares)))
	}
	return math.FMA(c.width, rows, c.fixed)
}

// ErrorAt is the root mean square error with so many features, bias and standard error together, of the fit that is best for
// them; +Inf if they are too few for any.
func (a Alternative) ErrorAt(features int) float64 {
	least := math.Inf(1)
	for _, c := range a.fits {
		least = min(least, c.at(float64(features)))
	}
	return least
}

// Plan says how to approximate an activation by Monte Carlo, or that one should not.
type Plan struct {
	Spec         Spec         // [URF] or [Maclaurin] with the features needed, at most MaxFeatures; its projection has seed 0
	Fit          *SpectrumFit // of waves; nil for a series
	Series       *SeriesFit   // of a series; nil for waves
	Best         Alternative
	Alternatives []Alternative // a series, and the best waves of each angle, 0, ½, ¼ and −¼: the best first
	Features     int           // real features of Spec
	StdError     float64       // of one output of Spec, root mean square over the range
	// Quantile99 bounds the error that 99 of 100 seeds stay below, bias and standard error together, in the root mean square
	// over the range; see [RMSQuantile].
	Quantile99 float64
	A, Radius  float64 // of the largest frequency of waves
	Reachable  bool
	Verdict    string // in plain words
}

// planAngles are the α/π that a plan tries.
var planAngles = []float64{0, 0.5, 0.25, -0.25}

// NewPlan finds the features, among universal ones of all angles and a power series, with and without an exact linear
// part, that reach an error with the least of them, by the closed forms: the mean square of bias and standard
// error over the range, at the typical norms. Errors wrap [ErrRange]. Cost: twice that of [FitFrontier].
func NewPlan(opt PlanOptions) (*Plan, error) {
	if opt.Inputs == 0 {
		opt.Inputs = 64
	}
	if opt.MaxFeatures == 0 {
		opt.MaxFeatures = 1 << 16
	}
	if !(opt.Error > 0) || opt.Error-opt.Error != 0 || opt.Inputs < 1 || opt.MaxFeatures < 2 {
		return nil, fmt.Errorf("urf: plan for error %g, %d inputs, at most %d features: %w", opt.Error, opt.Inputs, opt.MaxFeatures, ErrRange)
	}
	if err := checkTypical("plan", opt.Typical, OptimalA, 0); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRange, err)
	}
	p := &Plan{}
	spectra, err := opt.spectra()
	if err != nil {
		return nil, err
	}
	for _, angle := range planAngles {
		a := Alternative{Family: Waves, Angle: angle}
		for _, fit := range spectra {
			if err := opt.priceWaves(&a, fit); err != nil {
				return nil, err
			}
		}
		p.Alternatives = append(p.Alternatives, a)
	}
	series := Alternative{Family: Series, Linear: true}
	if err := opt.priceSeries(&series); err != nil {
		return nil, err
	}
	p.Alternatives = append(p.Alternatives, series)
	for i := range p.Alternatives {
		opt.choose(&p.Alternatives[i])
	}
	slices.SortStableFunc(p.Alternatives, func(a, b Alternative) int {
		switch {
		case opt.better(a, b):
			return -1
		case opt.better(b, a):
			return 1
		}
		return 0
	})
	p.Best = p.Alternatives[0]
	return p, p.finish(opt)
}

// better: fewer features, or if none can be afforded, the smaller error.
func (opt PlanOptions) better(a, b Alternative) bool {
	if most := float64(opt.MaxFeatures); a.Features <= most || b.Features <= most {
		return a.Features < b.Features
	}
	return a.Reached < b.Reached
}

// spectra are the exact spectrum, if there is one, or the frontiers of fitted ones, without and with a linear part.
func (opt PlanOptions) spectra() ([]*SpectrumFit, error) {
	if s, ok := opt.Activation.ExactSpectrum(); ok {
		return []*SpectrumFit{{Spectrum: s, Lo: opt.Lo, Hi: opt.Hi}}, nil
	}
	r := orOne(opt.Typical.XNorm) * orOne(opt.Typical.WNorm)
	var all []*SpectrumFit
	for _, linear := range []bool{false, true} {
		fits, err := FitFrontier(opt.Activation, opt.Lo, opt.Hi, nil, FitOptions{R: r, Harmonics: 256, Linear: linear})
		if err != nil {
			return nil, err
		}
		all = append(all, fits...)
	}
	return all, nil
}

func (opt PlanOptions) spec(fit *SpectrumFit, angle float64, rows int) URF {
	return URF{Projection: ortho.Spec{M: rows, D: opt.Inputs}, Spectrum: fit.Spectrum, Angle: angle, Typical: opt.Typical}
}

// priceWaves predicts, with independent frequencies, for which the variance is exactly
// inverse to the number of rows.
func (opt PlanOptions) priceWaves(a *Alternative, fit *SpectrumFit) error {
	if len(fit.Spectrum.Waves) == 0 && fit.Spectrum.Law == NoLaw {
		return nil // only a line is left
	}
	const rows = 16
	s := opt.spec(fit, a.Angle, rows)
	s.Independent = true
	v, err := meanVariance(s, opt)
	if err != nil {
		return err
	}
	c := priced{waves: fit, width: 1, rms: fit.RMS, variance: v * rows}
	if a.Angle != 0 {
		c.width = 2
	}
	if fit.Spectrum.Slope != 0 {
		c.fixed = float64(opt.Inputs + 1)
	} else if fit.Spectrum.Constant != 0 {
		c.fixed = 1
	}
	a.fits = append(a.fits, c)
	return nil
}

// planDegree is the highest degree of a series that a plan tries.
const planDegree = 12

// priceSeries fits series of all degrees for some numbers of features. One that cannot be fitted is no alternative.
func (opt PlanOptions) priceSeries(a *Alternative) error {
	for degree := 2; degree <= planDegree; degree++ {
		p, err := newSeriesProblem(opt.Activation, opt.Lo, opt.Hi, SeriesOptions{Degree: degree, Inputs: opt.Inputs, Typical: opt.Typical})
		if err != nil {
			return err
		}
		for rows := degree - 1; rows < 1<<30; rows += 1 + rows/3 {
			fit, err := p.solve(rows)
			if errors.Is(err, ErrRange) || errors.Is(err, mat.ErrSingular) {
				continue
			}
			if err != nil {
				return err
			}
			a.fits = append(a.fits, priced{series: fit, fixed: float64(opt.Inputs + 1), width: 1, rms: fit.RMS, variance: fit.Variance * float64(rows)})
		}
	}
	return nil
}

// choose takes the fit that is best for the error that is wanted, or if none reaches it, for the features that can be
// afforded.
func (opt PlanOptions) choose(a *Alternative) {
	best := Alternative{Family: a.Family, Angle: a.Angle, Linear: a.Linear, fits: a.fits}
	best.Bias, best.RMSBias, best.Variance, best.Features, best.Reached = math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1)
	for _, c := range a.fits {
		b := best
		b.RMSBias, b.Variance, b.Features, b.Reached, b.chosen = c.rms, c.variance, c.needed(opt.Error), c.at(float64(opt.MaxFeatures)), c
		if c.series != nil {
			b.Degree, b.Bias = len(c.series.Coefficients)-1, c.series.Bias
		} else {
			b.Lambda, b.Bias, b.Linear = c.waves.Lambda, c.waves.Bias, c.waves.Spectrum.Slope != 0
		}
		if opt.better(b, best) {
			best = b
		}
	}
	*a = best
}

// meanVariance is the mean of the variance of s at typical norms over five values of wᵀx + b
// in the range.
func meanVariance(s Spec, opt PlanOptions) (float64, error) {
	predictions, err := overRange(s, opt)
	return meanOf(predictions), err
}

func meanOf(predictions []Prediction) float64 {
	sum := 0.0
	for _, p := range predictions {
		sum += p.Variance / float64(len(predictions))
	}
	return sum
}

// overRange are the predictions for s at typical norms and five values of wᵀx + b in the range.
func overRange(s Spec, opt PlanOptions) ([]Prediction, error) {
	at := opt.Typical.place(opt.Inputs)
	var points []Point
	for i := range 5 {
		z := opt.Lo + float64((opt.Hi-opt.Lo)*(float64(i)+0.5)/5)
		points = append(points, Point{X: math.Sqrt(at.x2), W: math.Sqrt(at.w2), Dot: at.dot, B: z - float64(at.dot)})
	}
	return s.Predict(opt.Activation, points)
}

// finish makes the specification and the verdict.
func (p *Plan) finish(opt PlanOptions) error {
	c := p.Best.chosen
	if c.width == 0 && len(p.Best.fits) > 0 { // no fit has a finite error
		c = p.Best.fits[len(p.Best.fits)-1]
	}
	p.Reachable = p.Best.Features <= float64(opt.MaxFeatures)
	features := float64(opt.MaxFeatures)
	if p.Reachable {
		features = p.Best.Features
	}
	rows := max(int((features-c.fixed)/max(c.width, 1)), 1)
	switch {
	case c.series != nil:
		spec, err := opt.series(c.series, rows)
		if err != nil {
			return err
		}
		p.Spec, p.Series = spec, c.series
	default:
		p.Fit = c.waves
		if p.Fit == nil { // nothing can be fitted
			return fmt.Errorf("urf: plan for %s on [%g, %g]: no features: %w", opt.Activation.Name(), opt.Lo, opt.Hi, ErrRange)
		}
		s := opt.spec(p.Fit, p.Best.Angle, 1)
		s.Projection.M = max(rows, len(s.strata()))
		p.Spec = s
		q := s.pairAt(p.Fit.Spectrum.highest(), trueFactors)
		p.A, p.Radius = q.a, math.Sqrt(math.FMA(q.rhoRe, q.rhoRe, float64(q.rhoIm*q.rhoIm)))
	}
	p.Features = int(math.FMA(c.width, float64(p.Spec.Base().M), c.fixed))
	predictions, err := overRange(p.Spec, opt)
	if err != nil {
		return err
	}
	p.StdError = math.Sqrt(meanOf(predictions))
	for i := range predictions {
		predictions[i].Bias = p.Best.RMSBias // over the whole range, not at its few points
	}
	p.Quantile99 = RMSQuantile(predictions, 0.99)
	p.Verdict = p.verdict(opt)
	return nil
}

// series describes products for the fitted series, whose shares are those of other rows.
func (opt PlanOptions) series(fit *SeriesFit, rows int) (Maclaurin, error) {
	strata := make([]stratum, len(fit.Shares))
	for k, n := range fit.Shares {
		strata[k].total = float64(n)
	}
	s := Maclaurin{Projection: ortho.Spec{M: max(rows, len(strata)), D: opt.Inputs}, Coefficients: fit.Coefficients, Typical: opt.Typical}
	s.Shares = allot(s.Projection.M, strata)
	return s, s.Validate()
}

func (p *Plan) verdict(opt PlanOptions) string {
	if p.Reachable {
		return fmt.Sprintf("%d features reach the error: bias at most %.3g on the range, %.3g in the root mean square, standard error %.3g; of 100 seeds 99 stay below %.3g", p.Features, p.Best.Bias, p.Best.RMSBias, p.StdError, p.Quantile99)
	}
	text := "hopeless by Monte Carlo: "
	if p.Fit != nil {
		kappa := p.Fit.Spectrum.highest()
		r := orOne(opt.Typical.XNorm) * orOne(opt.Typical.WNorm)
		text += fmt.Sprintf("a wave at κ costs about e^(κ·‖x‖·‖w‖) in standard error, and %s on [%g, %g] needs κ·‖x‖·‖w‖ up to %.2g for a bias of %.2g", opt.Activation.Name(), opt.Lo, opt.Hi, kappa*r, p.Best.Bias)
	} else {
		text += fmt.Sprintf("the power n costs about (‖x‖·‖w‖)ⁿ in standard error, and a series for %s on [%g, %g] needs powers up to %d for a bias of %.2g", opt.Activation.Name(), opt.Lo, opt.Hi, p.Best.Degree, p.Best.Bias)
	}
	if p.Best.Reached < math.Inf(1) {
		text += fmt.Sprintf("; the least error with %d features is %.2g", opt.MaxFeatures, p.Best.Reached)
	}
	return text + "; fit the matrix to data in closed form instead, or scale inputs or weights down"
}

// highest is the largest frequency, of a continuous law a typical one.
func (s Spectrum) highest() float64 {
	top := 0.0
	if s.Law != NoLaw {
		top = s.Cont.Freq * laws[s.Law].quantile(0.9)
	}
	for _, w := range s.Waves {
		top = max(top, w.Freq)
	}
	return top
}

// Calibrate measures what a plan needs on inputs x (n×d), weight rows w (l×d) and biases b
// (or nil): root mean square norms, the mean cosine and the range of wᵀx + b. Rows of
// zeros count as norms of 0. Errors wrap [ErrRange].
func Calibrate(x, w *mat.Dense[float64], b []float64) (t Typical, lo, hi float64, err error) {
	points := PointsOf(x, w, b)
	if len(points) == 0 {
		return t, 0, 0, fmt.Errorf("urf: calibration on %d inputs and %d weight rows: %w", x.Rows(), w.Rows(), ErrRange)
	}
	lo, hi = math.Inf(1), math.Inf(-1)
	x2, w2, dots := make([]float64, len(points)), make([]float64, len(points)), make([]float64, len(points))
	for i, p := range points {
		z := p.Dot + p.B
		if z-z != 0 {
			return t, 0, 0, fmt.Errorf("urf: calibration: wᵀx + b of input %d is %g: %w", i/w.Rows(), z, ErrRange)
		}
		lo, hi = min(lo, z), max(hi, z)
		x2[i], w2[i], dots[i] = p.X*p.X, p.W*p.W, p.Dot
	}
	n := float64(len(points))
	t.XNorm, t.WNorm = math.Sqrt(asm.Sum(x2)/n), math.Sqrt(asm.Sum(w2)/n)
	if t.XNorm > 0 && t.WNorm > 0 {
		t.Cosine = min(max(asm.Sum(dots)/n/(t.XNorm*t.WNorm), -1), 1)
	}
	return t, lo, hi, nil
}
