// Command diagonals compares, at an equal number of trained parameters, random features whose
// diagonals are trained with narrow networks and with features that stay random:
//
//	go run ./examples/diagonals
//	go run ./examples/diagonals -x letters-x.csv -y letters-y.csv
//
// The first is on handwritten digits, the second on data of files: letters.py makes these.
// All models are trained by the same Adam for the same number of epochs. For each row of
// the table the learning rate and, for features, the scale of the inputs are chosen on the last
// fifth of the training rows; then five seeds are trained on all of them and measured on the
// test rows, on which nothing was chosen. README.md has both tables.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"nnk/snnk"
)

func main() {
	seeds := flag.Int("seeds", 5, "trainings of each row of the table")
	inputs := flag.String("x", "", "`file` of inputs, .npy or .csv; the last fifth of the rows is for the test")
	classes := flag.String("y", "", "`file` of their classes")
	flag.Parse()
	if flag.NArg() > 0 || *seeds < 1 || (*inputs == "") != (*classes == "") {
		flag.Usage()
		os.Exit(2)
	}
	t, err := digitTask()
	if *inputs != "" {
		t, err = readTask(*inputs, *classes)
	}
	if err == nil {
		err = run(os.Stdout, t, plan{*seeds, []float64{0.003, 0.01, 0.03}, []float64{0.5, 1, 2, 4}})
	}
	if err != nil {
		log.Fatal(err)
	}
}

// plan says how much is trained.
type plan struct {
	seeds         int
	rates, scales []float64
}

// row is a line of the table.
type row struct {
	family      family
	params      int
	rate, scale float64
	heldOut     float64   // accuracy there of the chosen rate and scale
	accuracy    []float64 // of each seed, on the test rows
}

func run(w io.Writer, t task, p plan) error {
	list, err := families(t.train.x.Cols(), t.classes)
	if err != nil {
		return err
	}
	rows, err := t.choose(list, p)
	if err != nil {
		return err
	}
	err = each(len(rows)*p.seeds, func(i int) (err error) {
		r := &rows[i/p.seeds]
		r.accuracy[i%p.seeds], err = t.fit(r.family, t.train, t.test, r.rate, r.scale, uint64(i%p.seeds))
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d rows to train on, %d to test, %d epochs, batches of %d\n\n", len(t.train.y), len(t.test.y), t.epochs, t.batch)
	fmt.Fprintf(w, "%-31s %7s %6s %6s  %s\n", "", "trained", "rate", "scale", "test accuracy, %")
	for _, r := range rows {
		scale := ""
		if r.family.scaled {
			scale = fmt.Sprint(r.scale)
		}
		mean, deviation := moments(r.accuracy)
		fmt.Fprintf(w, "%-31s %7d %6g %6s  %.2f ± %.2f (%.1f–%.1f)\n", r.family.name, r.params, r.rate, scale, mean, deviation, slices.Min(r.accuracy), slices.Max(r.accuracy))
	}
	return nil
}

// choose returns a row for each family, with the rate and the scale that are best on the last
// fifth of the training rows when trained on the others.
func (t task) choose(list []family, p plan) ([]row, error) {
	var tries []row
	for _, f := range list {
		m, err := f.make(1, 0)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		scales := p.scales
		if !f.scaled {
			scales = []float64{1}
		}
		for _, rate := range p.rates {
			for _, scale := range scales {
				tries = append(tries, row{family: f, params: snnk.ParamCount(m), rate: rate, scale: scale, accuracy: make([]float64, p.seeds)})
			}
		}
	}
	n := len(t.train.y) - len(t.train.y)/5
	part, check := t.train.rows(0, n), t.train.rows(n, len(t.train.y))
	scores := make([]float64, len(tries)*t.trials)
	if err := each(len(scores), func(i int) (err error) {
		r := tries[i/t.trials]
		scores[i], err = t.fit(r.family, part, check, r.rate, r.scale, uint64(100+i%t.trials))
		return err
	}); err != nil {
		return nil, err
	}
	var best []row
	for i, r := range tries {
		r.heldOut, _ = moments(scores[i*t.trials : (i+1)*t.trials])
		last := len(best) - 1
		switch {
		case last < 0 || best[last].family.name != r.family.name:
			best = append(best, r)
		case cmp.Less(best[last].heldOut, r.heldOut):
			best[last] = r
		}
	}
	return best, nil
}

// fit returns the accuracy on other rows, in percent, after training.
func (t task) fit(f family, on, test data, rate, scale float64, seed uint64) (float64, error) {
	fail := func(err error) (float64, error) { return 0, fmt.Errorf("%s, seed %d: %w", f.name, seed, err) }
	m, err := f.make(scale, seed)
	if err != nil {
		return fail(err)
	}
	_, err = snnk.Train(context.Background(), m, on.x, snnk.Targets[float32]{Labels: on.y}, snnk.TrainOptions{Rate: rate, Schedule: snnk.Schedule{Cosine: true}, Epochs: t.epochs, Batch: t.batch, Seed: seed})
	if err != nil {
		return fail(err)
	}
	score, err := snnk.Evaluate(context.Background(), m, test.x, snnk.Targets[float32]{Labels: test.y}, snnk.CrossEntropy)
	if err != nil {
		return fail(err)
	}
	return 100 * score.Accuracy, nil
}

// each calls f(0), …, f(n−1) from several goroutines and joins the errors. Each call trains a
// model of its own, so the number of goroutines changes no bit.
func each(n int, f func(i int) error) error {
	errs := make([]error, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				errs[i] = f(i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// moments are the mean and the standard deviation.
func moments(v []float64) (mean, deviation float64) {
	for _, a := range v {
		mean += a / float64(len(v))
	}
	for _, a := range v {
		deviation += float64((a-mean)*(a-mean)) / float64(max(len(v)-1, 1))
	}
	return mean, math.Sqrt(deviation)
}
