package snnk

import (
	"context"
	"fmt"
	"math"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
)

// TrainOptions say how [Train] goes about it. The zero value is a good start: AdamW with a
// constant rate of 10⁻³, 30 epochs of batches of 32 rows.
type TrainOptions struct {
	Loss     Loss
	Rule     Rule     // nil: AdamW{}
	Rate     float64  // peak learning rate; 0: 10⁻³
	Schedule Schedule // of the learning rate
	Epochs   int      // passes over the data; 0: 30
	Batch    int      // rows of a step; the last of an epoch may have fewer; 0: 32
	Clip     float64  // largest norm of all gradients together; 0: no limit
	Noise    float64  // standard deviation of normal noise on the inputs of each step, new in each; held-out rows have none
	Seed     uint64   // of the order of the rows, of the noise and of the choice of held-out ones

	// HeldOut is the part of the rows, in [0, 1), that is not trained on but measured after
	// each epoch. If it is not 0 the model ends with the values of the epoch of least
	// held-out loss, or those that it began with if no epoch has less.
	HeldOut float64
	// Patience is the number of epochs without a smaller held-out loss after which
	// training stops; 0: never.
	Patience int

	// Checkpoint is a file for the state of training. If it exists, training goes on
	// from there, to the same bits as without the interruption; if it is of another
	// run, Train fails with [ErrCheckpoint]. Empty: none.
	Checkpoint string
	Every      int // steps between two writes of the checkpoint; 0: after each epoch

	// Progress, if not nil, is called after each step with the steps done and their
	// largest number; Epoch after each epoch.
	Progress func(done, total int)
	Epoch    func(EpochReport)
}

// EpochReport is what is known after an epoch.
type EpochReport struct {
	Epoch   int     `json:"epoch"` // counted from 1
	Loss    float64 `json:"loss"`  // mean over the rows as they were trained on
	HeldOut Score   `json:"held_out"`
}

// Score is the mean loss on some rows and, for labels, the share that the largest output (or
// the sign of the only one) gets right.
type Score struct {
	Loss     float64 `json:"loss"`
	Accuracy float64 `json:"accuracy"`
}

// TrainReport is the outcome of training.
type TrainReport struct {
	Steps       int           `json:"steps"`
	Rows        int           `json:"rows"` // trained on
	HeldOutRows int           `json:"held_out_rows"`
	History     []EpochReport `json:"history"`
	Best        int           `json:"best_epoch"` // whose values the model has, counted from 1; 0 for the start
	Stopped     bool          `json:"stopped"`    // early, by Patience
	Start       Score         `json:"start"`      // of the model before training, on the rows held out
	Trained     Score         `json:"trained"`    // of the final model, on the rows trained on
	HeldOut     Score         `json:"held_out"`   // and on those held out
}

// Train changes the parameters of m so that the loss of its outputs for x (n×In) to the targets
// becomes small. The bits of the outcome depend on the arguments alone, not on
// goroutines, kernel set or interruptions.
//
// The end of ctx ends training after the step that is being made, or the block of rows that is being
// measured, with a checkpoint if there is to be one.
//
// Errors wrap [mat.ErrRange] (options or targets), [mat.ErrNotFinite] (training
// diverged, or the data are not finite), [ErrCheckpoint], or the context's error.
func Train[T asm.Float](ctx context.Context, m Module[T], x *mat.Dense[T], t Targets[T], opt TrainOptions) (*TrainReport, error) {
	of, err := newSupervised(m, x, t, opt)
	if err != nil {
		return nil, err
	}
	return minimise[T](ctx, of, opt)
}

// minimise is [Minimise] of an objective that may use all options.
func minimise[T asm.Float](ctx context.Context, of Objective[T], opt TrainOptions) (*TrainReport, error) {
	r, err := newTraining(of, opt)
	if err != nil {
		return nil, err
	}
	if err := r.resume(); err != nil {
		return nil, err
	}
	if err := r.begin(ctx); err != nil {
		return r.report(), err
	}
	for !r.finished() {
		if err := r.interrupted(ctx); err != nil {
			return r.report(), err
		}
		if err := r.step(ctx); err != nil {
			return r.report(), err
		}
	}
	if err := r.save(); err != nil {
		return r.report(), err
	}
	r.restoreBest()
	report := r.report()
	if report.Trained, err = r.of.Score(ctx, r.rows); err == nil {
		report.HeldOut, err = r.of.Score(ctx, r.held)
	}
	return report, err
}

