package ortho

import (
	"fmt"
	"math"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
)

// Diagonals returns those of a projection of kind Hadamard: of round r, the first that is applied being
// 0, as a matrix with a row for each block. Those of round 0 have [Spec.Repeated] elements, the others
// [Spec.Padded], and are ±1 but for round 0 where inputs are repeated. Its errors wrap
// [ErrSpec]; a selection of rows is one.
func Diagonals[T asm.Float](s Spec) ([]*mat.Dense[T], error) {
	if err := s.checkDiagonals(); err != nil {
		return nil, err
	}
	var list []*mat.Dense[T]
	for r, shape := range s.DiagonalShapes() {
		d := mat.New[T](shape[0], shape[1])
		for b := range d.Rows() {
			diagonal(s, d.Row(b), r, b)
		}
		list = append(list, d)
	}
	return list, nil
}

// DiagonalShapes are the shapes of what [Diagonals] returns for a valid specification.
func (s Spec) DiagonalShapes() [][2]int {
	blocks := (s.M + s.block() - 1) / s.block()
	shapes := [][2]int{{blocks, s.Repeated()}}
	for range s.rounds() - 1 {
		shapes = append(shapes, [2]int{blocks, s.Padded()})
	}
	return shapes
}

// Scales returns the factors of the M rows after the last transform, which is not
// normalised: with D_r the diagonals of [Diagonals], row i of block b of G is that of
// diag(Scales)·H·D_r·…·H·D_0. Its errors wrap [ErrSpec].
func Scales[T asm.Float](s Spec) ([]T, error) {
	if err := s.checkDiagonals(); err != nil {
		return nil, err
	}
	v, lengths, unit := make([]T, s.M), s.lengths(), s.unit()
	for i := range v {
		v[i] = T(lengths(i) * unit)
	}
	return v, nil
}

func (s Spec) checkDiagonals() error {
	if err := s.Validate(); err != nil {
		return err
	}
	if s.Kind != Hadamard || s.Select != nil {
		return fmt.Errorf("diagonals of %v, which has none, or of selected rows: %w", s.Kind, ErrSpec)
	}
	return nil
}

// Padded is the number p of rows of a whole block of kind Hadamard, the power of two
// that is at least D and at least 64.
func (s Spec) Padded() int { return s.block() }

// Repeated is the largest multiple of D that is at most Padded. An input of kind Hadamard is
// repeated to so many elements, and filled up with zeros, before the first transform; up to 32 columns that is
// more than once. The diagonal of round 0 then has no signs but weights, those of one input being
// a random vector of length 1.
func (s Spec) Repeated() int { return s.block() / s.D * s.D }

// diagonal sets dst to the first elements of the diagonal of a round of block b.
func diagonal[T asm.Float](s Spec, dst []T, round, b int) {
	if round > 0 || s.Repeated() == s.D {
		rng.Rademacher(streamSigns.Of(s.Seed).Sub(uint64(round)), dst, uint64(b)*uint64(s.block()))
		return
	}
	n := make([]float64, len(dst))
	rng.Normal(streamWeights.Of(s.Seed), n, uint64(b)*uint64(s.block()))
	for j := range s.D {
		squares := 0.0
		for i := j; i < len(n); i += s.D {
			squares = math.FMA(n[i], n[i], squares)
		}
		length := math.Sqrt(squares)
		for i := j; i < len(n); i += s.D {
			dst[i] = T(n[i] / length)
		}
	}
}

// unit normalises the rounds' transforms.
func (s Spec) unit() float64 {
	u := 1.0
	for range s.rounds() {
		u /= math.Sqrt(float64(s.block()))
	}
	return u
}
