package urf

import (
	"fmt"
	"math"

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

// Alternative is one way to make the features, with what it costs.
type Alternative struct {
	Angle    float64 // α/π
	Lambda   float64 // of the fit
	Bias     float64 // largest error of the fitted spectrum on the range
	Variance float64 // of one row of the projection, root mean square over the range
	Features float64 // real features that reach the error, +Inf if none do
	Reached  float64 // the error that MaxFeatures reach
}

// Plan says how to approximate an activation by Monte Carlo, or that one should not.
type Plan struct {
	Spec      URF // with the features needed, at most MaxFeatures; its projection has seed 0
	Fit       *SpectrumFit
	Best      Alternative
	ByAngle   []Alternative // the best of each angle, 0, ½, ¼ and −¼
	Features  int           // real features of Spec
	StdError  float64       // of one output of Spec, root mean square over the range
	A, Radius float64       // of the largest frequency
	Reachable bool
	Verdict   string // in plain words
}

// planAngles are the α/π that a plan tries.
var planAngles = []float64{0, 0.5, 0.25, -0.25}

// NewPlan finds the spectrum, the angle and the number of features that reach an
// error with the least real features, by the closed forms. Errors wrap [ErrRange].
// Cost: that of [FitFrontier].
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
	fits, err := opt.fits()
	if err != nil {
		return nil, err
	}
	closest := fits[len(fits)-1]
	worst := Alternative{Lambda: closest.Lambda, Bias: closest.Bias, Variance: math.Inf(1), Features: math.Inf(1), Reached: math.Inf(1)}
	p := &Plan{Best: worst}
	for _, angle := range planAngles {
		best := worst
		best.Angle = angle
		for _, fit := range fits {
			c, err := opt.choice(fit, angle)
			if err != nil {
				return nil, err
			}
			if opt.better(c, best) {
				best = c
				if opt.better(c, p.Best) {
					p.Best, p.Fit = c, fit
				}
			}
		}
		p.ByAngle = append(p.ByAngle, best)
	}
	if p.Fit == nil { // nothing has a finite variance
		p.Fit = closest
	}
	return p, p.finish(opt)
}

// better: fewer features, or if none can be afforded, the smaller error.
func (opt PlanOptions) better(a, b Alternative) bool {
	if most := float64(opt.MaxFeatures); a.Features <= most || b.Features <= most {
		return a.Features < b.Features
	}
	return a.Reached < b.Reached
}

// fits are the exact spectrum, if there is one, or the frontier of fitted ones.
func (opt PlanOptions) fits() ([]*SpectrumFit, error) {
	if s, ok := opt.Activation.ExactSpectrum(); ok {
		return []*SpectrumFit{{Spectrum: s, Lo: opt.Lo, Hi: opt.Hi}}, nil
	}
	r := orOne(opt.Typical.XNorm) * orOne(opt.Typical.WNorm)
	return FitFrontier(opt.Activation, opt.Lo, opt.Hi, nil, FitOptions{R: r, Harmonics: 256})
}

func (opt PlanOptions) spec(fit *SpectrumFit, angle float64, rows int) URF {
	return URF{Projection: ortho.Spec{M: rows, D: opt.Inputs}, Spectrum: fit.Spectrum, Angle: angle, Typical: opt.Typical}
}

// choice predicts, with independent frequencies, for which the variance is exactly
// inverse to the number of rows.
func (opt PlanOptions) choice(fit *SpectrumFit, angle float64) (Alternative, error) {
	c := Alternative{Angle: angle, Lambda: fit.Lambda, Bias: fit.Bias, Features: math.Inf(1)}
	if len(fit.Spectrum.Waves) == 0 && fit.Spectrum.Law == NoLaw {
		c.Variance, c.Reached = math.Inf(1), math.Inf(1) // only a constant is left
		return c, nil
	}
	const rows = 16
	s := opt.spec(fit, angle, rows)
	s.Independent = true
	v, err := s.meanVariance(opt)
	if err != nil {
		return c, err
	}
	c.Variance = v * rows
	width := 1.0
	if angle != 0 {
		width = 2
	}
	c.Reached = math.Sqrt(math.FMA(c.Bias, c.Bias, c.Variance*width/float64(opt.MaxFeatures)))
	if room := (opt.Error - c.Bias) * (opt.Error + c.Bias); room > 0 {
		c.Features = max(width*math.Ceil(c.Variance/room), width)
	}
	return c, nil
}

// meanVariance is the mean of the variance at typical norms over five values of wᵀx + b
// in the range.
func (s URF) meanVariance(opt PlanOptions) (float64, error) {
	at := opt.Typical.place(opt.Inputs)
	var points []Point
	for i := range 5 {
		z := opt.Lo + float64((opt.Hi-opt.Lo)*(float64(i)+0.5)/5)
		points = append(points, Point{X: math.Sqrt(at.x2), W: math.Sqrt(at.w2), Dot: at.dot, B: z - float64(at.dot)})
	}
	predictions, err := s.Predict(opt.Activation, points)
	sum := 0.0
	for _, p := range predictions {
		sum += p.Variance / float64(len(points))
	}
	return sum, err
}

// finish makes the specification and the verdict.
func (p *Plan) finish(opt PlanOptions) error {
	p.Reachable = p.Best.Features <= float64(opt.MaxFeatures)
	p.Features = opt.MaxFeatures
	if p.Reachable {
		p.Features = int(p.Best.Features)
	}
	rows := p.Features
	if p.Best.Angle != 0 {
		rows /= 2
	}
	p.Spec = opt.spec(p.Fit, p.Best.Angle, max(rows, len(opt.spec(p.Fit, p.Best.Angle, 1).strata())))
	v, err := p.Spec.meanVariance(opt)
	if err != nil {
		return err
	}
	p.StdError = math.Sqrt(v)
	kappa := p.Fit.Spectrum.highest()
	q := p.Spec.pairAt(kappa, trueFactors)
	p.A, p.Radius = q.a, math.Sqrt(math.FMA(q.rhoRe, q.rhoRe, float64(q.rhoIm*q.rhoIm)))
	r := orOne(opt.Typical.XNorm) * orOne(opt.Typical.WNorm)
	switch {
	case p.Reachable:
		p.Verdict = fmt.Sprintf("%d features reach the error: bias at most %.3g on the range, standard error %.3g", p.Features, p.Best.Bias, p.StdError)
	default:
		p.Verdict = fmt.Sprintf("hopeless by Monte Carlo: a wave at κ costs about e^(κ·‖x‖·‖w‖) in standard error, and %s on [%g, %g] needs κ·‖x‖·‖w‖ up to %.2g for a bias of %.2g", opt.Activation.Name(), opt.Lo, opt.Hi, kappa*r, p.Best.Bias)
		if p.Best.Reached < math.Inf(1) {
			p.Verdict += fmt.Sprintf("; the least error with %d features is %.2g", opt.MaxFeatures, p.Best.Reached)
		}
	}
	if !p.Reachable {
		p.Verdict += "; fit the matrix to data in closed form instead, or scale inputs or weights down"
	}
	return nil
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
