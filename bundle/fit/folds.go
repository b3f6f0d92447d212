package fit

import (
	"cmp"

	"nnk/bundle"
	"nnk/mat"
)

// Folds says how rows are dealt to folds: blocks of neighbouring rows go to the folds in turn.
type Folds struct {
	Count int // number of folds; 0 means 5
	Block int // neighbouring rows that stay in the same fold; 0 means 32
}

func (f Folds) withDefaults() Folds {
	return Folds{cmp.Or(f.Count, 5), cmp.Or(f.Block, 32)}
}

// ForRows fills in what is 0, so that every fold of n rows gets at least four blocks, if there are as many rows.
func (f Folds) ForRows(n int) Folds {
	r := f.withDefaults()
	if f.Block == 0 {
		r.Block = min(max(n/(4*r.Count), 1), r.Block)
	}
	return r
}

// Of is the fold of a row; what is 0 is taken as for any number of rows.
func (f Folds) Of(row int) int {
	f = f.withDefaults()
	return row / f.Block % f.Count
}

// Split returns the rows of src in fold k, and all others, in their order. Both read src, and
// are as safe for concurrent use as that.
func Split(src bundle.Source, f Folds, k int) (held, rest bundle.Source) {
	f = f.withDefaults()
	period := f.Block * f.Count
	n := src.Rows() / period * f.Block
	n += min(max(src.Rows()%period-k*f.Block, 0), f.Block)
	return foldRows{src, f, k, true, n}, foldRows{src, f, k, false, src.Rows() - n}
}

// foldRows are the rows of a source inside or outside a fold.
type foldRows struct {
	bundle.Source
	folds  Folds
	fold   int
	inside bool
	rows   int
}

func (f foldRows) Rows() int { return f.rows }

// Read reads runs of neighbouring rows.
func (f foldRows) Read(dst *mat.Dense[float64], row int) error {
	for done := 0; done < dst.Rows(); {
		from, run := f.place(row + done)
		run = min(run, dst.Rows()-done)
		if err := f.Source.Read(dst.View(done, 0, run, dst.Cols()), from); err != nil {
			return err
		}
		done += run
	}
	return nil
}

// place is the row of the source that is row i of these, and the number of
// rows from there on that follow each other in both.
func (f foldRows) place(i int) (row, run int) {
	block, count := f.folds.Block, f.folds.Count
	before := f.fold * block
	if f.inside {
		return i/block*block*count + before + i%block, block - i%block
	}
	width := block * (count - 1)
	at, r := i/width*block*count, i%width
	if r < before {
		return at + r, before - r
	}
	return at + r + block, width - r
}
