package urf

import (
	"math"

	"nnk/asm"
)

// Activations that are straight or constant on a side.

// keep and first are the identity, of x and of dy.
func keep[T asm.Float](dst, x []T)     { copy(dst, x) }
func first[T asm.Float](dz, dy, _ []T) { copy(dz, dy) }

// relu is max(x, 0), and 0 for NaN.
func relu[T asm.Float](dst, x []T)           { asm.BiasReLU(dst, x, nil, 0, 1) }
func biasReLU[T asm.Float](dst, x, bias []T) { asm.BiasReLU(dst, x, bias, 0, 1) }

// whereLeft sets dz[i] = dy[i] where y[i] > 0, else +0, for outputs y of ReLU, which are
// positive or +0. It selects by a mask: the signs of a layer's inputs are as good as random, and
// a branch on them is guessed wrong half of the time.
func whereLeft[T asm.Float](dz, dy, y []T) {
	switch dz := any(dz).(type) {
	case []float32:
		dy, y := any(dy).([]float32)[:len(dz)], any(y).([]float32)[:len(dz)]
		for i, v := range dy {
			mask := -int32(math.Float32bits(y[i])) >> 31 // all ones for y > 0
			dz[i] = math.Float32frombits(math.Float32bits(v) & uint32(mask))
		}
	case []float64:
		dy, y := any(dy).([]float64)[:len(dz)], any(y).([]float64)[:len(dz)]
		for i, v := range dy {
			mask := -int64(math.Float64bits(y[i])) >> 63
			dz[i] = math.Float64frombits(math.Float64bits(v) & uint64(mask))
		}
	}
}

// rectify is z for z > 0, else slope·z.
func rectify(z, slope float64) float64 {
	if z > 0 || z != z {
		return z
	}
	return z * slope
}

// side is 1 for z > 0, else other.
func side(z, other float64) float64 {
	if z > 0 {
		return 1
	}
	if z != z {
		return z
	}
	return other
}

func hardSigmoid(z float64) float64 { return min(max(z+3, 0), 6) / 6 }

func hardSwish(z float64) float64 { return max(z, -3) * hardSigmoid(z) }

func hardSwishSlope(z float64) float64 {
	if z > 3 {
		return 1
	}
	return within(z) * (float64(2*max(z, -3)) + 3) / 6
}

// within is 1 for −3 < z ≤ 3, else 0.
func within(z float64) float64 {
	if z > -3 && z <= 3 {
		return 1
	}
	return 0
}
