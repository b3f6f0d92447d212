package fft_test

import (
	"fmt"

	"nnk/fft"
	"nnk/mat"
)

func ExamplePlan() {
	p := fft.NewPlan[complex128](4)
	y := p.Forward(nil, []complex128{1, 2, 3, 4}, nil)
	fmt.Println(y)
	fmt.Println(p.Inverse(nil, y, nil))
	// Output:
	// [(10+0i) (-2+2i) (-2+0i) (-2-2i)]
	// [(1+0i) (2+0i) (3+0i) (4+0i)]
}

// A circulant matrix is diagonal in the Fourier basis, so a product with it is two
// transforms and an elementwise product instead of n² multiplications.
func ExamplePlan_circulant() {
	column := []complex128{2, 1, 0, 1} // first column of C
	x := []complex128{1, 0, 3, 0}

	p := fft.NewPlan[complex128](4)
	var ws fft.Workspace
	c, y := p.Forward(nil, column, &ws), p.Forward(nil, x, &ws)
	for k := range y {
		y[k] *= c[k]
	}
	p.Inverse(y, y, &ws)
	fmt.Println(y)
	// Output:
	// [(2+0i) (4+0i) (6+0i) (4+0i)]
}

func ExampleFWHT() {
	x := mat.Of(1, 4, []float64{1, 2, 3, 4})
	fmt.Println(fft.FWHT(nil, x).Data())
	// Output:
	// [10 -2 -4 0]
}

func ExampleRealPlan() {
	p := fft.NewRealPlan[float64](4)
	re, im := p.Forward(nil, nil, []float64{1, 2, 3, 4}, nil)
	fmt.Println(re, im)
	fmt.Println(p.Inverse(nil, re, im, nil))
	// Output:
	// [10 -2 -2] [0 2 0]
	// [1 2 3 4]
}

func ExampleDCTPlan() {
	p := fft.NewDCTPlan[float64](4)
	y := p.II(nil, []float64{1, 1, 1, 1}, nil) // a constant has one component
	fmt.Println(y)
	fmt.Println(p.III(nil, y, nil)) // n/2 times the vector
	// Output:
	// [4 0 0 0]
	// [2 2 2 2]
}
