package kerneltest

import (
	"math"
	"runtime"
	"testing"
)

// NoAllocs reports, as a test error that begins with what, calls of f that allocate once
// it has run. Under the race detector it only calls f: there a sync.Pool drops values
// at random, on purpose.
func NoAllocs(t testing.TB, what string, f func()) {
	t.Helper()
	f()
	if n := testing.AllocsPerRun(10, f); n != 0 && !race {
		t.Errorf("%s: %g allocations a call, want 0", what, n)
	}
}

// NoAllocsOn is [NoAllocs] with GOMAXPROCS at procs, which [testing.AllocsPerRun] sets to 1.
// The runtime makes a goroutine now and then, if one before it has not quite ended: what
// every series of calls allocates is ours.
func NoAllocsOn(t testing.TB, procs int, what string, f func()) {
	t.Helper()
	const calls = 20
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	f()
	least := uint64(math.MaxUint64)
	for series := 0; series < 30 && least >= calls; series++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range calls {
			f()
		}
		runtime.ReadMemStats(&after)
		least = min(least, after.Mallocs-before.Mallocs)
	}
	if least >= calls && !race {
		t.Errorf("%s: %d allocations in %d calls on %d processors, want 0", what, least, calls, procs)
	}
}
