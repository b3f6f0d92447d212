package checkpoint

import (
	"fmt"

	"nnk/bundle"
	"nnk/mat"
)

// scales are the names of what quantised weights are multiplied with, zeros of what is subtracted
// before that. Those of bitsandbytes are 127 times as large.
func scales(what string) (scale, zero []string) {
	scale, zero = []string{what + "_scale", what + "_scale_inv"}, []string{what + "_zero_point", what + "_zero"}
	if what == "weight" {
		scale, zero = append(scale, "scale_weight", "SCB", "scale"), append(zero, "zero_point", "zero")
	}
	return scale, zero
}

// dequantise makes the numbers that were stored in eight bits: (q − zero)·scale, both of them a number
// for all, one for each output, or one for each block of rows and columns.
func (u *unit) dequantise(what string, t *tensor, w *mat.Dense[float64]) error {
	scale, zero := scales(what)
	s := u.first(scale...)
	if s == nil {
		if t.quantised() && t.DType[0] != 'F' {
			return fmt.Errorf("%w: %s holds integers, and no tensor %q says what they are multiplied with", bundle.ErrFormat, t, t.Name+"_scale")
		}
		return nil
	}
	if !t.quantised() {
		return fmt.Errorf("%w: tensor %q beside %s, which has no need of a scale", bundle.ErrFormat, s.Name, t)
	}
	z := u.take(zero...)
	if z == nil && t.DType == "U8" {
		return fmt.Errorf("%w: %s holds integers without a sign, and no tensor %q says which of them stands for 0", bundle.ErrFormat, t, t.Name+"_zero_point")
	}
	if z != nil {
		at, err := u.spread(z, t, w)
		if err != nil {
			return err
		}
		for i := range w.Rows() {
			for j, v := range w.Row(i) {
				w.Set(i, j, v-at(i, j))
			}
		}
	}
	s.used = true
	at, err := u.spread(s, t, w)
	if err != nil {
		return err
	}
	divisor := 1.0
	if s == u.leaves["SCB"] {
		divisor = 127
		if f := u.take("weight_format"); f != nil { // of how the rows lie: 0 is one after the other
			if v, err := f.scalar(); err != nil || v != 0 {
				return fmt.Errorf("%w: %s: weights laid out for a GPU", bundle.ErrFormat, f)
			}
		}
	}
	for i := range w.Rows() {
		for j, v := range w.Row(i) {
			w.Set(i, j, v*(at(i, j)/divisor))
		}
	}
	if what == "weight" {
		u.foldf("%s × %s", t.DType, s.Tensor)
	}
	return nil
}

// spread returns the element of s for row i and column j of w, the contents of t.
func (u *unit) spread(s, t *tensor, w *mat.Dense[float64]) (func(i, j int) float64, error) {
	v, err := s.load()
	if err != nil {
		return nil, err
	}
	rows, cols := w.Rows(), w.Cols()
	switch {
	case len(v) == 1:
		return func(int, int) float64 { return v[0] }, nil
	case s.is(cols) && u.flipped && cols > 1:
		return func(_, j int) float64 { return v[j] }, nil
	case s.is(rows) && !u.flipped:
		return func(i, _ int) float64 { return v[i] }, nil
	case len(s.Shape) == 2 && len(v) > 0 && rows%int(s.Shape[0]) == 0 && cols%int(s.Shape[1]) == 0:
		height, width, n := rows/int(s.Shape[0]), cols/int(s.Shape[1]), int(s.Shape[1])
		return func(i, j int) float64 { return v[i/height*n+j/width] }, nil
	}
	return nil, fmt.Errorf("%w: %s does not fit %s", bundle.ErrFormat, s, t)
}
