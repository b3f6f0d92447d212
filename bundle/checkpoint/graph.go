package checkpoint

import (
	"fmt"
	"io"
	"math"
	"slices"

	"nnk/bundle"
	"nnk/internal/onnx"
	"nnk/mat"
)

// opener opens a file that lies beside the model.
type opener = func(location string) (io.ReaderAt, int64, error)

// A graph is one reading of an ONNX graph. Its nodes are taken in their order; what only depends on constants
// is computed, everything else must be a single path from the input: steps that are settled, and an
// [expr] of what they give.
type graph struct {
	*onnx.Graph
	opset  int64
	open   opener
	values map[string]*graphValue
	steps  []step
	base   *expr // what the steps give
	made   int   // expressions made, for their order
	budget int64 // see [graph.spend]

	held    int  // elements of constants that are in the file
	outside bool // there are others in files beside it
}

// A graphValue is a constant or what the network computes; in a row it has the dimensions dims, without that
// of the rows.
type graphValue struct {
	constant *constant
	expr     *expr
	dims     []int
	batch    int64 // the graph's number of rows, −1 if open
}

// readGraph makes the steps of a graph.
func (r *reader) readGraph(m *onnx.Model, open opener) ([]step, error) {
	g := &graph{Graph: m.Graph, open: open, values: map[string]*graphValue{}}
	for _, o := range m.Opsets {
		if standard(o.Domain) {
			g.opset = o.Version
		}
	}
	const oldest, newest = 9, 21
	if g.opset < oldest || g.opset > newest {
		return nil, fmt.Errorf("%w: operators of opset %d, read are %d to %d", bundle.ErrFormat, g.opset, oldest, newest)
	}
	if g.Sparse {
		return nil, fmt.Errorf("%w: sparse constants are not supported", bundle.ErrFormat)
	}
	output, err := g.output(r.opt.Output)
	if err != nil {
		return nil, err
	}
	if err := g.distinct(); err != nil {
		return nil, err
	}
	g.constants()
	nodes, err := g.needed(output)
	if err != nil {
		return nil, err
	}
	if err := g.input(nodes, output); err != nil {
		return nil, err
	}
	for _, n := range nodes {
		if err := g.node(n); err != nil {
			return nil, err
		}
	}
	last := g.values[output]
	if last == nil || last.expr == nil {
		return nil, fmt.Errorf("%w: output %q does not depend on the input", bundle.ErrFormat, output)
	}
	if last.expr.op == "input" && last.expr != g.base {
		return nil, fmt.Errorf("%w: output %q stands before other nodes that it depends on", bundle.ErrFormat, output)
	}
	if len(last.dims) > 1 {
		return nil, fmt.Errorf("%w: output %q has rows of the shape %v", bundle.ErrFormat, output, last.dims)
	}
	if err := g.settle(nil, last.expr, 0); err != nil {
		return nil, err
	}
	return g.steps, nil
}

// distinct refuses names that stand for two values. An input may have the name of a constant, its usual value.
func (g *graph) distinct() error {
	inputs, defined := map[string]bool{}, map[string]string{}
	for _, in := range g.Inputs {
		if inputs[in.Name] {
			return fmt.Errorf("%w: input %q is defined twice", bundle.ErrFormat, in.Name)
		}
		inputs[in.Name], defined[in.Name] = true, "an input"
	}
	constants := map[string]bool{}
	for i := range g.Constants {
		name := g.Constants[i].Name
		if constants[name] {
			return fmt.Errorf("%w: constant %q is defined twice", bundle.ErrFormat, name)
		}
		constants[name], defined[name] = true, "a constant"
	}
	for i := range g.Nodes {
		n := &g.Nodes[i]
		for _, o := range n.Outputs {
			if o == "" {
				continue
			}
			if as := defined[o]; as != "" {
				return g.refuse(n, "its output %q is defined before, as %s", o, as)
			}
			defined[o] = fmt.Sprintf("that of node %q", labelOf(n))
		}
	}
	return nil
}

