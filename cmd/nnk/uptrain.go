package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/compress"
	"nnk/bundle/fit"
	"nnk/bundle/table"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/snnk"
)

// uptraining continues a model that was made without it by gradient descent.
type uptraining struct {
	opt       snnk.TrainOptions
	diagonals bool
	freeze    bool
	kept      []bundle.Stage[float32] // with freeze, the stages that are not trained
}

func (u *uptraining) register(c *call) {
	c.flags.IntVar(&u.opt.Epochs, "uptrain", 0, "`epochs` of gradient descent on -x after -method, to -y or the network's own outputs, of the whole network or with -freeze of what is new; a tenth of the rows is held out, from -method too, to keep the best")
	c.flags.BoolVar(&u.freeze, "freeze", false, "with -uptrain: the layers that -bundle leaves stay as they are, and only what replaces the others is trained; where both have become one matrix, it is trained")
	c.flags.BoolVar(&u.diagonals, "diagonals", false, "with -uptrain: the signs and biases of the features become trained numbers too, about four for each feature; for -method closed-form, without -pool")
	c.flags.Float64Var(&u.opt.Rate, "lr", 3e-3, "peak learning rate of -uptrain")
}

// check completes the options by what was given for the fit.
func (u *uptraining) check(given map[string]bool, features *fit.Options) error {
	if u.opt.Epochs < 0 {
		return usagef("-uptrain %d: want 0, for none, or more epochs", u.opt.Epochs)
	}
	if !(u.opt.Rate > 0) || u.opt.Rate-u.opt.Rate != 0 {
		return usagef("-lr %g: want a positive number", u.opt.Rate)
	}
	if u.opt.Epochs == 0 && (u.diagonals || u.freeze || given["lr"]) {
		return usagef("-diagonals, -freeze and -lr go with -uptrain")
	}
	if u.diagonals {
		if given["pool"] && features.Pool > features.Features {
			return usagef("-diagonals trains all features of a projection: it does not go with -pool")
		}
		features.Pool = features.Features
		features.Projection = cmp.Or(features.Projection, ortho.Hadamard.String()) // the kind that has diagonals
	}
	u.opt.HeldOut, u.opt.Schedule.Cosine, u.opt.Seed = 0.1, true, features.Seed
	return nil
}

// start returns the rows that a closed form may see: those that are not held out.
func (u *uptraining) start(data *examples) (inputs, targets bundle.Source) {
	rows, _ := u.opt.Split(data.x.Rows())
	return bundle.Matrix(pick(data.x, rows)), data.source(rows)
}

// source are the targets of some of the rows, as a fit takes them.
func (e *examples) source(rows []int) bundle.Source {
	t := e.some(rows)
	if t.Values != nil {
		return bundle.Matrix(t.Values)
	}
	return bundle.OneHot(t.Labels, e.outputs)
}

// pick copies rows of a.
func pick[T asm.Float](a *mat.Dense[T], rows []int) *mat.Dense[T] {
	b := mat.New[T](len(rows), a.Cols())
	for i, r := range rows {
		copy(b.Row(i), a.Row(r))
	}
	return b
}

// uptrained is what is printed of training; the names are those of -json.
type uptrained struct {
	*snnk.TrainReport
	Epochs int `json:"epochs"`
	Frozen int `json:"frozen_params,omitempty"` // of the stored ones
	saved
	Rounding *rounding `json:"rounding,omitempty"`
	// What was trained on, for -method auto and montecarlo.
	Family     string                     `json:"family,omitempty"`
	Candidates []compress.Candidate       `json:"candidates,omitempty"`
	MonteCarlo *compress.MonteCarloReport `json:"montecarlo,omitempty"`
	understood
	Kept    string   `json:"kept,omitempty"`
	Judged  *verdict `json:"judged,omitempty"`
	Written *written `json:"written,omitempty"` // of train
}

