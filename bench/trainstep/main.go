//go:build linux

// Command trainstep measures a step of training against PyTorch's in the same run: forward,
// softmax cross-entropy, backward and AdamW of the dense ReLU network 784-512-512-10 on a batch of
// 128 rows, float32, one thread each.
//
//	go run ./trainstep    in bench/; needs Debian's python3-torch
//
// The two take turns, in rounds of some steps, so that both meet the same disturbances. For each
// it prints the least and the median time of a step, of the time that passed and of the
// time that the process ran, and the ratio of theirs to ours.
package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"time"

	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/urf"

	"golang.org/x/sys/unix"
)

//go:embed torch_step.py
var script string

func main() {
	rounds := flag.Int("rounds", 40, "turns of each")
	steps := flag.Int("steps", 10, "steps of a turn")
	python := flag.String("python", "/usr/bin/python3", "interpreter that has torch")
	flag.Parse()
	if err := compare(os.Stdout, *python, *rounds, *steps); err != nil {
		fmt.Fprintln(os.Stderr, "trainstep:", err)
		os.Exit(1)
	}
}

// times are milliseconds of steps: of the time that passed, and of the processor's.
type times [2][]float64

func (t *times) add(u times) {
	for k := range t {
		t[k] = append(t[k], u[k]...)
	}
}

func compare(w io.Writer, python string, rounds, steps int) error {
	runtime.GOMAXPROCS(1)
	peer, err := startTorch(python)
	if err != nil {
		return fmt.Errorf("%s with torch: %w", python, err)
	}
	step, err := network()
	if err != nil {
		return err
	}
	var ours, theirs times
	for round := range rounds + 1 {
		a, err := peer.run(steps)
		if err != nil {
			return err
		}
		b := run(step, steps)
		if round > 0 { // the first warms up
			theirs.add(a)
			ours.add(b)
		}
	}
	if err := peer.end(); err != nil {
		return err
	}
	fmt.Fprintf(w, "784-512-512-10, batch 128, float32, AdamW, one thread; %d steps each, %s %s/%s, PyTorch %s\n\n", rounds*steps, runtime.Version(), runtime.GOOS, runtime.GOARCH, peer.version)
	fmt.Fprintf(w, "%-28s %8s %8s %8s\n", "ms of a step", "nnk", "PyTorch", "ratio")
	for k, what := range []string{"time passed", "processor's time"} {
		slices.Sort(ours[k])
		slices.Sort(theirs[k])
		for _, c := range []struct {
			name string
			at   int
		}{{"least", 0}, {"median", len(ours[k]) / 2}} {
			a, b := ours[k][c.at], theirs[k][c.at]
			fmt.Fprintf(w, "%-28s %8.2f %8.2f %8.2f\n", what+", "+c.name, a, b, b/a)
		}
	}
	return nil
}

// run takes steps of ours.
func run(step func(), steps int) (t times) {
	for range steps {
		start, used := time.Now(), processorTime()
		step()
		t[1] = append(t[1], processorTime()-used)
		t[0] = append(t[0], float64(time.Since(start).Nanoseconds())/1e6)
	}
	return t
}

// processorTime is the milliseconds that the process has run.
func processorTime() float64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err) // the clock is there on Linux
	}
	return float64(t.Nano()) / 1e6
}

// network returns a step of training of a new network.
func network() (step func(), err error) {
	relu, err := urf.ActivationByName("relu")
	if err != nil {
		return nil, err
	}
	net := snnk.NewSequence[float32](
		snnk.NewLinear[float32]("0", 784, 512, relu, rng.New(1)),
		snnk.NewLinear[float32]("2", 512, 512, relu, rng.New(2)),
		snnk.NewLinear[float32]("4", 512, 10, urf.Activation{}, rng.New(3)))
	x, labels := mat.New[float32](128, 784), make([]int, 128)
	rng.Normal(rng.New(4), x.Data(), 0)
	for i := range labels {
		labels[i] = i % 10
	}
	optimiser, err := snnk.NewOptimiser(snnk.AdamW{}, net.Params())
	if err != nil {
		return nil, err
	}
	grad := mat.New[float32](128, 10)
	return func() {
		snnk.ZeroGrads(net.Params())
		snnk.EvalLoss(snnk.CrossEntropy, grad, net.Forward(nil, x), snnk.Targets[float32]{Labels: labels})
		net.Backward(nil, grad, false)
		optimiser.Step(1e-3, 1)
	}, nil
}

// torch is a Python process that takes steps when it is told to.
type torch struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	version string
}

func startTorch(python string) (*torch, error) {
	t := &torch{cmd: exec.Command(python, "-c", script)}
	t.cmd.Stderr = os.Stderr
	var err error
	if t.in, err = t.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := t.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	t.out = bufio.NewReader(out)
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	return t, t.read(&t.version)
}

func (t *torch) read(v any) error {
	line, err := t.out.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, v)
}

func (t *torch) run(steps int) (r times, err error) {
	if _, err := io.WriteString(t.in, strconv.Itoa(steps)+"\n"); err != nil {
		return r, err
	}
	return r, t.read(&r)
}

func (t *torch) end() error {
	t.in.Close()
	return t.cmd.Wait()
}
