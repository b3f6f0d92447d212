package bundle

import (
	"context"
	"fmt"
	"math"

	"nnk/asm"
	"nnk/mat"
	"nnk/snnk"
)

// Labels sets dst[i] to the class of row i of the scores, by [snnk.Label], and returns it; dst == nil allocates: of one score for
// each class that of the largest, the lowest class among equals; of a single one, which is a logit, 1 if it is positive, else 0; −1 for a row with a NaN, which has no class.
func Labels[T asm.Float](dst []int, scores *mat.Dense[T]) []int {
	if dst == nil {
		dst = make([]int, scores.Rows())
	}
	for i := range dst {
		dst[i] = snnk.Label(scores.Row(i))
	}
	return dst
}

// ClassCount is the number of classes that [Labels] tells apart by so many scores.
func ClassCount(scores int) int {
	if scores == 1 {
		return 2
	}
	return scores
}

// Predict calls body with the network's outputs for consecutive blocks of rows of
// x. The outputs, float64 where the last stage is a [Scale] and else numbers of T, are only valid during the call. A [Scale] at the start, or behind [Columns] there, reads
// float64 too. What is not finite, of the inputs or of the outputs, is an error that wraps [ErrNotFinite] and names the row. The end of ctx is an error, that which ended it, before the next block.
func (n *Network[T]) Predict(ctx context.Context, x Source, body func(outputs *mat.Dense[float64], row int) error) error {
	return n.PredictUnchecked(ctx, x, func(block *mat.Dense[float64], row int) error {
		if err := mat.CheckFinite(block, row); err != nil {
			return fmt.Errorf("bundle: outputs: %w", err)
		}
		return body(block, row)
	})
}

// PredictUnchecked is [Network.Predict] for whoever does something else about outputs that are infinite or NaN, as those of
// finite rows are that are too large for the arithmetic.
func (n *Network[T]) PredictUnchecked(ctx context.Context, x Source, body func(outputs *mat.Dense[float64], row int) error) error {
	if x.Cols() != n.In() {
		return fmt.Errorf("bundle: %d columns of inputs for a network of %d: %w", x.Cols(), n.In(), ErrFormat)
	}
	c, rows := n.core(), WithContext(ctx, x)
	var out mat.Buffer[float64]
	for lo := 0; lo < x.Rows(); lo += forwardRows {
		block := out.Shape(min(forwardRows, x.Rows()-lo), n.Out())
		if err := c.outputs(block, rows, lo); err != nil {
			return err
		}
		if err := body(block, lo); err != nil {
			return err
		}
	}
	return nil
}

// Classify returns the class of every row of x, unless ctx ends. Errors are those of [Network.Predict].
func (n *Network[T]) Classify(ctx context.Context, x Source) ([]int, error) {
	labels := make([]int, x.Rows())
	err := n.Predict(ctx, x, func(scores *mat.Dense[float64], row int) error {
		Labels(labels[row:row+scores.Rows()], scores)
		return nil
	})
	return labels, err
}

// Agreement is the share of places where a and b, which must be as long, are
// equal: the accuracy if one of them is the truth.
func Agreement(a, b []int) float64 {
	same := 0
	for i, v := range a {
		if v == b[i] {
			same++
		}
	}
	return float64(same) / float64(max(len(a), 1))
}

// Fitness says how well outputs fit targets.
type Fitness struct {
	R2   float64 // 1 − squared error over variance, over all targets together
	RMSE float64 // root of the mean squared error of an output
	// Targets are the same of each target: together those with the largest numbers decide.
	Targets []TargetFitness
}

// TargetFitness says how well an output fits its target.
type TargetFitness struct {
	R2   float64 `json:"r2"`
	RMSE float64 `json:"rmse"`
}

// Fitness compares the network's outputs for x with the targets y, unless ctx ends.
func (n *Network[T]) Fitness(ctx context.Context, x, y Source) (Fitness, error) {
	if y.Rows() != x.Rows() || y.Cols() != n.Out() {
		return Fitness{}, fmt.Errorf("bundle: targets are %d×%d for %d rows and %d outputs: %w", y.Rows(), y.Cols(), x.Rows(), n.Out(), ErrFormat)
	}
	mean, squares, errors := make([]float64, y.Cols()), 0.0, 0.0
	square, wrong := make([]float64, y.Cols()), make([]float64, y.Cols()) // of each target
	// The first pass finds the means, so that the second sums squares of small numbers.
	err := Blocks(WithContext(ctx, y), forwardRows, func(block *mat.Dense[float64], _ int) error {
		for i := range block.Rows() {
			for j, v := range block.Row(i) {
				mean[j] += v
			}
		}
		return nil
	})
	if err != nil {
		return Fitness{}, err
	}
	for j := range mean {
		mean[j] /= float64(y.Rows())
	}
	var buf mat.Buffer[float64]
	err = n.Predict(ctx, x, func(out *mat.Dense[float64], row int) error {
		want := buf.Shape(out.Rows(), out.Cols())
		if err := y.Read(want, row); err != nil {
			return err
		}
		for i := range out.Rows() {
			for j, v := range out.Row(i) {
				w := want.At(i, j)
				e, d := v-w, w-mean[j]
				errors = math.FMA(e, e, errors)
				squares = math.FMA(d, d, squares)
				wrong[j] = math.FMA(e, e, wrong[j])
				square[j] = math.FMA(d, d, square[j])
			}
		}
		return nil
	})
	f := Fitness{RMSE: math.Sqrt(errors / float64(y.Rows()*y.Cols()))}
	if squares > 0 {
		f.R2 = 1 - errors/squares
	}
	for j, s := range square {
		t := TargetFitness{RMSE: math.Sqrt(wrong[j] / float64(y.Rows()))}
		if s > 0 {
			t.R2 = 1 - wrong[j]/s
		}
		f.Targets = append(f.Targets, t)
	}
	return f, err
}
