package conformance

import (
	"nnk/asm"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/urf"
)

// named is a map under the name that its lines have.
type named struct {
	name string
	spec urf.Spec
}

func urfBattery(d *digest) {
	both(d, activationsPart[float32], activationsPart[float64])
	silu, err := urf.ActivationByName("silu")
	must(d, "ActivationByName", err)
	fit, err := urf.FitSpectrum(silu, -3, 3, urf.FitOptions{Lambda: 1e-6, R: 1, Harmonics: 24})
	must(d, "FitSpectrum", err)
	if err != nil {
		return
	}
	for _, w := range fit.Spectrum.Waves {
		add(d, "FitSpectrum", w.Mass, w.Freq, w.Phase)
	}
	p := ortho.Spec{Seed: 3, M: 48, D: 9}
	specs := []named{
		{"relu", urf.ReLU{Projection: p, Slope: 0.1, Bias: 1}},
		{"arccos", urf.ArcCos{Projection: p}},
		{"arccos order 2", urf.ArcCos{Projection: p, Order: 2}},
		{"fourier", urf.Fourier{Projection: p}},
		{"fourier laplacian pairs", urf.Fourier{Projection: p, Kernel: urf.Laplacian, Pairs: true}},
		{"fourier linear", urf.Fourier{Projection: p, Linear: []int{0, 2}, Slope: 0.3}},
		{"fourier matern32", urf.Fourier{Projection: p, Kernel: urf.Matern32}},
		{"softmax", urf.SoftmaxKernel{Projection: p}},
		{"maclaurin", urf.Maclaurin{Projection: p, Coefficients: []float64{1, 1, 0.5, 0.2}, Bias: true}},
		{"maclaurin shares", urf.Maclaurin{Projection: p, Coefficients: []float64{1, 1, 0.5}, Shares: []int{p.M - 20, 15, 5}}},
		{"urf linear", urf.URF{Projection: p, Spectrum: urf.Spectrum{Slope: 0.5, Waves: []urf.Wave{{Mass: 1, Freq: 0.7, Phase: 0.3}}}, Angle: 0.25}},
		{"universal", urf.URF{Projection: p, Spectrum: fit.Spectrum}},
		{"universal jordan independent", urf.URF{Projection: p, Spectrum: fit.Spectrum, Angle: -0.25, Jordan: true, Independent: true}},
	}
	for _, name := range urf.ExactNames() {
		s, f, err := urf.ExactSpectrum(name, 0.5)
		must(d, "ExactSpectrum", err)
		for _, xi := range []float64{-0.75, 0, 0.03, 0.2, 2} {
			re, im := s.Transform(xi)
			add(d, "Spectrum.Transform "+name, re, im)
		}
		u := urf.URF{Projection: p, Spectrum: s, Angle: 0.5}
		specs = append(specs, named{"universal " + name, u})
		predictions, err := u.Predict(f, []urf.Point{{X: 1, W: 2, Dot: 0.5, B: 0.1}})
		must(d, "Predict", err)
		for _, v := range predictions {
			add(d, "Predict "+name, v.Mean, v.Bias, v.Variance)
		}
	}
	h := ortho.Spec{Kind: ortho.Hadamard, Seed: 5, M: 40, D: 9}
	trained := []named{{"arccos", urf.ArcCos{Projection: h, Order: 1, Bias: 1}}, {"fourier", urf.Fourier{Projection: h, Scale: 0.5}}}
	both(d,
		func(d *digest) { mapsPart[float32](d, specs, trained) },
		func(d *digest) { mapsPart[float64](d, specs, trained) })
	u := urf.URF{Projection: p, Spectrum: fit.Spectrum}
	predictions, err := u.Predict(silu, []urf.Point{{X: 1, W: 2, Dot: 0.5, B: 0.1}})
	must(d, "Predict", err)
	for _, v := range predictions {
		add(d, "Predict", v.Mean, v.Bias, v.Variance)
	}
	urfPredictions(d)
}

