package urf

import (
	"fmt"
	"math"
	"slices"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng/ortho"
)

// Point is what the moments of one output depend on.
type Point struct {
	X, W float64 // ‖x‖ and ‖w‖
	Dot  float64 // xᵀw
	B    float64 // the bias of the weight row
}

// Prediction is what features give at a point, by closed forms; see [Spec].
type Prediction struct {
	Mean float64 // over the random projection; finite spectra have it exactly
	Bias float64 // Mean − f(xᵀw + b)
	// Variance for independent rows. Orthogonal rows have less. It is +Inf where the
	// spectrum's tail is too heavy for a second moment, or that is beyond float64.
	Variance float64
	// Kurtosis is the fourth moment of the error about the mean over the square of the variance, for independent rows; 3 is that
	// of normal ones. It is +Inf where the fourth moment is, and for continuous spectra. What systematic frequencies add to
	// the variance counts as normal.
	Kurtosis float64
}

// predict is [Spec.Predict] of a map whose output has the given mean, variance and fourth cumulant.
func predict(s Spec, target Activation, points []Point, moments func(p Point) (mean, variance, fourth float64)) ([]Prediction, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if kind := s.Base().Kind; kind == ortho.Sparse || kind == ortho.Pursuit {
		return nil, fmt.Errorf("urf: features of a projection of kind %v estimate no kernel of all columns: %w", kind, ErrNoClosedForm)
	}
	out := make([]Prediction, len(points))
	for i, p := range points {
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("urf: point %d: %w", i, err)
		}
		mean, variance, fourth := moments(p)
		variance = proper(variance)
		out[i] = Prediction{mean, mean - target.At(p.Dot+p.B), variance, kurtosis(variance, fourth)}
	}
	return out, nil
}

// Predict returns the moments of the output Re(Ψ(w, b)·Φ(x)) at each point. target is
// f, for the bias; see [Spec].
func (s URF) Predict(target Activation, points []Point) ([]Prediction, error) {
	var strata []stratum
	var counts []int
	return predict(s, target, points, func(p Point) (mean, variance, fourth float64) {
		if strata == nil { // only of a valid s
			strata = s.strata()
			counts = allot(s.Projection.M, strata)
		}
		mean = s.Spectrum.Constant
		if s.Spectrum.Slope != 0 {
			mean = math.FMA(s.Spectrum.Slope, p.Dot+p.B, mean)
		}
		for k := range strata {
			m, v := s.stratumMoments(&strata[k], float64(counts[k]), p)
			mean += m
			variance += v
			if st := &strata[k]; st.law != NoLaw {
				fourth = math.Inf(1)
			} else {
				fourth += s.waveExcess(st, p, sumOf(st.weight)) / cube(counts[k])
			}
		}
		return mean, variance, fourth
	})
}

func (p Point) check() error {
	if sum := p.X + p.W + p.Dot + p.B; sum-sum != 0 || !(p.X >= 0) || !(p.W >= 0) || math.Abs(p.Dot) > float64(p.X*p.W*(1+1e-12))+1e-300 {
		return fmt.Errorf("‖x‖ %g, ‖w‖ %g, xᵀw %g, b %g: %w", p.X, p.W, p.Dot, p.B, ErrRange)
	}
	return nil
}

// proper is a variance as computed, made one: rounding takes 0 below itself, and second
// moments beyond float64 give Inf − Inf or 0·Inf.
func proper(variance float64) float64 {
	if variance != variance {
		return math.Inf(1)
	}
	return max(variance, 0)
}

// PointsOf returns the points of all pairs of rows of x and w, row i of x and row j of w
// at i·w.Rows() + j. b may be nil.
func PointsOf(x, w *mat.Dense[float64], b []float64) []Point {
	dots := mat.MulT(nil, x, w)
	points := make([]Point, 0, x.Rows()*w.Rows())
	for i := range x.Rows() {
		for j := range w.Rows() {
			p := Point{X: math.Sqrt(asm.SumSquares(x.Row(i))), W: math.Sqrt(asm.SumSquares(w.Row(j))), Dot: dots.At(i, j)}
			if b != nil {
				p.B = b[j]
			}
			points = append(points, p)
		}
	}
	return points
}

func (s URF) placeOf(p Point) place {
	return place{p.X * p.X, p.W * p.W, p.Dot, float64(s.Projection.D)}
}