// run trains the model's network to the targets.
func (u *uptraining) run(c *call, m *bundle.Model[float32], data *examples) (*uptrained, error) {
	if err := u.temper(c.ctx, m, data); err != nil {
		return nil, err
	}
	seq, err := compress.Trainable(m.Network, u.diagonals)
	if err != nil {
		return nil, err
	}
	result := &uptrained{}
	for i, s := range m.Network.Stages() {
		if slices.Contains(u.kept, s) {
			snnk.Freeze(seq.Modules()[i].Params(), true)
			result.Frozen += s.Params()
		}
	}
	if result.TrainReport, err = descend(c, seq, data, u.opt); err != nil {
		return nil, err
	}
	result.Epochs = len(result.History)
	if m.Network, err = compress.Trained(seq); err != nil {
		return nil, err
	}
	if m.Provenance == nil {
		m.Provenance = map[string]string{}
	}
	m.Provenance["epochs"] = strconv.Itoa(result.Epochs)
	return result, nil
}

// temper gives scores of classes the size of logits, if they come from a matrix that may change.
func (u *uptraining) temper(ctx context.Context, m *bundle.Model[float32], data *examples) error {
	stages := m.Network.Stages()
	last := stages[len(stages)-1]
	if data.targets.Labels == nil || !compress.Scores(last) || slices.Contains(u.kept, last) {
		return nil
	}
	rows, _ := u.opt.Split(data.x.Rows())
	var err error
	m.Network, err = compress.Temper(ctx, m.Network, pick(data.x, rows), data.some(rows), u.opt.Loss)
	return err
}

// some are the targets of some of the rows.
func (e *examples) some(rows []int) snnk.Targets[float32] {
	if e.targets.Values != nil {
		return snnk.Targets[float32]{Values: pick(e.targets.Values, rows)}
	}
	labels := make([]int, len(rows))
	for i, r := range rows {
		labels[i] = e.targets.Labels[r]
	}
	return snnk.Targets[float32]{Labels: labels}
}

// descend trains with progress; an interrupt leaves a checkpoint if there is to be one.
func descend(c *call, m snnk.Module[float32], data *examples, opt snnk.TrainOptions) (*snnk.TrainReport, error) {
	p := c.progress(c.name)
	defer p.end()
	opt.Progress = p.step
	report, err := snnk.Train(c.ctx, m, data.x, data.targets, opt)
	switch {
	case errors.Is(err, context.Canceled) && opt.Checkpoint != "":
		return nil, fmt.Errorf("%w after step %d; the same command goes on from %s", err, report.Steps, opt.Checkpoint)
	case errors.Is(err, snnk.ErrCheckpoint):
		return nil, fmt.Errorf("%w; give another -checkpoint or remove the file", err)
	}
	return report, err
}

// print writes the table.
func (r *uptrained) print(w io.Writer, data *examples) {
	t := &listing{}
	t.add("rows trained on", thousands(r.Rows))
	t.add("rows held out", thousands(r.HeldOutRows))
	epochs := strconv.Itoa(r.Epochs)
	if r.HeldOutRows > 0 {
		epochs += fmt.Sprintf(", best %d", r.Best) // 0 is the start
	}
	if r.Stopped {
		epochs += ", stopped early"
	}
	t.add("epochs", epochs)
	score := func(what string, s snnk.Score) {
		t.add("loss, "+what, short(s.Loss))
		if data.targets.Labels != nil {
			t.add("accuracy %, "+what, strconv.FormatFloat(100*s.Accuracy, 'f', 2, 64))
		}
	}
	score("trained on", r.Trained)
	if r.HeldOutRows > 0 {
		score("held out, before", r.Start)
		score("held out", r.HeldOut)
	}
	r.Written.print(t)
	t.add("trained parameters", thousands(r.Params))
	if r.Frozen > 0 {
		t.add("of these kept as they were", thousands(r.Frozen))
	}
	r.Rounding.add(t)
	t.add("file bytes", thousands(int(r.Bytes)))
	t.print(w)
}

