package checkpoint

import (
	"fmt"
	"math"
	"slices"

	"nnk/mat"
	"nnk/urf"
)

// A stepKind is what a step does to a row.
type stepKind int

const (
	dense      stepKind = iota // W·x + b
	affine                     // x ⊙ scale + shift
	layerNorm                  // (x − mean)/√(variance + ε) ⊙ scale + shift, over the row
	prelu                      // x where x > 0, else x ⊙ slope
	activation                 // act(x)
	softmax                    // exp(x)/Σ exp(x)
	logSoftmax                 // its logarithm
)

func (k stepKind) String() string {
	return [...]string{"linear", "scaling", "layer norm", "PReLU", "activation", "softmax", "log-softmax"}[k]
}

// A step is one thing that a network does to its rows; of the numbers it has those that its kind
// speaks of.
type step struct {
	kind    stepKind
	label   string // of the module or node
	what    string // of an affine step, as in "batch norm"
	in, out int

	weight       *mat.Dense[float64] // out×in
	bias         []float64           // nil: none
	scale, shift []float64
	slope        []float64 // one, or one for each column
	epsilon      float64
	act          urf.Activation

	folded []string // what became part of it
}

func (s *step) foldf(format string, args ...any) {
	s.folded = append(s.folded, fmt.Sprintf(format, args...))
}

// fold returns the steps without those that a neighbour can do as well: batch norms and scalings become
// part of the linear layer or layer norm before them or of the linear layer after them. A scaling that takes far
// away means from inputs, or brings outputs to a far level, stays: in a bias they would leave nothing of the digits that matter.
func fold(steps []step) []step {
	var out []step
	for i, s := range steps {
		if s.kind == activation && s.act.IsIdentity() {
			continue
		}
		out = append(out, s)
		if len(out) == 2 && out[0].kind == affine && s.kind == dense && out[0].far() {
			continue
		}
		if i == len(steps)-1 && len(out) > 1 && s.kind == affine && s.brings() {
			continue
		}
		for len(out) > 1 && join(&out[len(out)-2], &out[len(out)-1]) {
			out = out[:len(out)-1]
		}
	}
	return out
}

// most is how many times their size numbers may lie off zero.
const most = 30

// far reports whether the means that an affine step takes away are far beyond the numbers that it gives, whose
// size is about 1.
func (s *step) far() bool {
	return s.scalable() && slices.ContainsFunc(s.shift, func(v float64) bool { return math.Abs(v) > most })
}

// brings reports whether an affine step brings numbers, whose size is about 1, far away.
func (s *step) brings() bool {
	for j, v := range s.shift {
		if math.Abs(v) > most*math.Abs(s.scale[j]) {
			return s.scalable()
		}
	}
	return false
}

// scalable reports whether a [bundle.Scale] can do what an affine step does: it has no number for x·0 + 1.
func (s *step) scalable() bool {
	return !slices.ContainsFunc(s.scale, func(v float64) bool { return v == 0 })
}

// join makes one step, a, of a and b if it can.
func join(a, b *step) bool {
	switch {
	case a.kind == affine && b.kind == dense:
		bias := mat.MulT(nil, mat.Of(1, len(a.shift), a.shift), b.weight).Row(0)
		for i, v := range b.bias {
			bias[i] += v
		}
		for i := range b.weight.Rows() {
			row := b.weight.Row(i)
			for j := range row {
				row[j] *= a.scale[j]
			}
		}
		b.bias = bias
		b.fold(a)
		*a = *b
		return true
	case a.kind == dense && b.kind == affine:
		for i := range a.weight.Rows() {
			row := a.weight.Row(i)
			for j := range row {
				row[j] *= b.scale[i]
			}
		}
		a.bias = through(a.bias, b)
	case (a.kind == affine || a.kind == layerNorm) && b.kind == affine:
		scale := make([]float64, len(a.scale))
		for j := range scale {
			scale[j] = a.scale[j] * b.scale[j]
		}
		a.shift, a.scale = through(a.shift, b), scale
	default:
		return false
	}
	a.fold(b)
	return true
}

// fold notes that b became part of s.
func (s *step) fold(b *step) {
	s.folded = append(s.folded, b.folded...)
	if b.what != "" {
		s.foldf("%s %s", b.what, b.label)
	}
}

// through is the affine step s of v; nil is zeros.
func through(v []float64, s *step) []float64 {
	out := make([]float64, len(s.shift))
	for i := range out {
		out[i] = s.shift[i]
		if v != nil {
			out[i] += float64(v[i] * s.scale[i])
		}
	}
	return out
}
