package conformance

import (
	"bytes"
	"context"
	"encoding/hex"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/compress"
	"nnk/bundle/fit"
	"nnk/internal/npy"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/urf"
)

// bundleCase is asmCase for package bundle.
func bundleCase[T asm.Float](name string) func(c *Case) ([]float64, error) {
	switch name {
	case "fit.Moments.Ridge":
		return func(c *Case) ([]float64, error) {
			m := &fit.Moments{ZZ: matrixOf[float64](c, "zz", "n"), ZY: matrixOf[float64](c, "zy", "l")}
			a, err := m.Ridge(c.Float("lambda"))
			if err != nil {
				return nil, err
			}
			return flat(a), nil
		}
	case "fit.Moments.DotProduct":
		return func(c *Case) ([]float64, error) {
			m := &fit.Moments{ZY: matrixOf[float64](c, "zy", "l")}
			a, err := m.DotProduct(c.Float("tau"))
			if err != nil {
				return nil, err
			}
			return flat(a), nil
		}
	case "fit.Moments.SelectFeatures":
		return func(c *Case) ([]float64, error) {
			m := &fit.Moments{ZZ: matrixOf[float64](c, "zz", "n"), ZY: matrixOf[float64](c, "zy", "l")}
			most := int(c.Int("most"))
			chosen, err := m.SelectFeatures(fit.Selection{Least: most, Most: most, Lambda: c.Float("lambda")})
			out := make([]float64, len(chosen))
			for i, j := range chosen {
				out[i] = float64(j)
			}
			return out, err
		}
	case "compress.MonteCarlo":
		return monteCarlo[T]
	case "bundle.Model":
		return modelOutputs[T]
	}
	return nil
}

// monteCarlo bundles a network of two layers with sine and a linear one. The projections are
// made from seeds 7 and 8; columns g0 and g1 hold them for implementations that have none.
func monteCarlo[T asm.Float](c *Case) ([]float64, error) {
	sine, err := urf.ActivationByName("sin")
	if err != nil {
		return nil, err
	}
	hidden := len(c.Floats("b1"))
	d := int(c.Int("d"))
	x := mat.Of(1, d, to[T](c.Floats("x")))
	net := bundle.NewNetwork[T](
		bundle.NewLinear(mat.Of(hidden, d, to[T](c.Floats("w1"))), to[T](c.Floats("b1")), sine),
		bundle.NewLinear(mat.Of(hidden, hidden, to[T](c.Floats("w2"))), to[T](c.Floats("b2")), sine),
		bundle.NewLinear(mat.Of(1, hidden, to[T](c.Floats("w3"))), to[T](c.Floats("b3")), urf.Activation{}))
	layer := func(info compress.LayerInfo) (urf.Spec, error) {
		return urf.URF{Projection: ortho.Spec{Kind: ortho.IID, Seed: uint64(7 + info.Layer), M: int(c.Int("m")), D: info.Inputs},
			Spectrum: urf.Spectrum{Waves: []urf.Wave{{Mass: c.Float("mass"), Freq: c.Float("kappa"), Phase: c.Float("theta")}}},
			Angle:    c.Float("angle"), Radius: c.Float("radius"), Damping: urf.GivenA, A: c.Float("a")}, nil
	}
	bundled, _, err := compress.MonteCarlo(context.Background(), net, bundle.Matrix(x), 0, 3, compress.MonteCarloOptions{MaxError: 1e9, Map: layer})
	if err != nil {
		return nil, err
	}
	return flat(bundled.Forward(nil, x, nil)), nil
}

// modelOutputs are those of a model file, whose bytes the case has.
func modelOutputs[T asm.Float](c *Case) ([]float64, error) {
	b, err := hex.DecodeString(c.Text("file"))
	if err != nil {
		return nil, err
	}
	m, err := bundle.ReadModel[T](bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	var out []float64
	x := c.Floats("x")
	err = m.Network.Predict(context.Background(), bundle.Matrix(mat.Of(1, len(x), x)), func(outputs *mat.Dense[float64], _ int) error {
		out = flat(outputs)
		return nil
	})
	return out, err
}

// fileCase is asmCase for file formats: bytes, in hexadecimal, to numbers or back.
func fileCase[T asm.Float](name string) func(c *Case) ([]float64, error) {
	switch name {
	case "npy.Read": // rows, columns, elements
		return func(c *Case) ([]float64, error) {
			b, err := hex.DecodeString(c.Text("bytes"))
			if err != nil {
				return nil, err
			}
			f, err := npy.Open(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				return nil, err
			}
			v := make([]T, f.Rows*f.Cols)
			err = npy.ReadRows(f, v, 0, f.Rows)
			return append([]float64{float64(f.Rows), float64(f.Cols)}, from(v...)...), err
		}
	case "npy.Write":
		return func(c *Case) ([]float64, error) {
			var shape []int
			for _, n := range c.Floats("shape") {
				shape = append(shape, int(n))
			}
			var b bytes.Buffer
			err := npy.Write(&b, shape, to[T](c.Floats("data")))
			return from(numbersOf(b.Bytes())...), err
		}
	case "safetensors.Read": // dimensions, elements
		return func(c *Case) ([]float64, error) {
			b, err := hex.DecodeString(c.Text("bytes"))
			if err != nil {
				return nil, err
			}
			f, err := safetensors.Open(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				return nil, err
			}
			t := f.Tensor(c.Text("name"))
			if t == nil {
				return nil, ErrMissing
			}
			v, err := safetensors.Load[T](f, t)
			var out []float64
			for _, n := range t.Shape {
				out = append(out, float64(n))
			}
			return append(out, from(v...)...), err
		}
	}
	return nil
}

func numbersOf[N byte | int](b []N) []float64 {
	out := make([]float64, len(b))
	for i, v := range b {
		out[i] = float64(v)
	}
	return out
}