// finish writes the model and what became of it.
func (r *uptrained) finish(c *call, m *bundle.Model[float32], data *examples, out string) error {
	size, err := save(m, out)
	if err != nil {
		return err
	}
	r.saved = saved{m.Task, m.Network.Params(), size, out}
	if c.json {
		return printJSON(c.stdout, r)
	}
	r.print(c.stdout, data)
	r.Judged.print(c)
	return nil
}

// uptrain replaces the layers as the method does, with the rows that are not held out, and
// trains on from there.
func (k *compression) uptrain(c *call, data *examples) error {
	k.val.names = table.UniqueNames(data.columns)
	if err := k.val.open(c, k); err != nil {
		return err
	}
	inputs, y := k.up.start(data)
	x := k.before(inputs)
	if k.truth == "" {
		y = k.own(x)
	}
	m, made, err := k.method.replace(k, c, inputs, x, y)
	if err != nil {
		return err
	}
	if k.up.freeze {
		all := k.net.Stages()
		k.up.kept = append(all[:k.from:k.from], all[k.to:]...)
	}
	r, err := k.up.run(c, m, data)
	if err != nil {
		return err
	}
	r.Family, r.Candidates, r.MonteCarlo, r.understood = made.Family, made.Candidates, made.MonteCarloReport, k.understood
	if !c.json && k.method.print != nil {
		k.method.print(k, c.stdout, m.Task, made)
		fmt.Fprintln(c.stdout)
	}
	k.known.name(m)
	nameInputs(m, data.columns)
	r.Kept = k.Kept
	if r.Rounding, err = k.codes.round(c, m, inputs, nil); err != nil {
		return err
	}
	if r.Judged, err = k.val.judge(c, k, m.Network); err != nil {
		return err
	}
	return r.finish(c, m, data, k.out)
}

// memory reads all rows, and the targets: those of -y, or the network's outputs.
func (k *compression) memory(c *call) (*examples, error) {
	if k.truth != "" {
		data, err := c.readExamples(k.x, k.truth, k.task, k.known)
		if err != nil {
			return nil, err
		}
		if data.wide.Cols() != k.net.In() || data.outputs != k.net.Out() {
			return nil, fmt.Errorf("%s: %d columns and %d classes or targets, but the network has %d inputs and %d outputs", k.x, data.wide.Cols(), data.outputs, k.net.In(), k.net.Out())
		}
		if data.x, err = (*columnUnits)(nil).apply(data.wide); err == nil && data.numbers != nil {
			data.targets.Values, err = (*columnUnits)(nil).apply(data.numbers)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k.x, err)
		}
		k.opt.Task, k.opt.Classes = data.task(), data.names
		k.known.kind = data.kind
		if k.Kept = keptTargets; data.targets.Labels != nil {
			k.Kept = keptLabels
		}
		return data, nil
	}
	inputs, err := c.open(k.x, 0)
	if err != nil {
		return nil, err
	}
	defer inputs.Close()
	if inputs.Cols() != k.net.In() {
		return nil, fmt.Errorf("%s: %d columns, but the network reads %d", k.x, inputs.Cols(), k.net.In())
	}
	if err := c.needExamples(k.x, inputs.Rows(), inputs.Cols()+k.net.Out()); err != nil {
		return nil, err
	}
	data := &examples{outputs: k.net.Out(), columns: inputs.Names()}
	if data.x, err = readHead(inputs, inputs.Rows()); err != nil {
		return nil, err
	}
	data.targets.Values = k.net.Forward(nil, data.x, nil)
	if k.Kept == keptAnswers {
		data.targets.Values = bundle.NewSoftmax[float32](k.net.Out(), false).Forward(nil, data.targets.Values, nil)
		k.up.opt.Loss = snnk.CrossEntropy
	}
	return data, nil
}

// sources are the targets as they are, or what classes are fitted to.
func (e *examples) sources() bundle.Source {
	if e.targets.Labels != nil {
		return bundle.OneHot(e.targets.Labels, bundle.ClassCount(e.outputs))
	}
	return bundle.Matrix(e.numbers)
}

