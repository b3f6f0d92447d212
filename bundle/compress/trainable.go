package compress

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// Trainable returns a copy of the network as a module for package snnk to train. The
// parameters of stage N are N.weight and N.bias of a dense layer or of a layer Ψ·Φ(x) + b. If diagonals is true, the
// signs and biases of the feature maps become trained numbers, N.phi.diagonal0 … and N.phi.bias: the
// maps must be ones that [urf.NewDiagonals] takes, and not beside neurons. Maps and scalings are
// fixed otherwise. Module i of the sequence is stage i, so that a stage is kept as it is by
// freezing the parameters of its module.
//
// Errors wrap [bundle.ErrRange]: a map that has no gradient or cannot have diagonals.
func Trainable[T asm.Float](n *bundle.Network[T], diagonals bool) (*snnk.Sequence[T], error) {
	var modules []snnk.Module[T]
	for i, s := range n.Stages() {
		m, err := trainable(strconv.Itoa(i), s, diagonals)
		if err != nil {
			return nil, fmt.Errorf("compress: stage %d: %w: %w", i, bundle.ErrRange, err)
		}
		modules = append(modules, m)
	}
	return snnk.NewSequence(modules...), nil
}

// trainable is a stage as a module.
func trainable[T asm.Float](name string, s bundle.Stage[T], diagonals bool) (snnk.Module[T], error) {
	switch s := s.(type) {
	case *bundle.Linear[T]:
		return trainableLinear(name, s), nil
	case *bundle.Columns[T]:
		return &leaving[T]{s: s}, nil
	case *bundle.Scale[T]:
		return &scaling[T]{s: s}, nil
	case *bundle.Features[T]:
		return trainableMap(name, s.Map(), diagonals)
	case *snnk.Layer[T]:
		phi, err := trainableMap(name, s.Map(), diagonals)
		if err != nil {
			return nil, err
		}
		return snnk.NewSequence[T](phi, trainableLinear(name, bundle.NewLinear(s.Psi(), s.Bias(), urf.Activation{}))), nil
	case *bundle.Hybrid[T]:
		g, ok := s.Map().(urf.Gradient[T])
		if !ok || diagonals {
			return nil, fmt.Errorf("no gradient of, or no diagonals for, %.80s beside neurons", s.Map().Spec())
		}
		return &beside[T]{neurons: trainableLinear(name, s.Neurons()), features: snnk.NewFeatures(g)}, nil
	}
	return nil, fmt.Errorf("of type %T, which cannot be trained", s)
}

func trainableLinear[T asm.Float](name string, l *bundle.Linear[T]) *snnk.Linear[T] {
	return snnk.LinearOf(name, l.Weight().Clone(), slices.Clone(l.Bias()), l.Activation())
}

func trainableMap[T asm.Float](name string, m urf.Map[T], diagonals bool) (snnk.Phi[T], error) {
	if d, ok := m.(*urf.Diagonals[T]); ok {
		return snnk.DiagonalsOf(name+".phi", d.Clone()), nil
	}
	if diagonals {
		spec, err := urf.ParseSpec(m.Spec())
		if err != nil {
			return nil, err
		}
		return snnk.NewDiagonals[T](name+".phi", spec)
	}
	g, ok := m.(urf.Gradient[T])
	if !ok {
		return nil, fmt.Errorf("no gradient of %.80s", m.Spec())
	}
	return snnk.NewFeatures(g), nil
}

// Trained returns the network of a sequence that [Trainable] made, or that consists of modules of
// package snnk for which there are stages: Linear, Features, Diagonals, TrainableLayer and Sequence. It
// copies all numbers. Features and a matrix that reads them become one stage. The error for another module wraps [bundle.ErrRange].
func Trained[T asm.Float](m *snnk.Sequence[T]) (*bundle.Network[T], error) {
	stages, err := stagesOf[T](nil, m)
	if err != nil {
		return nil, err
	}
	return bundle.NewNetwork(stages...), nil
}

