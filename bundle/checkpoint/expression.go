package checkpoint

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"nnk/asm"
	"nnk/internal/onnx"
	"nnk/urf"
)

// An expr is what elementwise nodes and means over rows make of the values at one place of the network (op
// "input"), as exporters take activations and norms apart: a directed graph. [graph.settle] finds
// out what it computes.
type expr struct {
	op    string // "input", "constant", "affine", "layernorm", "prelu", "mean", or an elementwise operator
	args  []*expr
	value []float64 // of a constant: one number, or one for each column
	id    int       // larger than those of args
	width int       // columns, 0 if not known
	node  *onnx.Node
	label string // of an input

	scale, shift []float64 // affine, layernorm; prelu: the slopes
	epsilon      float64   // layernorm
	what         string    // affine: what it is called
}

// expr numbers a new expression.
func (g *graph) expr(e *expr) *expr {
	g.made++
	e.id = g.made
	return e
}

// elementwise takes a node that computes each number from those in its place, and means over rows.
func (g *graph) elementwise(n *onnx.Node, in []*graphValue) (*graphValue, error) {
	if _, most := inputs(n.Type); most == 0 && n.Type != "ReduceMean" {
		return nil, g.refuse(n, "")
	}
	var x *graphValue
	for _, v := range in {
		if v != nil && v.expr != nil {
			if x != nil && !slices.Equal(x.dims, v.dims) {
				return nil, g.refuse(n, "of values of different shapes")
			}
			x = v
		}
	}
	e := &expr{op: n.Type, node: n, width: x.expr.width}
	if n.Type == "ReduceMean" {
		if err := g.checkMean(n, in); err != nil {
			return nil, err
		}
		e.op, in = "mean", in[:1]
	}
	for i, v := range in {
		switch {
		case v == nil:
			e.args = append(e.args, nil)
		case v.expr != nil:
			e.args = append(e.args, v.expr)
			e.width = max(e.width, v.expr.width)
		default:
			data, err := g.numbersAt(n, in, i)
			if err != nil {
				return nil, err
			}
			if integral(v.constant.kind) && n.Type != "Pow" && (n.Type != "Where" || i > 0) {
				return nil, g.refuse(n, "of integers, %s", v.constant.kind)
			}
			c, ok := broadcast(data, v.constant.dims, x.dims)
			if !ok {
				return nil, g.refuse(n, "a constant of shape %v does not fit", v.constant.dims)
			}
			if err := finite(c); err != nil && n.Type != "Clip" && n.Type != "Max" && n.Type != "Min" {
				return nil, fmt.Errorf("node %q (%s): constant, %w", labelOf(n), n.Type, err)
			}
			e.args = append(e.args, &expr{op: "constant", value: c})
			if len(c) > 1 {
				e.width = max(e.width, len(c))
			}
		}
	}
	if e.op != "mean" && !known(e) {
		return nil, g.refuse(n, "")
	}
	out := *x
	out.expr = g.expr(e)
	if len(x.dims) == 1 && x.dims[0] == 0 && e.width > 0 {
		out.dims = []int{e.width}
	}
	return &out, nil
}

// checkMean refuses means over other axes than the last.
func (g *graph) checkMean(n *onnx.Node, in []*graphValue) error {
	axes := []int64(nil)
	if a := n.Attribute("axes"); a != nil {
		axes = a.Ints
	} else if len(in) > 1 && in[1] != nil {
		data, err := g.numbersAt(n, in, 1)
		if err != nil {
			return err
		}
		for _, v := range data {
			axes = append(axes, int64(v))
		}
	}
	if len(axes) != 1 || axes[0] != -1 && axes[0] != 1 || n.IntOr("keepdims", 1) != 1 || in[0].expr == nil || len(in[0].dims) != 1 {
		return g.refuse(n, "over other axes than the last, or which it does not keep")
	}
	return nil
}

