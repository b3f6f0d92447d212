package main

import (
	"context"
	"math"
	"slices"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/bundle/table"
	"nnk/mat"
)

const (
	neighbours      = 5
	nearestWork     = 1 << 31 // bounds the multiply-adds of distances
	linearMost      = 2000    // columns of a linear model
	linearLambda    = 1e-6
	distancesAtOnce = 64 // rows whose distances are held
)

// baselines scores what is simple on the rows of the folds, each learned from the rows outside its fold: the constant, a linear model and the nearest
// neighbours.
func (j *judged) baselines(ctx context.Context, folds [][]int) ([]score, error) {
	var all, few []int
	for _, f := range folds {
		all = append(all, f...)
	}
	width := len(j.classes)
	if j.classes == nil {
		width = j.values.Cols()
	}
	constant, linear, nearest := mat.New[float64](len(all), width), mat.New[float64](len(all), width), mat.New[float64](len(all), width)
	done, answered := 0, 0
	for _, held := range folds {
		b, err := j.baseline(ctx, held)
		if err != nil {
			return nil, err
		}
		for i := range held {
			copy(constant.Row(done+i), b.mean)
		}
		if b.linear != nil {
			linear.View(done, 0, len(held), width).Copy(b.linear)
		}
		if b.nearest != nil {
			nearest.View(answered, 0, len(b.few), width).Copy(b.nearest)
		}
		few = append(few, b.few...)
		done, answered = done+len(held), answered+len(b.few)
	}
	list := []score{j.score("constant", "the mean, or the most frequent class", all, constant)}
	if j.x.Cols() <= linearMost {
		list = append(list, j.score("linear", "least squares", all, linear))
	}
	if len(few) > 0 {
		list = append(list, j.score("k-nearest", "mean or vote of the 5 nearest rows, columns standardised", few, nearest.View(0, 0, len(few), width)))
	}
	return list, nil
}

// simple is what the simple models say of a fold.
type simple struct {
	mean    []float64
	linear  *mat.Dense[float64]
	few     []int // the rows that the neighbours answer
	nearest *mat.Dense[float64]
}

func (j *judged) baseline(ctx context.Context, held []int) (*simple, error) {
	train := outside(held, j.x.Rows())
	y := bundle.Source(bundle.Matrix(j.values))
	if j.classes != nil {
		y = bundle.OneHot(j.labels, len(j.classes))
	}
	targets := mat.New[float64](len(train), y.Cols())
	if err := table.SomeOf(y, train).Read(targets, 0); err != nil {
		return nil, err
	}
	s := &simple{}
	var unit []float64
	if s.mean, unit = meanAndSpread(targets); j.classes != nil {
		for k := range unit {
			unit[k] = 1
		}
	}
	scale, err := standardScale(table.SomeOf(j.x, train))
	if err != nil {
		return nil, err
	}
	x := bundle.OutputsOf(bundle.NewNetwork[float32](scale), j.x)
	if x.Cols() <= linearMost {
		for i := range targets.Rows() {
			for k, v := range targets.Row(i) {
				targets.Set(i, k, (v-s.mean[k])/unit[k])
			}
		}
		if s.linear, err = linearAnswers(ctx, x, train, held, targets); err != nil {
			return nil, err
		}
		for i := range s.linear.Rows() {
			for k, v := range s.linear.Row(i) {
				s.linear.Set(i, k, float64(v*unit[k])+s.mean[k])
			}
		}
	}
	// Both sides get thinner, so that the distances stay within nearestWork.
	most := nearestWork / int64(x.Cols())
	for side := int64(1); ; side *= 2 {
		a, b := thin(held, int(max(int64(len(held))/side, 1))), thin(train, int(max(int64(len(train))/side, 1)))
		if int64(len(a))*int64(len(b)) <= most {
			s.few = a
			s.nearest, err = nearestAnswers(ctx, x, y, a, b)
			return s, err
		}
	}
}

// outside are the rows of n that are not in held, which ascends.
func outside(held []int, n int) []int {
	rest, at := make([]int, 0, n-len(held)), 0
	for i := range n {
		if at < len(held) && held[at] == i {
			at++
			continue
		}
		rest = append(rest, i)
	}
	return rest
}

