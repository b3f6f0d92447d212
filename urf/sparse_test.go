package urf

import (
	"errors"
	"testing"

	"nnk/rng/ortho"
)

// Rows of few columns are for fits alone: what estimates a kernel of all columns refuses them, and nothing predicts them.
func TestSparseRefused(t *testing.T) {
	p := ortho.Spec{Kind: ortho.Sparse, M: 8, D: 5}
	spectrum := Spectrum{Waves: []Wave{{Mass: 1, Freq: 1}}}
	for _, s := range []Spec{
		ReLU{Projection: p}, SoftmaxKernel{Projection: p}, URF{Projection: p, Spectrum: spectrum}, Maclaurin{Projection: p, Coefficients: []float64{1, 1}},
	} {
		if _, err := New[float32](s); !errors.Is(err, ErrSpec) {
			t.Errorf("%v: error %v, want ErrSpec", s, err)
		}
	}
	for _, s := range []Spec{Fourier{Projection: p}, ArcCos{Projection: p, Order: 1}} {
		if _, err := New[float32](s); err != nil {
			t.Errorf("%v: %v", s, err)
		}
		if _, err := s.Predict(Activation{}, []Point{{X: 1, W: 1}}); !errors.Is(err, ErrNoClosedForm) {
			t.Errorf("%v: predicted with error %v, want ErrNoClosedForm", s, err)
		}
	}
}
