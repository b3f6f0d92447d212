package fit

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"nnk/bundle"
	"nnk/mat"
)

// What is said to be needed is about what is taken: no less than the statistics, the largest part, and no more than three times as much as
// is taken from the system.
func TestBytes(t *testing.T) {
	x, y := product[float32](63, 64)
	opt := Options{Features: 800, Pool: 800, Scale: 1, Lambda: 0.1, Standardise: StandardiseNever}
	need, err := opt.Bytes(64, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	if statistics := 8.0 * 801 * 801 * 5; need < statistics || need > 2.5*statistics {
		t.Errorf("%g bytes are needed, of which the statistics %g", need, statistics)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, _, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.Matrix(y), opt); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := float64(after.TotalAlloc - before.TotalAlloc); got < need/3 {
		t.Errorf("%g bytes are allocated in all, and %g were said to be needed", got, need)
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
