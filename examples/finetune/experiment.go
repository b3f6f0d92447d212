package main

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"

	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
)

// experiment is pretraining on some classes and fine-tuning on all, once for each seed.
type experiment struct {
	sizes            sizes
	known            int // classes of pretraining
	pretrain, epochs int
	batch            int
	progress         func(done, total int) // may be nil
}

// standard is the experiment of the table.
var standard = experiment{sizes: digitSizes, known: 5, pretrain: 40, epochs: 20, batch: 32}

const (
	pretrainRate = 2e-3
	decay        = 0.01 // of weights, in fine-tuning
	headName     = "head."
)

// run is one fine-tuning.
type run struct {
	family *family
	size   int
	rate   float64
	seed   int
}

// outcome is what one fine-tuning led to.
type outcome struct {
	params   int     // trained, without the head
	accuracy float64 // per cent
}

// all carries out the runs on as many goroutines as may run at a time: each has its own
// network, so their number changes no bit. Fine-tuning is on train, accuracy that on test.
func (e experiment) all(runs []run, train, test images) ([]outcome, error) {
	seeds := 0
	for _, r := range runs {
		seeds = max(seeds, r.seed+1)
	}
	bodies := make([]map[string]*mat.Dense[float32], seeds)
	out := make([]outcome, len(runs))
	total := seeds + len(runs)
	report := func(done int) {
		if e.progress != nil {
			e.progress(done, total)
		}
	}
	if err := each(seeds, report, func(i int) (err error) {
		bodies[i], err = e.body(i, train.below(e.known))
		return err
	}); err != nil {
		return nil, err
	}
	return out, each(len(runs), func(done int) { report(seeds + done) }, func(i int) (err error) {
		out[i], err = e.fineTune(runs[i], bodies[runs[i].seed], train, test)
		return err
	})
}

// each calls f(0), …, f(n−1) from several goroutines and returns the first error by index.
func each(n int, report func(done int), f func(i int) error) error {
	var mu sync.Mutex
	next, done := 0, 0
	errs := make([]error, n)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= n {
					return
				}
				errs[i] = f(i)
				mu.Lock()
				done++
				report(done)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// The streams of a seed.
const (
	streamWeights = iota
	streamPretrain
	streamFineTune
	streamAdapters
)

func stream(seed int, use uint64) rng.Stream { return rng.New(uint64(seed)).Sub(use) }

// body returns the weights of a network trained on the given images, without the head.
func (e experiment) body(seed int, d images) (map[string]*mat.Dense[float32], error) {
	net := newTransformer[float32](e.sizes, stream(seed, streamWeights))
	if err := e.train(net, d, e.pretrain, pretrainRate, seedOf(stream(seed, streamPretrain))); err != nil {
		return nil, fmt.Errorf("pretraining of seed %d: %w", seed, err)
	}
	values := map[string]*mat.Dense[float32]{}
	for _, p := range net.Params() {
		if !strings.HasPrefix(p.Name, headName) {
			values[p.Name] = p.Value
		}
	}
	return values, nil
}

// fineTune trains a network with the given body and a new head.
func (e experiment) fineTune(r run, body map[string]*mat.Dense[float32], train, test images) (outcome, error) {
	fail := func(err error) (outcome, error) {
		return outcome{}, fmt.Errorf("%s %d, seed %d: %w", r.family.name, r.size, r.seed, err)
	}
	net := newTransformer[float32](e.sizes, stream(r.seed, streamWeights))
	for _, p := range net.Params() {
		if v := body[p.Name]; v != nil {
			p.Value.Copy(v)
		}
	}
	if err := r.family.prepare(net, r.size, stream(r.seed, streamAdapters)); err != nil {
		return fail(err)
	}
	tuned := above(net)
	if err := e.train(tuned, tuned.inputs(train), e.epochs, r.rate, seedOf(stream(r.seed, streamFineTune))); err != nil {
		return fail(err)
	}
	score, err := snnk.Evaluate[float32](context.Background(), tuned, tuned.inputs(test).x, test.targets(), snnk.CrossEntropy)
	if err != nil {
		return fail(err)
	}
	return outcome{snnk.ParamCount[float32](net) - snnk.ParamCount[float32](net.head), 100 * score.Accuracy}, nil
}

func (e experiment) train(net snnk.Module[float32], d images, epochs int, rate float64, seed uint64) error {
	steps := (len(d.y) + e.batch - 1) / e.batch * epochs
	_, err := snnk.Train(context.Background(), net, d.x, d.targets(), snnk.TrainOptions{
		Rule: snnk.AdamW{Decay: decay}, Rate: rate, Schedule: snnk.Schedule{Cosine: true, Warmup: steps / 20},
		Epochs: epochs, Batch: e.batch, Seed: seed,
	})
	return err
}

// summary is the accuracy of one method over the seeds.
type summary struct {
	family          *family
	size, params    int
	rate            float64
	mean, deviation float64 // of the sample
	low, high       float64
}

// summarise gathers the outcomes of runs that differ in their seed only and stand one after
// the other.
func summarise(runs []run, out []outcome, seeds int) []summary {
	var all []summary
	for i := 0; i < len(runs); i += seeds {
		s := summary{family: runs[i].family, size: runs[i].size, rate: runs[i].rate, params: out[i].params, low: out[i].accuracy, high: out[i].accuracy}
		for _, o := range out[i : i+seeds] {
			s.mean += o.accuracy / float64(seeds)
			s.low, s.high = min(s.low, o.accuracy), max(s.high, o.accuracy)
		}
		sum := 0.0
		for _, o := range out[i : i+seeds] {
			d := o.accuracy - s.mean
			sum = math.FMA(d, d, sum)
		}
		s.deviation = math.Sqrt(sum / float64(max(seeds-1, 1)))
		all = append(all, s)
	}
	return all
}
