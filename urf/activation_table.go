package urf

import (
	"nnk/asm"
	"sync"
)

// A function is a row of the table of activations: all that anything knows of one.
type function struct {
	name    string
	aliases []string // other names, without hyphens

	parameter string  // what its parameter is called; "" if it has none
	usual     float64 // the parameter where none is given

	kernel       *pair2    // f in the type of the arguments; nil: value
	value, slope pieceFunc // f and f′ in float64
	rectifies    bool      // see [Activation.Rectifies]
	spectrum     func() Spectrum

	biased     *pair3 // of dst, x and bias: f(x + bias); nil: an addition, then f
	fromOutput *pair3 // of dz, dy and y: dy·f′ told from y = f(z); nil: it cannot be told
}

// activations are the functions that [ActivationByName] knows. The first is the identity. The table is made when it is
// first asked for: a variable that calls functions would cost every program that imports the package.
func activations() []function {
	activationTable.once.Do(func() { activationTable.rows = activationRows() })
	return activationTable.rows
}

var activationTable struct {
	once sync.Once
	rows []function
}

func activationRows() []function {
	return []function{
		{name: "none", aliases: []string{"identity", "linear"}, kernel: of2(keep[float32], keep[float64]), slope: each(func(float64) float64 { return 1 }),
			biased: of3(asm.Add[float32], asm.Add[float64]), fromOutput: of3(first[float32], first[float64])},
		{name: "relu", kernel: of2(relu[float32], relu[float64]), slope: each(func(z float64) float64 { return side(z, 0) }), rectifies: true,
			biased: of3(biasReLU[float32], biasReLU[float64]), fromOutput: of3(whereLeft[float32], whereLeft[float64])},
		{name: "leaky-relu", aliases: []string{"lrelu"}, parameter: "slope below zero", usual: 0.01, value: eachOf(rectify), slope: eachOf(side), rectifies: true},
		{name: "elu", parameter: "α", usual: 1, value: elu, slope: eluSlope, rectifies: true},
		{name: "gelu", aliases: []string{"geluerf"}, kernel: of2(asm.GELU[float32], asm.GELU[float64]), slope: geluSlope, rectifies: true},
		{name: "gelu-tanh", aliases: []string{"gelunew", "gelufast", "gelupytorchtanh"}, kernel: of2(asm.GELUTanh[float32], asm.GELUTanh[float64]), slope: geluTanhSlope, rectifies: true},
		{name: "silu", aliases: []string{"swish"}, kernel: of2(asm.SiLU[float32], asm.SiLU[float64]), slope: siluSlope, rectifies: true},
		{name: "softplus", kernel: of2(asm.Softplus[float32], asm.Softplus[float64]), slope: softplusSlope, rectifies: true},
		{name: "mish", value: mish, slope: mishSlope, rectifies: true},
		{name: "tanh", kernel: of2(asm.Tanh[float32], asm.Tanh[float64]), slope: tanhSlope},
		{name: "sigmoid", kernel: of2(asm.Sigmoid[float32], asm.Sigmoid[float64]), slope: sigmoidSlope},
		{name: "hard-swish", value: each(hardSwish), slope: each(hardSwishSlope), rectifies: true},
		{name: "hard-sigmoid", value: each(hardSigmoid), slope: each(func(z float64) float64 { return within(z) / 6 })},
		{name: "sin", kernel: of2(asm.Sin[float32], asm.Sin[float64]), slope: sinSlope, spectrum: func() Spectrum { return sinSpectrum(1) }},
		{name: "cos", kernel: of2(asm.Cos[float32], asm.Cos[float64]), slope: cosSlope, spectrum: func() Spectrum { return cosSpectrum(1) }},
		{name: "gaussian", value: gaussian, slope: gaussianSlope, spectrum: func() Spectrum { return evenSpectrum(HalfNormal)(1) }},
	}
}

// form is how [ActivationByName] wants the name.
func (f *function) form() string {
	if f.parameter == "" {
		return f.name + ", which has no parameter"
	}
	return f.name + " or " + f.name + ":NUMBER, the " + f.parameter
}

// pair2 and pair3 are functions on slices of both types, of two and of three slices.
type (
	pair2 struct {
		single func(dst, x []float32)
		double func(dst, x []float64)
	}
	pair3 struct {
		single func(dst, x, y []float32)
		double func(dst, x, y []float64)
	}
)

func of2(single func(dst, x []float32), double func(dst, x []float64)) *pair2 {
	return &pair2{single, double}
}

func of3(single func(dst, x, y []float32), double func(dst, x, y []float64)) *pair3 {
	return &pair3{single, double}
}

func call2[T asm.Float](k *pair2, dst, x []T) {
	switch dst := any(dst).(type) {
	case []float32:
		k.single(dst, any(x).([]float32))
	case []float64:
		k.double(dst, any(x).([]float64))
	}
}

func call3[T asm.Float](k *pair3, dst, x, y []T) {
	switch dst := any(dst).(type) {
	case []float32:
		k.single(dst, any(x).([]float32), any(y).([]float32))
	case []float64:
		k.double(dst, any(x).([]float64), any(y).([]float64))
	}
}

// each makes f a function of pieces, eachOf one with a parameter.
func each(f func(z float64) float64) pieceFunc {
	return func(dst, z []float64, _ float64) {
		for i, v := range z {
			dst[i] = f(v)
		}
	}
}

func eachOf(f func(z, p float64) float64) pieceFunc {
	return func(dst, z []float64, p float64) {
		for i, v := range z {
			dst[i] = f(v, p)
		}
	}
}
