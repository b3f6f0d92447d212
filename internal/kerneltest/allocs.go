package kerneltest

import "testing"

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
