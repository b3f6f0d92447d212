package snnk

import (
	"fmt"
	"math"

	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
)

// Rule describes an optimiser: [AdamW] or [SGD].
type Rule interface {
	// String names the rule with its constants.
	String() string
	check() error
	moments() []string // names of the tensors that it keeps for each parameter
}

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter 2019); see [asm.Adam] for its
// arithmetic. The zero value has the usual constants and no decay.
type AdamW struct {
	Beta1, Beta2 float64 // decay of the moments; 0: 0.9 and 0.999
	Epsilon      float64 // 0: 10⁻⁸
	Decay        float64 // weight decay, of parameters that have it
}

// SGD is gradient descent: b ← Momentum·b + g, w ← (1 − rate·Decay)·w − rate·b, or with Nesterov
// − rate·(g + Momentum·b).
type SGD struct {
	Momentum float64
	Nesterov bool
	Decay    float64 // weight decay, of parameters that have it
}

func (a AdamW) filled() AdamW {
	for _, c := range []struct {
		v     *float64
		usual float64
	}{{&a.Beta1, 0.9}, {&a.Beta2, 0.999}, {&a.Epsilon, 1e-8}} {
		if *c.v == 0 {
			*c.v = c.usual
		}
	}
	return a
}

func (a AdamW) String() string {
	a = a.filled()
	return fmt.Sprintf("adamw(beta1=%g,beta2=%g,epsilon=%g,decay=%g)", a.Beta1, a.Beta2, a.Epsilon, a.Decay)
}

func (a AdamW) check() error {
	a = a.filled()
	if !(a.Beta1 > 0 && a.Beta1 < 1 && a.Beta2 > 0 && a.Beta2 < 1 && a.Epsilon > 0 && a.Decay >= 0 && a.Epsilon-a.Epsilon == 0 && a.Decay-a.Decay == 0) {
		return fmt.Errorf("snnk: %v: want betas between 0 and 1, epsilon above 0 and decay not below: %w", a, mat.ErrRange)
	}
	return nil
}

func (a AdamW) moments() []string { return []string{"first", "second"} }

func (s SGD) String() string {
	return fmt.Sprintf("sgd(momentum=%g,nesterov=%t,decay=%g)", s.Momentum, s.Nesterov, s.Decay)
}

func (s SGD) check() error {
	if !(s.Momentum >= 0 && s.Momentum < 1 && s.Decay >= 0 && s.Decay-s.Decay == 0) {
		return fmt.Errorf("snnk: %v: want momentum in [0, 1) and decay not below 0: %w", s, mat.ErrRange)
	}
	return nil
}

func (s SGD) moments() []string {
	if s.Momentum == 0 {
		return nil
	}
	return []string{"momentum"}
}

// Optimiser changes parameters by their gradients.
type Optimiser[T asm.Float] struct {
	rule   Rule
	params []*Param[T] // those that are not frozen
	state  [][]*mat.Dense[T]
	steps  int
	now    update[T] // for the parameter that Step is at; here it is allocated once
}

// NewOptimiser returns an optimiser by the rule (nil: AdamW{}) for those of the
// parameters that are not frozen now. The error wraps [mat.ErrRange].
func NewOptimiser[T asm.Float](rule Rule, params []*Param[T]) (*Optimiser[T], error) {
	if rule == nil {
		rule = AdamW{}
	}
	if err := rule.check(); err != nil {
		return nil, err
	}
	o := &Optimiser[T]{rule: rule}
	for _, p := range params {
		if p.Frozen {
			continue
		}
		o.params = append(o.params, p)
		var state []*mat.Dense[T]
		for range rule.moments() {
			state = append(state, mat.New[T](p.Value.Rows(), p.Value.Cols()))
		}
		o.state = append(o.state, state)
	}
	return o, nil
}

// Steps is the number of steps taken.
func (o *Optimiser[T]) Steps() int { return o.steps }

// GradNorm is the root of the sum of squares of all gradients: [asm.SumSquares] of
// each row, added in float64 in the order of rows and parameters.
func (o *Optimiser[T]) GradNorm() float64 {
	sum := 0.0
	for _, p := range o.params {
		for i := range p.Grad.Rows() {
			sum += float64(asm.SumSquares(p.Grad.Row(i)))
		}
	}
	return math.Sqrt(sum)
}

