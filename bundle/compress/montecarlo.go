package compress

import (
	"context"
	"errors"
	"fmt"
	"math"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/urf"
)

// ErrHopeless marks layers whose Monte-Carlo features would need far more
// features than were asked for.
var ErrHopeless = errors.New("hopeless by Monte Carlo")

// MonteCarloOptions says how [MonteCarlo] draws features. The zero value plans
// everything.
type MonteCarloOptions struct {
	Features   int    // real features of each layer, the constant one not counted; 0 means 4096
	Projection string // kind of projection; "" means [ortho.Default] for each layer
	Seed       uint64 // of the random features; every layer has its own streams

	// MaxError is the largest error that is not refused, relative to the root mean square of the
	// outputs: predicted for each layer and measured for the whole run. 0 means ½.
	MaxError float64

	// Seeds is the number of random draws of each layer of which the one with the least error on the calibration rows is
	// taken: a seed costs nothing in the model. 0 means 4.
	Seeds int

	// Universal takes universal random features as in the paper: without centring, metric, linear part and series.
	Universal bool

	// Map, if not nil, says which features replace a layer; their map must have both
	// towers ([urf.Towers]). A kernel that is not the layer's activation, such as [urf.ArcCos],
	// gives the network with that kernel in its place; [urf.ReLU] and it take no biases. nil takes what has the least predicted
	// error: a power series for each output ([urf.FitRows]), or universal random features of the spectrum, exact or
	// fitted, with or without a linear part, and of all angles.
	Map func(LayerInfo) (urf.Spec, error)
}

// LayerInfo is what is known of a layer that is to be replaced.
type LayerInfo struct {
	Layer      int // place among the stages of the network
	Activation urf.Activation
	Inputs     int         // numbers that its features read: those of the layer before, or its features
	Typical    urf.Typical // largest norms of these inputs and of the weight rows on them, mean cosine
	Lo, Hi     float64     // range of the activation's arguments, with a tenth of its width to either side
}

// LayerReport says what replaced a layer.
type LayerReport struct {
	Layer    int     `json:"layer"`
	Family   string  `json:"family,omitempty"` // of the features; see [urf.Family]. "" for those of Map
	Features int     `json:"features"`
	XNorm    float64 `json:"x_norm"`
	WNorm    float64 `json:"w_norm"`
	Lo       float64 `json:"lo"`
	Hi       float64 `json:"hi"`
	RMS      float64 `json:"rms"`                       // of the layer's outputs
	Error    float64 `json:"predicted_error,omitempty"` // root mean square, for the inputs that it gets; 0 if there is no formula
	RunnerUp float64 `json:"runner_up_error,omitempty"` // that of the best features of another family
	Measured float64 `json:"measured_error,omitempty"`  // of the layer alone, on the calibration rows
	Seed     uint64  `json:"seed,omitempty"`            // of the projection that was taken
}

// MonteCarloReport says what [MonteCarlo] did.
type MonteCarloReport struct {
	Layers []LayerReport `json:"layers"`
	Rows   int           `json:"calibration_rows"`
	RMS    float64       `json:"rms"`   // of the run's outputs on these rows
	Error  float64       `json:"error"` // root mean square, measured on these rows
}

// MonteCarlo returns net with the stages from … to−1, which must be dense layers, replaced
// by random features without any training (SNNK, §3.4, bundling). With
//
//	z₀ = Φ₀(x), z_i = Φ_i(z_(i−1)), Ψ_i = Ψ_(f_i)(W_i·Ψ_(i−1), b_i)
//
// only the last Ψ is stored. A layer without activation folds into the next, and the last one
// into Ψ: W·Ψ with its bias.
//
// Inputs of a layer are centred and brought into a metric ([urf.Metric]) first, by a scaling of each, or by a matrix where
// that has no more numbers than there are features.
//
// x are rows of inputs of net, of which at most 256 tell means, norms and ranges; nil takes standard
// normal rows, as if the inputs were standardised. The features are not valid outside these
// ranges. The standard error grows like e^(κ·‖x‖·‖w‖)/√Features with the frequencies κ of the
// activations, or like (‖x‖·‖w‖)ⁿ/√Features with the degrees n of a series: the error wraps [ErrHopeless] where the error exceeds MaxError, and says so in numbers.
//
// Cost for layer i with M_i features: that of [urf.FitFrontier] and l_i·M_i·l_(i+1) multiply-adds.
// The end of ctx is an error before the next layer.
func MonteCarlo[T asm.Float](ctx context.Context, net *bundle.Network[T], x bundle.Source, from, to int, opt MonteCarloOptions) (*bundle.Network[T], *MonteCarloReport, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, nil, err
	}
	layers, err := run(net, from, to)
	if err != nil {
		return nil, nil, err
	}
	rows, err := calibrationRows(ctx, net, x)
	if err != nil {
		return nil, nil, err
	}
	if from > 0 {
		rows = net.Part(0, from).Forward(nil, rows, nil)
	}
	if err := mat.CheckFinite(rows, 0); err != nil {
		return nil, nil, fmt.Errorf("compress: inputs of layer %d: %w", from, err)
	}
	t := &towers[T]{opt: opt, z: rows, exact: rows}
	for i, d := range layers {
		if !d.Activation().IsIdentity() {
			t.last = from + i
		}
	}
	for i, d := range layers {
		if ctx.Err() != nil {
			return nil, nil, fmt.Errorf("compress: stopped before layer %d: %w", from+i, context.Cause(ctx))
		}
		if err := t.add(from+i, d); err != nil {
			return nil, nil, err
		}
	}
	report := &MonteCarloReport{Layers: t.reports, Rows: rows.Rows(), RMS: rms(t.exact, nil)}
	report.Error = rms(bundle.NewLinear(t.w, t.b, urf.Activation{}).Forward(nil, t.z, nil), t.exact)
	if !(report.Error <= opt.MaxError*report.RMS) {
		return nil, nil, fmt.Errorf("compress: layers %d:%d: error %.3g for outputs of size %.3g on %d rows; %s: %w", from, to, report.Error, report.RMS, report.Rows, advice, ErrHopeless)
	}
	return net.Replace(from, to, t.network()), report, nil
}

