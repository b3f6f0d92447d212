package fit

import (
	"fmt"
	"math"
	"slices"

	"nnk/bundle"
	"nnk/mat"
)

// column is what one pass over all rows tells of a column of a source.
type column struct {
	mean, spread float64 // spread: root mean square of the deviations from the mean; 0 if constant
	other        int     // first row whose value is not that of row 0, −1 if there is none
}

// constant reports whether all rows are equal.
func (c column) constant() bool { return c.other < 0 }

// SurveyRows is the number of rows in a block of a [Survey].
const SurveyRows = chunkRows

// Survey is what one pass over rows tells of their columns: means, spreads and where they first vary. Sums are formed over
// blocks of [SurveyRows] rows, and added as a tree over the blocks' numbers: of 2ʲ neighbours that begin at a multiple of 2ʲ. So
// blocks may be surveyed apart, and surveys merged in any order, to the same bits.
type Survey struct {
	cols  int
	parts []surveyed // ascending; no two make a larger one of the tree
}

// surveyed are the blocks at·2^level to (at+1)·2^level, of which the last of all may have fewer rows or not be there.
type surveyed struct {
	level   int
	at      int64
	rows    int64
	columns []tally
}

// tally is what is summed of a column.
type tally struct {
	mean, squares float64 // squares: of the deviations from the mean
	first         float64 // value of the first row
	other         int64   // first row with another, −1 if there is none
}

// NewSurvey returns a survey of no rows.
func NewSurvey(cols int) *Survey { return &Survey{cols: cols} }

// Cols is the number of columns.
func (s *Survey) Cols() int { return s.cols }

// Add surveys the rows of block, whose first has the number row, a multiple of [SurveyRows]. They are that many, or fewer
// at the end of all rows. Sums are those of deviations: of a block from its first row, and of its
// mean from the mean so far (T. F. Chan et al., Updating formulae and a pairwise algorithm, 1979), so that a large
// level costs no digits. The error wraps [bundle.ErrFormat] if rows were there before.
func (s *Survey) Add(block *mat.Dense[float64], row int) error {
	if block.Cols() != s.cols || block.Rows() < 1 || block.Rows() > SurveyRows || row < 0 || row%SurveyRows != 0 {
		panic(&mat.ShapeError{Op: "fit.Survey.Add", A: [2]int{block.Rows(), block.Cols()}, B: [2]int{row, s.cols},
			Why: fmt.Sprintf("want 1 to %d rows from a multiple of that on", SurveyRows)})
	}
	p := surveyed{at: int64(row / SurveyRows), rows: int64(block.Rows()), columns: make([]tally, s.cols)}
	n := float64(block.Rows())
	for j := range p.columns {
		from := block.At(0, j)
		sum, square, other := 0.0, 0.0, int64(-1)
		for i := range block.Rows() {
			v := block.At(i, j)
			if other < 0 && v != from {
				other = int64(row) + int64(i)
			}
			sum += v - from
		}
		shift := sum / n
		for i := range block.Rows() {
			d := block.At(i, j) - from - shift
			square = math.FMA(d, d, square)
		}
		p.columns[j] = tally{from + shift, square, from, other}
	}
	return s.insert(p)
}

// Merge adds the rows of o, which must be others. The error wraps [bundle.ErrFormat] if they are not, or have other columns.
func (s *Survey) Merge(o *Survey) error {
	if s.cols != o.cols {
		return fmt.Errorf("fit: surveys of %d and %d columns cannot be merged: %w", s.cols, o.cols, bundle.ErrFormat)
	}
	for _, p := range o.parts {
		p.columns = slices.Clone(p.columns)
		if err := s.insert(p); err != nil {
			return err
		}
	}
	return nil
}

// Arrange returns the survey of the same rows with other columns: column j is column from[j] of s or, if that is negative, 0 in every row.
func (s *Survey) Arrange(from []int) *Survey {
	r := NewSurvey(len(from))
	for _, p := range s.parts {
		columns := make([]tally, len(from))
		for j, c := range from {
			if columns[j] = (tally{other: -1}); c >= 0 {
				columns[j] = p.columns[c]
			}
		}
		p.columns = columns
		r.parts = append(r.parts, p)
	}
	return r
}

// blocks are the numbers of the first block of p, and of that behind it.
func (p surveyed) blocks() (lo, hi int64) { return p.at << p.level, (p.at + 1) << p.level }

