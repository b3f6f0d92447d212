package fit_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/mat"
)

// A classifier of three clusters on a line: 16 features and a constant for each class, and
// mean and scale of the inputs.
func ExampleRun() {
	x, class := mat.New[float32](60, 1), make([]int, 60)
	for i := range class {
		class[i] = i % 3
		x.Set(i, 0, float32(10*class[i])+float32(i)/60)
	}
	model, _, err := fit.Run[float32](context.Background(), bundle.Matrix(x), bundle.OneHot(class, 3), fit.Options{Task: bundle.Classify, Features: 16, Pool: 16})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(bundle.Labels(nil, model.Network.Forward(nil, mat.Of(3, 1, []float32{20.5, 0.5, 10.5}), nil)), model.Network.Params(), "parameters")
	// Output: [2 0 1] 53 parameters
}

// Logistic regression on one column: the probability of class 1 at 0, ½ and 1.
func ExampleLogistic() {
	z, class := mat.New[float64](40, 1), make([]int, 40)
	for i := range class {
		z.Set(i, 0, float64(i)/40)
		if i >= 20 != (i%5 == 0) { // every fifth is in the other class
			class[i] = 1
		}
	}
	x, y := bundle.Matrix(z), bundle.OneHot(class, 2)
	targets := mat.New[float64](40, 2)
	if err := y.Read(targets, 0); err != nil {
		log.Fatal(err)
	}
	stats, err := fit.NewStats(z, targets, fit.Folds{})
	if err != nil {
		log.Fatal(err)
	}
	if err := stats.Add(z, targets); err != nil {
		log.Fatal(err)
	}
	sums, err := stats.Total()
	if err != nil {
		log.Fatal(err)
	}
	a, report, err := fit.Logistic(context.Background(), x, y, sums, fit.Penalty{Lambda: 1e-6}, fit.LogisticOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("converged:", report.Converged)
	for _, v := range []float64{0, 0.5, 1} {
		score := func(k int) float64 { return v*a.At(0, k) + a.At(1, k) } // the last row is the constant's
		fmt.Printf("%.2f ", 1/(1+math.Exp(score(0)-score(1))))
	}
	fmt.Println()
	// Output:
	// converged: true
	// 0.10 0.51 0.90
}
