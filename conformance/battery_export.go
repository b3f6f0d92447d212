package conformance

import (
	"bytes"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/export"
	"nnk/internal/onnx"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

func exportBattery(d *digest) {
	both(d, exportPart[float32], exportPart[float64])
}

// exportPart covers the matrices that stand for features in a file for other runtimes.
func exportPart[T asm.Float](d *digest) {
	p := ortho.Spec{Kind: ortho.Hadamard, Seed: 5, M: 80, D: 9}
	cos, err := urf.New[T](urf.Fourier{Projection: p, Scale: 0.5})
	must(d, "New", err)
	trained, err := urf.NewDiagonals[T](urf.ArcCos{Projection: p, Order: 1, Bias: 1})
	must(d, "NewDiagonals", err)
	products, err := urf.New[T](urf.Maclaurin{Projection: p, Coefficients: []float64{1, 1, 0.5, 0.2}, Bias: true})
	must(d, "New", err)
	for i, m := range []urf.Map[T]{cos, trained, products} {
		layer := snnk.New(m, matrix[T](180+inputs(i), 3, m.Out()), uniform[T](183, 3, -1, 1))
		var b bytes.Buffer
		_, err := export.ONNX(&b, &bundle.Model[T]{Network: bundle.NewNetwork[T](layer), Task: bundle.Regress})
		must(d, "ONNX", err)
		file, err := onnx.Parse(b.Bytes())
		must(d, "onnx.Parse", err)
		if err != nil {
			return
		}
		for k := range file.Graph.Constants {
			v, err := file.Graph.Constants[k].Load(nil)
			must(d, "onnx.Load", err)
			add(d, "ONNX", v...)
		}
	}
}