// constants takes the graph's constants, and sets what may be computed of them in proportion to what the file holds.
func (g *graph) constants() {
	held := 0
	count := func(t *onnx.Tensor) {
		n, outside := t.Held()
		held += n
		g.outside = g.outside || outside
	}
	for i := range g.Constants {
		t := &g.Constants[i]
		count(t)
		g.values[t.Name] = &graphValue{constant: &constant{tensor: t, kind: t.Type, dims: t.Dims, open: g.open}}
	}
	for i := range g.Nodes {
		for _, a := range g.Nodes[i].Attributes {
			if a.Tensor != nil {
				count(a.Tensor)
			}
		}
	}
	g.held, g.budget = held, 1<<22+16*int64(held)
}

func standard(domain string) bool { return domain == "" || domain == "ai.onnx" }

// output is the name of the output that is wanted.
func (g *graph) output(wanted string) (string, error) {
	var names []string
	for _, o := range g.Outputs {
		if o.Name == wanted {
			return wanted, nil
		}
		names = append(names, o.Name)
	}
	if wanted == "" && len(names) == 1 {
		return names[0], nil
	}
	if wanted != "" {
		return "", fmt.Errorf("checkpoint: output: none is called %q, there are %q: %w", wanted, names, bundle.ErrRange)
	}
	return "", fmt.Errorf("%w: outputs %q: choose one with -output NAME", bundle.ErrFormat, names)
}

// needed are the nodes that the output depends on, in order.
func (g *graph) needed(output string) ([]*onnx.Node, error) {
	want := map[string]bool{output: true}
	var nodes []*onnx.Node
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		n := &g.Nodes[i]
		if !slices.ContainsFunc(n.Outputs, func(o string) bool { return o != "" && want[o] }) {
			continue
		}
		if len(n.Outputs) > 1 && n.Type != "Dropout" && n.Type != "LayerNormalization" && n.Type != "BatchNormalization" {
			return nil, g.refuse(n, "several outputs")
		}
		if slices.ContainsFunc(n.Outputs[1:], func(o string) bool { return o != "" && want[o] }) {
			return nil, g.refuse(n, "its second output is in use")
		}
		for _, in := range n.Inputs {
			want[in] = true
		}
		nodes = append(nodes, n)
	}
	slices.Reverse(nodes)
	return nodes, nil
}

// input finds the one input that the nodes read.
func (g *graph) input(nodes []*onnx.Node, output string) error {
	read := map[string]bool{output: true}
	for _, n := range nodes {
		for _, in := range n.Inputs {
			read[in] = true
		}
	}
	var found []onnx.Value
	var names []string
	for _, in := range g.Inputs {
		if read[in.Name] && g.values[in.Name] == nil {
			found = append(found, in)
			names = append(names, in.Name)
		}
	}
	if len(found) == 0 {
		return g.without(nodes)
	}
	if len(found) != 1 {
		return fmt.Errorf("%w: inputs %q: want one", bundle.ErrFormat, names)
	}
	in := found[0]
	if len(in.Dims) < 2 {
		return fmt.Errorf("%w: input %q of shape %v: want rows", bundle.ErrFormat, in.Name, in.Dims)
	}
	v := &graphValue{batch: in.Dims[0]}
	width := 1
	for _, d := range in.Dims[1:] {
		if d == 0 || d > math.MaxInt32 || d > 0 && width > math.MaxInt32/int(d) {
			return fmt.Errorf("%w: input %q of shape %v", bundle.ErrFormat, in.Name, in.Dims)
		}
		v.dims = append(v.dims, int(max(d, 0)))
		width *= int(max(d, 0)) // 0 where unknown
	}
	const free = 1 << 18
	if !g.outside && width > free+g.held { // whatever reads them has as many weights
		return fmt.Errorf("%w: input %q of shape %v is out of proportion to the constants", bundle.ErrFormat, in.Name, in.Dims)
	}
	if width == 0 && len(v.dims) > 1 {
		return fmt.Errorf("%w: input %q of the open shape %v", bundle.ErrFormat, in.Name, in.Dims)
	}
	g.base = g.expr(&expr{op: "input", width: width, label: in.Name})
	v.expr = g.base
	g.values[in.Name] = v
	return nil
}

