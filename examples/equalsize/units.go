package main

import (
	"math"

	"nnk/mat"
	"nnk/snnk"
)

// units are those in which a network is trained: inputs less their means, times a factor. The first layer takes them up in the end, so that they cost no bytes.
type units struct{ mean, factor []float64 }

// newUnits are those of a task's training rows: a factor for each column or, of pixels, one for all.
func newUnits(t task) units {
	x := t.train.x
	u := units{make([]float64, x.Cols()), make([]float64, x.Cols())}
	n, all := float64(x.Rows()), 0.0
	for i := range x.Rows() {
		for j, v := range x.Row(i) {
			u.mean[j] += float64(v) / n
		}
	}
	for i := range x.Rows() {
		for j, v := range x.Row(i) {
			e := float64(v) - u.mean[j]
			u.factor[j] += float64(e*e) / n
		}
	}
	for _, v := range u.factor {
		all += v / float64(len(u.factor))
	}
	for j, v := range u.factor {
		if !t.columns || v == 0 {
			v = all
		}
		u.factor[j] = 1 / math.Sqrt(v)
	}
	return u
}

// unit is the factor that gives the rows of a task a mean square of 1 about their mean.
func unit(t task) float64 {
	t.columns = false
	return newUnits(t).factor[0]
}

func (u units) apply(x *mat.Dense[float32]) *mat.Dense[float32] {
	z := mat.New[float32](x.Rows(), x.Cols())
	for i := range x.Rows() {
		for j, v := range x.Row(i) {
			z.Set(i, j, float32((float64(v)-u.mean[j])*u.factor[j]))
		}
	}
	return z
}

// fold makes l read inputs in their own units.
func (u units) fold(l *snnk.Linear[float32]) {
	w, b := l.Weight().Value, l.Bias().Value
	for i := range w.Rows() {
		shift := 0.0
		for j, v := range w.Row(i) {
			v := float64(v) * u.factor[j]
			shift += float64(v * u.mean[j])
			w.Set(i, j, float32(v))
		}
		b.Set(0, i, float32(float64(b.At(0, i))-shift))
	}
}
