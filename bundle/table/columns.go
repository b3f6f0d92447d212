package table

import (
	"context"
	"fmt"
	"math"
	"slices"

	"nnk/mat"
)

// Arrange puts the columns in the order of the given names, which the header of each file must have: one that has none
// stays as it is. It returns the names of columns that are left out. It must be called before rows are read. The error wraps
// [ErrFormat] and tells the names that no column has, or is what ended ctx.
func (t *Table) Arrange(ctx context.Context, names []string) (left []string, err error) {
	for i := range t.parts {
		p := &t.parts[i]
		if p.text == nil || p.text.Header == nil {
			continue
		}
		at, err := p.text.Columns(names)
		if err != nil {
			return nil, p.err(err)
		}
		for j := range p.text.Cols() {
			if name := p.text.Name(j); !slices.Contains(at, j) && !slices.Contains(left, name) {
				left = append(left, name)
			}
		}
		if len(at) == p.text.Cols() && slices.IsSorted(at) {
			continue
		}
		if p.text, err = p.text.Pick(ctx, nil, names); err != nil {
			return nil, p.err(err)
		}
		p.memory = nil
	}
	if p := &t.parts[0]; p.text != nil {
		t.cols = p.text.Cols()
	}
	return left, nil
}

// err names the file.
func (p *part) err(err error) error { return fmt.Errorf("%s: %w", p.name, err) }

// completeRows are read at a time.
const completeRows = 256

// Complete are the rows that have a number in every column, nil if all have: in arrays that is not NaN, in text files not a gap, see
// [Missing], either of which may be left out by [SomeOf] from then on. The error may be what ended ctx.
func (t *Table) Complete(ctx context.Context) ([]int, error) {
	kept, first := []int{}, 0
	for i := range t.parts {
		p := &t.parts[i]
		p.gaps, p.memory = true, nil
		if p.text != nil {
			if err := p.numbers(ctx); err != nil {
				return nil, p.err(err)
			}
		}
		for row := 0; row < p.rows; row += completeRows {
			if ctx.Err() != nil {
				return nil, p.err(fmt.Errorf("stopped before row %d: %w", row, context.Cause(ctx)))
			}
			block := mat.New[float64](min(completeRows, p.rows-row), t.cols)
			if err := p.read(block, row); err != nil {
				return nil, p.err(err)
			}
			for k := range block.Rows() {
				if !slices.ContainsFunc(block.Row(k), func(v float64) bool { return v != v }) {
					kept = append(kept, first+row+k)
				}
			}
		}
		first += p.rows
	}
	if len(kept) == t.rows {
		return nil, nil
	}
	return kept, nil
}

// WholeNumbers counts the different numbers of the only column if all are whole, there are as few as class labels may be, and not all are
// written as integers; else it is 0.
func (t *Table) WholeNumbers() int {
	if t.cols != 1 {
		return 0
	}
	seen := map[float64]bool{}
	row := mat.New[float64](1, 1)
	for i := range t.rows {
		if t.Read(row, i) != nil {
			return 0
		}
		v := row.At(0, 0)
		if seen[v] = true; v != math.Trunc(v) || len(seen) > mostIntegers || 2*len(seen) > t.rows {
			return 0
		}
	}
	return len(seen)
}
