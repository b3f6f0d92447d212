package conformance

import (
	"context"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

// adapterPart covers the modules that are put into a trained network: their outputs
// and all gradients, with numbers other than those they start from.
func adapterPart[T asm.Float](d *digest) {
	gelu, err := urf.ActivationByName("gelu")
	must(d, "ActivationByName", err)
	p := ortho.Spec{Kind: ortho.Hadamard, Seed: 5, M: 20, D: 10}
	features := func(s urf.Spec) *snnk.Features[T] {
		m, err := urf.New[T](s)
		must(d, "New", err)
		return snnk.NewFeatures(m.(urf.Gradient[T]))
	}
	lora := snnk.NewLoRA("l", snnk.LinearOf("w", matrix[T](81, 10, 10), matrix[T](82, 1, 10).Row(0), gelu), 2, 0.5, rng.New(4))
	for _, m := range []struct {
		name string
		snnk.Module[T]
	}{
		{"Adapter up", snnk.NewAdapter[T]("a", features(urf.ReLU{Projection: p, Scale: 0.5, Bias: 1}), snnk.AdapterOptions{Width: 4, Bias: true, NormBefore: true, Seed: 1})},
		{"Adapter modulation", snnk.NewAdapter[T]("a", features(urf.Fourier{Projection: p, Pairs: true}), snnk.AdapterOptions{Form: snnk.Modulation, NormAfter: true, Seed: 2})},
		{"Bottleneck", snnk.NewBottleneck[T]("b", 10, 3, gelu, rng.New(3))},
		{"LoRA", lora},
	} {
		modulePart(d, m.name, m.Module)
	}
	for _, s := range []urf.Spec{urf.ReLU{Projection: p, Floor: 0.1}, urf.Fourier{Projection: p, Scale: 0.5}} {
		phi, err := snnk.NewDiagonals[T]("phi", s)
		must(d, "NewDiagonals", err)
		if err != nil {
			return
		}
		k := snnk.NewTrainableLayer[T]("psi", phi, 3)
		modulePart(d, "Kernel", k)
		must(d, "TrainableLayer.Refit", k.Refit(context.Background(), matrix[T](86, 60, 10), matrix[T](87, 60, 3), 1e-3))
		again, err := snnk.TrainableLayerOf("k", k.Layer())
		must(d, "TrainableLayerOf", err)
		modulePart(d, "TrainableLayerOf", again)
	}
	for _, s := range []urf.Spec{urf.ReLU{Projection: p, Bias: 1}, urf.Fourier{Projection: p, Scale: 0.5}} {
		m, err := urf.New[T](s)
		must(d, "New", err)
		l := snnk.New(m, matrix[T](88, 3, 20), nil)
		w, b, _, unit, err := urf.Directions(m)
		must(d, "Directions", err)
		addMatrix(d, "Directions", w)
		add(d, "Directions", append(b, unit)...)
		free, err := snnk.DirectionsOf("d", l)
		must(d, "DirectionsOf", err)
		modulePart(d, "DirectionsOf", free)
	}
	replacedPart[T](d, p)
	psi := mat.New[T](3, 8)
	snnk.InitPsi(psi, rng.New(5))
	addMatrix(d, "InitPsi", psi)
	addMatrix(d, "LoRA.Merge", lora.Merge("m").Weight().Value)
}

// modulePart changes every parameter of a module and takes its outputs and gradients.
func modulePart[T asm.Float](d *digest, name string, m snnk.Module[T]) {
	for k, p := range m.Params() {
		by := uniform[T](inputs(83+k), len(p.Value.Data()), -0.5, 0.5)
		asm.Add(p.Value.Data(), p.Value.Data(), by)
	}
	x := matrix[T](84, 7, m.In())
	addMatrix(d, name, m.Forward(nil, x))
	addMatrix(d, name+" dx", m.Backward(nil, matrix[T](85, 7, m.Out()), true))
	for _, p := range m.Params() {
		addMatrix(d, name+" gradient", p.Grad)
	}
}

// replacedPart covers networks of which a layer was replaced.
func replacedPart[T asm.Float](d *digest, p ortho.Spec) {
	cosine, err := urf.ActivationByName("cos")
	must(d, "ActivationByName", err)
	spectrum, _, err := urf.ExactSpectrum("cos", 1)
	must(d, "ExactSpectrum", err)
	m, err := urf.New[T](urf.URF{Projection: p, Spectrum: spectrum, Angle: 0.5})
	must(d, "New", err)
	if err != nil {
		return
	}
	phi := snnk.NewFeatures(m.(urf.Gradient[T]))
	net := snnk.NewSequence[T](snnk.LinearOf("0", matrix[T](88, 4, 10), matrix[T](89, 1, 4).Row(0), cosine), snnk.LinearOf("1", matrix[T](90, 2, 4), nil, urf.Activation{}))
	byWeights, err := snnk.ReplaceByWeights(net, 0, "k", snnk.Phi[T](phi))
	must(d, "ReplaceByWeights", err)
	byRefit, err := snnk.ReplaceByRefit(context.Background(), net, 0, "k", snnk.Phi[T](phi), matrix[T](91, 50, 10), 1e-3)
	must(d, "ReplaceByRefit", err)
	modulePart(d, "ReplaceByWeights", byWeights)
	modulePart(d, "ReplaceByRefit", byRefit)
}
