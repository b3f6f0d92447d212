package export

import (
	"fmt"
	"io"
	"math"

	"nnk/asm"
	"nnk/bundle"
	"nnk/internal/numbytes"
	"nnk/internal/onnx"
	"nnk/snnk"
	"nnk/urf"
)

// The names of the graph's input and output.
const (
	Input  = "input"
	Output = "output"
)

// The version of the format that has the operators of opset 17.
const (
	irVersion = 8
	opset     = 17
)

// ONNX writes the model as an ONNX file of opset 17 and returns its size. The graph reads [Input], rows×In, and gives [Output],
// rows×Out, for any number of rows. Both are of the model's type, but float64 at an end where the model has a [bundle.Scale], behind [bundle.Columns] or not: that is for
// numbers of which float32 has too few digits, such as small differences on a large level. The metadata are those of the
// model's own file ([bundle.Model.Metadata]). Weights that are codes stay such, a byte each, in a model of float32. Cost: the matrix of every feature map is made, In·Out numbers or more.
func ONNX[T asm.Float](w io.Writer, m *bundle.Model[T]) (int64, error) {
	metadata, err := m.Metadata()
	if err != nil {
		return 0, err
	}
	g := newGraph[T]()
	stages := m.Network.Stages()
	in := g.value(Input, m.Network.In())
	g.double = g.wide || readsWide(stages)
	file := &onnx.Model{IR: irVersion, Producer: "nnk", Opsets: []onnx.Opset{{Version: opset}}, Metadata: metadata}
	g.graph.Name = "network"
	g.graph.Inputs = []onnx.Value{{Name: Input, Type: g.elements(), Dims: []int64{-1, int64(m.Network.In())}}}
	out := in
	for i, s := range stages {
		g.stage, g.last = i, i == len(stages)-1
		if out, err = g.add(s, out); err != nil {
			return 0, fmt.Errorf("export: stage %d: %w", i, err)
		}
	}
	g.rename(out, in)
	g.graph.Outputs = []onnx.Value{{Name: Output, Type: g.elements(), Dims: []int64{-1, int64(m.Network.Out())}}}
	file.Graph = &g.graph
	return file.WriteTo(w)
}

// readsWide reports whether the first stage that computes is a scale.
func readsWide[T asm.Float](stages []bundle.Stage[T]) bool {
	first := stages[0]
	if _, ok := first.(*bundle.Columns[T]); ok && len(stages) > 1 {
		first = stages[1]
	}
	_, ok := first.(*bundle.Scale[T])
	return ok
}

// add writes a stage down.
func (g *graph[T]) add(s bundle.Stage[T], x urf.Value) (urf.Value, error) {
	switch s := s.(type) {
	case *bundle.Linear[T]:
		return g.linear(s, x)
	case *snnk.Layer[T]:
		z, err := g.features(s.Map(), x)
		if err != nil {
			return x, err
		}
		return g.product("", z, s.Psi(), s.Quantised(), s.Bias()), nil
	case *bundle.Features[T]:
		return g.features(s.Map(), x)
	case *bundle.Hybrid[T]:
		y, err := g.linear(s.Neurons(), x)
		if err != nil {
			return x, err
		}
		z, err := g.features(s.Map(), x)
		if err != nil {
			return x, err
		}
		return g.Join(y, z), nil
	case *bundle.Columns[T]:
		return g.columns(s, x)
	case *bundle.Scale[T]:
		return g.scale(s, x), nil
	case *bundle.LayerNorm[T]:
		return g.node("LayerNormalization", s.Out(), []string{g.names[x], g.vector("weight", s.Gamma()), g.vector("bias", s.Beta())}, onnx.OfInt("axis", -1), onnx.OfFloat("epsilon", float32(s.Epsilon()))), nil
	case *bundle.PReLU[T]:
		return g.prelu(x, s.Slope()), nil
	case *bundle.Elementwise[T]:
		return g.activation(s.Function(), x)
	case *bundle.Softmax[T]:
		op := "Softmax"
		if s.Log() {
			op = "LogSoftmax"
		}
		return g.node(op, s.Out(), []string{g.names[x]}, onnx.OfInt("axis", -1)), nil
	}
	return x, fmt.Errorf("type %T cannot be exported: %w", s, bundle.ErrFormat)
}

func (g *graph[T]) linear(l *bundle.Linear[T], x urf.Value) (urf.Value, error) {
	return g.activation(l.Activation(), g.product("", x, l.Weight(), l.Quantised(), l.Bias()))
}

// features refuses a map whose matrix is too large before it is made.
func (g *graph[T]) features(m urf.Map[T], x urf.Value) (urf.Value, error) {
	if bytes := float64(m.In()) * float64(m.Out()) * float64(numbytes.KindOf[T]().Size()); bytes > math.MaxInt32 {
		return x, fmt.Errorf("%d features of %d inputs are a matrix of %.2g bytes, an ONNX file has at most %.2g: %w", m.Out(), m.In(), bytes, float64(math.MaxInt32), bundle.ErrRange)
	}
	y, err := urf.WriteFormula[T](m, g, x)
	if err != nil {
		return x, fmt.Errorf("%w: %w", bundle.ErrFormat, err)
	}
	return y, nil
}

// columns are gathered by their numbers, which a constant holds.
func (g *graph[T]) columns(s *bundle.Columns[T], x urf.Value) (urf.Value, error) {
	if s.Out() > math.MaxInt32/8 {
		return x, fmt.Errorf("the numbers of %d columns are more than an ONNX file has bytes: %w", s.Out(), bundle.ErrRange)
	}
	list, at := make([]int64, 0, s.Out()), 0
	for _, j := range append(s.Without()[:len(s.Without()):len(s.Without())], s.In()) {
		for ; at < j; at++ {
			list = append(list, int64(at))
		}
		at = j + 1
	}
	name := g.name("columns")
	g.graph.Constants = append(g.graph.Constants, onnx.NewIntegers(name, list...))
	return g.node("Gather", s.Out(), []string{g.names[x], name}, onnx.OfInt("axis", 1)), nil
}

// scale computes in float64, as the stage does.
func (g *graph[T]) scale(s *bundle.Scale[T], x urf.Value) urf.Value {
	y := g.cast(x, true)
	y = g.node("Sub", s.Out(), []string{g.names[y], constant(g, "mean", []int64{int64(s.Out())}, s.Mean())})
	y = g.node("Mul", s.Out(), []string{g.names[y], constant(g, "factor", []int64{int64(s.Out())}, s.Factor())})
	if g.last {
		return y
	}
	return g.cast(y, g.wide)
}

// cast changes the type of what follows.
func (g *graph[T]) cast(x urf.Value, double bool) urf.Value {
	if g.double == double {
		return x
	}
	g.double = double
	return g.node("Cast", g.widths[x], []string{g.names[x]}, onnx.OfInt("to", int64(g.elements())))
}
