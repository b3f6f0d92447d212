package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"time"

	"nnk/internal/impl"
)

// A runner does its work reps times and returns the nanoseconds that took.
type runner func(reps int) float64

// peer is one way to do a piece of work other than ours.
type peer struct {
	name string
	run  runner
}

// work is one line of the table. prepare makes the operands, so that only those
// of one line are in memory.
type work struct {
	name     string
	unit     string
	amount   float64 // units that one call counts for, per nanosecond
	kernel   string  // the kernel set of ours; "" is the best
	parallel bool    // worth measuring with two threads
	prepare  func() (ours runner, peers []peer)
}

type figure struct {
	Name string  `json:"name"`
	Rate float64 `json:"rate"`
}

type result struct {
	Work    string   `json:"work"`
	Threads int      `json:"threads"`
	Unit    string   `json:"unit"`
	Kernel  string   `json:"kernel"`
	Ours    float64  `json:"ours"`
	Peers   []figure `json:"peers"`
}

// best is the index of the fastest peer, −1 if there is none.
func (r *result) best() int {
	best := -1
	for i, p := range r.Peers {
		if best < 0 || p.Rate > r.Peers[best].Rate {
			best = i
		}
	}
	return best
}

func measureAll(w io.Writer, match *regexp.Regexp, threads int, budget time.Duration, least bool) error {
	enc := json.NewEncoder(w)
	all := slices.DeleteFunc(allWork(), func(x work) bool {
		return !match.MatchString(x.name) || threads > 1 && !x.parallel
	})
	for i, x := range all {
		fmt.Fprintf(os.Stderr, "threads %d, %d of %d: %s\n", threads, i+1, len(all), x.name)
		kernel := x.kernel
		if kernel == "" {
			kernel = impl.Names()[0]
		}
		if impl.Select(kernel) != nil {
			continue // this processor lacks the set
		}
		r := x.measure(budget, least)
		r.Threads, r.Kernel = threads, kernel
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// measure times ours and every peer in turns.
func (x *work) measure(budget time.Duration, least bool) result {
	ours, peers := x.prepare()
	peers = append([]peer{{"", ours}}, peers...)
	reps, times := make([]int, len(peers)), make([][]float64, len(peers))
	turn := 0.0 // nanoseconds of one round of all
	for i, p := range peers {
		p.run(1)
		for reps[i] = 1; ; reps[i] *= 2 {
			if ns := p.run(reps[i]); ns > 2e6 {
				turn += ns
				break
			}
		}
	}
	for rounds := min(max(int(float64(budget)/turn), 5), 51); rounds > 0; rounds-- {
		for i, p := range peers {
			times[i] = append(times[i], p.run(reps[i])/float64(reps[i]))
		}
	}
	r := result{Work: x.name, Unit: x.unit, Peers: []figure{}}
	for i, p := range peers {
		slices.Sort(times[i])
		rate := x.amount / times[i][len(times[i])/2]
		if least {
			rate = x.amount / times[i][0]
		}
		if i == 0 {
			r.Ours = rate
		} else {
			r.Peers = append(r.Peers, figure{p.name, rate})
		}
	}
	return r
}

// timed turns a function into a runner.
func timed(f func()) runner {
	return func(reps int) float64 {
		start := now()
		for range reps {
			f()
		}
		return now() - start
	}
}
