package conformance

import (
	"context"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/mat"
	"nnk/snnk"
)

func fitBattery(d *digest) {
	both(d, fitPart[float32], fitPart[float64])
	both(d, elsewherePart[float32], elsewherePart[float64])
	both(d, momentsPart[float32], momentsPart[float64])
	both(d, logisticPart[float32], logisticPart[float64])
	both(d, quantisePart[float32], quantisePart[float64])
	both(d, budgetPart[float32], budgetPart[float64])
}

// budgetPart compares kinds of models of one size.
func budgetPart[T asm.Float](d *digest) {
	x, y := matrix[T](170, 150, 4), mat.New[T](150, 1)
	for i := range x.Rows() {
		y.Set(i, 0, T(x.At(i, 0)*x.At(i, 1)))
	}
	opt := fit.Options{Features: 8, Pool: 16, Seed: 1, Scale: 0.3, Projection: "hadamard", Standardise: fit.StandardiseNever, Learn: &fit.Learning{Atoms: 64, Terms: 2}}
	model, report, err := fit.WithinBytes(context.Background(), bundle.Matrix(x), bundle.Matrix(y), opt, fit.Budget[T]{Bytes: 900, Bits: []int{8}})
	must(d, "WithinBytes", err)
	if err != nil {
		return
	}
	for _, c := range report.Candidates {
		add(d, "WithinBytes", float64(c.Features), float64(c.Bytes), c.HeldOut)
	}
	addMatrix(d, "WithinBytes", model.Network.Forward(nil, x, nil))
}

// quantisePart rounds the weights of two dense layers for their inputs.
func quantisePart[T asm.Float](d *digest) {
	x := matrix[T](160, 700, 5)
	for _, bits := range []int{8, 4} {
		net, report, err := fit.Quantise(context.Background(), smallNetwork[T](d), bundle.Matrix(x), bits)
		must(d, "Quantise", err)
		if err != nil {
			return
		}
		for _, q := range report {
			add(d, "Quantise", q.Penalty, q.Loss, q.Plain)
		}
		addMatrix(d, "Quantise", net.Forward(nil, x.View(0, 0, 20, 5), nil))
	}
}

// fitPart fits a small model with everything chosen.
func fitPart[T asm.Float](d *digest) {
	x, y := matrix[T](51, 600, 5), mat.New[T](600, 2)
	for i := range x.Rows() {
		r := x.Row(i)
		y.Set(i, 0, T(r[0]*r[1]))
		y.Set(i, 1, max(r[2], r[3]))
	}
	model, report, err := fit.Run[T](context.Background(), bundle.Matrix(x), bundle.Matrix(y), fit.Options{Features: 24, Pool: 64, Seed: 1})
	must(d, "Run", err)
	if err != nil {
		return
	}
	add(d, "Run", report.Lambda, report.Scale, report.HeldOut)
	addMatrix(d, "Run", model.Network.Forward(nil, x, nil))
	for _, kind := range fit.MapKinds() {
		few, y := x.View(0, 0, 150, 5), y.View(0, 0, 150, 2)
		model, report, err := fit.Run[T](context.Background(), bundle.Matrix(few), bundle.Matrix(y), fit.Options{Features: 8, Pool: 16, Seed: 1, Map: kind, Scale: 0.3, Projection: "hadamard", Standardise: fit.StandardiseNever, Learn: &fit.Learning{Atoms: 64, Terms: 2}})
		must(d, "Run", err)
		if err != nil {
			return
		}
		add(d, "Run learned", report.Lambda, report.HeldOut, report.Learned.Lost)
		addMatrix(d, "Run learned", model.Network.Forward(nil, few, nil))
	}
}

// momentsPart covers the statistics and the closed forms that are solved from them.
func momentsPart[T asm.Float](d *digest) {
	x, labels := matrix[T](55, 300, 6), make([]int, 300)
	for i := range labels {
		if x.At(i, 0) < x.At(i, 1) {
			labels[i] = 2
		} else if x.At(i, 2) < 0 {
			labels[i] = 1
		}
	}
	net := featureStages[T](d)
	if net == nil {
		return
	}
	z, y := mat.New[T](300, net.Out()), mat.New[T](300, 3)
	must(d, "OutputsOf", bundle.Read(z, bundle.OutputsOf(net, bundle.Matrix(x)), 0))
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

// logisticPart covers the logistic loss: its optimum for three classes and for one column
// of probabilities, and a whole fit with the loss and the penalties chosen.
func logisticPart[T asm.Float](d *digest) {
	x, labels := matrix[T](58, 400, 5), make([]int, 400)
	for i := range labels {
		switch r := x.Row(i); {
		case r[0] < r[1]:
			labels[i] = 2
		case r[2] < 0:
			labels[i] = 1
		}
		x.Row(i)[3] += T(T(labels[i]) / 4) // converted, so that no compiler fuses it
	}
	z := bundle.Matrix(x)
	for k, y := range []bundle.Source{bundle.OneHot(labels, 3), bundle.Matrix(mat.Of(400, 1, uniform[T](60, 400, 0, 1)))} {
		targets := mat.New[T](400, y.Cols())
		must(d, "Read", bundle.Read(targets, y, 0))
		stats, err := fit.NewStats(x, targets, fit.Folds{})
		must(d, "NewStats", err)
		must(d, "Add", stats.Add(x, targets))
		sums, err := stats.Total()
		must(d, "Total", err)
		a, report, err := fit.Logistic(context.Background(), z, y, sums, fit.Penalty{Lambda: 1e-3, Logits: float64(k) / 100}, fit.LogisticOptions{})
		must(d, "Logistic", err)
		if err != nil {
			return
		}
		addMatrix(d, "Logistic", a)
		add(d, "Logistic", report.Loss, report.Objective, report.Gradient, float64(report.Passes))
	}
	model, report, err := fit.Run[T](context.Background(), z, bundle.OneHot(labels, 3), fit.Options{Task: bundle.Classify, Features: 16, Pool: 32, Seed: 2})
	must(d, "Run", err)
	if err != nil {
		return
	}
	add(d, "Run logistic", report.Lambda, report.LogitPenalty, report.HeldOutAccuracy, report.HeldOutLogLoss, float64(report.Passes), float64(report.ChoicePasses))
	addMatrix(d, "Run logistic", model.Network.Forward(nil, x, nil))
	for i, class := range labels {
		labels[i] = class / 2
	}
	model, report, err = fit.Run[T](context.Background(), z, bundle.OneHot(labels, 2), fit.Options{Task: bundle.Classify, Features: 16, Pool: 16, Seed: 2, Loss: snnk.BinaryCrossEntropy})
	must(d, "Run", err)
	if err != nil {
		return
	}
	add(d, "Run binary", report.Lambda, report.LogitPenalty)
	addMatrix(d, "Run binary", model.Network.Forward(nil, x, nil))
}
