package bundle

import (
	"fmt"

	"nnk/asm"
	"nnk/mat"
	"nnk/snnk"
)

// Scale is a stage that subtracts a mean from every column and multiplies it
// with a factor: y = (x − mean)·factor, as inputs are standardised and outputs get their units back. Both are float64,
// and so is the arithmetic, which rounds once at the end: at the start of a network a source's float64 rows lose
// nothing that matters ([Network.Predict]), and at its end small differences on a large level stay.
type Scale[T asm.Float] struct {
	mean, factor []float64
}

// NewScale returns the stage; mean and factor have one element per column. It keeps both; they must not change any more.
func NewScale[T asm.Float](mean, factor []float64) *Scale[T] {
	if len(mean) != len(factor) {
		panic(&mat.ArgumentError{Op: "bundle.NewScale", Why: fmt.Sprintf("%d means and %d factors", len(mean), len(factor))})
	}
	return &Scale[T]{mean, factor}
}

// Mean is what is subtracted from each column.
func (s *Scale[T]) Mean() []float64 { return s.mean }

// Factor is what each column is multiplied with after that.
func (s *Scale[T]) Factor() []float64 { return s.factor }

// In is the number of columns.
func (s *Scale[T]) In() int { return len(s.mean) }

// Out is the number of columns.
func (s *Scale[T]) Out() int { return len(s.mean) }

// Params counts means and factors.
func (s *Scale[T]) Params() int { return 2 * len(s.mean) }

// MACs counts one operation per column.
func (s *Scale[T]) MACs() int { return len(s.mean) }

// Forward sets dst to (x − mean)·factor.
func (s *Scale[T]) Forward(dst, x *mat.Dense[T], _ *snnk.Workspace[T]) *mat.Dense[T] {
	dst = rowwise("bundle.Scale.Forward", len(s.mean), dst, x)
	scale(dst, x, s.mean, s.factor)
	return dst
}

// scale sets dst to (x − mean)·factor, in float64 and rounded once.
func scale[A, B asm.Float](dst *mat.Dense[A], x *mat.Dense[B], mean, factor []float64) {
	for i := range x.Rows() {
		out := dst.Row(i)
		for j, v := range x.Row(i) {
			out[j] = A((float64(v) - mean[j]) * factor[j])
		}
	}
}

// core is a network without the choice of columns and the scaling of its inputs, and that of its outputs, which are nil where there is none.
type core[T asm.Float] struct {
	columns *Columns[T]
	in, out *Scale[T]
	net     *Network[T] // nil if nothing is between
	raw     mat.Buffer[float64]
	x, y    mat.Buffer[T]
	ws      Workspace[T]
}

func (n *Network[T]) core() *core[T] {
	c, stages := &core[T]{}, n.stages
	if s, ok := stages[0].(*Columns[T]); ok {
		c.columns, stages = s, stages[1:]
	}
	if len(stages) > 0 {
		if s, ok := stages[0].(*Scale[T]); ok {
			c.in, stages = s, stages[1:]
		}
	}
	if len(stages) > 0 {
		if s, ok := stages[len(stages)-1].(*Scale[T]); ok {
			c.out, stages = s, stages[:len(stages)-1]
		}
	}
	if len(stages) > 0 {
		c.net = NewNetwork(stages...)
	}
	return c
}

// forward returns the outputs before the last scaling for the rows of x from row on. They are valid until the next call.
func (c *core[T]) forward(x Source, row, rows int) (*mat.Dense[T], error) {
	in := c.x.Shape(rows, c.width(x))
	if err := c.input(in, x, row); err != nil {
		return nil, err
	}
	if c.net == nil {
		return in, nil
	}
	return c.net.Forward(c.y.Shape(rows, c.net.Out()), in, &c.ws), nil
}

// width is the number of columns of x that are not left out.
func (c *core[T]) width(x Source) int {
	if c.columns == nil {
		return x.Cols()
	}
	return c.columns.Out()
}

// input sets dst to the rows of x from row on as the stages between the scalings read them.
func (c *core[T]) input(dst *mat.Dense[T], x Source, row int) error {
	if c.columns != nil {
		x = c.columns.Of(x)
	}
	if c.in == nil {
		return Read(dst, x, row)
	}
	raw := c.raw.Shape(dst.Rows(), dst.Cols())
	if err := x.Read(raw, row); err != nil {
		return err
	}
	scale(dst, raw, c.in.mean, c.in.factor)
	return nil
}

// read sets dst to the outputs for the rows of x from row on, all of which must be finite.
func (c *core[T]) read(dst *mat.Dense[float64], x Source, row int) error {
	if err := c.outputs(dst, x, row); err != nil {
		return err
	}
	return mat.CheckFinite(dst, row)
}

// outputs is read without the check of what the network gives.
func (c *core[T]) outputs(dst *mat.Dense[float64], x Source, row int) error {
	y, err := c.forward(x, row, dst.Rows())
	if err != nil {
		return err
	}
	if c.out != nil {
		scale(dst, y, c.out.mean, c.out.factor)
	} else {
		widen(dst, y)
	}
	return nil
}
