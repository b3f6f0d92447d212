package compress

import (
	"errors"
	"fmt"
	"math"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
	"nnk/urf"
)

// metric changes the coordinates of the features so far, and of the weights on them, and returns the stage that does it; nil for
// none.
func (t *towers[T]) metric() (bundle.Stage[T], error) {
	if t.opt.Universal || t.opt.Map != nil {
		return nil, nil
	}
	x, w := wide(t.z), wide(t.w)
	d := x.Cols()
	m, err := urf.NewMetric(x, w, d <= t.opt.Features/d)
	if err != nil {
		return nil, err
	}
	w, b := m.Weights(w, wideVector(t.b))
	t.w, t.b = rounded[T](w), rounded[T](mat.Of(1, len(b), b)).Data()
	var stage bundle.Stage[T]
	if m.Dense == nil {
		stage = bundle.NewScale[T](m.Mean, m.Factor)
	} else {
		shift := mat.MulT(nil, mat.Of(1, d, m.Mean), m.Dense)
		asm.Scale(shift.Data(), shift.Data(), -1)
		stage = bundle.NewLinear(rounded[T](m.Dense), rounded[T](shift).Data(), urf.Activation{})
	}
	t.z = stage.Forward(nil, t.z, nil)
	return stage, nil
}

// rounded is a, each element rounded to T.
func rounded[T asm.Float](a *mat.Dense[float64]) *mat.Dense[T] {
	r := mat.New[T](a.Rows(), a.Cols())
	for i := range a.Rows() {
		for j, v := range a.Row(i) {
			r.Row(i)[j] = T(v)
		}
	}
	return r
}

// choice is what features replace a layer.
type choice struct {
	spec      urf.Spec
	series    *urf.RowSeries // of the rows of the weights, or nil
	family    string
	predicted float64 // root mean square error, 0 if there is no formula
	runnerUp  float64 // that of the other family
}

// choose takes the features of least predicted error.
func (t *towers[T]) choose(info LayerInfo, points []urf.Point) (choice, error) {
	if t.opt.Map != nil {
		spec, err := t.opt.Map(info)
		if err != nil || spec == nil {
			return choice{spec: spec}, err
		}
		predicted, err := errorOf(spec, info.Activation, points)
		if errors.Is(err, urf.ErrNoClosedForm) {
			err = nil
		}
		return choice{spec: spec, predicted: predicted}, err
	}
	spec, predicted, err := t.plan(info, points)
	waves := choice{spec: spec, family: string(urf.Waves), predicted: predicted}
	if t.opt.Universal {
		return waves, err
	}
	if err != nil && !errors.Is(err, bundle.ErrRange) {
		return waves, err
	}
	if err != nil { // there is nothing to make waves of
		waves.predicted = math.Inf(1)
	}
	best, err := t.series(info)
	if err != nil {
		return best, err
	}
	if waves.predicted < best.predicted {
		best, waves = waves, best
	}
	best.runnerUp = waves.predicted
	return best, nil
}

// mostDegree is the highest degree of the series that are tried.
const mostDegree = 6

// series is the power series of the degree that has the least predicted error.
func (t *towers[T]) series(info LayerInfo) (choice, error) {
	c := choice{family: string(urf.Series), predicted: math.Inf(1)}
	projection, err := t.projection(info)
	if err != nil {
		return c, err
	}
	x, w, b := wide(t.z), wide(t.w), wideVector(t.b)
	for degree := 2; degree <= min(mostDegree, t.opt.Features+1); degree++ {
		s, err := urf.FitRows(info.Activation, w, b, x, degree, t.opt.Features)
		if err != nil {
			return c, err
		}
		if e := s.RMS(); c.series == nil || e < c.predicted {
			projection.M = t.opt.Features
			c.series, c.predicted, c.spec = s, e, urf.Maclaurin{Projection: projection, Shares: s.Shares}
		}
	}
	return c, nil
}

// seeds are the seeds of a layer's projection that are tried.
func (t *towers[T]) seeds(layer int) []uint64 {
	s := make([]uint64, t.opt.Seeds)
	streamLayers.Of(t.opt.Seed).Bits(s[:1], uint64(layer))
	streamSeeds.Of(s[0]).Bits(s[1:], 0)
	return s
}

// drawn is a layer that was drawn.
type drawn[T asm.Float] struct {
	phi    urf.Map[T]
	psi, z *mat.Dense[T] // of the weights, and the features of the calibration rows
	seed   uint64
	err    float64 // root mean square on the calibration rows
}

// draw makes the features with each seed and takes those whose error on the calibration rows is least.
func (t *towers[T]) draw(layer int, c choice, act urf.Activation) (*drawn[T], error) {
	want := bundle.NewLinear(t.w, t.b, act).Forward(nil, t.z, nil)
	seeds := t.seeds(layer)
	if t.opt.Map != nil {
		seeds = seeds[:1]
	}
	var best *drawn[T]
	var failed error
	for _, seed := range seeds {
		spec := c.spec
		if t.opt.Map == nil {
			spec = withSeed(spec, seed)
		}
		d, err := t.drawOne(layer, spec, c.series)
		if errors.Is(err, ErrHopeless) { // another seed may do
			failed = err
			continue
		}
		if err != nil {
			return nil, err
		}
		d.seed, d.err = spec.Base().Seed, rms(mat.MulT(nil, d.z, d.psi), want)
		if best == nil || d.err < best.err {
			best = d
		}
	}
	if best == nil {
		return nil, failed
	}
	return best, nil
}

// withSeed is a planned description with another seed.
func withSeed(spec urf.Spec, seed uint64) urf.Spec {
	switch s := spec.(type) {
	case urf.Maclaurin:
		s.Projection.Seed = seed
		return s
	case urf.URF:
		s.Projection.Seed = seed
		return s
	}
	return spec
}

func (t *towers[T]) drawOne(layer int, spec urf.Spec, series *urf.RowSeries) (*drawn[T], error) {
	m, err := urf.New[T](spec)
	if err != nil {
		return nil, fmt.Errorf("compress: features of layer %d: %w: %w", layer, bundle.ErrRange, err)
	}
	both, ok := m.(urf.Towers[T])
	if !ok {
		return nil, fmt.Errorf("compress: features of layer %d, %s, have no tower for weights: %w", layer, m.Spec(), bundle.ErrRange)
	}
	if t.b != nil && !spec.WeightBias() {
		return nil, fmt.Errorf("compress: features of layer %d, %s, have no biases, but the layer has: %w", layer, m.Spec(), bundle.ErrRange)
	}
	d := &drawn[T]{phi: m, z: m.Phi(nil, t.z, nil)}
	if series != nil {
		d.psi = m.(urf.SeriesTowers[T]).PsiSeries(nil, t.w, series.Coefficients)
	} else {
		d.psi = both.Psi(nil, t.w, t.b)
	}
	for _, a := range []*mat.Dense[T]{d.psi, d.z} {
		if err := mat.CheckFinite(a, 0); err != nil {
			return nil, fmt.Errorf("compress: features of layer %d overflow (%w): %w", layer, err, ErrHopeless)
		}
	}
	return d, nil
}
