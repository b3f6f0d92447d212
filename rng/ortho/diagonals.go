package ortho

import (
	"fmt"
	"math"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
)

// Signs returns the diagonals of a projection of kind Hadamard: those of round r, the
// first that is applied being 0, as a matrix of ±1 with a row of p elements for each block of
// p = 2^k ≥ D rows. Its errors wrap [ErrSpec]; a selection of rows is one.
func Signs[T asm.Float](s Spec) ([]*mat.Dense[T], error) {
	if err := s.checkDiagonals(); err != nil {
		return nil, err
	}
	p := s.block()
	signs := make([]*mat.Dense[T], s.rounds())
	for r := range signs {
		signs[r] = mat.New[T]((s.M+p-1)/p, p)
		rng.Rademacher(s.signs(r), signs[r].Data(), 0)
	}
	return signs, nil
}

// Scales returns the factors of the M rows after the last transform, which is not
// normalised: with D_r the diagonals of [Signs], row i of block b of G is that of
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

// Padded is the number of rows of a whole block of kind Hadamard, the power of two
// that is at least D.
func (s Spec) Padded() int { return s.block() }

// signs is the stream of the signs of a round.
func (s Spec) signs(round int) rng.Stream { return rng.New(s.Seed).Sub(uint64(1 + round)) }

// unit normalises the rounds' transforms.
func (s Spec) unit() float64 {
	u := 1.0
	for range s.rounds() {
		u /= math.Sqrt(float64(s.block()))
	}
	return u
}
