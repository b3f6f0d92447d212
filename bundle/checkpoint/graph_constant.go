package checkpoint

import (
	"math"
	"slices"

	"nnk/internal/onnx"
	"nnk/mat"
)

// A constant is a tensor of the file or one that was computed from such. In shapes that were taken from the
// network's values the number of rows, which is open, is NaN.
type constant struct {
	dims   []int64
	kind   onnx.DataType // of the elements
	data   []float64
	tensor *onnx.Tensor // if data are not here
	open   opener

	counted bool // by [graph.numbersAt], if they are in another file
}

// load returns the elements, which must not be changed.
func (c *constant) load() ([]float64, error) {
	if c.tensor == nil {
		return c.data, nil
	}
	return c.tensor.Load(c.open)
}

// mostComputed bounds the elements of one dimension of what is computed from constants.
const mostComputed = 1 << 31

// spend takes n elements from what a graph may compute from constants and read of them: in proportion to what
// the file holds, because a short list of nodes can ask for any amount.
func (g *graph) spend(n *onnx.Node, elements int) error {
	if g.budget -= int64(elements); g.budget < 0 {
		return g.refuse(n, "more work on constants than their size explains")
	}
	return nil
}

// constantNode is the value of a Constant.
func (g *graph) constantNode(n *onnx.Node) (*constant, error) {
	for i := range n.Attributes {
		a := &n.Attributes[i]
		switch a.Name {
		case "value":
			if a.Tensor != nil {
				return &constant{tensor: a.Tensor, kind: a.Tensor.Type, dims: a.Tensor.Dims, open: g.open}, nil
			}
		case "value_float":
			return &constant{kind: onnx.Float, data: []float64{float64(a.Float)}}, nil
		case "value_int":
			return &constant{kind: onnx.Int64, data: []float64{float64(a.Int)}}, nil
		case "value_floats":
			c := &constant{kind: onnx.Float, dims: []int64{int64(len(a.Floats))}}
			for _, v := range a.Floats {
				c.data = append(c.data, float64(v))
			}
			return c, nil
		case "value_ints":
			c := &constant{kind: onnx.Int64, dims: []int64{int64(len(a.Ints))}}
			for _, v := range a.Ints {
				c.data = append(c.data, float64(v))
			}
			return c, nil
		}
	}
	return nil, g.refuse(n, "a constant that is no tensor of numbers")
}

// shape is the value of Shape of what the network computes.
func (g *graph) shape(n *onnx.Node, x *graphValue) (*graphValue, error) {
	if n.Attribute("start") != nil || n.Attribute("end") != nil {
		return nil, g.refuse(n, "a part of a shape")
	}
	c := &constant{kind: onnx.Int64, dims: []int64{int64(len(x.dims)) + 1}, data: []float64{float64(x.batch)}}
	if x.batch < 0 {
		c.data[0] = math.NaN()
	}
	for i, d := range x.dims {
		if d == 0 && x.expr != nil {
			d = x.expr.width
		}
		if d == 0 {
			return nil, g.refuse(n, "dimension %d is open", i+1)
		}
		c.data = append(c.data, float64(d))
	}
	return &graphValue{constant: c}, nil
}

// compute is the value of a node all of whose inputs are constants.
func (g *graph) compute(n *onnx.Node, in []*graphValue) (*constant, error) {
	var args []*constant
	for i := range in {
		if in[i] == nil {
			args = append(args, nil)
			continue
		}
		data, err := g.numbersAt(n, in, i)
		if err != nil {
			return nil, err
		}
		args = append(args, &constant{dims: in[i].constant.dims, kind: in[i].constant.kind, data: data})
	}
	x := args[0]
	if err := g.spend(n, len(x.data)); err != nil {
		return nil, err
	}
	dims := x.dims
	switch n.Type {
	case "Identity", "Dropout":
		return x, nil
	case "Cast":
		return g.cast(n, x)
	case "Transpose":
		return g.transpose(n, x)
	case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
		var err error
		if dims, err = g.reshaped(n, dims, args); err != nil {
			return nil, err
		}
		return &constant{dims: dims, kind: x.kind, data: x.data}, nil
	case "Shape":
		c := &constant{kind: onnx.Int64, dims: []int64{int64(len(dims))}}
		for _, d := range dims {
			c.data = append(c.data, float64(d))
		}
		return c, nil
	case "Concat":
		c := &constant{kind: x.kind}
		for _, a := range args {
			if a == nil || len(a.dims) != 1 {
				return nil, g.refuse(n, "of other constants than vectors")
			}
			if err := g.spend(n, len(a.data)); err != nil {
				return nil, err
			}
			c.data = append(c.data, a.data...)
		}
		c.dims = []int64{int64(len(c.data))}
		return c, nil
	case "Gather", "Slice":
		return g.pick(n, args)
	case "DequantizeLinear":
		return g.dequantised(n, args)
	case "MatMul":
		return g.constantProduct(n, args)
	}
	if len(args) <= 2 && !slices.Contains(args, nil) {
		return g.arithmetic(n, args)
	}
	return nil, g.refuse(n, "of constants")
}

