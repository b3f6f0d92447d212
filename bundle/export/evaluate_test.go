package export_test

import (
	"math"
	"testing"

	"nnk/internal/onnx"
)

// A tensor is the value of a name: rows×cols numbers, or a constant of any shape, whose last dimension is cols.
type tensor struct {
	rows, cols int
	v          []float64
	kind       onnx.DataType
}

// run computes a graph in float64 as the definition of each operator says, whose inputs must be of one type. Casts to float32 round.
func run(t *testing.T, g *onnx.Graph, x tensor) tensor {
	t.Helper()
	x.kind = g.Inputs[0].Type
	values := map[string]tensor{g.Inputs[0].Name: x}
	for i := range g.Constants {
		c := &g.Constants[i]
		v, err := c.Load(nil)
		if err != nil {
			t.Fatal(err)
		}
		k := tensor{1, 1, v, c.Type}
		if n := len(c.Dims); n > 0 {
			k.cols = int(c.Dims[n-1])
			k.rows = len(v) / max(k.cols, 1)
		}
		values[c.Name] = k
	}
	for i := range g.Nodes {
		n := &g.Nodes[i]
		var in []tensor
		for _, name := range n.Inputs {
			v, ok := values[name]
			if !ok {
				t.Fatalf("node %s reads %s before it is there", n.Name, name)
			}
			in = append(in, v)
		}
		if _, ok := values[n.Outputs[0]]; ok {
			t.Fatalf("two values are called %s", n.Outputs[0])
		}
		y := operate(t, n, in)
		y.kind = kindOf(t, n, in)
		values[n.Outputs[0]] = y
	}
	y, ok := values[g.Outputs[0].Name]
	if !ok {
		t.Fatalf("no node gives %s", g.Outputs[0].Name)
	}
	if y.kind != g.Outputs[0].Type {
		t.Fatalf("the output is %s, said to be %s", y.kind, g.Outputs[0].Type)
	}
	return y
}

// kindOf is the type of what a node gives.
func kindOf(t *testing.T, n *onnx.Node, in []tensor) onnx.DataType {
	t.Helper()
	for i, x := range in {
		if want := in[0].kind; x.kind != want && !((n.Type == "Pad" || n.Type == "Gather") && i == 1 && x.kind == onnx.Int64) && !(n.Type == "DequantizeLinear" && want == onnx.Int8 && x.kind == onnx.Float) {
			t.Fatalf("node %s: input %d is %s, the first %s", n.Name, i, x.kind, want)
		}
	}
	switch n.Type {
	case "Greater":
		return onnx.Bool
	case "Cast":
		return onnx.DataType(n.IntOr("to", 0))
	case "DequantizeLinear":
		return onnx.Float
	}
	return in[0].kind
}

// operate computes one node.
func operate(t *testing.T, n *onnx.Node, in []tensor) tensor {
	t.Helper()
	x := in[0]
	switch n.Type {
	case "Gemm":
		return gemm(t, n, in)
	case "DequantizeLinear":
		if n.IntOr("axis", 1) != 0 || len(in[1].v) != x.rows {
			t.Fatal("not a scale for each row")
		}
		y := tensor{rows: x.rows, cols: x.cols}
		for i, v := range x.v {
			y.v = append(y.v, in[1].v[i/x.cols]*v)
		}
		return y
	case "Gather":
		if n.IntOr("axis", 0) != 1 {
			t.Fatal("not of columns")
		}
		y := tensor{rows: x.rows, cols: len(in[1].v)}
		for i := range x.rows {
			for _, j := range in[1].v {
				y.v = append(y.v, x.row(i)[int(j)])
			}
		}
		return y
	case "Concat":
		y := tensor{rows: x.rows, cols: x.cols + in[1].cols}
		for i := range x.rows {
			y.v = append(append(y.v, x.row(i)...), in[1].row(i)...)
		}
		return y
	case "Pad":
		if p := in[1].v; len(p) != 4 || p[0] != 0 || p[1] != 0 || p[2] != 0 || p[3] != 1 {
			t.Fatalf("pads %v", p)
		}
		y := tensor{rows: x.rows, cols: x.cols + 1}
		for i := range x.rows {
			y.v = append(append(y.v, x.row(i)...), in[2].v[0])
		}
		return y
	case "ReduceSumSquare":
		y := tensor{rows: x.rows, cols: 1}
		for i := range x.rows {
			sum := 0.0
			for _, v := range x.row(i) {
				sum += v * v
			}
			y.v = append(y.v, sum)
		}
		return y
	case "LayerNormalization", "Softmax", "LogSoftmax":
		if n.IntOr("axis", 0) != -1 {
			t.Fatal("not over the last axis")
		}
		y := tensor{rows: x.rows, cols: x.cols}
		for i := range x.rows {
			y.v = append(y.v, overRow(n, x.row(i), in[1:])...)
		}
		return y
	}
	y := tensor{rows: x.rows, cols: x.cols, v: make([]float64, len(x.v))}
	for i := range y.v {
		at := []float64{x.v[i]}
		for _, c := range in[1:] {
			switch len(c.v) {
			case 1:
				at = append(at, c.v[0])
			case x.cols, len(x.v):
				at = append(at, c.v[i%len(c.v)])
			default:
				t.Fatalf("node %s (%s): %d numbers do not spread over %d columns", n.Name, n.Type, len(c.v), x.cols)
			}
		}
		y.v[i] = one(t, n, at)
	}
	return y
}

