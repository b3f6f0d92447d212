package conformance

import (
	"strings"

	"nnk/asm"
	"nnk/rng"
	"nnk/urf"
)

// Elementwise returns the function of one number that sets of that name are about, or
// nil.
func Elementwise[T asm.Float](name string) func(dst, x []T) {
	switch name {
	case "asm.Cos":
		return asm.Cos[T]
	case "asm.Erf":
		return asm.Erf[T]
	case "asm.Erfc":
		return asm.Erfc[T]
	case "asm.Exp":
		return asm.Exp[T]
	case "asm.Expm1":
		return asm.Expm1[T]
	case "asm.GELU":
		return asm.GELU[T]
	case "asm.GELUTanh":
		return asm.GELUTanh[T]
	case "asm.Log":
		return asm.Log[T]
	case "asm.Log1p":
		return asm.Log1p[T]
	case "asm.SiLU":
		return asm.SiLU[T]
	case "asm.Sigmoid":
		return asm.Sigmoid[T]
	case "asm.Sin":
		return asm.Sin[T]
	case "asm.Softplus":
		return asm.Softplus[T]
	case "asm.Tanh":
		return asm.Tanh[T]
	case "rng.NormalQuantile":
		return rng.NormalQuantile[T]
	}
	if act, ok := within(name, "urf.Eval(", ")"); ok {
		if a, err := urf.ActivationByName(act); err == nil {
			return func(dst, x []T) { urf.Eval(a, dst, x) }
		}
	}
	if act, ok := within(name, "urf.Deriv(", ")"); ok {
		if a, err := urf.ActivationByName(act); err == nil {
			return func(dst, x []T) { urf.Deriv(a, dst, x) }
		}
	}
	return nil
}

// within returns what stands between head and tail.
func within(s, head, tail string) (string, bool) {
	s, ok := strings.CutPrefix(s, head)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(s, tail)
}
