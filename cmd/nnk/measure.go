package main

import (
	"fmt"
	"slices"
	"time"

	"nnk/bundle"
	"nnk/mat"
)

// timePerSample measures how long the network takes for one row when batch rows
// come at once, in nanoseconds: the least of several rounds of a millisecond
// or two, since everything that disturbs a measurement makes it longer.
func timePerSample(net *bundle.Network[float32], x *mat.Dense[float32], batch int) float64 {
	batch = min(batch, x.Rows())
	in := x.View(0, 0, batch, x.Cols())
	out, ws := mat.New[float32](batch, net.Out()), &bundle.Workspace[float32]{}
	net.Forward(out, in, ws)
	var times []float64
	for calls := 1; len(times) < 5; {
		start := time.Now()
		for range calls {
			net.Forward(out, in, ws)
		}
		spent := time.Since(start)
		if spent < time.Millisecond {
			calls *= 2
			continue
		}
		times = append(times, float64(spent.Nanoseconds())/float64(calls*batch))
	}
	return slices.Min(times)
}

// thousands writes n with commas: 85,002.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// microseconds writes a time of ns nanoseconds in µs with three digits.
func microseconds(ns float64) string {
	us := ns / 1000
	switch {
	case us < 10:
		return fmt.Sprintf("%.2f", us)
	case us < 100:
		return fmt.Sprintf("%.1f", us)
	}
	return fmt.Sprintf("%.0f", us)
}
