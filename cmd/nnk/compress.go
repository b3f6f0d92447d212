package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"nnk/bundle"
	"nnk/bundle/compress"
)

// compression is one run of compress.
type compression struct {
	features
	net      *bundle.Network[float32]
	from, to int // the layers to replace
	x        string
	truth    string
	budget   int
	out      string
	up       uptraining
}

// notFor are the flags that a method has no use for.
var notFor = map[string][]string{
	"closed-form": {"budget"},
	"montecarlo":  {"budget", "map", "pool", "loss", "logit-penalty", "lambda", "scale", "standardise", "diagonals"},
	"auto":        {"features", "pool", "diagonals"},
}

func compressNetwork(c *call) error {
	var k compression
	model := c.flags.String("model", "", "`file` of the network: safetensors, the index.json of its shards, or ONNX")
	var from networkFlags
	from.register(c)
	from.registerCheck(c)
	part := c.flags.String("bundle", "all", "`FROM:TO`, the layers to replace, counted from 0, without the layer TO, as the listing of the network does: 0:2 are the first two, 1: all but the first. The others stay as they are")
	c.flags.StringVar(&k.x, "x", "", "inputs of the network, n×d, .npy or .csv `file`; montecarlo can do without")
	c.flags.StringVar(&k.truth, "y", "", "labels or targets to fit instead of the network's own outputs, .npy or .csv `file`")
	method := c.flags.String("method", "closed-form", "closed-form: features fitted to -x; montecarlo: features drawn for the layers' activations and weights, without fitting; auto: every family of networks that fits -budget is tried on held-out rows of -x, and the best is kept")
	c.flags.IntVar(&k.budget, "budget", 0, "most `parameters` of what replaces the layers, for auto")
	c.flags.StringVar(&k.out, "o", "", "model `file` to write")
	k.up.register(c)
	k.register(c)
	c.tables.register(c)
	c.tables.registerLabels(c)
	if err := c.parse(0, "model", "o"); err != nil {
		return err
	}
	given, err := c.methodFlags(*method)
	if err != nil {
		return err
	}
	if *method == "montecarlo" && !given["features"] {
		k.opt.Features = 4096
	}
	if *method == "auto" && k.budget < 1 {
		return usagef("-method auto needs -budget, a number of parameters")
	}
	if *method == "montecarlo" && k.truth != "" && k.up.opt.Epochs == 0 {
		return usagef("-y has no use with -method montecarlo but for -uptrain")
	}
	if (*method != "montecarlo" || k.up.opt.Epochs > 0) && k.x == "" {
		return usagef("flag -x is needed")
	}
	if err := k.check(); err != nil {
		return err
	}
	if err := k.up.check(given, &k.opt); err != nil {
		return err
	}
	read, err := from.read(*model)
	if err != nil {
		return err
	}
	k.net = read.Network
	if k.known, err = readNaming(*model, k.net.Out()); err != nil {
		return err
	}
	if k.from, k.to, err = parseRun(*part, len(k.net.Stages())); err != nil {
		return err
	}
	if *part == "all" && k.truth == "" {
		k.to = beforeSoftmax(k.net)
	}
	if k.truth != "" && k.to < len(k.net.Stages()) {
		return usagef("-y goes with the network's last layer, which -bundle %s leaves as it is", *part)
	}
	from.print(c, read)
	if err := from.verify(c, read); err != nil {
		return err
	}
	return k.run(c, *method)
}

// methodFlags returns the flags that were given, none of which may be without use for the
// method.
func (c *call) methodFlags(method string) (map[string]bool, error) {
	useless, ok := notFor[method]
	if !ok {
		return nil, usagef("-method %s: want closed-form, montecarlo or auto", method)
	}
	given := c.given()
	for _, name := range useless {
		if given[name] {
			return nil, usagef("-%s has no use with -method %s", name, method)
		}
	}
	return given, nil
}

