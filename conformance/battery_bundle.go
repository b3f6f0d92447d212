package conformance

import (
	"bytes"
	"context"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/compress"
	"nnk/bundle/fit"
	"nnk/mat"
	"nnk/urf"
)

func bundleBattery(d *digest) {
	both(d, bundlePart[float32], bundlePart[float64])
	both(d, rowwisePart[float32], rowwisePart[float64])
	both(d, checkpointPart[float32], checkpointPart[float64])
}

// bundlePart fits a small model with everything chosen, and the baselines.
func bundlePart[T asm.Float](d *digest) {
	x, y := matrix[T](51, 600, 5), mat.New[T](600, 2)
	for i := range x.Rows() {
		r := x.Row(i)
		y.Set(i, 0, T(r[0]*r[1]))
		y.Set(i, 1, max(r[2], r[3]))
	}
	model, report, err := fit.Run[T](context.Background(), bundle.Matrix(x), bundle.Matrix(y), fit.Options{Features: 24, Pool: 64, Seed: 1})
	must(d, "Fit", err)
	add(d, "Fit", report.Lambda, report.Scale, report.HeldOut)
	addMatrix(d, "Fit", model.Network.Forward(nil, x, nil))

	relu, err := urf.ActivationByName("relu")
	must(d, "relu", err)
	net := bundle.NewNetwork[T](bundle.NewLinear(matrix[T](52, 20, 5), matrix[T](53, 1, 20).Data(), relu), bundle.NewLinear(matrix[T](54, 2, 20), nil, urf.Activation{}))
	addMatrix(d, "Network", net.Forward(nil, x, nil))
	low, err := compress.LowRank(context.Background(), net, bundle.Matrix(x), 90)
	must(d, "LowRank", err)
	addMatrix(d, "LowRank", low.Forward(nil, x, nil))
	narrow, err := compress.Narrow(context.Background(), net, bundle.Matrix(x), []int{8})
	must(d, "Narrow", err)
	addMatrix(d, "Narrow", narrow.Forward(nil, x, nil))
	modelRead(d, model, x, y)
	hybridsPart(d, net, x)
	momentsPart[T](d)
	logisticPart[T](d)
	bundlesPart(d, x)
}

// bundlesPart covers what replaces layers of a network: Monte Carlo without fitting, a hybrid, and the choice of a family.
func bundlesPart[T asm.Float](d *digest, x *mat.Dense[T]) {
	gelu, err := urf.ActivationByName("gelu")
	must(d, "gelu", err)
	small := func(w *mat.Dense[T]) *mat.Dense[T] {
		for i := range w.Rows() {
			for j := range w.Row(i) {
				w.Row(i)[j] *= 0.125
			}
		}
		return w
	}
	net := bundle.NewNetwork[T](bundle.NewLinear(small(matrix[T](59, 12, 5)), matrix[T](60, 1, 12).Data(), gelu), bundle.NewLinear(small(matrix[T](61, 2, 12)), nil, urf.Activation{}))
	for _, run := range [][2]int{{0, 2}, {0, 1}} {
		drawn, report, err := compress.MonteCarlo(context.Background(), net, bundle.Matrix(x), run[0], run[1], compress.MonteCarloOptions{Features: 512})
		must(d, "MonteCarlo", err)
		if err != nil {
			return
		}
		add(d, "MonteCarlo", report.Error, report.RMS, report.Layers[0].Error, report.Layers[0].XNorm, report.Layers[0].Lo)
		addMatrix(d, "MonteCarlo", drawn.Forward(nil, x, nil))
	}
	for _, energy := range []bool{false, true} {
		hybrid, report, err := compress.Hybrid(context.Background(), net, bundle.Matrix(x), bundle.OutputsOf(net, bundle.Matrix(x)), 60, compress.HybridOptions{Energy: energy})
		must(d, "FitHybrid", err)
		if err != nil {
			return
		}
		add(d, "FitHybrid", float64(report.Neurons), float64(report.Features), report.Lambda, report.HeldOut)
		addMatrix(d, "FitHybrid", hybrid.Forward(nil, x, nil))
	}
	_, candidates, err := compress.Auto(context.Background(), net, bundle.Matrix(x), nil, compress.AutoOptions{Budget: 60, Fit: fit.Options{Standardise: fit.StandardiseNever}})
	must(d, "Auto", err)
	for _, c := range candidates {
		add(d, "Auto", c.HeldOut, float64(c.Params))
	}
}

