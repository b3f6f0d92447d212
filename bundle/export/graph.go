package export

import (
	"math"
	"strconv"

	"nnk/asm"
	"nnk/internal/numbytes"
	"nnk/internal/onnx"
	"nnk/mat"
	"nnk/urf"
)

// A graph is one that is being written. It is the [urf.Formula] of its maps.
type graph[T asm.Float] struct {
	graph onnx.Graph
	wide  bool // T is float64

	names  []string // of the values
	widths []int    // their columns
	double bool     // the values at hand are float64

	stage int
	last  bool // it is the last stage
	used  map[string]bool
}

func newGraph[T asm.Float]() *graph[T] {
	return &graph[T]{wide: numbytes.KindOf[T]() == numbytes.F64, used: map[string]bool{}}
}

// elements is the type of the values at hand.
func (g *graph[T]) elements() onnx.DataType {
	if g.double {
		return onnx.Double
	}
	return onnx.Float
}

// name is STAGE.WHAT, with a number if there is another of that name.
func (g *graph[T]) name(what string) string {
	name := strconv.Itoa(g.stage) + "." + what
	for n := 2; g.used[name]; n++ {
		name = strconv.Itoa(g.stage) + "." + what + strconv.Itoa(n)
	}
	g.used[name] = true
	return name
}

func (g *graph[T]) value(name string, width int) urf.Value {
	g.names, g.widths = append(g.names, name), append(g.widths, width)
	return urf.Value(len(g.names) - 1)
}

// node adds a node with one output of so many columns.
func (g *graph[T]) node(op string, width int, inputs []string, attributes ...onnx.Attribute) urf.Value {
	name := g.name(op)
	g.graph.Nodes = append(g.graph.Nodes, onnx.Node{Name: name, Type: op, Inputs: inputs, Outputs: []string{name}, Attributes: attributes})
	return g.value(name, width)
}

// rename gives the graph's output, which is what the last node gives, its name; without a node there is one that does
// nothing.
func (g *graph[T]) rename(out, in urf.Value) {
	if out == in {
		g.node("Identity", g.widths[in], []string{g.names[in]})
	}
	g.graph.Nodes[len(g.graph.Nodes)-1].Outputs[0] = Output
}

// constant adds numbers and returns their name.
func constant[T, E asm.Float](g *graph[T], what string, dims []int64, data []E) string {
	name := g.name(what)
	g.graph.Constants = append(g.graph.Constants, onnx.NewTensor(name, dims, data))
	return name
}

func (g *graph[T]) vector(what string, data []T) string {
	return constant(g, what, []int64{int64(len(data))}, data)
}

func (g *graph[T]) number(v T) string { return constant(g, "number", []int64{}, []T{v}) }

// matrix is that of a stage: numbers, or, where they are made of codes and T is float32, the codes and their scales.
func (g *graph[T]) matrix(what string, w *mat.Dense[T], q *mat.Quantised) string {
	if q == nil || g.wide {
		return constant(g, what, []int64{int64(w.Rows()), int64(w.Cols())}, w.Clone().Data())
	}
	codes := g.name(what)
	g.graph.Constants = append(g.graph.Constants, onnx.NewBytes(codes, []int64{int64(w.Rows()), int64(w.Cols())}, q.Codes()))
	scales := constant(g, "scale", []int64{int64(w.Rows())}, q.Scales())
	return g.names[g.node("DequantizeLinear", w.Cols(), []string{codes, scales}, onnx.OfInt("axis", 0))]
}

// product is x·wᵀ + bias; of the names of its constants begin those of a feature map with "phi.".
func (g *graph[T]) product(of string, x urf.Value, w *mat.Dense[T], q *mat.Quantised, bias []T) urf.Value {
	inputs := []string{g.names[x], g.matrix(of+"weight", w, q)}
	if bias != nil {
		inputs = append(inputs, g.vector(of+"bias", bias))
	}
	return g.node("Gemm", w.Rows(), inputs, onnx.OfInt("transB", 1))
}

func (g *graph[T]) of(op string, x urf.Value) urf.Value {
	return g.node(op, g.widths[x], []string{g.names[x]})
}

// with is an operator of x and a constant.
func (g *graph[T]) with(op string, x urf.Value, c string) urf.Value {
	return g.node(op, g.widths[x], []string{g.names[x], c})
}

func (g *graph[T]) both(op string, x, y urf.Value) urf.Value {
	return g.node(op, g.widths[x], []string{g.names[x], g.names[y]})
}

// The operations of a formula; see [urf.Formula].

func (g *graph[T]) Affine(x urf.Value, w *mat.Dense[T], bias []T) urf.Value {
	return g.product("phi.", x, w, nil, bias)
}

func (g *graph[T]) Columns(x urf.Value, factors []T) urf.Value {
	return g.with("Mul", x, g.vector("phi.factor", factors))
}

func (g *graph[T]) Scale(x urf.Value, by T) urf.Value {
	if by == 1 {
		return x
	}
	return g.with("Mul", x, g.number(by))
}

func (g *graph[T]) Shift(x urf.Value, by T) urf.Value {
	if by == 0 {
		return x
	}
	return g.with("Add", x, g.number(by))
}

func (g *graph[T]) Plus(x, y urf.Value) urf.Value  { return g.both("Add", x, y) }
func (g *graph[T]) Times(x, y urf.Value) urf.Value { return g.both("Mul", x, y) }
func (g *graph[T]) Sin(x urf.Value) urf.Value      { return g.of("Sin", x) }
func (g *graph[T]) Exp(x urf.Value) urf.Value      { return g.of("Exp", x) }

// Cos is a sine for float64: ONNX Runtime has no such cosine.
func (g *graph[T]) Cos(x urf.Value) urf.Value {
	if g.wide {
		return g.Sin(g.Shift(x, math.Pi/2))
	}
	return g.of("Cos", x)
}

func (g *graph[T]) Max(x urf.Value, floor T) urf.Value {
	if floor == 0 {
		return g.of("Relu", x)
	}
	return g.with("Max", x, g.number(floor))
}

func (g *graph[T]) Min(x urf.Value, limit T) urf.Value { return g.with("Min", x, g.number(limit)) }

func (g *graph[T]) Positive(x urf.Value) urf.Value {
	return g.node("Cast", g.widths[x], []string{g.names[g.with("Greater", x, g.number(0))]}, onnx.OfInt("to", int64(g.elements())))
}

func (g *graph[T]) SquaredNorm(x urf.Value) urf.Value {
	return g.node("ReduceSumSquare", 1, []string{g.names[x]}, onnx.Attribute{Name: "axes", Kind: onnx.IntsKind, Ints: []int64{1}}, onnx.OfInt("keepdims", 1))
}

func (g *graph[T]) Join(x, y urf.Value) urf.Value {
	return g.node("Concat", g.widths[x]+g.widths[y], []string{g.names[x], g.names[y]}, onnx.OfInt("axis", 1))
}

func (g *graph[T]) Append(x urf.Value, c T) urf.Value {
	name := g.name("phi.columns")
	g.graph.Constants = append(g.graph.Constants, onnx.NewIntegers(name, 0, 0, 0, 1))
	return g.node("Pad", g.widths[x]+1, []string{g.names[x], name, g.number(c)})
}
