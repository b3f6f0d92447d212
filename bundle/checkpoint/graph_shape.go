package checkpoint

import (
	"math"
	"slices"

	"nnk/internal/onnx"
)

// mostRank bounds the dimensions of what is reshaped.
const mostRank = 8

// reshape takes nodes that move no number from its row and change none: the rows stay, what is in one may
// be folded otherwise.
func (g *graph) reshape(n *onnx.Node, in []*graphValue) (*graphValue, error) {
	x := in[0]
	if x.expr == nil {
		return nil, g.refuse(n, "its shape is computed")
	}
	out := *x
	var args []*constant
	for i := range in {
		if i == 0 || in[i] == nil {
			args = append(args, nil)
			continue
		}
		data, err := g.numbersAt(n, in, i)
		if err != nil {
			return nil, err
		}
		args = append(args, &constant{dims: in[i].constant.dims, kind: in[i].constant.kind, data: data})
	}
	switch n.Type {
	case "Cast":
		switch onnx.DataType(n.IntOr("to", 0)) {
		case onnx.Float, onnx.Double:
		case onnx.Float16, onnx.BFloat16:
			return nil, g.refuse(n, "to %s: export the network in float32", onnx.DataType(n.IntOr("to", 0)))
		default:
			return nil, g.refuse(n, "to another type than floats")
		}
	case "Dropout":
		if len(args) > 2 && args[2] != nil && slices.ContainsFunc(args[2].data, func(v float64) bool { return v != 0 }) {
			return nil, g.refuse(n, "in training")
		}
	case "Transpose":
		for i, p := range perm(n, len(x.dims)+1) {
			if p != int64(i) {
				return nil, g.refuse(n, "of the network's values")
			}
		}
	case "Flatten":
		if axis := n.IntOr("axis", 1); axis != 1 && axis != -int64(len(x.dims)) {
			return nil, g.refuse(n, "axis %d", axis)
		}
		out.dims = []int{x.row()}
	case "Reshape":
		dims, ok := x.rows(n, args)
		if !ok {
			return nil, g.refuse(n, "to a shape that does not keep the rows")
		}
		out.dims = dims
	case "Squeeze", "Unsqueeze":
		return g.squeeze(n, &out, args)
	}
	return &out, nil
}

func perm(n *onnx.Node, rank int) []int64 {
	if a := n.Attribute("perm"); a != nil {
		return a.Ints
	}
	list := make([]int64, rank)
	for i := range list {
		list[i] = int64(rank - 1 - i)
	}
	return list
}

// row is the number of elements in a row, 0 if it is not known.
func (x *graphValue) row() int {
	n := 1
	for _, d := range x.dims {
		n *= d
	}
	return n
}

// rows are the dimensions of a row after a Reshape that keeps the rows: whose first dimension is that of the
// rows, by whatever way the shape says so, and whose others have a row's elements.
func (x *graphValue) rows(n *onnx.Node, args []*constant) ([]int, bool) {
	if len(args) < 2 || args[1] == nil || len(args[1].data) < 1 || len(args[1].data) > mostRank {
		return nil, false
	}
	want := args[1].data
	zero := n.IntOr("allowzero", 0) == 0
	size := x.row()
	var dims []int
	open, known := -1, 1
	for i, v := range want[1:] {
		d := 0
		switch {
		case v == -1 && open < 0:
			open = i
		case v == 0 && zero && i < len(x.dims):
			d = x.dims[i]
		case v >= 1 && v <= math.MaxInt32 && v == math.Trunc(v):
			d = int(v)
		default:
			return nil, false
		}
		if open != i {
			if d == 0 || known > math.MaxInt32/d {
				return nil, false
			}
			known *= d
		}
		dims = append(dims, d)
	}
	first := want[0]
	kept := first != first || first == 0 && zero || x.batch > 0 && first == float64(x.batch)
	if first == -1 && open < 0 { // the rows, if the rest is a row
		kept = size > 0 && known == size
	}
	if open >= 0 {
		if size == 0 || size%known != 0 {
			if size != 0 || len(dims) != 1 {
				return nil, false
			}
		}
		dims[open] = size / known
	}
	if size > 0 && open < 0 && known != size {
		return nil, false
	}
	return dims, kept
}

