package par

import (
	"runtime"
	"slices"
	"sync"
	"testing"

	"nnk/internal/kerneltest"
)

// TestTeamCovers: every index is given to exactly one worker, of another number each,
// and a team serves loops of every size one after the other.
func TestTeamCovers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var team Team
	for _, procs := range []int{1, 3, 2, 8} {
		runtime.GOMAXPROCS(procs)
		for _, n := range []int{-1, 0, 1, 2, 7, 9, 100, 1000} {
			for _, grain := range []int{-1, 1, 3, 8, 5000} {
				var mu sync.Mutex
				var workers []int
				count := make([]int, max(n, 0))
				team.For(n, grain, func(worker, lo, hi int) {
					mu.Lock()
					defer mu.Unlock()
					workers = append(workers, worker)
					for i := lo; i < hi; i++ {
						count[i]++
					}
				})
				slices.Sort(workers)
				if len(workers) > Workers(n, grain) || len(slices.Compact(workers)) != len(workers) {
					t.Errorf("procs %d, n %d, grain %d: workers %v", procs, n, grain, workers)
				}
				for i, c := range count {
					if c != 1 {
						t.Fatalf("procs %d, n %d, grain %d: index %d was done %d times", procs, n, grain, i, c)
					}
				}
			}
		}
	}
}

func TestTeamDoesNotAllocate(t *testing.T) {
	var team Team
	out := make([]int, 1000)
	body := func(worker, lo, hi int) {
		for i := lo; i < hi; i++ {
			out[i]++
		}
	}
	kerneltest.NoAllocsOn(t, 4, "For", func() { team.For(len(out), 10, body) })
}
