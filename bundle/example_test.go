package bundle_test

import (
	"bytes"
	"fmt"
	"log"

	"nnk/bundle"
	"nnk/internal/digits"
	"nnk/mat"
)

// A classifier of three clusters on a line: 16 features and a constant for each class, and
// mean and scale of the inputs.
func ExampleFit() {
	x, class := mat.New[float32](60, 1), make([]int, 60)
	for i := range class {
		class[i] = i % 3
		x.Set(i, 0, float32(10*class[i])+float32(i)/60)
	}
	model, _, err := bundle.Fit(bundle.Matrix(x), bundle.OneHot[float32](class, 3), bundle.FitOptions{Task: bundle.Classify, Features: 16, Pool: 16})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(bundle.Labels(nil, model.Network.Forward(nil, mat.Of(3, 1, []float32{20.5, 0.5, 10.5}), nil)), model.Network.Params(), "parameters")
	// Output: [2 0 1] 53 parameters
}

func ExampleReadNetwork() {
	file := digits.Teacher() // as PyTorch writes: 0.weight, 0.bias, …
	net, err := bundle.ReadNetwork[float32](bytes.NewReader(file), int64(len(file)), "auto:relu")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(net.In(), "inputs,", net.Out(), "outputs,", net.Params(), "parameters")
	// Output: 64 inputs, 10 outputs, 85002 parameters
}
