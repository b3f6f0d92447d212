package main

import (
	"math"
	"math/big"
	"slices"

	"nnk/conformance"
	"nnk/internal/bigref"
)

// quantiseFiles are rows of weights that are rounded to codes for the sums of their inputs. The exact results come from the method as it
// was published, by the inverse of what is left of H, and not from the factor that the library takes.
func quantiseFiles() []file {
	f := file{name: "mat-quantise.txt"}
	for _, typ := range types {
		s := set{function: "mat.QuantiseGram", typ: typ, formula: "codes of so many bits of w (1×n), and the scale refitted to them, for H = h (n×n)", columns: []string{"code", "n", "w", "h"},
			unit: "of 2⁻²⁴ of the scale", claim: 1, notes: "P Philox, H of inputs that depend on each other; B the identity, for which no error is passed on",
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				codes, scale := quantised(int(c.Int("code")), c.Floats("w"), c.Floats("h"))
				v, _ := scale.Float64()
				return append(p.Floats(codes), scale), math.Ldexp(v, -24)
			}}
		for k, n := range []int{1, 2, 3, 5, 8} {
			d := draw(typ, uint64(640+k))
			for _, bits := range []string{"8", "4"} {
				z, h := d.uniform((n+3)*n, -1, 1), make([]float64, n*n)
				for i := range n {
					for j := range n {
						for r := range n + 3 { // neighbours are alike
							h[i*n+j] += float64((z[r*n+i] + z[r*n]) * (z[r*n+j] + z[r*n]))
						}
					}
					h[i*n+i] += 1.0 / 16
				}
				s.inputs = append(s.inputs, input{"P", []string{bits, itoa(n), floats(d.uniform(n, -2, 2)), floats(h)}})
			}
			one := make([]float64, n*n)
			for i := range n {
				one[i*n+i] = 1
			}
			s.inputs = append(s.inputs, input{"B", []string{"4", itoa(n), floats(d.uniform(n, -2, 2)), floats(one)}})
		}
		f.sets = append(f.sets, s)
	}
	return []file{f}
}

// quantised returns the codes of least loss among those of the scales that are tried, and their scale.
func quantised(bits int, w, h []float64) (best []float64, scale *big.Float) {
	n, m := len(w), float64(int(1)<<(bits-1)-1)
	order := make([]int, n)
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := h[a*n+a], h[b*n+b]; {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	widest := 0.0
	for _, v := range w {
		widest = max(widest, math.Abs(v))
	}
	first := float32(widest / m)
	var least *big.Float
	try := func(codes []float64) {
		s := refit(codes, w, h)
		rounded, _ := s.Float32()
		if loss := codeLoss(codes, p.Float(float64(rounded)), w, h); least == nil || loss.Cmp(least) < 0 {
			least, best, scale = loss, codes, s
		}
	}
	for c := 16; c >= 8; c-- {
		try(passedOn(float64(first*(float32(c)/16)), m, order, w, h))
	}
	for range 2 {
		s, _ := scale.Float32()
		try(passedOn(float64(s), m, order, w, h))
	}
	nearest := make([]float64, n)
	for j, v := range w {
		nearest[j] = max(-m, min(m, math.RoundToEven(v/float64(first))))
	}
	try(nearest)
	return best, scale
}

// passedOn rounds column after column and passes each error on by the inverse of what is left of H.
func passedOn(s, m float64, order []int, w, h []float64) []float64 {
	n, x, codes := len(w), p.Floats(w), make([]float64, len(w))
	for left := order; len(left) > 0; left = left[1:] {
		part := make(bigref.Matrix, len(left))
		for a, i := range left {
			for _, j := range left {
				part[a] = append(part[a], p.Float(h[max(i, j)*n+min(i, j)]))
			}
		}
		inverse := p.Solve(part, p.Identity(len(left), p.Int(1)))
		j := left[0]
		v, _ := p.Quo(x[j], p.Float(s)).Float64()
		codes[j] = max(-m, min(m, math.RoundToEven(v)))
		e := p.Quo(p.Sub(x[j], p.Mul(p.Float(s), p.Float(codes[j]))), inverse[0][0])
		for b, k := range left[1:] {
			x[k] = p.Sub(x[k], p.Mul(e, inverse[0][b+1]))
		}
	}
	return codes
}

// product is a·H·bᵀ.
func product(a, b []*big.Float, h []float64) *big.Float {
	n, sum := len(a), p.Int(0)
	for i := range n {
		for j := range n {
			sum = p.Add(sum, p.Prod(a[i], p.Float(h[max(i, j)*n+min(i, j)]), b[j]))
		}
	}
	return sum
}

func refit(codes, w, h []float64) *big.Float {
	c := p.Floats(codes)
	return p.Quo(product(c, p.Floats(w), h), product(c, c, h))
}

func codeLoss(codes []float64, s *big.Float, w, h []float64) *big.Float {
	e := p.Floats(w)
	for j, c := range p.Floats(codes) {
		e[j] = p.Sub(e[j], p.Mul(s, c))
	}
	return product(e, e, h)
}
