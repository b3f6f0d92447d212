package main

import (
	"math"
	"strconv"

	"nnk/asm"
	"nnk/bundle"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/snnk"
)

// columnUnits are means that are taken away from columns and factors for what is left, in float64: numbers on a high level
// are rounded to float32 after that.
type columnUnits struct {
	mean, factor []float64
	far          bool // a bias in float32 would leave nothing of the digits that matter
}

// mostLevel is how many times their spread means may lie off zero to be folded into weights and biases; what reads such a file
// takes no less for far.
const mostLevel = 30

// mostTargetLevel is as much for targets, of which a bias in float32 then loses 2⁻¹² of the spread.
const mostTargetLevel = 1 << 12

// unitsOf are those that give the columns of x mean 0 and mean square 1; a constant one becomes 0. Above most times its spread a mean is far.
func unitsOf(x *mat.Dense[float64], most float64) *columnUnits {
	s := snnk.StandardOf(x)
	u := &columnUnits{mean: s.Mean, factor: s.Factor}
	for j, f := range u.factor {
		u.far = u.far || math.Abs(float64(u.mean[j]*f)) > most
	}
	return u
}

// levels takes nothing but high levels away: nil if x has none, so that float32 holds it as it is.
func levels(x *mat.Dense[float64], most float64) *columnUnits {
	u := unitsOf(x, most)
	if !u.far {
		return nil
	}
	for j := range u.factor {
		u.factor[j] = 1
	}
	return u
}

// apply is x in the units, nil for its own, rounded once.
func (u *columnUnits) apply(x *mat.Dense[float64]) (*mat.Dense[float32], error) {
	dst, source := mat.New[float32](x.Rows(), x.Cols()), bundle.Matrix(x)
	if u != nil {
		source = bundle.OutputsOf(bundle.NewNetwork[float32](bundle.NewScale[float32](u.mean, u.factor)), source)
	}
	return dst, bundle.Read(dst, source, 0)
}

// foldInputs makes a layer for inputs in the units one for them as they are.
func (u *columnUnits) foldInputs(l *snnk.Linear[float32]) {
	bias := l.Bias().Value.Row(0)
	for i := range l.Out() {
		row, b := l.Weight().Value.Row(i), float64(bias[i])
		for j, w := range row {
			v := float64(float64(w) * u.factor[j])
			row[j] = float32(v)
			b = asm.FMA(-v, u.mean[j], b)
		}
		bias[i] = float32(b)
	}
}

// foldOutputs makes a layer without activation for targets in the units one for them as they are.
func (u *columnUnits) foldOutputs(l *snnk.Linear[float32]) {
	bias, spread := l.Bias().Value.Row(0), u.spread()
	for i := range l.Out() {
		row := l.Weight().Value.Row(i)
		for j, w := range row {
			row[j] = float32(float64(float64(w) * spread[i]))
		}
		bias[i] = float32(asm.FMA(float64(bias[i]), spread[i], u.mean[i]))
	}
}

// spread are the inverse factors; 0 of a constant.
func (u *columnUnits) spread() []float64 {
	s := make([]float64, len(u.factor))
	for j, f := range u.factor {
		if f != 0 {
			s[j] = 1 / f
		}
	}
	return s
}

// back is the stage that gives outputs in the units their own again.
func (u *columnUnits) back() *bundle.Scale[float32] {
	mean, factor := make([]float64, len(u.mean)), u.spread()
	for j, m := range u.mean {
		if factor[j] == 0 {
			factor[j] = 1 // the outputs of a constant target are 0
		}
		mean[j] = -m / factor[j]
	}
	return bundle.NewScale[float32](mean, factor)
}

// narrow are the units in float32.
func (u *columnUnits) narrow() snnk.Standard[float32] {
	s := snnk.Standard[float32]{Mean: make([]float32, len(u.mean)), Factor: make([]float32, len(u.mean))}
	for j := range u.mean {
		s.Mean[j], s.Factor[j] = float32(u.mean[j]), float32(u.factor[j])
	}
	return s
}

// normEpsilon is what torch.nn.BatchNorm1d adds to variances.
const normEpsilon = 1e-5

// addNorm adds the tensors of a torch.nn.BatchNorm1d of a network in evaluation: y = (x − mean)·factor + level, in float64.
func addNorm(w *safetensors.Writer, name int, mean, factor, level []float64) {
	variance := make([]float64, len(mean))
	for j := range variance {
		variance[j] = 1 - normEpsilon
	}
	for _, t := range []struct {
		name   string
		values []float64
	}{{"weight", factor}, {"bias", level}, {"running_mean", mean}, {"running_var", variance}} {
		safetensors.Add(w, strconv.Itoa(name)+"."+t.name, []int{len(mean)}, t.values)
	}
}
