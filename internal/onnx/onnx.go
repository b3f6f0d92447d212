// Package onnx reads and writes ONNX models: the graph, its constants and attributes. It does not run them.
//
// An ONNX file is a message of Protocol Buffers; the few messages and fields that a network of matrices
// needs are decoded here, by their numbers in onnx.proto, and other fields are passed over. Subgraphs
// (of If, Loop and Scan) are noted, not read.
//
// Files are hostile until proven otherwise: nothing is allocated that the bytes read do not account for,
// and every error wraps [ErrFormat] and names the byte.
//
// Format: https://github.com/onnx/onnx/blob/main/docs/IR.md, onnx.proto there, and
// https://protobuf.dev/programming-guides/encoding/
package onnx

import (
	"slices"

	"nnk/internal/fault"
)

// Model is a file's content.
type Model struct {
	IR       int64 // version of the format
	Producer string
	Opsets   []Opset
	Graph    *Graph
	Metadata map[string]string
}

// Opset is the version of a set of operators; the standard one's domain is "" or "ai.onnx".
type Opset struct {
	Domain  string
	Version int64
}

// Graph is the network.
type Graph struct {
	Name            string
	Nodes           []Node // in an order in which they can be computed
	Constants       []Tensor
	Inputs, Outputs []Value
	Sparse          bool // there are sparse constants, which are not read
}

// Value is an input or an output of the graph.
type Value struct {
	Name string
	Type DataType // of the elements; 0 if it is no tensor
	Dims []int64  // −1 where unknown; nil if the rank is
}

// Node is an operator at work.
type Node struct {
	Name, Type, Domain string
	Inputs, Outputs    []string // "" stands for one that is left out
	Attributes         []Attribute
}

// Attribute is a parameter of a node; the field of its kind is set.
type Attribute struct {
	Name   string
	Kind   AttributeKind
	Float  float32
	Int    int64
	Text   string
	Tensor *Tensor
	Floats []float32
	Ints   []int64
}

// AttributeKind says what an attribute is, by its number in AttributeProto.AttributeType.
type AttributeKind int64

// The kinds; of graphs nothing is read but that they are there.
const (
	FloatKind  AttributeKind = 1
	IntKind    AttributeKind = 2
	TextKind   AttributeKind = 3
	TensorKind AttributeKind = 4
	GraphKind  AttributeKind = 5
	FloatsKind AttributeKind = 6
	IntsKind   AttributeKind = 7
)

