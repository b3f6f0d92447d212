package asm_test

import (
	"fmt"

	"nnk/asm"
)

func ExampleDot() {
	fmt.Println(asm.Dot([]float64{1, 2, 3}, []float64{4, 5, 6}))
	// Output: 32
}