// stagesOf appends the stages of m.
func stagesOf[T asm.Float](stages []bundle.Stage[T], m snnk.Module[T]) ([]bundle.Stage[T], error) {
	switch m := m.(type) {
	case *snnk.Sequence[T]:
		var err error
		for _, part := range m.Modules() {
			if stages, err = stagesOf(stages, part); err != nil {
				return nil, err
			}
		}
		return stages, nil
	case *snnk.Linear[T]:
		l := trained(m)
		if last := len(stages) - 1; last >= 0 && l.Activation().IsIdentity() {
			if f, ok := stages[last].(*bundle.Features[T]); ok {
				return append(stages[:last], snnk.New(f.Map(), l.Weight(), l.Bias())), nil
			}
		}
		return append(stages, l), nil
	case *snnk.TrainableLayer[T]:
		return append(stages, m.Layer()), nil
	case *snnk.Diagonals[T]:
		d, ok := m.Map().(*urf.Diagonals[T])
		if !ok {
			return nil, fmt.Errorf("compress: diagonals of type %T: %w", m.Map(), bundle.ErrRange)
		}
		return append(stages, bundle.NewFeatures[T](d.Clone())), nil
	case *snnk.Features[T]:
		return append(stages, bundle.NewFeatures[T](m.Map())), nil
	case *leaving[T]:
		return append(stages, m.s), nil
	case *scaling[T]:
		return append(stages, m.s), nil
	case *beside[T]:
		return append(stages, bundle.NewHybrid(trained(m.neurons), m.features.Map())), nil
	}
	return nil, fmt.Errorf("compress: there is no stage for a module of type %T: %w", m, bundle.ErrRange)
}

// trained is a copy of a module as a stage.
func trained[T asm.Float](m *snnk.Linear[T]) *bundle.Linear[T] {
	var bias []T
	if m.Bias() != nil {
		bias = slices.Clone(m.Bias().Value.Row(0))
	}
	return bundle.NewLinear(m.Weight().Value.Clone(), bias, m.Activation())
}

// leaving is [bundle.Columns] as a module without parameters.
type leaving[T asm.Float] struct {
	s     *bundle.Columns[T]
	y, dx mat.Buffer[T]
}

func (m *leaving[T]) In() int                  { return m.s.In() }
func (m *leaving[T]) Out() int                 { return m.s.Out() }
func (m *leaving[T]) Params() []*snnk.Param[T] { return nil }

