package urf

import (
	"errors"
	"fmt"
	"slices"

	"nnk/asm"
	"nnk/internal/fault"
	"nnk/mat"
	"nnk/rng/ortho"
)

// Errors that come from data and files. They are wrapped with the place,
// and those of the same name are the same values in all packages.
var (
	// ErrSpec marks a description that is not one of a feature map, an activation or
	// a spectrum.
	ErrSpec = fault.Spec
	// ErrRange marks a value outside the range in which an approximation holds.
	ErrRange = fault.Range
	// ErrNoClosedForm marks a map whose moments have no formula here.
	ErrNoClosedForm = errors.New("no closed form")
)

// Map is a feature map Φ: R^d → R^M without trained parameters, but for [Diagonals]. It
// is safe for concurrent use with one [Workspace] for each goroutine.
type Map[T asm.Float] interface {
	// In is the number of input columns d, Out that of features M.
	In() int
	Out() int
	// Phi sets dst (n×Out) to the features of the rows of x (n×In) and returns it. dst ==
	// nil allocates, and must not overlap x; ws may be nil. A row's features do not depend on the other rows.
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
	// for none) and returns it; dst == nil allocates, and must not overlap w.
	Psi(dst, w *mat.Dense[T], b []T) *mat.Dense[T]
}

// SeriesTowers is a map whose other tower can have, for each row, any power series of wᵀx as its mean: a map of
// [Maclaurin] with features of all degrees.
type SeriesTowers[T asm.Float] interface {
	Towers[T]
	// PsiSeries sets dst (l×Out) to Ψ of the rows of w (l×In), each with the coefficients a_0, a_1, … of the same
	// row of series, and returns it; dst == nil allocates, and must not overlap w.
	PsiSeries(dst, w *mat.Dense[T], series *mat.Dense[float64]) *mat.Dense[T]
}

// Spec describes a feature map completely, and tells what can be told without making
// it. The types that implement it are [ReLU], [ArcCos], [Fourier], [URF], [SoftmaxKernel] and
// [Maclaurin].
type Spec interface {
	// String is the text form, which [ParseSpec] reads.
	String() string
	// Validate returns an error that wraps [ErrSpec] if no map is described.
	Validate() error
	// Base is the projection under the map.
	Base() ortho.Spec
	// Draws is what making the map takes at most: random numbers, and multiply-adds that make
	// rows orthogonal. Who makes maps of texts from elsewhere looks at it first: a short text
	// can ask for any amount. The description must be valid.
	Draws() (numbers, work int64)
	// WeightBias reports whether Psi of the map takes biases of weight rows.
	WeightBias() bool
	// Predict returns the moments of Ψ(w, b)·Φ(x) over the random projection at each point, for
	// maps without Ψ those of Φ(x)·Φ(w), by closed forms. target is what it stands for, as a
	// function of xᵀw + b: the bias is its mean less that. Errors wrap [ErrSpec],
	// [ErrNoClosedForm], or [ErrRange] if a point is impossible.
	Predict(target Activation, points []Point) ([]Prediction, error)

	// kind is the word that the text begins with, and the map's row in the table.
	kind() string
}

// A kind is a row of the table of maps: how one is read and made.
type kind[T asm.Float] struct {
	name string
	read func(r *reader, p ortho.Spec) Spec
	make func(s Spec) (Map[T], error)
}

// kinds of maps, for [ParseSpec] and [New]: a function, since a variable would be made when a program starts, and one for
// each type, so that a program has in it what makes maps of the types that it uses.
func kinds[T asm.Float]() []kind[T] {
	return []kind[T]{
		kindOf(readReLU, newReLU[T]),
		kindOf(readArcCos, newArcCos[T]),
		kindOf(readFourier, newFourier[T]),
		kindOf(readMaclaurin, newMaclaurin[T]),
		kindOf(readURF, newURF[T]),
		kindOf(readSoftmax, newSoftmax[T]),
	}
}

func kindOf[S Spec, T asm.Float](read func(*reader, ortho.Spec) S, make func(S) (Map[T], error)) kind[T] {
	var s S
	return kind[T]{
		name: s.kind(),
		read: func(r *reader, p ortho.Spec) Spec { return read(r, p) },
		make: func(s Spec) (Map[T], error) {
			own, ok := s.(S)
			if !ok { // another that only borrows its methods
				return nil, fmt.Errorf("urf: %T is no specification: %w", s, ErrSpec)
			}
			return make(own)
		},
	}
}

// kindNamed returns the row of a name, nil if there is none. Names and readers are the same for all T.
func kindNamed[T asm.Float](name string) *kind[T] {
	all := kinds[T]()
	if i := slices.IndexFunc(all, func(k kind[T]) bool { return k.name == name }); i >= 0 {
		return &all[i]
	}
	return nil
}

// Kinds lists the words that texts of maps begin with.
func Kinds() []string {
	all := kinds[float32]()
	names := make([]string, len(all))
	for i, k := range all {
		names[i] = k.name
	}
	return names
}

// New makes the map that s describes. Cost: that of making its projection.
func New[T asm.Float](s Spec) (Map[T], error) {
	if s == nil {
		return nil, fmt.Errorf("urf: no specification: %w", ErrSpec)
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return kindNamed[T](s.kind()).make(s)
}

// drawsOn is [Spec.Draws] of a map on one projection, with a number more for each of its rows, also
// of those that are not kept.
func drawsOn(p ortho.Spec) (numbers, work int64) {
	numbers, work = p.Draws()
	return numbers + int64(p.M), work
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

// output checks the arguments of op, a map of the rows of x, which the caller knows by
// the name given, and makes dst if it is nil.
func output[T asm.Float](op, name string, m Map[T], dst, x *mat.Dense[T]) *mat.Dense[T] {
	if x.Cols() != m.In() {
		panic(&mat.ShapeError{Op: op, A: [2]int{x.Rows(), x.Cols()}, B: [2]int{m.Out(), m.In()}, Why: "columns of " + name + " and inputs of the map differ"})
	}
	if dst == nil {
		return mat.New[T](x.Rows(), m.Out())
	}
	if dst.Rows() != x.Rows() || dst.Cols() != m.Out() {
		panic(&mat.ShapeError{Op: op, A: [2]int{dst.Rows(), dst.Cols()}, B: [2]int{x.Rows(), m.Out()}, Why: "dst has the wrong shape"})
	}
	if dst.Overlaps(x) {
		panic(&mat.OverlapError{Op: op, Dst: "dst", Src: name})
	}
	return dst
}
