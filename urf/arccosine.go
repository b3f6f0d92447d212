package urf

import (
	"fmt"
	"math"
)

// Closed forms of the maps that rectify.

// angleOf returns ‖x‖·‖w‖ and the cosine between them, 0 if one is 0, of vectors multiplied by
// scale to which bias is appended, and their dot product.
func angleOf(p Point, scale, bias float64) (norms, cosine, dot float64) {
	scale = orOne(scale)
	x2 := math.FMA(scale*scale*p.X, p.X, float64(bias*bias))
	w2 := math.FMA(scale*scale*p.W, p.W, float64(bias*bias))
	dot = math.FMA(scale*scale, p.Dot, float64(bias*bias))
	norms = math.Sqrt(x2 * w2)
	if norms > 0 {
		cosine = min(max(dot/norms, -1), 1)
	}
	return norms, cosine, dot
}

// Predict returns the moments of the kernel's estimate Φ(x)·Φ(w) at each point; see [Spec].
func (s ArcCos) Predict(target Activation, points []Point) ([]Prediction, error) {
	return predict(s, target, points, func(p Point) (mean, variance, fourth float64) {
		norms, cosine, _ := angleOf(p, s.Scale, s.Bias)
		j := arcCosines(cosine)
		power, square := 1.0, 1.0
		for range s.Order {
			power *= norms
			square *= norms * norms
		}
		mean = power * j[s.Order] / math.Pi
		second := 2 * square * j[2*s.Order] / math.Pi
		if norms == 0 && s.Order == 0 {
			return float64(count(s.Constant)), 0, 0 // the step at 0 is 0
		}
		cubed := float64(4 * power * square * j[3*s.Order] / math.Pi)
		fourth = excess(mean, second, cubed, 8*square*square*j[4*s.Order]/math.Pi) / cube(s.Projection.M)
		return mean + float64(count(s.Constant)), (second - float64(mean*mean)) / float64(s.Projection.M), fourth
	})
}

// Predict returns the moments of the kernel's estimate Φ(x)·Φ(w) at each point; see [Spec]. With
// h⁺ = max(h, 0) and slope s a feature is s·h + (1−s)·h⁺ and its square s²·h² + (1−s²)·h⁺², so
// that the moments are made of those of h and of [ArcCos] of order 1. The error for a floor
// other than 0 wraps [ErrNoClosedForm].
func (s ReLU) Predict(target Activation, points []Point) ([]Prediction, error) {
	if s.Floor != 0 {
		return nil, fmt.Errorf("urf: a rectifier of floor %g: %w", s.Floor, ErrNoClosedForm)
	}
	return predict(s, target, points, func(p Point) (mean, variance, fourth float64) {
		norms, cosine, dot := angleOf(p, s.Scale, s.Bias)
		j, opposite := arcCosines(cosine), arcCosines(-cosine)
		square := float64(norms * norms)
		positive := norms * j[1] / math.Pi / 2 // E h⁺h′⁺
		squares := float64(2 * square * j[2] / math.Pi / 4)
		mean = math.FMA(s.Slope, dot, (1-s.Slope)*(1-s.Slope)*positive)
		s2 := float64(s.Slope * s.Slope)
		second := float64((1-s2)*(1-s2)*squares) + float64(s2*(square+float64(2*dot*dot)))
		fourth = excess(mean, second, leakyPower(3, s.Slope, norms, j, opposite), leakyPower(4, s.Slope, norms, j, opposite)) / cube(s.Projection.M)
		return mean + float64(count(s.Constant)), (second - float64(mean*mean)) / float64(s.Projection.M), fourth
	})
}

// leakyPower is E (v·v′)ᵏ of v = h for h > 0, else slope·h: both positive, both negative, or one of each, where the angle
// between h and −h′ counts.
func leakyPower(k int, slope, norms float64, j, opposite [9]float64) float64 {
	power, turned := 1.0, 1.0
	for range k {
		power *= norms
		turned *= -slope
	}
	return power / (2 * math.Pi) * (float64((1+float64(turned*turned))*j[k]) + float64(2*turned*opposite[k]))
}

// arcCosines returns J_0 … J_8 at the angle with the given cosine c: with s = √(1−c²),
// J_(n+1) = (2n+1)·c·J_n + n²·s²·J_(n−1) from the differential equation (1−c²)F′ = 1 + cF of
// F = J_0/s, of which J_n = s^(2n+1)·dⁿF/dcⁿ.
func arcCosines(c float64) [9]float64 {
	s2 := (1 - c) * (1 + c)
	s := math.Sqrt(s2)
	var j [9]float64
	j[0] = math.Pi - angle(c, s)
	j[1] = math.FMA(c, j[0], s)
	for n := 1; n < 8; n++ {
		k := float64(n)
		j[n+1] = math.FMA((float64(2*k)+1)*c, j[n], float64(k*k*s2*j[n-1]))
	}
	return j
}
