package main

import (
	"fmt"
	"slices"

	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

// family is one way of fine-tuning in several sizes: width, rank or number of
// features.
type family struct {
	name  string
	tuned int     // the size that `-choose` trains
	sizes []int   // of the table, ascending
	more  []int   // beside them with -all
	rate  float64 // peak learning rate: the best of `-choose`
	// prepare makes net ready: it freezes what is not trained and adds what is. Size is one of
	// sizes, s gives the values that are random.
	prepare func(net *transformer[float32], size int, s rng.Stream) error
}

// Frozen bodies get an adapter after each sublayer: after attention and after
// the feed-forward part of each block. LoRA and the families "qv" have four as well, beside the
// layers of queries and values instead. The head is trained in all families.
//
// So that the table takes minutes, families that are neither a baseline nor cosine-SNNK qv stand
// in it with the size whose rate was chosen, not with the one that tests best, and learned-SNNK v
// only with -all.
var families = []family{
	{"full fine-tuning", 0, []int{0}, nil, 2e-3, func(*transformer[float32], int, rng.Stream) error { return nil }},
	{"linear probe", 0, []int{0}, nil, 1e-1, func(net *transformer[float32], _ int, _ rng.Stream) error {
		freezeBody(net)
		return nil
	}},
	{"bottleneck", 4, []int{1, 2, 4, 8, 16}, nil, 1e-2, adapted(bottleneck)},
	{"LoRA", 2, []int{1, 2, 4, 8}, nil, 2e-2, lowRank},
	{"ReLU-SNNK U", 4, []int{4}, []int{1, 2, 8}, 2e-2, adapted(reluAdapter(snnk.UpProjection))},
	{"cosine-SNNK U", 4, []int{4}, []int{1, 2, 8}, 5e-2, adapted(cosineAdapter(snnk.UpProjection))},
	{"ReLU-SNNK v", 64, []int{64}, []int{16}, 5e-3, adapted(reluAdapter(snnk.Modulation))},
	{"cosine-SNNK v", 64, []int{64}, []int{16}, 1e-2, adapted(cosineAdapter(snnk.Modulation))},
	{"learned-SNNK v", 64, nil, []int{16, 64}, 1e-2, adapted(learnedAdapter(snnk.Modulation))},
	{"bottleneck qv", 2, []int{1, 2, 4}, nil, 5e-2, beside(bottleneck)},
	{"cosine-SNNK U qv", 4, []int{1, 2, 4}, nil, 2e-1, beside(cosineAdapter(snnk.UpProjection))},
	{"cosine-SNNK v qv", 64, []int{16, 64}, nil, 1e-1, beside(cosineAdapter(snnk.Modulation))},
	{"ReLU-SNNK U qv", 4, []int{4}, []int{1, 2}, 1e-1, beside(reluAdapter(snnk.UpProjection))},
	{"ReLU-SNNK v qv", 64, []int{64}, []int{16}, 2e-2, beside(reluAdapter(snnk.Modulation))},
	{"learned-SNNK v qv", 64, []int{64}, []int{16, 256}, 2e-2, beside(learnedAdapter(snnk.Modulation))},
}

// addSizes puts the sizes of -all among those of the table.
func addSizes(all []family) {
	for i := range all {
		f := &all[i]
		f.sizes = append(slices.Clone(f.sizes), f.more...)
		slices.Sort(f.sizes)
	}
}

// freezeBody leaves only the head to be trained.
func freezeBody(net *transformer[float32]) {
	snnk.Freeze(net.Params(), true)
	snnk.Freeze(net.head.Params(), false)
}

// adapted freezes the body and puts an adapter after each sublayer.
func adapted(adapter func(name string, size int, s rng.Stream) (snnk.Module[float32], error)) func(*transformer[float32], int, rng.Stream) error {
	return func(net *transformer[float32], size int, s rng.Stream) error {
		freezeBody(net)
		var layers []snnk.Module[float32]
		for i, l := range net.layers {
			a, err := adapter(fmt.Sprintf("adapters.%d", i), size, s.Sub(uint64(i)))
			if err != nil {
				return err
			}
			layers = append(layers, l, a)
		}
		net.layers = layers
		return nil
	}
}

func bottleneck(name string, width int, s rng.Stream) (snnk.Module[float32], error) {
	return snnk.NewBottleneck[float32](name, digitSizes.width, width, gelu, s), nil
}

// reluAdapter makes adapters of the features max(Gx, 0)/√m.
func reluAdapter(form snnk.AdapterForm) func(string, int, rng.Stream) (snnk.Module[float32], error) {
	return func(name string, m int, s rng.Stream) (snnk.Module[float32], error) {
		return snnkAdapter(name, form, s, urf.ReLU{Projection: projection(m, s)})
	}
}

// cosineAdapter makes adapters of the features √(2/m)·cos(Gx/√d + φ): the rows of x are
// normalised, so the arguments have the variance 1.
func cosineAdapter(form snnk.AdapterForm) func(string, int, rng.Stream) (snnk.Module[float32], error) {
	return func(name string, m int, s rng.Stream) (snnk.Module[float32], error) {
		return snnkAdapter(name, form, s, urf.Fourier{Projection: projection(m, s), Scale: 0.125}) // √64 = 8
	}
}

// learnedAdapter makes adapters of the same features, whose signs and biases are trained too:
// 64 numbers for each of the three diagonals of a block of 64 features, and m biases.
func learnedAdapter(form snnk.AdapterForm) func(string, int, rng.Stream) (snnk.Module[float32], error) {
	return func(name string, m int, s rng.Stream) (snnk.Module[float32], error) {
		phi, err := snnk.NewDiagonals[float32](name+".phi", urf.Fourier{Projection: projection(m, s), Scale: 0.125})
		if err != nil {
			return nil, err
		}
		return normalised(name, form, s, phi), nil
	}
}

func projection(m int, s rng.Stream) ortho.Spec {
	return ortho.Spec{Kind: ortho.Hadamard, Seed: seedOf(s.Sub(1)), M: m, D: digitSizes.width}
}

// snnkAdapter is an adapter of features without trained numbers.
func snnkAdapter(name string, form snnk.AdapterForm, s rng.Stream, spec urf.Spec) (snnk.Module[float32], error) {
	phi, err := urf.New[float32](spec)
	if err != nil {
		return nil, err
	}
	gradient, ok := phi.(urf.Gradient[float32])
	if !ok {
		return nil, fmt.Errorf("finetune: no gradient for %s", phi.Spec())
	}
	return normalised(name, form, s, snnk.NewFeatures(gradient)), nil
}

// normalised is an adapter that reads normalised rows. The norm's γ and β are not
// trained, nor is the Ψ of form Modulation, so the sizes trained beside the features are d·m and d.
func normalised(name string, form snnk.AdapterForm, s rng.Stream, phi snnk.Module[float32]) *snnk.Adapter[float32] {
	a := snnk.NewAdapter[float32](name, phi, snnk.AdapterOptions{Form: form, FrozenPsi: true, NormBefore: true, Seed: seedOf(s.Sub(2))})
	for _, p := range a.Params() {
		if p.Name == name+".before.weight" || p.Name == name+".before.bias" {
			p.Frozen = true
		}
	}
	return a
}

// seedOf is a seed from a stream.
func seedOf(s rng.Stream) uint64 { return s.Source().Uint64() }

// lowRank freezes the body and corrects the queries and values of each block, as
// Hu et al. (2022) do.
func lowRank(net *transformer[float32], rank int, s rng.Stream) error {
	return correct(net, func(i, j int, base *snnk.Linear[float32]) (snnk.Module[float32], error) {
		return snnk.NewLoRA(fmt.Sprintf("lora.%d.%d", i, j), base, rank, 1, s.Sub(uint64(2*i+j))), nil
	})
}

// beside freezes the body and corrects queries and values by the δ of adapters.
func beside(adapter func(name string, size int, s rng.Stream) (snnk.Module[float32], error)) func(*transformer[float32], int, rng.Stream) error {
	return func(net *transformer[float32], size int, s rng.Stream) error {
		return correct(net, func(i, j int, base *snnk.Linear[float32]) (snnk.Module[float32], error) {
			a, err := adapter(fmt.Sprintf("adapters.%d.%d", i, j), size, s.Sub(uint64(2*i+j)))
			if err != nil {
				return nil, err
			}
			return &corrected{base: base, delta: a.(*snnk.Adapter[float32]).Delta()}, nil
		})
	}
}

// correct freezes the body and replaces the layers of queries (j = 0) and values (j = 1)
// of each block i.
func correct(net *transformer[float32], by func(i, j int, base *snnk.Linear[float32]) (snnk.Module[float32], error)) error {
	freezeBody(net)
	for i, l := range net.layers {
		part, ok := l.(*sublayer[float32])
		if !ok {
			return fmt.Errorf("finetune: a %T among the layers", l)
		}
		a, ok := part.inner.(*attention[float32])
		if !ok {
			continue
		}
		for j, p := range []*snnk.Module[float32]{&a.q, &a.v} {
			base, ok := (*p).(*snnk.Linear[float32])
			if !ok {
				return fmt.Errorf("finetune: a correction of a %T", *p)
			}
			var err error
			if *p, err = by(i, j, base); err != nil {
				return err
			}
		}
	}
	return nil
}