// broadcast spreads a constant over a row of the dimensions row: to one number, or one for each column.
func broadcast(data []float64, dims []int64, row []int) ([]float64, bool) {
	if len(data) == 1 {
		return data, true
	}
	if len(dims) == len(row)+1 && dims[0] == 1 {
		dims = dims[1:]
	}
	if len(dims) > len(row) || len(data) == 0 {
		return nil, false
	}
	if len(row) == 1 && row[0] == 0 { // the width is not known: this is it
		return data, true
	}
	size := 1
	for _, d := range row {
		size *= d
	}
	for i := range dims {
		if have := row[len(row)-len(dims)+i]; dims[i] != 1 && dims[i] != int64(have) {
			return nil, false
		}
	}
	out := make([]float64, size)
	for k := range out {
		from, stride, rest := 0, 1, k
		for i := len(row) - 1; i >= 0; i-- {
			at := rest % row[i]
			rest /= row[i]
			if j := i - (len(row) - len(dims)); j >= 0 {
				if dims[j] != 1 {
					from += at * stride
				}
				stride *= int(dims[j])
			}
		}
		out[k] = data[from]
	}
	return out, true
}

// inputs is how many inputs an operator that an [evaluation] knows has, at least and at most; 0 if it knows
// none of that name.
func inputs(op string) (least, most int) {
	switch op {
	case "Relu", "LeakyRelu", "Elu", "Selu", "Celu", "Gelu", "Tanh", "Sigmoid", "HardSigmoid", "HardSwish", "Softplus", "Softsign", "Mish", "ThresholdedRelu",
		"Exp", "Log", "Erf", "Sqrt", "Abs", "Neg", "Reciprocal", "Sin", "Cos", "Sign":
		return 1, 1
	case "Add", "Sub", "Mul", "Div", "Pow", "Greater", "GreaterOrEqual", "Less", "LessOrEqual":
		return 2, 2
	case "Max", "Min":
		return 1, 8
	case "Clip":
		return 1, 3
	case "Where":
		return 3, 3
	}
	return 0, 0
}

// known reports whether an [evaluation] knows an operator with these inputs.
func known(e *expr) bool {
	least, most := inputs(e.op)
	if most == 0 || len(e.args) < least || len(e.args) > most {
		return false
	}
	for i, a := range e.args {
		if a == nil && (e.op != "Clip" || i == 0) {
			return false
		}
	}
	return true
}

// An evaluation computes expressions for n numbers at once: many values of one, to compare functions, or the
// columns of a row.
type evaluation struct {
	n    int
	done map[*expr][]float64
}

func newEvaluation(n int) *evaluation { return &evaluation{n, map[*expr][]float64{}} }

// of is the value of an expression whose inputs are in done: n numbers, or one.
func (v *evaluation) of(e *expr) []float64 {
	if got, ok := v.done[e]; ok {
		return got
	}
	var out []float64
	switch e.op {
	case "constant":
		out = e.value
	case "mean":
		x := v.of(e.args[0])
		out = []float64{asm.Sum(x) / float64(len(x))}
	default:
		args := make([][]float64, len(e.args))
		size := 1
		for i, a := range e.args {
			if a != nil {
				args[i] = v.of(a)
				size = max(size, len(args[i]))
			}
		}
		for i, a := range args {
			if len(a) == 1 {
				args[i] = spreadOver(a, size)
			}
		}
		out = apply(e, args, size)
	}
	v.done[e] = out
	return out
}

// apply computes an operator for n numbers.
func apply(e *expr, args [][]float64, n int) []float64 {
	out := make([]float64, n)
	if f := vectorised(e); f != nil {
		f(out, args[0])
		return out
	}
	at := make([]float64, len(args)) // the inputs of one number
	for i := range out {
		for k, a := range args {
			if a != nil {
				at[k] = a[i]
			}
		}
		switch {
		case e.op == "Clip":
			lo, hi := e.attribute("min", math.Inf(-1)), e.attribute("max", math.Inf(1))
			if len(args) > 1 && args[1] != nil {
				lo = at[1]
			}
			if len(args) > 2 && args[2] != nil {
				hi = at[2]
			}
			out[i] = min(max(at[0], lo), hi)
		case e.op == "Where":
			out[i] = at[2]
			if at[0] != 0 {
				out[i] = at[1]
			}
		case len(args) == 1:
			out[i] = ofOne(e, at[0])
		default:
			out[i] = at[0]
			for _, v := range at[1:] {
				out[i] = ofTwo(e.op, out[i], v)
			}
		}
	}
	return out
}