// network is what replaces the layers: all maps, with a matrix of the last.
func (t *towers[T]) network() *bundle.Network[T] {
	if len(t.maps) == 0 {
		return bundle.NewNetwork(bundle.NewLinear(t.w, t.b, urf.Activation{}))
	}
	var stages []bundle.Stage[T]
	last := len(t.maps) - 1
	for i, m := range t.maps {
		if t.metrics[i] != nil {
			stages = append(stages, t.metrics[i])
		}
		if i < last {
			stages = append(stages, bundle.NewFeatures(m))
		}
	}
	return bundle.NewNetwork(append(stages, snnk.New(t.maps[last], t.w, t.b))...)
}

func (o MonteCarloOptions) withDefaults() (MonteCarloOptions, error) {
	if o.Features < 0 || o.Seeds < 0 || !(o.MaxError >= 0) {
		return o, fmt.Errorf("compress: Monte Carlo with %d features, %d seeds and an error up to %g: %w", o.Features, o.Seeds, o.MaxError, bundle.ErrRange)
	}
	if o.Seeds == 0 {
		o.Seeds = 4
	}
	if o.Features == 0 {
		o.Features = 4096
	}
	if o.MaxError == 0 {
		o.MaxError = 0.5
	}
	return o, nil
}

// run returns the stages from … to−1, which must be dense layers.
func run[T asm.Float](net *bundle.Network[T], from, to int) ([]*bundle.Linear[T], error) {
	if from < 0 || to <= from || to > len(net.Stages()) {
		return nil, fmt.Errorf("compress: layers %d:%d of %d: %w", from, to, len(net.Stages()), bundle.ErrRange)
	}
	return denseLayers(bundle.NewNetwork(net.Stages()[from:to]...))
}

// mostCalibration is the number of rows that tell norms and ranges.
const mostCalibration = 256

