package compress

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/urf"
)

// counting counts the blocks that are read, and calls at with each number.
type counting struct {
	bundle.Source
	blocks atomic.Int64
	at     func(blocks int64)
}

func (c *counting) Read(dst *mat.Dense[float64], row int) error {
	c.at(c.blocks.Add(1))
	return c.Source.Read(dst, row)
}

// What takes long ends when its context does: at any block that it reads, with an error that wraps what ended
// it, after at most one block of every source more, and leaves no goroutine.
func TestContext(t *testing.T) {
	x, y := mat.New[float32](700, 3), mat.New[float32](700, 2)
	rng.Normal(rng.New(1), x.Data(), 0)
	labels := make([]int, x.Rows())
	for i := range x.Rows() {
		a, b := x.At(i, 0), x.At(i, 1)
		y.Set(i, 0, a*b)
		y.Set(i, 1, a-b)
		if a > b {
			labels[i] = 1
		}
	}
	net := bundle.NewNetwork[float32](dense(3, 12, 1, "relu"), dense(12, 8, 2, "tanh"), dense(8, 2, 3, "none"))
	targets := bundle.Matrix(y)
	for _, c := range []struct {
		name string
		run  func(ctx context.Context, x bundle.Source) error
	}{
		{"Run", func(ctx context.Context, x bundle.Source) error {
			_, _, err := fit.Run[float32](ctx, x, targets, fit.Options{Features: 20, Pool: 40})
			return err
		}},
		{"Run logistic", func(ctx context.Context, x bundle.Source) error {
			_, _, err := fit.Run[float32](ctx, x, bundle.OneHot(labels, 2), fit.Options{Task: bundle.Classify, Features: 20, Loss: snnk.CrossEntropy})
			return err
		}},
		{"Logistic", func(ctx context.Context, x bundle.Source) error {
			stats, err := fit.Statistics[float32](ctx, x, bundle.OneHot(labels, 2), fit.Folds{})
			if err != nil {
				return err
			}
			sums, err := stats.Total()
			if err != nil {
				return err
			}
			_, _, err = fit.Logistic(ctx, x, bundle.OneHot(labels, 2), sums, fit.Penalty{Lambda: 1e-4}, fit.LogisticOptions{CacheBytes: -1})
			return err
		}},
		{"Auto", func(ctx context.Context, x bundle.Source) error {
			_, _, err := Auto(ctx, net, x, nil, AutoOptions{Budget: 90})
			return err
		}},
		{"Hybrid", func(ctx context.Context, x bundle.Source) error {
			_, _, err := Hybrid(ctx, net, x, targets, 90, HybridOptions{})
			return err
		}},
		{"LowRank", func(ctx context.Context, x bundle.Source) error {
			_, err := LowRank(ctx, net, x, 90)
			return err
		}},
		{"Narrow", func(ctx context.Context, x bundle.Source) error {
			_, err := Narrow(ctx, net, x, []int{5, 4})
			return err
		}},
		{"MonteCarlo", func(ctx context.Context, x bundle.Source) error {
			_, _, err := MonteCarlo(ctx, net, x, 0, 1, MonteCarloOptions{MaxError: 1e9})
			return err
		}},
		{"UnitScale", func(ctx context.Context, x bundle.Source) error {
			_, err := fit.UnitScale(ctx, x)
			return err
		}},
		{"Predict", func(ctx context.Context, x bundle.Source) error {
			return net.Predict(ctx, x, func(*mat.Dense[float64], int) error { return nil })
		}},
		{"Classify", func(ctx context.Context, x bundle.Source) error {
			_, err := net.Classify(ctx, x)
			return err
		}},
		{"Fitness", func(ctx context.Context, x bundle.Source) error {
			_, err := net.Fitness(ctx, x, targets)
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := &counting{Source: bundle.Matrix(x), at: func(int64) {}}
			if err := c.run(t.Context(), all); err != nil {
				t.Fatal(err)
			}
			before := runtime.NumGoroutine()
			for _, stop := range []int64{0, 1, all.blocks.Load() / 2, all.blocks.Load()} {
				ctx, cancel := context.WithCancel(t.Context())
				s := &counting{Source: bundle.Matrix(x)}
				s.at = func(blocks int64) {
					if blocks == stop {
						cancel()
					}
				}
				if stop == 0 {
					cancel()
				}
				err := c.run(ctx, s)
				// After the last block there may be nothing left to stop.
				if last := stop == all.blocks.Load(); !errors.Is(err, context.Canceled) && !(last && err == nil) {
					t.Errorf("ended at block %d of %d: error %v, want one of %v", stop, all.blocks.Load(), err, context.Canceled)
				}
				if more := s.blocks.Load() - stop; more > int64(runtime.GOMAXPROCS(0)) {
					t.Errorf("ended at block %d of %d: read %d more", stop, all.blocks.Load(), more)
				}
				cancel()
			}
			noneLeft(t, before)
		})
	}
}

