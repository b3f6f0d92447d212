package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"nnk/bundle"
	"nnk/bundle/compress"
	"nnk/bundle/fit"
	"nnk/mat"
	"nnk/urf"
)

// method is a way of replacing layers.
type method struct {
	name, does string
	useless    []string // flags that it has no use for
	features   int      // where -features is not given; 0 for what every command takes
	budget     bool     // whether it needs one
	drawn      bool     // needs neither rows nor targets, unless it is trained on
	replace    func(k *compression, c *call, inputs, x, y bundle.Source) (*bundle.Model[float32], replacement, error)
	print      func(k *compression, w io.Writer, task bundle.Task, r replacement) // what it found; nil if the listing of a fit says it
}

// methods are those of -method, the first unless another is given.
var methods = []method{
	{
		name: "closed-form", does: "features fitted to -x",
		useless: []string{"budget"},
		replace: (*compression).closedForm,
	}, {
		name: "montecarlo", does: "features drawn for the layers' activations and weights, without fitting",
		useless:  []string{"budget", "bytes", "directions", "atoms", "terms", "map", "pool", "loss", "logit-penalty", "lambda", "scale", "standardise", "linear", "diagonals"},
		features: 4096, drawn: true,
		replace: (*compression).monteCarlo, print: (*compression).printDrawn,
	}, {
		name: "auto", does: "every family of networks that fits -budget is tried on held-out rows of -x, and the best is kept",
		useless: []string{"features", "pool", "bytes", "directions", "atoms", "terms", "diagonals"}, budget: true,
		replace: (*compression).auto, print: (*compression).printCandidates,
	},
}

// replacement is what a method says of the network that it made; the names are those of -json.
type replacement struct {
	*fit.Report
	*compress.MonteCarloReport
	Family     string               `json:"family,omitempty"`
	Candidates []compress.Candidate `json:"candidates,omitempty"`
	Sizes      []fit.Candidate      `json:"candidates_within_bytes,omitempty"` // of -bytes
	rounding   *rounding            // with -bytes
}

// methodsHelp is the text of -method.
func methodsHelp() string {
	var all []string
	for _, m := range methods {
		all = append(all, m.name+": "+m.does)
	}
	return strings.Join(all, "; ")
}

// methodNamed returns a method.
func methodNamed(name string) (*method, error) {
	var names []string
	for i := range methods {
		if methods[i].name == name {
			return &methods[i], nil
		}
		names = append(names, methods[i].name)
	}
	last := len(names) - 1
	return nil, usagef("-method %s: want %s or %s", name, strings.Join(names[:last], ", "), names[last])
}

// check refuses flags that the method has no use for, and asks for those that it cannot do without.
func (m *method) check(k *compression, given map[string]bool) error {
	for _, name := range m.useless {
		if given[name] {
			return usagef("-%s has no use with -method %s", name, m.name)
		}
	}
	if m.features > 0 && !given["features"] {
		k.opt.Features = m.features
	}
	if m.budget && k.budget < 1 {
		return usagef("-method %s needs -budget, a number of parameters", m.name)
	}
	trained := k.up.opt.Epochs > 0
	if m.drawn && k.truth != "" && !trained {
		return usagef("-y has no use with -method %s but for -uptrain", m.name)
	}
	if (!m.drawn || trained) && k.x == "" {
		return usagef("flag -x is needed")
	}
	return nil
}

// closedForm fits features to the rows.
func (k *compression) closedForm(c *call, inputs, x, y bundle.Source) (*bundle.Model[float32], replacement, error) {
	if k.size.bytes != 0 {
		return k.withinBytes(c, inputs, x, y)
	}
	m, report, err := k.fit(c, fit.NewFitter[float32](x, y), x, y)
	if err != nil {
		return nil, replacement{}, err
	}
	m.Network = k.net.Replace(k.from, k.to, m.Network)
	return m, replacement{Report: report}, nil
}

// withinBytes fits features in what -bytes leaves beside the layers that stay.
func (k *compression) withinBytes(c *call, inputs, x, y bundle.Source) (*bundle.Model[float32], replacement, error) {
	others, err := k.bytesOfOthers(inputs)
	if err != nil {
		return nil, replacement{}, err
	}
	if others >= k.size.bytes {
		return nil, replacement{}, fmt.Errorf("-bytes %d: the layers that stay take %s bytes of it", k.size.bytes, thousands(int(others)))
	}
	m, report, err := k.size.fit(c, &k.features, x, y, k.size.bytes-others, k.how.how, k.codes.bits, func(m *bundle.Model[float32]) { k.finish(m, inputs) })
	if err != nil {
		return nil, replacement{}, err
	}
	m.Network = k.net.Replace(k.from, k.to, m.Network)
	return m, replacement{Report: report.Report, Sizes: report.Candidates, rounding: roundingOf(report)}, nil
}

