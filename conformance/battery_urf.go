package conformance

import (
	"nnk/asm"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/urf"
)

func urfBattery(d *digest) {
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
	specs := []urf.Spec{
		urf.ReLU{Projection: p, Slope: 0.1, Bias: 1}, urf.ArcCos{Projection: p}, urf.ArcCos{Projection: p, Order: 2},
		urf.Fourier{Projection: p}, urf.Fourier{Projection: p, Kernel: urf.Laplacian, Pairs: true}, urf.Fourier{Projection: p, Kernel: urf.Matern32},
		urf.Softmax{Projection: p}, urf.Maclaurin{Projection: p, Coefficients: []float64{1, 1, 0.5, 0.2}, Bias: true},
		urf.URF{Projection: p, Spectrum: fit.Spectrum}, urf.URF{Projection: p, Spectrum: fit.Spectrum, Angle: -0.25, Jordan: true, Independent: true},
	}
	for _, name := range urf.ExactNames() {
		s, _, err := urf.ExactSpectrum(name, 0.5)
		must(d, "ExactSpectrum", err)
		for _, xi := range []float64{-0.75, 0, 0.03, 0.2, 2} {
			re, im := s.Transform(xi)
			add(d, "Spectrum.Transform", re, im)
		}
		specs = append(specs, urf.URF{Projection: p, Spectrum: s, Angle: 0.5})
	}
	h := ortho.Spec{Kind: ortho.Hadamard, Seed: 5, M: 40, D: 9}
	for _, s := range []urf.Spec{urf.ArcCos{Projection: h, Order: 1, Bias: 1}, urf.Fourier{Projection: h, Scale: 0.5}} {
		diagonalsPart[float32](d, s)
		diagonalsPart[float64](d, s)
	}
	for _, s := range specs {
		urfPart[float32](d, s)
		urfPart[float64](d, s)
	}
	u := urf.URF{Projection: p, Spectrum: fit.Spectrum}
	predictions, err := u.Predict(silu, []urf.Point{{X: 1, W: 2, Dot: 0.5, B: 0.1}})
	must(d, "Predict", err)
	for _, v := range predictions {
		add(d, "Predict", v.Mean, v.Bias, v.Variance)
	}
	z := uniform[float64](73, 50, -8, 8)
	for _, name := range urf.ActivationNames() {
		a, err := urf.ActivationByName(name)
		must(d, "ActivationByName", err)
		y := make([]float64, len(z))
		urf.Eval(a, y, z)
		add(d, "Eval", y...)
		urf.Deriv(a, y, z)
		add(d, "Deriv", y...)
		for _, v := range z[:5] {
			add(d, "Activation.At", a.At(v))
		}
	}
	urfPredictions(d)
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
	for _, f := range []struct {
		name string
		run  func([]urf.Point) ([]urf.Prediction, error)
	}{
		{"ArcCos.Predict", urf.ArcCos{Projection: p}.Predict},
		{"ArcCos.Predict 2", urf.ArcCos{Projection: p, Order: 2}.Predict},
		{"Fourier.Predict", urf.Fourier{Projection: p}.Predict},
		{"Fourier.Predict Matérn", urf.Fourier{Projection: p, Kernel: urf.Matern32}.Predict},
		{"Softmax.Predict", urf.Softmax{Projection: p}.Predict},
		{"Maclaurin.Predict", func(points []urf.Point) ([]urf.Prediction, error) {
			return urf.Maclaurin{Projection: p, Coefficients: []float64{1, 1, 0.5, 0.2}, Bias: true}.Predict(gelu, points)
		}},
	} {
		predictions, err := f.run(points)
		must(d, f.name, err)
		for _, v := range predictions {
			add(d, f.name, v.Mean, v.Bias, v.Variance)
		}
	}
	typical, lo, hi, err := urf.Calibrate(x, w, bias)
	must(d, "Calibrate", err)
	add(d, "Calibrate", typical.XNorm, typical.WNorm, typical.Cosine, lo, hi)
	fits, err := urf.FitFrontier(gelu, -2, 2, []float64{1e-2, 1e-6}, urf.FitOptions{R: 1, Harmonics: 12})
	must(d, "FitFrontier", err)
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
	add(d, "NewPlan", plan.StdError, plan.A, plan.Radius, float64(plan.Features), plan.Best.Lambda, plan.Best.Bias, plan.Best.Variance)
}

func urfPart[T asm.Float](d *digest, s urf.Spec) {
	m, err := urf.New[T](s)
	must(d, "New", err)
	if err != nil {
		return
	}
	addMatrix(d, "Phi", m.Phi(nil, matrix[T](71, 5, 9), nil))
	if towers, ok := m.(urf.Towers[T]); ok {
		addMatrix(d, "Psi", towers.Psi(nil, matrix[T](72, 5, 9), nil))
	}
	if g, ok := m.(urf.Gradient[T]); ok {
		addMatrix(d, "Backward", g.Backward(nil, matrix[T](71, 5, 9), matrix[T](74, 5, m.Out()), nil))
	}
}

// diagonalsPart covers trained diagonals after one step against their gradient.
func diagonalsPart[T asm.Float](d *digest, s urf.Spec) {
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
		addMatrix(d, "Diagonals.PhiRecord", m.PhiRecord(nil, x, &r))
		m.Gradients(dx, dz, &r, grads, db)
		addMatrix(d, "Diagonals.Gradients", dx)
		for k, g := range grads {
			addMatrix(d, "Diagonals.Gradients", g)
			asm.Axpy(diagonals[k].Data(), -0.5, g.Data())
		}
		add(d, "Diagonals.Gradients", db...)
		asm.Axpy(bias, -0.5, db)
	}
	again, err := urf.DiagonalsOf(s, diagonals, bias)
	must(d, "DiagonalsOf", err)
	addMatrix(d, "Diagonals.Phi", again.Phi(nil, x, nil))
	addMatrix(d, "Diagonals.Backward", again.Backward(nil, x, dz, nil))
	signs, err := ortho.Signs[T](ortho.Spec{Kind: ortho.Hadamard, Seed: 5, M: 10, D: 6})
	must(d, "Signs", err)
	for _, v := range signs {
		addMatrix(d, "Signs", v)
	}
	scales, err := ortho.Scales[T](ortho.Spec{Kind: ortho.Hadamard, Seed: 5, M: 10, D: 6})
	must(d, "Scales", err)
	add(d, "Scales", scales...)
}
