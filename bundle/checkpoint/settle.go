package checkpoint

import (
	"math"
	"slices"

	"nnk/internal/onnx"
	"nnk/snnk"
)

// settle makes steps of an expression of what the steps so far give, for the node that reads it, of width columns
// (0 if it takes any), or for the output, nil.
//
// From the end to the beginning it looks at the places that all paths pass, and takes the longest stretch from
// one to another that computes a known function: compared by values, not by form, so that it does not matter
// how an exporter took the function apart. What is left are products with constants and sums with them.
func (g *graph) settle(n *onnx.Node, e *expr, width int) error {
	if g.base.width == 0 {
		g.base.width = max(width, e.width)
	}
	if e.op == "input" && e != g.base {
		return g.refuse(n, "it goes back to values that other nodes went on from, as a connection around layers does")
	}
	if n != nil && width > 0 && width != g.base.width {
		return g.refuse(n, "it reads %d columns where there are %d", width, g.base.width)
	}
	width = g.base.width
	var steps []step
	for e != g.base {
		places, err := g.places(e)
		if err != nil {
			return err
		}
		if err := g.spend(e.node, width); err != nil {
			return err
		}
		found, next := recognise(e, places, width)
		if next == nil {
			if bound, ok := boundOf(e); ok {
				return g.refuse(e.node, "what it ends is no activation or norm that is known: values bounded at %v; if they do not reach it, export the network without", bound)
			}
			return g.refuse(e.node, "what it ends is no activation or norm that is known")
		}
		for _, s := range found {
			if width == 0 || s.out != width {
				return g.refuse(e.node, "of %d columns where there are %d", s.out, width)
			}
			if k := len(steps) - 1; k >= 0 && s.kind == affine && steps[k].kind == affine && join(&s, &steps[k]) {
				steps[k] = s
				continue
			}
			steps = append(steps, s)
		}
		e = next
	}
	slices.Reverse(steps)
	g.steps = append(g.steps, steps...)
	return nil
}

// The stretches that are looked at: so many places, and so many expressions in one.
const (
	mostPlaces  = 12
	mostStretch = 64
)

// places are the expressions that every path from e to the network's values passes, from e on.
func (g *graph) places(e *expr) ([]*expr, error) {
	var places []*expr
	open := []*expr{e} // by id
	for seen := 0; seen <= mostStretch && len(places) < mostPlaces; seen++ {
		x := open[len(open)-1]
		open = open[:len(open)-1]
		if x.op == "input" && (len(open) > 0 || x != g.base) {
			return nil, g.refuse(e.node, "it joins values of two places of the network, as a connection around layers does")
		}
		if len(open) == 0 && x != e {
			places = append(places, x)
		}
		if x.op == "input" {
			break
		}
		for _, a := range x.args {
			if a == nil || a.op == "constant" {
				continue
			}
			i, found := slices.BinarySearchFunc(open, a, func(x, y *expr) int { return x.id - y.id })
			if !found {
				open = slices.Insert(open, i, a)
			}
		}
	}
	return places, nil
}

// recognise returns the steps of the last stretch that ends in e, last first, and where it begins; nil if it is
// not known.
func recognise(e *expr, places []*expr, width int) ([]step, *expr) {
	s := step{label: labelOf(e.node), in: width, out: width}
	switch e.op {
	case "affine":
		s.kind, s.scale, s.shift, s.what = affine, e.scale, e.shift, e.what
		s.in, s.out = len(e.scale), len(e.scale)
		return []step{s}, e.args[0]
	case "layernorm":
		s.kind, s.scale, s.shift, s.epsilon = layerNorm, e.scale, e.shift, e.epsilon
		s.in, s.out = len(e.scale), len(e.scale)
		return []step{s}, e.args[0]
	case "prelu":
		s.kind, s.slope = prelu, e.scale
		return []step{s}, e.args[0]
	}
	for _, p := range slices.Backward(places) {
		parts := stretch(e, p)
		if parts == nil {
			continue
		}
		if slices.ContainsFunc(parts, func(x *expr) bool { return x.op == "mean" }) {
			if epsilon, ok := asLayerNorm(e, p, parts); ok {
				s.kind, s.epsilon = layerNorm, epsilon
				s.scale, s.shift = spreadOver([]float64{1}, width), make([]float64, width)
				return []step{s}, p
			}
			continue
		}
		if f, ok := asFunction(e, p, parts); ok {
			return f.steps(s), p
		}
	}
	if scale, shift, x := asAffine(e, width); x != nil {
		s.kind, s.scale, s.shift = affine, scale, shift
		s.in, s.out = len(scale), len(scale)
		return []step{s}, x
	}
	return nil, nil
}

