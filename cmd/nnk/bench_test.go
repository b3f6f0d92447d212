package main

import (
	"encoding/json"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"nnk/internal/impl"
)

// TestBenchFormat: the output is what benchstat reads: configuration lines, units, and
// a line for each kernel set with a rate above 0.
func TestBenchFormat(t *testing.T) {
	out := ok(t, "bench", "-filter", "^(Dot/type=float64/n=64|SNNK/type=float32.*rows=1)$", "-quiet")
	for _, want := range []string{"goos: " + runtime.GOOS, "goarch: " + runtime.GOARCH, "kernels: " + strings.Join(impl.Names(), ","), "features: ", "cores: ", "pkg: nnk", "Unit GB/s better=higher"} {
		if !strings.Contains("\n"+out, "\n"+want) {
			t.Errorf("no line %q in\n%s", want, out)
		}
	}
	line := regexp.MustCompile(`^Benchmark(Dot|SNNK)(/[a-z]+=[a-z0-9]+)+/kernel=([a-z0-9]+)-1\t[1-9][0-9]*\t[0-9.e+]+ ns/op\t[0-9.e+-]+ (GB/s|Gflop/s)$`)
	sets := map[string]int{}
	for l := range strings.Lines(out) {
		if !strings.HasPrefix(l, "Benchmark") {
			continue
		}
		m := line.FindStringSubmatch(strings.TrimSuffix(l, "\n"))
		if m == nil {
			t.Errorf("not a line of the benchmark format: %q", l)
			continue
		}
		sets[m[3]]++
	}
	for _, name := range kernelSets() {
		if sets[name] != 2 {
			t.Errorf("%d lines for kernel set %s, want 2", sets[name], name)
		}
	}
	if r := nnk("bench", "-filter", "no such thing"); r.code != 2 {
		t.Errorf("a filter that matches nothing: exit %d, want 2", r.code)
	}
}

func TestBenchJSON(t *testing.T) {
	var got struct {
		GoArch     string   `json:"goarch"`
		Kernels    []string `json:"kernels"`
		Features   string   `json:"features"`
		Benchmarks []struct {
			Name, Kernel, Unit string
			Rate               float64
		} `json:"benchmarks"`
	}
	if err := json.Unmarshal([]byte(ok(t, "bench", "-json", "-quiet", "-filter", "^Dot/type=float32/n=64$")), &got); err != nil {
		t.Fatal(err)
	}
	if got.GoArch != runtime.GOARCH || !slices.Equal(got.Kernels, impl.Names()) || got.Features == "" || len(got.Benchmarks) != len(kernelSets()) || !(got.Benchmarks[0].Rate > 0) {
		t.Errorf("got %+v", got)
	}
}

// TestEveryBenchmarkRuns sets up and calls each benchmark once, in short mode the
// small ones.
func TestEveryBenchmarkRuns(t *testing.T) {
	names := map[string]bool{}
	for _, b := range append(benchmarks[float32]("float32"), benchmarks[float64]("float64")...) {
		if names[b.name] || !(b.work() > 0) {
			t.Errorf("%s: stands twice, or has no work", b.name)
		}
		names[b.name] = true
		if !strings.Contains(b.name, "memory") && !strings.Contains(b.name, "512/k=512") && !(testing.Short() && b.work() > 5e6) {
			b.setup()()
		}
	}
}
