package main

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/bundle/table"
	"nnk/mat"
)

// covers reports whether all rows from lo to hi−1 are in p.
func (p *portion) covers(lo, hi int) bool {
	i := sort.Search(len(p.Spans), func(i int) bool { return p.Spans[i][1] > lo })
	return i < len(p.Spans) && p.Spans[i][0] <= lo && p.Spans[i][1] >= hi
}

// rows is the number of rows.
func (p *portion) rows() int {
	n := 0
	for _, s := range p.Spans {
		n += s[1] - s[0]
	}
	return n
}

// counting is how the rows of a block become part of what is known: in blocks of period rows, of which the last of total rows may have
// fewer; total is 0 if it is not known yet.
type counting struct {
	period, total int
	add           func(x *mat.Dense[float64], y bundle.Source, lo int) error
}

// block is the one with the row.
func (c *counting) block(row int) [2]int {
	lo := row - row%c.period
	if hi := lo + c.period; c.total == 0 || hi <= c.total {
		return [2]int{lo, hi}
	}
	return [2]int{lo, c.total}
}

// edges are the blocks in which spans of p begin or end but do not fill, ascending.
func (c *counting) edges(p *portion) [][2]int {
	var list [][2]int
	for _, s := range p.Spans {
		for _, row := range []int{s[0], s[1] - 1} {
			b := c.block(row)
			if !p.covers(b[0], b[1]) && (len(list) == 0 || list[len(list)-1] != b) {
				list = append(list, b)
			}
		}
	}
	return list
}

// inner are the rows from lo to hi−1 but for blocks that they do not fill.
func (c *counting) inner(lo, hi int) (from, to int) {
	if from = lo; lo%c.period != 0 {
		from = c.block(lo)[1]
	}
	if to = hi; hi != c.total {
		to = hi - hi%c.period
	}
	return from, max(from, to)
}

// errTwice says that rows are in two files.
var errTwice = errors.New("rows are there twice")

// merge adds the rows of o to p, whose shapes are the same but for the names of classes.
func (p *portion) merge(o *portion, c *counting) error {
	type span struct {
		rows [2]int
		of   string
	}
	var all []span
	for _, of := range []*portion{p, o} {
		for i, s := range of.Spans {
			all = append(all, span{s, of.sources[i]})
		}
	}
	slices.SortFunc(all, func(a, b span) int { return a.rows[0] - b.rows[0] })
	u := &portion{shape: p.shape, Plan: p.Plan, kept: p.kept.with(o.kept), x: p.x, y: p.y, sums: p.sums}
	for i, s := range all {
		if i > 0 && s.rows[0] < all[i-1].rows[1] {
			return fmt.Errorf("%s: rows %d to %d are in %s too: %w: give each shard once, and -first the number of rows in all shards before it",
				s.of, s.rows[0], min(s.rows[1], all[i-1].rows[1])-1, all[i-1].of, errTwice)
		}
		if n := len(u.Spans); n > 0 && u.Spans[n-1][1] == s.rows[0] {
			u.Spans[n-1][1] = s.rows[1]
			continue
		}
		u.Spans, u.sources = append(u.Spans, s.rows), append(u.sources, s.of)
	}
	edges := append(c.edges(p), c.edges(o)...)
	slices.SortFunc(edges, func(a, b [2]int) int { return a[0] - b[0] })
	switch {
	case p.sums != nil:
		if err := p.sums.Merge(o.sums); err != nil {
			return err
		}
	default:
		if err := errors.Join(p.x.Merge(o.x), p.y.Merge(o.y)); err != nil {
			return err
		}
	}
	for _, b := range slices.Compact(edges) {
		if u.covers(b[0], b[1]) {
			if err := u.count(b, c); err != nil {
				return err
			}
		}
	}
	u.prune(c)
	*p = *u
	return nil
}

// count adds a block of kept rows to what is known.
func (p *portion) count(b [2]int, c *counting) error {
	i, _ := slices.BinarySearch(p.kept.at, b[0])
	n := b[1] - b[0]
	if i+n > len(p.kept.at) || p.kept.at[i] != b[0] || p.kept.at[i+n-1] != b[1]-1 {
		return fmt.Errorf("%w: rows %d to %d are not whole in the files of their shards", bundle.ErrFormat, b[0], b[1]-1)
	}
	y, err := p.targets(p.kept.y.View(i, 0, n, p.Targets))
	if err != nil {
		return err
	}
	return c.add(p.kept.x.View(i, 0, n, p.Inputs), y, b[0])
}

// finish adds the last rows, of which it was not known before that they are the last.
func (p *portion) finish(c *counting) error {
	last := c.total - c.total%c.period
	if last == c.total {
		return nil
	}
	return p.count([2]int{last, c.total}, c)
}

// surveying is how rows become part of a survey.
func (p *portion) surveying(total int) *counting {
	return &counting{fit.SurveyRows, total, func(x *mat.Dense[float64], y bundle.Source, lo int) error {
		targets := mat.New[float64](y.Rows(), y.Cols())
		if err := y.Read(targets, 0); err != nil {
			return err
		}
		return errors.Join(p.x.Add(x, lo), p.y.Add(targets, lo))
	}}
}