// parseRun reads FROM:TO, of which either may be left out, or "all".
func parseRun(text string, layers int) (from, to int, err error) {
	a, b, ok := strings.Cut(text, ":")
	if text == "all" {
		a, b, ok = "", "", true
	}
	to = layers
	if a != "" {
		from, err = strconv.Atoi(a)
	}
	if b != "" && err == nil {
		to, err = strconv.Atoi(b)
	}
	if !ok || err != nil || from < 0 || to <= from || to > layers {
		return 0, 0, usagef("-bundle %s: want FROM:TO within 0:%d, or all", text, layers)
	}
	return from, to, nil
}

// beforeSoftmax is the number of stages without those that make probabilities of scores at the end: they have
// nothing to replace, and the scores before them are easier to fit.
func beforeSoftmax(net *bundle.Network[float32]) int {
	n := len(net.Stages())
	for n > 1 {
		if _, ok := net.Stages()[n-1].(*bundle.Softmax[float32]); !ok {
			break
		}
		n--
	}
	return n
}

// run opens the data and replaces the layers.
func (k *compression) run(c *call, method string) error {
	if k.x == "" {
		return k.monteCarlo(c, nil)
	}
	if k.up.opt.Epochs > 0 {
		data, err := k.memory(c)
		if err != nil {
			return err
		}
		return k.uptrain(c, method, data)
	}
	inputs, err := c.open(k.x, 0)
	if err != nil {
		return err
	}
	defer inputs.Close()
	if inputs.Cols() != k.net.In() {
		return fmt.Errorf("%s: %d columns, but the network reads %d", k.x, inputs.Cols(), k.net.In())
	}
	if method == "montecarlo" {
		return k.monteCarlo(c, inputs)
	}
	run := k.net.Part(k.from, k.to)
	var x bundle.Source = inputs
	if k.from > 0 {
		x = bundle.OutputsOf(k.net.Part(0, k.from), x)
	}
	targets := bundle.OutputsOf(run, x)
	k.opt.Task = bundle.Outputs
	if k.truth != "" {
		y, err := c.open(k.truth, inputs.Rows())
		if err != nil {
			return err
		}
		defer y.Close()
		var kept []int
		if targets, kept, err = k.targets(c, y, "auto"); err != nil {
			return err
		}
		if kept != nil {
			if x = pickRows(inputs, kept); k.from > 0 {
				x = bundle.OutputsOf(k.net.Part(0, k.from), x)
			}
		}
		if targets.Cols() != k.net.Out() {
			return fmt.Errorf("%s: %d classes or columns, but the network has %d outputs", k.truth, targets.Cols(), k.net.Out())
		}
	}
	if method == "auto" {
		return k.auto(c, run, x, targets)
	}
	k.finish = func(n *bundle.Network[float32]) *bundle.Network[float32] { return k.net.Replace(k.from, k.to, n) }
	return k.fitTo(c, x, targets, k.out)
}

// monteCarlo draws features for the layers; x may be nil.
func (k *compression) monteCarlo(c *call, x bundle.Source) error {
	net, report, err := compress.MonteCarlo(c.ctx, k.net, x, k.from, k.to, k.drawn())
	if err != nil {
		return err
	}
	m := &bundle.Model[float32]{Network: net, Task: bundle.Outputs, Info: map[string]string{"method": "montecarlo"}}
	k.known.name(m)
	size, err := save(m, k.out)
	if err != nil {
		return err
	}
	if c.json {
		return printJSON(c.stdout, struct {
			*compress.MonteCarloReport
			saved
		}{report, saved{m.Task, net.Params(), size, k.out}})
	}
	k.printDrawn(c.stdout, report)
	fmt.Fprintln(c.stdout, k.size(net.Params(), size))
	return nil
}

// drawn are the options of features that are drawn for the layers.
func (k *compression) drawn() compress.MonteCarloOptions {
	return compress.MonteCarloOptions{Features: k.opt.Features, Projection: k.opt.Projection, Seed: k.opt.Seed}
}

