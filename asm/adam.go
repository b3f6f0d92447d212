package asm

import "math"

// AdamStep are the constants of one step of [Adam].
type AdamStep[T Float] struct {
	Scale        T // of the gradient, as clipping has it
	Beta1, Rest1 T // decay of the first moment, and 1 − Beta1
	Beta2, Rest2 T // decay of the second moment, and 1 − Beta2
	Root         T // 1/√(1 − Beta2^t), which removes the second moment's start at 0
	Epsilon      T
	Rate         T // learning rate/(1 − Beta1^t)
	Keep         T // 1 − learning rate·weight decay
}

// Adam takes one step of Adam with decoupled weight decay (Loshchilov and Hutter 2019) for the
// weights w with moments m and v and gradient g, all of one length. For every element
//
//	h = Scale·g
//	m = Beta1·m + Rest1·h
//	v = Beta2·v + Rest2·h²
//	w = Keep·w − Rate·(m/(Root·√v + Epsilon))
//
// with every product, quotient, root and sum rounded to T.
func Adam[T Float](w, m, v, g []T, s *AdamStep[T]) {
	m, v, g = m[:len(w)], v[:len(w)], g[:len(w)]
	switch w := any(w).(type) {
	case []float32:
		m, v, g, s := any(m).([]float32), any(v).([]float32), any(g).([]float32), any(s).(*AdamStep[float32])
		adam32(w, m, v, w, m, v, g, s.Scale, s.Beta1, s.Rest1, s.Beta2, s.Rest2, s.Root, s.Epsilon, s.Rate, s.Keep)
	case []float64:
		m, v, g, s := any(m).([]float64), any(v).([]float64), any(g).([]float64), any(s).(*AdamStep[float64])
		adam64(w, m, v, w, m, v, g, s.Scale, s.Beta1, s.Rest1, s.Beta2, s.Rest2, s.Root, s.Epsilon, s.Rate, s.Keep)
	}
}

// adamGeneric reads w, m and v and writes the new ones, which may be the same slices.
func adamGeneric[T Float](wNew, mNew, vNew, w, m, v, g []T, scale, beta1, rest1, beta2, rest2, root, epsilon, rate, keep T) {
	for i := range w {
		h := scale * g[i]
		first := T(beta1*m[i]) + T(rest1*h)
		second := T(beta2*v[i]) + T(rest2*T(h*h))
		mNew[i], vNew[i] = first, second
		wNew[i] = T(keep*w[i]) - T(rate*(first/(T(root*T(math.Sqrt(float64(second))))+epsilon)))
	}
}