// stratumMoments is the mean and the variance that a stratum of m features adds.
func (s URF) stratumMoments(st *stratum, m float64, p Point) (mean, variance float64) {
	if st.law != NoLaw {
		return s.lawMoments(st, m, p)
	}
	at, sum := s.placeOf(p), sumOf(st.weight)
	level := make([]float64, len(st.waves)) // the output if all features had this wave
	for i, w := range st.waves {
		psi := math.FMA(w.Freq, p.B, w.Phase)
		q := st.weight[i] / sum
		level[i] = w.Mass / q * cos(math.FMA(w.Freq, p.Dot, psi))
		mean += float64(q * level[i])
		second := s.pairAt(w.Freq, trueFactors).second(at, psi) * w.Mass / q * w.Mass / q
		variance += float64(q * (second - float64(level[i]*level[i])) / m)
	}
	return mean, variance + s.between(st, level, mean, sum, m)
}

func sumOf(weights []float64) float64 {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	return sum
}

// between is the variance of the mean over the drawn waves: of m independent draws,
// or of a systematic sample, whose counts depend on one uniform number only and
// change at the fractional parts of m times the distribution function.
func (s URF) between(st *stratum, level []float64, mean, sum, m float64) float64 {
	v := 0.0
	if s.Independent {
		for i, l := range level {
			v += float64(st.weight[i] / sum * (l - mean) * (l - mean))
		}
		return v / m
	}
	edges, upto := []float64{0, 1}, make([]float64, len(level)+1)
	for i, w := range st.weight {
		upto[i+1] = upto[i] + float64(w/sum*m)
		edges = append(edges, upto[i+1]-math.Floor(upto[i+1]))
	}
	upto[len(level)] = m
	slices.Sort(edges)
	for e := 1; e < len(edges); e++ {
		u := float64((edges[e-1] + edges[e]) / 2)
		total := 0.0
		for i, l := range level { // levels are (k+u)/m: those below upto
			total += float64((math.Ceil(upto[i+1]-u) - math.Ceil(upto[i]-u)) * l)
		}
		d := total/m - mean
		v += float64((edges[e] - edges[e-1]) * d * d)
	}
	return v
}

// lawMoments integrates over a continuous law. The variance between systematic
// samples, O(1/m²) of the law's, is left out.
func (s URF) lawMoments(st *stratum, m float64, p Point) (mean, variance float64) {
	at, l := s.placeOf(p), &laws[st.law]
	growth := s.growth(at) * st.cont.Freq
	if growth >= l.rate && growth > 1e-9 || growth > integrationSteps/8 { // steps too coarse for a peak that is beyond float64
		variance = math.Inf(1)
	}
	mean = st.cont.Mass * l.meanWave(st.cont, p.Dot+p.B)
	if variance > 0 {
		return mean, variance
	}
	if l.end == nil {
		return mean, s.flatVariance(st.cont, p, mean) / m
	}
	within := l.integrate(max(growth, 0), func(u float64) float64 {
		kappa := st.cont.Freq * u
		psi := math.FMA(kappa, p.B, st.cont.Phase)
		c := cos(math.FMA(kappa, p.Dot, psi))
		second := s.pairAt(kappa, trueFactors).second(at, psi)
		if s.Independent {
			return second
		}
		return second - float64(c*c)
	})
	variance = float64(st.cont.Mass * st.cont.Mass * within)
	if s.Independent {
		variance -= float64(mean * mean)
	}
	return mean, variance / m
}

// flatVariance is that of one feature where E|Z|² does not grow with the frequency, so that the mean over the law is a closed form: A is 0
// and the exponents of E|Z|² and E Z² are multiples of iκ. It is so for α = ∓¼ at x and w of one direction, or of opposite ones, with norms
// in the typical ratio, and only there is the variance of a law whose tail is as heavy as Cauchy's finite.
func (s URF) flatVariance(w Wave, p Point, mean float64) float64 {
	at, pair, l := s.placeOf(p), s.pairAt(w.Freq, trueFactors), &laws[s.Spectrum.Law]
	twice := Wave{Freq: w.Freq, Phase: 2 * w.Phase}
	re, im := pair.logSquare(at)
	second := (exp(pair.logAbs(at)) + float64(exp(re)*l.meanWave(twice, float64(2*p.B)+im/w.Freq))) / 2
	squares := float64(mean * mean)
	second = float64(second * (w.Mass * w.Mass))
	if !s.Independent {
		squares = float64(w.Mass * w.Mass * (1 + l.meanWave(twice, 2*(p.Dot+p.B))) / 2)
	}
	return second - squares
}

// growth is the rate at which ln E|Z|² grows with the frequency, far out.
func (s URF) growth(at place) float64 {
	const far = 1e5
	return (s.pairAt(2*far, trueFactors).logAbs(at) - s.pairAt(far, trueFactors).logAbs(at)) / far
}
