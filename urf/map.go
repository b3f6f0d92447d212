package urf

import (
	"errors"
	"fmt"

	"nnk/asm"
	"nnk/mat"
)

// Errors that come from data and files. They are wrapped with the place.
var (
	// ErrSpec marks a description that is not one of a feature map, an activation or
	// a spectrum.
	ErrSpec = errors.New("not a valid feature map")
	// ErrRange marks a value outside the range in which an approximation holds.
	ErrRange = errors.New("value is out of range")
)

// Map is a feature map Φ: R^d → R^M without trained parameters, but for [Diagonals]. It
// is safe for concurrent use with one [Workspace] for each goroutine.
type Map[T asm.Float] interface {
	// In is the number of input columns d, Out that of features M.
	In() int
	Out() int
	// Phi sets dst (n×Out) to the features of the rows of x (n×In) and returns it. dst ==
	// nil allocates; ws may be nil. A row's features do not depend on the other rows.
	Phi(dst, x *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T]
	// Spec is the text from which [ParseMap] rebuilds the map bit for bit; that of
	// [Diagonals] it refuses.
	Spec() string
	// MACs is the number of multiply-adds or additions for one row, elementary
	// functions not counted.
	MACs() int
}

// Towers is a map that also has the other tower: y ≈ Φ(x)·Ψ(w, b)ᵀ without training.
type Towers[T asm.Float] interface {
	Map[T]
	// Psi sets dst (l×Out) to Ψ of the rows of w (l×In) and the biases b (l values, or nil
	// for none) and returns it; dst == nil allocates.
	Psi(dst, w *mat.Dense[T], b []T) *mat.Dense[T]
}

// Spec describes a feature map completely. The types that implement it are [ReLU],
// [ArcCos], [Fourier], [URF], [Softmax] and [Maclaurin].
type Spec interface {
	// String is the text form, which [ParseSpec] reads.
	String() string
	// Validate returns an error that wraps [ErrSpec] if no map is described.
	Validate() error
}

// New makes the map that s describes. Cost: that of making its projection.
func New[T asm.Float](s Spec) (Map[T], error) {
	if s == nil {
		return nil, fmt.Errorf("urf: no specification: %w", ErrSpec)
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	switch s := s.(type) {
	case ReLU:
		return newReLU[T](s)
	case ArcCos:
		return newArcCos[T](s)
	case Fourier:
		return newFourier[T](s)
	case Maclaurin:
		return newMaclaurin[T](s, trueSeries)
	case URF:
		return newURF[T](s, trueFactors)
	case Softmax:
		return newSoftmax[T](s, trueFactors)
	}
	return nil, fmt.Errorf("urf: unknown kind of map %T: %w", s, ErrSpec)
}

// ParseMap makes the map that text, from [Map.Spec], describes. Its errors wrap
// [ErrSpec].
func ParseMap[T asm.Float](text string) (Map[T], error) {
	s, err := ParseSpec(text)
	if err != nil {
		return nil, err
	}
	return New[T](s)
}

// output checks the shapes of Phi and makes dst if it is nil.
func output[T asm.Float](m Map[T], dst, x *mat.Dense[T]) *mat.Dense[T] {
	if x.Cols() != m.In() {
		panic(&mat.ShapeError{Op: "urf.Phi", A: [2]int{x.Rows(), x.Cols()}, B: [2]int{m.Out(), m.In()}, Why: "columns of x and inputs of the map differ"})
	}
	if dst == nil {
		return mat.New[T](x.Rows(), m.Out())
	}
	if dst.Rows() != x.Rows() || dst.Cols() != m.Out() {
		panic(&mat.ShapeError{Op: "urf.Phi", A: [2]int{dst.Rows(), dst.Cols()}, B: [2]int{x.Rows(), m.Out()}, Why: "dst has the wrong shape"})
	}
	return dst
}
