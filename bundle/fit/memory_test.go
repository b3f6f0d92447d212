package fit

import (
	"errors"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"nnk/bundle"
	"nnk/mat"
	"nnk/snnk"
)

// peak is the most memory that is held while f runs, beyond what is held before it, as the collector, which runs often, finds it.
func peak(t *testing.T, f func()) float64 {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	most, stop, done := uint64(0), make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		for {
			select {
			case <-stop:
				return
			default:
				metrics.Read(sample)
				most = max(most, sample[0].Value.Uint64())
				time.Sleep(200 * time.Microsecond)
			}
		}
	}()
	f()
	close(stop)
	<-done
	return float64(most) - float64(before.HeapAlloc)
}

// What is said to be needed is no less than what is taken, and not much more, of regressions and classifications, with a selection and without.
func TestBytes(t *testing.T) {
	x, labels := clusters[float32](63, 400, 4, 3, 0.3)
	y := mat.New[float32](400, 1)
	for i, k := range labels {
		y.Set(i, 0, float32(k)+x.At(i, 0))
	}
	for _, c := range []struct {
		name string
		y    bundle.Source
		opt  Options
	}{
		{"regression", bundle.Matrix(y), Options{Features: 400, Pool: 400, Scale: 1}},
		{"regression with a selection", bundle.Matrix(y), Options{Features: 200, Pool: 400, Scale: 1, Lambdas: []float64{0.01, 0.1}}},
		{"classes", bundle.OneHot(labels, 3), Options{Features: 300, Pool: 300, Scale: 1, Lambda: 0.1, LogitPenalty: 1e-3, Task: bundle.Classify}},
		{"classes with a selection", bundle.OneHot(labels, 3), Options{Features: 200, Pool: 400, Scale: 1, Lambda: 0.1, LogitPenalty: 1e-3, Task: bundle.Classify}},
	} {
		c.opt.Standardise, c.opt.Projection = StandardiseNever, "hadamard"
		need, err := c.opt.Bytes(400, 4, c.y.Cols())
		if err != nil {
			t.Fatal(err)
		}
		got := peak(t, func() {
			if _, _, err := Run[float32](t.Context(), bundle.Matrix(x), c.y, c.opt); err != nil {
				t.Error(err)
			}
		})
		t.Logf("%s: %.1f MB of %.1f MB", c.name, got/1e6, need/1e6)
		// The collector need not run where most is held, and so small a fit has a good part of what every one has.
		if got > need || got < need/3 {
			t.Errorf("%s: %.1f MB are taken, and %.1f MB were said to be needed", c.name, got/1e6, need/1e6)
		}
	}
}

// What needs more than the limit is refused before anything is read, with both figures.
func TestMemoryLimit(t *testing.T) {
	x, y := product[float32](63, 64)
	opt := Options{Features: 100, Pool: 100, Scale: 1, Lambda: 0.1, Standardise: StandardiseNever}
	need, err := opt.Bytes(64, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	if opt.Memory = int64(need); opt.Memory < 1000 {
		t.Fatal(need)
	}
	if _, _, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.Matrix(y), opt); err != nil {
		t.Errorf("just enough: %v", err)
	}
	opt.Memory--
	if _, _, err := Run[float32](t.Context(), unread{bundle.Matrix(x)}, bundle.Matrix(y), opt); !errors.Is(err, ErrMemory) || !strings.Contains(err.Error(), "100 features") || strings.Count(err.Error(), " GB") != 2 {
		t.Errorf("too little: %v", err)
	}
	if need, err := (Options{Features: maxPool, Pool: maxPool}).Bytes(1000, 10, 10); err != nil || need < 250e9 {
		t.Errorf("the largest pool: %g, %v", need, err)
	}
	if _, err := (Options{Features: -1}).Bytes(10, 1, 1); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("no features: %v", err)
	}
}

// unread is a source that must not be read.
type unread struct{ bundle.Source }

func (unread) Read(*mat.Dense[float64], int) error { return errors.New("it is read") }

// With the least memory the logistic loss keeps nothing, and the model is the same.
func TestLeastMemory(t *testing.T) {
	x, labels := clusters[float32](64, 300, 3, 2, 0.4)
	opt := Options{Task: bundle.Classify, Features: 20, Pool: 40, Scale: 1, Standardise: StandardiseNever, Loss: snnk.CrossEntropy, Projection: "hadamard"}
	p, err := opt.plan(300, 3, 2)
	if err != nil || p.cache < 8*300*22 {
		t.Fatalf("%+v, %v", p, err)
	}
	var want *Report
	for _, memory := range []int64{0, int64(p.least) + 1, int64(p.least + p.cache/2)} {
		opt.Memory = memory
		f := NewFitter[float32](bundle.Matrix(x), bundle.OneHot(labels, 2))
		checked, err := f.check(opt)
		if room := checked.Logistic.room; err != nil || (memory > 0) != (room > 0) || float64(room) > p.cache/2 {
			t.Errorf("%d bytes: %d are kept, %v", memory, room, err)
		}
		_, r, err := f.Run(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = r
		}
		if *r != *want {
			t.Errorf("%d bytes: %+v, want %+v", memory, r, want)
		}
	}
}