// activationsPart covers each activation and its derivative.
func activationsPart[T asm.Float](d *digest) {
	z := uniform[T](73, 50, -8, 8)
	y := make([]T, len(z))
	for _, name := range urf.ActivationNames() {
		a, err := urf.ActivationByName(name)
		must(d, "ActivationByName", err)
		urf.Eval(a, y, z)
		add(d, "Eval "+name, y...)
		urf.Deriv(a, y, z)
		add(d, "Deriv "+name, y...)
		for _, v := range z[:5] {
			add(d, "Activation.At "+name, a.At(float64(v)))
		}
	}
	bias, dy := uniform[T](91, 50, -1, 1), uniform[T](92, 50, -2, 2)
	for _, name := range []string{"none", "relu", "gelu"} { // all the ways there are
		a, err := urf.ActivationByName(name)
		must(d, "ActivationByName", err)
		urf.EvalBias(a, y, z, bias)
		add(d, "EvalBias "+name, y...)
		urf.EvalBackward(a, y, dy, z, y)
		add(d, "EvalBackward "+name, y...)
	}
	for _, text := range []string{"leaky-relu:0.2", "elu:0.5"} {
		a, err := urf.ActivationByName(text)
		must(d, "ActivationByName", err)
		urf.Eval(a, y, z)
		add(d, "Eval "+text, y...)
		urf.Deriv(a, y, z)
		add(d, "Deriv "+text, y...)
	}
}

// urfPredictions covers the closed forms: moments of the estimates, plans and what
// they stand on.
func urfPredictions(d *digest) {
	gelu, err := urf.ActivationByName("gelu")
	must(d, "ActivationByName", err)
	x, w := matrix[float64](74, 6, 9), matrix[float64](75, 4, 9)
	bias := uniform[float64](76, 4, -0.5, 0.5)
	p := ortho.Spec{Seed: 3, M: 48, D: 9}
	points := urf.PointsOf(x, w, bias)
	for _, s := range []named{
		{"ReLU.Predict", urf.ReLU{Projection: p, Slope: 0.1, Bias: 1}},
		{"ArcCos.Predict", urf.ArcCos{Projection: p}},
		{"ArcCos.Predict 2", urf.ArcCos{Projection: p, Order: 2}},
		{"Fourier.Predict", urf.Fourier{Projection: p}},
		{"Fourier.Predict Matérn", urf.Fourier{Projection: p, Kernel: urf.Matern32}},
		{"SoftmaxKernel.Predict", urf.SoftmaxKernel{Projection: p}},
		{"Maclaurin.Predict", urf.Maclaurin{Projection: p, Coefficients: []float64{1, 1, 0.5, 0.2}, Bias: true}},
	} {
		predictions, err := s.spec.Predict(gelu, points)
		must(d, s.name, err)
		for _, v := range predictions {
			add(d, s.name, v.Mean, v.Bias, v.Variance)
		}
		if err == nil {
			add(d, "RMSQuantile", urf.RMSQuantile(predictions, 0.99), urf.RMSQuantile(predictions[:1], 0.5), predictions[0].Kurtosis)
		}
	}
	for _, dense := range []bool{false, true} {
		m, err := urf.NewMetric(x, w, dense)
		must(d, "NewMetric", err)
		if err != nil {
			return
		}
		add(d, "NewMetric", m.Mean...)
		addMatrix(d, "Metric.Inputs", m.Inputs(x))
		v, shifted := m.Weights(w, bias)
		addMatrix(d, "Metric.Weights", v)
		add(d, "Metric.Weights", shifted...)
	}
	rows, err := urf.FitRows(gelu, w, bias, x, 4, 50)
	must(d, "FitRows", err)
	if err == nil {
		addMatrix(d, "FitRows", rows.Coefficients)
		add(d, "FitRows", append(rows.Bias, rows.StdError...)...)
		add(d, "RowSeries.RMS", rows.RMS())
	}
	typical, lo, hi, err := urf.Calibrate(x, w, bias)
	must(d, "Calibrate", err)
	add(d, "Calibrate", typical.XNorm, typical.WNorm, typical.Cosine, lo, hi)
	fits, err := urf.FitFrontier(gelu, -2, 2, []float64{1e-2, 1e-6}, urf.FitOptions{R: 1, Harmonics: 12})
	must(d, "FitFrontier", err)
	if fit, err := urf.FitSpectrum(gelu, -1, 2, urf.FitOptions{Lambda: 1e-4, R: 1, Harmonics: 12, Linear: true}); err == nil {
		add(d, "FitSpectrum linear", fit.Spectrum.Constant, fit.Spectrum.Slope, fit.Spectrum.Mass(), fit.Bias, fit.RMS)
	}
	z := uniform[float64](77, 20, -2, 2)
	y := make([]float64, len(z))
	for _, f := range fits {
		add(d, "FitFrontier", f.Spectrum.Mass())
		f.Spectrum.Eval(y, z)
		add(d, "Spectrum.Eval", y...)
		for _, part := range f.Spectrum.Jordan() {
			add(d, "Spectrum.Jordan", part.Mass())
		}
	}
	plan, err := urf.NewPlan(urf.PlanOptions{Activation: gelu, Lo: -1.5, Hi: 1.5, Typical: typical, Inputs: 9, Error: 0.1})
	must(d, "NewPlan", err)
	if err != nil {
		return
	}
	add(d, "NewPlan", plan.StdError, float64(plan.Features))
	for _, a := range plan.Alternatives {
		add(d, "NewPlan", a.Lambda, a.Bias, a.RMSBias, a.Variance, a.Features)
		add(d, "Alternative.ErrorAt", a.ErrorAt(100), a.ErrorAt(1000))
	}
	gaussian, err := urf.ActivationByName("gaussian")
	must(d, "ActivationByName", err)
	if plan, err = urf.NewPlan(urf.PlanOptions{Activation: gaussian, Lo: -3, Hi: 3, Inputs: 9, Error: 0.1}); err != nil {
		must(d, "NewPlan", err)
		return
	}
	add(d, "NewPlan waves", plan.StdError, plan.A, plan.Radius, float64(plan.Features))
	series, err := urf.FitSeries(gelu, -1, 2, urf.SeriesOptions{Degree: 5, Features: 40, Inputs: 9, Typical: typical})
	must(d, "FitSeries", err)
	if err == nil {
		add(d, "FitSeries", series.Coefficients...)
		add(d, "FitSeries", series.Bias, series.RMS, series.Variance)
	}
}

