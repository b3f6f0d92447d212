package conformance

import (
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
		addMatrix(d, name+" "+p.Name, p.Grad)
	}
}
