package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"nnk/bundle"
	"nnk/bundle/checkpoint"
	"nnk/bundle/compress"
	"nnk/bundle/fit"
	"nnk/conformance"
	"nnk/examples/digits"
	"nnk/internal/atomicfile"
	"nnk/internal/par"
	"nnk/mat"
	"nnk/snnk"
)

// demoRow is one model of the demonstration. The names are those of -json.
type demoRow struct {
	Model     string  `json:"model"`
	Family    string  `json:"family"`
	Params    int     `json:"trained_params"`
	Ratio     float64 `json:"ratio"` // how many times the file is smaller than the teacher's
	Bytes     int64   `json:"file_bytes"`
	Accuracy  float64 `json:"accuracy"`
	Agreement float64 `json:"agreement"`
	MACs      int     `json:"macs_per_sample"`
	NsB1      float64 `json:"ns_per_sample_b1"`
	NsB256    float64 `json:"ns_per_sample_b256"`
	Spread    *spread `json:"spread,omitempty"`
}

// spread is the test accuracy over seeds.
type spread struct {
	Seeds int     `json:"seeds"`
	Mean  float64 `json:"mean"`
	Min   float64 `json:"min"`
	Max   float64 `json:"max"`
}

// The families of the table.
const (
	familyTeacher  = "teacher"
	familyRandom   = "random features"
	familySelected = "selected features"
	familyLogistic = "selected, logistic"
	familyLearned  = "learned directions in 8 bits"
	familyLowRank  = "low-rank network"
	familyNarrow   = "narrow network"
	familyNarrow8  = "narrow network in 8 bits"
)

// demoSeeds is the number of seeds of the spread. The models of the table have
// the first, 0, which is the default of every command.
const demoSeeds = 5

// demonstration is the data and the rows so far.
type demonstration struct {
	ctx                 context.Context
	train, test         *mat.Dense[float32]
	trainClass, class   []int
	teacher             *bundle.Network[float32]
	teacherSays         []int
	rows                []demoRow
	fingerprint         string
	progress            *progress
	stepsDone, stepsAll int
}

func demo(c *call) error {
	html := c.flags.String("html", "", "also write a page with charts to `FILE`")
	if err := c.parse(0, 0); err != nil {
		return err
	}
	d, err := newDemonstration(c.ctx)
	if err != nil {
		return err
	}
	d.progress = c.progress("demo")
	defer d.progress.end()
	if err := d.run(); err != nil {
		return err
	}
	d.progress.end()
	if *html != "" {
		if err := atomicfile.Write(*html, d.writePage); err != nil {
			return plain(err)
		}
	}
	if c.json {
		return printJSON(c.stdout, struct {
			Rows        []demoRow `json:"rows"`
			Summary     string    `json:"summary"`
			Fingerprint string    `json:"fingerprint"`
		}{d.rows, sentence(d.rows), d.fingerprint})
	}
	d.print(c.stdout)
	fmt.Fprintf(c.stdout, "\nfingerprint: %s\n", d.fingerprint)
	return nil
}

func newDemonstration(ctx context.Context) (*demonstration, error) {
	x, y, err := digits.Load()
	if err != nil {
		return nil, err
	}
	d := &demonstration{
		ctx:   ctx,
		train: x.View(0, 0, digits.Train, digits.Pixels), trainClass: y[:digits.Train],
		test: x.View(digits.Train, 0, digits.Rows-digits.Train, digits.Pixels), class: y[digits.Train:],
	}
	if d.teacher, err = readShipped(digits.Teacher()); err != nil {
		return nil, err
	}
	d.teacherSays, err = d.teacher.Classify(ctx, bundle.Matrix(d.test))
	return d, err
}

func readShipped(file []byte) (*bundle.Network[float32], error) {
	c, err := checkpoint.Read[float32](bytes.NewReader(file), int64(len(file)), checkpoint.Options{})
	if err != nil {
		return nil, err
	}
	return c.Network, nil
}

