package snnk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/urf"
)

// rings are rows whose class is their distance from the origin, in thirds.
func rings[T asm.Float](n int) (*mat.Dense[T], Targets[T]) {
	x, labels := random[T](41, n, 4), make([]int, n)
	for i := range n {
		switch s := asm.SumSquares(x.Row(i)); {
		case s > 4.5:
			labels[i] = 2
		case s > 2.5:
			labels[i] = 1
		}
	}
	return x, Targets[T]{Labels: labels}
}

// small is a network for rings, always the same one.
func small[T asm.Float](t testing.TB) Module[T] {
	return NewSequence[T](
		NewLinear[T]("0", 4, 24, activation(t, "relu"), rng.New(1)),
		NewLayerNorm[T]("1", 24),
		NewLinear[T]("2", 24, 3, urf.Activation{}, rng.New(2)))
}

func TestTrainLearns(t *testing.T) {
	x, y := rings[float32](600)
	for name, opt := range map[string]TrainOptions{
		"adamw":  {Rate: 1e-2, Rule: AdamW{Decay: 1e-3}, Schedule: Schedule{Cosine: true, Warmup: 10}},
		"sgd":    {Rate: 5e-2, Rule: SGD{Momentum: 0.9, Nesterov: true}, Clip: 1},
		"binary": {Rate: 1e-2, Loss: BinaryCrossEntropy},
	} {
		opt.HeldOut, opt.Epochs = 0.2, 25
		m := small[float32](t)
		r, err := Train(t.Context(), m, x, y, opt)
		if err != nil {
			t.Fatal(err)
		}
		first, last := r.History[0], r.History[len(r.History)-1]
		if r.Rows != 480 || r.HeldOutRows != 120 || len(r.History) != 25 || r.Steps != 25*15 || r.Stopped {
			t.Errorf("%s: %d rows, %d held out, %d epochs, %d steps", name, r.Rows, r.HeldOutRows, len(r.History), r.Steps)
		}
		if best := r.History[r.Best-1].HeldOut; last.Loss > first.Loss/2 || best.Accuracy < 0.8 {
			t.Errorf("%s: loss %.3f → %.3f, held-out accuracy %.3f", name, first.Loss, last.Loss, best.Accuracy)
		}
		score, err := Evaluate(t.Context(), m, x, y, opt.Loss)
		if err != nil || score.Accuracy < 0.85 {
			t.Errorf("%s: accuracy %.3f on all rows, error %v", name, score.Accuracy, err)
		}
	}
}

// The same bits for any number of goroutines and kernel set: batches large enough
// that products and steps are cut.
func TestTrainSameBits(t *testing.T) {
	train := func() *mat.Dense[float32] {
		m := NewSequence[float32](NewLinear[float32]("0", 100, 500, activation(t, "gelu"), rng.New(1)), NewLinear[float32]("1", 500, 2, urf.Activation{}, rng.New(2)))
		if _, err := Train(t.Context(), m, random[float32](3, 200, 100), Targets[float32]{Values: random[float32](4, 200, 2)}, TrainOptions{Epochs: 2, Batch: 90, Clip: 0.5, HeldOut: 0.1}); err != nil {
			t.Fatal(err)
		}
		return m.Params()[0].Value
	}
	var want *mat.Dense[float32]
	kerneltest.Each(t, func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		for _, procs := range []int{1, 8} {
			runtime.GOMAXPROCS(procs)
			got := train()
			if want == nil {
				want = got
			}
			sameBits(t, fmt.Sprintf("%d goroutines", procs), got, want)
		}
	})
}

// killed is what a run that a test kills panics with.
type killed struct{}

// runUntil trains; it dies in the middle of step k, without warning, if k > 0.
func runUntil(t *testing.T, m Module[float64], opt TrainOptions, k int) (report *TrainReport) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil && r != (killed{}) {
			panic(r)
		}
	}()
	opt.Progress = func(done, _ int) {
		if done == k {
			panic(killed{})
		}
	}
	x, y := rings[float64](50)
	report, err := Train(t.Context(), m, x, y, opt)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// A run that dies at any step, with checkpoints after every, every third, or an epoch's
