package conformance

import (
	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
	"nnk/urf"
)

func bundleBattery(d *digest) {
	bundlePart[float32](d)
	bundlePart[float64](d)
}

// bundlePart fits a small model with everything chosen, and the baselines.
func bundlePart[T asm.Float](d *digest) {
	x, y := matrix[T](51, 600, 5), mat.New[T](600, 2)
	for i := range x.Rows() {
		r := x.Row(i)
		y.Set(i, 0, T(r[0]*r[1]))
		y.Set(i, 1, max(r[2], r[3]))
	}
	model, report, err := bundle.Fit(bundle.Matrix(x), bundle.Matrix(y), bundle.FitOptions{Features: 24, Pool: 64, Seed: 1})
	must(d, "Fit", err)
	add(d, "Fit", report.Lambda, report.Scale, report.HeldOut)
	addMatrix(d, "Fit", model.Network.Forward(nil, x, nil))

	relu, err := urf.ActivationByName("relu")
	must(d, "relu", err)
	net := bundle.NewNetwork[T](bundle.NewDense(matrix[T](52, 20, 5), matrix[T](53, 1, 20).Data(), relu), bundle.NewDense(matrix[T](54, 2, 20), nil, urf.Activation{}))
	addMatrix(d, "Network", net.Forward(nil, x, nil))
	low, err := bundle.LowRank(net, bundle.Matrix(x), 90)
	must(d, "LowRank", err)
	addMatrix(d, "LowRank", low.Forward(nil, x, nil))
	narrow, err := bundle.Narrow(net, bundle.Matrix(x), []int{8})
	must(d, "Narrow", err)
	addMatrix(d, "Narrow", narrow.Forward(nil, x, nil))
}
