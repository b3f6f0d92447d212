package main

import (
	"fmt"
	"io"
	"math"
	"regexp"
	"runtime"
	"slices"
	"time"

	"nnk/asm"
	"nnk/fft"
	"nnk/internal/impl"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
)

// benchmark is one thing to time. setup makes its data and returns the call.
type benchmark struct {
	name  string
	work  func() float64 // units of work in one call
	unit  string         // work per nanosecond is the rate in this unit
	setup func() func()
}

// units is work that is known beforehand.
func units(n float64) func() float64 { return func() float64 { return n } }

// bench times kernels and layers with every kernel set, one goroutine, and prints
// lines of Go's benchmark format, so that benchstat compares machines.
func bench(c *call) error {
	filter := c.flags.String("filter", "", "run only the benchmarks whose name this `regexp` matches")
	count := c.flags.Int("count", 1, "lines for each benchmark; benchstat wants 6 or more")
	if err := c.parse(0, 0); err != nil {
		return err
	}
	match, err := regexp.Compile(*filter)
	if err != nil {
		return usageError{err.Error()}
	}
	if *count < 1 {
		return usagef("-count %d, want 1 or more", *count)
	}
	list := append(benchmarks[float32]("float32"), benchmarks[float64]("float64")...)
	if !slices.ContainsFunc(list, func(b benchmark) bool { return match.MatchString(b.name) }) {
		return usagef("no benchmark matches %q", *filter)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer func(before string) {
		if err := impl.Select(before); err != nil {
			panic(err) // it was in use a moment ago
		}
	}(impl.Active())
	names := kernelSets()
	about := machine()
	if !c.json {
		for _, line := range about {
			fmt.Fprintf(c.stdout, "%s: %s\n", line.key, line.value)
		}
		fmt.Fprintln(c.stdout, "Unit Gflop/s better=higher\nUnit GB/s better=higher\nUnit Gelem/s better=higher")
	}
	type line struct {
		Name   string  `json:"name"`
		Kernel string  `json:"kernel"`
		NsOp   float64 `json:"ns_per_op"`
		Rate   float64 `json:"rate"`
		Unit   string  `json:"unit"`
	}
	lines := []line{}
	p := c.progress("benchmarks")
	defer p.end()
	for range *count {
		for i, b := range list {
			if !match.MatchString(b.name) {
				continue
			}
			f := b.setup()
			for _, name := range names {
				if err := c.stopped(); err != nil {
					return err
				}
				if err := impl.Select(name); err != nil {
					return err
				}
				n, ns := timeCall(f)
				lines = append(lines, line{b.name, name, ns, b.work() / ns, b.unit})
				if !c.json {
					printBench(c.stdout, b, name, n, ns)
				}
			}
			p.step(i+1, len(list))
		}
	}
	p.end()
	if c.json {
		out := map[string]any{"benchmarks": lines}
		for _, line := range about {
			out[line.key] = line.value
		}
		out["kernels"] = impl.Names()
		return printJSON(c.stdout, out)
	}
	return nil
}

func printBench(w io.Writer, b benchmark, kernel string, n int, ns float64) {
	fmt.Fprintf(w, "Benchmark%s/kernel=%s-1\t%d\t%.5g ns/op\t%.4g %s\n", b.name, kernel, n, ns, b.work()/ns, b.unit)
}

// timeCall returns how often f was called and the least mean time of a call, in
// nanoseconds, over rounds of a millisecond or more: other work on the machine makes a
// round slow, never fast.
func timeCall(f func()) (calls int, ns float64) {
	f()
	reps, best := 1, math.Inf(1)
	for start := time.Now(); ; {
		t := time.Now()
		for range reps {
			f()
		}
		spent := time.Since(t)
		calls += reps
		if spent < time.Millisecond {
			reps *= 2
			continue
		}
		best = min(best, float64(spent)/float64(reps))
		if time.Since(start) > 100*time.Millisecond {
			return calls, best
		}
	}
}

func benchmarks[T asm.Float](typ string) []benchmark {
	var list []benchmark
	size := 4.0
	if typ == "float64" {
		size = 8
	}
	add := func(name, shape string, work float64, unit string, setup func() func()) {
		list = append(list, benchmark{name + "/type=" + typ + "/" + shape, units(work), unit, setup})
	}
	vector := func(n int, seed uint64) []T {
		v := make([]T, n)
		rng.Normal(benchData(seed), v, 0)
		return v
	}
	for _, n := range []int{64, 1024, 65536} {
		add("Dot", fmt.Sprintf("n=%d", n), 2*size*float64(n), "GB/s", func() func() {
			x, y := vector(n, 1), vector(n, 2)
			return func() { keep(float64(asm.Dot(x, y))) }
		})
	}
	for _, f := range []struct {
		name string
		run  func(dst, x []T)
	}{{"Exp", asm.Exp[T]}, {"Log", asm.Log[T]}, {"Cos", asm.Cos[T]}, {"Tanh", asm.Tanh[T]}, {"Erf", asm.Erf[T]}, {"GELU", asm.GELU[T]}} {
		add(f.name, "n=4096", 4096, "Gelem/s", func() func() {
			x, y := vector(4096, 1), make([]T, 4096)
			return func() { f.run(y, x) }
		})
	}
	for _, s := range [][3]int{{64, 64, 64}, {512, 512, 512}, {1, 768, 3072}, {32, 768, 3072}} {
		m, k, n := s[0], s[1], s[2]
		add("Mul", fmt.Sprintf("m=%d/k=%d/n=%d", m, k, n), 2*float64(m)*float64(k)*float64(n), "Gflop/s", func() func() {
			a, b, dst := mat.Of(m, k, vector(m*k, 1)), mat.Of(k, n, vector(k*n, 2)), mat.New[T](m, n)
			return func() { mat.Mul(dst, a, b) }
		})
	}
	for _, n := range []int{64, 1024, 65536} {
		add("FWHT", fmt.Sprintf("n=%d", n), 2*size*float64(n), "GB/s", func() func() {
			x := make([]T, n) // zeros stay small however often they are transformed
			return func() { asm.FWHT(x) }
		})
	}
	add("Normal", "n=65536", 65536, "Gelem/s", func() func() {
		v := make([]T, 65536)
		return func() { rng.Normal(benchData(1), v, 0) }
	})
	add("Hadamard", "rows=64/d=784/m=4096", 64*784*4096*2, "Gflop/s", func() func() {
		p, err := ortho.New[T](ortho.Spec{Kind: ortho.Hadamard, M: 4096, D: 784})
		if err != nil {
			panic(err) // the specification is a constant
		}
		x, dst := mat.Of(64, 784, vector(64*784, 1)), mat.New[T](64, 4096)
		var ws ortho.Workspace[T]
		return func() { p.Apply(dst, x, &ws) }
	})
	list = append(list, fourier(typ)...)
	list = append(list, layers[T](typ)...)
	return append(list, limits[T](typ)...)
}

// fourier is here once for each precision, because a plan's type is complex.
func fourier(typ string) []benchmark {
	const n = 1024
	name := "FFT/type=" + typ + "/n=1024"
	work := 5 * n * math.Log2(n)
	if typ == "float32" {
		return []benchmark{{name, units(work), "Gflop/s", transform[complex64]}}
	}
	return []benchmark{{name, units(work), "Gflop/s", transform[complex128]}}
}

func transform[C asm.Complex]() func() {
	p := fft.NewPlan[C](1024)
	x, y := make([]C, 1024), make([]C, 1024)
	x[1] = 1
	var ws fft.Workspace
	return func() { p.Forward(y, x, &ws) }
}

// keep uses a result, so that the compiler cannot leave its computation out.
//
//go:noinline
func keep(float64) {}