// hybridsPart covers what replaces a network's layers: neurons beside features, the
// best of all families, and features without training.
func hybridsPart[T asm.Float](d *digest, net *bundle.Network[T], x *mat.Dense[T]) {
	rows := bundle.Matrix(x)
	hybrid, found, err := compress.Hybrid(context.Background(), net, rows, bundle.OutputsOf(net, rows), 90, compress.HybridOptions{Seed: 3})
	must(d, "FitHybrid", err)
	if err != nil {
		return
	}
	add(d, "FitHybrid", found.Lambda, found.HeldOut)
	addMatrix(d, "FitHybrid", hybrid.Forward(nil, x, nil))
	best, families, err := compress.Auto(context.Background(), net, rows, nil, compress.AutoOptions{Budget: 90, Folds: 2, Fit: fit.Options{Lambda: 1e-4, Scale: 1, Standardise: fit.StandardiseNever}})
	must(d, "Auto", err)
	if err != nil {
		return
	}
	for _, c := range families {
		add(d, "Auto", float64(c.Params), c.HeldOut)
	}
	addMatrix(d, "Auto", best.Network.Forward(nil, x, nil))
	widths, err := compress.NarrowWidths(net, 90)
	must(d, "NarrowWidths", err)
	add(d, "NarrowWidths", float64(widths[0]))

	wave, err := urf.ActivationByName("cos")
	must(d, "cos", err)
	small := bundle.NewNetwork[T](bundle.NewLinear(matrix[T](59, 6, 5), matrix[T](60, 1, 6).Data(), wave), bundle.NewLinear(matrix[T](65, 2, 6), nil, urf.Activation{}))
	random, said, err := compress.MonteCarlo(context.Background(), small, rows, 0, 2, compress.MonteCarloOptions{Features: 64, Seed: 2, MaxError: 1e6})
	must(d, "MonteCarlo", err)
	if err != nil {
		return
	}
	add(d, "MonteCarlo", said.Error)
	addMatrix(d, "MonteCarlo", random.Forward(nil, x, nil))
	addMatrix(d, "Replace", small.Replace(1, 2, small.Part(1, 2)).Forward(nil, x, nil))
}

// modelRead covers the file: a model that was written and read gives the same outputs.
func modelRead[T asm.Float](d *digest, model *bundle.Model[T], x, y *mat.Dense[T]) {
	var file bytes.Buffer
	_, err := model.WriteTo(&file)
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

// momentsPart covers the statistics and the closed forms that are solved from them.
func momentsPart[T asm.Float](d *digest) {
	phi, err := urf.ParseMap[T]("fourier(scale=0.5) on hadamard(seed=5,m=24,d=6,rounds=3,norm=chi)")
	must(d, "ParseMap", err)
	if err != nil {
		return
	}
	x, labels := matrix[T](55, 300, 6), make([]int, 300)
	for i := range labels {
		if x.At(i, 0) < x.At(i, 1) {
			labels[i] = 2
		} else if x.At(i, 2) < 0 {
			labels[i] = 1
		}
	}
	net := bundle.NewNetwork[T](bundle.NewScale[T](uniform[float64](56, 6, -1, 1), uniform[float64](57, 6, 1, 2)), bundle.NewFeatures(phi))
	z, y := mat.New[T](300, net.Out()), mat.New[T](300, 3)
	must(d, "OutputsOf", bundle.Read(z, bundle.OutputsOf(net, bundle.Matrix(x)), 0))
	addMatrix(d, "OutputsOf", z.View(0, 0, 10, net.Out()))
	for _, stage := range net.Stages() {
		x = stage.Forward(nil, x, nil)
	}
	addMatrix(d, "Stages", x.View(290, 0, 10, net.Out()))
	must(d, "OneHot", bundle.Read(y, bundle.OneHot(labels, 3), 0))
	first, err := fit.NewStats(z.View(0, 0, 200, z.Cols()), y.View(0, 0, 200, 3), fit.Folds{Count: 4, Block: 7})
	must(d, "NewStats", err)
	if err != nil {
		return
	}
	second := first.Empty()
	must(d, "Add", first.Add(z.View(0, 0, 200, z.Cols()), y.View(0, 0, 200, 3)))
	must(d, "AddWeighted", second.AddWeighted(z.View(200, 0, 100, z.Cols()), y.View(200, 0, 100, 3), uniform[T](58, 100, 0, 2)))
	must(d, "Merge", first.Merge(second))
	read, err := fit.UnmarshalStats[T](first.Marshal())
	must(d, "UnmarshalStats", err)
	choice, err := read.ChooseLambda(context.Background(), fit.Lambdas(), nil)
	must(d, "ChooseLambda", err)
	add(d, "ChooseLambda", choice.Lambda, choice.Error)
	total, err := read.Total()
	must(d, "Total", err)
	fold, err := read.Fold(1)
	must(d, "Fold", err)
	for _, m := range []*fit.Moments{total, fold, total.Sub(fold), total.Keep([]int{1, 3, 4, 20})} {
		addMatrix(d, "Moments.ZZ", m.ZZ)
		addMatrix(d, "Moments.ZY", m.ZY)
		add(d, "Moments.YY", m.YY...)
		add(d, "Moments.Variance", m.Variance())
		psi, err := m.Ridge(1e-3)
		must(d, "Ridge", err)
		addMatrix(d, "Ridge", psi)
		add(d, "SquaredError", m.SquaredError(psi))
		psi, err = m.DotProduct(2)
		must(d, "DotProduct", err)
		addMatrix(d, "DotProduct", psi)
		addMatrix(d, "DotProductRidge", m.DotProductRidge(0.5))
	}
}
