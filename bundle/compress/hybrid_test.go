package compress

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/examples/digits"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/urf"
)

// block is a stand-in for the feed-forward block of a small transformer: d → h → d with swish, of
// whose hidden neurons a part carries most of the energy, on inputs whose spectrum decays.
func block(t testing.TB, d, h, n int) (*bundle.Network[float32], bundle.Source) {
	t.Helper()
	swish, err := urf.ActivationByName("silu")
	if err != nil {
		t.Fatal(err)
	}
	x := random[float32](70, n, d)
	for i := range n {
		for j, v := range x.Row(i) {
			x.Set(i, j, v*float32(3/math.Sqrt(float64(1+j))))
		}
	}
	first, second := random[float32](71, h, d), random[float32](72, d, h)
	for j := range h {
		size := float32(math.Exp(-6 * float64(j) / float64(h)))
		for k := range d {
			first.Row(j)[k] *= float32(3 / math.Sqrt(float64(d)))
			second.Row(k)[j] *= size
		}
	}
	return bundle.NewNetwork(bundle.NewLinear(first, random[float32](73, 1, h).Data(), swish), bundle.NewLinear(second, random[float32](74, 1, d).Data(), urf.Activation{})), bundle.Matrix(x)
}

// lastRows are the rows of a source from one on.
type lastRows struct {
	bundle.Source
	from int
}

func (l lastRows) Rows() int                                   { return l.Source.Rows() - l.from }
func (l lastRows) Read(dst *mat.Dense[float64], row int) error { return l.Source.Read(dst, row+l.from) }

// A hybrid keeps the budget, says the held-out error that new rows show, and comes back from its file
// with the same bits.
func TestHybrid(t *testing.T) {
	net, x := block(t, 12, 24, 1200)
	_, fresh := block(t, 12, 24, 3000)
	fresh = lastRows{fresh, 1200}
	budget := net.Params() / 2
	for _, energy := range []bool{true, false} {
		got, report, err := Hybrid(t.Context(), net, x, bundle.OutputsOf(net, x), budget, HybridOptions{Energy: energy})
		if err != nil {
			t.Fatal(err)
		}
		cost := report.Neurons*(12+1+12) + report.Features*12 + 12
		if got.Params() != cost || cost > budget || cost < budget-25 {
			t.Errorf("energy %v: %d parameters, want %d of at most %d", energy, got.Params(), cost, budget)
		}
		f, err := got.Fitness(t.Context(), fresh, bundle.OutputsOf(net, fresh))
		if err != nil {
			t.Fatal(err)
		}
		if e := 1 - f.R2; e > 1.5*report.HeldOut || e < report.HeldOut/1.5 || e > 0.05 {
			t.Errorf("energy %v: error %v on new rows, %v held out", energy, e, report.HeldOut)
		}
		back, err := readModel(fileOf(t, &bundle.Model[float32]{Network: got, Task: bundle.Outputs}))
		if err != nil {
			t.Fatal(err)
		}
		probe := random[float32](75, 300, 12)
		if e := rms(back.Network.Forward(nil, probe, nil), got.Forward(nil, probe, nil)); e != 0 {
			t.Errorf("energy %v: read from its file it differs by %v", energy, e)
		}
		ws, dst, some := &bundle.Workspace[float32]{}, mat.New[float32](200, 12), probe.View(0, 0, 200, 12)
		kerneltest.NoAllocs(t, "Forward of a hybrid", func() { got.Forward(dst, some, ws) })
	}
}

// The neurons of largest energy are those of largest mean square times outgoing weights.
func TestHybridEnergy(t *testing.T) {
	net, x := block(t, 12, 24, 600)
	got, report, err := Hybrid(t.Context(), net, x, bundle.OutputsOf(net, x), 400, HybridOptions{Energy: true, Lambdas: []float64{1e-4}})
	if err != nil {
		t.Fatal(err)
	}
	first, second := net.Stages()[0].(*bundle.Linear[float32]), net.Stages()[1].(*bundle.Linear[float32])
	z := mat.New[float32](600, 12)
	if err := bundle.Read(z, x, 0); err != nil {
		t.Fatal(err)
	}
	h := first.Forward(nil, z, nil)
	energy := make([]float64, 24)
	for j := range energy {
		for i := range 600 {
			energy[j] += float64(h.At(i, j)) * float64(h.At(i, j))
		}
		w := 0.0
		for k := range 12 {
			w += float64(second.Weight().At(k, j)) * float64(second.Weight().At(k, j))
		}
		energy[j] *= w
	}
	least := math.Inf(1)
	var kept []int
	for i := range report.Neurons {
		row := got.Stages()[0].(*bundle.Hybrid[float32]).Neurons().Weight().Row(i)
		for j := range 24 {
			if slices.Equal(row, first.Weight().Row(j)) {
				kept = append(kept, j)
				least = min(least, energy[j])
			}
		}
	}
	for j, e := range energy {
		if !slices.Contains(kept, j) && e > least {
			t.Errorf("neuron %d of energy %v is left out, but one of %v kept", j, e, least)
		}
	}
	if len(kept) != report.Neurons || !slices.IsSorted(kept) {
		t.Errorf("kept %v, want %d neurons in order", kept, report.Neurons)
	}
}

