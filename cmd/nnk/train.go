package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/checkpoint"
	"nnk/bundle/fit"
	"nnk/bundle/table"
	"nnk/internal/atomicfile"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// training are the flags of train.
type training struct {
	opt                      snnk.TrainOptions
	hidden, act, rule        string
	schedule, loss, standard string
	decay, momentum          float64
	task                     string
	features                 int
	kind                     string
	codes                    codes
}

func (t *training) register(c *call) {
	f := c.flags
	f.StringVar(&t.hidden, "hidden", "256,256", "`widths` of the hidden layers, separated by commas; empty for none")
	f.StringVar(&t.act, "activation", "relu", "activation of the hidden layers")
	f.IntVar(&t.features, "features", 0, "train `M` random features and the matrix after them instead of a dense network: it starts in closed form, and the diagonals of the features are trained too; -o is then a model file")
	f.StringVar(&t.kind, "map", fit.MapKinds()[0], "`kind` of features: "+strings.Join(fit.MapKinds(), " or "))
	f.StringVar(&t.task, "task", "auto", "classify, regress, or auto: classify if -y is one column of text, of booleans or of at most 20 different integers, not more than half as many as rows; with more integers it has to be said")
	f.StringVar(&t.loss, "loss", "auto", "squared, cross-entropy, binary (of each output by itself; two classes are then one output), or auto: cross-entropy for classes, else squared")
	f.StringVar(&t.rule, "optimiser", "adamw", "adamw or sgd")
	f.Float64Var(&t.opt.Rate, "lr", 0, "peak learning rate; 0 for 0.001, with -features 0.03")
	f.Float64Var(&t.decay, "decay", 0, "weight decay, with -features 0.01 if it is not given")
	f.Float64Var(&t.momentum, "momentum", 0.9, "momentum of sgd")
	f.StringVar(&t.schedule, "schedule", "cosine", "of the learning rate: cosine or constant")
	f.IntVar(&t.opt.Schedule.Warmup, "warmup", 0, "`steps` in which the learning rate rises to its peak")
	f.Float64Var(&t.opt.Clip, "clip", 0, "largest norm of the gradient; 0 for no limit")
	f.IntVar(&t.opt.Epochs, "epochs", 30, "passes over the data")
	f.IntVar(&t.opt.Batch, "batch", 32, "rows of a step")
	f.Float64Var(&t.opt.HeldOut, "held-out", 0.1, "`part` of the rows that is held out, to keep the epoch that is best there; 0 for none")
	f.IntVar(&t.opt.Patience, "patience", 0, "`epochs` without progress on held-out rows after which to stop; 0 for never")
	f.StringVar(&t.standard, "standardise", "auto", "train on columns of mean 0 and mean square 1: yes, no, or auto: yes for a dense network, into whose first layer that is folded; for features what has less loss on the rows held out, after training either way")
	f.Uint64Var(&t.opt.Seed, "seed", 0, "seed of the weights, the order and the held-out rows")
	t.codes.register(c)
	f.StringVar(&t.opt.Checkpoint, "checkpoint", "", "`file` for the state of training, from which it goes on if the file exists")
}

