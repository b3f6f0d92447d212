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
		adam32(w, any(m).([]float32), any(v).([]float32), any(g).([]float32), any(s).(*AdamStep[float32]))
	case []float64:
		adam64(w, any(m).([]float64), any(v).([]float64), any(g).([]float64), any(s).(*AdamStep[float64]))
	}
}

func adamGeneric[T Float](w, m, v, g []T, s *AdamStep[T]) {
	for i := range w {
		h := s.Scale * g[i]
		first := T(s.Beta1*m[i]) + T(s.Rest1*h)
		second := T(s.Beta2*v[i]) + T(s.Rest2*T(h*h))
		m[i], v[i] = first, second
		w[i] = T(s.Keep*w[i]) - T(s.Rate*(first/(T(s.Root*T(math.Sqrt(float64(second))))+s.Epsilon)))
	}
}

func adam32(w, m, v, g []float32, s *AdamStep[float32]) { adamGeneric(w, m, v, g, s) }

func adam64(w, m, v, g []float64, s *AdamStep[float64]) { adamGeneric(w, m, v, g, s) }
