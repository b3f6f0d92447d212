package fit

import (
	"fmt"
	"math"
	"strings"

	"nnk/asm"
	"nnk/bundle"
	"nnk/rng/ortho"
	"nnk/urf"
)

// A mapKind is a row of the table of features to draw.
type mapKind struct {
	name string
	spec func(g ortho.Spec, s MapSpec) urf.Spec
	// scaled: how many features of a pool are independent depends on the scale of the inputs.
	scaled bool
	// linear: columns of the inputs can be features too.
	linear bool
	// written is the map on directions that were learned, offset what writes their offsets, of which the largest is given, and with
	// what bias of the map.
	written func(g ortho.Spec, bias float64) urf.Spec
	offset  func(most float64) (code func(v float64) uint8, bias float64)
}

// mapKinds are the features that [NewMap] draws. The first is the usual one.
var mapKinds = []mapKind{
	{"cos", func(g ortho.Spec, s MapSpec) urf.Spec {
		return urf.Fourier{Projection: g, Scale: s.Scale, Linear: s.Linear, Slope: s.Slope}
	}, true, true, func(g ortho.Spec, _ float64) urf.Spec { return urf.Fourier{Projection: g} }, phaseCode},
	{"arccos", func(g ortho.Spec, s MapSpec) urf.Spec {
		return urf.ArcCos{Projection: g, Order: 1, Scale: s.Scale, Bias: 1}
	}, false, false, func(g ortho.Spec, bias float64) urf.Spec { return urf.ArcCos{Projection: g, Order: 1, Bias: bias} }, biasCode},
}

// MapKinds lists the features that [MapSpec] knows, first the usual ones.
func MapKinds() []string {
	names := make([]string, len(mapKinds))
	for i, k := range mapKinds {
		names[i] = k.name
	}
	return names
}

// mapKindNamed returns the row of a name; "" is the usual one.
func mapKindNamed(name string) (mapKind, error) {
	for _, k := range mapKinds {
		if k.name == name || name == "" {
			return k, nil
		}
	}
	return mapKind{}, fmt.Errorf("fit: no kind of features %q, known are %s: %w", name, strings.Join(MapKinds(), " and "), bundle.ErrRange)
}

// MapSpec says which features to draw.
type MapSpec struct {
	Kind       string // one of [MapKinds]; "" is the first
	Projection string
	Seed       uint64
	M, D       int     // features in the pool, inputs
	Scale      float64 // of the inputs
	Select     []int   // features kept, ascending; nil for all
	Linear     []int   // columns of the inputs that are features behind these, ascending; of kind cos
	Slope      float64 // what these are multiplied with, after the scale
}

// NewMap returns the map of s. The error wraps [bundle.ErrRange] for a kind or a projection that there is not, and
// for sizes that do not go with it.
func NewMap[T asm.Float](s MapSpec) (urf.Map[T], error) {
	kind, err := ortho.ParseKind(s.Projection)
	if err != nil {
		return nil, fmt.Errorf("fit: %w: %w", bundle.ErrRange, err)
	}
	features, err := mapKindNamed(s.Kind)
	if err != nil {
		return nil, err
	}
	g := ortho.Spec{Kind: kind, Seed: s.Seed, M: s.M, D: s.D, Select: s.Select}
	if len(s.Linear) > 0 && !features.linear {
		return nil, fmt.Errorf("fit: features %s with linear ones: %w", features.name, bundle.ErrRange)
	}
	m, err := urf.New[T](features.spec(g, s))
	if err != nil {
		return nil, fmt.Errorf("fit: %w: %w", bundle.ErrRange, err)
	}
	return m, nil
}

// phaseCode writes a phase in 256ths of a turn.
func phaseCode(float64) (code func(v float64) uint8, bias float64) {
	return func(v float64) uint8 {
		t := math.Floor(math.FMA(v, 256/(2*math.Pi), 0.5))
		return uint8(t - float64(256*math.Floor(t/256)))
	}, 0
}

// biasCode writes a bias in 127ths of the largest.
func biasCode(most float64) (code func(v float64) uint8, bias float64) {
	const largest = 127
	if most == 0 {
		most = 1
	}
	return func(v float64) uint8 {
		return uint8(int8(min(max(math.Floor(math.FMA(v, largest/most, 0.5)), -largest), largest)))
	}, most * (32.0 / largest)
}