// standardScale gives the columns of x mean 0 and spread 1.
func standardScale(x bundle.Source) (*bundle.Scale[float32], error) {
	n := float64(x.Rows())
	mean, factor := make([]float64, x.Cols()), make([]float64, x.Cols())
	err := bundle.Blocks(x, 256, func(block *mat.Dense[float64], _ int) error {
		for i := range block.Rows() {
			for k, v := range block.Row(i) {
				mean[k] += v / n
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = bundle.Blocks(x, 256, func(block *mat.Dense[float64], _ int) error {
		for i := range block.Rows() {
			for k, v := range block.Row(i) {
				d := v - mean[k]
				factor[k] = math.FMA(d, d/n, factor[k])
			}
		}
		return nil
	})
	for k, v := range factor {
		if f := 1 / math.Sqrt(v); f-f == 0 {
			factor[k] = f
		} else {
			factor[k] = 0
		}
	}
	return bundle.NewScale[float32](mean, factor), err
}

// linearAnswers are those of a linear model of targets, made from the rows of train, for the rows of held.
func linearAnswers(ctx context.Context, x bundle.Source, train, held []int, targets *mat.Dense[float64]) (*mat.Dense[float64], error) {
	stats, err := fit.Statistics[float32](ctx, table.SomeOf(x, train), bundle.Matrix(targets), fit.Folds{Count: 1})
	if err != nil {
		return nil, err
	}
	sums, err := stats.Total()
	if err != nil {
		return nil, err
	}
	a, err := sums.Ridge(linearLambda)
	if err != nil {
		return nil, err
	}
	out := mat.New[float64](len(held), targets.Cols())
	d := x.Cols()
	err = bundle.Blocks(bundle.WithContext(ctx, table.SomeOf(x, held)), 256, func(block *mat.Dense[float64], row int) error {
		rows := mat.Mul(nil, block, a.View(0, 0, d, a.Cols()))
		for i := range rows.Rows() {
			for k, v := range rows.Row(i) {
				out.Set(row+i, k, v+a.At(d, k))
			}
		}
		return nil
	})
	return out, err
}

// nearestAnswers are the means of the targets of the nearest rows of train, for the rows of held. Ties go to the first.
func nearestAnswers(ctx context.Context, x, y bundle.Source, held, train []int) (*mat.Dense[float64], error) {
	near := mat.New[float64](len(train), x.Cols())
	if err := table.SomeOf(bundle.WithContext(ctx, x), train).Read(near, 0); err != nil {
		return nil, err
	}
	targets := mat.New[float64](len(train), y.Cols())
	if err := table.SomeOf(y, train).Read(targets, 0); err != nil {
		return nil, err
	}
	squares := make([]float64, len(train))
	for i := range squares {
		for _, v := range near.Row(i) {
			squares[i] = math.FMA(v, v, squares[i])
		}
	}
	out, k := mat.New[float64](len(held), y.Cols()), min(neighbours, len(train))
	err := bundle.Blocks(bundle.WithContext(ctx, table.SomeOf(x, held)), distancesAtOnce, func(block *mat.Dense[float64], row int) error {
		dots := mat.MulT(nil, block, near)
		for i := range block.Rows() {
			for _, n := range closest(dots.Row(i), squares, k) {
				for c, v := range targets.Row(n) {
					out.Set(row+i, c, out.At(row+i, c)+v/float64(k))
				}
			}
		}
		return nil
	})
	return out, err
}

// closest are the k rows with the least squared distance: that of each is square − 2·dot, but for a constant.
func closest(dots, squares []float64, k int) []int {
	type row struct {
		at       int
		distance float64
	}
	best := make([]row, 0, k+1)
	for i, dot := range dots {
		d := math.FMA(-2, dot, squares[i])
		if len(best) == k && d >= best[k-1].distance {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, d, func(r row, d float64) int {
			if r.distance <= d {
				return -1
			}
			return 1
		})
		best = slices.Insert(best, at, row{i, d})
		best = best[:min(len(best), k)]
	}
	list := make([]int, len(best))
	for i, r := range best {
		list[i] = r.at
	}
	return list
}
