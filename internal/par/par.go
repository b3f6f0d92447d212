// Package par runs a loop on several goroutines. Callers split outputs, never
// sums, so the number of goroutines cannot change a result.
package par

import (
	"runtime"
	"sync"
)

// For calls body(lo, hi) for consecutive ranges that together cover [0, n), on
// at most runtime.GOMAXPROCS(0) goroutines, and returns when all are done. No
// range but the last is shorter than grain; if n ≤ grain, or only one goroutine
// is allowed, body runs once on the caller's goroutine.
func For(n, grain int, body func(lo, hi int)) {
	if n <= 0 {
		return
	}
	grain = max(grain, 1)
	workers := min(runtime.GOMAXPROCS(0), (n+grain-1)/grain)
	if workers <= 1 {
		body(0, n)
		return
	}
	var wg sync.WaitGroup
	step := max((n+workers-1)/workers, grain)
	for lo := step; lo < n; lo += step {
		hi := min(lo+step, n)
		wg.Go(func() { body(lo, hi) })
	}
	body(0, step)
	wg.Wait()
}