// check turns the flags' text into options.
func (t *training) check() (widths []int, act urf.Activation, err error) {
	if t.features < 0 {
		return nil, act, usagef("-features %d: want 1 or more", t.features)
	}
	if !slices.Contains(fit.MapKinds(), t.kind) {
		return nil, act, usagef("-map %s: want %s", t.kind, strings.Join(fit.MapKinds(), " or "))
	}
	if t.hidden != "" {
		for part := range strings.SplitSeq(t.hidden, ",") {
			n, err := strconv.Atoi(strings.TrimSpace(part))
			if err != nil || n < 1 || n > 1<<20 {
				return nil, act, usagef("-hidden %s: want widths such as 256,256", t.hidden)
			}
			widths = append(widths, n)
		}
	}
	if act, err = urf.ActivationByName(t.act); err != nil {
		return nil, act, usagef("-activation %s: known are %s", t.act, strings.Join(urf.ActivationNames(), ", "))
	}
	if t.task != "auto" && t.task != "classify" && t.task != "regress" {
		return nil, act, usagef("-task %s: want classify or regress", t.task)
	}
	if t.opt.Loss, err = snnk.ParseLoss(t.loss); err != nil {
		return nil, act, usagef("-loss %s: want auto, squared, cross-entropy or binary", t.loss)
	}
	switch t.rule {
	case "adamw":
		t.opt.Rule = snnk.AdamW{Decay: t.decay}
	case "sgd":
		t.opt.Rule = snnk.SGD{Momentum: t.momentum, Decay: t.decay}
	default:
		return nil, act, usagef("-optimiser %s: want adamw or sgd", t.rule)
	}
	if t.schedule != "cosine" && t.schedule != "constant" {
		return nil, act, usagef("-schedule %s: want cosine or constant", t.schedule)
	}
	t.opt.Schedule.Cosine = t.schedule == "cosine"
	if t.standard != "auto" && t.standard != "yes" && t.standard != "no" {
		return nil, act, usagef("-standardise %s: want auto, yes or no", t.standard)
	}
	if t.opt.Rate == 0 && t.features > 0 {
		t.opt.Rate = 0.03
	}
	if t.opt.Epochs < 1 || t.opt.Batch < 1 {
		return nil, act, usagef("-epochs and -batch must be positive")
	}
	if t.opt.Patience < 0 || t.opt.Schedule.Warmup < 0 {
		return nil, act, usagef("-patience and -warmup must not be below 0")
	}
	if err := t.codes.check(); err != nil {
		return nil, act, err
	}
	for _, f := range []struct {
		name string
		v    float64
	}{{"lr", t.opt.Rate}, {"clip", t.opt.Clip}, {"decay", t.decay}} {
		if !(f.v >= 0) || f.v-f.v != 0 {
			return nil, act, usagef("-%s %g: want a number not below 0", f.name, f.v)
		}
	}
	if !(t.momentum >= 0 && t.momentum < 1) {
		return nil, act, usagef("-momentum %g: want a number in [0, 1)", t.momentum)
	}
	if !(t.opt.HeldOut >= 0 && t.opt.HeldOut < 1) {
		return nil, act, usagef("-held-out %g: want a part in [0, 1)", t.opt.HeldOut)
	}
	return widths, act, nil
}

// examples are the rows to train on, in memory, as they are read and as they are trained on.
type examples struct {
	wide    *mat.Dense[float64] // inputs
	numbers *mat.Dense[float64] // targets, if these are no labels
	x       *mat.Dense[float32]
	targets snnk.Targets[float32]
	outputs int
	names   []string // of the classes; nil for numbers 0, 1, …
	kind    string   // of the labels
	columns []string // names of those of x, or nil
}

// needExamples refuses rows that memory does not hold: as they are read, as float32, and standardised or picked.
func (c *call) needExamples(path string, rows, cols int) error {
	return c.memory.need(16*float64(rows)*float64(cols), fmt.Sprintf("%s: gradient descent on %d rows of %d numbers", path, rows, cols), "give fewer rows")
}

func (c *call) readExamples(in, truth, task string, known naming) (*examples, error) {
	x, err := c.open(in, 0)
	if err != nil {
		return nil, err
	}
	defer x.Close()
	y, err := c.open(truth, x.Rows())
	if err != nil {
		return nil, err
	}
	defer y.Close()
	e := &examples{columns: x.Names()}
	if err := c.needExamples(in, x.Rows(), x.Cols()+y.Cols()); err != nil {
		return nil, err
	}
	e.wide = mat.New[float64](x.Rows(), x.Cols())
	if err := x.Read(e.wide, 0); err != nil {
		return nil, err
	}
	if err := c.warnWild(x, x.Place, numbered); err != nil {
		return nil, err
	}
	return e, e.readTargets(c, y, task, known)
}