// noneLeft fails unless there are soon no more goroutines than before.
func noneLeft(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// Steps that read no rows end too: those of the logistic loss over rows that are kept, and the systems of the grid of λ.
func TestContextWithoutRows(t *testing.T) {
	x := mat.New[float32](600, 2)
	rng.Normal(rng.New(1), x.Data(), 0)
	labels := make([]int, x.Rows())
	for i := range labels {
		if x.At(i, 0) > x.At(i, 1) {
			labels[i] = 1
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	steps := 0
	opt := fit.Options{Task: bundle.Classify, Features: 20, Loss: snnk.CrossEntropy}
	opt.Logistic.Progress = func(int, float64) {
		if steps++; steps == 3 {
			cancel()
		}
	}
	_, _, err := fit.Run[float32](ctx, bundle.Matrix(x), bundle.OneHot(labels, 2), opt)
	if folds := (fit.Folds{}).ForRows(x.Rows()); !errors.Is(err, context.Canceled) || steps > 3+folds.Count {
		t.Errorf("error %v after %d steps of the logistic loss, want %v after the third", err, steps, context.Canceled)
	}
	stats, err := fit.Statistics[float32](t.Context(), bundle.Matrix(x), bundle.OneHot(labels, 2), fit.Folds{})
	if err != nil {
		t.Fatal(err)
	}
	systems := 0
	ctx, cancel = context.WithCancel(t.Context())
	_, err = stats.ChooseLambda(ctx, fit.Lambdas(), func(*fit.Moments) ([]int, error) {
		systems++
		cancel()
		return []int{0, 1}, nil
	})
	if !errors.Is(err, context.Canceled) || systems != 1 {
		t.Errorf("error %v after %d systems, want %v after the first", err, systems, context.Canceled)
	}
}

// watchedStage calls at with the number of each block that goes through it.
type watchedStage struct {
	bundle.Stage[float32]
	blocks *int
	at     func(blocks int)
}

func (s watchedStage) Forward(dst, x *mat.Dense[float32], ws *snnk.Workspace[float32]) *mat.Dense[float32] {
	*s.blocks++
	s.at(*s.blocks)
	return s.Stage.Forward(dst, x, ws)
}

// Temper ends with its context, at any block of rows, and leaves no goroutine.
func TestTemperContext(t *testing.T) {
	x, labels := mat.New[float32](700, 3), make([]int, 700)
	rng.Normal(rng.New(1), x.Data(), 0)
	before := runtime.NumGoroutine()
	for stop := range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		blocks := 0
		if stop == 0 {
			cancel()
		}
		first := watchedStage{dense(3, 12, 1, "relu"), &blocks, func(blocks int) {
			if blocks == stop {
				cancel()
			}
		}}
		net := bundle.NewNetwork[float32](first, dense(12, 2, 2, "none"))
		if _, err := Temper(ctx, net, x, snnk.Targets[float32]{Labels: labels}, snnk.AutoLoss); !errors.Is(err, context.Canceled) || blocks != stop {
			t.Errorf("ended at block %d: error %v after %d blocks, want %v", stop, err, blocks, context.Canceled)
		}
		cancel()
	}
	noneLeft(t, before)
}

// dense is a layer of random weights.
func dense(in, out int, seed uint64, act string) *bundle.Linear[float32] {
	a, err := urf.ActivationByName(act)
	if err != nil {
		panic(err)
	}
	l := snnk.NewLinear[float32]("l", in, out, a, rng.New(seed))
	return bundle.NewLinear(l.Weight().Value, l.Bias().Value.Row(0), a)
}