// begin measures what comes before the next step: the model before the first, or an epoch whose steps are
// done but which was not measured before a checkpoint was written.
func (r *training[T]) begin(ctx context.Context) (err error) {
	if r.o.steps == 0 && len(r.held) > 0 {
		if r.start, err = r.of.Score(ctx, r.held); err != nil {
			return err
		}
		r.keepBest(-1)
	}
	if r.o.steps/r.perEpoch() == len(r.history) {
		return nil
	}
	r.epoch = len(r.history)
	if err := r.endEpoch(ctx); err != nil {
		return err
	}
	r.saved = 0
	return r.save()
}

// training is the state of [Minimise].
type training[T asm.Float] struct {
	of    Objective[T]
	opt   TrainOptions
	total int // steps
	rows  []int
	held  []int
	o     *Optimiser[T]

	order    []int // permutation of this epoch
	epoch    int   // that order is of, −1 before the first
	examples []int // of a step

	// What a checkpoint holds beside parameters and moments.
	sum     float64 // of this epoch's losses
	history []EpochReport
	start   Score           // on the held-out rows before the first step
	best    []*mat.Dense[T] // the values that are best on the held-out rows; nil if there are none
	bestAt  int             // index of their epoch in history, −1 for the start
	saved   int             // steps at the last write of the checkpoint
	digest  string          // of the run; see identity
}

func (o TrainOptions) filled() TrainOptions {
	if o.Rule == nil {
		o.Rule = AdamW{}
	}
	if o.Rate == 0 {
		o.Rate = 1e-3
	}
	if o.Epochs == 0 {
		o.Epochs = 30
	}
	if o.Batch == 0 {
		o.Batch = 32
	}
	return o
}

func (o TrainOptions) check() error {
	if err := o.Schedule.check(); err != nil {
		return err
	}
	for _, c := range []struct {
		ok   bool
		what string
	}{
		{o.Rate > 0 && o.Rate-o.Rate == 0, "a positive learning rate"},
		{o.Epochs > 0 && o.Batch > 0 && o.Patience >= 0 && o.Every >= 0, "positive epochs and batch, patience and steps between checkpoints not below 0"},
		{o.Clip >= 0 && o.Clip-o.Clip == 0, "a gradient norm not below 0"},
		{o.Noise >= 0 && o.Noise-o.Noise == 0, "noise not below 0"},
		{o.HeldOut >= 0 && o.HeldOut < 1, "a held-out part in [0, 1)"},
	} {
		if !c.ok {
			return fmt.Errorf("snnk: training options: want %s: %w", c.what, mat.ErrRange)
		}
	}
	return nil
}

// Split returns which of n rows [Train] trains on and which it holds out, in the random
// order of the seed: for whoever makes something else from the rows before that.
func (o TrainOptions) Split(n int) (train, heldOut []int) {
	order := rng.Permutation(streamSplit.Of(o.Seed), n)
	held := int(math.Floor(math.FMA(o.HeldOut, float64(n), 0.5)))
	if o.HeldOut > 0 {
		held = min(max(held, 1), n)
	}
	return order[held:], order[:held]
}

func newTraining[T asm.Float](of Objective[T], opt TrainOptions) (*training[T], error) {
	params := of.Params()
	if name := repeated(params); name != "" {
		panic(&mat.ArgumentError{Op: "snnk.Train", Why: "two parameters are called " + name})
	}
	opt = opt.filled()
	if err := opt.check(); err != nil {
		return nil, err
	}
	o, err := NewOptimiser(opt.Rule, params)
	if err != nil {
		return nil, err
	}
	r := &training[T]{of: of, opt: opt, o: o, epoch: -1}
	n := of.Examples()
	if r.rows, r.held = opt.Split(n); len(r.rows) == 0 {
		return nil, fmt.Errorf("snnk: %d rows, of which %d are held out: none is left to train on: %w", n, len(r.held), mat.ErrRange)
	}
	if opt.Epochs > math.MaxInt/r.perEpoch() {
		return nil, fmt.Errorf("snnk: %d epochs of %d steps: %w", opt.Epochs, r.perEpoch(), mat.ErrRange)
	}
	r.total = opt.Epochs * r.perEpoch()
	return r, nil
}

// The uses of a seed; see the table in package rng.
const (
	streamSplit rng.Use = 0x736e6e6b_00000000 + iota
	streamOrder
	streamPsi
	streamNoise
)

// perEpoch is the number of steps of an epoch.
func (r *training[T]) perEpoch() int { return 1 + (len(r.rows)-1)/r.opt.Batch }

func (r *training[T]) finished() bool { return r.o.steps >= r.total || r.stopped() }

