package par

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"
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
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var team Team
	out := make([]int, 1000)
	body := func(worker, lo, hi int) {
		for i := lo; i < hi; i++ {
			out[i]++
		}
	}
	f := func() { team.For(len(out), 10, body) }
	// AllocsPerRun sets GOMAXPROCS to 1, and so does not see goroutines.
	// The runtime makes a goroutine when one has not quite ended: what every batch of calls
	// allocates is ours.
	least := uint64(math.MaxUint64)
	for range 20 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 40 {
			f()
		}
		runtime.ReadMemStats(&after)
		least = min(least, after.Mallocs-before.Mallocs)
	}
	if least >= 40 {
		t.Errorf("%d allocations in 40 loops", least)
	}
}
