package main

import (
	"fmt"
	"strconv"
	"strings"

	"nnk/bundle"
	"nnk/bundle/table"
	"nnk/snnk"
)

// compression is one run of compress.
type compression struct {
	features
	net      *bundle.Network[float32]
	from, to int // the layers to replace
	x        string
	truth    string
	task     string
	val      validation
	budget   int
	out      string
	up       uptraining
	method   *method
	codes    codes
	how      directions
	size     budget
	understood
	Kept string // see keptLabels
	why  string // it is kept, where no targets are given
}

func compressNetwork(c *call) error {
	var k compression
	model := c.flags.String("model", "", "`file` of the network: safetensors, the index.json of its shards, or ONNX")
	var from networkFlags
	from.register(c)
	from.registerCheck(c)
	part := c.flags.String("bundle", "all", "`FROM:TO`, the layers to replace, counted from 0, without the layer TO, as the listing of the network does: 0:2 are the first two, 1: all but the first. The others stay as they are")
	c.flags.StringVar(&k.x, "x", "", "inputs of the network, n×d, .npy, .safetensors or .csv `file`; montecarlo can do without")
	c.flags.StringVar(&k.truth, "y", "", "labels or targets to fit instead of the network's own outputs, .npy, .safetensors or .csv `file`")
	c.flags.StringVar(&k.task, "task", "auto", "classify: without -y, the network's answers are kept, its classes and their probabilities; regress: the numbers of its outputs; auto: the answers if the network ends in a softmax or its file names classes. With -y as for fit")
	k.val.register(c)
	method := c.flags.String("method", methods[0].name, methodsHelp())
	c.flags.IntVar(&k.budget, "budget", 0, "most `parameters` of what replaces the layers, for auto")
	c.flags.StringVar(&k.out, "o", "", "model `file` to write")
	k.up.register(c)
	k.register(c)
	k.codes.register(c)
	k.how.register(c)
	k.size.register(c)
	c.tables.register(c)
	c.memory.register(c)
	c.tables.registerLabels(c)
	if err := c.parse(0, 0, "model", "o"); err != nil {
		return err
	}
	var err error
	if k.method, err = methodNamed(*method); err != nil {
		return err
	}
	given := c.given()
	if err := k.method.check(&k, given); err != nil {
		return err
	}
	if err := k.size.check(c, &k.features, &k.how, ""); err != nil {
		return err
	}
	if err := k.check(); err != nil {
		return err
	}
	if err := k.how.check(c, &k.opt); err != nil {
		return err
	}
	if k.up.opt.Epochs > 0 && (k.size.bytes != 0 || k.how.how == "learned") {
		return usagef("-uptrain does not go with -bytes, nor with -directions learned: it trains what is behind the directions, and the file grows by it")
	}
	if err := k.codes.check(); err != nil {
		return err
	}
	if k.codes.bits != 32 && k.x == "" {
		return usagef("-bits %d needs -x, rows by which weights are rounded", k.codes.bits)
	}
	if k.val.y != "" && k.val.x == "" {
		return usagef("-y-val goes with -x-val")
	}
	if k.opt.Loss == snnk.BinaryCrossEntropy {
		return usagef("-loss %v would make one output of two: a network keeps its outputs: want auto, squared or cross-entropy", k.opt.Loss)
	}
	if err := k.up.check(given, &k.opt); err != nil {
		return err
	}
	k.opt.Memory = c.memory.limit
	read, err := from.read(c, *model)
	if err != nil {
		return err
	}
	k.net = read.Network
	if k.known, err = readNaming(*model, read.Metadata, k.net.Out()); err != nil {
		return err
	}
	if k.from, k.to, err = parseRun(*part, len(k.net.Stages())); err != nil {
		return err
	}
	if err := k.decideKept(read.Metadata); err != nil {
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
	k.printKept(c)
	k.understood = from.understood
	defer k.val.close()
	return k.run(c)
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
func (k *compression) run(c *call) error {
	if k.x == "" {
		if err := k.val.open(c, k); err != nil {
			return err
		}
		return k.write(c, nil, nil, nil)
	}
	if k.up.opt.Epochs > 0 {
		data, err := k.memory(c)
		if err != nil {
			return err
		}
		return k.uptrain(c, data)
	}
	inputs, err := c.open(k.x, 0)
	if err != nil {
		return err
	}
	defer inputs.Close()
	if inputs.Cols() != k.net.In() {
		return fmt.Errorf("%s: %d columns, but the network reads %d", k.x, inputs.Cols(), k.net.In())
	}
	if err := c.warnWild(inputs, inputs.Place, numbered); err != nil {
		return err
	}
	k.val.names = table.UniqueNames(inputs.Names())
	if k.truth == "" {
		if err := k.val.open(c, k); err != nil {
			return err
		}
		x := k.before(inputs)
		return k.write(c, inputs, x, k.own(x))
	}
	y, err := c.open(k.truth, inputs.Rows())
	if err != nil {
		return err
	}
	defer y.Close()
	targets, kept, err := k.targets(c, y, k.task)
	if err != nil {
		return err
	}
	if targets.Cols() != k.net.Out() {
		return fmt.Errorf("%s: %d classes or columns, but the network has %d outputs", k.truth, targets.Cols(), k.net.Out())
	}
	if k.Kept = keptTargets; k.opt.Task == bundle.Classify {
		k.Kept = keptLabels
	}
	if err := k.val.open(c, k); err != nil {
		return err
	}
	return k.write(c, inputs, k.before(pickRows(inputs, kept)), targets)
}

// before is what the layers read, of inputs of the network.
func (k *compression) before(inputs bundle.Source) bundle.Source {
	if k.from == 0 {
		return inputs
	}
	return bundle.OutputsOf(k.net.Part(0, k.from), inputs)
}

// write replaces the layers, by rows of the network's inputs and of theirs and the targets, and writes the model.
func (k *compression) write(c *call, inputs, x, y bundle.Source) error {
	m, r, err := k.method.replace(k, c, inputs, x, y)
	if err != nil {
		return err
	}
	k.finish(m, inputs)
	q := r.rounding
	if k.size.bytes == 0 {
		if q, err = k.codes.round(c, m, inputs, nil); err != nil {
			return err
		}
	}
	j, err := k.val.judge(c, k, m.Network)
	if err != nil {
		return err
	}
	size, err := save(m, k.out)
	if err != nil {
		return err
	}
	s := saved{m.Task, m.Network.Params(), size, k.out}
	switch {
	case c.json:
		return printJSON(c.stdout, struct {
			replacement
			saved
			understood
			Rounding *rounding `json:"rounding,omitempty"`
			Kept     string    `json:"kept"`
			Judged   *verdict  `json:"judged,omitempty"`
		}{r, s, k.understood, q, k.Kept, j})
	case k.method.print == nil:
		printCandidates(c.stdout, r.Sizes)
		printFit(c.stdout, r.Report, q, s)
	default:
		k.method.print(k, c.stdout, m.Task, r)
		if q != nil {
			t := &listing{}
			q.add(t)
			fmt.Fprintln(c.stdout)
			t.print(c.stdout)
		}
		fmt.Fprintf(c.stdout, "\ntrained parameters %s, %s before; file bytes %s\n", thousands(s.Params), thousands(k.net.Params()), thousands(int(size)))
	}
	j.print(c)
	return nil
}

// finish gives a model what its file says beside the network.
func (k *compression) finish(m *bundle.Model[float32], inputs bundle.Source) {
	k.known.name(m)
	if t, ok := inputs.(*table.Table); ok {
		nameInputs(m, t.Names())
	}
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