// ClipFactor is what gradients of the given norm are multiplied by so that it does not exceed
// limit; a limit of 0 is none.
func ClipFactor(norm, limit float64) float64 {
	if limit == 0 || norm <= limit {
		return 1
	}
	return limit / norm
}

// stepGrain is the number of elements that are worth a goroutine's start.
const stepGrain = 1 << 15

// Step changes every parameter by its gradient times factor, with the given learning
// rate. It changes no gradient: call [ZeroGrads] before the next backward pass.
func (o *Optimiser[T]) Step(rate, factor float64) {
	o.steps++
	for k, p := range o.params {
		decay := 1.0
		if p.Decay {
			decay = 1 - float64(rate*decayOf(o.rule))
		}
		o.now = o.update(rate, factor, decay)
		w, g, state := p.Value, p.Grad, o.state[k]
		if rows, cols := w.Rows(), w.Cols(); w.Stride() == cols && g.Stride() == cols {
			o.now.elements(w.Data(), g.Data(), flat(state, 0), flat(state, 1))
		} else {
			for i := range rows {
				o.now.elements(w.Row(i), g.Row(i), rowOf(state, 0, i), rowOf(state, 1, i))
			}
		}
	}
}

func decayOf(r Rule) float64 {
	switch r := r.(type) {
	case AdamW:
		return r.Decay
	case SGD:
		return r.Decay
	}
	return 0
}

func flat[T asm.Float](state []*mat.Dense[T], k int) []T {
	if k >= len(state) {
		return nil
	}
	return state[k].Data()
}

func rowOf[T asm.Float](state []*mat.Dense[T], k, i int) []T {
	if k >= len(state) {
		return nil
	}
	return state[k].Row(i)
}

// update is one step of a rule for one parameter.
type update[T asm.Float] struct {
	adam                   asm.AdamStep[T]
	sgd                    bool
	nesterov               bool
	momentum, rate, factor T
	keep                   T
}

func (o *Optimiser[T]) update(rate, factor, keep float64) update[T] {
	switch r := o.rule.(type) {
	case AdamW:
		r = r.filled()
		bias1, bias2 := 1-power(r.Beta1, o.steps), 1-power(r.Beta2, o.steps)
		return update[T]{adam: asm.AdamStep[T]{
			Scale: T(factor),
			Beta1: T(r.Beta1), Rest1: T(1 - r.Beta1),
			Beta2: T(r.Beta2), Rest2: T(1 - r.Beta2),
			Root: T(1 / math.Sqrt(bias2)), Epsilon: T(r.Epsilon), Rate: T(rate / bias1), Keep: T(keep),
		}}
	case SGD:
		return update[T]{sgd: true, nesterov: r.Nesterov, momentum: T(r.Momentum), rate: T(rate), factor: T(factor), keep: T(keep)}
	}
	panic("unreachable") // no other type has moments and check
}

// power is x^n by repeated squaring: the same bits everywhere.
func power(x float64, n int) float64 {
	p := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			p *= x
		}
		x *= x
	}
	return p
}

// elements takes the step for elements that lie side by side, on several goroutines
// if they are many.
func (u *update[T]) elements(w, g, first, second []T) {
	if len(w) <= stepGrain {
		u.some(w, g, first, second)
		return
	}
	par.For(len(w), stepGrain, func(lo, hi int) {
		cut := func(s []T) []T {
			if s == nil {
				return nil
			}
			return s[lo:hi]
		}
		u.some(w[lo:hi], g[lo:hi], cut(first), cut(second))
	})
}

func (u *update[T]) some(w, g, first, second []T) {
	if !u.sgd {
		asm.Adam(w, first, second, g, &u.adam)
		return
	}
	if u.keep != 1 {
		asm.Scale(w, w, u.keep)
	}
	if first == nil {
		asm.Axpy(w, -u.rate*u.factor, g)
		return
	}
	asm.Scale(first, first, u.momentum)
	asm.Axpy(first, u.factor, g)
	if u.nesterov {
		asm.Axpy(w, -u.rate*u.factor, g)
		asm.Axpy(w, -u.rate*u.momentum, first)
		return
	}
	asm.Axpy(w, -u.rate, first)
}
