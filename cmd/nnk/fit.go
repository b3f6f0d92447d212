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
	"nnk/rng/ortho"
	"nnk/snnk"
)

// features are the flags that say how features are drawn and chosen.
type features struct {
	opt                 fit.Options
	pool, lambda, scale string
	standard, linear    string
	loss, logits        string
	known               naming // of the network that is replaced
}

func (f *features) register(c *call) {
	c.flags.IntVar(&f.opt.Features, "features", 256, "number of `features` of the model")
	c.flags.StringVar(&f.opt.Map, "map", fit.MapKinds()[0], "`kind` of features: "+strings.Join(fit.MapKinds(), " or "))
	c.flags.StringVar(&f.opt.Projection, "projection", "auto", "`kind` of projection: sobol, hadamard, sparse, block, simplex, halton, iid, or auto: sobol for at most 8 inputs, else hadamard, or for 2 to 128 inputs sparse, of features of one, two, three and all inputs, if less error is held out")
	c.flags.StringVar(&f.pool, "pool", "auto", "number of features to select from, none, or auto: 16 times -features but at most 2048 or twice the rows (or twice -features, where that is more), and less, down to 4 times, for more than half a million rows")
	c.flags.StringVar(&f.loss, "loss", "auto", "`loss` of the trained matrix: squared (closed form, one pass over the data), cross-entropy (for labels; tens of passes more, hundreds to choose its penalties), binary (the same for two classes, which are then one output), or auto: for labels the one with fewer held-out errors if features of all rows fit in 512 MiB, else squared")
	c.flags.StringVar(&f.logits, "logit-penalty", "auto", "penalty of the mean squared score under the cross-entropy, auto, or none")
	c.flags.StringVar(&f.lambda, "lambda", "auto", "ridge penalty relative to the mean square of a feature, or auto")
	c.flags.StringVar(&f.scale, "scale", "auto", "factor of the inputs before the features, or auto")
	c.flags.StringVar(&f.standard, "standardise", "auto", "give columns mean 0 and mean square 1: auto, yes or no")
	c.flags.StringVar(&f.linear, "linear", "auto", "let columns of the inputs be features themselves, if these are selected from a pool: auto (if less error is held out), yes or no")
	c.flags.Uint64Var(&f.opt.Seed, "seed", 0, "seed of the features")
}

// directions are the flags of directions that are learned.
type directions struct {
	how          string
	atoms, terms int
}

func (d *directions) register(c *call) {
	c.flags.StringVar(&d.how, "directions", "selected", "`how` features get their directions: random, the first that a seed draws, selected from those of -pool, or learned: trained from there, and then written as sums of a few atoms that a seed draws, which takes longer; or, with -bytes, auto, which is then the default")
	c.flags.IntVar(&d.atoms, "atoms", 4096, "with -directions learned the `number` of atoms to choose from, a power of two")
	c.flags.IntVar(&d.terms, "terms", 4, "with -directions learned the `number` of atoms of each; one takes 5 bits and log₂ of -atoms")
}

// check turns the flags' text into options.
func (d *directions) check(c *call, opt *fit.Options) error {
	switch d.how {
	case "learned", "auto":
		if d.atoms < 2 || d.atoms&(d.atoms-1) != 0 {
			return usagef("-atoms %d: want a power of two", d.atoms)
		}
		if d.terms < 1 || d.terms > min(64, d.atoms) {
			return usagef("-terms %d: want 1 to 64, and not more than -atoms", d.terms)
		}
		opt.Learn = &fit.Learning{Atoms: d.atoms, Terms: d.terms}
	case "random", "selected":
		if d.how == "random" {
			opt.Pool = opt.Features
		}
		given := c.given()
		for _, name := range []string{"atoms", "terms"} {
			if given[name] {
				return usagef("-%s is for -directions learned", name)
			}
		}
	default:
		return usagef("-directions %s: want random, selected or learned, or auto", d.how)
	}
	return nil
}

// naming is what is known of classes.
type naming struct {
	names []string // nil for 0, 1, …
	count int      // 0 if nothing is known
	kind  string   // of the labels, see bundle.Model
}

// name gives a model the classes of the network that it replaces.
func (n naming) name(m *bundle.Model[float32]) {
	if m.Task != bundle.Regress && m.Classes == nil && len(n.names) == bundle.ClassCount(m.Network.Out()) {
		m.Classes = n.names
	}
	if m.Task != bundle.Regress {
		m.LabelType = n.kind
	}
}