// ofOne computes an operator of one number.
func ofOne(e *expr, a float64) float64 {
	switch e.op {
	case "Selu":
		return e.attribute("gamma", 1.0507010221481323) * eluOf(a, e.attribute("alpha", 1.6732631921768188))
	case "Elu":
		return eluOf(a, e.attribute("alpha", 1))
	case "Celu":
		if a > 0 {
			return a
		}
		alpha := e.attribute("alpha", 1)
		v := [1]float64{a / alpha} // above 0 if α is below
		asm.Expm1(v[:], v[:])
		return min(0, alpha*v[0])
	case "LeakyRelu":
		if a < 0 {
			return a * e.attribute("alpha", 0.01)
		}
	case "ThresholdedRelu":
		if !(a > e.attribute("alpha", 1)) {
			return 0
		}
	case "HardSigmoid":
		return min(max(math.FMA(e.attribute("alpha", 0.2), a, e.attribute("beta", 0.5)), 0), 1)
	case "Softsign":
		return a / (1 + math.Abs(a))
	case "Sqrt":
		return math.Sqrt(a)
	case "Abs":
		return math.Abs(a)
	case "Neg":
		return -a
	case "Reciprocal":
		return 1 / a
	case "Sign":
		return truth(a > 0) - truth(a < 0)
	}
	return a
}

// vectorised is the function of package asm for an operator, or that of urf; nil if there is none.
func vectorised(e *expr) func(dst, x []float64) {
	name := ""
	switch e.op {
	case "Exp":
		return asm.Exp[float64]
	case "Log":
		return asm.Log[float64]
	case "Erf":
		return asm.Erf[float64]
	case "Sin":
		return asm.Sin[float64]
	case "Cos":
		return asm.Cos[float64]
	case "Relu", "Tanh", "Sigmoid", "Softplus", "Mish":
		name = strings.ToLower(e.op)
	case "HardSwish":
		name = "hard-swish"
	case "Gelu":
		name = "gelu"
		if a := e.node.Attribute("approximate"); a != nil && a.Text == "tanh" {
			name = "gelu-tanh"
		}
	}
	act, err := urf.ActivationByName(name)
	if err != nil {
		return nil
	}
	return func(dst, x []float64) { urf.Eval(act, dst, x) }
}

// attribute is a float of the node.
func (e *expr) attribute(name string, usual float64) float64 { return e.node.FloatOr(name, usual) }

func eluOf(z, alpha float64) float64 {
	if z > 0 {
		return z
	}
	v := [1]float64{z}
	asm.Expm1(v[:], v[:])
	return alpha * v[0]
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func ofTwo(op string, a, b float64) float64 {
	switch op {
	case "Add":
		return a + b
	case "Sub":
		return a - b
	case "Mul":
		return a * b
	case "Div":
		return a / b
	case "Max":
		return max(a, b)
	case "Min":
		return min(a, b)
	case "Greater":
		return truth(a > b)
	case "GreaterOrEqual":
		return truth(a >= b)
	case "Less":
		return truth(a < b)
	case "LessOrEqual":
		return truth(a <= b)
	}
	return power(a, b) // Pow
}

// power is a^b for the exponents of activations and norms: whole ones up to 8 and halves; else NaN.
func power(a, b float64) float64 {
	if b < 0 {
		return 1 / power(a, -b)
	}
	p := 1.0
	for range int(min(b, 8)) {
		p *= a
	}
	switch b - math.Trunc(min(b, 8)) {
	case 0:
		return p
	case 0.5:
		return p * math.Sqrt(a)
	}
	return math.NaN()
}
