package main

import (
	"math/big"

	"nnk/conformance"
)

// fftFiles are transforms by their sums.
func fftFiles() []file {
	f := file{name: "fft.txt"}
	const unit = "of u·√(mean square of the results), u = 2⁻²⁴ or 2⁻⁵³"
	for _, typ := range types {
		scaled := func(want []*big.Float) ([]*big.Float, float64) {
			mean := p.Quo(p.Dot(want, want), p.Int(len(want)))
			rms, _ := p.Sqrt(mean).Float64()
			return want, unitOf(typ) * rms
		}
		complexSet := func(name, formula string, sign, over int, claim float64) set {
			return set{function: name, typ: typ, formula: formula, columns: []string{"re", "im"}, unit: unit, claim: claim, notes: "P Philox; first all real parts of the result",
				exact: func(c *conformance.Case) ([]*big.Float, float64) {
					re, im := p.Floats(c.Floats("re")), p.Floats(c.Floats("im"))
					n := len(re)
					var outRe, outIm []*big.Float
					for k := range n {
						sumRe, sumIm := p.Int(0), p.Int(0)
						for j := range n {
							s, co := p.SincosPi(2*sign*(j*k%n), n)
							sumRe = p.Sum(sumRe, p.Mul(re[j], co), p.Neg(p.Mul(im[j], s)))
							sumIm = p.Sum(sumIm, p.Mul(re[j], s), p.Mul(im[j], co))
						}
						if over == 1 {
							sumRe, sumIm = p.Quo(sumRe, p.Int(n)), p.Quo(sumIm, p.Int(n))
						}
						outRe, outIm = append(outRe, sumRe), append(outIm, sumIm)
					}
					return scaled(append(outRe, outIm...))
				}}
		}
		realSet := func(name, formula string, claim float64, sum func(x []*big.Float) []*big.Float) set {
			return set{function: name, typ: typ, formula: formula, columns: []string{"x"}, unit: unit, claim: claim, notes: "P Philox",
				exact: func(c *conformance.Case) ([]*big.Float, float64) { return scaled(sum(p.Floats(c.Floats("x")))) }}
		}
		forward := complexSet("fft.Plan.Forward", "y[k] = Σ x[j]·exp(−2πi·jk/n)", -1, 0, by(typ, 8, 4))
		inverse := complexSet("fft.Plan.Inverse", "x[j] = 1/n·Σ y[k]·exp(2πi·jk/n)", 1, 1, by(typ, 4, 2))
		reals := realSet("fft.RealPlan.Forward", "re[k] + i·im[k] = Σ x[j]·exp(−2πi·jk/n), k = 0 … ⌊n/2⌋", by(typ, 4, 5), func(x []*big.Float) []*big.Float {
			var re, im []*big.Float
			for k := range len(x)/2 + 1 {
				re = append(re, waves(x, func(j int) (int, int) { return 2 * j * k, len(x) }, false))
				im = append(im, p.Neg(waves(x, func(j int) (int, int) { return 2 * j * k, len(x) }, true)))
			}
			return append(re, im...)
		})
		second := realSet("fft.DCTPlan.II", "y[k] = Σ x[j]·cos(π·(2j+1)·k/2n)", 4, func(x []*big.Float) []*big.Float {
			var y []*big.Float
			for k := range x {
				y = append(y, waves(x, func(j int) (int, int) { return (2*j + 1) * k, 2 * len(x) }, false))
			}
			return y
		})
		third := realSet("fft.DCTPlan.III", "y[j] = x[0]/2 + Σ x[k]·cos(π·(2j+1)·k/2n), k = 1 … n−1", by(typ, 8, 5), func(x []*big.Float) []*big.Float {
			var y []*big.Float
			for j := range x {
				s := waves(x, func(k int) (int, int) { return (2*j + 1) * k, 2 * len(x) }, false)
				y = append(y, p.Sub(s, p.Scale(x[0], -1)))
			}
			return y
		})
		hadamard := realSet("fft.FWHT", "y[k] = Σ ±x[j], minus where j and k have an odd number of common bits", by(typ, 5, 4), func(x []*big.Float) []*big.Float {
			var y []*big.Float
			for k := range x {
				s := p.Int(0)
				for j, v := range x {
					if parity(j&k) == 1 {
						s = p.Sub(s, v)
					} else {
						s = p.Add(s, v)
					}
				}
				y = append(y, s)
			}
			return y
		})
		for i, n := range []int{1, 2, 3, 5, 7, 8, 12, 17, 32} {
			d := draw(typ, uint64(700+i))
			both := []string{floats(d.uniform(n, -1, 1)), floats(d.uniform(n, -1, 1))}
			one := input{"P", []string{floats(d.uniform(n, -1, 1))}}
			forward.inputs = append(forward.inputs, input{"P", both})
			if i%2 == 1 && n < 16 {
				inverse.inputs = append(inverse.inputs, input{"P", both})
			}
			if n < 32 {
				reals.inputs = append(reals.inputs, one)
			}
			if i%2 == 0 {
				second.inputs = append(second.inputs, one)
			} else {
				third.inputs = append(third.inputs, one)
			}
			if n&(n-1) == 0 {
				hadamard.inputs = append(hadamard.inputs, one)
			}
		}
		f.sets = append(f.sets, forward, inverse, reals, second, third, hadamard)
	}
	return []file{f}
}

// waves is Σ x[j]·cos(π·num/den), or with sin.
func waves(x []*big.Float, angle func(j int) (num, den int), sine bool) *big.Float {
	sum := p.Int(0)
	for j, v := range x {
		s, c := p.SincosPi(angle(j))
		if sine {
			c = s
		}
		sum = p.Add(sum, p.Mul(v, c))
	}
	return sum
}

func parity(n int) int {
	odd := 0
	for ; n != 0; n &= n - 1 {
		odd ^= 1
	}
	return odd
}
