package conformance

import (
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/urf"
)

// planCase is asmCase for what plans are made of, all of it in float64.
func planCase(name string) func(c *Case) ([]float64, error) {
	switch name {
	case "urf.ReLU.Predict", "urf.Maclaurin.Predict":
		return func(c *Case) ([]float64, error) {
			p := ortho.Spec{Seed: 7, M: int(c.Int("m")), D: int(c.Int("d"))}
			at := urf.Point{X: c.Float("x"), W: c.Float("w"), Dot: c.Float("dot")}
			var s urf.Spec
			if name == "urf.ReLU.Predict" {
				s = urf.ReLU{Projection: p, Slope: c.Float("slope")}
			} else {
				s, at.B = urf.Maclaurin{Projection: p, Coefficients: c.Floats("coefficients"), Shares: counts(c.Floats("shares"))}, c.Float("b")
			}
			v, err := predict(s, at)
			return []float64{v.Mean, v.Variance}, err
		}
	case "urf.NewMetric":
		return metric
	case "urf.FitSeries", "urf.FitRows", "urf.NewPlan":
		return func(c *Case) ([]float64, error) {
			f, err := urf.ActivationByName(c.Text("f"))
			if err != nil {
				return nil, err
			}
			return map[string]func(*Case, urf.Activation) ([]float64, error){"urf.FitSeries": fitSeries, "urf.FitRows": fitRows, "urf.NewPlan": planned}[name](c, f)
		}
	}
	return nil
}

// metric is the mean, and the quadratic form AᵀA.
func metric(c *Case) ([]float64, error) {
	x, w := matrixOf[float64](c, "x", "d"), matrixOf[float64](c, "w", "d")
	m, err := urf.NewMetric(x, w, c.Int("dense") == 1)
	if err != nil {
		return nil, err
	}
	a := m.Dense
	if a == nil {
		a = mat.New[float64](x.Cols(), x.Cols())
		for k, v := range m.Factor {
			a.Set(k, k, v)
		}
	}
	return append(m.Mean, flat(mat.TMul(nil, a, a))...), nil
}

func fitSeries(c *Case, f urf.Activation) ([]float64, error) {
	s, err := urf.FitSeries(f, c.Float("lo"), c.Float("hi"), urf.SeriesOptions{Degree: int(c.Int("degree")), Features: int(c.Int("features")), Inputs: int(c.Int("d")),
		Typical: urf.Typical{XNorm: c.Float("xnorm"), WNorm: c.Float("wnorm"), Cosine: c.Float("cosine")}})
	if err != nil {
		return nil, err
	}
	return append(append(s.Coefficients, s.RMS, s.Variance), numbersOf(s.Shares)...), nil
}

func fitRows(c *Case, f urf.Activation) ([]float64, error) {
	s, err := urf.FitRows(f, matrixOf[float64](c, "w", "d"), c.Floats("b"), matrixOf[float64](c, "x", "d"), int(c.Int("degree")), int(c.Int("features")))
	if err != nil {
		return nil, err
	}
	return append(append(append(flat(s.Coefficients), s.Bias...), s.StdError...), numbersOf(s.Shares)...), nil
}

// planned is what a plan says of waves of an angle.
func planned(c *Case, f urf.Activation) ([]float64, error) {
	p, err := urf.NewPlan(urf.PlanOptions{Activation: f, Lo: c.Float("lo"), Hi: c.Float("hi"), Inputs: int(c.Int("d")), Error: c.Float("error"),
		Typical: urf.Typical{XNorm: c.Float("xnorm"), WNorm: c.Float("wnorm"), Cosine: c.Float("cosine")}})
	if err != nil {
		return nil, err
	}
	for _, a := range p.Alternatives {
		if a.Family == urf.Waves && a.Angle == c.Float("angle") {
			return []float64{a.Variance, a.Features, a.ErrorAt(1 << 16)}, nil
		}
	}
	return nil, ErrMissing
}

func counts(v []float64) []int {
	out := make([]int, len(v))
	for i, x := range v {
		out[i] = int(x)
	}
	return out
}
