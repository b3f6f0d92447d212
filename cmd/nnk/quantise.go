package main

import (
	"fmt"
	"strconv"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/mat"
	"nnk/snnk"
)

// codes is the flag that says in how many bits weights are kept.
type codes struct{ bits int }

func (q *codes) register(c *call) {
	c.flags.IntVar(&q.bits, "bits", 32, "`bits` of a weight in the model file: 32, or 8 or 4 with a scale for each output, for which -x says how weights are rounded: the error of each is passed on to those that are not yet rounded, by how inputs go together")
}

func (q *codes) check() error {
	if q.bits != 32 && q.bits != 8 && q.bits != 4 {
		return usagef("-bits %d: want 32, 8 or 4", q.bits)
	}
	return nil
}

// rounding is what a model's codes change; the names are those of -json. What is held out are the rows of each half, for weights rounded with the other.
type rounding struct {
	Bits     int                `json:"bits"`
	Matrices []fit.Quantisation `json:"matrices"`
	Change   float64            `json:"held_out_change,omitempty"` // squared change of the outputs over their variance
	Agrees   *float64           `json:"held_out_agreement,omitempty"`
	// Accuracy or R² by the labels or targets there are.
	Accuracy       *float64 `json:"held_out_accuracy,omitempty"`
	AccuracyBefore *float64 `json:"held_out_accuracy_before,omitempty"`
	R2             *float64 `json:"held_out_r2,omitempty"`
	R2Before       *float64 `json:"held_out_r2_before,omitempty"`
}

// round makes codes of the model's weights by rows of its inputs, and compares with targets y, unless they are nil. It returns nil if weights stay as they are.
func (q *codes) round(c *call, m *bundle.Model[float32], x, y bundle.Source) (*rounding, error) {
	if q.bits == 32 {
		return nil, nil
	}
	widest := 0
	for _, s := range m.Network.Stages() {
		widest = max(widest, s.In(), s.Out())
	}
	if err := c.memory.need(80*float64(widest)*float64(widest), fmt.Sprintf("-bits %d: matrices of %d columns", q.bits, widest), "take fewer features, or narrower layers"); err != nil {
		return nil, err
	}
	p := c.progress(c.name)
	defer p.end()
	r := &rounding{Bits: q.bits}
	for k := range 2 {
		p.note(fmt.Sprintf("weights of %d bits", q.bits))
		if err := r.compare(c, m, x, y, k); err != nil {
			return nil, err
		}
	}
	net, report, err := fit.Quantise(c.ctx, m.Network, x, q.bits)
	if err != nil {
		return nil, err
	}
	if len(report) == 0 {
		return nil, fmt.Errorf("-bits %d: the model has no weights", q.bits)
	}
	m.Network, r.Matrices = net, report
	return r, nil
}

// compare adds half of what is found on the rows of half k, with weights rounded by the others.
func (r *rounding) compare(c *call, m *bundle.Model[float32], x, y bundle.Source, k int) error {
	halves := fit.Folds{Count: 2}.ForRows(x.Rows())
	held, rest := fit.Split(x, halves, k)
	net, _, err := fit.Quantise(c.ctx, m.Network, rest, r.Bits)
	if err != nil {
		return err
	}
	f, err := net.Fitness(c.ctx, held, bundle.OutputsOf(m.Network, held))
	if err != nil {
		return err
	}
	r.Change += float64((1 - f.R2) / 2)
	if m.Task == bundle.Classify {
		return r.compareClasses(c, m.Network, net, held, y, halves, k)
	}
	if y == nil {
		return nil
	}
	truth, _ := fit.Split(y, halves, k)
	if f, err = m.Network.Fitness(c.ctx, held, truth); err != nil {
		return err
	}
	half(&r.R2Before, f.R2)
	if f, err = net.Fitness(c.ctx, held, truth); err == nil {
		half(&r.R2, f.R2)
	}
	return err
}

func (r *rounding) compareClasses(c *call, before, after *bundle.Network[float32], held, y bundle.Source, halves fit.Folds, k int) error {
	said, err := before.Classify(c.ctx, held)
	if err != nil {
		return err
	}
	says, err := after.Classify(c.ctx, held)
	if err != nil {
		return err
	}
	half(&r.Agrees, bundle.Agreement(says, said))
	if y == nil {
		return nil
	}
	truth, _ := fit.Split(y, halves, k)
	labels := make([]int, 0, len(says))
	err = bundle.Blocks(bundle.WithContext(c.ctx, truth), 1024, func(block *mat.Dense[float32], _ int) error {
		for i := range block.Rows() {
			labels = append(labels, snnk.Label(block.Row(i)))
		}
		return nil
	})
	half(&r.AccuracyBefore, bundle.Agreement(said, labels))
	half(&r.Accuracy, bundle.Agreement(says, labels))
	return err
}

// half adds half of v to what is there.
func half(sum **float64, v float64) {
	if *sum == nil {
		*sum = new(float64)
	}
	**sum += float64(v / 2)
}

// add writes lines of a listing; r may be nil.
func (r *rounding) add(t *listing) {
	if r == nil {
		return
	}
	t.add("bits of a weight", strconv.Itoa(r.Bits))
	for _, q := range r.Matrices {
		t.add(fmt.Sprintf("stage %d, %d×%d: predicted change of its outputs / variance", q.Stage, q.Outputs, q.Inputs), short(q.Loss))
		if q.Nearest {
			t.add("  weights are rounded to the nearest, which loses less by these rows", "")
			continue
		}
		t.add("  if weights were rounded to the nearest", short(q.Plain))
	}
	if r.Change > 0 { // else it was not measured
		t.add("change of the model's outputs / variance, rows not rounded by", short(r.Change))
	}
	percent := func(what string, v *float64) {
		if v != nil {
			t.add(what, fmt.Sprintf("%.2f %%", 100**v))
		}
	}
	percent("  same class as before", r.Agrees)
	percent("  accuracy", r.Accuracy)
	percent("  accuracy before", r.AccuracyBefore)
	if r.R2 != nil {
		t.add("  R²", strconv.FormatFloat(*r.R2, 'f', 5, 64))
		t.add("  R² before", strconv.FormatFloat(*r.R2Before, 'f', 5, 64))
	}
}

// integers is the flag of products in integers.
type integers struct{ want bool }

func (i *integers) register(c *call) {
	c.flags.BoolVar(&i.want, "integers", false, "multiply weights of 8 or 4 bits (-bits of fit, compress, train) by inputs rounded to 8 bits, in integers: a quarter of the memory, faster for large layers and a row at a time; the same bits on every machine, a little less exact")
}

// network is that of m, which was read from path, with products as they are wanted.
func (i *integers) network(m *bundle.Model[float32], path string) (*bundle.Network[float32], error) {
	if !i.want {
		return m.Network, nil
	}
	net, found := m.Network.InIntegers()
	if found == 0 {
		return nil, usagef("-integers: %s has no weights of 8 or 4 bits", path)
	}
	return net, nil
}
