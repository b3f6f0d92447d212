package compress

import (
	"cmp"
	"fmt"
	"math"

	"nnk/asm"
	"nnk/bundle"
	"nnk/rng/ortho"
	"nnk/urf"
)

// angles are the α/π that are tried: damped waves, positive features and bounded waves; see
// [urf.URF].
var angles = []float64{0, 0.5, 0.25, -0.25}

// bounded is the angle of all layers but the last of a run. Bounded waves of x have nearly
// the same norm whatever their directions, positive features have log-normal ones, and the next
// layer's variance grows exponentially with the norm of its inputs.
const bounded = 0.5

// plan returns the features of least error, of the exact spectrum or the fitted ones of the frontier and
// of all angles: least for the pairs of inputs and weight rows that the layer gets, not for typical
// ones, because the pairs of largest norms make up most of the error.
func (t *towers[T]) plan(info LayerInfo, points []urf.Point) (urf.Spec, float64, error) {
	projection, err := t.projection(info)
	if err != nil {
		return nil, 0, err
	}
	spectra, err := spectra(info, !t.opt.Universal)
	if err != nil {
		return nil, 0, err
	}
	try := angles
	if info.Layer < t.last {
		try = []float64{bounded}
	}
	base := urf.URF{Typical: info.Typical, Projection: projection}
	if projection.Norm == ortho.Sqrt {
		base.Damping = urf.GivenA // A has nothing to gain either
	}
	var best urf.Spec
	least := math.Inf(1)
	for _, angle := range try {
		rows := t.opt.Features
		if angle != 0 {
			rows = max(rows/2, 1)
		}
		for _, s := range spectra {
			spec := base
			spec.Spectrum, spec.Angle, spec.Projection.M = s, angle, rows
			trial := spec
			trial.Independent = true // an upper bound, quick to compute
			e, err := errorOf(trial, info.Activation, points)
			if err != nil {
				return nil, 0, err
			}
			if best == nil || e < least {
				best, least = spec, e
			}
		}
	}
	least, err = errorOf(best, info.Activation, points)
	return best, least, err
}

// projection is that of a layer, without its number of rows.
func (t *towers[T]) projection(info LayerInfo) (ortho.Spec, error) {
	kind, err := ortho.ParseKind(cmp.Or(t.opt.Projection, ortho.Default(info.Inputs).String()))
	if err != nil {
		return ortho.Spec{}, fmt.Errorf("%w: %w", bundle.ErrRange, err)
	}
	p := ortho.Spec{Kind: kind, D: info.Inputs, Seed: t.seeds(info.Layer)[0]}
	if len(t.maps) > 0 && kind == ortho.Hadamard {
		// Features read by features: the rows are so long that their χ lengths are nearly
		// equal, and without them the map is made in O(m·log d), not O(m·d).
		p.Norm = ortho.Sqrt
	}
	return p, nil
}

// spectra are those of the layer's activation: the exact one, or fitted ones from rough and cheap
// to close and dear, with a linear part too if asked for.
func spectra(info LayerInfo, linear bool) ([]urf.Spectrum, error) {
	if s, ok := info.Activation.ExactSpectrum(); ok {
		return []urf.Spectrum{s}, nil
	}
	opt := urf.FitOptions{R: info.Typical.XNorm * info.Typical.WNorm, Harmonics: 256}
	fits, err := urf.FitFrontier(info.Activation, info.Lo, info.Hi, nil, opt)
	if err != nil {
		return nil, err
	}
	if opt.Linear = linear; linear {
		more, err := urf.FitFrontier(info.Activation, info.Lo, info.Hi, nil, opt)
		if err != nil {
			return nil, err
		}
		fits = append(fits, more...)
	}
	var list []urf.Spectrum
	for _, f := range fits {
		if len(f.Spectrum.Waves) > 0 {
			list = append(list, f.Spectrum)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s is constant on [%g, %g]: %w", info.Activation.Name(), info.Lo, info.Hi, bundle.ErrRange)
	}
	return list, nil
}

// errorOf is the root mean square error that is predicted for the outputs at the points.
func errorOf(s urf.Spec, act urf.Activation, points []urf.Point) (float64, error) {
	predictions, err := s.Predict(act, points)
	sum := 0.0
	for _, p := range predictions {
		sum += asm.FMA(p.Bias, p.Bias, p.Variance)
	}
	return math.Sqrt(sum / float64(max(len(points), 1))), err
}
