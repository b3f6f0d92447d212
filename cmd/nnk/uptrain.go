package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"

	"nnk/bundle"
	"nnk/mat"
	"nnk/snnk"
)

// uptraining continues a model that was fitted in closed form by gradient descent.
type uptraining struct {
	opt       snnk.TrainOptions
	diagonals bool
}

func (u *uptraining) register(c *call) {
	c.flags.IntVar(&u.opt.Epochs, "uptrain", 0, "`epochs` of gradient descent after the closed form, of the whole network; a tenth of the rows is held out to keep the best")
	c.flags.BoolVar(&u.diagonals, "diagonals", false, "with -uptrain: the signs and biases of the features become trained numbers too, about four for each feature; without -pool")
	c.flags.Float64Var(&u.opt.Rate, "lr", 3e-3, "peak learning rate of -uptrain")
}

// check completes the options by what was given for the fit.
func (u *uptraining) check(given map[string]bool, fit *bundle.FitOptions) error {
	if u.opt.Epochs < 0 || !(u.opt.Rate > 0) {
		return usagef("-uptrain and -lr must be positive")
	}
	if u.opt.Epochs == 0 && (u.diagonals || given["lr"]) {
		return usagef("-diagonals and -lr go with -uptrain")
	}
	if u.diagonals {
		if given["pool"] && fit.Pool > fit.Features {
			return usagef("-diagonals trains all features of a projection: it does not go with -pool")
		}
		fit.Pool = fit.Features
	}
	u.opt.HeldOut, u.opt.Schedule.Cosine, u.opt.Seed = 0.1, true, fit.Seed
	return nil
}

// start returns the rows that a closed form may see: those that are not held out.
func (u *uptraining) start(data *examples) (inputs, targets bundle.Source[float32]) {
	rows, _ := u.opt.Split(data.x.Rows())
	x, t := bundle.Matrix(pick(data.x, rows)), data.some(rows)
	if t.Values != nil {
		return x, bundle.Matrix(t.Values)
	}
	return x, bundle.OneHot[float32](t.Labels, data.outputs)
}

// pick copies rows of a.
func pick(a *mat.Dense[float32], rows []int) *mat.Dense[float32] {
	b := mat.New[float32](len(rows), a.Cols())
	for i, r := range rows {
		copy(b.Row(i), a.Row(r))
	}
	return b
}

// uptrained is what is printed of training; the names are those of -json.
type uptrained struct {
	*snnk.TrainReport
	Epochs int `json:"epochs"`
	saved
}

// run trains the model's network to the targets.
func (u *uptraining) run(c *call, m *bundle.Model[float32], data *examples) (*uptrained, error) {
	if rows, _ := u.opt.Split(data.x.Rows()); data.targets.Labels != nil {
		var err error
		if m.Network, err = m.Network.Temper(pick(data.x, rows), data.some(rows), u.opt.Loss); err != nil {
			return nil, err
		}
	}
	seq, err := bundle.Trainable(m.Network, u.diagonals)
	if err != nil {
		return nil, err
	}
	result := &uptrained{}
	if result.TrainReport, err = descend(c, seq, data, u.opt); err != nil {
		return nil, err
	}
	result.Epochs = len(result.History)
	if m.Network, err = bundle.Trained(seq); err != nil {
		return nil, err
	}
	if m.Info == nil {
		m.Info = map[string]string{}
	}
	m.Info["epochs"] = strconv.Itoa(result.Epochs)
	return result, nil
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
	if opt.Checkpoint != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		opt.Context = ctx
	}
	report, err := snnk.Train(m, data.x, data.targets, opt)
	switch {
	case errors.Is(err, context.Canceled):
		return nil, fmt.Errorf("interrupted after step %d; the same command goes on from %s", report.Steps, opt.Checkpoint)
	case errors.Is(err, snnk.ErrCheckpoint):
		return nil, fmt.Errorf("%w; give another -checkpoint or remove the file", err)
	}
	return report, err
}

