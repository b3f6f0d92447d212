package conformance

import (
	"context"
	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/mat"
)

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
	must(d, "Fit", err)
	if err != nil {
		return
	}
	add(d, "Fit logistic", report.Lambda, report.LogitPenalty, report.HeldOutAccuracy, report.HeldOutLogLoss, float64(report.Passes), float64(report.ChoicePasses))
	addMatrix(d, "Fit logistic", model.Network.Forward(nil, x, nil))
}
