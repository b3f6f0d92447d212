package urf

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"nnk/asm"
	"nnk/mat"
)

// Activation is the function f of a layer f(Wx + b), with its derivative and what else is
// known of it. The zero value is the identity. Equal values are the same function; those
// of [ActivationByName] are equal if their names are.
type Activation struct {
	f     *function // nil for the identity
	param float64   // 0 if f has none
}

// ActivationByName returns an activation of [ActivationNames]; see the table in the package's
// README. Case, hyphens and underscores do not matter, and usual other names are known: identity
// and linear for none, swish for silu, gelu-new for gelu-tanh. Those with a parameter take
// it after a colon, as in leaky-relu:0.2 (the slope of leaky ReLU below zero, else 0.01) and
// elu:0.5 (ELU's α, else 1). Errors wrap [ErrSpec].
func ActivationByName(name string) (Activation, error) {
	plain, number, given := strings.Cut(name, ":")
	key := plainName(plain)
	i := slices.IndexFunc(activations(), func(f function) bool { return plainName(f.name) == key || slices.Contains(f.aliases, key) })
	if i < 0 {
		return Activation{}, fmt.Errorf("urf: no activation %.60q, known are %s: %w", name, strings.Join(ActivationNames(), ", "), ErrSpec)
	}
	f := &activations()[i]
	a := Activation{f, f.usual}
	if given {
		p, err := strconv.ParseFloat(number, 64)
		if f.parameter == "" || err != nil || !(math.Abs(p) <= math.MaxFloat32) {
			return Activation{}, fmt.Errorf("urf: activation %.60q: want %s: %w", name, f.form(), ErrSpec)
		}
		a.param = p
	}
	if i == 0 {
		return Activation{}, nil
	}
	return a, nil
}

// plainName is a name as [ActivationByName] compares it.
func plainName(s string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(s))
}

// ActivationNames lists the names that [ActivationByName] knows, those with a parameter
// without it.
func ActivationNames() []string {
	names := make([]string, len(activations()))
	for i, f := range activations() {
		names[i] = f.name
	}
	return names
}

// ActivationOf makes an activation of any function and its derivative, which may be
// nil if it is not needed. Its name does not find it again. For the same bits on
// every machine, f must be made of operations that round alike: package math's Exp,
// Sin and so on are not.
func ActivationOf(name string, f, derivative func(float64) float64) Activation {
	made := &function{name: name, value: each(f)}
	if derivative != nil {
		made.slope = each(derivative)
	}
	return Activation{f: made}
}

// row is what is known of the function.
func (a Activation) row() *function {
	if a.f == nil {
		return &activations()[0]
	}
	return a.f
}

// Name is the activation's canonical name, with its parameter unless that is the usual one.
func (a Activation) Name() string {
	if f := a.row(); f.parameter == "" || a.param == f.usual {
		return f.name
	}
	return a.f.name + ":" + formatNumber(a.param)
}

// Parameter is the number after the colon of the name, or what it is by default; 0 for functions that have none.
func (a Activation) Parameter() float64 { return a.param }

// IsIdentity reports whether f(z) = z, the activation "none".
func (a Activation) IsIdentity() bool { return a.f == nil }

// Rectifies reports whether f lets about half of its inputs through, as ReLU does, so that
// weights before it should start with twice the variance that keeps the size of what is let
// through whole (He et al. 2015).
func (a Activation) Rectifies() bool { return a.row().rectifies }

// SlopeFromOutput reports whether f′(z) can be told from f(z), so that [EvalBackward] does
// not read z.
func (a Activation) SlopeFromOutput() bool { return a.row().fromOutput != nil }

// ExactSpectrum returns the spectrum of f, if it has one in closed form; for others
// see [FitSpectrum].
func (a Activation) ExactSpectrum() (Spectrum, bool) {
	if a.row().spectrum == nil {
		return Spectrum{}, false
	}
	return a.f.spectrum(), true
}

