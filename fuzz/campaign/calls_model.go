package main

import (
	"bytes"
	"context"
	"fmt"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/compress"
	"nnk/bundle/fit"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/urf"
)

// maps are the texts of maps of features before their projection.
var maps = []string{
	"relu()", "relu(slope=0.1,bias=1,floor=-0.5,constant=true)", "arccos(order=0,bias=1)", "arccos(order=1)", "arccos(order=2,scale=0.5)", "fourier(kernel=gaussian,scale=0.5)",
	"fourier(kernel=laplacian,pairs=true)", "fourier(kernel=matern-3/2)", "maclaurin(coefficients=1 1 0.5 0.2)", "softmax()", "softmax(a=-0.1)",
	"urf(spectrum=0.5 0.3:1:0.1 0.2:2:-1)", "urf(spectrum=0 1:1:0,angle=0.5)", "urf(spectrum=0 1:2:0,angle=-0.25,jordan=true)",
}

// features are activations and maps.
func features[T asm.Float]() []call {
	return []call{
		{"urf.Map", func(d *draw, r *result) {
			m, err := urf.ParseMap[T](maps[d.values.IntN(len(maps))] + " on " + projection(d, d.size(80), d.size(60)))
			if failed(r, err) {
				return
			}
			x := matrix[T](d, d.size(40), m.In(), d.contents(uneven))
			addMatrix(r, byRows(d, x, func(x *mat.Dense[T]) *mat.Dense[T] { return m.Phi(nil, x, nil) }))
			if t, ok := m.(urf.Towers[T]); ok {
				addMatrix(r, byRows(d, x, func(x *mat.Dense[T]) *mat.Dense[T] { return t.Psi(nil, x, nil) }))
			}
		}},
		{"urf.Eval, Deriv, EvalBias, EvalBackward", func(d *draw, r *result) {
			names := urf.ActivationNames()
			a, err := urf.ActivationByName(names[d.values.IntN(len(names))])
			if failed(r, err) {
				return
			}
			n := d.size(500)
			z, bias, dy, y := vector[T](d, n, d.contents(extreme)), vector[T](d, n, uneven), vector[T](d, n, uneven), make([]T, n)
			urf.Eval(a, y, z)
			add(r, y...)
			urf.Deriv(a, y, z)
			add(r, y...)
			urf.EvalBias(a, y, z, bias)
			add(r, y...)
			urf.EvalBackward(a, y, dy, z, y)
			add(r, y...)
		}},
	}
}

// networks are forward and backward passes, training, and the file of a model.
func networks[T asm.Float]() []call {
	return []call{
		{"bundle.Network", func(d *draw, r *result) {
			net, err := network[T](d)
			if failed(r, err) {
				return
			}
			x := matrix[T](d, d.size(600), net.In(), d.contents(uneven))
			y := byRows(d, x, func(x *mat.Dense[T]) *mat.Dense[T] { return net.Forward(nil, x, nil) })
			addMatrix(r, y)
			addInts(r, bundle.Labels(nil, y)...)
			var file bytes.Buffer
			if _, err := (&bundle.Model[T]{Network: net, Task: bundle.Outputs}).WriteTo(&file); failed(r, err) {
				return
			}
			r.h.Write(file.Bytes())
			again, err := bundle.ReadModel[T](bytes.NewReader(file.Bytes()), int64(file.Len()))
			if !failed(r, err) {
				addMatrix(r, again.Network.Forward(nil, x, nil))
			}
		}},
		{"snnk.Train", func(d *draw, r *result) {
			in, hidden, out, n := d.size(20), d.size(30), d.upTo(1, 4), d.size(100)+3
			tanh, err := urf.ActivationByName([]string{"tanh", "relu", "gelu"}[d.values.IntN(3)])
			if failed(r, err) {
				return
			}
			seed := d.values.Uint64()
			net := snnk.NewSequence[T](snnk.NewLinear[T]("0", in, hidden, tanh, rng.New(seed)), snnk.NewLayerNorm[T]("1", hidden), snnk.NewLinear[T]("2", hidden, out, urf.Activation{}, rng.New(seed+1)))
			x, y := matrix[T](d, n, in, tame), matrix[T](d, n, out, tame)
			report, err := snnk.Train(context.Background(), net, x, snnk.Targets[T]{Values: y}, snnk.TrainOptions{Epochs: 2, Batch: d.upTo(1, 40), HeldOut: 0.2, Clip: 1, Seed: seed})
			if failed(r, err) {
				return
			}
			add(r, report.Trained.Loss, report.HeldOut.Loss)
			addMatrix(r, net.Forward(nil, x))
		}},
	}
}

