package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"math"

	"nnk/bundle"
	"nnk/mat"
)

// ErrDiffers marks a network that does not give the outputs that it should: it was misunderstood.
var ErrDiffers = errors.New("the network gives other outputs")

// MostDifference is the relative error from which on [Checkpoint.Check] speaks of another network: far above
// what rounding does, far below what a wrong activation or a layer left out does.
const MostDifference = 1e-3

// Difference is how far a network's outputs are from those that were expected.
type Difference struct {
	Rows int `json:"rows"`
	// Error is the root mean square of the differences in the output that is worst, relative to
	// the standard deviation of what was expected there (or, where an output hardly changes, to a thousandth of
	// the largest one).
	Error  float64 `json:"error"`
	Output int     `json:"output"` // the worst, from 0
}

// Check compares the network with outputs y, n×l, that the framework it comes from gives for inputs x,
// n×d. It returns an error that wraps [ErrDiffers] if they differ by more than [MostDifference], or
// [bundle.ErrFormat] if the shapes do not fit, or the error of ctx.
func (c *Checkpoint[T]) Check(ctx context.Context, x, y bundle.Source) (Difference, error) {
	d := Difference{Rows: x.Rows()}
	if x.Cols() != c.Network.In() || y.Cols() != c.Network.Out() || x.Rows() != y.Rows() || x.Rows() == 0 {
		return d, fmt.Errorf("%w: %d×%d inputs and %d×%d outputs for a network %d → %d", bundle.ErrFormat, x.Rows(), x.Cols(), y.Rows(), y.Cols(), c.Network.In(), c.Network.Out())
	}
	l := y.Cols()
	first, sum, square, wrong := make([]float64, l), make([]float64, l), make([]float64, l), make([]float64, l)
	err := c.Network.Predict(ctx, x, func(got *mat.Dense[float64], row int) error {
		want := mat.New[float64](got.Rows(), l)
		if err := y.Read(want, row); err != nil {
			return err
		}
		for i := range got.Rows() {
			for j, v := range want.Row(i) {
				if row+i == 0 {
					first[j] = v
				}
				shifted, miss := v-first[j], got.At(i, j)-v
				sum[j] += shifted
				square[j] = math.FMA(shifted, shifted, square[j])
				wrong[j] = math.FMA(miss, miss, wrong[j])
			}
		}
		return nil
	})
	if err != nil {
		return d, err
	}
	n := float64(x.Rows())
	spread, largest := make([]float64, l), 0.0
	for j := range spread {
		mean := sum[j] / n
		spread[j] = math.Sqrt(max(square[j]/n-float64(mean*mean), 0))
		largest = max(largest, spread[j])
	}
	if largest == 0 { // one row, or all alike: relative to the outputs themselves
		for _, v := range first {
			largest = max(largest, math.Abs(v))
		}
		largest = max(largest, math.SmallestNonzeroFloat64) * 1000
	}
	for j := range spread {
		e := math.Sqrt(wrong[j]/n) / max(spread[j], largest/1000)
		if e > d.Error || e != e {
			d.Error, d.Output = e, j
		}
	}
	if !(d.Error <= MostDifference) {
		return d, fmt.Errorf("%w: output %d differs by %.2g of its spread over %d rows", ErrDiffers, d.Output, d.Error, d.Rows)
	}
	return d, nil
}
