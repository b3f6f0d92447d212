package bundle

import (
	"fmt"

	"nnk/asm"
	"nnk/rng/ortho"
	"nnk/urf"
)

// mapSpec says which features to draw.
type mapSpec struct {
	Kind       string // cos or relu
	Projection string
	Seed       uint64
	M, D       int     // features in the pool, inputs
	Scale      float64 // of the inputs
	Select     []int   // features kept, ascending; nil for all
}

func newMap[T asm.Float](s mapSpec) (urf.Map[T], error) {
	kind, err := ortho.ParseKind(s.Projection)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w: %w", ErrRange, err)
	}
	g := ortho.Spec{Kind: kind, Seed: s.Seed, M: s.M, D: s.D, Select: s.Select}
	var spec urf.Spec
	switch s.Kind {
	case "cos":
		spec = urf.Fourier{Projection: g, Scale: s.Scale}
	case "relu":
		spec = urf.ArcCos{Projection: g, Order: 1, Scale: s.Scale, Bias: 1}
	default:
		return nil, fmt.Errorf("bundle: no kind of features %q, known are cos and relu: %w", s.Kind, ErrRange)
	}
	m, err := urf.New[T](spec)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w: %w", ErrRange, err)
	}
	return m, nil
}
