package snnk

import (
	"context"
	"fmt"
	"math"
	"slices"

	"nnk/asm"
	"nnk/mat"
	"nnk/urf"
)

// PredictedError is the error that closed forms predict for a layer made of weights, over the random
// projection of its map.
type PredictedError struct {
	// Bias and StdError have one value for each output: over the rows, the root mean
	// squares of the mean's distance to f and of the standard deviation. The latter is
	// +Inf where the map has no second moment, or one beyond float64.
	Bias, StdError []float64
	// RMS is the root mean square error, of both together, over rows and outputs.
	RMS float64
}

// predictRows is the number of rows whose points are in memory at a time.
const predictRows = 256

// PredictError predicts, without a feature, the error of the layer [FromWeights](phi, w, b) against the
// feed-forward layer act(W·x + b) that it replaces, at inputs x (n×d) like those it
// is for. w (l×d) and b (length l, or nil) are the weights that the layer was made of, which
// it does not keep. The moments are exact for independent rows of the projection (SNNK,
// section 3; see [urf.URF.Predict]); orthogonal rows do better, but if they all have the norm √d
// ([ortho.Sqrt]) they may have a bias of order 1/d that is not in it. Of a [urf.ReLU] map the
// floor must be 0.
//
// The error wraps [urf.ErrSpec] if Ψ is not that of w and b, as after [Layer.Refit] (see
// [Layer.LeaveOneOut]), or the map's features were selected by data, [urf.ErrNoClosedForm] for
// such maps, and [urf.ErrRange] for rows, weights or biases that are not finite, or have norms that are
// not, no rows, and an act that is NaN at an output; or it is what ended ctx before a block of rows. Cost: n·l
// evaluations of the closed form, each some exponentials for every wave of a spectrum and
// about 10 ms for a continuous law: a few dozen rows tell enough.
func (l *Layer[T]) PredictError(ctx context.Context, act urf.Activation, w *mat.Dense[T], b []T, x *mat.Dense[T]) (*PredictedError, error) {
	if w.Rows() != l.Out() || w.Cols() != l.In() || x.Cols() != l.In() || (b != nil && len(b) != l.Out()) {
		panic(&mat.ShapeError{Op: "snnk.Layer.PredictError", A: [2]int{w.Rows(), w.Cols()}, B: [2]int{x.Rows(), x.Cols()}, Why: fmt.Sprintf("want weights %d×%d, as many biases and rows of %d", l.Out(), l.In(), l.In())})
	}
	weights, biases := mat.New[float64](w.Rows(), w.Cols()), make([]float64, l.Out())
	widen(weights, w)
	for j, v := range b {
		biases[j] = float64(v)
	}
	for j, v := range biases { // before Ψ is compared: NaN in it is not equal to itself
		if norm := math.Sqrt(asm.SumSquares(weights.Row(j))); norm-norm != 0 || v-v != 0 {
			return nil, fmt.Errorf("snnk: predicted error: output %d: ‖w‖ %g, b %g: %w", j, norm, v, urf.ErrRange)
		}
	}
	spec, err := l.closedForm(w, b)
	if err != nil {
		return nil, fmt.Errorf("snnk: predicted error: %w", err)
	}
	if x.Rows() == 0 {
		return nil, fmt.Errorf("snnk: predicted error: no rows of inputs: %w", urf.ErrRange)
	}
	bias2, variance := make([]float64, l.Out()), make([]float64, l.Out())
	for lo := 0; lo < x.Rows(); lo += predictRows {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("snnk: predicted error: ended before row %d of %d: %w", lo, x.Rows(), context.Cause(ctx))
		}
		rows := mat.New[float64](min(predictRows, x.Rows()-lo), x.Cols())
		widen(rows, x.View(lo, 0, rows.Rows(), rows.Cols()))
		points := urf.PointsOf(rows, weights, biases)
		for k, p := range points {
			if sum := p.X + p.W + p.Dot + p.B; sum-sum != 0 {
				return nil, fmt.Errorf("snnk: predicted error: row %d, output %d: ‖x‖ %g, ‖w‖ %g, b %g: %w", lo+k/l.Out(), k%l.Out(), p.X, p.W, p.B, urf.ErrRange)
			}
			// Of parallel vectors, or ones whose squares underflow, rounding may make more.
			points[k].Dot = min(max(p.Dot, -p.X*p.W), p.X*p.W)
		}
		moments, err := spec.Predict(act, points)
		if err != nil {
			return nil, fmt.Errorf("snnk: predicted error: rows %d to %d: %w", lo, lo+rows.Rows()-1, err)
		}
		for k, p := range moments {
			j := k % l.Out()
			if p.Bias != p.Bias {
				return nil, fmt.Errorf("snnk: predicted error: row %d, output %d: mean %g less act is NaN: %w", lo+k/l.Out(), j, p.Mean, urf.ErrRange)
			}
			bias2[j] = asm.FMA(p.Bias, p.Bias, bias2[j])
			variance[j] += p.Variance
		}
	}
	e, sum, n := &PredictedError{}, 0.0, float64(x.Rows())
	for j, v := range bias2 {
		sum += v + variance[j]
		e.Bias = append(e.Bias, math.Sqrt(v/n))
		e.StdError = append(e.StdError, math.Sqrt(variance[j]/n))
	}
	e.RMS = math.Sqrt(sum / (n * float64(max(l.Out(), 1))))
	return e, nil
}

// closedForm returns the description, which predicts the moments of the outputs, of the map of a
// layer whose Ψ is that of w and b.
func (l *Layer[T]) closedForm(w *mat.Dense[T], b []T) (urf.Spec, error) {
	towers, ok := l.phi.(urf.Towers[T])
	if !ok {
		return nil, fmt.Errorf("%T has no tower of the weights: %w", l.phi, urf.ErrSpec)
	}
	psi := towers.Psi(nil, w, b)
	own := l.Psi()
	for j := range psi.Rows() {
		if l.bias != nil || !slices.Equal(psi.Row(j), own.Row(j)) {
			return nil, fmt.Errorf("Ψ is not that of these weights and biases: %w", urf.ErrSpec)
		}
	}
	spec, err := urf.ParseSpec(l.phi.Spec())
	if err != nil {
		return nil, err
	}
	if spec.Base().Select != nil {
		return nil, fmt.Errorf("the map's features were selected: %w", urf.ErrSpec)
	}
	return spec, nil
}
