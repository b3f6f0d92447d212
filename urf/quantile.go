package urf

import (
	"fmt"
	"math"

	"nnk/mat"
)

// RMSQuantile is a bound on the root mean square, over the points of predictions of one map, of bias and error together: at
// least the part level of all seeds stays below it, 0 < level < 1. It is made of variances and fourth moments alone. The mean e²
// of the errors has the mean V of the variances and at most the standard deviation S = mean of variance·√(kurtosis − 1), so that it is
// above V + S·√(level/(1 − level)) with probability 1 − level at most, by Cantelli's inequality, and above V/(1 − level)
// by Markov's. For normal errors at one point and level 0.99 that is 1.5 times the true quantile. It holds for independent
// rows; orthogonal ones have less variance.
func RMSQuantile(predictions []Prediction, level float64) float64 {
	if !(level > 0 && level < 1) || len(predictions) == 0 {
		panic(&mat.ArgumentError{Op: "urf.RMSQuantile", Why: fmt.Sprintf("level %g of %d predictions; want one between 0 and 1, of one at least", level, len(predictions))})
	}
	bias, variance, spread := 0.0, 0.0, 0.0
	for _, p := range predictions {
		bias = math.FMA(p.Bias, p.Bias, bias)
		if p.Variance > 0 {
			variance += p.Variance
			spread = math.FMA(p.Variance, math.Sqrt(max(p.Kurtosis-1, 0)), spread)
		}
	}
	n := float64(len(predictions))
	odds := math.Sqrt(level / (1 - level))
	square := min(math.FMA(odds, spread/n, variance/n), variance/n/(1-level))
	return math.Sqrt(bias/n) + math.Sqrt(square)
}

// excess is the fourth cumulant of a term with the raw moments E Z, E Z², E Z³ and E Z⁴.
func excess(m1, m2, m3, m4 float64) float64 {
	square := float64(m1 * m1)
	variance := m2 - square
	return float64(m4) - float64(4*m3*m1) + float64(6*m2*square) - float64(3*square*square) - float64(3*variance*variance)
}

// kurtosis is that of a sum with a variance and a fourth cumulant: 3 of one without variance, +Inf where the
// cumulant is beyond float64 or not known.
func kurtosis(variance, fourth float64) float64 {
	if !(variance > 0) {
		return 3
	}
	k := 3 + fourth/variance/variance
	if k != k {
		return math.Inf(1)
	}
	return max(k, 1)
}

// power is E (Re(Z·e^(iψ)))ⁿ: of Z^j times the conjugate of Z^(n−j) the exponent is that of one feature of jρ + (n−j)ρ̄ and
// η likewise, with n·A. It is +Inf where n·A is ¼ or more.
func (p pair) power(at place, n int, psi float64) float64 {
	k := float64(n)
	four, rest := 1-float64(4*p.a), 1-float64(4*k*p.a)
	if !(rest > 0) {
		return math.Inf(1)
	}
	imaginary := float64(p.rhoIm*p.rhoIm*at.x2) + float64(p.etaIm*p.etaIm*at.w2) + float64(2*p.rhoIm*p.etaIm*at.dot)
	mixed := float64(p.rhoRe*p.rhoIm*at.x2) + float64(p.etaRe*p.etaIm*at.w2) + float64((float64(p.rhoRe*p.etaIm)+float64(p.rhoIm*p.etaRe))*at.dot)
	squareRe := float64((float64(p.rhoRe*p.rhoRe)-float64(p.rhoIm*p.rhoIm))*at.x2) + float64((float64(p.etaRe*p.etaRe)-float64(p.etaIm*p.etaIm))*at.w2)
	squareIm := float64(2*p.rhoRe*p.rhoIm*at.x2) + float64(2*p.etaRe*p.etaIm*at.w2)
	stretch := four / (2 * rest)
	scale := float64(k*at.d/2*log(four)) - float64(at.d/2*log(rest)) - float64(k/2*squareRe) + float64(stretch*k*k*p.phi(at))
	sum, choose := 0.0, 1.0
	for j := range n + 1 {
		turn := float64(2*j - n)
		re := scale - float64(stretch*turn*turn*max(imaginary, 0))
		im := float64(2*k*stretch*turn*mixed) - float64(turn/2*squareIm) + float64(turn*psi)
		sum += float64(choose * exp(re-float64(k*math.Ln2)) * cos(im))
		choose = choose * float64(n-j) / float64(j+1)
	}
	return sum
}

// waveExcess is the fourth cumulant of one feature of a stratum of waves: of a drawn wave, or on average over the waves.
func (s URF) waveExcess(st *stratum, p Point, sum float64) float64 {
	at, all, average := s.placeOf(p), [5]float64{}, 0.0
	for i, w := range st.waves {
		q := st.weight[i] / sum
		level, own := 1.0, [5]float64{}
		psi, pair := math.FMA(w.Freq, p.B, w.Phase), s.pairAt(w.Freq, trueFactors)
		for n := 1; n <= 4; n++ {
			level *= w.Mass / q
			own[n] = level * pair.power(at, n, psi)
			all[n] = math.FMA(q, own[n], all[n])
		}
		average = math.FMA(q, excess(own[1], own[2], own[3], own[4]), average)
	}
	if s.Independent {
		return excess(all[1], all[2], all[3], all[4])
	}
	return average
}

// productPower is E (gᵀx·gᵀw)ᵏ for k = 1 … 4.
func productPower(k int, x2, w2, dot float64) float64 {
	norms, square := float64(x2*w2), float64(dot*dot)
	switch k {
	case 1:
		return dot
	case 2:
		return norms + float64(2*square)
	case 3:
		return float64(9*norms*dot) + float64(6*square*dot)
	}
	return float64(9*norms*norms) + float64(72*square*norms) + float64(24*square*square)
}

// seriesExcess is the fourth cumulant of the estimate of [seriesMoments].
func seriesExcess(a []float64, degrees, shares []int, p Point) float64 {
	sum := 0.0
	for k, share := range shares {
		n := degrees[k]
		if n >= len(a) {
			continue
		}
		var m [5]float64
		for i := 1; i <= 4; i++ {
			m[i] = 1
			for range n {
				m[i] *= productPower(i, float64(p.X*p.X), float64(p.W*p.W), p.Dot)
			}
		}
		square := float64(a[n] * a[n])
		sum += float64(square*square*excess(m[1], m[2], m[3], m[4])) / cube(share)
	}
	return sum
}

// cube is m³, by which the fourth cumulant of a mean of m terms is less than that of one.
func cube(m int) float64 { return float64(m) * float64(m) * float64(m) }