// steps, ends in the same file, the same model and the same report.
func TestResumeIsExact(t *testing.T) {
	dir := t.TempDir()
	opt := TrainOptions{Epochs: 3, Batch: 9, Rate: 1e-2, HeldOut: 0.2, Seed: 5, Patience: 100, Schedule: Schedule{Cosine: true}}
	rules := []Rule{AdamW{Decay: 0.01}, SGD{Momentum: 0.9}, SGD{}}
	if testing.Short() {
		rules = rules[:1] // every checkpoint waits for the disk
	}
	for _, rule := range rules {
		opt.Rule = rule
		opt.Every, opt.Checkpoint = 1, filepath.Join(dir, fmt.Sprintf("straight-%T-%v", rule, rule))
		straight := small[float64](t)
		want := runUntil(t, straight, opt, 0)
		file, err := os.ReadFile(opt.Checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		if want.Steps != 15 {
			t.Fatalf("%d steps, want 15", want.Steps)
		}
		for _, every := range []int{1, 3, 0} {
			for k := 1; k <= want.Steps; k++ {
				opt.Every, opt.Checkpoint = every, filepath.Join(dir, fmt.Sprintf("killed-%v-%d-%d", rule, every, k))
				runUntil(t, small[float64](t), opt, k)
				again := small[float64](t)
				got := runUntil(t, again, opt, 0)
				b, err := os.ReadFile(opt.Checkpoint)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(b, file) || fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%v, a checkpoint each %d steps, killed in step %d: another file or report", rule, every, k)
				}
				for i, p := range again.Params() {
					sameBits(t, p.Name, p.Value, straight.Params()[i].Value)
				}
			}
		}
	}
}

// Training that was ended by its context goes on from there; finished training with a
// constant rate can be prolonged, to the bits of longer training.
func TestContextAndProlong(t *testing.T) {
	x, y := rings[float64](50)
	opt := TrainOptions{Epochs: 6, Batch: 9, HeldOut: 0.1}
	straight := small[float64](t)
	if _, err := Train(t.Context(), straight, x, y, opt); err != nil {
		t.Fatal(err)
	}
	opt.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
	ctx, cancel := context.WithCancel(t.Context())
	opt.Progress = func(done, _ int) {
		if done == 7 {
			cancel()
		}
	}
	if r, err := Train(ctx, small[float64](t), x, y, opt); !errors.Is(err, context.Canceled) || r.Steps != 7 {
		t.Fatalf("error %v after %d steps, want %v after 7", err, r.Steps, context.Canceled)
	}
	opt.Progress = nil
	for _, opt.Epochs = range []int{3, 6} {
		m := small[float64](t)
		r, err := Train(t.Context(), m, x, y, opt)
		if err != nil || len(r.History) != opt.Epochs {
			t.Fatalf("%d epochs, error %v", len(r.History), err)
		}
		if opt.Epochs == 6 {
			for i, p := range m.Params() {
				sameBits(t, p.Name, p.Value, straight.Params()[i].Value)
			}
		}
	}
}

// Early stopping ends Patience epochs after the best, whose values the model has.
func TestEarlyStopping(t *testing.T) {
	x, _ := rings[float64](60)
	noise := Targets[float64]{Values: random[float64](8, 60, 3)} // cannot be learnt, only memorised
	m := small[float64](t)
	var best *mat.Dense[float64]
	opt := TrainOptions{Epochs: 500, Rate: 2e-2, Batch: 10, HeldOut: 0.3, Patience: 5}
	least := math.Inf(1)
	opt.Epoch = func(e EpochReport) {
		if e.HeldOut.Loss < least {
			least, best = e.HeldOut.Loss, m.Params()[0].Value.Clone()
		}
	}
	r, err := Train(t.Context(), m, x, noise, opt)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Stopped || r.Best == 0 || len(r.History) != r.Best+5 || r.History[r.Best-1].HeldOut.Loss != least {
		t.Errorf("stopped %t after %d epochs, best %d with %g, least %g", r.Stopped, len(r.History), r.Best, r.History[r.Best-1].HeldOut.Loss, least)
	}
	sameBits(t, "values of the best epoch", m.Params()[0].Value, best)
}

