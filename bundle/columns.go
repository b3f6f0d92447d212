package bundle

import (
	"fmt"

	"nnk/asm"
	"nnk/mat"
	"nnk/snnk"
)

// Columns is a stage that leaves columns out: those that were the same number in all rows that a network was made from, and so can
// tell nothing. What is in them afterwards has no influence. At the start of a network it leaves a source's float64 rows what they are, so that a [Scale] behind
// it reads these.
type Columns[T asm.Float] struct {
	in      int
	without []int
}

// NewColumns returns the stage that reads rows of the given number of columns and leaves out those of the list, which ascend; at least one is left out and
// at least one is kept. It keeps the list, which must not change any more.
func NewColumns[T asm.Float](in int, without []int) *Columns[T] {
	if why := checkColumns(in, without); why != "" {
		panic(&mat.ArgumentError{Op: "bundle.NewColumns", Why: why})
	}
	return &Columns[T]{in, without}
}

// checkColumns says what is wrong with columns to leave out, "" for nothing.
func checkColumns[I int | int64](in I, without []I) string {
	if len(without) == 0 || I(len(without)) >= in {
		return fmt.Sprintf("%d of %d columns are left out", len(without), in)
	}
	for i, j := range without {
		if j < 0 || j >= in || i > 0 && j <= without[i-1] {
			return fmt.Sprintf("column %d of %d in the place %d of those that are left out, which ascend", j, in, i)
		}
	}
	return ""
}

// Without are the columns that are left out, ascending; the list must not be changed.
func (c *Columns[T]) Without() []int { return c.without }

// In is the number of columns.
func (c *Columns[T]) In() int { return c.in }

// Out is the number of columns that are kept.
func (c *Columns[T]) Out() int { return c.in - len(c.without) }

// Params is 0: no number is stored.
func (c *Columns[T]) Params() int { return 0 }

// MACs is 0.
func (c *Columns[T]) MACs() int { return 0 }

// Forward sets dst to the columns of x that are kept.
func (c *Columns[T]) Forward(dst, x *mat.Dense[T], _ *snnk.Workspace[T]) *mat.Dense[T] {
	const op = "bundle.Columns.Forward"
	switch {
	case x.Cols() != c.in:
		panic(&mat.ShapeError{Op: op, A: [2]int{x.Rows(), x.Cols()}, B: [2]int{x.Rows(), c.in}, Why: "x has the wrong width"})
	case dst == nil:
		dst = mat.New[T](x.Rows(), c.Out())
	case dst.Rows() != x.Rows() || dst.Cols() != c.Out():
		panic(&mat.ShapeError{Op: op, A: [2]int{dst.Rows(), dst.Cols()}, B: [2]int{x.Rows(), c.Out()}, Why: "dst has the wrong shape"})
	case dst.Overlaps(x):
		panic(&mat.OverlapError{Op: op, Dst: "dst", Src: "x"})
	}
	keep(dst, x, c.without)
	return dst
}

// Of is x without the columns, as a source.
func (c *Columns[T]) Of(x Source) Source { return fewer{x, c.without} }

// keep copies the columns of x that are not in the list.
func keep[T asm.Float](dst, x *mat.Dense[T], without []int) {
	for i := range x.Rows() {
		out, row, from := dst.Row(i), x.Row(i), 0
		for _, j := range without {
			out = out[copy(out, row[from:j]):]
			from = j + 1
		}
		copy(out, row[from:])
	}
}

// fewer is a source without some of its columns.
type fewer struct {
	Source
	without []int
}

func (f fewer) Cols() int { return f.Source.Cols() - len(f.without) }

func (f fewer) Read(dst *mat.Dense[float64], row int) error {
	all := mat.New[float64](dst.Rows(), f.Source.Cols())
	if err := f.Source.Read(all, row); err != nil {
		return err
	}
	keep(dst, all, f.without)
	return nil
}