// without is the error of a graph whose output depends on no input, as far as the nodes that give it tell.
func (g *graph) without(nodes []*onnx.Node) error {
	given := map[string]bool{"": true}
	for _, n := range nodes {
		for _, in := range n.Inputs {
			if !given[in] && g.values[in] == nil {
				return g.refuse(n, "inputs []: want one; its input %q comes from nowhere, or from a node that stands after it", in)
			}
		}
		for _, a := range n.Attributes {
			if a.Kind == onnx.GraphKind {
				return g.refuse(n, "inputs []: want one that is read outside of graphs in a node")
			}
		}
		for _, o := range n.Outputs {
			given[o] = true
		}
	}
	if len(nodes) == 0 {
		return fmt.Errorf("%w: inputs []: want one; no node gives the output", bundle.ErrFormat)
	}
	return g.refuse(nodes[len(nodes)-1], "inputs []: want one; what the output depends on is constant")
}

// refuse is the error of a node, in one line.
func (g *graph) refuse(n *onnx.Node, format string, args ...any) error {
	kind := n.Type
	if !standard(n.Domain) {
		kind = n.Domain + "." + n.Type
	}
	why := fmt.Sprintf(format, args...)
	if why != "" {
		why = ": " + why
	}
	return fmt.Errorf("%w: node %q (%s) is not supported%s", bundle.ErrFormat, labelOf(n), kind, why)
}

// labelOf is the node's name, or that of what it gives.
func labelOf(n *onnx.Node) string {
	if n.Name == "" && len(n.Outputs) > 0 {
		return n.Outputs[0]
	}
	return n.Name
}

// node takes one node.
func (g *graph) node(n *onnx.Node) error {
	if !standard(n.Domain) {
		return g.refuse(n, "")
	}
	if len(n.Outputs) == 0 {
		return nil
	}
	if n.Type == "Constant" {
		c, err := g.constantNode(n)
		if err != nil {
			return err
		}
		g.values[n.Outputs[0]] = &graphValue{constant: c}
		return nil
	}
	var in []*graphValue
	moving := 0
	for _, name := range n.Inputs {
		v := g.values[name]
		if name != "" && v == nil {
			return g.refuse(n, "its input %q comes from nowhere", name)
		}
		if v != nil && v.expr != nil {
			moving++
		}
		in = append(in, v)
	}
	if len(in) == 0 || in[0] == nil {
		return g.refuse(n, "no input")
	}
	var out *graphValue
	var err error
	switch {
	case moving == 0:
		var c *constant
		c, err = g.compute(n, in)
		out = &graphValue{constant: c}
	case n.Type == "Shape":
		out, err = g.shape(n, in[0])
	default:
		out, err = g.moving(n, in)
	}
	if err != nil {
		return err
	}
	g.values[n.Outputs[0]] = out
	return nil
}

// at returns input i, nil if it is left out.
func at(in []*graphValue, i int) *graphValue {
	if i < len(in) {
		return in[i]
	}
	return nil
}

// numbersAt are the elements of input i, which must be a constant; nil if it is left out.
func (g *graph) numbersAt(n *onnx.Node, in []*graphValue, i int) ([]float64, error) {
	v := at(in, i)
	if v == nil {
		return nil, nil
	}
	if v.constant == nil {
		return nil, g.refuse(n, "its input %d is computed", i)
	}
	data, err := v.constant.load()
	if err != nil {
		return nil, fmt.Errorf("node %q (%s): %w", labelOf(n), n.Type, err)
	}
	if v.constant.tensor != nil && !v.constant.counted {
		if _, outside := v.constant.tensor.Held(); outside {
			g.budget += 16 * int64(len(data))
		}
		v.constant.counted = true
	}
	return data, g.spend(n, len(data))
}