// calibrationRows are rows spread evenly over x, or standard normal ones.
func calibrationRows[T asm.Float](ctx context.Context, net *bundle.Network[T], x bundle.Source) (*mat.Dense[T], error) {
	if x == nil {
		rows := mat.New[T](mostCalibration, net.In())
		rng.Normal(streamCalibration.Of(0), rows.Data(), 0)
		return rows, nil
	}
	if x.Cols() != net.In() || x.Rows() == 0 {
		return nil, fmt.Errorf("compress: inputs are %d×%d for a network of %d: %w", x.Rows(), x.Cols(), net.In(), bundle.ErrFormat)
	}
	x = bundle.WithContext(ctx, x)
	n := min(x.Rows(), mostCalibration)
	rows := mat.New[T](n, x.Cols())
	for i := range n {
		if err := bundle.Read(rows.View(i, 0, 1, x.Cols()), x, int(int64(i)*int64(x.Rows())/int64(n))); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// towers is the state of a run that is replaced layer by layer: what its next layer
// computes is w·z + b of the features z so far.
type towers[T asm.Float] struct {
	opt     MonteCarloOptions
	last    int // last layer with an activation
	maps    []urf.Map[T]
	metrics []bundle.Stage[T] // before each map, nil for none
	w       *mat.Dense[T]     // nil at the beginning: the identity
	b       []T
	z       *mat.Dense[T] // features of the calibration rows
	exact   *mat.Dense[T] // outputs of the original layers for them
	reports []LayerReport
}

// advice is what to do where Monte Carlo is hopeless.
const advice = "fit in closed form instead, or take more features, or scale inputs or weights down"

// add replaces one more layer.
func (t *towers[T]) add(layer int, d *bundle.Linear[T]) error {
	t.exact = d.Forward(nil, t.exact, nil)
	t.w, t.b = d.After(t.w, t.b)
	if d.Activation().IsIdentity() {
		return nil
	}
	metric, err := t.metric()
	if err != nil {
		return fmt.Errorf("compress: inputs of layer %d: %w: %w", layer, ErrHopeless, err)
	}
	info, points, err := t.calibrate(layer, d.Activation())
	if err != nil {
		return err
	}
	c, err := t.choose(info, points)
	if err != nil {
		return fmt.Errorf("compress: features of layer %d: %w", layer, err)
	}
	report := LayerReport{Layer: layer, Family: c.family, XNorm: info.Typical.XNorm, WNorm: info.Typical.WNorm, Lo: info.Lo, Hi: info.Hi, RMS: rms(t.exact, nil), Error: c.predicted, RunnerUp: c.runnerUp}
	if !(report.Error <= t.opt.MaxError*report.RMS) {
		return fmt.Errorf("compress: layer %d (%s on [%.3g, %.3g], inputs of norm %.3g, weights of norm %.3g): predicted error %.3g for outputs of size %.3g; %s: %w",
			layer, d.Activation().Name(), info.Lo, info.Hi, info.Typical.XNorm, info.Typical.WNorm, report.Error, report.RMS, advice, ErrHopeless)
	}
	drawn, err := t.draw(layer, c, d.Activation())
	if err != nil {
		return err
	}
	report.Features, report.Measured, report.Seed = drawn.phi.Out(), drawn.err, drawn.seed
	t.w, t.b, t.z = drawn.psi, nil, drawn.z
	t.maps, t.metrics = append(t.maps, drawn.phi), append(t.metrics, metric)
	t.reports = append(t.reports, report)
	return nil
}

// mostPoints is the number of pairs of an input and a weight row whose error is predicted.
const mostPoints = 32

// calibrate measures the norms and the range that a layer sees with the random features of the
// layers before it.
func (t *towers[T]) calibrate(layer int, act urf.Activation) (LayerInfo, []urf.Point, error) {
	info := LayerInfo{Layer: layer, Activation: act, Inputs: t.z.Cols(), Lo: math.Inf(1), Hi: math.Inf(-1)}
	all := urf.PointsOf(wide(t.z), wide(t.w), wideVector(t.b))
	cosine := 0.0
	for _, p := range all {
		z := p.Dot + p.B
		info.Lo, info.Hi = min(info.Lo, z), max(info.Hi, z)
		info.Typical.XNorm, info.Typical.WNorm = max(info.Typical.XNorm, p.X), max(info.Typical.WNorm, p.W)
		if p.X > 0 && p.W > 0 {
			cosine += p.Dot / float64(p.X*p.W)
		}
	}
	info.Typical.Cosine = min(max(cosine/float64(len(all)), -1), 1)
	if size := info.Hi - info.Lo + info.Typical.XNorm + info.Typical.WNorm; size-size != 0 {
		return info, nil, fmt.Errorf("compress: arguments of layer %d from %g to %g: %w", layer, info.Lo, info.Hi, ErrHopeless)
	}
	margin := max((info.Hi-info.Lo)/10, 0.01)
	info.Lo, info.Hi = info.Lo-margin, info.Hi+margin
	points := make([]urf.Point, min(len(all), mostPoints))
	for i := range points {
		points[i] = all[i*len(all)/len(points)]
	}
	return info, points, nil
}

// rms is the root mean square of the elements of a − b; b == nil means 0.
func rms[T asm.Float](a, b *mat.Dense[T]) float64 {
	sum := 0.0
	for i := range a.Rows() {
		for j, v := range a.Row(i) {
			e := float64(v)
			if b != nil {
				e -= float64(b.At(i, j))
			}
			sum = math.FMA(e, e, sum)
		}
	}
	return math.Sqrt(sum / float64(max(a.Rows()*a.Cols(), 1)))
}

func wide[T asm.Float](a *mat.Dense[T]) *mat.Dense[float64] {
	r := mat.New[float64](a.Rows(), a.Cols())
	for i := range a.Rows() {
		copy(r.Row(i), wideVector(a.Row(i)))
	}
	return r
}

// wideVector is v in float64, nil for nil.
func wideVector[T asm.Float](v []T) []float64 {
	if v == nil {
		return nil
	}
	r := make([]float64, len(v))
	for i, e := range v {
		r[i] = float64(e)
	}
	return r
}