// stopped reports whether the last epochs brought nothing.
func (r *training[T]) stopped() bool {
	return r.opt.Patience > 0 && len(r.held) > 0 && len(r.history)-1-r.bestAt >= r.opt.Patience
}

// step takes one step, and after the last of an epoch what comes then.
func (r *training[T]) step(ctx context.Context) error {
	at := r.o.steps % r.perEpoch()
	if epoch := r.o.steps / r.perEpoch(); epoch != r.epoch {
		r.epoch = epoch
		r.order = rng.Permutation(streamOrder.Of(r.opt.Seed).Sub(uint64(epoch)), len(r.rows))
	}
	lo := at * r.opt.Batch
	r.examples = r.examples[:0]
	for _, place := range r.order[lo:min(lo+r.opt.Batch, len(r.order))] {
		r.examples = append(r.examples, r.rows[place])
	}
	ZeroGrads(r.o.params)
	loss, err := r.of.Gradients(r.examples, r.o.steps)
	if err != nil {
		return err
	}
	if loss-loss != 0 {
		return fmt.Errorf("snnk: the loss of step %d is %g: %w: use a smaller learning rate", r.o.steps+1, loss, mat.ErrNotFinite)
	}
	factor := 1.0
	if r.opt.Clip > 0 {
		factor = ClipFactor(r.o.GradNorm(), r.opt.Clip)
	}
	r.o.Step(r.opt.Schedule.Rate(r.opt.Rate, r.o.steps, r.total), factor)
	r.sum = math.FMA(loss, float64(len(r.examples)), r.sum)
	if r.opt.Progress != nil {
		r.opt.Progress(r.o.steps, r.total)
	}
	last := at == r.perEpoch()-1
	if last {
		if err := r.endEpoch(ctx); err != nil {
			if err := r.save(); err != nil {
				return err
			}
			return err
		}
	}
	if r.opt.Every > 0 && r.o.steps%r.opt.Every == 0 || r.opt.Every == 0 && last {
		return r.save()
	}
	return nil
}

// endEpoch measures the held-out rows and keeps the best values. If ctx ends before that, nothing has changed.
func (r *training[T]) endEpoch(ctx context.Context) (err error) {
	e := EpochReport{Epoch: r.epoch + 1, Loss: r.sum / float64(len(r.rows))}
	if e.HeldOut, err = r.of.Score(ctx, r.held); err != nil {
		return err
	}
	r.sum = 0
	if len(r.held) > 0 {
		least := r.start.Loss
		if r.bestAt >= 0 {
			least = r.history[r.bestAt].HeldOut.Loss
		}
		if e.HeldOut.Loss < least {
			r.keepBest(len(r.history))
		}
	} else {
		r.bestAt = len(r.history)
	}
	r.history = append(r.history, e)
	if r.opt.Epoch != nil {
		r.opt.Epoch(e)
	}
	return nil
}

// keepBest notes the values as those of the epoch with that index in the history.
func (r *training[T]) keepBest(epoch int) {
	r.bestAt = epoch
	for k, p := range r.o.params {
		if k == len(r.best) {
			r.best = append(r.best, mat.New[T](p.Value.Rows(), p.Value.Cols()))
		}
		r.best[k].Copy(p.Value)
	}
}

func (r *training[T]) restoreBest() {
	for k, v := range r.best {
		r.o.params[k].Value.Copy(v)
	}
}

// interrupted writes a checkpoint of the steps that are done if the context has ended.
func (r *training[T]) interrupted(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	if r.o.steps > 0 {
		if err := r.save(); err != nil {
			return err
		}
	}
	return fmt.Errorf("snnk: training ended after step %d of %d: %w", r.o.steps, r.total, context.Cause(ctx))
}

func (r *training[T]) report() *TrainReport {
	rep := &TrainReport{Steps: r.o.steps, Rows: len(r.rows), HeldOutRows: len(r.held), History: r.history, Start: r.start, Stopped: r.stopped() && r.o.steps < r.total}
	if len(r.history) > 0 && r.bestAt >= 0 {
		rep.Best = r.history[r.bestAt].Epoch
	}
	return rep
}

// Label is the class that outputs stand for: the place of the largest, the first of
// equal ones; of a single output, 1 if it is positive, else 0; −1 if one is NaN, which stands for none.
func Label[T asm.Float](y []T) int {
	best := 0
	for j, v := range y {
		if v != v {
			return -1
		}
		if v > y[best] {
			best = j
		}
	}
	if len(y) == 1 && y[0] > 0 {
		return 1
	}
	return best
}
