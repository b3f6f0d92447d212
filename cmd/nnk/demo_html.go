package main

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"

	"nnk/examples/digits"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/urf"
)

//go:embed demo.html
var demoPage string

// page is what demo.html shows.
type page struct {
	Summary, Data, Fingerprint string
	Charts                     []pageChart
	Head                       []string
	Table                      [][]string
}

type pageChart struct {
	Title, Note string
	SVG         template.HTML
}

// families in the order of their colours.
var families = []string{familyTeacher, familyRandom, familySelected, familyLogistic, familyLearned, familyLowRank, familyNarrow, familyNarrow8}

// writePage writes the demonstration as one page that needs nothing else.
func (d *demonstration) writePage(w io.Writer) error {
	t, err := template.New("demo").Parse(demoPage)
	if err == nil {
		t, err = t.Parse(styleSheet)
	}
	if err != nil {
		return err
	}
	convergence, err := convergenceChart(d.ctx)
	if err != nil {
		return err
	}
	p := page{
		Summary: sentence(d.rows), Fingerprint: d.fingerprint,
		Data: fmt.Sprintf("%d handwritten digits of 8×8 pixels: %d to train, %d by other writers to test. The teacher 64-256-256-10 and the narrow networks were trained with scikit-learn.",
			digits.Rows, digits.Train, digits.Rows-digits.Train),
		Charts: []pageChart{accuracyChart(d.rows), timeChart(d.rows), convergence},
		Head:   []string{"model", "family", "file bytes", "smaller", "trained parameters", "accuracy %", "five seeds %", "agrees with teacher %", "multiply-adds", "µs, batch 1", "µs, batch 256"},
	}
	for _, r := range d.rows {
		seeds := ""
		if r.Spread != nil {
			seeds = fmt.Sprintf("%.1f–%.1f, mean %.1f", 100*r.Spread.Min, 100*r.Spread.Max, 100*r.Spread.Mean)
		}
		p.Table = append(p.Table, []string{r.Model, r.Family, thousands(int(r.Bytes)), fmt.Sprintf("%.1f×", r.Ratio), thousands(r.Params), fmt.Sprintf("%.1f", 100*r.Accuracy), seeds,
			fmt.Sprintf("%.1f", 100*r.Agreement), thousands(r.MACs), microseconds(r.NsB1), microseconds(r.NsB256)})
	}
	return t.Execute(w, p)
}

// accuracyChart has a line for each family.
func accuracyChart(rows []demoRow) pageChart {
	p := plot{
		about: "Accuracy on the test digits against the bytes of the file, one line for each family of models; the table below has the numbers",
		x:     scaleOf{"bytes of the file", true, []float64{1000, 3000, 10000, 30000, 100000, 400000}},
		y:     scaleOf{name: "accuracy %"},
	}
	least := 85.0
	for _, r := range rows {
		least = min(least, 100*r.Accuracy)
	}
	step := 2.5
	if least < 80 {
		step = 5
	}
	for v := math.Floor(least/5) * 5; v <= 100; v += step {
		p.y.ticks = append(p.y.ticks, v)
	}
	for k, family := range families {
		s := series{name: family, colour: k, line: true, dots: true}
		for _, r := range rows {
			if r.Family == family {
				s.points = append(s.points, [2]float64{float64(r.Bytes), 100 * r.Accuracy})
			}
		}
		sortPoints(s.points)
		p.series = append(p.series, s)
	}
	return pageChart{"Accuracy against size", "The default seed on the 500 test digits.", p.svg()}
}

// sortPoints orders points from left to right.
func sortPoints(points [][2]float64) {
	slices.SortStableFunc(points, func(a, b [2]float64) int { return cmp.Compare(a[0], b[0]) })
}

func timeChart(rows []demoRow) pageChart {
	var bars []bar
	for _, r := range rows {
		bars = append(bars, bar{r.Model, slices.Index(families, r.Family), r.NsB1, r.NsB256})
	}
	return pageChart{"Microseconds per sample", "Above: one sample at a time. Below, pale: in batches of 256. Measured on this machine.",
		barsSVG("Microseconds per sample of every model, one at a time and in batches of 256; the table below has the numbers", bars, microseconds)}
}

// convergenceChart measures untrained features of one neuron against the
// closed form of their error, unless ctx ends.
func convergenceChart(ctx context.Context) (pageChart, error) {
	p := plot{
		about: "Root mean square error of a neuron made of m random features, measured over 50 seeds, with the predicted curve; both fall like one over the root of m",
		x:     scaleOf{"features m", true, []float64{16, 64, 256, 1024, 4096}},
		y:     scaleOf{"root mean square error", true, []float64{0.01, 0.03, 0.1, 0.3, 1}},
	}
	const inputs, seeds, cosine, bias = 64, 50, 0.4, 0.4
	x, w := mat.New[float64](1, inputs), mat.New[float64](1, inputs)
	x.Set(0, 0, 1)
	w.Set(0, 0, cosine)
	w.Set(0, 1, math.Sqrt(1-cosine*cosine))
	for k, name := range []string{"cos", "gaussian"} {
		spectrum, _, err := urf.ExactSpectrum(name, 1)
		if err != nil {
			return pageChart{}, err
		}
		act, err := urf.ActivationByName(name)
		if err != nil {
			return pageChart{}, err
		}
		points := urf.PointsOf(x, w, []float64{bias})
		measured := series{name: name + ", measured", colour: k + 1, dots: true}
		curve := series{name: name + ", predicted", colour: k + 1, line: true}
		for m := 16; m <= 4096; m *= 2 {
			if ctx.Err() != nil {
				return pageChart{}, context.Cause(ctx)
			}
			spec := urf.URF{Projection: ortho.Spec{M: m, D: inputs}, Spectrum: spectrum}
			predicted, err := spec.Predict(act, points)
			if err != nil {
				return pageChart{}, err
			}
			curve.points = append(curve.points, [2]float64{float64(m), math.Sqrt(predicted[0].Variance)})
			sum := 0.0
			for seed := range seeds {
				spec.Projection.Seed = uint64(seed)
				f, err := urf.New[float64](spec)
				if err != nil {
					return pageChart{}, err
				}
				e := mat.MulT(nil, f.Phi(nil, x, nil), f.(urf.Towers[float64]).Psi(nil, w, []float64{bias})).At(0, 0) - act.At(points[0].Dot+bias)
				sum = math.FMA(e, e, sum)
			}
			measured.points = append(measured.points, [2]float64{float64(m), math.Sqrt(sum / seeds)})
		}
		p.series = append(p.series, measured, curve)
	}
	return pageChart{"Error against the number of features", fmt.Sprintf("Random features without training: one neuron, ‖x‖ = ‖w‖ = 1, xᵀw + b = %.1f, %d seeds. The prediction is a closed form; fitted models have none.", cosine+bias, seeds), p.svg()}, nil
}