// check turns the flags' text into options.
func (f *features) check() error {
	if f.opt.Features < 1 {
		return usagef("-features %d: want 1 or more", f.opt.Features)
	}
	if !slices.Contains(fit.MapKinds(), f.opt.Map) {
		return usagef("-map %s: want %s", f.opt.Map, strings.Join(fit.MapKinds(), " or "))
	}
	if f.opt.Projection == "auto" {
		f.opt.Projection = ""
	} else if _, err := ortho.ParseKind(f.opt.Projection); err != nil {
		return usagef("-projection %s: %v", f.opt.Projection, err)
	}
	switch f.pool {
	case "auto":
	case "none":
		f.opt.Pool = f.opt.Features
	default:
		n, err := strconv.Atoi(f.pool)
		if err != nil || n < f.opt.Features {
			return usagef("-pool %s: want auto, none or a number not below -features", f.pool)
		}
		f.opt.Pool = n
	}
	for _, v := range []struct {
		name, text string
		dst        *float64
	}{{"lambda", f.lambda, &f.opt.Lambda}, {"scale", f.scale, &f.opt.Scale}, {"logit-penalty", f.logits, &f.opt.LogitPenalty}} {
		if v.text == "auto" {
			continue
		}
		if v.name == "logit-penalty" && v.text == "none" {
			*v.dst = -1
			continue
		}
		n, err := strconv.ParseFloat(v.text, 64)
		if err != nil || !(n > 0) || n-n != 0 {
			return usagef("-%s %s: want auto or a positive number", v.name, v.text)
		}
		*v.dst = n
	}
	standard, ok := map[string]fit.Standardisation{"auto": fit.StandardiseAuto, "yes": fit.StandardiseAlways, "no": fit.StandardiseNever}[f.standard]
	if !ok {
		return usagef("-standardise %s: want auto, yes or no", f.standard)
	}
	f.opt.Standardise = standard
	if f.opt.Linear, ok = map[string]fit.LinearPart{"auto": fit.LinearAuto, "yes": fit.LinearAlways, "no": fit.LinearNever}[f.linear]; !ok {
		return usagef("-linear %s: want auto, yes or no", f.linear)
	}
	var err error
	if f.opt.Loss, err = snnk.ParseLoss(f.loss); err != nil {
		return usagef("-loss %s: want auto, squared, cross-entropy or binary", f.loss)
	}
	return nil
}

// fitted is what fit prints; the names are those of -json.
type fitted struct {
	*fit.Report
	saved
	Rounding *rounding     `json:"rounding,omitempty"`
	Schema   *table.Schema `json:"schema,omitempty"`

	Candidates []fit.Candidate `json:"candidates,omitempty"` // of -bytes
}