func (e *examples) readTargets(c *call, y *table.Table, task string, known naming) error {
	classify := known.count > 1 && y.Cols() == 1
	var err error
	if !classify {
		if classify, err = c.classifies(y, task); err != nil {
			return err
		}
	}
	if !classify {
		values, kept, err := c.complete(y)
		if err != nil {
			return err
		}
		if kept != nil {
			e.wide = pick(e.wide, kept)
		}
		e.outputs, e.numbers = y.Cols(), mat.New[float64](values.Rows(), y.Cols())
		if err := values.Read(e.numbers, 0); err != nil {
			return err
		}
		return c.warnWild(values, placeOf(y.Place, kept), numbered)
	}
	labels, err := c.labels(y, known.names, known.count)
	if err != nil {
		return err
	}
	if e.kind = known.kind; e.kind == "" {
		e.kind = labels.Type
	}
	if labels.Kept != nil {
		e.wide = pick(e.wide, labels.Kept)
	}
	e.targets.Labels, e.outputs, e.names = labels.Class, labels.Count, labels.Names
	return nil
}

func train(c *call) error {
	var t training
	in := c.flags.String("x", "", "inputs, n×d, .npy, .safetensors or .csv `file`")
	truth := c.flags.String("y", "", "n labels or n×l targets, .npy, .safetensors or .csv `file`")
	out := c.flags.String("o", "", "safetensors `file` to write, with the names of torch.nn.Sequential, for nnk compress; with -features or -bits a model file")
	t.register(c)
	c.tables.register(c)
	c.memory.register(c)
	c.tables.registerLabels(c)
	if err := c.parse(0, 0, "x", "y", "o"); err != nil {
		return err
	}
	if t.features > 0 && !c.given()["decay"] {
		t.decay = 0.01
	}
	widths, act, err := t.check()
	if err != nil {
		return err
	}
	data, err := c.readExamples(*in, *truth, t.task, naming{})
	if err != nil {
		return err
	}
	if given := c.given(); t.features > 0 && (given["hidden"] || given["activation"]) {
		return usagef("-features has no use for -hidden and -activation")
	}
	if t.features > 0 {
		return t.trainFeatures(c, data, *out)
	}
	return t.trainLayers(c, data, widths, act, *out)
}

// trainLayers trains a new dense network and writes it.
func (t *training) trainLayers(c *call, data *examples, widths []int, act urf.Activation, out string) error {
	if t.opt.Loss == snnk.BinaryCrossEntropy && data.targets.Labels != nil && data.outputs == 2 {
		data.outputs = 1
	}
	in64, weights := int64(data.wide.Cols()), int64(0)
	for _, width := range append(widths, data.outputs) {
		weights, in64 = weights+in64*int64(width), int64(width)
	}
	if weights > maxWeights {
		return fmt.Errorf("-hidden %s: %d weights are more than the %d that train takes", t.hidden, weights, maxWeights)
	}
	// A weight has its gradient, two moments, the best value so far and, while the checkpoint is written, a copy of these.
	if err := c.memory.need(4*(5+4)*float64(weights), fmt.Sprintf("-hidden %s: a network of %d weights", t.hidden, weights), "take narrower layers"); err != nil {
		return err
	}
	f := &plainFile{data: data, act: act}
	if err := t.round(c, f); err != nil {
		return err
	}
	f.layers = t.layers(data, widths, act, f.first())
	var modules []snnk.Module[float32]
	for _, l := range f.layers {
		modules = append(modules, l)
	}
	report, err := descend(c, snnk.NewSequence(modules...), data, t.opt)
	if err != nil {
		return err
	}
	if t.codes.bits != 32 {
		m := f.model()
		result := &uptrained{TrainReport: report, Epochs: len(report.History)}
		if err := t.roundAndMeasure(c, m, data, result); err != nil {
			return err
		}
		return result.finish(c, m, data, out)
	}
	size, err := f.write(out)
	if err != nil {
		return plain(err)
	}
	result := &uptrained{TrainReport: report, Epochs: len(report.History), saved: saved{data.task(), f.params(), size, out}}
	read, err := checkpoint.Open[float32](out, checkpoint.Options{})
	if err != nil {
		return plain(err)
	}
	if result.Written, err = data.measure(c, read.Network, t.opt); err != nil {
		return err
	}
	if c.json {
		return printJSON(c.stdout, result)
	}
	result.print(c.stdout, data)
	return nil
}