func (e *examples) task() bundle.Task {
	if e.targets.Labels != nil {
		return bundle.Classify
	}
	return bundle.Regress
}

// trainFeatures fits features in closed form and trains their diagonals and Ψ. Whether columns are standardised is decided, if it is left open, by what
// is held out from training; or where nothing is, or there is one checkpoint, by what is held out from the fit.
func (t *training) trainFeatures(c *call, data *examples, out string) error {
	var outputs *columnUnits
	var err error
	if data.numbers != nil { // the steps are made for outputs of size 1
		outputs = unitsOf(data.numbers, mostTargetLevel)
		if data.targets.Values, err = outputs.apply(data.numbers); err != nil {
			return err
		}
	}
	ways := []fit.Standardisation{map[string]fit.Standardisation{"auto": fit.StandardiseAuto, "yes": fit.StandardiseAlways, "no": fit.StandardiseNever}[t.standard]}
	if t.standard == "auto" && t.opt.HeldOut > 0 && t.opt.Checkpoint == "" {
		ways = []fit.Standardisation{fit.StandardiseAlways, fit.StandardiseNever}
	}
	var m *bundle.Model[float32]
	var r *uptrained
	for _, way := range ways {
		made, report, err := t.trainFrom(c, data, way)
		if err != nil {
			return err
		}
		if r == nil || report.HeldOut.Loss < r.HeldOut.Loss {
			m, r = made, report
		}
	}
	if stages := m.Network.Stages(); outputs != nil {
		stages = stages[:len(stages):len(stages)]
		last, ok := stages[len(stages)-1].(*snnk.Layer[float32])
		if !outputs.far && ok {
			stages = append(stages[:len(stages)-1:len(stages)-1], last.FoldOutputs(outputs.narrow()))
		} else {
			stages = append(stages, outputs.back())
		}
		m.Network = bundle.NewNetwork(stages...)
	}
	if err := t.roundAndMeasure(c, m, data, r); err != nil {
		return err
	}
	return r.finish(c, m, data, out)
}

// trainFrom fits features to the rows that are not held out and trains on from there.
func (t *training) trainFrom(c *call, data *examples, standard fit.Standardisation) (*bundle.Model[float32], *uptrained, error) {
	rows, _ := t.opt.Split(data.wide.Rows())
	m, _, err := fit.Run[float32](c.ctx, bundle.Matrix(pick(data.wide, rows)), data.source(rows), fit.Options{Task: data.task(), Classes: data.names, Features: t.features, Pool: t.features, Map: t.kind, Projection: ortho.Hadamard.String(), Standardise: standard, Seed: t.opt.Seed, Loss: snnk.SquaredError, Memory: c.memory.limit})
	if err != nil {
		return nil, nil, err
	}
	m.LabelType = data.kind
	nameInputs(m, data.columns)
	// What the fit does to the inputs first it does in float64; what is trained reads the outcome.
	stages := m.Network.Stages()
	n := 0
	if _, ok := stages[n].(*bundle.Columns[float32]); ok {
		n++
	}
	if _, ok := stages[n].(*bundle.Scale[float32]); ok {
		n++
	}
	before, x := stages[:n:n], bundle.Source(bundle.Matrix(data.wide))
	if n > 0 {
		x = bundle.OutputsOf(bundle.NewNetwork(before...), x)
		m.Network = bundle.NewNetwork(stages[n:]...)
	}
	data.x = mat.New[float32](x.Rows(), x.Cols())
	if err := bundle.Read(data.x, x, 0); err != nil {
		return nil, nil, err
	}
	r, err := (&uptraining{opt: t.opt, diagonals: true}).run(c, m, data)
	if err != nil {
		return nil, nil, err
	}
	m.Network = bundle.NewNetwork(append(before, m.Network.Stages()...)...)
	return m, r, nil
}
