package bundle

import (
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

// Matrix returns a source over a matrix in memory.
func Matrix[T asm.Float](x *mat.Dense[T]) Source[T] { return matrix[T]{x} }

type matrix[T asm.Float] struct{ *mat.Dense[T] }

func (m matrix[T]) Read(dst *mat.Dense[T], row int) error {
	dst.Copy(m.View(row, 0, dst.Rows(), m.Cols()))
	return CheckFinite(dst, row)
}

// CheckFinite returns an error that wraps [ErrNotFinite] and names the row and column,
// both counted from 0, of the first element of x that is NaN or infinite. The first
// row of x has the number row.
func CheckFinite[T asm.Float](x *mat.Dense[T], row int) error {
	for i := range x.Rows() {
		for j, v := range x.Row(i) {
			if v-v != 0 {
				return fmt.Errorf("row %d column %d is %g: %w", row+i, j, float64(v), ErrNotFinite)
			}
		}
	}
	return nil
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
	return CheckFinite(dst, row)
}

// blocks calls body for consecutive blocks of at most rows rows of x, which share their memory.
func blocks[T asm.Float](x Source[T], rows int, body func(block *mat.Dense[T], row int) error) error {
	var buf buffer[T]
	for lo := 0; lo < x.Rows(); lo += rows {
		block := buf.shape(min(rows, x.Rows()-lo), x.Cols())
		if err := x.Read(block, lo); err != nil {
			return err
		}
		if err := body(block, lo); err != nil {
			return err
		}
	}
	return nil
}

// part says which rows belong to a fold, as [Stats] deals them: blocks of
// neighbouring rows go to the folds in turn.
type part struct{ block, folds, fold int }

// partOf is the source of the rows of src in a fold, or of all others.
func partOf[T asm.Float](src Source[T], p part, inside bool) Source[T] {
	period := p.block * p.folds
	n := src.Rows() / period * p.block
	n += min(max(src.Rows()%period-p.fold*p.block, 0), p.block)
	if !inside {
		n = src.Rows() - n
	}
	return partRows[T]{src, p, inside, n}
}

type partRows[T asm.Float] struct {
	Source[T]
	part
	inside bool
	rows   int
}

func (p partRows[T]) Rows() int { return p.rows }

// Read reads runs of neighbouring rows.
func (p partRows[T]) Read(dst *mat.Dense[T], row int) error {
	for done := 0; done < dst.Rows(); {
		from, run := p.place(row + done)
		run = min(run, dst.Rows()-done)
		if err := p.Source.Read(dst.View(done, 0, run, dst.Cols()), from); err != nil {
			return err
		}
		done += run
	}
	return nil
}

// place is the row of the source that is row i of the part, and the number of
// rows from there on that follow each other in both.
func (p partRows[T]) place(i int) (row, run int) {
	before := p.fold * p.block
	if p.inside {
		return i/p.block*p.block*p.folds + before + i%p.block, p.block - i%p.block
	}
	width := p.block * (p.folds - 1)
	at, r := i/width*p.block*p.folds, i%width
	if r < before {
		return at + r, before - r
	}
	return at + r + p.block, width - r
}
