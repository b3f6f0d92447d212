package snnk

import (
	"fmt"
	"math"
	"slices"

	"nnk/asm"
	"nnk/mat"
)

// Loss is what training makes small.
type Loss int

// The losses, for outputs y and targets t of a row.
const (
	AutoLoss           Loss = iota // CrossEntropy for labels (BinaryCrossEntropy if there is one output), SquaredError for values
	SquaredError                   // ½·Σ (y_j − t_j)²
	CrossEntropy                   // −Σ t_j·ln softmax(y)_j: classes; y are logits
	BinaryCrossEntropy             // −Σ t_j·ln σ(y_j) + (1 − t_j)·ln σ(−y_j): y are logits
)

var lossNames = []string{"auto", "squared", "cross-entropy", "binary"}

func (l Loss) String() string {
	if l < 0 || int(l) >= len(lossNames) {
		return fmt.Sprintf("Loss(%d)", int(l))
	}
	return lossNames[l]
}

// ParseLoss returns the loss of that name.
func ParseLoss(name string) (Loss, error) {
	if i := slices.Index(lossNames, name); i >= 0 {
		return Loss(i), nil
	}
	return 0, fmt.Errorf("snnk: no loss %q, known are %q: %w", name, lossNames, mat.ErrRange)
}

// MarshalText writes the name, as [Loss.String] gives it.
func (l Loss) MarshalText() ([]byte, error) {
	if l < 0 || int(l) >= len(lossNames) {
		return nil, fmt.Errorf("snnk: there is no %v: %w", l, mat.ErrRange)
	}
	return []byte(lossNames[l]), nil
}

// UnmarshalText reads a name as [ParseLoss] does.
func (l *Loss) UnmarshalText(text []byte) (err error) {
	*l, err = ParseLoss(string(text))
	return err
}

// Targets are what outputs should be: one of the fields is set.
type Targets[T asm.Float] struct {
	// Labels are classes: 0 … l−1 for l > 1 outputs, 0 or 1 for one output.
	Labels []int
	// Values (n×l) are numbers, or probabilities.
	Values *mat.Dense[T]
}

// Rows is the number of targets.
func (t Targets[T]) Rows() int {
	if t.Values != nil {
		return t.Values.Rows()
	}
	return len(t.Labels)
}

// row sets dst to the targets of row i.
func (t Targets[T]) row(dst []T, i int) {
	switch {
	case t.Values != nil:
		copy(dst, t.Values.Row(i))
	case len(dst) == 1:
		dst[0] = T(t.Labels[i])
	default:
		clear(dst)
		dst[t.Labels[i]] = 1
	}
}

// resolve replaces AutoLoss by the loss for the targets and the number of outputs.
func (t Targets[T]) resolve(l Loss, outputs int) Loss {
	switch {
	case l != AutoLoss:
		return l
	case t.Values != nil:
		return SquaredError
	case outputs == 1:
		return BinaryCrossEntropy
	}
	return CrossEntropy
}

// check returns an error unless the targets fit n rows of l outputs.
func (t Targets[T]) check(n, l int, loss Loss) error {
	if (t.Values == nil) == (t.Labels == nil) {
		return fmt.Errorf("snnk: want either labels or values as targets: %w", mat.ErrRange)
	}
	if t.Rows() != n || t.Values != nil && t.Values.Cols() != l {
		cols := 1
		if t.Values != nil {
			cols = t.Values.Cols()
		}
		return fmt.Errorf("snnk: targets are %d×%d for %d rows of %d outputs: %w", t.Rows(), cols, n, l, mat.ErrRange)
	}
	if loss < AutoLoss || loss > BinaryCrossEntropy {
		return fmt.Errorf("snnk: there is no %v: %w", loss, mat.ErrRange)
	}
	if t.resolve(loss, l) == CrossEntropy && l == 1 {
		return fmt.Errorf("snnk: the cross-entropy of one class is 0: use %v: %w", BinaryCrossEntropy, mat.ErrRange)
	}
	for i, k := range t.Labels {
		if k < 0 || k >= max(l, 2) {
			return fmt.Errorf("snnk: label %d of row %d: want 0 to %d: %w", k, i, max(l, 2)-1, mat.ErrRange)
		}
	}
	return nil
}

// EvalLoss returns the mean loss over the rows of outputs y (n×l) and sets grad (n×l, nil if it is not
// wanted, else apart from y) to its gradient ∂loss/∂y. Sums of a row are those of [asm.Sum], over the
// rows float64 in their order. No finite logit overflows; an output that is
// not finite makes the loss NaN or infinite. It panics if shapes do not fit; labels must be in range.
func EvalLoss[T asm.Float](l Loss, grad, y *mat.Dense[T], t Targets[T]) float64 {
	var ws LossWorkspace[T]
	return ws.Eval(l, grad, y, t)
}

