package mat_test

import (
	"fmt"

	"nnk/mat"
)

func ExampleMul() {
	a := mat.Of(2, 2, []float64{1, 2, 3, 4})
	b := mat.Of(2, 1, []float64{5, 6})
	c := mat.Mul(nil, a, b)
	fmt.Println(c.At(0, 0), c.At(1, 0))
	// Output: 17 39
}