// network has dense layers, features or stages without a matrix.
func network[T asm.Float](d *draw) (*bundle.Network[T], error) {
	width := d.size(40)
	var stages []bundle.Stage[T]
	names := urf.ActivationNames()
	for range d.upTo(1, 3) {
		switch next := d.size(60); d.values.IntN(5) {
		case 0:
			m, err := urf.ParseMap[T](maps[d.values.IntN(len(maps))] + " on " + projection(d, next, max(width, 2)))
			if err != nil {
				return nil, err
			}
			if m.In() != width { // a simplex needs two
				continue
			}
			psi, bias := matrix[T](d, next, m.Out(), tame), vector[T](d, next, tame)
			if d.values.IntN(2) == 0 {
				stages = append(stages, snnk.New(m, psi, bias))
			} else if q, err := mat.Quantise(psi, 4*d.upTo(1, 2)); err != nil {
				return nil, err
			} else {
				stages = append(stages, snnk.NewQuantised(m, q, bias))
			}
			width = next
		case 1:
			stages = append(stages, bundle.NewSoftmax[T](width, d.values.IntN(2) == 0))
		case 2:
			stages = append(stages, bundle.NewLayerNorm(vector[T](d, width, tame), vector[T](d, width, tame), 1e-3), bundle.NewPReLU(vector[T](d, width, tame)))
		default:
			act, err := urf.ActivationByName(names[d.values.IntN(len(names))])
			if err != nil {
				return nil, err
			}
			weight, bias := matrix[T](d, next, width, tame), vector[T](d, next, tame)
			if d.values.IntN(2) == 0 {
				stages = append(stages, bundle.NewLinear(weight, bias, act))
			} else if q, err := mat.Quantise(weight, 4*d.upTo(1, 2)); err != nil {
				return nil, err
			} else {
				stages = append(stages, bundle.NewQuantisedLinear(q, bias, act))
			}
			width = next
		}
	}
	if stages == nil {
		stages = append(stages, bundle.NewPReLU(vector[T](d, width, tame)))
	}
	return bundle.NewNetwork(stages...), nil
}

// fits are models from data. Statistics take their rows in parts.
func fits[T asm.Float]() []call {
	return []call{
		{"fit.Stats", func(d *draw, r *result) {
			z, y := matrix[T](d, d.size(1500)+8, d.size(30), d.contents(uneven)), (*mat.Dense[T])(nil)
			y = matrix[T](d, z.Rows(), d.upTo(1, 3), tame)
			head := min(z.Rows(), 64)
			s, err := fit.NewStats(z.View(0, 0, head, z.Cols()), y.View(0, 0, head, y.Cols()), fit.Folds{})
			if failed(r, err) {
				return
			}
			d.parts(z.Rows(), func(lo, hi int) {
				if err == nil {
					err = s.Add(z.View(lo, 0, hi-lo, z.Cols()), y.View(lo, 0, hi-lo, y.Cols()))
				}
			})
			if failed(r, err) {
				return
			}
			total, err := s.Total()
			if failed(r, err) {
				return
			}
			addMatrix(r, total.ZZ)
			addMatrix(r, total.ZY)
			a, err := total.Ridge(0.01)
			if !failed(r, err) {
				addMatrix(r, a)
				add(r, total.SquaredError(a), total.Variance())
			}
		}},
		{"fit.Run", func(d *draw, r *result) {
			x, y := matrix[T](d, d.size(200)+10, d.size(12), tame), (*mat.Dense[T])(nil)
			y = matrix[T](d, x.Rows(), d.upTo(1, 3), tame)
			kinds := fit.MapKinds()
			m := d.size(24)
			model, report, err := fit.Run[T](context.Background(), bundle.Matrix(x), bundle.Matrix(y), fit.Options{Features: m, Pool: m + d.upTo(0, 20), Map: kinds[d.values.IntN(len(kinds))], Scale: 0.5, Seed: d.values.Uint64()})
			if failed(r, err) {
				return
			}
			fmt.Fprintln(r.h, report.Standardised)
			add(r, report.Lambda, report.HeldOut)
			addMatrix(r, byRows(d, x, func(x *mat.Dense[T]) *mat.Dense[T] { return model.Network.Forward(nil, x, nil) }))
		}},
		{"compress.LowRank", func(d *draw, r *result) {
			a, b := d.size(24), d.size(24)
			net := bundle.NewNetwork[T](bundle.NewLinear(matrix[T](d, b, a, tame), vector[T](d, b, tame), urf.Activation{}), bundle.NewLinear(matrix[T](d, a, b, tame), nil, urf.Activation{}))
			x := matrix[T](d, d.size(100)+4, a, tame)
			low, err := compress.LowRank(context.Background(), net, bundle.Matrix(x), d.upTo(1, net.Params()))
			if failed(r, err) {
				return
			}
			addMatrix(r, low.Forward(nil, x, nil))
		}},
	}
}