func (x tensor) row(i int) []float64 { return x.v[i*x.cols : (i+1)*x.cols] }

func gemm(t *testing.T, n *onnx.Node, in []tensor) tensor {
	x, w := in[0], in[1]
	if n.IntOr("transB", 0) != 1 || w.cols != x.cols || len(in) > 2 && len(in[2].v) != w.rows {
		t.Fatalf("node %s: %d×%d weights for %d columns", n.Name, w.rows, w.cols, x.cols)
	}
	y := tensor{rows: x.rows, cols: w.rows}
	for i := range x.rows {
		for j := range w.rows {
			sum := 0.0
			if len(in) > 2 {
				sum = in[2].v[j]
			}
			for k, v := range x.row(i) {
				sum += v * w.row(j)[k]
			}
			y.v = append(y.v, sum)
		}
	}
	return y
}

// overRow computes what depends on a whole row.
func overRow(n *onnx.Node, x []float64, more []tensor) []float64 {
	y := make([]float64, len(x))
	if n.Type == "LayerNormalization" {
		mean, square := 0.0, 0.0
		for _, v := range x {
			mean += v / float64(len(x))
		}
		for _, v := range x {
			square += (v - mean) * (v - mean) / float64(len(x))
		}
		for j, v := range x {
			y[j] = (v-mean)/math.Sqrt(square+n.FloatOr("epsilon", 1e-5))*more[0].v[j] + more[1].v[j]
		}
		return y
	}
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(v)
	}
	for j, v := range x {
		y[j] = math.Exp(v) / sum
		if n.Type == "LogSoftmax" {
			y[j] = v - math.Log(sum)
		}
	}
	return y
}

// one computes an operator of single numbers.
func one(t *testing.T, n *onnx.Node, at []float64) float64 {
	a, b := at[0], at[len(at)-1]
	switch n.Type {
	case "Identity":
		return a
	case "Cast":
		if n.IntOr("to", 0) == int64(onnx.Float) {
			return float64(float32(a))
		}
		return a
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
		if a > b {
			return 1
		}
		return 0
	case "Relu":
		return max(a, 0)
	case "PRelu":
		if a < 0 {
			return a * b
		}
		return a
	case "Elu":
		if a < 0 {
			return n.FloatOr("alpha", 1) * math.Expm1(a)
		}
		return a
	case "HardSigmoid":
		return min(max(n.FloatOr("alpha", 0.2)*a+n.FloatOr("beta", 0.5), 0), 1)
	case "Sigmoid":
		return 1 / (1 + math.Exp(-a))
	case "Softplus":
		return max(a, 0) + math.Log1p(math.Exp(-math.Abs(a)))
	}
	f, ok := map[string]func(float64) float64{"Abs": math.Abs, "Cos": math.Cos, "Erf": math.Erf, "Exp": math.Exp, "Log": math.Log, "Sin": math.Sin, "Tanh": math.Tanh}[n.Type]
	if !ok {
		t.Fatalf("node %s: the operator %s is not one that is exported", n.Name, n.Type)
	}
	return f(a)
}