func TestHybridErrors(t *testing.T) {
	net, x := block(t, 12, 24, 200)
	y := bundle.OutputsOf(net, x)
	one := bundle.NewNetwork(net.Stages()[:1]...)
	for _, c := range []struct {
		name   string
		net    *bundle.Network[float32]
		budget int
		opt    HybridOptions
		want   string
	}{
		{"one layer", one, 500, HybridOptions{}, "hidden layer"},
		{"no dense layers", bundledNetwork(t), 500, HybridOptions{}, "not a dense layer"},
		{"small budget", net, 13, HybridOptions{}, "too few for a hybrid"},
		{"no room for a neuron", net, 40, HybridOptions{}, "too few for a hybrid"},
		{"map", net, 500, HybridOptions{Map: "bogus"}, "bogus"},
	} {
		if _, _, err := Hybrid(t.Context(), c.net, x, y, c.budget, c.opt); !errors.Is(err, bundle.ErrRange) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that says %q", c.name, err, c.want)
		}
	}
	if _, _, err := Hybrid(t.Context(), net, x, noTargets(7), 500, HybridOptions{}); !errors.Is(err, bundle.ErrFormat) {
		t.Errorf("other rows of targets: %v", err)
	}
	m, err := fit.NewMap[float32](fit.MapSpec{Kind: "cos", Projection: "hadamard", M: 4, D: 5, Scale: 1})
	if err != nil {
		t.Fatal(err)
	}
	misuse.Panics(t, "bundle.NewHybrid: ", func() { bundle.NewHybrid(net.Stages()[0].(*bundle.Linear[float32]), m) })
}

// The tool is honest: where a network has a few neurons that do the work, it keeps those; where random
// features are better, it takes them.
func TestAutoChooses(t *testing.T) { testAutoChooses(t, 15, 30, 600, 400, 650) }

