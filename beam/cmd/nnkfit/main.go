// Command nnkfit fits a model to more rows than one machine has, on Apache Beam: here, by Beam's own runner Prism, or on any
// cluster that runs its pipelines. The model is the one of nnk fit -loss squared, byte for byte.
//
//	nnkfit -x 'shards/x-*.npy' -y 'shards/y-*.npy' -task regress -features 1024 -o model.safetensors
//	nnkfit … -temp gs://BUCKET/tmp --runner=universal --endpoint=HOST:PORT
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/s3" // that of gs:// comes with beamx
	"github.com/apache/beam/sdks/v2/go/pkg/beam/log"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"

	"nnk/beam/cluster"
	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/rng/ortho"
)

var (
	inputs    = flag.String("x", "", "`pattern` of files with inputs, n×d: .npy, .safetensors, .csv or .tsv, here or as gs://… or s3://…, read in the order of their names")
	targets   = flag.String("y", "", "`pattern` of files with n labels or n×l targets")
	tensors   = flag.String("tensors", "x,y", "`names` of the tensors of inputs and of targets in .safetensors files that hold more than one")
	task      = flag.String("task", "", "classify or regress")
	out       = flag.String("o", "", "model `file` to write, on this machine")
	temp      = flag.String("temp", "", "`folder` that this program and the workers can write and read; needed if they are on other machines")
	rangeRows = flag.Int("range", 0, "`rows`, about, that a worker reads at a time; 0: a quarter of all, at least 65536, or a whole shard where files are not on this machine. Each range makes sums of 80·P² bytes for P features of the pool")
	quiet     = flag.Bool("quiet", false, "do not say what each pipeline read")

	features   = flag.Int("features", 256, "`number` of features of the model")
	kind       = flag.String("map", fit.MapKinds()[0], "`kind` of features: "+strings.Join(fit.MapKinds(), " or "))
	projection = flag.String("projection", "auto", "`kind` of projection, as of nnk fit")
	pool       = flag.String("pool", "auto", "number of features to select from, auto, or none")
	lambda     = flag.Float64("lambda", 0, "ridge penalty; 0 chooses by held-out error")
	scale      = flag.Float64("scale", 0, "factor of the inputs; 0 chooses by held-out error")
	standard   = flag.String("standardise", "auto", "give columns mean 0 and mean square 1: auto, yes or no")
	linear     = flag.String("linear", "auto", "let columns of the inputs be features themselves: auto, yes or no")
	seed       = flag.Uint64("seed", 0, "seed of the features")
)

// errUsage is wrong usage: exit 2.
var errUsage = errors.New("nnkfit -h shows the flags")

// collectAt is how much garbage, in percent of what is held, is left before it is collected: sums are few and large.
const collectAt = 40

func main() {
	flag.Parse()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	log.LogLevel = "error"
	beam.Init() // a worker stays in here
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	switch {
	case err == nil:
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "nnkfit:", oneLine(err))
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "nnkfit:", oneLine(err))
		os.Exit(1)
	}
}

// oneLine makes an error one line. Those of runners are many, of which the last says what happened.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func run(ctx context.Context) error {
	opt, err := options()
	if err != nil {
		return err
	}
	for _, f := range []struct{ name, value string }{{"x", *inputs}, {"y", *targets}, {"o", *out}, {"task", *task}} {
		if f.value == "" {
			return fmt.Errorf("flag -%s is needed: %w", f.name, errUsage)
		}
	}
	if *task != string(bundle.Classify) && *task != string(bundle.Regress) {
		return fmt.Errorf("-task %s: want classify or regress: %w", *task, errUsage)
	}
	x, y, ok := strings.Cut(*tensors, ",")
	if !ok || x == "" || y == "" {
		return fmt.Errorf("-tensors %s: want two names, such as x,y: %w", *tensors, errUsage)
	}
	c := cluster.Config{Inputs: *inputs, Tensors: [2]string{x, y}, Targets: *targets, Task: bundle.Task(*task), Temp: *temp, RangeRows: *rangeRows, Run: beamx.RunWithMetrics}
	if !*quiet {
		c.Ran = said
	}
	m, report, err := cluster.Fit(ctx, c, opt)
	if err != nil {
		return err
	}
	if err := m.Save(*out); err != nil {
		return err
	}
	fmt.Printf("%d rows, %d of %d features, scale %.4g, λ %.4g, held-out squared error / variance %.4g\n", report.Rows, report.Features, report.Pool, report.Scale, report.Lambda, report.HeldOut)
	return nil
}

var began = time.Now()

// said tells what a pipeline read, and how long after the start.
func said(what string, r beam.PipelineResult) {
	line := fmt.Sprintf("nnkfit: %s, %.1f s", what, time.Since(began).Seconds())
	if r != nil {
		counters := r.Metrics().AllMetrics().Counters()
		for _, name := range []string{"rows", "blocks", "bytes"} {
			n := int64(0)
			for _, c := range counters {
				if c.Namespace() == "nnk" && c.Name() == name {
					n += c.Result()
				}
			}
			line += fmt.Sprintf(", %d %s", n, name)
		}
	}
	fmt.Fprintln(os.Stderr, line)
}

// options are the flags' that say how features are drawn and chosen.
func options() (fit.Options, error) {
	o := fit.Options{Features: *features, Map: *kind, Seed: *seed, Lambda: *lambda, Scale: *scale}
	bad := func(name, value, want string) (fit.Options, error) {
		return o, fmt.Errorf("-%s %s: want %s: %w", name, value, want, errUsage)
	}
	if *features < 1 {
		return bad("features", strconv.Itoa(*features), "1 or more")
	}
	if !slices.Contains(fit.MapKinds(), *kind) {
		return bad("map", *kind, strings.Join(fit.MapKinds(), " or "))
	}
	if *projection != "auto" {
		if _, err := ortho.ParseKind(*projection); err != nil {
			return bad("projection", *projection, "auto or a kind")
		}
		o.Projection = *projection
	}
	switch *pool {
	case "auto":
	case "none":
		o.Pool = o.Features
	default:
		n, err := strconv.Atoi(*pool)
		if err != nil || n < o.Features {
			return bad("pool", *pool, "auto, none or a number not below -features")
		}
		o.Pool = n
	}
	for _, f := range []struct {
		name, value string
		set         func(choice int)
	}{
		{"standardise", *standard, func(c int) {
			o.Standardise = []fit.Standardisation{fit.StandardiseAuto, fit.StandardiseAlways, fit.StandardiseNever}[c]
		}},
		{"linear", *linear, func(c int) { o.Linear = []fit.LinearPart{fit.LinearAuto, fit.LinearAlways, fit.LinearNever}[c] }},
	} {
		c := slices.Index([]string{"auto", "yes", "no"}, f.value)
		if c < 0 {
			return bad(f.name, f.value, "auto, yes or no")
		}
		f.set(c)
	}
	return o, nil
}
