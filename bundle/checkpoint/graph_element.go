package checkpoint

import (
	"math"

	"nnk/internal/onnx"
)

// bitsOf is the width of integers of a type, 1 of truth values; 0 if elements of it are no integers.
func bitsOf(t onnx.DataType) (bits int, signed bool) {
	switch t {
	case onnx.Int64:
		return 64, true
	case onnx.Int32:
		return 32, true
	case onnx.Int16:
		return 16, true
	case onnx.Int8:
		return 8, true
	case onnx.Uint64:
		return 64, false
	case onnx.Uint32:
		return 32, false
	case onnx.Uint16:
		return 16, false
	case onnx.Uint8:
		return 8, false
	case onnx.Bool:
		return 1, false
	}
	return 0, false
}

func integral(t onnx.DataType) bool {
	bits, _ := bitsOf(t)
	return bits > 0
}

// mostInteger bounds the integers that are computed: all up to there are float64.
const mostInteger = 1 << 53

// wrapped is an integer modulo 2^bits; false if it is beyond what is computed.
func wrapped(v int64, t onnx.DataType) (float64, bool) {
	bits, signed := bitsOf(t)
	if bits < 64 {
		v &= 1<<bits - 1
		if signed && v>>(bits-1) != 0 {
			v -= 1 << bits
		}
	}
	return float64(v), -mostInteger <= v && v <= mostInteger && (signed || v >= 0)
}

// cast is a constant in another type: to integers it truncates, from integers it wraps.
func (g *graph) cast(n *onnx.Node, x *constant) (*constant, error) {
	to := onnx.DataType(n.IntOr("to", 0))
	c := &constant{dims: x.dims, kind: to, data: make([]float64, len(x.data))}
	switch to {
	case onnx.Float, onnx.Double, onnx.Bool:
	case onnx.Float16, onnx.BFloat16:
		if x.kind != to {
			return nil, g.refuse(n, "to %s: export the network in float32", to)
		}
	default:
		if !integral(to) {
			return nil, g.refuse(n, "to %s", to)
		}
	}
	for i, v := range x.data {
		var ok bool
		switch {
		case v != v && integral(x.kind): // the number of rows
			c.data[i], ok = v, to == onnx.Int64 || to == onnx.Int32
		case to == onnx.Bool:
			c.data[i], ok = truth(v != 0), v == v
		case !integral(to):
			c.data[i], ok = v, true
		case math.Abs(v) <= mostInteger:
			whole := math.Trunc(v)
			c.data[i], ok = wrapped(int64(whole), to)
			ok = ok && (integral(x.kind) || c.data[i] == whole) // out of range of floats it is not defined
		}
		if !ok {
			return nil, g.refuse(n, "%v of %s to %s", v, x.kind, to)
		}
	}
	return c, nil
}

// integers computes Add, Sub, Mul, Div and others of integer constants as their type does: Div truncates, sums
// and products wrap.
func (g *graph) integers(n *onnx.Node, args []*constant, long *constant) (*constant, error) {
	c := &constant{dims: long.dims, kind: args[0].kind, data: make([]float64, len(long.data))}
	for i := range c.data {
		at := make([]float64, len(args))
		for k, a := range args {
			at[k] = a.data[min(i, len(a.data)-1)]
		}
		var ok bool
		if len(at) == 1 {
			c.data[i], ok = integerOfOne(n.Type, at[0], c.kind)
		} else {
			c.data[i], ok = integerOfTwo(n.Type, at[0], at[1], c.kind)
		}
		if !ok {
			return nil, g.refuse(n, "of the integers %v of %s", at, c.kind)
		}
	}
	if compares(n.Type) {
		c.kind = onnx.Bool
	}
	return c, nil
}

func compares(op string) bool {
	switch op {
	case "Greater", "GreaterOrEqual", "Less", "LessOrEqual":
		return true
	}
	return false
}

func integerOfOne(op string, a float64, t onnx.DataType) (float64, bool) {
	switch {
	case op == "Max" || op == "Min":
		return a, true
	case t == onnx.Bool || !(math.Abs(a) <= mostInteger):
		return 0, false
	case op == "Neg":
		return wrapped(-int64(a), t)
	case op == "Abs":
		return wrapped(max(int64(a), -int64(a)), t)
	case op == "Sign":
		return truth(a > 0) - truth(a < 0), true
	}
	return 0, false
}

func integerOfTwo(op string, a, b float64, t onnx.DataType) (float64, bool) {
	switch { // what leaves the number of rows, NaN, as it is
	case a != a && b == 0 && (op == "Add" || op == "Sub"), a != a && b == 1 && (op == "Mul" || op == "Div"):
		return a, true
	case b != b && a == 0 && op == "Add", b != b && a == 1 && op == "Mul":
		return b, true
	}
	if !(math.Abs(a) <= mostInteger && math.Abs(b) <= mostInteger) || t == onnx.Bool {
		return 0, false
	}
	p, q := int64(a), int64(b)
	switch op {
	case "Add":
		return wrapped(p+q, t)
	case "Sub":
		return wrapped(p-q, t)
	case "Mul":
		if math.Abs(a*b) > mostInteger {
			return 0, false
		}
		return wrapped(p*q, t)
	case "Div":
		if q == 0 {
			return 0, false
		}
		return wrapped(p/q, t)
	case "Max", "Min", "Greater", "GreaterOrEqual", "Less", "LessOrEqual":
		return ofTwo(op, a, b), true
	}
	return 0, false
}
