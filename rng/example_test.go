package rng_test

import (
	"fmt"

	"nnk/rng"
)

func ExampleNormal() {
	s := rng.New(7).Sub(3)
	x := make([]float32, 8)
	rng.Normal(s, x, 0)
	y := make([]float32, 4)
	rng.Normal(s, y, 4) // the last four again
	fmt.Println(x[4:])
	fmt.Println(y)
	// Output:
	// [0.6593686 -1.1684005 1.1714301 -0.26706082]
	// [0.6593686 -1.1684005 1.1714301 -0.26706082]
}
