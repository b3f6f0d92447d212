package snnk_test

import (
	"fmt"
	"log"

	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

// A layer cos(W·x) made of random features, without data, and its exact value.
func ExampleLayer() {
	spectrum, _, err := urf.ExactSpectrum("cos", 1)
	if err != nil {
		log.Fatal(err)
	}
	phi, err := urf.New[float64](urf.URF{Projection: ortho.Spec{M: 4096, D: 2}, Spectrum: spectrum})
	if err != nil {
		log.Fatal(err)
	}
	w := mat.Of(1, 2, []float64{0.6, -0.3})
	layer := snnk.FromWeights(phi.(urf.Towers[float64]), w, nil)
	y := layer.Forward(nil, mat.Of(1, 2, []float64{0.5, 0.5}), nil)
	fmt.Printf("%.2f, exactly cos 0.15 = 0.99\n", y.At(0, 0))
	// Output: 0.99, exactly cos 0.15 = 0.99
}