func (m *leaving[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	if dst == nil {
		dst = m.y.Shape(x.Rows(), m.Out())
	}
	return m.s.Forward(dst, x, nil)
}

func (m *leaving[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	if !wantDX {
		return nil
	}
	if dx == nil {
		dx = m.dx.Shape(dy.Rows(), m.In())
	}
	for i := range dy.Rows() {
		out, row, from := dx.Row(i), dy.Row(i), 0
		for _, j := range m.s.Without() {
			row = row[copy(out[from:j], row):]
			out[j], from = 0, j+1
		}
		copy(out[from:], row)
	}
	return dx
}

// scaling is a [bundle.Scale] as a module without parameters.
type scaling[T asm.Float] struct {
	s     *bundle.Scale[T]
	y, dx mat.Buffer[T]
}

func (m *scaling[T]) In() int                  { return m.s.In() }
func (m *scaling[T]) Out() int                 { return m.s.In() }
func (m *scaling[T]) Params() []*snnk.Param[T] { return nil }

func (m *scaling[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	if dst == nil {
		dst = m.y.Shape(x.Rows(), m.In())
	}
	return m.s.Forward(dst, x, nil)
}

func (m *scaling[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	if !wantDX {
		return nil
	}
	if dx == nil {
		dx = m.dx.Shape(dy.Rows(), m.In())
	}
	factor := m.s.Factor()
	for i := range dy.Rows() {
		out := dx.Row(i)
		for j, v := range dy.Row(i) {
			out[j] = T(float64(v) * factor[j])
		}
	}
	return dx
}

// beside is a [bundle.Hybrid] as a module: the outputs of neurons, then features of the same inputs.
type beside[T asm.Float] struct {
	neurons  *snnk.Linear[T]
	features *snnk.Features[T]

	y, dx, part                mat.Buffer[T]
	left, right, dLeft, dRight mat.Dense[T] // views of outputs and their gradients
}

func (m *beside[T]) In() int                  { return m.neurons.In() }
func (m *beside[T]) Out() int                 { return m.neurons.Out() + m.features.Out() }
func (m *beside[T]) Params() []*snnk.Param[T] { return m.neurons.Params() }

func (m *beside[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	if dst == nil {
		dst = m.y.Shape(x.Rows(), m.Out())
	}
	k := m.neurons.Out()
	m.neurons.Forward(dst.ViewInto(&m.left, 0, 0, x.Rows(), k), x)
	m.features.Forward(dst.ViewInto(&m.right, 0, k, x.Rows(), m.features.Out()), x)
	return dst
}

func (m *beside[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	k := m.neurons.Out()
	if wantDX && dx == nil {
		dx = m.dx.Shape(dy.Rows(), m.In())
	}
	m.neurons.Backward(dx, dy.ViewInto(&m.dLeft, 0, 0, dy.Rows(), k), wantDX)
	if !wantDX {
		return nil
	}
	part := m.features.Backward(m.part.Shape(dy.Rows(), m.In()), dy.ViewInto(&m.dRight, 0, k, dy.Rows(), m.features.Out()), true)
	for i := range dx.Rows() {
		asm.Add(dx.Row(i), dx.Row(i), part.Row(i))
	}
	return dx
}

// Temper returns the network with its last stage, a matrix without activation, multiplied by
// the power of two from 1 to 1024 that gives the least loss on the rows of x: a fit of
// squared error to classes has outputs from 0 to 1, far from the logits that a cross-entropy
// wants, and training would spend its first epochs on their size. Labels do not change.
//
// The error wraps [bundle.ErrRange] if the last stage is another one, or what ended ctx before a block of rows. Cost: one pass.
func Temper[T asm.Float](ctx context.Context, n *bundle.Network[T], x *mat.Dense[T], t snnk.Targets[T], loss snnk.Loss) (*bundle.Network[T], error) {
	stages := slices.Clone(n.Stages())
	last := len(stages) - 1
	if !Scores(stages[last]) {
		return nil, fmt.Errorf("compress: the network does not end in a matrix without activation: %w", bundle.ErrRange)
	}
	losses, err := temperedLosses(ctx, n, x, t, loss)
	if err != nil {
		return nil, err
	}
	best, least, factor := T(1), losses[0], T(1)
	for _, v := range losses[1:] {
		if factor += factor; v < least {
			best, least = factor, v
		}
	}
	times := func(w *mat.Dense[T], b []T) (*mat.Dense[T], []T) {
		w, b = w.Clone(), slices.Clone(b)
		asm.Scale(w.Data(), w.Data(), best)
		asm.Scale(b, b, best)
		return w, b
	}
	switch s := stages[last].(type) {
	case *bundle.Linear[T]:
		w, b := times(s.Weight(), s.Bias())
		stages[last] = bundle.NewLinear(w, b, s.Activation())
	case *snnk.Layer[T]:
		w, b := times(s.Psi(), s.Bias())
		stages[last] = snnk.New(s.Map(), w, b)
	}
	return bundle.NewNetwork(stages...), nil
}

// temperedLosses are the sums over the rows of the losses of the outputs times 1, 2, 4, … 1024.
func temperedLosses[T asm.Float](ctx context.Context, n *bundle.Network[T], x *mat.Dense[T], t snnk.Targets[T], loss snnk.Loss) ([11]float64, error) {
	var losses [11]float64
	var ws bundle.Workspace[T]
	var outputs mat.Buffer[T]
	for lo := 0; lo < x.Rows(); lo += temperRows {
		if ctx.Err() != nil {
			return losses, fmt.Errorf("compress: stopped before row %d: %w", lo, context.Cause(ctx))
		}
		rows := min(temperRows, x.Rows()-lo)
		var part snnk.Targets[T]
		if t.Values != nil {
			part.Values = t.Values.View(lo, 0, rows, t.Values.Cols())
		} else {
			part.Labels = t.Labels[lo : lo+rows]
		}
		y := n.Forward(outputs.Shape(rows, n.Out()), x.View(lo, 0, rows, x.Cols()), &ws)
		for k := range losses {
			if k > 0 {
				for i := range rows {
					asm.Scale(y.Row(i), y.Row(i), 2)
				}
			}
			losses[k] = math.FMA(snnk.EvalLoss(loss, nil, y, part), float64(rows), losses[k])
		}
	}
	return losses, nil
}

// temperRows is the number of rows whose losses are summed at a time.
const temperRows = 256

// Scores reports whether a stage ends in a matrix without activation, as the last one of a network does whose outputs
// are scores of classes.
func Scores[T asm.Float](s bundle.Stage[T]) bool {
	switch s := s.(type) {
	case *bundle.Linear[T]:
		return s.Activation().IsIdentity()
	case *snnk.Layer[T]:
		return true
	}
	return false
}
