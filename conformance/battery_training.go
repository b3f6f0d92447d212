package conformance

import (
	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/urf"
)

func trainingPart[T asm.Float](d *digest) {
	relu, err := urf.ActivationByName("relu")
	must(d, "relu", err)
	gelu, err := urf.ActivationByName("gelu")
	must(d, "gelu", err)
	first := snnk.NewLinear[T]("0", 10, 12, relu, rng.New(1))
	var net snnk.Module[T] = snnk.NewSequence[T](
		first,
		snnk.NewLayerNorm[T]("1", 12),
		snnk.NewResidual(snnk.NewSequence[T](snnk.NewLinear[T]("2", 12, 12, urf.Activation{}, rng.New(2)), snnk.NewActivation[T](12, gelu))),
		snnk.LinearOf("3", matrix[T](65, 3, 12), nil, urf.Activation{}))
	addParam(d, first.Weight())
	addParam(d, first.Bias())
	for _, n := range []int{5, 40} {
		addMatrix(d, "Forward", net.Forward(nil, matrix[T](66, n, 10)))
		addMatrix(d, "Backward", net.Backward(nil, matrix[T](67, n, 3), true))
		for _, p := range net.Params() {
			addParam(d, p)
		}
	}
	w := mat.New[T](7, 5)
	snnk.InitHe(w, rng.New(3))
	addMatrix(d, "InitHe", w)
	snnk.InitXavier(w, rng.New(3))
	addMatrix(d, "InitXavier", w)
}

func addParam[T asm.Float](d *digest, p *snnk.Param[T]) {
	addMatrix(d, p.Name, p.Value)
	addMatrix(d, p.Name+" gradient", p.Grad)
}
