//go:build amd64 && !purego

package asm

import (
	"math"
	"testing"
)

func TestFFTTable(t *testing.T) {
	half := math.Sqrt(0.5)
	want := []float64{half, -half, fftRoots3[1][0], fftRoots3[1][1],
		fftRoots5[1][0], fftRoots5[2][0], fftRoots5[1][1], fftRoots5[2][1], fftRoots5[4][1]}
	for i, w := range want {
		for _, v := range fftTable64[i] {
			if v != w {
				t.Errorf("row %d: %x, want %x", i, v, w)
			}
		}
		for _, v := range fftTable32[i] {
			if v != float32(w) {
				t.Errorf("row %d: %x, want %x", i, v, float32(w))
			}
		}
	}
}
