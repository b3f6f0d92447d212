package snnk

import (
	"context"
	"fmt"
	"io"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
)

// supervised is a module with rows and their targets: the objective of [Train].
type supervised[T asm.Float] struct {
	m       Module[T]
	x       *mat.Dense[T]
	targets Targets[T]
	loss    Loss
	noise   float64
	seed    uint64 // of the noise

	batch   batch[T]
	grad    mat.Buffer[T]
	scratch LossWorkspace[T]
}

// batch is memory for the rows of a step.
type batch[T asm.Float] struct {
	x, values mat.Buffer[T]
	labels    []int
	noise     []T
}

func newSupervised[T asm.Float](m Module[T], x *mat.Dense[T], t Targets[T], opt TrainOptions) (*supervised[T], error) {
	checkWidth("snnk.Train", x, m.In())
	if err := t.check(x.Rows(), m.Out(), opt.Loss); err != nil {
		return nil, err
	}
	if err := checkFinite("inputs", x); err != nil { // ReLU would hide a NaN
		return nil, err
	}
	if t.Values != nil {
		if err := checkFinite("targets", t.Values); err != nil {
			return nil, err
		}
	}
	return &supervised[T]{m: m, x: x, targets: t, loss: opt.Loss, noise: opt.Noise, seed: opt.Seed}, nil
}

// checkFinite returns an error that names the first row with a NaN or infinity.
func checkFinite[T asm.Float](what string, a *mat.Dense[T]) error {
	for i := range a.Rows() {
		for j, v := range a.Row(i) {
			if v-v != 0 {
				return fmt.Errorf("snnk: %s: row %d column %d is %g: %w", what, i, j, float64(v), mat.ErrNotFinite)
			}
		}
	}
	return nil
}

func (s *supervised[T]) Params() []*Param[T] { return s.m.Params() }
func (s *supervised[T]) Examples() int       { return s.x.Rows() }

func (s *supervised[T]) Gradients(examples []int, step int) (float64, error) {
	x, t := s.gather(examples)
	s.addNoise(x, step)
	y := s.m.Forward(nil, x)
	grad := s.grad.Shape(y.Rows(), y.Cols())
	loss := s.scratch.eval(s.loss, grad, y, t)
	s.m.Backward(nil, grad, false)
	return loss, nil
}

// gather copies rows.
func (s *supervised[T]) gather(rows []int) (*mat.Dense[T], Targets[T]) {
	x := s.batch.x.Shape(len(rows), s.x.Cols())
	for i, r := range rows {
		copy(x.Row(i), s.x.Row(r))
	}
	if s.targets.Values != nil {
		values := s.batch.values.Shape(len(rows), s.targets.Values.Cols())
		for i, r := range rows {
			copy(values.Row(i), s.targets.Values.Row(r))
		}
		return x, Targets[T]{Values: values}
	}
	s.batch.labels = s.batch.labels[:0]
	for _, r := range rows {
		s.batch.labels = append(s.batch.labels, s.targets.Labels[r])
	}
	return x, Targets[T]{Labels: s.batch.labels}
}

// addNoise adds the noise of the step to its inputs, a copy: element i·d + j of the step's normals times Noise to that of row i and column j.
func (s *supervised[T]) addNoise(x *mat.Dense[T], step int) {
	if s.noise == 0 {
		return
	}
	n := x.Cols()
	if len(s.batch.noise) < n {
		s.batch.noise = make([]T, n)
	}
	from := streamNoise.Of(s.seed).Sub(uint64(step))
	for i := range x.Rows() {
		rng.Normal(from, s.batch.noise[:n], uint64(i)*uint64(n))
		asm.Axpy(x.Row(i), T(s.noise), s.batch.noise[:n])
	}
}

// scoreRows is the number of rows that are scored at a time; it changes no bit of the
// outputs, and no sum: losses are added row by row.
const scoreRows = 256

// Evaluate measures m on all rows of x. The end of ctx is an error, that which ended it, before the next block of rows.
func Evaluate[T asm.Float](ctx context.Context, m Module[T], x *mat.Dense[T], t Targets[T], loss Loss) (Score, error) {
	checkWidth("snnk.Evaluate", x, m.In())
	if err := t.check(x.Rows(), m.Out(), loss); err != nil {
		return Score{}, err
	}
	rows := make([]int, x.Rows())
	for i := range rows {
		rows[i] = i
	}
	s := &supervised[T]{m: m, x: x, targets: t, loss: loss}
	return s.Score(ctx, rows)
}

func (s *supervised[T]) Score(ctx context.Context, list []int) (Score, error) {
	sum, right := 0.0, 0
	for lo := 0; lo < len(list); lo += scoreRows {
		if ctx.Err() != nil {
			return Score{}, fmt.Errorf("snnk: measuring ended before row %d of %d: %w", lo, len(list), context.Cause(ctx))
		}
		x, t := s.gather(list[lo:min(lo+scoreRows, len(list))])
		y := s.m.Forward(nil, x)
		sum = s.scratch.sum(sum, s.loss, nil, y, t)
		for i, k := range t.Labels {
			if Label(y.Row(i)) == k {
				right++
			}
		}
	}
	n := float64(max(len(list), 1))
	return Score{sum / n, float64(right) / n}, nil
}

func (s *supervised[T]) Describe(w io.Writer) {
	fmt.Fprintf(w, "%v %g\n", s.targets.resolve(s.loss, s.m.Out()), s.noise)
	digestMatrix(w, s.x)
	if s.targets.Values != nil {
		digestMatrix(w, s.targets.Values)
	}
	fmt.Fprintln(w, s.targets.Labels)
	Describe(w, s.m)
}
