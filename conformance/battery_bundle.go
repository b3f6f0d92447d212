package conformance

import (
	"bytes"
	"context"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

func bundleBattery(d *digest) {
	both(d, networkPart[float32], networkPart[float64])
	both(d, rowwisePart[float32], rowwisePart[float64])
	both(d, codesPart[float32], codesPart[float64])
}

// smallNetwork has two dense layers from 5 inputs to 2 outputs.
func smallNetwork[T asm.Float](d *digest) *bundle.Network[T] {
	relu, err := urf.ActivationByName("relu")
	must(d, "relu", err)
	return bundle.NewNetwork[T](bundle.NewLinear(matrix[T](52, 20, 5), matrix[T](53, 1, 20).Data(), relu), bundle.NewLinear(matrix[T](54, 2, 20), nil, urf.Activation{}))
}

// featureStages standardise 6 columns and make cosines of them.
func featureStages[T asm.Float](d *digest) *bundle.Network[T] {
	phi, err := urf.ParseMap[T]("fourier(scale=0.5) on hadamard(seed=5,m=24,d=6,rounds=3,norm=chi)")
	must(d, "ParseMap", err)
	if err != nil {
		return nil
	}
	return bundle.NewNetwork[T](bundle.NewScale[T](uniform[float64](56, 6, -1, 1), uniform[float64](57, 6, 1, 2)), bundle.NewFeatures(phi))
}

// networkPart covers what networks compute, and the file: a model that was written and read gives the same outputs.
func networkPart[T asm.Float](d *digest) {
	x, y := matrix[T](51, 600, 5), matrix[T](62, 600, 2)
	net := smallNetwork[T](d)
	addMatrix(d, "Network", net.Forward(nil, x, nil))
	addMatrix(d, "Replace", net.Replace(1, 2, net.Part(1, 2)).Forward(nil, x, nil))
	if features := featureStages[T](d); features != nil {
		rows := matrix[T](55, 300, 6)
		z := mat.New[T](300, features.Out())
		must(d, "OutputsOf", bundle.Read(z, bundle.OutputsOf(features, bundle.Matrix(rows)), 0))
		addMatrix(d, "OutputsOf", z.View(0, 0, 10, z.Cols()))
		for _, stage := range features.Stages() {
			rows = stage.Forward(nil, rows, nil)
		}
		addMatrix(d, "Stages", rows.View(290, 0, 10, rows.Cols()))
	}
	var file bytes.Buffer
	_, err := (&bundle.Model[T]{Network: net, Task: bundle.Outputs}).WriteTo(&file)
	must(d, "WriteTo", err)
	again, err := bundle.ReadModel[T](bytes.NewReader(file.Bytes()), int64(file.Len()))
	must(d, "ReadModel", err)
	if err != nil {
		return
	}
	scores := again.Network.Forward(nil, x, nil)
	addMatrix(d, "ReadModel", scores)
	for _, k := range bundle.Labels(nil, scores) {
		add(d, "Labels", float64(k))
	}
	fitness, err := again.Network.Fitness(context.Background(), bundle.Matrix(x), bundle.Matrix(y))
	must(d, "Fitness", err)
	add(d, "Fitness", fitness.R2, fitness.RMSE)
}

// codesPart covers networks whose weights are codes, before and after they were in a file.
func codesPart[T asm.Float](d *digest) {
	phi, err := urf.ParseMap[T]("fourier(scale=0.5) on hadamard(seed=5,m=24,d=9,rounds=3,norm=chi)")
	must(d, "ParseMap", err)
	tanh, err := urf.ActivationByName("tanh")
	must(d, "tanh", err)
	for _, bits := range []int{8, 4} {
		first, err := mat.Quantise(matrix[T](156, 9, 5), bits)
		must(d, "Quantise", err)
		last, err := mat.Quantise(matrix[T](157, 3, 24), bits)
		must(d, "Quantise", err)
		linear, layer := bundle.NewQuantisedLinear(first, uniform[T](158, 9, -1, 1), tanh), snnk.NewQuantised(phi, last, nil)
		x := matrix[T](159, 20, 5)
		addMatrix(d, "NewQuantisedLinear", linear.Forward(nil, x, nil))
		addMatrix(d, "snnk.NewQuantised", layer.Forward(nil, linear.Forward(nil, x, nil), nil))
		for _, q := range []*mat.Quantised{linear.Quantised(), layer.Quantised()} {
			addMatrix(d, "Quantised", mat.Dequantise[T](nil, q))
		}
		net, _ := bundle.NewNetwork[T](linear, layer).InIntegers()
		addMatrix(d, "InIntegers", net.Forward(nil, x, nil))
		var file bytes.Buffer
		_, err = (&bundle.Model[T]{Network: bundle.NewNetwork[T](linear, layer), Task: bundle.Outputs}).WriteTo(&file)
		must(d, "WriteTo", err)
		again, err := bundle.ReadModel[T](bytes.NewReader(file.Bytes()), int64(file.Len()))
		must(d, "ReadModel", err)
		if err == nil {
			addMatrix(d, "ReadModel of codes", again.Network.Forward(nil, x, nil))
		}
	}
}

// rowwisePart covers the stages without a matrix.
func rowwisePart[T asm.Float](d *digest) {
	tanh, err := urf.ActivationByName("tanh")
	must(d, "tanh", err)
	x := matrix[T](151, 9, 37)
	for _, s := range []bundle.Stage[T]{
		bundle.NewLayerNorm(uniform[T](152, 37, -1, 2), uniform[T](153, 37, -1, 1), 1e-3),
		bundle.NewPReLU(uniform[T](154, 37, -1, 1)),
		bundle.NewElementwise[T](37, tanh),
		bundle.NewSoftmax[T](37, false),
		bundle.NewSoftmax[T](37, true),
	} {
		addMatrix(d, "Rowwise", s.Forward(nil, x, nil))
	}
	addMatrix(d, "Columns", bundle.NewColumns[T](37, []int{0, 5, 6, 36}).Forward(nil, x, nil))
}