// mapsPart covers the features of each map, and of those with trained diagonals.
func mapsPart[T asm.Float](d *digest, specs, trained []named) {
	for _, s := range specs {
		urfPart[T](d, s.name, s.spec)
	}
	for _, s := range trained {
		diagonalsPart[T](d, s.name, s.spec)
	}
}

func urfPart[T asm.Float](d *digest, name string, s urf.Spec) {
	m, err := urf.New[T](s)
	must(d, "New", err)
	if err != nil {
		return
	}
	addMatrix(d, "Phi "+name, m.Phi(nil, matrix[T](71, 5, 9), nil))
	if towers, ok := m.(urf.Towers[T]); ok {
		addMatrix(d, "Psi "+name, towers.Psi(nil, matrix[T](72, 5, 9), nil))
	}
	if towers, ok := m.(urf.SeriesTowers[T]); ok {
		addMatrix(d, "PsiSeries "+name, towers.PsiSeries(nil, matrix[T](72, 5, 9), matrix[float64](73, 5, 4)))
	}
	if g, ok := m.(urf.Gradient[T]); ok {
		addMatrix(d, "Backward "+name, g.Backward(nil, matrix[T](71, 5, 9), matrix[T](74, 5, m.Out()), nil))
	}
}

// diagonalsPart covers trained diagonals after one step against their gradient.
func diagonalsPart[T asm.Float](d *digest, name string, s urf.Spec) {
	m, err := urf.NewDiagonals[T](s)
	must(d, "NewDiagonals", err)
	if err != nil {
		return
	}
	x, dz := matrix[T](78, 5, m.In()), matrix[T](79, 5, m.Out())
	diagonals, bias := m.Numbers()
	var grads []*mat.Dense[T]
	for _, v := range diagonals {
		grads = append(grads, mat.New[T](v.Rows(), v.Cols()))
	}
	db, dx := make([]T, len(bias)), mat.New[T](5, m.In())
	var r urf.Record[T]
	for range 2 {
		addMatrix(d, "Diagonals.PhiRecord "+name, m.PhiRecord(nil, x, &r))
		m.Gradients(dx, dz, &r, grads, db)
		addMatrix(d, "Diagonals.Gradients "+name, dx)
		for k, g := range grads {
			addMatrix(d, "Diagonals.Gradients "+name, g)
			asm.Axpy(diagonals[k].Data(), -0.5, g.Data())
		}
		add(d, "Diagonals.Gradients "+name, db...)
		asm.Axpy(bias, -0.5, db)
	}
	again, err := urf.DiagonalsOf(s, diagonals, bias)
	must(d, "DiagonalsOf", err)
	addMatrix(d, "Diagonals.Phi "+name, again.Phi(nil, x, nil))
	addMatrix(d, "Diagonals.Backward "+name, again.Backward(nil, x, dz, nil))
	for _, p := range []ortho.Spec{{Kind: ortho.Hadamard, Seed: 5, M: 10, D: 6}, {Kind: ortho.Hadamard, Seed: 5, M: 70, D: 50}} {
		start, err := ortho.Diagonals[T](p)
		must(d, "ortho.Diagonals", err)
		for _, v := range start {
			addMatrix(d, "ortho.Diagonals", v)
		}
		scales, err := ortho.Scales[T](p)
		must(d, "Scales", err)
		add(d, "Scales", scales...)
	}
}
