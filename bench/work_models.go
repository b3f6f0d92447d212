package main

import (
	"fmt"

	"nnk/bundle"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/urf"
)

// models is what users of the library wait for: feature maps, layers, fits.
func models() []work {
	var all []work
	for _, kind := range []ortho.Kind{ortho.IID, ortho.Hadamard} {
		p := ortho.Spec{Kind: kind, Seed: 1, M: 4096, D: 784}
		all = append(all,
			features("cos", kind.String(), urf.Fourier{Projection: p}),
			features("exp", kind.String(), urf.SoftmaxKernel{Projection: p}))
	}
	for _, batch := range []int{1, 32, 512} {
		all = append(all, dense(batch, 768, 3072))
	}
	all = append(all, ridge(20000, 1024, 10))
	for _, batch := range []int{1, 256} {
		all = append(all, bundled(batch, 784, 512, 10, 2048))
	}
	return all
}

// features makes 4096 features of 1024 samples with 784 inputs and counts the
// operations of the dense product, as its peers do it.
func features(function, projection string, spec urf.Spec) work {
	const n, d, m = 1024, 784, 4096
	return work{name: fmt.Sprintf("features %s 1024×784 → 4096, %s", function, projection), unit: "Gflop/s", amount: 2 * n * d * m, prepare: func() (runner, []peer) {
		phi, err := urf.New[float32](spec)
		if err != nil {
			panic(err)
		}
		x, dst, ws := normal[float32](1, n, d, 1.0/28), mat.New[float32](n, m), new(urf.Workspace[float32])
		w, bias := normal[float32](2, d, m, 1), normal[float32](3, 1, m, 1)
		return timed(func() { phi.Phi(dst, x, ws) }), append(featurePeers(function, n, d, m, x.Data(), w.Data(), bias.Data(), dst.Data()), numpyFeatures(function, n, d, m)...)
	}}
}

// dense is a layer with GELU (erf) and weights laid out beforehand on both sides;
// the operations of the product are counted.
func dense(batch, d, l int) work {
	return work{name: fmt.Sprintf("dense %d×%d → %d GELU float32", batch, d, l), unit: "Gflop/s", amount: 2 * float64(batch*d*l), prepare: func() (runner, []peer) {
		gelu, err := urf.ActivationByName("gelu")
		if err != nil {
			panic(err)
		}
		x, w, b, y := normal[float32](1, batch, d, 1), normal[float32](2, l, d, 1.0/28), normal[float32](3, 1, l, 1), mat.New[float32](batch, l)
		layer := bundle.NewLinear(w, b.Data(), gelu)
		return timed(func() { layer.Forward(y, x, nil) }), densePeers(batch, d, l, x.Data(), w.Data(), b.Data(), y.Data())
	}}
}

// ridge fits l outputs to n samples of m features.
func ridge(n, m, l int) work {
	flops := float64(n)*float64(m)*float64(m+1) + 2*float64(n*m*l) + float64(m)*float64(m)*float64(m)/3
	return work{name: fmt.Sprintf("ridge %d×%d, %d outputs, float32", n, m, l), unit: "Gflop/s", amount: flops, prepare: func() (runner, []peer) {
		z, y := normal[float32](1, n, m, 1), normal[float32](2, n, l, 1)
		s, t, w := mat.New[float32](m, m), mat.New[float32](m, l), mat.New[float32](m, l)
		return timed(func() {
			mat.Gram(s, z)
			mat.TMul(t, z, y)
			if _, err := mat.RidgeSolve(w, s, t, 1, nil); err != nil {
				panic(err)
			}
		}), ridgePeers(n, m, l, z.Data(), y.Data())
	}}
}

// bundled is a network d-h-h-l of dense layers replaced by one of M features.
func bundled(batch, d, h, l, features int) work {
	return work{name: fmt.Sprintf("bundled %d-%d-%d-%d by %d features, batch %d, the network beside it", d, h, h, l, features, batch),
		unit: "M rows/s", amount: 1000 * float64(batch), prepare: func() (runner, []peer) {
			relu, err := urf.ActivationByName("relu")
			if err != nil {
				panic(err)
			}
			none, err := urf.ActivationByName("none")
			if err != nil {
				panic(err)
			}
			layer := func(in, out int, act urf.Activation) bundle.Stage[float32] {
				return bundle.NewLinear(normal[float32](uint64(in), out, in, 1.0/28), make([]float32, out), act)
			}
			phi, err := urf.New[float32](urf.Fourier{Projection: ortho.Spec{Kind: ortho.Hadamard, Seed: 1, M: features, D: d}})
			if err != nil {
				panic(err)
			}
			network := bundle.NewNetwork(layer(d, h, relu), layer(h, h, relu), layer(h, l, none))
			small := bundle.NewNetwork(bundle.NewFeatures(phi), layer(features, l, none))
			x, y, ws := normal[float32](1, batch, d, 1), mat.New[float32](batch, l), new(bundle.Workspace[float32])
			return timed(func() { small.Forward(y, x, ws) }), []peer{{"the network", timed(func() { network.Forward(y, x, ws) })}}
		}}
}
