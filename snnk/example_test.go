package snnk_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

// A layer cos(W·x) made of random features, without data, its exact value and the standard
// error to expect.
func ExampleLayer() {
	spectrum, _, err := urf.ExactSpectrum("cos", 1)
	if err != nil {
		log.Fatal(err)
	}
	phi, err := urf.New[float64](urf.URF{Projection: ortho.Spec{M: 4096, D: 2}, Spectrum: spectrum})
	if err != nil {
		log.Fatal(err)
	}
	w := mat.Of(1, 2, []float64{0.6, -0.3})
	layer := snnk.FromWeights(phi.(urf.Towers[float64]), w, nil)
	x := mat.Of(1, 2, []float64{0.5, 0.5})
	cos, err := urf.ActivationByName("cos")
	if err != nil {
		log.Fatal(err)
	}
	predicted, err := layer.PredictError(context.Background(), cos, w, nil, x)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f ± %.2f, exactly cos 0.15 = 0.99\n", layer.Forward(nil, x, nil).At(0, 0), predicted.StdError[0])
	// Output: 1.00 ± 0.01, exactly cos 0.15 = 0.99
}

// A kernel with 64 features learns the distance of its inputs: first Ψ and b in closed form, then the
// diagonals of the features as well.
func ExampleTrainableLayer() {
	phi, err := snnk.NewDiagonals[float64]("phi", urf.Fourier{Projection: ortho.Spec{Kind: ortho.Hadamard, Seed: 1, M: 64, D: 2}})
	if err != nil {
		log.Fatal(err)
	}
	x, y := mat.New[float64](100, 2), mat.New[float64](100, 1)
	for i := range 100 {
		a, b := float64(i%10)/5-0.9, float64(i/10)/5-0.9
		x.Set(i, 0, a)
		x.Set(i, 1, b)
		y.Set(i, 0, math.Abs(a-b))
	}
	k := snnk.NewTrainableLayer("psi", phi, 1)
	if err := k.Refit(context.Background(), x, y, 1e-1); err != nil {
		log.Fatal(err)
	}
	targets := snnk.Targets[float64]{Values: y}
	before, err := snnk.Evaluate(context.Background(), k, x, targets, snnk.SquaredError)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := snnk.Train(context.Background(), k, x, targets, snnk.TrainOptions{Rate: 0.01, Epochs: 100, Schedule: snnk.Schedule{Cosine: true}}); err != nil {
		log.Fatal(err)
	}
	after, err := snnk.Evaluate(context.Background(), k, x, targets, snnk.SquaredError)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d parameters, loss %.5f, after training %.5f\n", snnk.ParamCount(k), before.Loss, after.Loss)
	// Output: 385 parameters, loss 0.00484, after training 0.00222
}

// A trained network is frozen and gets an adapter before its last layer: its outputs stay
// the same bits until the adapter is trained.
func ExampleNewAdapter() {
	relu, err := urf.ActivationByName("relu")
	if err != nil {
		log.Fatal(err)
	}
	body := snnk.NewLinear[float32]("body", 4, 64, relu, rng.New(1))
	head := snnk.NewLinear[float32]("head", 64, 3, urf.Activation{}, rng.New(2))
	trained := snnk.NewSequence[float32](body, head)
	snnk.Freeze(trained.Params(), true)

	phi, err := urf.New[float32](urf.Fourier{Projection: ortho.Spec{Kind: ortho.Hadamard, Seed: 3, M: 8, D: 64}, Scale: 0.1})
	if err != nil {
		log.Fatal(err)
	}
	features := snnk.NewFeatures(phi.(urf.Gradient[float32]))
	adapted := snnk.NewSequence[float32](body, snnk.NewAdapter("adapter", features, snnk.AdapterOptions{}), head)

	x := mat.Of(1, 4, []float32{1, -2, 0.5, 3})
	a, b := trained.Forward(nil, x).Clone(), adapted.Forward(nil, x)
	fmt.Println(snnk.ParamCount(adapted), "trained parameters, same outputs:", a.At(0, 0) == b.At(0, 0), a.At(0, 1) == b.At(0, 1), a.At(0, 2) == b.At(0, 2))
	// Output: 512 trained parameters, same outputs: true true true
}

// A dense network learns whether two numbers have the same sign. A fifth of the rows is held
// out: they choose the epoch and show what was learnt.
func ExampleTrain() {
	relu, err := urf.ActivationByName("relu")
	if err != nil {
		log.Fatal(err)
	}
	net := snnk.NewSequence[float32](
		snnk.NewLinear[float32]("0", 2, 16, relu, rng.New(1)),
		snnk.NewLinear[float32]("2", 16, 2, urf.Activation{}, rng.New(2)))
	x, labels := mat.New[float32](400, 2), make([]int, 400)
	rng.Normal(rng.New(3), x.Data(), 0)
	for i := range labels {
		if x.At(i, 0)*x.At(i, 1) > 0 {
			labels[i] = 1
		}
	}
	report, err := snnk.Train(context.Background(), net, x, snnk.Targets[float32]{Labels: labels}, snnk.TrainOptions{Rate: 1e-2, HeldOut: 0.2, Schedule: snnk.Schedule{Cosine: true}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d rows held out, accuracy %.0f %% before, %.0f %% after\n", report.HeldOutRows, 100*report.Start.Accuracy, 100*report.HeldOut.Accuracy)
	// Output: 80 rows held out, accuracy 59 % before, 99 % after
}