// constantProduct multiplies matrices, of which vectors are rows or columns, as norms of weights are computed.
func (g *graph) constantProduct(n *onnx.Node, args []*constant) (*constant, error) {
	if len(args) != 2 || args[1] == nil || integral(args[0].kind) || len(args[0].data) == 0 || len(args[1].data) == 0 {
		return nil, g.refuse(n, "of constants")
	}
	a, b := args[0].dims, args[1].dims
	if len(a) == 1 {
		a = []int64{1, a[0]}
	}
	if len(b) == 1 {
		b = []int64{b[0], 1}
	}
	if len(a) != 2 || len(b) != 2 || a[1] != b[0] {
		return nil, g.refuse(n, "of constants of the shapes %v and %v", args[0].dims, args[1].dims)
	}
	if a[0]*a[1] > g.budget/b[1] {
		return nil, g.refuse(n, "more work on constants than their size explains")
	}
	if err := g.spend(n, int(a[0]*a[1]*b[1])); err != nil {
		return nil, err
	}
	c := &constant{kind: args[0].kind, data: mat.Mul(nil, mat.Of(int(a[0]), int(a[1]), args[0].data), mat.Of(int(b[0]), int(b[1]), args[1].data)).Data()}
	if len(args[0].dims) == 2 {
		c.dims = append(c.dims, a[0])
	}
	if len(args[1].dims) == 2 {
		c.dims = append(c.dims, b[1])
	}
	return c, nil
}

// transpose permutes the axes.
func (g *graph) transpose(n *onnx.Node, x *constant) (*constant, error) {
	rank := len(x.dims)
	perm := make([]int, rank)
	for i := range perm {
		perm[i] = rank - 1 - i
	}
	if a := n.Attribute("perm"); a != nil {
		if len(a.Ints) != rank {
			return nil, g.refuse(n, "perm %v of %d axes", a.Ints, rank)
		}
		seen := make([]bool, rank)
		for i, p := range a.Ints {
			if p < 0 || p >= int64(rank) || seen[p] {
				return nil, g.refuse(n, "perm %v", a.Ints)
			}
			perm[i], seen[p] = int(p), true
		}
	}
	stride := make([]int, rank)
	for i, s := rank-1, 1; i >= 0; i-- {
		stride[i] = s
		s *= int(x.dims[i])
	}
	c := &constant{dims: make([]int64, rank), kind: x.kind, data: make([]float64, len(x.data))}
	for i, p := range perm {
		c.dims[i] = x.dims[p]
	}
	at := make([]int, rank)
	for k := range c.data {
		from := 0
		for i, p := range perm {
			from += at[i] * stride[p]
		}
		c.data[k] = x.data[from]
		for i := rank - 1; i >= 0; i-- {
			if at[i]++; at[i] < int(c.dims[i]) {
				break
			}
			at[i] = 0
		}
	}
	return c, nil
}

// whole are the elements of a constant of integers. Those beyond 2^53 were rounded, but no dimension is as large: the
// end of a Slice, often 2^63 − 1, is beyond all of them.
func (g *graph) whole(n *onnx.Node, c *constant) ([]int64, error) {
	var list []int64
	for _, v := range c.data {
		if v-v != 0 || v != math.Trunc(v) {
			return nil, g.refuse(n, "%v, which is no integer", v)
		}
		list = append(list, int64(min(max(v, -mostInteger), mostInteger)))
	}
	return list, nil
}

