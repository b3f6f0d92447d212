package rng

import (
	"math"

	"nnk/asm"
)

// Chi sets dst[i] to element start+i of the χ distribution with d degrees of
// freedom, the length of a vector of d standard normal values: those of elements
// (start+i)·d … of the stream. Cost d normal values an element.
func Chi[T asm.Float](s Stream, dst []T, start uint64, d int) {
	var small [1024]T
	v := small[:min(d, len(small))]
	if d > len(small) {
		v = make([]T, d)
	}
	for i := range dst {
		Normal(s, v, (start+uint64(i))*uint64(d))
		dst[i] = T(math.Sqrt(float64(asm.Dot(v, v))))
	}
}
