package conformance

import (
	"context"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/compress"
	"nnk/bundle/fit"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/urf"
)

func trainingPart[T asm.Float](d *digest) {
	relu, err := urf.ActivationByName("relu")
	must(d, "relu", err)
	gelu, err := urf.ActivationByName("gelu")
	must(d, "gelu", err)
	first := snnk.NewLinear[T]("0", 10, 12, relu, rng.New(1))
	var net snnk.Module[T] = snnk.NewSequence[T](
		first,
		snnk.NewLayerNorm[T]("1", 12),
		snnk.NewResidual(snnk.NewSequence[T](snnk.NewLinear[T]("2", 12, 12, urf.Activation{}, rng.New(2)), snnk.NewElementwise[T](12, gelu))),
		snnk.LinearOf("3", matrix[T](65, 3, 12), nil, urf.Activation{}))
	addParam(d, "NewLinear", first.Weight())
	addParam(d, "NewLinear", first.Bias())
	for _, n := range []int{5, 40} {
		addMatrix(d, "Sequence", net.Forward(nil, matrix[T](66, n, 10)))
		addMatrix(d, "Sequence dx", net.Backward(nil, matrix[T](67, n, 3), true))
		for _, p := range net.Params() {
			addParam(d, "Sequence", p)
		}
	}
	w := mat.New[T](7, 5)
	snnk.InitHe(w, rng.New(3))
	addMatrix(d, "InitHe", w)
	snnk.InitXavier(w, rng.New(3))
	addMatrix(d, "InitXavier", w)
	trainingSteps(d, net)
	trainedSNNK[T](d)
}

// trainingSteps covers the losses, the arithmetic of a step and a run of 20 steps by each
// rule.
func trainingSteps[T asm.Float](d *digest, net snnk.Module[T]) {
	labels := make([]int, 60)
	for i := range labels {
		labels[i] = i % 3
	}
	x, classes, values := matrix[T](68, 60, 10), snnk.Targets[T]{Labels: labels}, snnk.Targets[T]{Values: matrix[T](69, 60, 3)}
	logits, grad := matrix[T](70, 60, 3), mat.New[T](60, 3)
	for _, loss := range []snnk.Loss{snnk.SquaredError, snnk.CrossEntropy, snnk.BinaryCrossEntropy} {
		for _, t := range []snnk.Targets[T]{classes, values} {
			add(d, "EvalLoss "+loss.String(), snnk.EvalLoss(loss, grad, logits, t))
			addMatrix(d, "EvalLoss "+loss.String(), grad)
		}
	}
	o, err := snnk.NewOptimiser(snnk.SGD{Momentum: 0.5}, net.Params())
	must(d, "NewOptimiser", err)
	norm := o.GradNorm()
	add(d, "GradNorm", norm)
	add(d, "ClipFactor", snnk.ClipFactor(norm, 1))
	for k, rule := range []snnk.Rule{snnk.AdamW{Decay: 0.01}, snnk.SGD{Momentum: 0.9, Nesterov: true}} {
		name := []string{"Train AdamW", "Train SGD"}[k]
		report, err := snnk.Train(context.Background(), net, x, classes, snnk.TrainOptions{Rule: rule, Epochs: 5, Batch: 15, HeldOut: 0.1, Clip: 1, Schedule: snnk.Schedule{Cosine: true, Warmup: 4}, Seed: 75})
		must(d, "Train", err)
		add(d, name, float64(report.Steps))
		for _, e := range report.History {
			add(d, name, e.Loss, e.HeldOut.Loss, e.HeldOut.Accuracy)
		}
		for _, p := range net.Params() {
			addParam(d, name, p)
		}
	}
	score, err := snnk.Evaluate(context.Background(), net, x, values, snnk.AutoLoss)
	must(d, "Evaluate", err)
	add(d, "Evaluate", score.Loss)
	for _, step := range []int{0, 5, 90} {
		add(d, "Rate", snnk.Schedule{Cosine: true, Floor: 0.1, Warmup: 3}.Rate(1, step, 100))
	}
	add(d, "Label", float64(snnk.Label(logits.Row(7))))
	l := snnk.LinearOf("", matrix[T](76, 3, 10), uniform[T](77, 3, -1, 1), urf.Activation{})
	addMatrix(d, "Apply", snnk.StandardOf(x).Apply(nil, x))
	l.FoldInputs(snnk.StandardOf(x))
	l.FoldOutputs(snnk.StandardOf(logits))
	addParam(d, "FoldInputs and FoldOutputs", l.Weight())
	addParam(d, "FoldInputs and FoldOutputs", l.Bias())
	_, err = snnk.Train(context.Background(), net, x, classes, snnk.TrainOptions{Epochs: 1, Noise: 0.1, Seed: 76})
	must(d, "Train", err)
	for _, p := range net.Params() {
		addParam(d, "Train with noise", p)
	}
}

// trainedSNNK covers 20 steps of an SNNK with trained diagonals, from a closed-form start.
func trainedSNNK[T asm.Float](d *digest) {
	x, y := matrix[T](78, 80, 6), matrix[T](79, 80, 2)
	for _, kind := range []string{"cos", "arccos"} {
		model, _, err := fit.Run[T](context.Background(), bundle.Matrix(x), bundle.Matrix(y), fit.Options{Features: 20, Pool: 20, Map: kind, Projection: "hadamard", Lambda: 0.1, Standardise: fit.StandardiseAlways, Seed: 80})
		must(d, "Fit", err)
		if err != nil {
			return
		}
		labels := make([]int, 80)
		for i := range labels {
			labels[i] = i % 2
		}
		tempered, err := compress.Temper(context.Background(), model.Network, x, snnk.Targets[T]{Labels: labels}, snnk.AutoLoss)
		must(d, "Temper", err)
		if err != nil {
			return
		}
		addMatrix(d, "Temper "+kind, tempered.Forward(nil, x, nil))
		net, err := compress.Trainable(model.Network, true)
		must(d, "Trainable", err)
		if err != nil {
			return
		}
		_, err = snnk.Train(context.Background(), net, x, snnk.Targets[T]{Values: y}, snnk.TrainOptions{Epochs: 5, Batch: 20, Seed: 81})
		must(d, "Train", err)
		for _, p := range net.Params() {
			addParam(d, "Train "+kind, p)
		}
		trained, err := compress.Trained(net)
		must(d, "Trained", err)
		if err == nil {
			addMatrix(d, "Trained "+kind, trained.Forward(nil, x, nil))
		}
	}
}

// addParam takes a parameter of what name is about.
func addParam[T asm.Float](d *digest, name string, p *snnk.Param[T]) {
	addMatrix(d, name, p.Value)
	addMatrix(d, name+" gradient", p.Grad)
}