// testAutoChooses has a block of d inputs and h neurons, with so many rows, and all rows of the
// digits, whose network is replaced within the budget.
func testAutoChooses(t *testing.T, d, h, rows, all, budget int) {
	digit := func(rows int) bundle.Source {
		x, _, err := digits.Load()
		if err != nil {
			t.Fatal(err)
		}
		return bundle.Matrix(x.View(0, 0, rows, digits.Pixels))
	}
	net, x := block(t, d, h, rows)
	for _, c := range []struct {
		name   string
		net    *bundle.Network[float32]
		x      bundle.Source
		budget int
		want   []string
		below  float64
	}{
		{"block at half its size", net, x, net.Params() / 2, []string{"chosen neurons", "neurons by energy and random features", "neurons and features by selection"}, 0.05},
		{"digits", teacher(t), digit(all), budget, []string{"random features", "selected features"}, 0.05},
	} {
		model, candidates, err := Auto(t.Context(), c.net, c.x, nil, AutoOptions{Budget: c.budget, Fit: fit.Options{Standardise: fit.StandardiseNever}})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s, %d parameters:", c.name, c.budget)
		chosen, least := 0, math.Inf(1)
		for _, k := range candidates {
			t.Logf("    %-40s %6d parameters, held-out error %.4f %s", k.Family, k.Params, k.HeldOut, k.Problem)
			if k.Problem == "" {
				least = min(least, k.HeldOut)
			}
			if k.Chosen {
				chosen++
				if !slices.Contains(c.want, k.Family) || k.HeldOut > c.below || model.Provenance["family"] != k.Family {
					t.Errorf("%s: chose %+v (file says %q), want one of %q", c.name, k, model.Provenance["family"], c.want)
				}
			}
			if k.Params > c.budget || k.Problem == "" && k.Params < c.budget*8/10 {
				t.Errorf("%s: %s has %d parameters of %d", c.name, k.Family, k.Params, c.budget)
			}
		}
		for _, k := range candidates {
			if k.Chosen && k.HeldOut != least {
				t.Errorf("%s: chose %v, the least is %v", c.name, k.HeldOut, least)
			}
		}
		if chosen != 1 || model.Network.Params() > c.budget {
			t.Errorf("%s: %d chosen, model of %d parameters", c.name, chosen, model.Network.Params())
		}
		if f, err := model.Network.Fitness(t.Context(), c.x, bundle.OutputsOf(c.net, c.x)); err != nil || 1-f.R2 > c.below {
			t.Errorf("%s: error %v of the model, %v", c.name, 1-f.R2, err)
		}
		if _, err := readModel(fileOf(t, model)); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Labels are judged by accuracy; families that cannot meet the budget say why; columns that are
// standardised count.
func TestAutoLabels(t *testing.T) {
	x, y, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	rows := bundle.Matrix(x.View(0, 0, 300, digits.Pixels))
	fit := fit.Options{Task: bundle.Classify, Standardise: fit.StandardiseAlways, Lambda: 1e-2, Scale: 0.1}
	model, candidates, err := Auto(t.Context(), teacher(t), rows, bundle.OneHot(y[:300], digits.Classes), AutoOptions{Budget: 600, Fit: fit})
	if err != nil {
		t.Fatal(err)
	}
	if model.Task != bundle.Classify || model.Network.Params() > 600 {
		t.Errorf("task %s, %d parameters", model.Task, model.Network.Params())
	}
	for _, c := range candidates {
		switch {
		case c.Family == "low rank" && !strings.Contains(c.Problem, "too few for low rank"):
			t.Errorf("low rank: %+v", c)
		case c.Problem == "" && (c.HeldOut != 0 || c.Accuracy < 0.5 || c.Params > 600):
			t.Errorf("%+v", c)
		}
	}
	binary := fit
	binary.Loss = snnk.BinaryCrossEntropy
	for _, c := range []struct {
		name string
		net  *bundle.Network[float32]
		y    bundle.Source
		opt  AutoOptions
		is   error
		want string
	}{
		{"no budget", teacher(t), nil, AutoOptions{}, bundle.ErrRange, "a budget of 0"},
		{"small budget", teacher(t), nil, AutoOptions{Budget: 9}, bundle.ErrRange, "low rank: 9 parameters"},
		{"one fold", teacher(t), nil, AutoOptions{Budget: 600, Folds: 1}, bundle.ErrRange, "1 folds"},
		{"one output", teacher(t), nil, AutoOptions{Budget: 600, Fit: binary}, bundle.ErrRange, "one output"},
		{"other rows", teacher(t), bundle.OneHot(y[:9], digits.Classes), AutoOptions{Budget: 600}, bundle.ErrFormat, "9 rows of targets"},
	} {
		if _, _, err := Auto(t.Context(), c.net, rows, c.y, c.opt); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that wraps %q and says %q", c.name, err, c.is, c.want)
		}
	}
}

// A network behind a scale, whose far levels its own weights could not hold, is compressed by every family, which all keep the budget with the scale's
// numbers; one with another stage by those that need no dense layers, and the others say why not.
func TestAutoOtherStages(t *testing.T) {
	tanh, err := urf.ActivationByName("tanh")
	if err != nil {
		t.Fatal(err)
	}
	const rows = 400
	x := mat.New[float64](rows, 4)
	rng.Normal(rng.New(90), x.Data(), 0)
	for i := range rows {
		x.Set(i, 0, 101325+float64(300*x.At(i, 0)))
	}
	scale := bundle.NewScale[float32]([]float64{101325, 0, 0, 0}, []float64{1.0 / 300, 1, 1, 1})
	first, last := bundle.NewLinear(random[float32](91, 12, 4), random[float32](92, 1, 12).Data(), tanh), bundle.NewLinear(random[float32](93, 2, 12), nil, urf.Activation{})
	net := bundle.NewNetwork[float32](scale, first, last)
	m, candidates, err := Auto(t.Context(), net, bundle.Matrix(x), nil, AutoOptions{Budget: 76, Folds: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range candidates {
		if c.Problem != "" || c.Params > 76 || !(c.HeldOut < 1) {
			t.Errorf("%s: %+v", c.Family, c)
		}
	}
	if m.Network.Params() > 76 || m.Network.In() != 4 {
		t.Errorf("%d parameters of 76", m.Network.Params())
	}
	f, err := m.Network.Fitness(t.Context(), bundle.Matrix(x), bundle.OutputsOf(net, bundle.Matrix(x)))
	if err != nil || !(f.R2 > 0.5) {
		t.Errorf("R² %v, %v", f.R2, err)
	}
	ones := []float32{1, 1, 1, 1}
	normed := bundle.NewNetwork[float32](bundle.NewLayerNorm(ones, make([]float32, 4), 1e-5), first, last)
	plain := mat.New[float64](rows, 4)
	rng.Normal(rng.New(94), plain.Data(), 0)
	m, candidates, err = Auto(t.Context(), normed, bundle.Matrix(plain), nil, AutoOptions{Budget: 200, Folds: 2})
	if err != nil || m.Network.Params() > 200 {
		t.Fatalf("behind a layer norm: %v", err)
	}
	for i, c := range candidates {
		if needsDense := i >= 2; needsDense != strings.Contains(c.Problem, "stage 0 is not a dense layer") || c.Chosen && needsDense {
			t.Errorf("behind a layer norm: %+v", c)
		}
	}
}

// A budget that takes the whole network finds neurons that are dead or twice there, and keeps the others.
func TestAutoWholeNetwork(t *testing.T) {
	relu, err := urf.ActivationByName("relu")
	if err != nil {
		t.Fatal(err)
	}
	layer := func(seed uint64, in, out int, act urf.Activation) *bundle.Linear[float32] {
		w, b := random[float32](seed, out, in), random[float32](seed+1, 1, out).Data()
		copy(w.Row(1), w.Row(0))
		b[1], b[2] = b[0], -1000
		return bundle.NewLinear(w, b, act)
	}
	x := bundle.Matrix(random[float32](80, 150, 6))
	for _, net := range []*bundle.Network[float32]{
		bundle.NewNetwork(layer(81, 6, 10, relu), layer(83, 10, 3, urf.Activation{})),
		bundle.NewNetwork(layer(81, 6, 10, relu), layer(83, 10, 9, relu), layer(85, 9, 3, urf.Activation{})),
	} {
		opt := AutoOptions{Budget: 2 * net.Params(), Folds: 2}
		c := &comparison[float32]{opt: opt}
		for _, f := range families(net, opt) {
			if strings.Contains(f.name, "neurons") { // the others know nothing of them
				c.families = append(c.families, f)
			}
		}
		y := bundle.OutputsOf(net, x)
		if err := c.byFolds(t.Context(), rows{x, y, y}); err != nil || len(c.candidates) != 3 {
			t.Fatal(c.candidates, err)
		}
		for _, c := range c.candidates {
			if c.Problem != "" || !(c.HeldOut < 1e-2) {
				t.Errorf("%d layers: %+v", len(net.Stages()), c)
			}
		}
	}
	// Widths that were asked for stay an error.
	net := bundle.NewNetwork(layer(81, 6, 10, relu), layer(83, 10, 3, urf.Activation{}))
	if _, err := Narrow(t.Context(), net, x, []int{10}); !errors.Is(err, mat.ErrSingular) {
		t.Errorf("10 neurons, of which one is dead: %v", err)
	}
}

// Doubled rows change nothing, not a bit of what is chosen.
func TestAutoDoubledRows(t *testing.T) {
	tanh, err := urf.ActivationByName("tanh")
	if err != nil {
		t.Fatal(err)
	}
	net := bundle.NewNetwork[float32](bundle.NewLinear(random[float32](95, 12, 3), nil, tanh), bundle.NewLinear(random[float32](96, 2, 12), nil, urf.Activation{}))
	x := random[float32](97, 90, 3)
	twice := mat.New[float32](180, 3)
	for i := range 180 {
		copy(twice.Row(i), x.Row(i%90))
	}
	var candidates [2][]Candidate
	var out [2]*mat.Dense[float32]
	for i, rows := range []*mat.Dense[float32]{x, twice} {
		model, found, err := Auto(t.Context(), net, bundle.Matrix(rows), nil, AutoOptions{Budget: 40, Fit: fit.Options{Scale: 0.3, Standardise: fit.StandardiseNever}})
		if err != nil {
			t.Fatal(err)
		}
		candidates[i], out[i] = found, model.Network.Forward(nil, x, nil)
		if got := model.Provenance["rows"]; got != strconv.Itoa(rows.Rows()) {
			t.Errorf("made of %s rows", got)
		}
	}
	if !slices.Equal(candidates[0], candidates[1]) || !slices.Equal(out[0].Data(), out[1].Data()) {
		t.Errorf("%+v, of doubled rows %+v", candidates[0], candidates[1])
	}
}
