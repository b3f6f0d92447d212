package checkpoint

import (
	"fmt"
	"strconv"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
	"nnk/urf"
)

// build makes the network of steps.
func build[T asm.Float](steps []step) (*Checkpoint[T], error) {
	c := &Checkpoint[T]{}
	var stages []bundle.Stage[T]
	steps = fold(steps)
	if len(steps) == 0 {
		return nil, fmt.Errorf("%w: a network that does nothing", bundle.ErrFormat)
	}
	for i := 0; i < len(steps); i++ {
		s := steps[i]
		if s.kind == affine && !s.scalable() {
			s = s.diagonal()
		}
		l := ListedLayer{Name: s.label, Kind: s.kind.String(), In: s.in, Out: s.out, Folded: s.folded}
		if s.kind == dense && i+1 < len(steps) {
			if act, ok := steps[i+1].function(); ok {
				i++
				s.act, l.Activation = act, act.Name()
				if steps[i].kind == prelu {
					l.Folded = append(l.Folded, steps[i].kind.String()+" "+steps[i].label)
				}
			}
		}
		if s.kind == activation {
			l.Activation = s.act.Name()
		}
		stage, err := stageOf[T](s)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", l.Name, err)
		}
		c.Layers, stages = append(c.Layers, l), append(stages, stage)
		if i := len(stages) - 1; i > 0 && stages[i-1].Out() != stages[i].In() {
			return nil, fmt.Errorf("%w: %q reads %d numbers, but %q before it gives %d", bundle.ErrFormat, l.Name, stages[i].In(), c.Layers[i-1].Name, stages[i-1].Out())
		}
	}
	c.Network = bundle.NewNetwork(stages...)
	return c, nil
}

// stageOf makes the stage of a step. Its numbers may be too large for T.
func stageOf[T asm.Float](s step) (bundle.Stage[T], error) {
	n := &narrowing[T]{}
	var stage bundle.Stage[T]
	switch s.kind {
	case affine:
		mean := make([]float64, s.in)
		for j, v := range s.shift {
			mean[j] = -v / s.scale[j]
		}
		stage = bundle.NewScale[T](mean, s.scale)
		n.err = finite(mean)
	case layerNorm:
		stage = bundle.NewLayerNorm(n.of(s.scale), n.of(s.shift), T(s.epsilon))
	case prelu:
		stage = bundle.NewPReLU(n.of(spreadOver(s.slope, s.out)))
	case activation:
		stage = bundle.NewElementwise[T](s.out, s.act)
	case softmax, logSoftmax:
		stage = bundle.NewSoftmax[T](s.out, s.kind == logSoftmax)
	default:
		stage = bundle.NewLinear(mat.Of(s.out, s.in, n.of(s.weight.Clone().Data())), n.of(s.bias), s.act)
	}
	return stage, n.err
}

// A narrowing rounds numbers to T, and keeps the error of the first that is not finite.
type narrowing[T asm.Float] struct{ err error }

func (n *narrowing[T]) of(v []float64) []T {
	if v == nil {
		return nil
	}
	out := make([]T, len(v))
	for i, x := range v {
		out[i] = T(x)
		if out[i]-out[i] != 0 && n.err == nil {
			n.err = fmt.Errorf("element %d is %v: %w", i, x, bundle.ErrNotFinite)
		}
	}
	return out
}

// function is the step as a function of single numbers, if it is one: an activation, or a
// PReLU of one slope.
func (s *step) function() (urf.Activation, bool) {
	switch s.kind {
	case activation:
		return s.act, true
	case prelu:
		for _, v := range s.slope {
			if v != s.slope[0] {
				return urf.Activation{}, false
			}
		}
		act, err := urf.ActivationByName("leaky-relu:" + strconv.FormatFloat(s.slope[0], 'g', -1, 64))
		return act, err == nil
	}
	return urf.Activation{}, false
}

// diagonal is an affine step that neither a neighbour nor a [bundle.Scale] can take, as a layer.
func (s *step) diagonal() step {
	w := mat.New[float64](s.out, s.out)
	for j, v := range s.scale {
		w.Set(j, j, v)
	}
	return step{kind: dense, label: s.label, in: s.out, out: s.out, weight: w, bias: s.shift, folded: append(s.folded, s.what)}
}