// moving takes a node of which an input is computed from the network's.
func (g *graph) moving(n *onnx.Node, in []*graphValue) (*graphValue, error) {
	switch n.Type {
	case "Identity", "Dropout", "Cast", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose":
		return g.reshape(n, in)
	case "Gemm", "MatMul":
		return g.product(n, in)
	case "BatchNormalization", "LayerNormalization", "Softmax", "LogSoftmax", "PRelu":
		return g.layer(n, in)
	}
	return g.elementwise(n, in)
}

// product takes Gemm and MatMul with a constant matrix.
func (g *graph) product(n *onnx.Node, in []*graphValue) (*graphValue, error) {
	x, w := in[0], at(in, 1)
	if x.expr == nil || w == nil || w.constant == nil {
		return nil, g.refuse(n, "want the network's values times a constant matrix")
	}
	if n.IntOr("transA", 0) != 0 || len(x.dims) != 1 {
		return nil, g.refuse(n, "its first input is no matrix of rows")
	}
	data, err := g.numbersAt(n, in, 1)
	if err != nil {
		return nil, err
	}
	if len(w.constant.dims) != 2 || len(data) == 0 {
		return nil, g.refuse(n, "weights of shape %v", w.constant.dims)
	}
	rows, cols := int(w.constant.dims[0]), int(w.constant.dims[1])
	weight := mat.Of(rows, cols, data)
	if n.IntOr("transB", 0) == 0 {
		weight = weight.T()
	} else {
		weight = weight.Clone()
	}
	s := step{kind: dense, label: labelOf(n), in: weight.Cols(), out: weight.Rows(), weight: weight}
	if n.Type == "Gemm" {
		alpha, beta := n.FloatOr("alpha", 1), n.FloatOr("beta", 1)
		scaleBy(weight.Data(), alpha)
		c, err := g.numbersAt(n, in, 2)
		if err != nil {
			return nil, err
		}
		if c != nil {
			dims := in[2].constant.dims
			if len(c) != 1 && (len(c) != s.out || dims[len(dims)-1] != int64(s.out)) {
				return nil, g.refuse(n, "bias of shape %v for %d outputs", dims, s.out)
			}
			s.bias = spreadOver(c, s.out)
			scaleBy(s.bias, beta)
		}
	}
	if err := g.settle(n, x.expr, s.in); err != nil {
		return nil, err
	}
	if err := finite(s.bias, s.weight.Data()); err != nil {
		return nil, fmt.Errorf("node %q (%s): %w", labelOf(n), n.Type, err)
	}
	return g.settled(s, x.batch), nil
}

// settled adds a step after what is settled.
func (g *graph) settled(s step, batch int64) *graphValue {
	g.steps = append(g.steps, s)
	g.base = g.expr(&expr{op: "input", width: s.out, label: s.label})
	return &graphValue{expr: g.base, dims: []int{s.out}, batch: batch}
}

