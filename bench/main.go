// Command bench measures this library and its peers in one run: Gonum, and those
// of OpenBLAS, BLIS, oneDNN, SLEEF and FFTW that the machine has.
//
//	go run . -table > RESULTS.md  markdown
//	go run . -json                one object for each piece of work
//	go run . -table -filter dot   only work whose name matches
//	go run . -accuracy            errors of Fourier transforms instead of times
//
// Every piece of work is timed in rounds of some milliseconds that take turns
// between us and the peers; the figures are medians, the ratio is ours to the
// peer's. First everything runs with one thread, then the larger products with
// two. On a machine that does other work as well, -least takes the least times, and
// -cpu counts the time that the process ran (with one thread only).
// What it does now, peers that are missing and the time it took go to standard error.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

func main() {
	flag.Bool("table", true, "print a markdown table")
	asJSON := flag.Bool("json", false, "print one JSON object a line instead")
	run := flag.String("filter", "", "measure only the work whose name matches this regular expression")
	seconds := flag.Float64("seconds", 0.4, "time to spend on one piece of work")
	least := flag.Bool("least", false, "take the least time of all rounds, not the median")
	cpu := flag.Bool("cpu", false, "count the time that the process ran, not the time that passed; with one thread only")
	errors := flag.Bool("accuracy", false, "print the errors of Fourier transforms, ours and the peers', instead of times")
	flag.Parse()
	if *errors {
		printAccuracy(os.Stdout)
		return
	}
	if err := start(*run, *seconds, *asJSON, *least, *cpu); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// threadsVar tells a process started by start how many threads to use; its
// absence marks the process that starts the others.
const threadsVar = "NNK_BENCH_THREADS"

func start(run string, seconds float64, asJSON, least, cpu bool) error {
	match, err := regexp.Compile(run)
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(os.Getenv(threadsVar)); err == nil {
		if cpu {
			if err := countCPUTime(); err != nil {
				return err
			}
		}
		return measureAll(os.Stdout, match, n, time.Duration(seconds*float64(time.Second)), least)
	}
	for _, name := range missing() {
		fmt.Fprintln(os.Stderr, "bench: not installed:", name)
	}
	began := time.Now()
	defer func() { fmt.Fprintf(os.Stderr, "bench: %v in all\n", time.Since(began).Round(time.Second)) }()
	var all []result
	for _, threads := range []int{1, 2} {
		if threads > runtime.NumCPU() || cpu && threads > 1 {
			break
		}
		out, err := child(threads)
		if err != nil {
			return fmt.Errorf("with %d threads: %w", threads, err)
		}
		all = append(all, out...)
	}
	if asJSON {
		enc := json.NewEncoder(os.Stdout)
		for _, r := range all {
			if err := enc.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	printTable(os.Stdout, all, least)
	return nil
}

// child runs this program again with the number of threads set for everybody
// before any library is opened, and without what would bend the peers' choice of
// kernels.
func child(threads int) ([]result, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	n := strconv.Itoa(threads)
	cmd := exec.Command(self, os.Args[1:]...)
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !strings.HasPrefix(name, "OPENBLAS_") && !strings.HasPrefix(name, "BLIS_") &&
			!strings.HasPrefix(name, "OMP_") && !strings.HasPrefix(name, "DNNL_") && name != "GOMAXPROCS" && name != "NNK_KERNELS" {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, threadsVar+"="+n, "GOMAXPROCS="+n, "OPENBLAS_NUM_THREADS="+n, "BLIS_NUM_THREADS="+n, "OMP_NUM_THREADS="+n)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var all []result
	for dec := json.NewDecoder(pipe); ; {
		var r result
		if err := dec.Decode(&r); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, cmd.Wait()
}

func printTable(w io.Writer, all []result, least bool) {
	kind := "medians"
	if least {
		kind = "of the least times"
	}
	fmt.Fprintf(w, "# Results\n\nPrinted by `go run . %s` in `bench/`.\n\n", strings.Join(os.Args[1:], " "))
	fmt.Fprintf(w, "%s, %d processors, %s, %s/%s. Figures are %s; ratio is ours to the best peer's.\n\n", cpuName(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, kind)
	fmt.Fprintln(w, "| work | threads | unit | ours | best peer | | ratio | all peers |")
	fmt.Fprintln(w, "| --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, r := range all {
		best, ratio, others := "", "", []string{}
		if i := r.best(); i >= 0 {
			best = fmt.Sprintf("%s | %.4g", r.Peers[i].Name, r.Peers[i].Rate)
			ratio = fmt.Sprintf("%.2f", r.Ours/r.Peers[i].Rate)
		} else {
			best = "|"
		}
		for _, p := range r.Peers {
			others = append(others, fmt.Sprintf("%s %.4g", p.Name, p.Rate))
		}
		fmt.Fprintf(w, "| %s | %d | %s | %.4g | %s | %s | %s |\n", r.Work, r.Threads, r.Unit, r.Ours, best, ratio, strings.Join(others, ", "))
	}
}

// cpuName is the processor's name where /proc tells it.
func cpuName() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
