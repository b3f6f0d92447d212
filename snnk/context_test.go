package snnk

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"time"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/urf"
)

// blocks counts the blocks of rows that something computes, and ends a context at one of them.
type blocks struct {
	done, stop int
	cancel     context.CancelFunc
}

func (b *blocks) next() {
	if b.done++; b.done == b.stop {
		b.cancel()
	}
}

// watchedModule is a module that counts what goes forward through it.
type watchedModule[T asm.Float] struct {
	Module[T]
	*blocks
}

func (m watchedModule[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	m.next()
	return m.Module.Forward(dst, x)
}

// watchedMap is a map that counts its blocks of features.
type watchedMap[T asm.Float] struct {
	urf.Map[T]
	*blocks
}

func (m watchedMap[T]) Phi(dst, x *mat.Dense[T], ws *urf.Workspace[T]) *mat.Dense[T] {
	m.next()
	return m.Map.Phi(dst, x, ws)
}

// watchedContext counts how often it is asked, and ends.
type watchedContext struct {
	context.Context
	*blocks
}

func (c watchedContext) Err() error {
	c.next()
	return c.Context.Err()
}

// goroutines fails t unless there are as many as before, after a while.
func goroutines(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// What goes over many rows ends when its context does, at whichever block that is, with an error that wraps what
// ended it, computes no other block, and leaves no goroutine.
func TestContext(t *testing.T) {
	x, y := rings[float64](1100)
	targets := random[float64](51, 1100, 2)
	phi := fourier[float64](t, 20, 4)
	relu := activation(t, "relu")
	w := random[float64](52, 2, 4)
	for _, c := range []struct {
		name   string
		blocks int // in all
		run    func(ctx context.Context, b *blocks) error
	}{
		{"Evaluate", 5, func(ctx context.Context, b *blocks) error {
			_, err := Evaluate[float64](ctx, watchedModule[float64]{small[float64](t), b}, x, y, AutoLoss)
			return err
		}},
		{"Refit", 3, func(ctx context.Context, b *blocks) error {
			return New[float64](watchedMap[float64]{phi, b}, mat.New[float64](2, 20), nil).Refit(ctx, x, targets, 1e-3)
		}},
		{"LeaveOneOut", 6, func(ctx context.Context, b *blocks) error {
			_, err := New[float64](watchedMap[float64]{phi, b}, mat.New[float64](2, 20), nil).LeaveOneOut(ctx, x, targets, 1e-3)
			return err
		}},
		{"ReplaceByRefit", 5, func(ctx context.Context, b *blocks) error {
			net := NewSequence[float64](watchedModule[float64]{NewLinear[float64]("0", 4, 4, relu, rng.New(1)), b}, NewLinear[float64]("1", 4, 2, relu, rng.New(2)))
			_, err := ReplaceByRefit[float64](ctx, net, 1, "k", NewFeatures(phi.(urf.Gradient[float64])), x, 1e-3)
			return err
		}},
		{"PredictError", 5, func(ctx context.Context, b *blocks) error {
			m, err := urf.New[float64](urf.ReLU{Projection: ortho.Spec{Kind: ortho.Hadamard, Seed: 3, M: 20, D: 4}})
			if err != nil {
				return err
			}
			_, err = FromWeights(m.(urf.Towers[float64]), w, nil).PredictError(watchedContext{ctx, b}, relu, w, nil, x)
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var all blocks
			if err := c.run(t.Context(), &all); err != nil || all.done != c.blocks {
				t.Fatalf("error %v after %d blocks, want %d", err, all.done, c.blocks)
			}
			before := runtime.NumGoroutine()
			for stop := range c.blocks {
				ctx, cancel := context.WithCancel(t.Context())
				b := &blocks{stop: stop, cancel: cancel}
				if stop == 0 {
					cancel()
				}
				err := c.run(ctx, b)
				cancel()
				more := b.done - stop
				if c.name == "PredictError" {
					more = max(0, more-2) // the context is asked before a block, and for its cause
				}
				if !errors.Is(err, context.Canceled) || more != 0 {
					t.Errorf("ended at block %d of %d: error %v after %d more, want %v after none", stop, c.blocks, err, more, context.Canceled)
				}
			}
			goroutines(t, before)
		})
	}
}

// Training ends with its context wherever that is: in a step, while an epoch is measured, or what is left over
// in the end. It computes no other block, leaves no goroutine, and goes on from its checkpoint to the bits
// of training that was not interrupted.
func TestTrainContext(t *testing.T) {
	x, y := rings[float64](1200)
	opt := TrainOptions{Epochs: 3, Batch: 300, HeldOut: 0.5, Every: 100, Rate: 1e-2}
	all, straight := &blocks{}, small[float64](t)
	want, err := Train[float64](t.Context(), watchedModule[float64]{straight, all}, x, y, opt)
	if err != nil {
		t.Fatal(err)
	}
	const measured, steps = 3, 2 // blocks of 600 rows held out, batches of 600 rows
	if n := measured + opt.Epochs*(steps+measured) + 2*measured; all.done != n {
		t.Fatalf("%d blocks, want %d", all.done, n)
	}
	before := runtime.NumGoroutine()
	for stop := range all.done {
		opt.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
		ctx, cancel := context.WithCancel(t.Context())
		b := &blocks{stop: stop, cancel: cancel}
		if stop == 0 {
			cancel()
		}
		_, err := Train[float64](ctx, watchedModule[float64]{small[float64](t), b}, x, y, opt)
		if !errors.Is(err, context.Canceled) || b.done != stop {
			t.Errorf("ended at block %d of %d: error %v after %d more, want %v after none", stop, all.done, err, b.done-stop, context.Canceled)
		}
		cancel()
		m := small[float64](t)
		got, err := Train[float64](t.Context(), watchedModule[float64]{m, &blocks{}}, x, y, opt)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("ended at block %d of %d, and taken up again: %+v, error %v, want %+v", stop, all.done, got, err, want)
		}
		for i, p := range m.Params() {
			sameBits(t, p.Name, p.Value, straight.Params()[i].Value)
		}
	}
	goroutines(t, before)
}
