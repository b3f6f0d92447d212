package urf

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"nnk/asm"
)

// Activation is the function f of a layer f(Wx + b), with its derivative. The zero
// value is the identity. Compare names, not values.
type Activation struct {
	name   string
	slices *kernels
	value  func(float64) float64 // used where there are no kernels
	slope  func(float64) float64
}

// kernels are a function on slices.
type kernels struct {
	single func(dst, x []float32)
	double func(dst, x []float64)
}

// activations that [ActivationByName] knows. A name stands without its hyphens and
// underscores too.
var activations = []Activation{
	{"none", nil, func(z float64) float64 { return z }, func(float64) float64 { return 1 }},
	{"relu", nil, positivePart, func(z float64) float64 { return side(z, 0) }},
	{"leaky-relu", nil, func(z float64) float64 { return rectify(z, leak) }, func(z float64) float64 { return side(z, leak) }},
	{"elu", nil, elu, func(z float64) float64 { return exp(min(z, 0)) }},
	{"gelu", &kernels{asm.GELU[float32], asm.GELU[float64]}, nil, geluSlope},
	{"gelu-tanh", &kernels{asm.GELUTanh[float32], asm.GELUTanh[float64]}, nil, geluTanhSlope},
	{"silu", &kernels{asm.SiLU[float32], asm.SiLU[float64]}, nil, siluSlope},
	{"softplus", &kernels{asm.Softplus[float32], asm.Softplus[float64]}, nil, sigmoid},
	{"tanh", &kernels{asm.Tanh[float32], asm.Tanh[float64]}, nil, func(z float64) float64 { return 4 * sigmoid(2*z) * sigmoid(-2*z) }},
	{"sigmoid", &kernels{asm.Sigmoid[float32], asm.Sigmoid[float64]}, nil, func(z float64) float64 { return sigmoid(z) * sigmoid(-z) }},
	{"hard-swish", nil, func(z float64) float64 { return max(z, -3) * hardSigmoid(z) }, hardSwishSlope},
	{"hard-sigmoid", nil, hardSigmoid, func(z float64) float64 { return within(z) / 6 }},
	{"sin", &kernels{asm.Sin[float32], asm.Sin[float64]}, nil, cos},
	{"cos", &kernels{asm.Cos[float32], asm.Cos[float64]}, nil, func(z float64) float64 { s, _ := sincos(z); return -s }},
	{"gaussian", nil, func(z float64) float64 { return exp(-z * z / 2) }, func(z float64) float64 { z = near(z); return -z * exp(-z*z/2) }},
}

// aliases are other names of activations, without hyphens.
var aliases = []string{"identity", "none", "linear", "none", "swish", "silu", "geluerf", "gelu", "lrelu", "leaky-relu"}

// ActivationByName returns an activation: none (also identity), relu, leaky-relu (slope
// 0.01), elu, gelu (with erf), gelu-tanh, silu (also swish), softplus, tanh, sigmoid,
// hard-swish, hard-sigmoid (both as in MobileNetV3), sin, cos or gaussian, exp(−z²/2).
// Case, hyphens and underscores do not matter.
func ActivationByName(name string) (Activation, error) {
	key := plainName(name)
	if i := slices.Index(aliases, key); i >= 0 && i%2 == 0 {
		key = plainName(aliases[i+1])
	}
	for _, a := range activations {
		if plainName(a.name) == key {
			return a, nil
		}
	}
	return Activation{}, fmt.Errorf("urf: no activation %s, known are %s: %w", strconv.Quote(name), strings.Join(ActivationNames(), ", "), ErrSpec)
}

func plainName(s string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(s))
}

// ActivationNames lists the names that [ActivationByName] knows.
func ActivationNames() []string {
	names := make([]string, len(activations))
	for i, a := range activations {
		names[i] = a.name
	}
	return names
}

// ActivationOf makes an activation of any function and its derivative, which may be
// nil if it is not needed. Its name does not find it again. For the same bits on
// every machine, f must be made of operations that round alike: package math's Exp,
// Sin and so on are not.
func ActivationOf(name string, f, derivative func(float64) float64) Activation {
	return Activation{name, nil, f, derivative}
}

// Name is the activation's canonical name.
func (a Activation) Name() string {
	if a.name == "" {
		return "none"
	}
	return a.name
}

// At returns f(z).
func (a Activation) At(z float64) float64 {
	if a.slices != nil {
		return one(a.slices.double, z)
	}
	if a.value == nil {
		return z
	}
	return a.value(z)
}