// boundOf is the largest constant that Clip or Min bounds values with.
func boundOf(e *expr) (bound float64, ok bool) {
	for i, a := range e.args {
		if a != nil && a.op == "constant" && len(a.value) == 1 && (e.op == "Min" || e.op == "Clip" && i == 2) {
			return a.value[0], math.Abs(a.value[0]) < largest
		}
	}
	if a := e.node.Attribute("max"); a != nil && e.op == "Clip" {
		return float64(a.Float), math.Abs(float64(a.Float)) < largest
	}
	return 0, false
}

// stretch lists the expressions between e and p, which all of its paths pass; nil if they are too many or have
// constants that differ from column to column, or what is no operator.
func stretch(e, p *expr) []*expr {
	parts := []*expr{e}
	for i := 0; i < len(parts); i++ {
		x := parts[i]
		if len(parts) > mostStretch || x.op != "mean" && !known(x) {
			return nil
		}
		for _, a := range x.args {
			switch {
			case a == nil || a == p || slices.Contains(parts, a):
			case a.op == "constant" && len(a.value) != 1:
				return nil
			case a.op != "constant":
				parts = append(parts, a)
			}
		}
	}
	return parts
}

// asAffine is an expression that multiplies another with constants or adds some: x·scale + shift.
func asAffine(e *expr, width int) (scale, shift []float64, x *expr) {
	if len(e.args) == 1 && e.op == "Neg" {
		return spreadOver([]float64{-1}, width), make([]float64, width), e.args[0]
	}
	if len(e.args) != 2 || e.args[0] == nil || e.args[1] == nil {
		return nil, nil, nil
	}
	first, second := e.args[0], e.args[1]
	x, c := first, second
	if first.op == "constant" {
		x, c = second, first
	}
	if c.op != "constant" || x.op == "constant" {
		return nil, nil, nil
	}
	v := spreadOver(c.value, width)
	scale, shift = spreadOver([]float64{1}, len(v)), make([]float64, len(v))
	for j, a := range v {
		switch {
		case e.op == "Add":
			shift[j] = a
		case e.op == "Sub" && x == first:
			shift[j] = -a
		case e.op == "Sub":
			scale[j], shift[j] = -1, a
		case e.op == "Mul":
			scale[j] = a
		case e.op == "Div" && x == first:
			scale[j] = 1 / a
		default:
			return nil, nil, nil
		}
		if scale[j]-scale[j] != 0 {
			return nil, nil, nil // a division by 0
		}
	}
	return scale, shift, x
}

// asLayerNorm reports whether e is (p − mean)/√(variance + ε), and for which ε: one of the numbers in
// it.
func asLayerNorm(e, p *expr, parts []*expr) (epsilon float64, ok bool) {
	const n = 16
	candidates := []float64{0}
	for _, x := range parts {
		for _, a := range x.args {
			if a != nil && a.op == "constant" && a.value[0] > 0 && a.value[0] < 0.5 && !slices.Contains(candidates, a.value[0]) {
				candidates = append(candidates, a.value[0])
			}
		}
	}
	for _, epsilon := range slices.Backward(candidates) {
		ok := true
		for _, size := range []float64{1, 0.001} {
			row, want := make([]float64, n), make([]float64, n)
			for j := range row {
				row[j] = size * float64((j*j*7+j*3)%23-9)
			}
			snnk.NormaliseRow(want, row, epsilon)
			v := newEvaluation(n)
			v.done[p] = row
			got := v.of(e)
			ok = ok && len(got) == n && !slices.ContainsFunc(want, func(x float64) bool { return x-x != 0 })
			for j := range got {
				ok = ok && math.Abs(got[j]-want[j]) <= closeness*(1+math.Abs(want[j]))
			}
		}
		if ok {
			return epsilon, true
		}
	}
	return 0, false
}