// roundAndMeasure rounds the weights, if that is wanted, and judges what is then written.
func (t *training) roundAndMeasure(c *call, m *bundle.Model[float32], data *examples, r *uptrained) (err error) {
	if r.Rounding, err = t.codes.round(c, m, bundle.Matrix(data.wide), data.sources()); err != nil {
		return err
	}
	r.Written, err = data.measure(c, m.Network, t.opt)
	return err
}

// maxWeights bounds a network: a weight, its gradient and its two moments are 16 bytes.
const maxWeights = 1 << 30

// round makes of what was read what is trained on, in float32: columns that vary, standardised, and targets likewise, or without high levels alone.
func (t *training) round(c *call, f *plainFile) (err error) {
	data := f.data
	standardise := t.standard != "no"
	x := data.wide
	if f.varying, err = fit.Varying[float32](c.ctx, bundle.Matrix(x)); err != nil {
		return err
	}
	if f.varying != nil {
		x = mat.New[float64](x.Rows(), f.varying.Out())
		if err := f.varying.Of(bundle.Matrix(data.wide)).Read(x, 0); err != nil {
			return err
		}
	}
	if f.in = levels(x, mostLevel); standardise {
		f.in = unitsOf(x, mostLevel)
	}
	if data.x, err = f.in.apply(x); err != nil || data.numbers == nil {
		return err
	}
	if t.opt.Loss != snnk.BinaryCrossEntropy && t.opt.Loss != snnk.CrossEntropy {
		if f.out = levels(data.numbers, mostTargetLevel); standardise {
			f.out = unitsOf(data.numbers, mostTargetLevel)
		}
	}
	data.targets.Values, err = f.out.apply(data.numbers)
	return err
}

// layers are those of a new network, named as torch.nn.Sequential does from a number on, where each
// activation takes a number too.
func (t *training) layers(data *examples, widths []int, act urf.Activation, first int) []*snnk.Linear[float32] {
	var list []*snnk.Linear[float32]
	in := data.x.Cols()
	for i, width := range append(widths, data.outputs) {
		if i == len(widths) {
			act = urf.Activation{}
		}
		list = append(list, snnk.NewLinear[float32](strconv.Itoa(first+2*i), in, width, act, streamWeights.Of(t.opt.Seed).Sub(uint64(i))))
		in = width
	}
	return list
}

// plainFile is a network as PyTorch and others write it: linear layers that read and give numbers in units, nil for their own. Units are folded into the first and the
// last of them; but means far off zero stand in batch norms before and after, in float64. Constant columns, which the layers do not read, have weights of 0 in the file.
type plainFile struct {
	data    *examples
	layers  []*snnk.Linear[float32]
	act     urf.Activation
	varying *bundle.Columns[float32] // what leaves constant columns out, nil if there are none
	in, out *columnUnits
}

// widened is a row of numbers for the columns that vary, as one for all, with v for the others.
func widened[T asm.Float](f *plainFile, row []T, v T) []T {
	if f.varying == nil {
		return row
	}
	for _, j := range f.varying.Without() {
		row = slices.Insert(row, j, v)
	}
	return row
}

// first is the number of the first layer.
func (f *plainFile) first() int {
	if f.in != nil && f.in.far {
		return 1
	}
	return 0
}

// params counts the numbers of the file that came from data or training.
func (f *plainFile) params() int {
	n := 2 * f.first() * f.data.wide.Cols()
	if f.varying != nil {
		n += f.layers[0].Out() * len(f.varying.Without())
	}
	for _, l := range f.layers {
		n += snnk.ParamCount[float32](l)
	}
	if f.out != nil && f.out.far {
		n += 2 * len(f.out.mean)
	}
	return n
}