func fitModel(c *call) error {
	var f features
	var by named
	var how directions
	var q codes
	var size budget
	in := c.flags.String("x", "", "inputs, n×d, .npy, .safetensors or .csv `file`, if no table is given")
	shards := c.flags.String("shards", "", "`pattern` of files with inputs, read in the order of their names, instead of -x")
	truth := c.flags.String("y", "", "n labels or n×l targets, .npy, .safetensors or .csv `file`, or a pattern")
	task := c.flags.String("task", "auto", "classify, regress, or auto: classify if the target is one column of text, of booleans or of at most 20 different integers, not more than half as many as rows; with more integers it has to be said")
	out := c.flags.String("o", "", "model `file` to write")
	report := c.flags.String("report", "", "`file` for a page (HTML) about the model: what was chosen and between what, answers for held-out rows beside those of simple models, what matters, the worst rows; takes as long again, or five times with few rows")
	f.register(c)
	how.register(c)
	q.register(c)
	size.register(c)
	c.tables.register(c)
	c.memory.register(c)
	c.tables.registerLabels(c)
	by.registerLearning(c)
	if err := c.read(); err != nil {
		return err
	}
	if err := by.check(c, *in, *shards, *truth); err != nil {
		return err
	}
	if err := c.want(0, 1, "o"); err != nil {
		return err
	}
	if *task != "auto" && *task != "classify" && *task != "regress" {
		return usagef("-task %s: want classify or regress", *task)
	}
	if err := size.check(c, &f, &how, *report); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	if err := how.check(c, &f.opt); err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return err
	}
	f.opt.Memory = c.memory.limit
	d, err := f.data(c, &by, *in+*shards, *truth, *task)
	if err != nil {
		return err
	}
	defer d.close()
	finish := func(m *bundle.Model[float32]) {
		f.known.name(m)
		if m.Schema = d.schema(); m.Schema == nil {
			nameInputs(m, d.files[0].Names())
		}
	}
	if size.bytes != 0 {
		m, chosen, err := size.fit(c, &f, d.x, d.y, size.bytes, how.how, q.bits, finish)
		if err != nil {
			return err
		}
		s, err := saveAs(m, *out)
		if err != nil {
			return err
		}
		return c.printFitted(fitted{chosen.Report, s, roundingOf(chosen), m.Schema, chosen.Candidates})
	}
	fitter := fit.NewFitter[float32](d.x, d.y)
	var tried []fit.Trial
	f.opt.Tried = func(t fit.Trial) { tried = append(tried, t) }
	m, chosen, err := f.fit(c, fitter, d.x, d.y)
	if err != nil {
		return err
	}
	finish(m)
	r, err := q.round(c, m, d.x, d.y)
	if err != nil {
		return err
	}
	s, err := saveAs(m, *out)
	if err != nil {
		return err
	}
	if *report != "" {
		if err := f.fitReport(c, d, fitter, m, chosen, tried, *report); err != nil {
			return err
		}
	}
	return c.printFitted(fitted{chosen, s, r, m.Schema, nil})
}

func saveAs(m *bundle.Model[float32], path string) (saved, error) {
	size, err := save(m, path)
	return saved{m.Task, m.Network.Params(), size, path}, err
}

func (c *call) printFitted(f fitted) error {
	if c.json {
		return printJSON(c.stdout, f)
	}
	if f.Schema != nil {
		fmt.Fprintf(c.stdout, "%s\n\n", kinds(f.Schema))
	}
	printCandidates(c.stdout, f.Candidates)
	printFit(c.stdout, f.Report, f.Rounding, f.saved)
	return nil
}

// fitData is what a model is fitted to.
type fitData struct {
	x, y  bundle.Source
	files []*table.Table // of inputs and of targets
	kept  []int          // rows of files that are in x and y, nil for all
	table *learned       // or nil
}

func (d *fitData) close() {
	for _, f := range d.files {
		f.Close()
	}
}

// schema is that of the model, nil if it reads rows of numbers.
func (d *fitData) schema() *table.Schema {
	if d.table == nil {
		return nil
	}
	return d.table.inputs.Schema()
}

