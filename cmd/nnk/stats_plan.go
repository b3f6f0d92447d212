package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/mat"
)

// fitPlan is what the surveys of all rows and the flags decide: the features, and how the rest will be chosen from their sums. It has what a
// fit asks of the rows before the sums, so that a fit begins again where sums were missing.
type fitPlan struct {
	shape
	Rows    int
	Options planOptions

	inputs, targets *fit.Survey
	kept            *keptRows
	passes          [][]byte // for which sums are needed, in the order in which they were asked for
}

// planOptions are those of [fit.Options] that flags set.
type planOptions struct {
	Features, Pool  int
	Map, Projection string
	Seed            uint64
	Scale, Lambda   float64
	Standardise     fit.Standardisation
	Linear          fit.LinearPart
}

// options are those of the fit.
func (p *fitPlan) options() fit.Options {
	o := p.Options
	opt := fit.Options{Task: p.Task, Features: o.Features, Pool: o.Pool, Map: o.Map, Projection: o.Projection, Seed: o.Seed, Scale: o.Scale,
		Lambda: o.Lambda, Standardise: o.Standardise, Linear: o.Linear}
	if p.Labels != nil {
		opt.Classes = p.Labels.Names
	}
	return opt
}

func (p *fitPlan) marshal() ([]byte, error) {
	return pack(planMagic, p, append([][]byte{p.kept.marshal(), p.inputs.Marshal(), p.targets.Marshal()}, p.passes...)...)
}

// unmarshalPlan reads what marshal wrote.
func unmarshalPlan(b []byte) (*fitPlan, error) {
	p := &fitPlan{}
	parts, err := unpack(b, planMagic, p)
	if err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	if len(parts) < 4 || p.Rows < 1 || p.Rows > mostRow {
		return nil, fmt.Errorf("%w: a plan of %d rows in %d parts", bundle.ErrFormat, p.Rows, len(parts))
	}
	if p.kept, err = p.unmarshalRows(parts[0]); err != nil {
		return nil, err
	}
	if p.inputs, err = fit.UnmarshalSurvey(parts[1]); err != nil {
		return nil, err
	}
	if p.targets, err = fit.UnmarshalSurvey(parts[2]); err != nil {
		return nil, err
	}
	if p.inputs.Cols() != p.Inputs || p.targets.Cols() != p.outputs() {
		return nil, fmt.Errorf("%w: a survey of %d inputs and %d targets", bundle.ErrFormat, p.inputs.Cols(), p.targets.Cols())
	}
	p.passes = parts[3:]
	_, err = p.last()
	return p, err
}

// last is the pass for which sums were asked last.
func (p *fitPlan) last() (*fit.Pass[float32], error) {
	pass, err := fit.UnmarshalPass[float32](p.passes[len(p.passes)-1])
	if err == nil && pass.Empty().Targets() != p.outputs() {
		err = fmt.Errorf("%w: a pass over %d targets", bundle.ErrFormat, pass.Empty().Targets())
	}
	return pass, err
}

// id names the data and pass i in the files of sums.
func (p *fitPlan) id(i int) string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // numbers, strings and lists have JSON
	}
	h := sha256.New()
	h.Write(text)
	h.Write(p.inputs.Marshal())
	h.Write(p.passes[i])
	return hex.EncodeToString(h.Sum(nil))
}

func (c *call) readPlan(path string) (*fitPlan, error) {
	b, err := c.readStats(path)
	if err != nil {
		return nil, err
	}
	p, err := unmarshalPlan(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// sumsNeeded is the end of a fit that needs sums that are not there.
type sumsNeeded struct{ pass []byte }

func (*sumsNeeded) Error() string { return "sums are needed" }

// plannedData are the rows of a plan. They implement [fit.Data].
type plannedData struct {
	*fitPlan
	sums [][]*portion // of each pass, one of all rows, or nothing
}

func (d *plannedData) Rows() int    { return d.fitPlan.Rows }
func (d *plannedData) Inputs() int  { return d.fitPlan.Inputs }
func (d *plannedData) Targets() int { return d.outputs() }

func (d *plannedData) Survey(context.Context) (inputs, targets *fit.Survey, err error) {
	return d.inputs, d.targets, nil
}

func (d *plannedData) Pick(_ context.Context, rows []int) (x, y *mat.Dense[float64], err error) {
	some := d.kept.some(func(row int) bool { _, found := slices.BinarySearch(rows, row); return found })
	if !slices.Equal(some.at, rows) {
		return nil, nil, fmt.Errorf("%w: the plan has not all rows of the sample", bundle.ErrFormat)
	}
	targets, err := d.fitPlan.targetsOf(some)
	return some.x, targets, err
}

func (p *fitPlan) targetsOf(k *keptRows) (*mat.Dense[float64], error) {
	src, err := p.shape.targets(k.y)
	if err != nil {
		return nil, err
	}
	y := mat.New[float64](src.Rows(), src.Cols())
	return y, src.Read(y, 0)
}

func (d *plannedData) Statistics(_ context.Context, pass *fit.Pass[float32], _ func(done, total int)) (*fit.Stats[float32], error) {
	b, err := pass.Marshal()
	if err != nil {
		return nil, err
	}
	for i, known := range d.passes {
		if bytes.Equal(known, b) && len(d.sums[i]) > 0 {
			return d.sums[i][0].sums, nil
		}
	}
	return nil, &sumsNeeded{b}
}

// run fits to the rows of the plan. Its error is *sumsNeeded if others than the given sums are needed.
func (p *fitPlan) run(c *call, opt fit.Options, sums [][]*portion) (*bundle.Model[float32], *fit.Report, error) {
	m, report, err := fit.NewDistributed[float32](&plannedData{p, sums}).Run(c.ctx, opt)
	if err != nil {
		return nil, nil, err
	}
	if p.Labels != nil {
		m.LabelType = p.Labels.Type
	}
	nameInputs(m, p.Columns)
	return m, report, nil
}

// extend adds the pass that a fit asked for to the plan.
func (p *fitPlan) extend(err error) error {
	var need *sumsNeeded
	if !errors.As(err, &need) {
		return err
	}
	if slices.ContainsFunc(p.passes, func(b []byte) bool { return bytes.Equal(b, need.pass) }) {
		return fmt.Errorf("%w: sums of an earlier plan are missing: give those of all rounds", bundle.ErrFormat)
	}
	p.passes = append(p.passes, need.pass)
	return nil
}