// bytesOfOthers is what the layers that stay add to the file, with what it is rounded up by.
func (k *compression) bytesOfOthers(inputs bundle.Source) (int64, error) {
	if k.from == 0 && k.to == len(k.net.Stages()) {
		return 0, nil
	}
	in, out := k.net.Part(k.from, k.to).In(), k.net.Part(k.from, k.to).Out()
	relu, err := urf.ActivationByName("relu") // so that no other layer joins it
	if err != nil {
		return 0, err
	}
	alone := bundle.NewNetwork[float32](bundle.NewLinear(mat.New[float32](out, in), nil, relu))
	var size [2]int64
	for i, n := range []*bundle.Network[float32]{alone, k.net.Replace(k.from, k.to, alone)} {
		m := &bundle.Model[float32]{Network: n, Task: k.opt.Task, Classes: k.opt.Classes}
		k.finish(m, inputs)
		if size[i], err = m.Bytes(); err != nil {
			return 0, err
		}
	}
	return size[1] - size[0] + 8, nil
}

// monteCarlo draws features for the layers; inputs may be nil.
func (k *compression) monteCarlo(c *call, inputs, _, _ bundle.Source) (*bundle.Model[float32], replacement, error) {
	if err := k.needDrawn(c); err != nil {
		return nil, replacement{}, err
	}
	opt := compress.MonteCarloOptions{Features: k.opt.Features, Projection: k.opt.Projection, Seed: k.opt.Seed}
	opt.Universal = k.up.opt.Epochs > 0 // products have no gradient
	net, report, err := compress.MonteCarlo(c.ctx, k.net, inputs, k.from, k.to, opt)
	if err != nil {
		return nil, replacement{}, err
	}
	m := &bundle.Model[float32]{Network: net, Task: k.opt.Task, Classes: k.opt.Classes, Provenance: map[string]string{"method": k.method.name}}
	return m, replacement{MonteCarloReport: report}, nil
}

// needDrawn refuses more features than memory holds: for 256 rows, for the neurons of each layer, and of projections without structure the
// numbers that are drawn.
func (k *compression) needDrawn(c *call) error {
	features, drawn := float64(k.opt.Features), 0.0
	for i, s := range k.net.Part(k.from, k.to).Stages() {
		inputs := float64(s.In())
		if i > 0 {
			inputs = features
		}
		if k.opt.Projection != "hadamard" {
			drawn += float64(features * inputs)
		}
		drawn += float64(features * float64(512+2*s.Out()))
	}
	return c.memory.need(4*drawn, fmt.Sprintf("-features %d", k.opt.Features), "take fewer")
}

func (k *compression) printDrawn(w io.Writer, _ bundle.Task, r replacement) {
	t := &listing{}
	t.add("layer", "features", "of kind", "‖x‖ up to", "‖w‖ up to", "range", "size of outputs", "predicted error", "of other kind", "measured")
	for _, l := range r.Layers {
		t.add(strconv.Itoa(l.Layer), thousands(l.Features), l.Family, short(l.XNorm), short(l.WNorm), fmt.Sprintf("%.3g to %.3g", l.Lo, l.Hi), short(l.RMS), short(l.Error), short(l.RunnerUp), short(l.Measured))
	}
	t.print(w)
	drawn := r.MonteCarloReport
	rows := thousands(drawn.Rows) + " rows of " + k.x
	if k.x == "" {
		rows = thousands(drawn.Rows) + " standard normal rows"
	}
	fmt.Fprintf(w, "\nmeasured on %s: error %s, outputs of size %s\n", rows, short(drawn.Error), short(drawn.RMS))
}

// auto tries every family.
func (k *compression) auto(c *call, _, x, y bundle.Source) (*bundle.Model[float32], replacement, error) {
	p := c.progress(c.name)
	defer p.end()
	if k.truth == "" {
		y = nil // which Auto makes itself, of what each family is to keep
	}
	opt := compress.AutoOptions{Budget: k.budget, Fit: k.opt, Progress: p.step}
	opt.ValX, opt.ValY = k.val.forAuto(k)
	m, candidates, err := compress.Auto(c.ctx, k.net.Part(k.from, k.to), x, y, opt)
	if err != nil {
		return nil, replacement{}, err
	}
	m.Network = k.net.Replace(k.from, k.to, m.Network)
	return m, replacement{Family: m.Provenance["family"], Candidates: candidates}, nil
}

func (k *compression) printCandidates(w io.Writer, task bundle.Task, r replacement) {
	t, problems := &listing{}, ""
	measure := "held-out error"
	switch {
	case task == bundle.Classify && k.Kept == keptAnswers && k.val.labels == nil:
		measure = "held-out agreement"
	case task == bundle.Classify:
		measure = "held-out accuracy"
	}
	t.add("family", "parameters", measure, "")
	for _, f := range r.Candidates {
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
	if k.val.rows == nil {
		fmt.Fprintln(w, "\njudged on folds of -x: if the network was trained on these rows, the families that keep its neurons look better than they are; -x-val gives others")
	}
	if problems != "" {
		fmt.Fprintf(w, "\n%s", problems)
	}
}