// insert adds p, whose columns s keeps, and joins what makes a larger part of the tree.
func (s *Survey) insert(p surveyed) error {
	lo, hi := p.blocks()
	i, _ := slices.BinarySearchFunc(s.parts, lo, func(q surveyed, lo int64) int {
		from, _ := q.blocks()
		return int(min(max(from-lo, -1), 1))
	})
	if i > 0 {
		if _, end := s.parts[i-1].blocks(); end > lo {
			return fmt.Errorf("fit: block %d of %d rows was surveyed before: %w", lo, SurveyRows, bundle.ErrFormat)
		}
	}
	if i < len(s.parts) {
		if from, _ := s.parts[i].blocks(); from < hi {
			return fmt.Errorf("fit: block %d of %d rows was surveyed before: %w", from, SurveyRows, bundle.ErrFormat)
		}
	}
	s.parts = slices.Insert(s.parts, i, p)
	for {
		if s.parts[i].at%2 == 1 {
			i--
		}
		if i < 0 || i+1 >= len(s.parts) {
			return nil
		}
		a, b := &s.parts[i], &s.parts[i+1]
		if a.level != b.level || a.at%2 != 0 || b.at != a.at+1 || a.rows != SurveyRows<<a.level {
			return nil
		}
		a.join(b)
		a.level, a.at = a.level+1, a.at/2
		s.parts = slices.Delete(s.parts, i+1, i+2)
	}
}

// join adds the rows of b, which follow those of a.
func (a *surveyed) join(b *surveyed) {
	na, nb := float64(a.rows), float64(b.rows)
	from, _ := b.blocks()
	for j := range a.columns {
		c, o := &a.columns[j], &b.columns[j]
		if c.other < 0 {
			if c.other = o.other; o.first != c.first {
				c.other = from * SurveyRows
			}
		}
		d := o.mean - c.mean
		part := nb / (na + nb)
		c.mean = math.FMA(d, part, c.mean)
		c.squares += o.squares + float64(float64(d*d)*float64(part*na))
	}
	a.rows += b.rows
}

// columns are those of so many rows, all of which must have been surveyed. The error wraps [bundle.ErrRange] for a column that varies but
// whose squares are not float64.
func (s *Survey) columns(rows int) ([]column, error) {
	all, next := surveyed{columns: make([]tally, s.cols)}, int64(0)
	for i := range s.parts {
		p := s.parts[i]
		from, to := p.blocks()
		if from != next || i < len(s.parts)-1 && p.rows != (to-from)*SurveyRows {
			return nil, fmt.Errorf("fit: rows from %d on were not surveyed: %w", next*SurveyRows, bundle.ErrFormat)
		}
		if next = to; i == 0 {
			all = p
			all.columns = slices.Clone(p.columns)
		} else {
			all.join(&p)
		}
	}
	if all.rows != int64(rows) {
		return nil, fmt.Errorf("fit: %d of %d rows were surveyed: %w", all.rows, rows, bundle.ErrFormat)
	}
	columns := make([]column, s.cols)
	for j, t := range all.columns {
		c := &columns[j]
		c.mean, c.other = t.mean, int(t.other)
		if c.constant() {
			continue
		}
		c.spread = math.Sqrt(t.squares / float64(rows))
		if !(c.spread > 0) || c.spread-c.spread != 0 || 1/c.spread-1/c.spread != 0 {
			return columns, fmt.Errorf("fit: column %d varies so much or so little that its variance is no float64: scale it: %w", j, bundle.ErrRange)
		}
	}
	return columns, nil
}

// surveyOf passes over all rows of x.
func surveyOf(x bundle.Source) (*Survey, error) {
	s := NewSurvey(x.Cols())
	return s, bundle.Blocks(x, SurveyRows, s.Add)
}

// survey is what a pass over all rows of x tells.
func survey(x bundle.Source) ([]column, error) {
	s, err := surveyOf(x)
	if err != nil {
		return nil, err
	}
	return s.columns(x.Rows())
}

// standardise returns the stage that gives each column mean 0 and mean square 1; a constant one becomes 0.
func standardise(columns []column) (mean, factor []float64) {
	mean, factor = make([]float64, len(columns)), make([]float64, len(columns))
	for j, c := range columns {
		if mean[j] = c.mean; !c.constant() {
			factor[j] = 1 / c.spread
		}
	}
	return mean, factor
}