func (k *compression) printDrawn(w io.Writer, report *compress.MonteCarloReport) {
	t := &listing{}
	t.add("layer", "features", "‖x‖ up to", "‖w‖ up to", "range", "size of outputs", "predicted error")
	for _, l := range report.Layers {
		t.add(strconv.Itoa(l.Layer), thousands(l.Features), short(l.XNorm), short(l.WNorm), fmt.Sprintf("%.3g to %.3g", l.Lo, l.Hi), short(l.RMS), short(l.Error))
	}
	t.print(w)
	rows := thousands(report.Rows) + " rows of " + k.x
	if k.x == "" {
		rows = thousands(report.Rows) + " standard normal rows"
	}
	fmt.Fprintf(w, "\nmeasured on %s: error %s, outputs of size %s\n", rows, short(report.Error), short(report.RMS))
}

// auto tries every family.
func (k *compression) auto(c *call, run *bundle.Network[float32], x, y bundle.Source) error {
	m, candidates, err := k.tryAll(c, run, x, y)
	if err != nil {
		return err
	}
	k.known.name(m)
	size, err := save(m, k.out)
	if err != nil {
		return err
	}
	if c.json {
		return printJSON(c.stdout, struct {
			Family     string               `json:"family"`
			Candidates []compress.Candidate `json:"candidates"`
			saved
		}{m.Info["family"], candidates, saved{m.Task, m.Network.Params(), size, k.out}})
	}
	printCandidates(c.stdout, m.Task, candidates)
	fmt.Fprintf(c.stdout, "\n%s\n", k.size(m.Network.Params(), size))
	return nil
}

// tryAll returns the network with the best family in place of the layers.
func (k *compression) tryAll(c *call, run *bundle.Network[float32], x, y bundle.Source) (*bundle.Model[float32], []compress.Candidate, error) {
	p := c.progress(c.name)
	defer p.end()
	m, candidates, err := compress.Auto(c.ctx, run, x, y, compress.AutoOptions{Budget: k.budget, Fit: k.opt, Progress: p.step})
	if err != nil {
		return nil, nil, err
	}
	m.Network = k.net.Replace(k.from, k.to, m.Network)
	return m, candidates, nil
}

func printCandidates(w io.Writer, task bundle.Task, candidates []compress.Candidate) {
	t, problems := &listing{}, ""
	measure := "held-out error"
	if task == bundle.Classify {
		measure = "held-out accuracy"
	}
	t.add("family", "parameters", measure, "")
	for _, f := range candidates {
		value, mark := short(f.HeldOut), ""
		if task == bundle.Classify {
			value = fmt.Sprintf("%.2f %%", 100*f.Accuracy)
		}
		if f.Chosen {
			mark = "chosen"
		}
		if f.Problem != "" {
			t.add(f.Family, "none")
			problems += f.Family + ": " + withoutPackage(f.Problem) + "\n"
			continue
		}
		t.add(f.Family, thousands(f.Params), value, mark)
	}
	t.print(w)
	if task == bundle.Classify {
		fmt.Fprintln(w, "\nIf the network was trained on these rows, the families that keep its neurons look better than they are.")
	}
	if problems != "" {
		fmt.Fprintf(w, "\n%s", problems)
	}
}

// size says how large the result is.
func (k *compression) size(params int, bytes int64) string {
	return fmt.Sprintf("trained parameters %s, %s before; file bytes %s", thousands(params), thousands(k.net.Params()), thousands(int(bytes)))
}

// saved is what is said of every model that was written.
type saved struct {
	Task   bundle.Task `json:"task"`
	Params int         `json:"trained_params"`
	Bytes  int64       `json:"file_bytes"`
	File   string      `json:"file"`
}

// save writes a model and returns its size.
func save(m *bundle.Model[float32], path string) (int64, error) {
	size, err := m.Bytes()
	if err != nil {
		return 0, err
	}
	return size, plain(m.Save(path))
}