// prune drops the rows that nobody will ask for any more. What is kept depends on the rows alone, not on the files that they were in.
func (p *portion) prune(c *counting) {
	keep := map[int]bool{}
	for _, b := range c.edges(p) {
		i, _ := slices.BinarySearch(p.kept.at, b[0])
		for ; i < len(p.kept.at) && p.kept.at[i] < b[1]; i++ {
			keep[p.kept.at[i]] = true
		}
	}
	if p.sums == nil {
		for _, row := range fit.Sample(slices.Values(p.kept.at)) {
			keep[row] = true
		}
		for _, s := range p.Spans {
			p.firsts(s, keep)
		}
	}
	p.kept = p.kept.some(func(row int) bool { return keep[row] })
}

// firsts marks the first row of a span, and in each column of targets the first that differs from it: a sample has what is
// rare as well, see [fit.Run]. Of classes it is the first of each.
func (p *portion) firsts(span [2]int, keep map[int]bool) {
	lo, _ := slices.BinarySearch(p.kept.at, span[0])
	seen := map[float64]bool{}
	differs := make([]bool, p.Targets)
	for i := lo; i < len(p.kept.at) && p.kept.at[i] < span[1]; i++ {
		if i == lo {
			keep[p.kept.at[i]] = true
		}
		if p.Labels != nil {
			if class := p.kept.y.At(i, 0); !seen[class] {
				seen[class], keep[p.kept.at[i]] = true, true
			}
			continue
		}
		for j, v := range p.kept.y.Row(i) {
			if !differs[j] && v != p.kept.y.At(lo, j) {
				differs[j], keep[p.kept.at[i]] = true, true
			}
		}
	}
}

// some are the rows that are wanted.
func (k *keptRows) some(wanted func(row int) bool) *keptRows {
	var list []int
	for i, row := range k.at {
		if wanted(row) {
			list = append(list, i)
		}
	}
	r := newKept(len(list), k.x.Cols(), k.y.Cols())
	for to, i := range list {
		r.set(to, k, i)
	}
	return r
}

func newKept(n, inputs, targets int) *keptRows {
	return &keptRows{make([]int, n), mat.New[float64](n, inputs), mat.New[float64](n, targets)}
}

func (k *keptRows) set(i int, from *keptRows, row int) {
	k.at[i] = from.at[row]
	copy(k.x.Row(i), from.x.Row(row))
	copy(k.y.Row(i), from.y.Row(row))
}

// with are the rows of both, which are others.
func (k *keptRows) with(o *keptRows) *keptRows {
	r := newKept(len(k.at)+len(o.at), k.x.Cols(), k.y.Cols())
	i, j := 0, 0
	for to := range r.at {
		if j == len(o.at) || i < len(k.at) && k.at[i] < o.at[j] {
			r.set(to, k, i)
			i++
		} else {
			r.set(to, o, j)
			j++
		}
	}
	return r
}

// agree makes the shapes of p and o, parts of the same data, the same: classes get the numbers that they have among those of both.
func (p *portion) agree(o *portion) error {
	of := func(s *shape) string {
		return fmt.Sprintf("%d inputs and %d targets to %s", s.Inputs, s.Targets, s.Task)
	}
	if p.Task != o.Task || p.Inputs != o.Inputs || p.Targets != o.Targets {
		return fmt.Errorf("%s: other columns: %s, but %s has %s: %w", o.sources[0], of(&o.shape), p.sources[0], of(&p.shape), bundle.ErrFormat)
	}
	if p.Columns != nil && o.Columns != nil && !slices.Equal(p.Columns, o.Columns) {
		return fmt.Errorf("%s: other columns, or in another order: %s, but %s has %s: %w", o.sources[0], namesOf(o.Columns, ", "), p.sources[0], namesOf(p.Columns, ", "), bundle.ErrFormat)
	}
	if o.Spans[0][0] < p.Spans[0][0] { // names are those of the first rows
		p.Columns = o.Columns
	}
	if p.Labels == nil {
		return nil
	}
	l := &table.Labels{}
	l.Names, l.Count, l.Type = table.Classes([]*table.Labels{p.Labels, o.Labels})
	p.rename(l)
	o.rename(l)
	return nil
}

// rename gives classes the numbers that they have in l, which has them all.
func (p *portion) rename(l *table.Labels) {
	index := map[string]int{}
	for i := range l.Count {
		index[className(l, i)] = i
	}
	from, to := make([]int, l.Count), make([]int, p.Labels.Count)
	for i := range from {
		from[i] = -1
	}
	for i := range to {
		to[i] = index[className(p.Labels, i)]
		from[to[i]] = i
	}
	for i := range p.kept.at {
		p.kept.y.Set(i, 0, float64(to[int(p.kept.y.At(i, 0))]))
	}
	p.Labels = l
	if p.sums == nil {
		p.y = p.y.Arrange(from)
	}
}

// className is the name of a class.
func className(l *table.Labels, i int) string {
	if l.Names == nil {
		return strconv.Itoa(i)
	}
	return l.Names[i]
}
