package conformance

import (
	"context"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/compress"
	"nnk/bundle/fit"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

func compressBattery(d *digest) {
	both(d, compressPart[float32], compressPart[float64])
}

// compressPart covers the baselines, and hybrids and choices.
func compressPart[T asm.Float](d *digest) {
	x, net := matrix[T](51, 600, 5), smallNetwork[T](d)
	low, err := compress.LowRank(context.Background(), net, bundle.Matrix(x), 90)
	must(d, "LowRank", err)
	if err != nil {
		return
	}
	addMatrix(d, "LowRank", low.Forward(nil, x, nil))
	narrow, err := compress.Narrow(context.Background(), net, bundle.Matrix(x), []int{8})
	must(d, "Narrow", err)
	if err != nil {
		return
	}
	addMatrix(d, "Narrow", narrow.Forward(nil, x, nil))
	hybridsPart(d, net, x)
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
		must(d, "Hybrid", err)
		if err != nil {
			return
		}
		add(d, "Hybrid", float64(report.Neurons), float64(report.Features), report.Lambda, report.HeldOut)
		addMatrix(d, "Hybrid", hybrid.Forward(nil, x, nil))
	}
	_, candidates, err := compress.Auto(context.Background(), net, bundle.Matrix(x), nil, compress.AutoOptions{Budget: 60, Fit: fit.Options{Standardise: fit.StandardiseNever}})
	must(d, "Auto", err)
	for _, c := range candidates {
		add(d, "Auto", c.HeldOut, float64(c.Params))
	}
}

// classifierPart covers what is kept of a network whose outputs are scores of classes.
func classifierPart[T asm.Float](d *digest, net *bundle.Network[T], rows bundle.Source) {
	answers := mat.New[T](64, net.Out())
	must(d, "Answers", bundle.Read(answers, compress.Answers(net, rows), 0))
	addMatrix(d, "Answers", answers)
	options := fit.Options{Task: bundle.Classify, Loss: snnk.CrossEntropy, Lambda: 1e-4, LogitPenalty: 1e-3, Scale: 1, Standardise: fit.StandardiseNever}
	best, families, err := compress.Auto(context.Background(), net, rows, nil, compress.AutoOptions{Budget: 90, ValX: rows, Fit: options})
	must(d, "Auto of answers", err)
	if err != nil {
		return
	}
	for _, c := range families {
		add(d, "Auto of answers", float64(c.Params), c.Accuracy, c.LogLoss)
	}
	must(d, "Auto of answers", bundle.Read(answers, bundle.OutputsOf(best.Network, rows), 0))
	addMatrix(d, "Auto of answers", answers)
}

// hybridsPart covers what replaces a network's layers: neurons beside features, the
// best of all families, and features without training.
func hybridsPart[T asm.Float](d *digest, net *bundle.Network[T], x *mat.Dense[T]) {
	rows := bundle.Matrix(x)
	hybrid, found, err := compress.Hybrid(context.Background(), net, rows, bundle.OutputsOf(net, rows), 90, compress.HybridOptions{Seed: 3})
	must(d, "Hybrid", err)
	if err != nil {
		return
	}
	add(d, "Hybrid", found.Lambda, found.HeldOut)
	addMatrix(d, "Hybrid", hybrid.Forward(nil, x, nil))
	best, families, err := compress.Auto(context.Background(), net, rows, nil, compress.AutoOptions{Budget: 90, Folds: 2, Fit: fit.Options{Lambda: 1e-4, Scale: 1, Standardise: fit.StandardiseNever}})
	must(d, "Auto", err)
	if err != nil {
		return
	}
	for _, c := range families {
		add(d, "Auto", float64(c.Params), c.HeldOut)
	}
	addMatrix(d, "Auto", best.Network.Forward(nil, x, nil))
	classifierPart(d, net, rows)
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
}
