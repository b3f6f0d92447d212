package bundle

import (
	"context"
	"fmt"

	"nnk/asm"
	"nnk/mat"
)

// Source is a table of numbers that is read in blocks of rows, so that it may be larger than memory. Its numbers are
// float64, whatever networks compute in: a time in seconds since 1970 or a pressure in pascals has lost what
// matters once it is rounded to float32, and has not if its mean is taken away first (see [Scale]).
type Source interface {
	Rows() int
	Cols() int
	// Read fills dst, whose width is Cols, with the rows from row on. An error names
	// the row; NaN and infinities are errors.
	Read(dst *mat.Dense[float64], row int) error
}

// Read fills dst with the rows of x from row on, each number rounded once. A number that is too large for T is an error
// that wraps [ErrRange] and names the row.
func Read[T asm.Float](dst *mat.Dense[T], x Source, row int) error {
	if wide, ok := any(dst).(*mat.Dense[float64]); ok {
		return x.Read(wide, row)
	}
	if r, ok := x.(rounded[T]); ok {
		return r.readRounded(dst, row)
	}
	wide := mat.New[float64](dst.Rows(), dst.Cols())
	if err := x.Read(wide, row); err != nil {
		return err
	}
	return round(dst, wide, row)
}

// rounded is a source whose numbers are T: Read need not widen them first.
type rounded[T asm.Float] interface {
	readRounded(dst *mat.Dense[T], row int) error
}

// round sets dst to x, whose first row has the number row.
func round[T asm.Float](dst *mat.Dense[T], x *mat.Dense[float64], row int) error {
	for i := range x.Rows() {
		out := dst.Row(i)
		for j, v := range x.Row(i) {
			if out[j] = T(v); out[j]-out[j] != 0 {
				return fmt.Errorf("row %d column %d: %g is too large for a number of %d bits: %w", row+i, j, v, bits[T](), ErrRange)
			}
		}
	}
	return nil
}

// bits is the size of a T.
func bits[T asm.Float]() int {
	var zero T
	if _, ok := any(zero).(float32); ok {
		return 32
	}
	return 64
}

// widen sets dst to x.
func widen[T asm.Float](dst *mat.Dense[float64], x *mat.Dense[T]) {
	for i := range x.Rows() {
		out := dst.Row(i)
		for j, v := range x.Row(i) {
			out[j] = float64(v)
		}
	}
}

// WithContext returns x as a source that can no longer be read when ctx has ended: the error is what ended it
// ([context.Cause]). What reads rows in blocks then stops within a block's time.
func WithContext(ctx context.Context, x Source) Source { return until{x, ctx} }

type until struct {
	Source
	ctx context.Context
}

func (u until) Read(dst *mat.Dense[float64], row int) error {
	if u.ctx.Err() != nil {
		return fmt.Errorf("stopped before row %d: %w", row, context.Cause(u.ctx))
	}
	return u.Source.Read(dst, row)
}

// Matrix returns a source over a matrix in memory.
func Matrix[T asm.Float](x *mat.Dense[T]) Source { return matrix[T]{x} }

type matrix[T asm.Float] struct{ *mat.Dense[T] }

func (m matrix[T]) Read(dst *mat.Dense[float64], row int) error {
	rows := m.View(row, 0, dst.Rows(), m.Cols())
	widen(dst, rows)
	return mat.CheckFinite(rows, row)
}

func (m matrix[T]) readRounded(dst *mat.Dense[T], row int) error {
	dst.Copy(m.View(row, 0, dst.Rows(), m.Cols()))
	return mat.CheckFinite(dst, row)
}

// OneHot returns a source of n×classes targets: 1 in the column of a row's
// class and 0 elsewhere. Every label must be from 0 to classes−1.
func OneHot(labels []int, classes int) Source { return oneHot{labels, classes} }

type oneHot struct {
	labels  []int
	classes int
}

func (o oneHot) Rows() int { return len(o.labels) }
func (o oneHot) Cols() int { return o.classes }

func (o oneHot) Read(dst *mat.Dense[float64], row int) error {
	for i := range dst.Rows() {
		c := o.labels[row+i]
		if c < 0 || c >= o.classes {
			return fmt.Errorf("row %d has class %d of %d: %w", row+i, c, o.classes, ErrRange)
		}
		out := dst.Row(i)
		clear(out)
		out[c] = 1
	}
	return nil
}

// outputs is the source of a network's outputs for the rows of another source.
type outputs[T asm.Float] struct {
	net *Network[T]
	x   Source
}

// OutputsOf returns the outputs of a network for the rows of x as a source, the
// targets of a network that is to imitate it.
func OutputsOf[T asm.Float](net *Network[T], x Source) Source { return outputs[T]{net, x} }

func (o outputs[T]) Rows() int { return o.x.Rows() }
func (o outputs[T]) Cols() int { return o.net.Out() }

func (o outputs[T]) Read(dst *mat.Dense[float64], row int) error {
	return o.net.core().read(dst, o.x, row)
}

func (o outputs[T]) readRounded(dst *mat.Dense[T], row int) error {
	c := o.net.core()
	if c.out != nil || c.net == nil {
		wide := mat.New[float64](dst.Rows(), dst.Cols())
		if err := c.read(wide, o.x, row); err != nil {
			return err
		}
		return round(dst, wide, row)
	}
	x := mat.New[T](dst.Rows(), c.width(o.x))
	if err := c.input(x, o.x, row); err != nil {
		return err
	}
	c.net.Forward(dst, x, nil)
	return mat.CheckFinite(dst, row)
}

// Blocks calls body for consecutive blocks of at most rows rows of x, rounded as by [Read], which share their memory.
func Blocks[T asm.Float](x Source, rows int, body func(block *mat.Dense[T], row int) error) error {
	var buf mat.Buffer[T]
	for lo := 0; lo < x.Rows(); lo += rows {
		block := buf.Shape(min(rows, x.Rows()-lo), x.Cols())
		if err := Read(block, x, lo); err != nil {
			return err
		}
		if err := body(block, lo); err != nil {
			return err
		}
	}
	return nil
}