// layer takes norms and softmax.
func (g *graph) layer(n *onnx.Node, in []*graphValue) (*graphValue, error) {
	x := in[0]
	if x.expr == nil || len(x.dims) > 1 {
		return nil, g.refuse(n, "its first input is no matrix of rows")
	}
	out := *x
	var vectors [4][]float64
	for i := range vectors {
		var err error
		if vectors[i], err = g.numbersAt(n, in, i+1); err != nil {
			return nil, err
		}
	}
	switch n.Type {
	case "BatchNormalization":
		if slices.ContainsFunc(n.Outputs[1:], func(o string) bool { return o != "" }) || n.IntOr("spatial", 1) == 0 {
			return nil, g.refuse(n, "in training, with more outputs than one, or not spatial: export the network after eval()")
		}
		if n.IntOr("training_mode", 0) != 0 || slices.ContainsFunc(vectors[:], func(v []float64) bool { return len(v) == 0 || len(v) != len(vectors[0]) }) {
			return nil, g.refuse(n, "want scale, bias, mean and variance of one length, and no training")
		}
		scale, shift := normalisation(vectors[2], vectors[3], vectors[0], vectors[1], n.FloatOr("epsilon", 1e-5))
		if err := finite(scale, shift); err != nil {
			return nil, fmt.Errorf("node %q (%s): %w", labelOf(n), n.Type, err)
		}
		out.expr = g.expr(&expr{op: "affine", args: []*expr{x.expr}, scale: scale, shift: shift, node: n, width: len(scale), what: "batch norm"})
	case "LayerNormalization":
		gamma, beta := vectors[0], vectors[1]
		if axis := n.IntOr("axis", -1); axis != -1 && axis != 1 || len(gamma) == 0 || beta != nil && len(beta) != len(gamma) {
			return nil, g.refuse(n, "want scale and bias over the last axis")
		}
		if beta == nil {
			beta = make([]float64, len(gamma))
		}
		if err := finite(gamma, beta); err != nil {
			return nil, fmt.Errorf("node %q (%s): %w", labelOf(n), n.Type, err)
		}
		out.expr = g.expr(&expr{op: "layernorm", args: []*expr{x.expr}, scale: gamma, shift: beta, epsilon: n.FloatOr("epsilon", 1e-5), node: n, width: len(gamma)})
	case "PRelu":
		if len(vectors[0]) == 0 {
			return nil, g.refuse(n, "without slopes")
		}
		if dims := in[1].constant.dims; len(dims) > 2 || len(dims) == 2 && dims[0] != 1 {
			return nil, g.refuse(n, "slopes of shape %v: want one, or one for each column", dims)
		}
		if len(vectors[0]) > 1 && x.expr.width > 0 && len(vectors[0]) != x.expr.width {
			return nil, g.refuse(n, "slopes of another width")
		}
		if err := finite(vectors[0]); err != nil {
			return nil, fmt.Errorf("node %q (%s): %w", labelOf(n), n.Type, err)
		}
		width := x.expr.width
		if len(vectors[0]) > 1 {
			width = len(vectors[0])
		}
		out.expr = g.expr(&expr{op: "prelu", args: []*expr{x.expr}, scale: vectors[0], node: n, width: width})
	default:
		axis := n.IntOr("axis", -1)
		if axis != -1 && axis != 1 {
			return nil, g.refuse(n, "over axis %d", axis)
		}
		if err := g.settle(n, x.expr, 0); err != nil {
			return nil, err
		}
		s := step{kind: softmax, label: labelOf(n), in: g.base.width, out: g.base.width}
		if n.Type == "LogSoftmax" {
			s.kind = logSoftmax
		}
		if s.out == 0 {
			return nil, g.refuse(n, "over an unknown number of columns")
		}
		return g.settled(s, x.batch), nil
	}
	return &out, nil
}

func scaleBy(v []float64, s float64) {
	for i := range v {
		v[i] *= s
	}
}

// spreadOver is v, or n times its only element.
func spreadOver(v []float64, n int) []float64 {
	v = slices.Clone(v)
	for len(v) < n {
		v = append(v, v[0])
	}
	return v
}

// finite returns an error if a number is not.
func finite(lists ...[]float64) error {
	for _, v := range lists {
		if i := slices.IndexFunc(v, func(x float64) bool { return x-x != 0 }); i >= 0 {
			return fmt.Errorf("element %d: %w", i, bundle.ErrNotFinite)
		}
	}
	return nil
}

// fileSize bounds what is read of a model: Protocol Buffers have no larger messages.
const fileSize = math.MaxInt32

// readONNX reads an ONNX file and the steps of its graph.
func (r *reader) readONNX(file io.ReaderAt, size int64, open opener) ([]step, map[string]string, error) {
	if size > fileSize {
		return nil, nil, fmt.Errorf("%w: %d bytes are more than an ONNX file has", bundle.ErrFormat, size)
	}
	b := make([]byte, size)
	if n, err := file.ReadAt(b, 0); n < len(b) {
		return nil, nil, fmt.Errorf("%w: byte %d: %w", bundle.ErrFormat, n, err)
	}
	m, err := onnx.Parse(b)
	if err != nil {
		return nil, nil, err
	}
	steps, err := r.readGraph(m, open)
	return steps, m.Metadata, err
}
