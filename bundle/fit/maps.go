package fit

import (
	"fmt"

	"nnk/asm"
	"nnk/bundle"
	"nnk/rng/ortho"
	"nnk/urf"
)

// MapSpec says which features to draw.
type MapSpec struct {
	Kind       string // cos or relu
	Projection string
	Seed       uint64
	M, D       int     // features in the pool, inputs
	Scale      float64 // of the inputs
	Select     []int   // features kept, ascending; nil for all
}

// NewMap returns the map of s. The error wraps [bundle.ErrRange] for a kind or a projection that there is not, and
// for sizes that do not go with it.
func NewMap[T asm.Float](s MapSpec) (urf.Map[T], error) {
	kind, err := ortho.ParseKind(s.Projection)
	if err != nil {
		return nil, fmt.Errorf("fit: %w: %w", bundle.ErrRange, err)
	}
	g := ortho.Spec{Kind: kind, Seed: s.Seed, M: s.M, D: s.D, Select: s.Select}
	var spec urf.Spec
	switch s.Kind {
	case "cos":
		spec = urf.Fourier{Projection: g, Scale: s.Scale}
	case "relu":
		spec = urf.ArcCos{Projection: g, Order: 1, Scale: s.Scale, Bias: 1}
	default:
		return nil, fmt.Errorf("fit: no kind of features %q, known are cos and relu: %w", s.Kind, bundle.ErrRange)
	}
	m, err := urf.New[T](spec)
	if err != nil {
		return nil, fmt.Errorf("fit: %w: %w", bundle.ErrRange, err)
	}
	return m, nil
}
