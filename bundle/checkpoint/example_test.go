package checkpoint_test

import (
	"bytes"
	"fmt"
	"log"

	"nnk/bundle/checkpoint"
	"nnk/internal/digits"
)

func ExampleRead() {
	file := digits.Teacher() // as PyTorch writes: 0.weight, 0.bias, …
	net, err := checkpoint.Read[float32](bytes.NewReader(file), int64(len(file)), "auto:relu")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(net.In(), "inputs,", net.Out(), "outputs,", net.Params(), "parameters")
	// Output: 64 inputs, 10 outputs, 85002 parameters
}
