package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"nnk/bundle"
	"nnk/bundle/table"
	"nnk/mat"
	"nnk/rng"
)

const (
	// importanceWork bounds the rows that are answered again, over all columns: seconds.
	importanceWork = 200_000
	// importanceMost and importanceLeast bound the rows in which a column is permuted.
	importanceMost, importanceLeast = 2000, 100
)

// importance is what a permuted column costs: so much of R², or of accuracy. What a model can do without it by others that tell
// the same costs nothing.
type importance struct {
	column int
	loss   float64
}

// importances are those of all columns, the largest first, and the number of rows that they were measured on.
func (j *judged) importances(ctx context.Context) ([]importance, int, error) {
	most := max(min(importanceWork/len(j.columns.names), importanceMost), importanceLeast)
	list, rows, unit := make([]importance, len(j.columns.names)), 0, 0.0
	for _, p := range j.parts {
		picked := thin(p.rows, max(most/len(j.parts), 1))
		x := mat.New[float64](len(picked), j.x.Cols())
		if err := table.SomeOf(j.x, picked).Read(x, 0); err != nil {
			return nil, 0, err
		}
		before, err := j.total(ctx, p.net, x, picked)
		if err != nil {
			return nil, 0, err
		}
		rows += len(picked)
		unit += j.unit(picked)
		for c := range list {
			list[c].column = c
			after, err := j.total(ctx, p.net, permuted(x, j.columns.first[c], j.columns.first[c+1], c), picked)
			if err != nil {
				return nil, 0, err
			}
			list[c].loss += after - before
		}
	}
	for c := range list {
		list[c].loss /= unit
	}
	slices.SortStableFunc(list, func(a, b importance) int {
		switch {
		case a.loss > b.loss:
			return -1
		case a.loss < b.loss:
			return 1
		}
		return 0
	})
	return list, rows, nil
}

// total is the cost of a network's answers for x, the inputs of the given rows.
func (j *judged) total(ctx context.Context, net *bundle.Network[float32], x *mat.Dense[float64], rows []int) (float64, error) {
	out, err := answers(ctx, net, bundle.Matrix(x))
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for i, row := range rows {
		sum += j.cost(row, out.Row(i))
	}
	return sum, nil
}

// unit is the cost of rows that is 1 of R² or of accuracy.
func (j *judged) unit(rows []int) float64 {
	if j.classes != nil {
		return float64(len(rows))
	}
	truth, sum := mat.New[float64](len(rows), j.values.Cols()), 0.0
	for i, row := range rows {
		copy(truth.Row(i), j.values.Row(row))
	}
	_, spread := meanAndSpread(truth)
	for k, s := range spread {
		u := s / j.spread[k]
		sum += float64(float64(len(rows)) * u * u)
	}
	return sum
}

// permuted is x with the inputs lo … hi−1 of each row taken from another.
func permuted(x *mat.Dense[float64], lo, hi, column int) *mat.Dense[float64] {
	p := x.Clone()
	for i, from := range rng.Permutation(streamShuffle.Of(0).Sub(uint64(column)), x.Rows()) {
		copy(p.Row(i)[lo:hi], x.Row(from)[lo:hi])
	}
	return p
}

// bin are the rows, by their numbers in j.rows, with values in a range of a column, or one of its values.
type bin struct {
	name string
	rows []int
}

const (
	mostBins   = 8 // of texts
	numberBins = 5
)

// bins divides the rows by the values of a column, v[i] that of j.rows[i].
func (j *judged) bins(col int, v []float64) []bin {
	kind := table.Number
	if in := j.columns.inputs; in != nil {
		kind = in.Schema().Columns[col].Kind
	}
	gaps, sorted := bin{name: "missing"}, []float64{}
	for i, x := range v {
		if x != x {
			gaps.rows = append(gaps.rows, i)
		} else {
			sorted = append(sorted, x)
		}
	}
	slices.Sort(sorted)
	distinct := slices.Compact(slices.Clone(sorted))
	var list []bin
	if len(distinct) <= numberBins || kind == table.Text {
		list = j.binsOfValues(col, v, distinct)
	} else {
		list = j.binsOfRanges(col, v, sorted)
	}
	if gaps.rows != nil {
		list = append(list, gaps)
	}
	return list
}

// binsOfValues has a bin for each value, but for the rarest of many.
func (j *judged) binsOfValues(col int, v, distinct []float64) []bin {
	list := make([]bin, len(distinct))
	for k, d := range distinct {
		list[k].name = j.columns.text(col, d)
		for i, x := range v {
			if x == d {
				list[k].rows = append(list[k].rows, i)
			}
		}
	}
	if len(list) > mostBins {
		slices.SortStableFunc(list, func(a, b bin) int { return len(b.rows) - len(a.rows) })
		others := bin{name: fmt.Sprintf("%d others", len(list)-mostBins+1)}
		for _, b := range list[mostBins-1:] {
			others.rows = append(others.rows, b.rows...)
		}
		list = append(list[:mostBins-1], others)
	}
	return list
}

// binsOfRanges has bins with about equally many rows.
func (j *judged) binsOfRanges(col int, v, sorted []float64) []bin {
	var upper []float64
	for k := 1; k <= numberBins; k++ {
		if u := sorted[len(sorted)*k/numberBins-1]; upper == nil || u > upper[len(upper)-1] {
			upper = append(upper, u)
		}
	}
	list := make([]bin, len(upper))
	low, high := make([]float64, len(upper)), make([]float64, len(upper))
	for i, x := range v {
		if x != x {
			continue
		}
		k, _ := slices.BinarySearch(upper, x)
		if b := &list[k]; b.rows == nil {
			low[k], high[k] = x, x
		}
		list[k].rows = append(list[k].rows, i)
		low[k], high[k] = min(low[k], x), max(high[k], x)
	}
	for k := range list {
		list[k].name = j.columns.short(col, low[k])
		if high[k] > low[k] {
			list[k].name += " … " + j.columns.short(col, high[k])
		}
	}
	return list
}

// short is text, of numbers with three digits.
func (c *columns) short(col int, v float64) string {
	if c.inputs != nil && c.inputs.Schema().Columns[col].Kind != table.Number {
		return c.text(col, v)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// wrong is the share of rows with another class, or the root mean squared error over the spread of the targets.
func (j *judged) wrong(b bin) float64 {
	sum := 0.0
	for _, i := range b.rows {
		sum += j.cost(j.rows[i], j.out.Row(i))
	}
	if sum /= float64(len(b.rows)); j.classes == nil {
		sum = math.Sqrt(sum / float64(j.values.Cols()))
	}
	return sum
}
