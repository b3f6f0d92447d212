package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"nnk/bundle"
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
	f.Float64Var(&t.opt.Rate, "lr", 0, "peak learning rate; 0 for 0.001, with -features 0.003")
	f.Float64Var(&t.decay, "decay", 0, "weight decay")
	f.Float64Var(&t.momentum, "momentum", 0.9, "momentum of sgd")
	f.StringVar(&t.schedule, "schedule", "cosine", "of the learning rate: cosine or constant")
	f.IntVar(&t.opt.Schedule.Warmup, "warmup", 0, "`steps` in which the learning rate rises to its peak")
	f.Float64Var(&t.opt.Clip, "clip", 0, "largest norm of the gradient; 0 for no limit")
	f.IntVar(&t.opt.Epochs, "epochs", 30, "passes over the data")
	f.IntVar(&t.opt.Batch, "batch", 32, "rows of a step")
	f.Float64Var(&t.opt.HeldOut, "held-out", 0.1, "`part` of the rows that is held out, to keep the epoch that is best there; 0 for none")
	f.IntVar(&t.opt.Patience, "patience", 0, "`epochs` without progress on held-out rows after which to stop; 0 for never")
	f.StringVar(&t.standard, "standardise", "auto", "train on columns of mean 0 and mean square 1: yes, no, or auto: yes for a dense network, into whose first layer that is folded; for features what has the smaller held-out error")
	f.Uint64Var(&t.opt.Seed, "seed", 0, "seed of the weights, the order and the held-out rows")
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
		t.opt.Rate = 3e-3
	}
	if t.opt.Epochs < 1 || t.opt.Batch < 1 {
		return nil, act, usagef("-epochs and -batch must be positive")
	}
	if t.opt.Patience < 0 || t.opt.Schedule.Warmup < 0 {
		return nil, act, usagef("-patience and -warmup must not be below 0")
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

// examples are the rows to train on, in memory.
type examples struct {
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
	if e.x, err = readHead(x, x.Rows()); err != nil {
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
			e.x = pick(e.x, kept)
		}
		e.outputs = y.Cols()
		if e.targets.Values, err = readHead(values, values.Rows()); err != nil {
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
		e.x = pick(e.x, labels.Kept)
	}
	e.targets.Labels, e.outputs, e.names = labels.Class, labels.Count, labels.Names
	return nil
}

func train(c *call) error {
	var t training
	in := c.flags.String("x", "", "inputs, n×d, .npy or .csv `file`")
	truth := c.flags.String("y", "", "n labels or n×l targets, .npy or .csv `file`")
	out := c.flags.String("o", "", "safetensors `file` to write, with the names of torch.nn.Sequential, for nnk compress")
	t.register(c)
	c.tables.register(c)
	c.memory.register(c)
	c.tables.registerLabels(c)
	if err := c.parse(0, 0, "x", "y", "o"); err != nil {
		return err
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
	if t.opt.Loss == snnk.BinaryCrossEntropy && data.targets.Labels != nil && data.outputs == 2 {
		data.outputs = 1
	}
	in64, weights := int64(data.x.Cols()), int64(0)
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
	layers := t.layers(data, widths, act)
	report, err := t.run(c, data, layers)
	if err != nil {
		return err
	}
	size, err := writeLayers(*out, layers, act, data)
	if err != nil {
		return plain(err)
	}
	result := &uptrained{TrainReport: report, Epochs: len(report.History), saved: saved{data.task(), 0, size, *out}}
	for _, l := range layers {
		result.Params += snnk.ParamCount[float32](l)
	}
	if c.json {
		return printJSON(c.stdout, result)
	}
	result.print(c.stdout, data)
	return nil
}

// maxWeights bounds a network: a weight, its gradient and its two moments are 16 bytes.
const maxWeights = 1 << 30

// layers are those of a new network, named as torch.nn.Sequential does, where each
// activation takes a number too.
func (t *training) layers(data *examples, widths []int, act urf.Activation) []*snnk.Linear[float32] {
	var list []*snnk.Linear[float32]
	in := data.x.Cols()
	for i, width := range append(widths, data.outputs) {
		if i == len(widths) {
			act = urf.Activation{}
		}
		list = append(list, snnk.NewLinear[float32](strconv.Itoa(2*i), in, width, act, streamWeights.Of(t.opt.Seed).Sub(uint64(i))))
		in = width
	}
	return list
}

// run trains the layers, on standardised columns if that is wanted, which it then
// folds into them.
func (t *training) run(c *call, data *examples, layers []*snnk.Linear[float32]) (*snnk.TrainReport, error) {
	var modules []snnk.Module[float32]
	for _, l := range layers {
		modules = append(modules, l)
	}
	var units, targetUnits snnk.Standard[float32]
	x, targets := data.x, data.targets
	standardise := t.standard != "no"
	if standardise {
		units = snnk.Standardise(x)
		x = units.Apply(nil, x)
	}
	scaled := standardise && targets.Values != nil && t.opt.Loss != snnk.BinaryCrossEntropy && t.opt.Loss != snnk.CrossEntropy
	if scaled {
		targetUnits = snnk.Standardise(targets.Values)
		targets.Values = targetUnits.Apply(nil, targets.Values)
	}
	scaledData := &examples{x: x, targets: targets}
	report, err := descend(c, snnk.NewSequence(modules...), scaledData, t.opt)
	if err != nil {
		return nil, err
	}
	if standardise {
		layers[0].FoldInputs(units)
	}
	if scaled {
		layers[len(layers)-1].FoldOutputs(targetUnits)
	}
	return report, nil
}

// writeLayers writes the network as PyTorch and others do.
func writeLayers(path string, layers []*snnk.Linear[float32], act urf.Activation, data *examples) (int64, error) {
	w := &safetensors.Writer{Metadata: map[string]string{"format": "pt", "activation": act.Name()}}
	if data.targets.Labels != nil {
		if err := writeNaming(w.Metadata, naming{data.names, bundle.ClassCount(data.outputs), data.kind}); err != nil {
			return 0, err
		}
	}
	for _, l := range layers {
		safetensors.Add(w, l.Weight().Name, []int{l.Out(), l.In()}, l.Weight().Value.Data())
		safetensors.Add(w, l.Bias().Name, []int{l.Out()}, l.Bias().Value.Data())
	}
	size := int64(0)
	err := atomicfile.Write(path, func(out io.Writer) (err error) {
		size, err = w.WriteTo(out)
		return err
	})
	return size, err
}
