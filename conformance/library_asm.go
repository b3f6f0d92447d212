package conformance

import "nnk/asm"

// asmCase returns how a function of package asm, of more than one number, computes
// a case, or nil.
func asmCase[T asm.Float](name string) func(c *Case) ([]float64, error) {
	switch name {
	case "asm.Dot":
		return func(c *Case) ([]float64, error) {
			return from(asm.Dot(to[T](c.Floats("x")), to[T](c.Floats("y")))), nil
		}
	case "asm.Sum":
		return func(c *Case) ([]float64, error) { return from(asm.Sum(to[T](c.Floats("x")))), nil }
	case "asm.SumSquares":
		return func(c *Case) ([]float64, error) { return from(asm.SumSquares(to[T](c.Floats("x")))), nil }
	case "asm.FMA":
		return func(c *Case) ([]float64, error) {
			return from(asm.FMA(T(c.Float("x")), T(c.Float("y")), T(c.Float("z")))), nil
		}
	}
	return nil
}