// print writes the table.
func (r *uptrained) print(w io.Writer, data *examples) {
	t := &table{}
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
	t.add("trained parameters", thousands(r.Params))
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
	return nil
}

// uptrain fits the features on the rows that are not held out and trains the whole network
// on from there.
func (k *compression) uptrain(c *call, data *examples) error {
	x, y := k.up.start(data)
	run := k.net.Part(k.from, k.to)
	if k.from > 0 {
		x = bundle.OutputsOf(k.net.Part(0, k.from), x)
	}
	if k.truth == "" {
		y = bundle.OutputsOf(run, x)
	}
	m, _, err := bundle.Fit(x, y, k.opt)
	if err != nil {
		return err
	}
	m.Network = k.net.Replace(k.from, k.to, m.Network)
	r, err := k.up.run(c, m, data)
	if err != nil {
		return err
	}
	return r.finish(c, m, data, k.out)
}

// memory reads all rows, and the targets: those of -y, or the network's outputs.
func (k *compression) memory() (*examples, error) {
	if k.truth != "" {
		data, err := readExamples(k.x, k.truth, "auto")
		if err != nil {
			return nil, err
		}
		if data.x.Cols() != k.net.In() || data.outputs != k.net.Out() {
			return nil, fmt.Errorf("%s: %d columns and %d classes or targets, but the network has %d inputs and %d outputs", k.x, data.x.Cols(), data.outputs, k.net.In(), k.net.Out())
		}
		k.opt.Task, k.opt.Classes = data.task(), data.names
		return data, nil
	}
	table, err := openRows(k.x, 0)
	if err != nil {
		return nil, err
	}
	defer table.Close()
	if table.Cols() != k.net.In() {
		return nil, fmt.Errorf("%s: %d columns, but the network reads %d", k.x, table.Cols(), k.net.In())
	}
	data := &examples{outputs: k.net.Out()}
	if data.x, err = readHead(table, table.Rows()); err != nil {
		return nil, err
	}
	data.targets.Values = k.net.Forward(nil, data.x, nil)
	k.opt.Task = bundle.Outputs
	return data, nil
}

func (e *examples) task() bundle.Task {
	if e.targets.Labels != nil {
		return bundle.Classify
	}
	return bundle.Regress
}

// trainFeatures fits features in closed form and trains their diagonals and Ψ.
func (t *training) trainFeatures(c *call, data *examples, out string) error {
	u := &uptraining{t.opt, true}
	var units snnk.Standard[float32]
	numbers := data.targets.Values
	if numbers != nil { // the steps are made for outputs of size 1
		units = snnk.Standardise(numbers)
		data.targets.Values = units.Apply(nil, numbers)
	}
	standard := map[string]bundle.Standard{"auto": bundle.StandardAuto, "yes": bundle.StandardAlways, "no": bundle.StandardNever}[t.standard]
	x, y := u.start(data)
	m, _, err := bundle.Fit(x, y, bundle.FitOptions{Task: data.task(), Classes: data.names, Features: t.features, Pool: t.features, Map: t.kind, Standard: standard, Seed: t.opt.Seed, Loss: bundle.LossSquared})
	if err != nil {
		return err
	}
	r, err := u.run(c, m, data)
	if err != nil {
		return err
	}
	if numbers != nil {
		stages := m.Network.Stages()
		last, ok := stages[len(stages)-1].(*bundle.Dense[float32])
		if !ok {
			return fmt.Errorf("the model ends in a %T", stages[len(stages)-1])
		}
		l := snnk.LinearOf("", last.Weight(), last.Bias(), last.Activation())
		l.FoldOutputs(units)
		m.Network = bundle.NewNetwork(append(stages[:len(stages)-1:len(stages)-1], bundle.NewDense(l.Weight().Value, l.Bias().Value.Row(0), last.Activation()))...)
	}
	return r.finish(c, m, data, out)
}
