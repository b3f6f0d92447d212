package main

import (
	"fmt"

	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

// family is one way of fine-tuning in several sizes: width, rank or number of
// features.
type family struct {
	name  string
	sizes []int
	rate  float64 // peak learning rate: the best of `-choose`
	// prepare makes net ready: it freezes what is not trained and adds what is. Size is one of
	// sizes, s gives the values that are random.
	prepare func(net *transformer[float32], size int, s rng.Stream) error
}

// Frozen bodies get an adapter after each sublayer: after attention and after
// the feed-forward part of each block. The head is trained in all families.
var families = []family{
	{"full fine-tuning", []int{0}, 2e-3, func(*transformer[float32], int, rng.Stream) error { return nil }},
	{"linear probe", []int{0}, 2e-2, func(net *transformer[float32], _ int, _ rng.Stream) error {
		freezeBody(net)
		return nil
	}},
	{"bottleneck", []int{1, 2, 4, 8, 16}, 1e-2, adapted(func(name string, width int, s rng.Stream) (snnk.Module[float32], error) {
		return snnk.NewBottleneck[float32](name, digitSizes.width, width, gelu, s), nil
	})},
	{"LoRA", []int{1, 2, 4}, 2e-2, lowRank},
	{"ReLU-SNNK U", []int{1, 2, 4, 8}, 2e-2, adapted(reluAdapter(snnk.UpProjection))},
	{"cosine-SNNK U", []int{1, 2, 4, 8}, 2e-2, adapted(cosineAdapter(snnk.UpProjection))},
	{"ReLU-SNNK v", []int{16, 64}, 5e-3, adapted(reluAdapter(snnk.Modulation))},
	{"cosine-SNNK v", []int{16, 64}, 1e-2, adapted(cosineAdapter(snnk.Modulation))},
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

func projection(m int, s rng.Stream) ortho.Spec {
	return ortho.Spec{Kind: ortho.Hadamard, Seed: seedOf(s.Sub(1)), M: m, D: digitSizes.width}
}

// snnkAdapter is an adapter that reads normalised rows. The norm's γ and β are not
// trained, nor is the Ψ of form Modulation, so the sizes trained are d·m and d.
func snnkAdapter(name string, form snnk.AdapterForm, s rng.Stream, spec urf.Spec) (snnk.Module[float32], error) {
	phi, err := urf.New[float32](spec)
	if err != nil {
		return nil, err
	}
	gradient, ok := phi.(urf.Gradient[float32])
	if !ok {
		return nil, fmt.Errorf("finetune: no gradient for %s", phi.Spec())
	}
	a := snnk.NewAdapter[float32](name, snnk.NewFeatures(gradient), snnk.AdapterOptions{Form: form, FrozenPsi: true, NormBefore: true, Seed: seedOf(s.Sub(2))})
	for _, p := range a.Params() {
		if p.Name == name+".before.weight" || p.Name == name+".before.bias" {
			p.Frozen = true
		}
	}
	return a, nil
}

// seedOf is a seed from a stream.
func seedOf(s rng.Stream) uint64 { return s.Source().Uint64() }

// lowRank freezes the body and corrects the queries and values of each block, as
// Hu et al. (2022) do.
func lowRank(net *transformer[float32], rank int, s rng.Stream) error {
	freezeBody(net)
	for i, l := range net.layers {
		part, ok := l.(*sublayer[float32])
		if !ok {
			return fmt.Errorf("finetune: LoRA on a %T", l)
		}
		a, ok := part.inner.(*attention[float32])
		if !ok {
			continue
		}
		for j, p := range []*snnk.Module[float32]{&a.q, &a.v} {
			base, ok := (*p).(*snnk.Linear[float32])
			if !ok {
				return fmt.Errorf("finetune: LoRA on a %T", *p)
			}
			*p = snnk.NewLoRA(fmt.Sprintf("lora.%d.%d", i, j), base, rank, 1, s.Sub(uint64(2*i+j)))
		}
	}
	return nil
}
