package fit

import (
	"cmp"
	"context"
	"fmt"

	"nnk/asm"
	"nnk/bundle"
	"nnk/internal/numbytes"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

// Directions says where the directions of features come from.
type Directions string

// The kinds of directions.
const (
	Random   Directions = "random"   // the first of a seed
	Selected Directions = "selected" // those of a pool that explain most
	Learned  Directions = "learned"  // trained and written as sums of atoms, see [Learning]
)

// Budget is how large the file of a model may be, and between what the best of that size is chosen.
type Budget[T asm.Float] struct {
	Bytes      int64        // of the file, at most
	Directions []Directions // nil means all three
	Bits       []int        // of a weight: 8, 4, or 32 for weights that are not rounded; nil means all three, in this order
	// Finish, if not nil, gives each model what its file will say beside, which counts: a schema, names.
	Finish func(*bundle.Model[T])
	// Tried, if not nil, is called for each candidate that was compared.
	Tried func(Candidate)
}

// Candidate is a kind of model that was compared under a budget, with as many features as that allows.
type Candidate struct {
	Directions Directions `json:"directions"`
	Bits       int        `json:"bits"`
	Features   int        `json:"features,omitempty"`
	Bytes      int64      `json:"file_bytes,omitempty"` // of the model that was compared
	// HeldOut is the part of the held-out rows that was classified wrong, or the squared error there over the variance.
	HeldOut float64 `json:"held_out_error,omitempty"`
	Problem string  `json:"problem,omitempty"` // why there is no such model
	Chosen  bool    `json:"chosen"`
}

// BudgetReport says what [WithinBytes] compared and chose.
type BudgetReport struct {
	*Report
	Bits       int            `json:"bits"`
	Rounded    []Quantisation `json:"rounded,omitempty"`
	Candidates []Candidate    `json:"candidates"`
}

// budgetFeatures is how many features are taken at most if the options do not say it: what is done with them takes the square of their number.
const budgetFeatures = 1024

// notRounded are the bits of weights that stay as they are.
const notRounded = 32

// wholeBits are those of such weights.
func wholeBits[T asm.Float]() int64 { return int64(8 * numbytes.KindOf[T]().Size()) }

// WithinBytes returns the model of [Run] whose file has at most so many bytes and that does best on held-out rows: directions that are random, selected or learned, and weights
// in 32, 8 or 4 bits, rounded by [Quantise]; of each kind as many features as the budget allows, but at most opt.Features, 0 being 1024. Candidates are fitted to four fifths of the rows, rounded by those too, and
// judged on the last fifth (the first of opt.Folds): by the rows that they classify right, or by squared error; of equals the smaller file is better, and then the earlier. The best kind
// is fitted again to all rows. A single kind is not compared.
//
// A budget that no model meets is an error that wraps [bundle.ErrRange] and says what the least is. opt.Learn says how directions are learned, not whether. Cost: up to ten times that of [Run]; the kinds share the choice of the scale and
// the statistics of one pool. The order of candidates is fixed.
func WithinBytes[T asm.Float](ctx context.Context, x, y bundle.Source, opt Options, b Budget[T]) (*bundle.Model[T], *BudgetReport, error) {
	s, err := newBudgeted(ctx, x, y, opt, b)
	if err != nil {
		return nil, nil, err
	}
	best := 0
	if len(s.list) > 1 {
		if best, err = s.compare(); err != nil {
			return nil, nil, err
		}
	}
	c := &s.list[best]
	m, report, err := s.fit(NewFitter[T](x, y), x, c, s.options(*c))
	if err != nil {
		return nil, nil, err
	}
	c.Chosen, report.Candidates = true, s.list
	return m, report, nil
}

// budgeted is the search for the best model of a size.
type budgeted[T asm.Float] struct {
	ctx    context.Context
	x, y   bundle.Source
	opt    Options
	budget Budget[T]
	most   int // features
	list   []Candidate
	head   int64 // about the bytes of a file beside what its features take
}

func newBudgeted[T asm.Float](ctx context.Context, x, y bundle.Source, opt Options, b Budget[T]) (*budgeted[T], error) {
	if b.Directions == nil {
		b.Directions = []Directions{Random, Selected, Learned}
	}
	if b.Bits == nil {
		b.Bits = []int{8, 4, notRounded}
	}
	s := &budgeted[T]{ctx: ctx, x: x, y: y, opt: opt, budget: b, most: min(cmp.Or(opt.Features, budgetFeatures), max(x.Rows()-1, 1))}
	if opt.Features < 0 || x.Rows() < 2 || x.Rows() != y.Rows() {
		return nil, fmt.Errorf("fit: at most %d features, %d rows of inputs, %d of targets: %w", opt.Features, x.Rows(), y.Rows(), bundle.ErrRange)
	}
	least := int64(0)
	for _, d := range b.Directions {
		if d != Random && d != Selected && d != Learned {
			return nil, fmt.Errorf("fit: there are no %.40q directions: %w", d, bundle.ErrRange)
		}
		for _, bits := range b.Bits {
			if bits != notRounded && bits != 8 && bits != 4 {
				return nil, fmt.Errorf("fit: weights of %d bits, want 32, 8 or 4: %w", bits, bundle.ErrRange)
			}
			c := Candidate{Directions: d, Bits: bits}
			one, err := s.estimate(c, 1)
			if err != nil {
				return nil, err
			}
			if least == 0 || one < least {
				least = one
			}
			if one > b.Bytes {
				c.Problem = fmt.Sprintf("one feature takes %d bytes", one)
			}
			s.list = append(s.list, c)
		}
	}
	if least > b.Bytes {
		return nil, fmt.Errorf("fit: no such model has a file of %d bytes: the least is %d, with a single feature: %w", b.Bytes, least, bundle.ErrRange)
	}
	return s, nil
}

// targets is the number of outputs.
func (s *budgeted[T]) targets() int {
	if s.opt.Loss == snnk.BinaryCrossEntropy {
		return 1
	}
	return s.y.Cols()
}

// estimate is the size of the file of a candidate of m features, a little too much rather than too little, for columns that are not standardised.
func (s *budgeted[T]) estimate(c Candidate, m int) (int64, error) {
	head := s.head
	if head == 0 {
		var err error
		if head, err = s.emptyFile(); err != nil {
			return 0, err
		}
		s.head = head
	}
	return head + s.more(c) + (int64(m)*s.perFeature(c)+7)/8, nil
}

// more is what the file of a candidate has beside its features more than others.
func (s *budgeted[T]) more(c Candidate) int64 {
	n := int64(0)
	if c.Bits <= 8 {
		n += int64(4*s.targets()) + 72 // the scales
	}
	if c.Directions == Learned {
		n += 44
	}
	return n
}

// perFeature is how many bits a feature takes.
func (s *budgeted[T]) perFeature(c Candidate) int64 {
	bits := int64(s.targets())
	if c.Bits == notRounded {
		bits *= wholeBits[T]()
	} else {
		bits *= int64(c.Bits)
	}
	switch c.Directions {
	case Selected:
		bits += 8 * int64(len(fmt.Sprint(s.pool()))+1) // its number and a plus, as text
	case Learned:
		l := s.learning()
		bits += int64(ortho.Spec{Atoms: l.Atoms, Terms: l.Terms}.CodeBits())
	}
	return bits
}

func (s *budgeted[T]) learning() Learning {
	if s.opt.Learn == nil {
		return Learning{}.withDefaults()
	}
	return s.opt.Learn.withDefaults()
}

// pool is the one that all select from.
func (s *budgeted[T]) pool() int {
	if s.opt.Pool != 0 {
		return max(s.opt.Pool, s.most)
	}
	return poolFor(s.most, s.x.Rows())
}

// emptyFile is about what a file takes beside its features: that of a single one without its weights.
func (s *budgeted[T]) emptyFile() (int64, error) {
	kind, err := mapKindNamed(s.opt.Map)
	if err != nil {
		return 0, err
	}
	const scale = 0.012345678901234567 // a number with many digits
	spec := kind.spec(ortho.Spec{Kind: ortho.Hadamard, Seed: s.opt.Seed, M: budgetFeatures, D: s.x.Cols(), Rounds: 3}, MapSpec{Scale: scale})
	phi, err := urf.New[T](spec)
	if err != nil {
		return 0, err
	}
	l := s.targets()
	net := bundle.NewNetwork[T](snnk.New(phi, mat.New[T](l, budgetFeatures), make([]T, l)))
	report := Report{Rows: s.x.Rows(), Loss: snnk.CrossEntropy, Lambda: 0.00012345, HeldOutAccuracy: 0.12345}
	m := &bundle.Model[T]{Network: net, Task: s.opt.Task, Classes: s.opt.Classes, Provenance: report.provenance()}
	if s.budget.Finish != nil {
		s.budget.Finish(m)
	}
	size, err := m.Bytes()
	return size - wholeBits[T]()/8*int64(l*budgetFeatures), err
}

// compare fits every candidate to four fifths of the rows and returns the one that does best on the others.
func (s *budgeted[T]) compare() (int, error) {
	folds := s.opt.Folds.ForRows(s.x.Rows())
	heldX, restX := Split(s.x, folds, 0)
	heldY, restY := Split(s.y, folds, 0)
	if heldX.Rows() == 0 || restX.Rows() < 2 {
		return 0, fmt.Errorf("fit: %d rows are too few to compare models on a part of them: %w", s.x.Rows(), bundle.ErrRange)
	}
	fitter, best := NewFitter[T](restX, restY), -1
	settled := map[Directions]Options{}
	var problem error
	for i := range s.list {
		c := &s.list[i]
		if c.Problem == "" {
			opt := s.options(*c)
			if opt.Learn != nil && opt.Learn.Decay == 0 && opt.Learn.Noise == 0 {
				opt.Learn.Decay, opt.Learn.Noise = recipes[0].decay, recipes[0].noise // the usual ones, without a trial
			}
			if chosen, ok := settled[c.Directions]; ok {
				opt.like(chosen)
			}
			m, report, err := s.fit(fitter, restX, c, opt)
			if err == nil {
				settle(settled, c.Directions, report.Report)
				c.HeldOut, err = s.judge(m, heldX, heldY)
			}
			if s.ctx.Err() != nil {
				return 0, fmt.Errorf("fit: %w", context.Cause(s.ctx))
			}
			if err != nil {
				c.Problem, problem = err.Error(), err
			}
		}
		if s.budget.Tried != nil {
			s.budget.Tried(*c)
		}
		if c.Problem == "" && (best < 0 || better(c, &s.list[best])) {
			best = i
		}
	}
	if best < 0 {
		return 0, fmt.Errorf("fit: no model of %d bytes: %w", s.budget.Bytes, problem)
	}
	return best, nil
}

// settle keeps what the first fit with such directions chose of units, scale and projection, which takes longer than the rest, for the others. Directions that are learned begin
// with those that are selected, unless these read standardised columns, which learned ones need less.
func settle(settled map[Directions]Options, d Directions, r *Report) {
	if _, ok := settled[d]; ok {
		return
	}
	opt := Options{Projection: r.Projection, Scale: r.Scale, Standardise: StandardiseNever, Linear: LinearNever}
	if r.Standardised {
		opt.Standardise = StandardiseAlways
	}
	if r.Linear {
		opt.Linear = LinearAlways
	}
	settled[d] = opt
	if d == Selected && !r.Standardised {
		settled[Learned] = opt
	}
}

// like takes over what is settled.
func (o *Options) like(s Options) {
	o.Projection, o.Scale, o.Standardise, o.Linear = s.Projection, s.Scale, s.Standardise, s.Linear
}

func better(a, b *Candidate) bool {
	return a.HeldOut < b.HeldOut || a.HeldOut == b.HeldOut && a.Bytes < b.Bytes
}

// judge is the part of the rows that a model classifies wrong, or its squared error over the variance.
func (s *budgeted[T]) judge(m *bundle.Model[T], x, y bundle.Source) (float64, error) {
	if s.opt.Task != bundle.Classify {
		f, err := m.Network.Fitness(s.ctx, x, y)
		return 1 - f.R2, err
	}
	says, err := m.Network.Classify(s.ctx, x)
	if err != nil {
		return 0, err
	}
	wrong := 0
	err = bundle.Blocks(bundle.WithContext(s.ctx, y), chunkRows, func(block *mat.Dense[T], row int) error {
		for i := range block.Rows() {
			if snnk.Label(block.Row(i)) != says[row+i] {
				wrong++
			}
		}
		return nil
	})
	return float64(wrong) / float64(len(says)), err
}

// fit makes the model of a candidate with as many features as the budget allows, and sets these and its size. What an estimate misses, as standardised columns, is found by the
// first model that is too large.
func (s *budgeted[T]) fit(f *Fitter[T], x bundle.Source, c *Candidate, opt Options) (*bundle.Model[T], *BudgetReport, error) {
	one, err := s.estimate(*c, 1)
	if err != nil {
		return nil, nil, err
	}
	room := min(8*(s.budget.Bytes-one)/s.perFeature(*c)+1, int64(s.most))
	if c.Features > 0 {
		room = int64(c.Features) // as it was compared
	}
	for room > 0 {
		opt.Features = int(room)
		if c.Directions == Random {
			opt.Pool = opt.Features
		}
		m, chosen, err := f.Run(s.ctx, opt)
		if err != nil {
			return nil, nil, err
		}
		report := &BudgetReport{Report: chosen, Bits: c.Bits}
		if c.Bits <= 8 {
			if m.Network, report.Rounded, err = Quantise(s.ctx, m.Network, x, c.Bits); err != nil {
				return nil, nil, err
			}
		}
		if s.budget.Finish != nil {
			s.budget.Finish(m)
		}
		size, err := m.Bytes()
		if err != nil {
			return nil, nil, err
		}
		if size <= s.budget.Bytes {
			c.Features, c.Bytes = report.Features, size
			return m, report, nil
		}
		room = int64(report.Features) - max((8*(size-s.budget.Bytes)+s.perFeature(*c)-1)/s.perFeature(*c), 1)
		if room < 1 && report.Standardised && opt.Standardise == StandardiseAuto {
			opt.Standardise, room = StandardiseNever, int64(opt.Features) // means and factors do not fit
		}
	}
	return nil, nil, fmt.Errorf("fit: no file of %d bytes: a single feature is too much: %w", s.budget.Bytes, bundle.ErrRange)
}

// options are those of the fit of a candidate, but for the number of features.
func (s *budgeted[T]) options(c Candidate) Options {
	opt := s.opt
	opt.Learn = nil
	if c.Directions == Learned {
		l := s.learning()
		opt.Learn = &l
	}
	opt.Pool, opt.fewer = s.pool(), s.opt.Pool == 0
	return opt
}
