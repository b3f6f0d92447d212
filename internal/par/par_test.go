package par

import (
	"runtime"
	"slices"
	"sync"
	"testing"
)

// TestForCovers: every index is given to exactly one call, in ranges that are not
// shorter than the grain but for the last, on no more goroutines than allowed.
func TestForCovers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, procs := range []int{1, 2, 3, 8} {
		runtime.GOMAXPROCS(procs)
		for _, n := range []int{-1, 0, 1, 2, 7, 8, 9, 100, 1000} {
			for _, grain := range []int{-1, 0, 1, 3, 8, 99, 5000} {
				var mu sync.Mutex
				var ranges [][2]int
				For(n, grain, func(lo, hi int) {
					mu.Lock()
					defer mu.Unlock()
					ranges = append(ranges, [2]int{lo, hi})
				})
				slices.SortFunc(ranges, func(a, b [2]int) int { return a[0] - b[0] })
				at := 0
				for i, r := range ranges {
					if r[0] != at || r[1] <= r[0] || i < len(ranges)-1 && r[1]-r[0] < grain {
						t.Errorf("procs %d, n %d, grain %d: ranges %v", procs, n, grain, ranges)
						break
					}
					at = r[1]
				}
				if at != max(n, 0) || len(ranges) > procs {
					t.Errorf("procs %d, n %d, grain %d: ranges %v", procs, n, grain, ranges)
				}
			}
		}
	}
}

func TestForRunsOnTheCallerIfSmall(t *testing.T) {
	calls := 0
	For(10, 10, func(lo, hi int) { calls++ }) // a second goroutine would be a data race
	if calls != 1 {
		t.Errorf("%d calls, want 1", calls)
	}
}
