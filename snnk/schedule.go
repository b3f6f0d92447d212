package snnk

import (
	"fmt"
	"math"

	"nnk/asm"
	"nnk/mat"
)

// Schedule says how the learning rate changes. The zero value is a constant rate.
type Schedule struct {
	Cosine bool    // fall from the peak to Floor times it along half a cosine
	Floor  float64 // in [0, 1]
	Warmup int     // steps in which the rate rises in equal parts to its peak
}

func (s Schedule) String() string {
	name := "constant"
	if s.Cosine {
		name = fmt.Sprintf("cosine(floor=%g)", s.Floor)
	}
	return fmt.Sprintf("%s,warmup=%d", name, s.Warmup)
}

func (s Schedule) check() error {
	if !(s.Floor >= 0 && s.Floor <= 1) || s.Warmup < 0 {
		return fmt.Errorf("snnk: schedule %v: want a floor in [0, 1] and warm-up steps not below 0: %w", s, mat.ErrRange)
	}
	return nil
}

// Rate is the learning rate of a step, counted from 0, of total.
func (s Schedule) Rate(peak float64, step, total int) float64 {
	if step < s.Warmup {
		return peak * (float64(step+1) / float64(s.Warmup))
	}
	if !s.Cosine || total <= s.Warmup {
		return peak
	}
	c := [1]float64{math.Pi * (float64(step-s.Warmup) / float64(total-s.Warmup))}
	asm.Cos(c[:], c[:])
	return peak * math.FMA((1-s.Floor)/2, 1+c[0], s.Floor)
}
