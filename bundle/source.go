package bundle

import (
	"context"
	"fmt"

	"nnk/asm"
	"nnk/mat"
)

// Source is a table that is read in blocks of rows, so that it may be larger
// than memory.
type Source[T asm.Float] interface {
	Rows() int
	Cols() int
	// Read fills dst, whose width is Cols, with the rows from row on. An error names
	// the row; NaN and infinities are errors.
	Read(dst *mat.Dense[T], row int) error
}

// WithContext returns x as a source that can no longer be read when ctx has ended: the error is what ended it
// ([context.Cause]). What reads rows in blocks then stops within a block's time.
func WithContext[T asm.Float](ctx context.Context, x Source[T]) Source[T] { return until[T]{x, ctx} }

type until[T asm.Float] struct {
	Source[T]
	ctx context.Context
}

func (u until[T]) Read(dst *mat.Dense[T], row int) error {
	if u.ctx.Err() != nil {
		return fmt.Errorf("stopped before row %d: %w", row, context.Cause(u.ctx))
	}
	return u.Source.Read(dst, row)
}

// Matrix returns a source over a matrix in memory.
func Matrix[T asm.Float](x *mat.Dense[T]) Source[T] { return matrix[T]{x} }

type matrix[T asm.Float] struct{ *mat.Dense[T] }

func (m matrix[T]) Read(dst *mat.Dense[T], row int) error {
	dst.Copy(m.View(row, 0, dst.Rows(), m.Cols()))
	return mat.CheckFinite(dst, row)
}

// OneHot returns a source of n×classes targets: 1 in the column of a row's
// class and 0 elsewhere. Every label must be from 0 to classes−1.
func OneHot[T asm.Float](labels []int, classes int) Source[T] { return oneHot[T]{labels, classes} }

type oneHot[T asm.Float] struct {
	labels  []int
	classes int
}

func (o oneHot[T]) Rows() int { return len(o.labels) }
func (o oneHot[T]) Cols() int { return o.classes }

func (o oneHot[T]) Read(dst *mat.Dense[T], row int) error {
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
	x   Source[T]
}

// OutputsOf returns the outputs of a network for the rows of x as a source, the
// targets of a network that is to imitate it.
func OutputsOf[T asm.Float](net *Network[T], x Source[T]) Source[T] { return outputs[T]{net, x} }

func (o outputs[T]) Rows() int { return o.x.Rows() }
func (o outputs[T]) Cols() int { return o.net.Out() }

func (o outputs[T]) Read(dst *mat.Dense[T], row int) error {
	x := mat.New[T](dst.Rows(), o.x.Cols())
	if err := o.x.Read(x, row); err != nil {
		return err
	}
	o.net.Forward(dst, x, nil)
	return mat.CheckFinite(dst, row)
}

// Blocks calls body for consecutive blocks of at most rows rows of x, which share their memory.
func Blocks[T asm.Float](x Source[T], rows int, body func(block *mat.Dense[T], row int) error) error {
	var buf mat.Buffer[T]
	for lo := 0; lo < x.Rows(); lo += rows {
		block := buf.Shape(min(rows, x.Rows()-lo), x.Cols())
		if err := x.Read(block, lo); err != nil {
			return err
		}
		if err := body(block, lo); err != nil {
			return err
		}
	}
	return nil
}
