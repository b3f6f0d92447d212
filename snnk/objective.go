package snnk

import (
	"context"
	"fmt"
	"io"

	"nnk/asm"
	"nnk/mat"
)

// Objective is a model with the examples that it is trained on, for [Minimise]. [Train] makes one of a [Module] and rows; other packages have those whose
// examples are no rows.
type Objective[T asm.Float] interface {
	// Params are the model's parameters, always the same pointers in the same order.
	Params() []*Param[T]
	// Examples is the number of examples, which are called 0, 1, ….
	Examples() int
	// Gradients adds the gradients of the mean loss over the examples of a step, counted from 0, and returns that loss. What is random in it depends on the step and
	// the examples alone.
	Gradients(examples []int, step int) (float64, error)
	// Score measures the model on examples, always in the same way. The end of ctx is an error.
	Score(ctx context.Context, examples []int) (Score, error)
	// Describe writes all that gradients depend on beside the parameters' values: what the model is made of, and the examples. A checkpoint knows its run by that.
	Describe(w io.Writer)
}

// Minimise is [Train] for an objective: it changes the parameters so that the loss of the examples becomes small, in the same order, with the same held-out
// part, checkpoints, reports and errors, and those of the objective. Of the options Loss and Noise must be zero: they are for rows.
func Minimise[T asm.Float](ctx context.Context, of Objective[T], opt TrainOptions) (*TrainReport, error) {
	if opt.Loss != AutoLoss || opt.Noise != 0 {
		return nil, fmt.Errorf("snnk: loss %v and noise %g are for rows; an objective has its own: %w", opt.Loss, opt.Noise, mat.ErrRange)
	}
	return minimise(ctx, of, opt)
}