// Sizes of the bundles: of the first M random features of the seed, and of M features selected
// from poolSize, and of those that are also fitted with the logistic loss, and of those whose directions are learned, with weights in 8 bits.
var (
	randomSizes   = []int{64, 128, 256, 512, 1024}
	selectedSizes = []int{64, 128, 256, 512}
	logisticSizes = []int{64, 128, 256} // of the selected sizes; more features leave the loss nothing to mend
	learnedSizes  = []int{48, 96}
)

const poolSize = 1024

func (d *demonstration) run() error {
	bundles := demoBundles()
	d.stepsAll = 2*len(bundles) + 8
	// The fits of the first seed are too small for many goroutines, so the fingerprint is
	// taken beside them, and all of that before add measures times.
	var unprinted error
	done := make(chan struct{})
	go func() {
		defer close(done)
		var lines []conformance.Line
		lines, unprinted = conformance.Fingerprint(d.ctx)
		d.fingerprint = conformance.Sum(lines)
	}()
	err := d.fitSeeds(bundles)
	<-done
	if err == nil {
		err = unprinted
	}
	if err != nil {
		return err
	}
	if err := d.add("teacher", familyTeacher, d.teacher, nil); err != nil {
		return err
	}
	for _, family := range []string{familyRandom, familySelected, familyLogistic, familyLearned} {
		for _, b := range bundles {
			if b.family != family {
				continue
			}
			if err := d.add(b.name, family, b.net, b.spread()); err != nil {
				return err
			}
		}
	}
	for _, ratio := range []int{4, 8, 16} {
		net, err := compress.LowRank(d.ctx, d.teacher, bundle.Matrix(d.train), d.teacher.Params()/ratio)
		if err != nil {
			return err
		}
		if err := d.add(fmt.Sprintf("lowrank-%dx", ratio), familyLowRank, net, nil); err != nil {
			return err
		}
	}
	for _, bits := range []int{32, 8} {
		for _, narrow := range []struct {
			name string
			file []byte
		}{{"64-34-10", digits.Narrow34()}, {"64-68-10", digits.Narrow68()}} {
			net, err := readShipped(narrow.file)
			name, family := "narrow-"+narrow.name, familyNarrow
			if err == nil && bits == 8 {
				name, family = name+"-8", familyNarrow8
				net, _, err = fit.Quantise(d.ctx, net, bundle.Matrix(d.train), bits)
			}
			if err != nil {
				return err
			}
			if err := d.add(name, family, net, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// demoBundle is a bundle of the table.
type demoBundle struct {
	name, family string
	opt          fit.Options
	net          *bundle.Network[float32] // of seed 0
	accuracy     [demoSeeds]float64       // on the test rows
}

// demoBundles are all bundles, in an order in which neighbours share scale and statistics.
func demoBundles() []*demoBundle {
	var list []*demoBundle
	add := func(name, family string, m, pool int, loss snnk.Loss) {
		list = append(list, &demoBundle{name: fmt.Sprintf("%s-%d", name, m), family: family,
			opt: fit.Options{Features: m, Pool: pool, Loss: loss, Task: bundle.Classify, Standardise: fit.StandardiseNever}})
	}
	for _, m := range randomSizes {
		add("bundle", familyRandom, m, m, snnk.SquaredError)
		if slices.Contains(selectedSizes, m) {
			add("selected", familySelected, m, poolSize, snnk.SquaredError)
		}
		if slices.Contains(logisticSizes, m) {
			add("logistic", familyLogistic, m, poolSize, snnk.CrossEntropy)
		}
	}
	for _, m := range learnedSizes {
		add("learned", familyLearned, m, poolSize, snnk.CrossEntropy)
		list[len(list)-1].opt.Learn = &fit.Learning{}
	}
	return list
}

// fitSeeds fits the bundles for the default seed, with scale and penalties chosen on the training rows, and then
// for the other seeds with the same.
func (d *demonstration) fitSeeds(list []*demoBundle) error {
	if err := d.fit(list, 0); err != nil {
		return err
	}
	var errs [demoSeeds]error
	par.For(demoSeeds-1, 1, func(lo, hi int) {
		for seed := lo + 1; seed <= hi; seed++ {
			errs[seed] = d.fit(list, seed)
		}
	})
	return errors.Join(errs[:]...)
}

// fit fits the bundles for one seed. The first seed, 0, fixes what their options leave open.
func (d *demonstration) fit(list []*demoBundle, seed int) error {
	fitter := fit.NewFitter[float32](bundle.Matrix(d.train), bundle.OneHot(d.trainClass, digits.Classes))
	for _, b := range list {
		opt := b.opt
		opt.Seed = uint64(seed)
		model, report, err := fitter.Run(d.ctx, opt)
		if err != nil {
			return err
		}
		if opt.Learn != nil {
			if model.Network, _, err = fit.Quantise(d.ctx, model.Network, bundle.Matrix(d.train), 8); err != nil {
				return err
			}
		}
		says, err := model.Network.Classify(d.ctx, bundle.Matrix(d.test))
		if err != nil {
			return err
		}
		b.accuracy[seed] = bundle.Agreement(says, d.class)
		if seed == 0 {
			b.net = model.Network
			b.opt.Scale, b.opt.Lambda, b.opt.LogitPenalty = report.Scale, report.Lambda, report.LogitPenalty
			if l := report.Learned; l != nil {
				b.opt.Learn = &fit.Learning{Decay: l.Decay, Noise: l.Noise}
			}
			d.step()
		}
	}
	return nil
}

// spread is that of the accuracies.
func (b *demoBundle) spread() *spread {
	s := &spread{Seeds: demoSeeds, Min: 1}
	for _, a := range b.accuracy {
		s.Mean += a / demoSeeds
		s.Min, s.Max = min(s.Min, a), max(s.Max, a)
	}
	return s
}

// step shows that one more of the steps is done.
func (d *demonstration) step() {
	d.stepsDone++
	d.progress.step(d.stepsDone, d.stepsAll)
}

// add measures a network and adds its row.
func (d *demonstration) add(name, family string, net *bundle.Network[float32], s *spread) error {
	model := &bundle.Model[float32]{Network: net, Task: bundle.Classify}
	size, err := model.Bytes()
	if err != nil {
		return err
	}
	says, err := net.Classify(d.ctx, bundle.Matrix(d.test))
	if err != nil {
		return err
	}
	teacher := size
	if len(d.rows) > 0 {
		teacher = d.rows[0].Bytes
	}
	d.rows = append(d.rows, demoRow{
		Model: name, Family: family,
		Params: net.Params(), Ratio: float64(teacher) / float64(size), Bytes: size,
		Accuracy: bundle.Agreement(says, d.class), Agreement: bundle.Agreement(says, d.teacherSays),
		MACs: net.MACs(), NsB1: timePerSample(net, d.test, 1), NsB256: timePerSample(net, d.test, 256),
		Spread: s,
	})
	d.step()
	return nil
}

func (d *demonstration) print(w io.Writer) {
	fmt.Fprintf(w, "%d handwritten digits of 8×8 pixels: %d to train, %d by other writers to test.\n"+
		"The teacher 64-256-256-10 and the narrow networks were trained with scikit-learn.\n\n",
		digits.Rows, digits.Train, digits.Rows-digits.Train)
	t := &listing{}
	t.add("", "file", "smaller", "trained", "accuracy", "five seeds", "agrees with", "multiply-adds", "µs, batch 1", "batch 256")
	t.add("model", "bytes", "", "parameters", "%", "%", "teacher %", "per sample", "per sample", "per sample")
	family := familyTeacher
	for _, r := range d.rows {
		if r.Family != family {
			family = r.Family
			t.add(family)
		}
		seeds := ""
		if r.Spread != nil {
			seeds = fmt.Sprintf("%.1f–%.1f, mean %.1f", 100*r.Spread.Min, 100*r.Spread.Max, 100*r.Spread.Mean)
		}
		t.add("  "+r.Model, thousands(int(r.Bytes)), fmt.Sprintf("%.1f×", r.Ratio), thousands(r.Params), fmt.Sprintf("%.1f", 100*r.Accuracy), seeds,
			fmt.Sprintf("%.1f", 100*r.Agreement), thousands(r.MACs), microseconds(r.NsB1), microseconds(r.NsB256))
	}
	t.print(w)
	fmt.Fprintf(w, "\n%s\n", wrap(sentence(d.rows), 100))
}

// nbsp stands between a number and its percent sign, where no line breaks.
const nbsp = "\u00a0"

// sentence says in words what the rows show. Everything in it is computed from
// them.
func sentence(rows []demoRow) string {
	teacher := rows[0]
	percent := func(a float64) string { return fmt.Sprintf("%.1f%s%%", 100*a, nbsp) }
	var bundles []demoRow // by size, the better first
	for _, r := range rows {
		if r.Spread != nil {
			bundles = append(bundles, r)
		}
	}
	slices.SortStableFunc(bundles, func(a, b demoRow) int {
		if a.Bytes != b.Bytes {
			return cmp.Compare(a.Bytes, b.Bytes)
		}
		return cmp.Compare(b.Accuracy, a.Accuracy)
	})
	var s strings.Builder
	i := slices.IndexFunc(bundles, func(r demoRow) bool { return r.Accuracy >= teacher.Accuracy })
	if i < 0 {
		fmt.Fprintf(&s, "No bundle of the table classifies as many test digits as the teacher, %s.", percent(teacher.Accuracy))
	} else {
		small := bundles[i]
		best := slices.MaxFunc(bundles, func(a, b demoRow) int { return cmp.Compare(a.Accuracy, b.Accuracy) })
		fmt.Fprintf(&s, "A file of %s bytes (%s, %.0f times smaller than the teacher's %s) classifies %s of the test digits, %s",
			thousands(int(small.Bytes)), small.Model, small.Ratio, thousands(int(teacher.Bytes)), percent(small.Accuracy), against(small.Accuracy-teacher.Accuracy, "the teacher"))
		if best.Model != small.Model {
			fmt.Fprintf(&s, "; %s with %s bytes classifies %s", best.Model, thousands(int(best.Bytes)), percent(best.Accuracy))
		}
		s.WriteString(".")
	}
	for _, family := range []string{familyLowRank, familyNarrow, familyNarrow8} {
		s.WriteString(rival(rows, bundles, family, percent))
	}
	return s.String()
}

// rival compares the smallest network of another family with the best bundle whose file is not larger.
func rival(rows, bundles []demoRow, family string, percent func(float64) string) string {
	var other, peer demoRow
	for _, r := range rows {
		if r.Family == family && (other.Bytes == 0 || r.Bytes < other.Bytes) {
			other = r
		}
	}
	for _, r := range bundles {
		if r.Bytes <= other.Bytes && r.Accuracy > peer.Accuracy {
			peer = r
		}
	}
	if other.Bytes == 0 || peer.Bytes == 0 {
		return ""
	}
	return fmt.Sprintf(" The smallest %s, %s with %s bytes, classifies %s, %s with %s.", family, other.Model,
		thousands(int(other.Bytes)), percent(other.Accuracy), against(other.Accuracy-peer.Accuracy, peer.Model), thousands(int(peer.Bytes)))
}

// against says how an accuracy that differs by d compares with that of what.
func against(d float64, what string) string {
	points := math.Round(1000*d) / 10
	switch {
	case points == 0:
		return "as many as " + what
	case points > 0:
		return fmt.Sprintf("%.1f points more than %s", points, what)
	}
	return fmt.Sprintf("%.1f points fewer than %s", -points, what)
}

// wrap breaks text into lines of at most width characters.
func wrap(text string, width int) string {
	var b strings.Builder
	n := 0
	for word := range strings.SplitSeq(text, " ") {
		k := len([]rune(word))
		switch {
		case n == 0:
		case n+1+k > width:
			b.WriteByte('\n')
			n = 0
		default:
			b.WriteByte(' ')
			n++
		}
		b.WriteString(word)
		n += k
	}
	return b.String()
}
