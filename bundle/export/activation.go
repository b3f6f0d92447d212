package export

import (
	"fmt"
	"math"
	"strings"

	"nnk/bundle"
	"nnk/internal/onnx"
	"nnk/urf"
)

// activation writes down f(x). Where the operators of opset 17, or those that ONNX Runtime has for
// float64, do not hold it, it is made of others, in forms that package checkpoint and others know.
func (g *graph[T]) activation(f urf.Activation, x urf.Value) (urf.Value, error) {
	if known, err := urf.ActivationByName(f.Name()); err != nil || known != f {
		return x, fmt.Errorf("the activation %s is not one that has a name: %w", f.Name(), bundle.ErrFormat)
	}
	name, _, _ := strings.Cut(f.Name(), ":")
	switch name {
	case "none":
		return x, nil
	case "relu":
		return g.of("Relu", x), nil
	case "tanh":
		return g.of("Tanh", x), nil
	case "sigmoid":
		return g.of("Sigmoid", x), nil
	case "sin":
		return g.Sin(x), nil
	case "cos":
		return g.Cos(x), nil
	case "leaky-relu":
		return g.leaky(x, g.number(T(f.Parameter()))), nil
	case "elu":
		return g.elu(x, T(f.Parameter())), nil
	case "gelu": // x·(1 + erf(x/√2))/2
		return g.Scale(g.Times(x, g.Shift(g.erf(g.Scale(x, math.Sqrt2/2)), 1)), 0.5), nil
	case "gelu-tanh": // x·σ(2√(2/π)·(x + 0.044715·x³))
		inner := g.Shift(g.Scale(g.Times(x, x), 0.044715), 1)
		u := g.Scale(g.Times(x, inner), T(2*math.Sqrt(2/math.Pi)))
		return g.Times(x, g.of("Sigmoid", u)), nil
	case "silu":
		return g.silu(x), nil
	case "softplus":
		return g.softplus(x), nil
	case "mish":
		return g.Times(x, g.of("Tanh", g.softplus(x))), nil
	case "hard-sigmoid":
		return g.hardSigmoid(x), nil
	case "hard-swish":
		return g.Times(x, g.hardSigmoid(x)), nil
	case "gaussian":
		return g.Exp(g.Scale(g.Times(x, x), -0.5)), nil
	}
	return x, fmt.Errorf("the activation %s cannot be exported: %w", f.Name(), bundle.ErrFormat)
}

// prelu is x where it is positive, else x times the slope of its column.
func (g *graph[T]) prelu(x urf.Value, slope []T) urf.Value {
	return g.leaky(x, g.vector("slope", slope))
}

// leaky is PRelu with one slope or many. ONNX Runtime has none for float64.
func (g *graph[T]) leaky(x urf.Value, slope string) urf.Value {
	if g.wide {
		return g.Plus(g.of("Relu", x), g.with("Mul", g.Min(x, 0), slope))
	}
	return g.with("PRelu", x, slope)
}

// elu is max(x, 0) + α·(e^min(x, 0) − 1) in float64, for which ONNX Runtime has no Elu.
func (g *graph[T]) elu(x urf.Value, alpha T) urf.Value {
	if g.wide {
		return g.Plus(g.of("Relu", x), g.Scale(g.Shift(g.Exp(g.Min(x, 0)), -1), alpha))
	}
	return g.node("Elu", g.widths[x], []string{g.names[x]}, onnx.OfFloat("alpha", float32(alpha)))
}

// softplus is max(x, 0) + ln(1 + e^−|x|) in float64, for which ONNX Runtime has no Softplus.
func (g *graph[T]) softplus(x urf.Value) urf.Value {
	if g.wide {
		return g.Plus(g.of("Relu", x), g.of("Log", g.Shift(g.Exp(g.Scale(g.of("Abs", x), -1)), 1)))
	}
	return g.of("Softplus", x)
}

// silu is x/(1 + e^−x) in float64: of x·σ(x) ONNX Runtime makes an operator that it has for float32 alone.
func (g *graph[T]) silu(x urf.Value) urf.Value {
	if g.wide {
		return g.both("Div", x, g.Shift(g.Exp(g.Scale(x, -1)), 1))
	}
	return g.Times(x, g.of("Sigmoid", x))
}

// hardSigmoid is min(max(x/6 + ½, 0), 1) in float64, for which ONNX Runtime has no HardSigmoid.
func (g *graph[T]) hardSigmoid(x urf.Value) urf.Value {
	if g.wide {
		return g.Min(g.of("Relu", g.Shift(g.Scale(x, 1.0/6), 0.5)), 1)
	}
	return g.node("HardSigmoid", g.widths[x], []string{g.names[x]}, onnx.OfFloat("alpha", 1.0/6), onnx.OfFloat("beta", 0.5))
}

// erf is computed in float32 of float64 too: ONNX Runtime has no other.
func (g *graph[T]) erf(x urf.Value) urf.Value {
	wide := g.double
	y := g.cast(x, false)
	y = g.of("Erf", y)
	return g.cast(y, wide)
}