// At returns f(z), as [Eval] does for float64.
func (a Activation) At(z float64) float64 {
	v := []float64{z}
	Eval(a, v, v)
	return v[0]
}

// Eval sets dst[i] = f(x[i]), by the function of package asm if there is one, else in
// float64, rounded once more to T. dst may be x.
func Eval[T asm.Float](a Activation, dst, x []T) {
	x = x[:len(dst)]
	f := a.row()
	if f.kernel != nil {
		call2(f.kernel, dst, x)
		return
	}
	inDouble(f.value, a.param, dst, x)
}

// EvalBias sets dst[i] = f(x[i] + bias[i]), the sum rounded to T; nil bias adds nothing. dst
// may be x.
func EvalBias[T asm.Float](a Activation, dst, x, bias []T) {
	f := a.row()
	switch {
	case bias == nil:
		Eval(a, dst, x)
	case f.biased != nil:
		call3(f.biased, dst, x[:len(dst)], bias[:len(dst)])
	default:
		asm.Add(dst, x, bias)
		Eval(a, dst, dst)
	}
}

// Deriv sets dst[i] = f′(x[i]); where f has a kink at x[i], the slope to its left. dst
// may be x. It panics if the activation was made without a derivative.
func Deriv[T asm.Float](a Activation, dst, x []T) {
	inDouble(a.derivative(), a.param, dst, x[:len(dst)])
}

// EvalBackward sets dz[i] = dy[i]·f′(z[i]) with the slope rounded to T, where y = f(z): the
// gradient of a loss for z, made of that for y. z is not read if [Activation.SlopeFromOutput],
// y is read only then. dz may be dy.
func EvalBackward[T asm.Float](a Activation, dz, dy, z, y []T) {
	if k := a.row().fromOutput; k != nil {
		call3(k, dz, dy[:len(dz)], y[:len(dz)])
		return
	}
	f, dy, z := a.derivative(), dy[:len(dz)], z[:len(dz)]
	piece := pieces.Get().(*[pieceLen]float64)
	defer pieces.Put(piece)
	for lo := 0; lo < len(z); lo += pieceLen {
		slope := piece[:min(pieceLen, len(z)-lo)]
		for i := range slope {
			slope[i] = float64(z[lo+i])
		}
		f(slope, slope, a.param)
		for i, v := range slope {
			dz[lo+i] = T(dy[lo+i] * T(v))
		}
	}
}

func (a Activation) derivative() pieceFunc {
	if f := a.row().slope; f != nil {
		return f
	}
	panic(&mat.ArgumentError{Op: "urf.Deriv", Why: "the activation " + a.Name() + " was made without a derivative"})
}

// A pieceFunc sets dst to a function of each of at most pieceLen numbers z; p is the
// function's parameter. dst may be z.
type pieceFunc func(dst, z []float64, p float64)

// pieceLen numbers and a few intermediate results of each lie in the first cache.
const pieceLen = 64

// pieces are what float32 is converted to, kept because what is passed to a function
// from a table cannot stay on the stack.
var pieces = sync.Pool{New: func() any { return new([pieceLen]float64) }}

// inDouble sets dst[i] = f(x[i]), rounded to T. dst may be x.
func inDouble[T asm.Float](f pieceFunc, p float64, dst, x []T) {
	if out, ok := any(dst).([]float64); ok {
		in := any(x).([]float64)
		for lo := 0; lo < len(out); lo += pieceLen {
			hi := min(lo+pieceLen, len(out))
			f(out[lo:hi], in[lo:hi], p)
		}
		return
	}
	piece := pieces.Get().(*[pieceLen]float64)
	defer pieces.Put(piece)
	for lo := 0; lo < len(x); lo += pieceLen {
		part := piece[:min(pieceLen, len(x)-lo)]
		for i := range part {
			part[i] = float64(x[lo+i])
		}
		f(part, part, p)
		for i, v := range part {
			dst[lo+i] = T(v)
		}
	}
}
