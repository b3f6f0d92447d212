package snnk

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/mat"
)

// reference takes steps by the textbook formulas in float64, with gradient w − 1 + 0.1·t.
func reference(rule Rule, w, rate, factor float64, decays bool, steps int) float64 {
	m, v, b := 0.0, 0.0, 0.0
	for t := 1; t <= steps; t++ {
		g := factor * (w - 1 + 0.1*float64(t))
		switch r := rule.(type) {
		case AdamW:
			r = r.filled()
			if decays {
				w -= rate * r.Decay * w
			}
			m, v = r.Beta1*m+(1-r.Beta1)*g, r.Beta2*v+(1-r.Beta2)*g*g
			mh, vh := m/(1-math.Pow(r.Beta1, float64(t))), v/(1-math.Pow(r.Beta2, float64(t)))
			w -= rate * mh / (math.Sqrt(vh) + r.Epsilon)
		case SGD:
			if decays {
				w -= rate * r.Decay * w
			}
			b = r.Momentum*b + g
			if r.Nesterov {
				w -= rate * (g + r.Momentum*b)
			} else {
				w -= rate * b
			}
		}
	}
	return w
}

func testOptimiser[T asm.Float](t *testing.T, tolerance float64) {
	for _, rule := range []Rule{AdamW{}, AdamW{Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-3, Decay: 0.1}, SGD{}, SGD{Decay: 0.2}, SGD{Momentum: 0.8}, SGD{Momentum: 0.8, Nesterov: true, Decay: 0.1}} {
		for _, decays := range []bool{true, false} {
			// One parameter long enough for vectors, one that is a view with gaps.
			list := []*Param[T]{NewParam("long", mat.New[T](1, 67), decays), NewParam("gaps", mat.New[T](3, 5).View(0, 0, 3, 2), decays)}
			frozen := NewParam("frozen", random[T](1, 2, 2), true)
			frozen.Frozen = true
			before := frozen.Value.Clone()
			each := func(f func(p *Param[T], i, j int, start float64)) {
				for _, p := range list {
					for i := range p.Value.Rows() {
						for j := range p.Value.Cols() {
							f(p, i, j, 0.03+0.1*float64(3*i+j)) // no gradient is near 0
						}
					}
				}
			}
			each(func(p *Param[T], i, j int, start float64) { p.Value.Set(i, j, T(start)) })
			o, err := NewOptimiser(rule, append(list, frozen))
			if err != nil {
				t.Fatal(err)
			}
			const steps, rate, factor = 7, 0.05, 0.5
			for s := 1; s <= steps; s++ {
				each(func(p *Param[T], i, j int, _ float64) { p.Grad.Set(i, j, p.Value.At(i, j)-1+T(0.1*float64(s))) })
				o.Step(rate, factor)
			}
			each(func(p *Param[T], i, j int, start float64) {
				want := reference(rule, float64(T(start)), rate, factor, decays, steps)
				if got := float64(p.Value.At(i, j)); math.Abs(got-want) > tolerance*(1+math.Abs(want)) {
					t.Errorf("%v, decays %t, %s[%d,%d]: %.10g, want %.10g", rule, decays, p.Name, i, j, got, want)
				}
			})
			sameBits(t, "frozen parameter", frozen.Value, before)
			if o.Steps() != steps {
				t.Errorf("%d steps, want %d", o.Steps(), steps)
			}
		}
	}
}

func TestOptimiser(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", func(t *testing.T) { testOptimiser[float32](t, 2e-6) })
		t.Run("float64", func(t *testing.T) { testOptimiser[float64](t, 1e-14) })
	})
}

func TestClip(t *testing.T) {
	p := NewParam("w", mat.New[float64](2, 2), true)
	copy(p.Grad.Data(), []float64{1, 2, 2, 4})
	o, err := NewOptimiser(nil, []*Param[float64]{p})
	if err != nil {
		t.Fatal(err)
	}
	norm := o.GradNorm()
	if norm != 5 || ClipFactor(norm, 0) != 1 || ClipFactor(norm, 5) != 1 || ClipFactor(norm, 2) != 0.4 || ClipFactor(0, 1) != 1 {
		t.Errorf("norm %g, factors %g %g %g", norm, ClipFactor(norm, 5), ClipFactor(norm, 2), ClipFactor(0, 1))
	}
}

func TestPower(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 10, 1000, 1 << 20} {
		if got, want := power(0.999, n), math.Pow(0.999, float64(n)); math.Abs(got-want) > 1e-12*want+1e-300 {
			t.Errorf("0.999^%d: %g, want %g", n, got, want)
		}
	}
}

func TestSchedule(t *testing.T) {
	cosine := Schedule{Cosine: true, Floor: 0.1, Warmup: 4}
	for _, c := range []struct {
		s    Schedule
		step int
		want float64
	}{
		{Schedule{}, 0, 2}, {Schedule{}, 99, 2},
		{Schedule{Warmup: 4}, 0, 0.5}, {Schedule{Warmup: 4}, 3, 2}, {Schedule{Warmup: 4}, 50, 2},
		{cosine, 1, 1}, {cosine, 4, 2}, {cosine, 54, 1.1}, {cosine, 104, 0.2},
	} {
		if got := c.s.Rate(2, c.step, 104); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%v: step %d has rate %.17g, want %g", c.s, c.step, got, c.want)
		}
	}
}

func TestRuleErrors(t *testing.T) {
	for _, rule := range []Rule{AdamW{Beta1: 1}, AdamW{Beta2: -1}, AdamW{Decay: math.Inf(1)}, AdamW{Epsilon: math.NaN()}, SGD{Momentum: 1}, SGD{Decay: -1}} {
		if _, err := NewOptimiser[float32](rule, nil); !errors.Is(err, mat.ErrRange) {
			t.Errorf("%v: error %v, want %v", rule, err, mat.ErrRange)
		}
	}
	if got := fmt.Sprint(AdamW{Decay: 0.1}); got != "adamw(beta1=0.9,beta2=0.999,epsilon=1e-08,decay=0.1)" {
		t.Error(got)
	}
}
