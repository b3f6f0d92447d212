package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sync"
)

// numpyTimes runs a statement in numpy and prints the nanoseconds of it in each of
// some rounds.
const numpyTimes = `
import json, time, numpy
%s
def run(reps):
    t = time.perf_counter_ns()
    for _ in range(reps):
        %s
    return time.perf_counter_ns() - t
reps = 1
while run(reps) < 2e6: reps *= 2
print(json.dumps([run(reps) / reps for _ in range(51)]))
`

var sayOnce sync.Once

// numpy is the peer that runs a statement in a process of its own, before the
// others; its rounds are then handed out one by one.
func numpy(setup, statement string) []peer {
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		cmd := exec.Command(python, "-c", fmt.Sprintf(numpyTimes, setup, statement))
		cmd.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS="+os.Getenv(threadsVar))
		out, err := cmd.Output()
		var times []float64
		if err != nil || json.Unmarshal(out, &times) != nil || len(times) == 0 {
			continue
		}
		next := 0
		return []peer{{"numpy", func(reps int) float64 {
			next = (next + 1) % len(times)
			return times[next] * float64(reps)
		}}}
	}
	sayOnce.Do(func() { fmt.Fprintln(os.Stderr, "bench: not installed: numpy") })
	return nil
}

func numpyFFT(typ string, n int) []peer {
	return numpy(fmt.Sprintf("x = numpy.ones(%d, %q)", n, typ), "numpy.fft.fft(x)")
}

// numpyFeatures is a product, a sum and a function of it, in place as far as numpy can.
func numpyFeatures(function string, n, d, m int) []peer {
	return numpy(fmt.Sprintf("g = numpy.random.default_rng(1); a, w, b = (g.standard_normal(s, 'f') for s in ((%d, %d), (%d, %d), (%d,))); a /= 28; y = numpy.empty((%d, %d), 'f')", n, d, d, m, m, n, m),
		fmt.Sprintf("numpy.matmul(a, w, out=y); numpy.add(y, b, out=y); numpy.%s(y, out=y)", function))
}