// squeeze takes away or adds axes of one column within the rows.
func (g *graph) squeeze(n *onnx.Node, x *graphValue, args []*constant) (*graphValue, error) {
	dims := []int64{2} // of the rows, never 1
	for _, d := range x.dims {
		if d == 0 {
			return nil, g.refuse(n, "of a row of unknown shape")
		}
		dims = append(dims, int64(d))
	}
	out, err := g.reshaped(n, dims, args)
	if err != nil {
		return nil, err
	}
	if len(out) == 0 || out[0] != 2 {
		return nil, g.refuse(n, "of the rows")
	}
	x.dims = nil
	for _, d := range out[1:] {
		x.dims = append(x.dims, int(d))
	}
	return x, nil
}

// reshaped are the dimensions of a constant after a node that moves no elements.
func (g *graph) reshaped(n *onnx.Node, dims []int64, args []*constant) ([]int64, error) {
	switch n.Type {
	case "Flatten":
		rank := int64(len(dims))
		axis := n.IntOr("axis", 1)
		if axis < 0 {
			axis += rank
		}
		if axis < 0 || axis > rank {
			return nil, g.refuse(n, "axis %d of %d", axis, rank)
		}
		return []int64{volume(dims[:axis]), volume(dims[axis:])}, nil
	case "Reshape":
		return g.reshapedTo(n, dims, args)
	}
	return g.squeezed(n, dims, args)
}

// reshapedTo are the dimensions that the second input of Reshape says.
func (g *graph) reshapedTo(n *onnx.Node, dims []int64, args []*constant) ([]int64, error) {
	if len(args) < 2 || args[1] == nil {
		return nil, g.refuse(n, "without a shape")
	}
	want, err := g.whole(n, args[1])
	if err != nil {
		return nil, err
	}
	if len(want) > mostRank {
		return nil, g.refuse(n, "to %d dimensions", len(want))
	}
	open, known := -1, int64(1)
	for i, d := range want {
		if d == 0 && n.IntOr("allowzero", 0) == 0 && i < len(dims) {
			want[i] = dims[i]
		}
		switch d = want[i]; {
		case d == -1 && open < 0:
			open = i
		case d < 1 || known > mostComputed/d:
			return nil, g.refuse(n, "to the shape %v", want)
		default:
			known *= d
		}
	}
	if open >= 0 {
		want[open] = volume(dims) / known
	}
	if volume(want) != volume(dims) {
		return nil, g.refuse(n, "from the shape %v to %v", dims, want)
	}
	return want, nil
}

// squeezed are the dimensions after Squeeze or Unsqueeze.
func (g *graph) squeezed(n *onnx.Node, dims []int64, args []*constant) ([]int64, error) {
	axes, given, err := g.axes(n, args)
	if err != nil {
		return nil, err
	}
	rank := len(dims)
	if n.Type == "Unsqueeze" {
		rank += len(axes)
	}
	var changed [mostRank]bool
	for _, a := range axes {
		if a < 0 {
			a += int64(rank)
		}
		if rank > mostRank || a < 0 || a >= int64(rank) || changed[a] {
			return nil, g.refuse(n, "axes %v of %d", axes, rank)
		}
		changed[a] = true
	}
	out := []int64{}
	if n.Type == "Squeeze" {
		for i, d := range dims {
			switch remove := changed[i] || !given && d == 1; {
			case !remove:
				out = append(out, d)
			case d != 1:
				return nil, g.refuse(n, "axis %d of the shape %v", i, dims)
			}
		}
		return out, nil
	}
	for _, added := range changed[:rank] {
		if added {
			out = append(out, 1)
			continue
		}
		out, dims = append(out, dims[0]), dims[1:]
	}
	return out, nil
}

// axes are those of Squeeze and Unsqueeze, an attribute or, from opset 13 on, an input.
func (g *graph) axes(n *onnx.Node, args []*constant) ([]int64, bool, error) {
	if a := n.Attribute("axes"); a != nil {
		return a.Ints, true, nil
	}
	if len(args) < 2 || args[1] == nil {
		return nil, false, nil
	}
	list, err := g.whole(n, args[1])
	return list, true, err
}

// volume is the product of dimensions that belong to data that are there.
func volume(dims []int64) int64 {
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	return n
}