// LossWorkspace is the memory of a loss, so that a training step allocates none. The zero value is ready.
type LossWorkspace[T asm.Float] struct {
	row, target []T
}

// Eval is [EvalLoss].
func (s *LossWorkspace[T]) Eval(l Loss, grad, y *mat.Dense[T], t Targets[T]) float64 {
	const op = "snnk.EvalLoss"
	n := y.Rows()
	if t.Rows() != n || (t.Values != nil && t.Values.Cols() != y.Cols()) || (grad != nil && (grad.Rows() != n || grad.Cols() != y.Cols())) {
		panic(&mat.ShapeError{Op: op, A: [2]int{n, y.Cols()}, B: [2]int{t.Rows(), y.Cols()}, Why: "outputs, targets and gradient differ in shape"})
	}
	if grad != nil && grad.Overlaps(y) {
		panic(&mat.OverlapError{Op: op, Dst: "grad", Src: "y"})
	}
	if grad != nil && t.Values != nil && grad.Overlaps(t.Values) {
		panic(&mat.OverlapError{Op: op, Dst: "grad", Src: "t.Values"})
	}
	return s.eval(l, grad, y, t)
}

// eval is Eval of arguments that fit.
func (s *LossWorkspace[T]) eval(l Loss, grad, y *mat.Dense[T], t Targets[T]) float64 {
	return s.sum(0, l, grad, y, t) / float64(max(y.Rows(), 1))
}

// sum adds the losses of the rows to sum; grad is the gradient of their mean.
func (s *LossWorkspace[T]) sum(sum float64, l Loss, grad, y *mat.Dense[T], t Targets[T]) float64 {
	if len(s.row) < y.Cols() {
		s.row, s.target = make([]T, y.Cols()), make([]T, y.Cols())
	}
	l = t.resolve(l, y.Cols())
	scale := 1 / T(max(y.Rows(), 1))
	for i := range y.Rows() {
		g, target := s.row[:y.Cols()], s.target[:y.Cols()]
		if grad != nil {
			g = grad.Row(i)
		}
		t.row(target, i)
		switch l {
		case CrossEntropy:
			sum += crossEntropy(g, y.Row(i), target)
		case BinaryCrossEntropy:
			sum += binaryCrossEntropy(g, y.Row(i), target)
		default:
			sum += squaredError(g, y.Row(i), target)
		}
		if grad != nil {
			asm.Scale(g, g, scale)
		}
	}
	return sum
}

// squaredError is ½·‖y − t‖²; g is set to y − t.
func squaredError[T asm.Float](g, y, t []T) float64 {
	for j, v := range y {
		g[j] = v - t[j]
	}
	sum := 0.0
	for _, v := range g {
		sum = math.FMA(float64(v), float64(v), sum)
	}
	return float64(sum / 2) // converted, so that no compiler fuses it into the caller's sum
}

// crossEntropy is Σ t_j·(m + ln s − y_j), s = Σ e^(y_j − m) and m the largest y_j, so that no
// exponential overflows; g is set to e^(y − m)/s·Σt − t.
func crossEntropy[T asm.Float](g, y, t []T) float64 {
	m := slices.Max(y)
	for j, v := range y {
		g[j] = v - m
	}
	asm.Exp(g, g)
	s, total := asm.Sum(g), asm.Sum(t)
	var ln [1]float64
	ln[0] = float64(s)
	asm.Log(ln[:], ln[:])
	sum := 0.0
	for j, v := range t {
		if v != 0 {
			sum = math.FMA(float64(v), ln[0]-(float64(y[j])-float64(m)), sum)
		}
	}
	asm.Scale(g, g, total/s)
	for j, v := range t {
		g[j] -= v
	}
	return sum
}

// binaryCrossEntropy is Σ max(y_j, 0) − t_j·y_j + ln(1 + e^(−|y_j|)), whose terms do not
// cancel where the loss is small; g is set to σ(y) − t.
func binaryCrossEntropy[T asm.Float](g, y, t []T) float64 {
	for j, v := range y {
		g[j] = T(-math.Abs(float64(v)))
	}
	asm.Softplus(g, g)
	sum := 0.0
	for j, v := range y {
		linear := math.FMA(-float64(t[j]), float64(v), max(float64(v), 0))
		sum += linear + float64(g[j])
	}
	asm.Sigmoid(g, y)
	for j, v := range t {
		g[j] -= v
	}
	return sum
}