// model is a model of the layers, which are those for numbers as they are from then on.
func (f *plainFile) model() *bundle.Model[float32] {
	var stages []bundle.Stage[float32]
	if f.varying != nil {
		stages = append(stages, f.varying)
	}
	if f.first() > 0 {
		stages = append(stages, bundle.NewScale[float32](f.in.mean, f.in.factor))
	} else if f.in != nil {
		f.in.foldInputs(f.layers[0])
	}
	if last := f.layers[len(f.layers)-1]; f.out != nil && !f.out.far {
		f.out.foldOutputs(last)
	}
	for _, l := range f.layers {
		stages = append(stages, bundle.NewLinear(l.Weight().Value, l.Bias().Value.Data(), l.Activation()))
	}
	if f.out != nil && f.out.far {
		stages = append(stages, f.out.back())
	}
	m := &bundle.Model[float32]{Network: bundle.NewNetwork(stages...), Task: f.data.task(), Classes: f.data.names, LabelType: f.data.kind}
	nameInputs(m, f.data.columns)
	return m
}

// write writes the file; the layers are those for numbers as they are from then on.
func (f *plainFile) write(path string) (int64, error) {
	w := &safetensors.Writer{Metadata: map[string]string{"format": "pt", "activation": f.act.Name()}}
	if f.data.targets.Labels != nil {
		if err := writeNaming(w.Metadata, naming{f.data.names, bundle.ClassCount(f.data.outputs), f.data.kind}); err != nil {
			return 0, err
		}
	}
	if f.first() > 0 {
		factor := widened(f, slices.Clone(f.in.factor), 1)
		addNorm(w, 0, widened(f, slices.Clone(f.in.mean), 0), factor, make([]float64, len(factor)))
	} else if f.in != nil {
		f.in.foldInputs(f.layers[0])
	}
	last := f.layers[len(f.layers)-1]
	if f.out != nil && !f.out.far {
		f.out.foldOutputs(last)
	}
	for i, l := range f.layers {
		weight := l.Weight().Value
		if i == 0 && f.varying != nil {
			weight = mat.New[float32](l.Out(), f.varying.In())
			for k := range l.Out() {
				copy(weight.Row(k), widened(f, slices.Clone(l.Weight().Value.Row(k)), 0))
			}
		}
		safetensors.Add(w, l.Weight().Name, []int{l.Out(), weight.Cols()}, weight.Data())
		safetensors.Add(w, l.Bias().Name, []int{l.Out()}, l.Bias().Value.Data())
	}
	if f.out != nil && f.out.far {
		spread := f.out.spread()
		for j, v := range spread {
			if v == 0 {
				spread[j] = 1 // a constant target, whose outputs are 0
			}
		}
		addNorm(w, f.first()+2*len(f.layers)-1, make([]float64, len(spread)), spread, f.out.mean)
	}
	size := int64(0)
	err := atomicfile.Write(path, func(out io.Writer) (err error) {
		size, err = w.WriteTo(out)
		return err
	})
	return size, err
}

// written is how good the file is that was written, by its own numbers.
type written struct {
	Rows     int      `json:"rows"`
	HeldOut  bool     `json:"held_out"`
	Accuracy *float64 `json:"accuracy,omitempty"`
	R2       *float64 `json:"r2,omitempty"`
}

// measure judges a network that was read back on the rows that were held out, or if none were on all.
func (e *examples) measure(c *call, net *bundle.Network[float32], opt snnk.TrainOptions) (*written, error) {
	_, rows := opt.Split(e.wide.Rows())
	w := &written{HeldOut: len(rows) > 0}
	if !w.HeldOut {
		rows, _ = opt.Split(e.wide.Rows())
	}
	w.Rows = len(rows)
	x := bundle.Matrix(pick(e.wide, rows))
	if e.targets.Labels == nil {
		f, err := net.Fitness(c.ctx, x, bundle.Matrix(pick(e.numbers, rows)))
		w.R2 = &f.R2
		return w, err
	}
	says, err := net.Classify(c.ctx, x)
	if err != nil {
		return nil, err
	}
	a := bundle.Agreement(says, e.some(rows).Labels)
	w.Accuracy = &a
	return w, nil
}

// print adds a line.
func (w *written) print(t *listing) {
	if w == nil {
		return
	}
	of := "the file on rows held out"
	if !w.HeldOut {
		of = "the file on all rows"
	}
	if w.Accuracy != nil {
		t.add("accuracy %, "+of, strconv.FormatFloat(100**w.Accuracy, 'f', 2, 64))
		return
	}
	t.add("R², "+of, strconv.FormatFloat(*w.R2, 'g', 5, 64))
}