// Attribute returns the node's attribute of that name, or nil.
func (n *Node) Attribute(name string) *Attribute {
	i := slices.IndexFunc(n.Attributes, func(a Attribute) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &n.Attributes[i]
}

// IntOr returns the integer attribute of that name, or what it is by default.
func (n *Node) IntOr(name string, usual int64) int64 {
	if a := n.Attribute(name); a != nil {
		return a.Int
	}
	return usual
}

// FloatOr returns the float attribute of that name, or what it is by default.
func (n *Node) FloatOr(name string, usual float64) float64 {
	if a := n.Attribute(name); a != nil {
		return float64(a.Float)
	}
	return usual
}

// most bounds the nodes, attributes, names and other things of a file that take many times their bytes in
// memory.
const most = 1 << 16

// Parse reads a model. What it returns refers to b, which must not change.
func Parse(b []byte) (*Model, error) {
	m, err := parse(b)
	return m, fault.Brief(err)
}

func parse(b []byte) (*Model, error) {
	m := &Model{Metadata: map[string]string{}}
	left := most
	err := fields(value{bytes: b, left: &left}, func(field int, v value) error {
		switch field {
		case 1:
			return v.integer(&m.IR, "ir_version")
		case 2:
			return v.text(&m.Producer, "producer_name")
		case 7:
			if m.Graph != nil {
				return v.fail("two graphs")
			}
			m.Graph = &Graph{}
			return m.Graph.parse(v)
		case 8:
			return add(&m.Opsets, v, "opset_import", func(o *Opset, field int, v value) error {
				switch field {
				case 1:
					return v.text(&o.Domain, "domain")
				case 2:
					return v.integer(&o.Version, "version")
				}
				return nil
			})
		case 14:
			key, text, err := v.pair("metadata_props")
			if err == nil {
				m.Metadata[key] = text
				err = v.spend()
			}
			return err
		}
		return nil
	})
	if err == nil && m.Graph == nil {
		err = value{at: len(b)}.fail("no graph")
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// add appends the message v to a list.
func add[M any](list *[]M, v value, what string, f func(m *M, field int, v value) error) error {
	if err := v.want(length, what); err != nil {
		return err
	}
	if err := v.spend(); err != nil {
		return err
	}
	var m M
	err := fields(v, func(field int, v value) error { return f(&m, field, v) })
	*list = append(*list, m)
	return err
}

// pair reads a StringStringEntryProto.
func (v value) pair(what string) (key, text string, err error) {
	if err := v.want(length, what); err != nil {
		return "", "", err
	}
	err = fields(v, func(field int, v value) error {
		switch field {
		case 1:
			return v.text(&key, "key")
		case 2:
			return v.text(&text, "value")
		}
		return nil
	})
	return key, text, err
}

func (g *Graph) parse(v value) error {
	if err := v.want(length, "graph"); err != nil {
		return err
	}
	return fields(v, func(field int, v value) error {
		switch field {
		case 1:
			return add(&g.Nodes, v, "node", (*Node).field)
		case 2:
			return v.text(&g.Name, "name")
		case 5:
			return add(&g.Constants, v, "initializer", (*Tensor).field)
		case 11:
			return add(&g.Inputs, v, "input", (*Value).field)
		case 12:
			return add(&g.Outputs, v, "output", (*Value).field)
		case 15:
			g.Sparse = true
		}
		return nil
	})
}

func (n *Node) field(field int, v value) error {
	switch field {
	case 1, 2:
		list, what := &n.Inputs, "input"
		if field == 2 {
			list, what = &n.Outputs, "output"
		}
		if err := v.spend(); err != nil {
			return err
		}
		var s string
		err := v.text(&s, what)
		*list = append(*list, s)
		return err
	case 3:
		return v.text(&n.Name, "name")
	case 4:
		return v.text(&n.Type, "op_type")
	case 5:
		return add(&n.Attributes, v, "attribute", (*Attribute).field)
	case 7:
		return v.text(&n.Domain, "domain")
	}
	return nil
}

func (a *Attribute) field(field int, v value) error {
	switch field {
	case 1:
		return v.text(&a.Name, "name")
	case 2:
		a.Kind = FloatKind
		var f []float32
		err := v.floats(&f, "f")
		if len(f) == 1 {
			a.Float = f[0]
		}
		return err
	case 3:
		a.Kind = IntKind
		return v.integer(&a.Int, "i")
	case 4:
		a.Kind = TextKind
		return v.text(&a.Text, "s")
	case 5:
		a.Kind = TensorKind
		if err := v.want(length, "t"); err != nil {
			return err
		}
		a.Tensor = &Tensor{}
		return fields(v, a.Tensor.field)
	case 6, 11:
		a.Kind = GraphKind
	case 7:
		a.Kind = FloatsKind
		return v.floats(&a.Floats, "floats")
	case 8:
		a.Kind = IntsKind
		return v.integers(&a.Ints, "ints")
	case 20: // tells an empty list, which has no field
		var n int64
		err := v.integer(&n, "type")
		if k := AttributeKind(n); a.Kind == 0 && (k == FloatsKind || k == IntsKind) {
			a.Kind = k
		}
		return err
	}
	return nil
}

// field reads a ValueInfoProto: its type is a message of a message of the shape.
func (x *Value) field(field int, v value) error {
	switch field {
	case 1:
		return v.text(&x.Name, "name")
	case 2:
		return inside(v, 1, func(v value) error { // TypeProto.tensor_type
			return fields(v, func(field int, v value) error {
				switch field {
				case 1:
					var n int64
					err := v.integer(&n, "elem_type")
					x.Type = DataType(n)
					return err
				case 2:
					x.Dims = []int64{}
					return inside(v, 1, x.dim)
				}
				return nil
			})
		})
	}
	return nil
}

// dim reads a dimension: a number, or a name or nothing if it is not known.
func (x *Value) dim(v value) error {
	n := int64(-1)
	err := fields(v, func(field int, v value) error {
		if field == 1 {
			return v.integer(&n, "dim_value")
		}
		return nil
	})
	if len(x.Dims) == maxRank {
		return v.fail("more than %d dimensions", maxRank)
	}
	x.Dims = append(x.Dims, n)
	return err
}

// inside calls f with each message of that field in the message v.
func inside(v value, want int, f func(v value) error) error {
	if err := v.want(length, "message"); err != nil {
		return err
	}
	return fields(v, func(field int, v value) error {
		if field != want {
			return nil
		}
		if err := v.want(length, "message"); err != nil {
			return err
		}
		return f(v)
	})
}