// pick takes elements of a vector, as exporters take them of shapes.
func (g *graph) pick(n *onnx.Node, args []*constant) (*constant, error) {
	x := args[0]
	if len(x.dims) != 1 || n.Attribute("axes") != nil || n.Attribute("starts") != nil {
		return nil, g.refuse(n, "of other constants than vectors")
	}
	size := int64(len(x.data))
	var lists [4][]int64
	for i := 1; i < min(len(args), 5); i++ {
		if args[i] == nil {
			return nil, g.refuse(n, "an input left out")
		}
		var err error
		if lists[i-1], err = g.whole(n, args[i]); err != nil {
			return nil, err
		}
	}
	if n.Type == "Gather" {
		if len(args) != 2 || len(args[1].dims) > 1 || n.IntOr("axis", 0) != 0 {
			return nil, g.refuse(n, "of constants")
		}
		c := &constant{dims: args[1].dims, kind: x.kind}
		for _, i := range lists[0] {
			if i < 0 {
				i += size
			}
			if i < 0 || i >= size {
				return nil, g.refuse(n, "index %d of %d", i, size)
			}
			c.data = append(c.data, x.data[i])
		}
		return c, nil
	}
	if len(args) < 3 || len(lists[0]) != 1 || len(lists[1]) != 1 || len(lists[3]) == 1 && lists[3][0] != 1 {
		return nil, g.refuse(n, "of constants, in steps")
	}
	bound := func(i int64) int64 {
		if i < 0 {
			i += size
		}
		return min(max(i, 0), size)
	}
	lo := bound(lists[0][0])
	hi := max(bound(lists[1][0]), lo)
	return &constant{dims: []int64{hi - lo}, kind: x.kind, data: x.data[lo:hi]}, nil
}

// dequantised is (q − zero)·scale, for all elements or along an axis.
func (g *graph) dequantised(n *onnx.Node, args []*constant) (*constant, error) {
	if len(args) < 2 || args[1] == nil || n.IntOr("block_size", 0) != 0 {
		return nil, g.refuse(n, "in blocks, or without a scale")
	}
	x, scale := args[0], args[1].data
	zero := make([]float64, len(scale))
	if len(args) > 2 && args[2] != nil {
		zero = args[2].data
	}
	axis := n.IntOr("axis", 1)
	if axis < 0 {
		axis += int64(len(x.dims))
	}
	inner, count := int64(len(x.data)), int64(1)
	if len(scale) != 1 {
		if axis < 0 || axis >= int64(len(x.dims)) || int64(len(scale)) != x.dims[axis] {
			return nil, g.refuse(n, "%d scales along axis %d of the shape %v", len(scale), axis, x.dims)
		}
		inner, count = volume(x.dims[axis+1:]), x.dims[axis]
	}
	if len(zero) != len(scale) {
		return nil, g.refuse(n, "%d zero points for %d scales", len(zero), len(scale))
	}
	c := &constant{dims: x.dims, kind: args[1].kind, data: make([]float64, len(x.data))}
	for i, v := range x.data {
		k := int64(i) / max(inner, 1) % count
		c.data[i] = (v - zero[k]) * scale[k]
	}
	return c, nil
}

// arithmetic computes elementwise functions of constants, one of which is a number or whose shapes are equal, in
// their type: integers as integers.
func (g *graph) arithmetic(n *onnx.Node, args []*constant) (*constant, error) {
	long := args[0]
	for _, a := range args {
		if len(a.data) > len(long.data) || len(a.data) == len(long.data) && len(a.dims) > len(long.dims) {
			long = a
		}
	}
	e := &expr{op: n.Type, node: n, width: len(long.data)}
	for _, a := range args {
		if len(a.data) != 1 && !slices.Equal(a.dims, long.dims) {
			return nil, g.refuse(n, "of constants")
		}
		e.args = append(e.args, &expr{op: "constant", value: a.data})
	}
	if !known(e) {
		return nil, g.refuse(n, "of constants")
	}
	if n.Type != "Pow" && args[len(args)-1].kind != args[0].kind {
		return nil, g.refuse(n, "of constants of the types %s and %s", args[0].kind, args[len(args)-1].kind)
	}
	if integral(args[0].kind) {
		return g.integers(n, args, long)
	}
	data := newEvaluation(len(long.data)).of(e)
	if len(data) != len(long.data) {
		return nil, g.refuse(n, "of constants")
	}
	c := &constant{dims: long.dims, kind: args[0].kind, data: data}
	if compares(n.Type) {
		c.kind = onnx.Bool
	}
	return c, nil
}
