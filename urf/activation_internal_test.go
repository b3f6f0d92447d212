package urf

import (
	"math"
	"testing"

	"nnk/internal/kerneltest"
)

// The slopes of GELU by blocks are those of geluSlope, whatever the length and
// where dst is x.
func TestGELUSlopes(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		x := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), 1e-310, 40, -40}
		for len(x) < 200 {
			x = append(x, float64(len(x)-104)/9)
		}
		for _, n := range []int{0, 1, 63, 64, 65, 128, 200} {
			got := append([]float64{}, x[:n]...)
			geluSlopes(got, got)
			narrow := make([]float32, n)
			for i := range narrow {
				narrow[i] = float32(x[i])
			}
			geluSlopes(narrow, narrow)
			for i, v := range got {
				if w := geluSlope(x[i]); math.Float64bits(v) != math.Float64bits(w) && (v == v || w == w) {
					t.Errorf("n %d: slope at %g is %x, want %x", n, x[i], v, w)
				}
				if v, w := narrow[i], float32(geluSlope(float64(float32(x[i])))); math.Float32bits(v) != math.Float32bits(w) && (v == v || w == w) {
					t.Errorf("n %d: float32 slope at %g is %x, want %x", n, x[i], v, w)
				}
			}
		}
	})
}
