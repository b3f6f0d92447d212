package par

import (
	"runtime"
	"sync"
)

// Team runs loops as [For] does, one at a time, and keeps what its goroutines need,
// so that a loop allocates nothing once as many goroutines have run. The zero value
// is ready.
type Team struct {
	wg      sync.WaitGroup
	body    func(worker, lo, hi int)
	n, step int
	members []func() // that of worker w is members[w−1]
}

// Workers is the most goroutines that loops of n with this grain use.
func Workers(n, grain int) int {
	grain = max(grain, 1)
	return max(min(runtime.GOMAXPROCS(0), (n+grain-1)/grain), 1)
}

// For calls body for consecutive ranges as [For] does, with the number of the
// worker, below [Workers], of which no two run at a time. A body that is made anew
// for each call is an allocation of the caller's.
func (t *Team) For(n, grain int, body func(worker, lo, hi int)) {
	if n <= 0 {
		return
	}
	workers := Workers(n, grain)
	if workers == 1 {
		body(0, 0, n)
		return
	}
	t.body, t.n, t.step = body, n, max((n+workers-1)/workers, grain)
	for w := 1; w*t.step < n; w++ {
		if w > len(t.members) {
			t.members = append(t.members, func() {
				defer t.wg.Done()
				t.run(w)
			})
		}
		t.wg.Add(1)
		go t.members[w-1]()
	}
	t.run(0)
	t.wg.Wait()
	t.body = nil
}

func (t *Team) run(worker int) {
	lo := worker * t.step
	t.body(worker, lo, min(lo+t.step, t.n))
}