// A model that training makes worse on held-out rows ends as it began.
func TestStartIsKept(t *testing.T) {
	x, y := rings[float64](60)
	m := small[float64](t)
	if _, err := Train(t.Context(), m, x, y, TrainOptions{Rate: 1e-2, Epochs: 20, HeldOut: 0.3}); err != nil {
		t.Fatal(err)
	}
	before := m.Params()[0].Value.Clone()
	noise := random[float64](9, 60, 3)
	for i, v := range noise.Data() {
		noise.Data()[i] = math.Copysign(0.5, v) + 0.5 // 0 or 1
	}
	r, err := Train(t.Context(), m, x, Targets[float64]{Values: noise}, TrainOptions{Loss: BinaryCrossEntropy, Rule: SGD{}, Rate: 1e6, Epochs: 9, HeldOut: 0.3, Patience: 3})
	if err != nil || r.Best != 0 || !r.Stopped || len(r.History) != 3 || r.HeldOut != r.Start {
		t.Errorf("best epoch %d of %d, stopped %t, held out %v, before %v, error %v", r.Best, len(r.History), r.Stopped, r.HeldOut, r.Start, err)
	}
	sameBits(t, "values", m.Params()[0].Value, before)
}

// A checkpoint of anything but the same run is refused, and the model stays as it was.
func TestCheckpointErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	x, y := rings[float64](50)
	opt := TrainOptions{Epochs: 2, Batch: 9, HeldOut: 0.1, Checkpoint: path}
	if _, err := Train(t.Context(), small[float64](t), x, y, opt); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(name string, m Module[float64], x *mat.Dense[float64], y Targets[float64], opt TrainOptions) {
		t.Helper()
		before := m.Params()[0].Value.Clone()
		if _, err := Train(t.Context(), m, x, y, opt); !errors.Is(err, ErrCheckpoint) {
			t.Errorf("%s: error %v, want %v", name, err, ErrCheckpoint)
		}
		sameBits(t, name, m.Params()[0].Value, before)
	}
	other := opt
	other.Batch = 10
	refused("other batch", small[float64](t), x, y, other)
	other = opt
	other.Seed = 1
	refused("other seed", small[float64](t), x, y, other)
	changed := x.Clone()
	changed.Set(3, 1, 0)
	refused("other data", small[float64](t), changed, y, opt)
	refused("other model", NewLinear[float64]("0", 4, 3, urf.Activation{}, rng.New(1)), x, y, opt)
	frozen := small[float64](t)
	frozen.Params()[0].Frozen = true
	refused("other parameters frozen", frozen, x, y, opt)
	// The same shapes, but another function of the parameters.
	for name, pair := range map[string]func(other bool) Module[float64]{
		"other activation": func(other bool) Module[float64] {
			return NewLinear[float64]("0", 4, 3, activation(t, map[bool]string{false: "relu", true: "tanh"}[other]), rng.New(1))
		},
		"other features": func(other bool) Module[float64] {
			p := ortho.Spec{Seed: map[bool]uint64{false: 1, true: 2}[other], M: 5, D: 4}
			phi, err := urf.New[float64](urf.Fourier{Projection: p})
			if err != nil {
				t.Fatal(err)
			}
			return NewResidual[float64](NewSequence[float64](NewTrainableLayer("0", NewFeatures(phi.(urf.Gradient[float64])), 4)))
		},
		"other scale": func(other bool) Module[float64] {
			base := NewLinear[float64]("0", 4, 3, urf.Activation{}, rng.New(1))
			return NewLoRA("1", base, 2, map[bool]float64{false: 1, true: 2}[other], rng.New(2))
		},
	} {
		opt := opt
		opt.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
		if _, err := Train(t.Context(), pair(false), x, y, opt); err != nil {
			t.Fatal(err)
		}
		if _, err := Train(t.Context(), pair(false), x, y, opt); err != nil {
			t.Errorf("%s: the same model is refused: %v", name, err)
		}
		refused(name, pair(true), x, y, opt)
	}
	for n := 0; n < len(file); n += 1 + len(file)/97 {
		if err := os.WriteFile(path, file[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		refused(fmt.Sprintf("first %d bytes", n), small[float64](t), x, y, opt)
	}
}

func TestTrainErrors(t *testing.T) {
	x, y := rings[float64](20)
	bad := x.Clone()
	bad.Set(3, 1, math.NaN())
	for _, c := range []struct {
		name string
		x    *mat.Dense[float64]
		y    Targets[float64]
		opt  TrainOptions
		want error
	}{
		{"no targets", x, Targets[float64]{}, TrainOptions{}, mat.ErrRange},
		{"both targets", x, Targets[float64]{Labels: y.Labels, Values: x}, TrainOptions{}, mat.ErrRange},
		{"few targets", x, Targets[float64]{Labels: y.Labels[:19]}, TrainOptions{}, mat.ErrRange},
		{"narrow targets", x, Targets[float64]{Values: mat.New[float64](20, 2)}, TrainOptions{}, mat.ErrRange},
		{"label too large", x, Targets[float64]{Labels: append([]int{3}, y.Labels[1:]...)}, TrainOptions{}, mat.ErrRange},
		{"negative label", x, Targets[float64]{Labels: append([]int{-1}, y.Labels[1:]...)}, TrainOptions{}, mat.ErrRange},
		{"no such loss", x, y, TrainOptions{Loss: 9}, mat.ErrRange},
		{"rate", x, y, TrainOptions{Rate: -1}, mat.ErrRange},
		{"batch", x, y, TrainOptions{Batch: -1}, mat.ErrRange},
		{"clip", x, y, TrainOptions{Clip: math.NaN()}, mat.ErrRange},
		{"held out", x, y, TrainOptions{HeldOut: 1}, mat.ErrRange},
		{"more steps than can be counted", x, y, TrainOptions{Epochs: math.MaxInt, Batch: 1}, mat.ErrRange},
		{"nothing left", x, y, TrainOptions{HeldOut: 0.99}, mat.ErrRange},
		{"schedule", x, y, TrainOptions{Schedule: Schedule{Floor: 2}}, mat.ErrRange},
		{"NaN in the data", bad, y, TrainOptions{}, mat.ErrNotFinite},
		{"diverges", x, y, TrainOptions{Rate: 1e300, Rule: SGD{}}, mat.ErrNotFinite},
	} {
		if _, err := Train(t.Context(), small[float64](t), c.x, c.y, c.opt); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
	if report, err := Train(t.Context(), small[float64](t), x, y, TrainOptions{Epochs: 2, Batch: math.MaxInt}); err != nil || report.Steps != 2 {
		t.Errorf("two epochs of one batch: %+v, error %v", report, err)
	}
	one := NewLinear[float64]("0", 4, 1, urf.Activation{}, rng.New(1))
	if _, err := Train(t.Context(), one, x, Targets[float64]{Labels: make([]int, 20)}, TrainOptions{Loss: CrossEntropy}); !errors.Is(err, mat.ErrRange) {
		t.Errorf("cross-entropy of one class: error %v", err)
	}
}

func supervisedTraining[T asm.Float](m Module[T], x *mat.Dense[T], y Targets[T], opt TrainOptions) (*training[T], error) {
	of, err := newSupervised(m, x, y, opt)
	if err != nil {
		return nil, err
	}
	return newTraining[T](of, opt)
}

func TestTrainingStepDoesNotAllocate(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	x, y := rings[float32](64)
	for _, rule := range []Rule{AdamW{}, SGD{Momentum: 0.9}} {
		r, err := supervisedTraining[float32](small[float32](t), x, y, TrainOptions{Batch: 64, Rule: rule, Clip: 1, Epochs: 1000})
		if err != nil {
			t.Fatal(err)
		}
		step := func() {
			if err := r.step(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.epoch, r.history = r.o.steps/r.perEpoch(), r.history[:0] // the next epoch's order is what it was
		}
		kerneltest.NoAllocs(t, fmt.Sprint(rule), step)
	}
}

// BenchmarkTrainStep is a step of AdamW of a dense ReLU network 784-512-512-10 for 128
// rows: forward, backward, update.
func BenchmarkTrainStep(b *testing.B) {
	m := NewSequence[float32](
		NewLinear[float32]("0", 784, 512, activation(b, "relu"), rng.New(1)),
		NewLinear[float32]("2", 512, 512, activation(b, "relu"), rng.New(2)),
		NewLinear[float32]("4", 512, 10, urf.Activation{}, rng.New(3)))
	labels := make([]int, 128)
	for i := range labels {
		labels[i] = i % 10
	}
	r, err := supervisedTraining[float32](m, random[float32](1, 128, 784), Targets[float32]{Labels: labels}, TrainOptions{Batch: 128, Epochs: math.MaxInt32})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := r.step(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