// data opens what the model is fitted to: one table, or inputs and targets.
func (f *features) data(c *call, by *named, inputs, targets, task string) (*fitData, error) {
	if len(c.operands) == 1 {
		l, err := by.learn(c, c.operands[0])
		if err != nil {
			return nil, err
		}
		if err := l.warnWild(c); err != nil {
			return nil, err
		}
		y, _, err := f.targets(c, l.target, task)
		if err == nil {
			err = l.decideMarks(c, f.opt, y)
		}
		if err != nil {
			return nil, err
		}
		return &fitData{x: l.inputs, y: y, table: l}, nil
	}
	d := &fitData{}
	x, err := c.open(inputs, 0)
	if err != nil {
		return nil, err
	}
	d.files = append(d.files, x)
	if names := table.UniqueNames(x.Names()); names != nil { // those of the first file
		if _, err := x.Arrange(c.ctx, names); err != nil {
			d.close()
			return nil, err
		}
	}
	y, err := c.open(targets, x.Rows())
	if err == nil {
		d.files = append(d.files, y)
		err = c.warnWild(x, x.Place, numbered)
	}
	if err == nil {
		d.y, d.kept, err = f.targets(c, y, task)
		d.x = pickRows(x, d.kept)
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// targets sets the task and classes and returns what the features are fitted to, and the rows that have a target, nil for all.
func (f *features) targets(c *call, y *table.Table, task string) (bundle.Source, []int, error) {
	classify := f.known.count > 1 && y.Cols() == 1
	if !classify {
		var err error
		if classify, err = c.classifies(y, task); err != nil {
			return nil, nil, err
		}
	}
	if !classify {
		f.opt.Task = bundle.Regress
		targets, kept, err := c.complete(y)
		if err != nil {
			return nil, nil, err
		}
		return targets, kept, c.warnWild(targets, placeOf(y.Place, kept), numbered)
	}
	labels, err := c.labels(y, f.known.names, f.known.count)
	if err != nil {
		return nil, nil, err
	}
	if f.known.kind == "" {
		f.known.kind = labels.Type
	}
	f.opt.Task, f.opt.Classes = bundle.Classify, labels.Names
	return bundle.OneHot(labels.Class, labels.Count), labels.Kept, nil
}

// fit fits the features to the data of fitter, x and y, with progress.
func (f *features) fit(c *call, fitter *fit.Fitter[float32], x, y bundle.Source) (*bundle.Model[float32], *fit.Report, error) {
	if err := f.checkLoss(); err != nil {
		return nil, nil, err
	}
	p := c.progress(c.name)
	defer p.end()
	opt := f.opt
	if need, err := opt.Bytes(x.Rows(), x.Cols(), y.Cols()); err == nil { // what is wrong with them Run says
		defer keepTo(need)()
	}
	opt.Progress = p.step
	opt.Logistic.Progress = func(passes int, gradient float64) {
		p.note(fmt.Sprintf("cross-entropy, pass %d, gradient %.1e", passes, gradient))
	}
	return fitter.Run(c.ctx, opt)
}

// checkLoss refuses a loss that is not for the targets.
func (f *features) checkLoss() error {
	if loss := f.opt.Loss; (loss == snnk.CrossEntropy || loss == snnk.BinaryCrossEntropy) && f.opt.Task != bundle.Classify {
		return fmt.Errorf("-loss %v is for labels, and the targets are numbers: leave it out, or give -y labels", loss)
	}
	return nil
}

// printFit says what was chosen and written.
func printFit(w io.Writer, report *fit.Report, r *rounding, s saved) {
	t := &listing{}
	t.add("task", string(s.Task))
	rows := thousands(report.Rows)
	if m := report.Copies; m > 0 {
		rows += fmt.Sprintf(", each %d times: fitted as %s", m, thousands(report.Rows/m))
	}
	t.add("rows", rows)
	if report.Constant > 0 {
		t.add("constant columns, left out", thousands(report.Constant))
	}
	t.add("features", fmt.Sprintf("%s of %s", thousands(report.Features), thousands(report.Pool)))
	t.add("projection", report.Projection)
	if l := report.Learned; l != nil {
		t.add("directions learned", fmt.Sprintf("%d epochs, decay %s, noise %s", l.Epochs, brief(l.Decay), brief(l.Noise)))
		t.add("written as", fmt.Sprintf("%d of %s atoms each, %.2f %% lost", l.Terms, thousands(l.Atoms), 100*l.Lost))
	}
	t.add("scale", strconv.FormatFloat(report.Scale, 'g', 4, 64))
	t.add("columns standardised", map[bool]string{true: "yes", false: "no"}[report.Standardised])
	if report.Linear {
		t.add("columns as features", "yes")
	}
	t.add("λ", strconv.FormatFloat(report.Lambda, 'g', 4, 64))
	if report.HeldOut > 0 {
		t.add("held-out squared error / variance", strconv.FormatFloat(report.HeldOut, 'g', 4, 64))
	}
	addLoss(t, report)
	r.add(t)
	t.add("trained parameters", thousands(s.Params))
	t.add("file bytes", thousands(int(s.Bytes)))
	t.print(w)
}

// addLoss says which loss was taken and what it cost.
func addLoss(t *listing, r *fit.Report) {
	t.add("loss", r.Loss.String())
	if r.HeldOutAccuracy > 0 {
		t.add("held-out accuracy", fmt.Sprintf("%.2f %%", 100*r.HeldOutAccuracy))
		t.add("further passes to choose", thousands(r.ChoicePasses))
	}
	if r.Loss == snnk.SquaredError {
		return
	}
	t.add("penalty of the scores", strconv.FormatFloat(r.LogitPenalty, 'g', 4, 64))
	end := "reached"
	if !r.Converged {
		end = "not reached"
	}
	t.add("further passes to fit", fmt.Sprintf("%s, gradient %.1e, tolerance %s", thousands(r.Passes), r.Gradient, end))
}
