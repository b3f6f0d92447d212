package main

import (
	"fmt"

	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

// family is a row of the table: a kind of model.
type family struct {
	name   string
	scaled bool // whether it has a scale of inputs to choose
	make   func(scale float64, seed uint64) (snnk.Module[float32], error)
}

// features is the number of features whose diagonals are learned. The other rows have the sizes
// that come closest in trained parameters.
const features = 256

// families are those for d inputs and l classes.
func families(d, l int) ([]family, error) {
	relu, err := urf.ActivationByName("relu")
	if err != nil {
		return nil, err
	}
	learned := l*(features+1) + 4*features
	more := (learned+l/2)/l - 1 // features without trained diagonals
	list := []family{
		narrow(relu, d, nearest(learned, func(h int) int { return (d+1)*h + (h+1)*l }), l),
	}
	h := nearest(learned, func(h int) int { return (d+1)*h + (h+1)*(h+l) })
	list = append(list, narrow(relu, d, h, h, l))
	for _, k := range []struct {
		name string
		spec func(scale float64, p ortho.Spec) urf.Spec
	}{
		{"cosines", func(scale float64, p ortho.Spec) urf.Spec { return urf.Fourier{Projection: p, Scale: scale / 4} }},
		{"ReLU", func(scale float64, p ortho.Spec) urf.Spec {
			return urf.ArcCos{Projection: p, Order: 1, Scale: scale, Bias: 1}
		}},
	} {
		spec := func(scale float64, seed uint64, m int) urf.Spec {
			return k.spec(scale, ortho.Spec{Kind: ortho.Hadamard, Seed: seed, M: m, D: d, Rounds: 3})
		}
		for _, m := range []int{features, more} {
			list = append(list, family{fmt.Sprintf("random %s, %d", k.name, m), true, func(scale float64, seed uint64) (snnk.Module[float32], error) {
				phi, err := urf.New[float32](spec(scale, seed, m))
				if err != nil {
					return nil, err
				}
				return snnk.NewTrainableLayer[float32]("psi", snnk.NewFeatures(phi.(urf.Gradient[float32])), l), nil
			}})
		}
		list = append(list, family{fmt.Sprintf("learned diagonals, %d %s", features, k.name), true, func(scale float64, seed uint64) (snnk.Module[float32], error) {
			phi, err := snnk.NewDiagonals[float32]("phi", spec(scale, seed, features))
			if err != nil {
				return nil, err
			}
			return snnk.NewTrainableLayer[float32]("psi", phi, l), nil
		}})
	}
	return list, nil
}

// narrow is a network of dense layers with the given widths.
func narrow(relu urf.Activation, widths ...int) family {
	name := "narrow network "
	for i, w := range widths {
		if i > 0 {
			name += "-"
		}
		name += fmt.Sprint(w)
	}
	return family{name, false, func(_ float64, seed uint64) (snnk.Module[float32], error) {
		var layers []snnk.Module[float32]
		for i, s := 1, rng.New(seed); i < len(widths); i++ {
			act := relu
			if i == len(widths)-1 {
				act = urf.Activation{}
			}
			layers = append(layers, snnk.NewLinear[float32](fmt.Sprint(i-1), widths[i-1], widths[i], act, s.Sub(uint64(i-1))))
		}
		return snnk.NewSequence(layers...), nil
	}}
}

// nearest is the width whose number of parameters, which grows with it, is nearest to
// the given one.
func nearest(params int, count func(h int) int) int {
	h := 1
	for count(h+1) <= params {
		h++
	}
	if count(h+1)-params < params-count(h) {
		h++
	}
	return h
}