// Eval sets dst[i] = f(x[i]), by the function of package asm if there is one, else in
// float64, rounded once more to T. dst may be x.
func Eval[T asm.Float](a Activation, dst, x []T) {
	x = x[:len(dst)]
	switch {
	case a.Name() == "none":
		copy(dst, x)
	case a.Name() == "relu":
		asm.BiasReLU(dst, x, nil, 0, 1)
	case a.slices != nil:
		switch dst := any(dst).(type) {
		case []float32:
			a.slices.single(dst, any(x).([]float32))
		case []float64:
			a.slices.double(dst, any(x).([]float64))
		}
	default:
		for i, v := range x {
			dst[i] = T(a.value(float64(v)))
		}
	}
}

// Deriv sets dst[i] = f′(x[i]); where f has a kink at x[i], the slope to its left. dst
// may be x. It panics if the activation was made without a derivative.
func Deriv[T asm.Float](a Activation, dst, x []T) {
	x = x[:len(dst)]
	if a.name == "" {
		a = activations[0]
	}
	if a.name == "gelu" {
		geluSlopes(dst, x)
		return
	}
	for i, v := range x {
		dst[i] = T(a.slope(float64(v)))
	}
}

// leak is the slope of leaky ReLU below zero.
const leak = 0.01

// positivePart is max(z, 0), and 0 for NaN as in asm.BiasReLU.
func positivePart(z float64) float64 {
	if z > 0 {
		return z
	}
	return math.Copysign(0, z)
}

// rectify is z for z > 0, else slope·z.
func rectify(z, slope float64) float64 {
	if z > 0 || z != z {
		return z
	}
	return z * slope
}

// side is 1 for z > 0, else other.
func side(z, other float64) float64 {
	if z > 0 {
		return 1
	}
	if z != z {
		return z
	}
	return other
}

func elu(z float64) float64 {
	if z > 0 {
		return z
	}
	return expm1(z)
}

// near returns z cut to ±1000, beyond which the slopes below are 0, −0 or 1: so that no
// product of something infinite with an exponential that vanished is formed.
func near(z float64) float64 {
	if z > 1000 {
		return 1000
	}
	if z < -1000 {
		return -1000
	}
	return z
}

func siluSlope(z float64) float64 {
	z = near(z)
	return sigmoid(z) * (1 + float64(z*sigmoid(-z)))
}

func geluSlope(z float64) float64 {
	z = near(z)
	density := exp(-z*z/2) / math.Sqrt(2*math.Pi)
	return math.FMA(z, density, erfc(-z*math.Sqrt2/2)/2)
}

// geluSlopes sets dst[i] = geluSlope(x[i]) with the functions on slices, by blocks
// that lie on the stack. Training spends most of its time in slopes taken one by one.
func geluSlopes[T asm.Float](dst, x []T) {
	var density, tail [64]float64
	for lo := 0; lo < len(x); lo += len(tail) {
		part := x[lo:min(lo+len(tail), len(x))]
		for i, v := range part {
			z := near(float64(v))
			density[i], tail[i] = -z*z/2, -z*math.Sqrt2/2
		}
		asm.Exp(density[:len(part)], density[:len(part)])
		asm.Erfc(tail[:len(part)], tail[:len(part)])
		for i, v := range part {
			dst[lo+i] = T(math.FMA(near(float64(v)), density[i]/math.Sqrt(2*math.Pi), tail[i]/2))
		}
	}
}

// geluTanhSlope is the slope of z·σ(2u) with u = √(2/π)·(z + 0.044715·z³).
func geluTanhSlope(z float64) float64 {
	z = near(z)
	u, du := geluInner(z)
	return sigmoid(2*u) * math.FMA(2*z*du, sigmoid(-2*u), 1)
}

func geluInner(z float64) (u, slope float64) {
	root := math.Sqrt(2 / math.Pi)
	return root * z * math.FMA(0.044715*z, z, 1), root * math.FMA(3*0.044715*z, z, 1)
}

func hardSigmoid(z float64) float64 { return min(max(z+3, 0), 6) / 6 }

func hardSwishSlope(z float64) float64 {
	if z > 3 {
		return 1
	}
	return within(z) * (float64(2*max(z, -3)) + 3) / 6
}

// within is 1 for −3 < z ≤ 3, else 0.
func within(z float64) float64 {
	if z > -3 && z <= 3 {
		return 1
	}
	return 0
}
