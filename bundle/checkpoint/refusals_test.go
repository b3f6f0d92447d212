package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"nnk/bundle"
)

// What is not understood is refused: which tensors, and what to do.
func TestRefused(t *testing.T) {
	a, b, c := layerA, layerB, layerC
	two := slices.Concat(a.tensors("0"), c.tensors("2"))
	with := func(more ...raw) []raw { return slices.Concat(two, more) }
	square := func(names ...string) []raw {
		var list []raw
		for i, name := range names {
			list = append(list, linear(i, 6, 6).without().tensors(name)...)
		}
		return list
	}
	pair := func(names ...string) []raw {
		var list []raw
		for i, name := range names {
			list = append(list, linear(i, 4, 6).tensors(name+".0")...)
			list = append(list, linear(i+9, 6, 4).tensors(name+".2")...)
		}
		return list
	}
	vector := func(name string, n int) raw { return f32(name, []int{n}, positive(3, n)) }
	data := func(name, dtype string, n int, shape ...int) raw { return raw{name, dtype, shape, make([]byte, n)} }
	for _, test := range []struct {
		name    string
		tensors []raw
		opt     Options
		is      error
		want    []string
	}{
		{"nothing", nil, Options{}, bundle.ErrFormat, []string{"no tensors"}},
		{"no matrix", []raw{vector("norm.weight", 3), vector("norm.bias", 3)}, Options{}, bundle.ErrFormat, []string{"no linear layer"}},
		{"an unknown tensor", with(vector("2.gain_x", 3)), Options{}, bundle.ErrFormat, []string{`"2.gain_x"`, "-ignore '2.gain_x'"}},
		{"an unknown module", with(vector("step", 1)), Options{}, bundle.ErrFormat, []string{`"step"`, "-ignore"}},
		{"many of them", with(vector("a.x", 1), vector("a.y", 1), vector("a.z", 1), vector("a.u", 1), vector("a.v", 1), vector("a.w", 1)), Options{}, bundle.ErrFormat, []string{`"a.u" and 2 more`}},
		{"a type that is not known", with(data("1.weight", "F4", 3, 6)), Options{Layers: "0:none,1:prelu,2:none"}, bundle.ErrFormat, []string{"F4", `"1.weight"`}},
		{"an unknown type elsewhere", with(data("x.table", "F4", 3, 6)), Options{}, bundle.ErrFormat, []string{`"x.table"`}},

		{"actor and critic", pair("actor", "critic"), Options{}, bundle.ErrFormat, []string{`"actor", "critic"`, "-prefix NAME", "-ignore"}},
		{"any two names", pair("a", "b"), Options{}, bundle.ErrFormat, []string{`"a", "b"`}},
		{"two numbers", pair("q1", "q2"), Options{}, bundle.ErrFormat, []string{`"q1", "q2"`}},
		{"one with a name", slices.Concat(two, pair("ema")), Options{}, bundle.ErrFormat, []string{`"ema"`}},
		{"names within", slices.Concat(a.tensors("fc1"), c.tensors("fc2"), a.tensors("fc1_target"), c.tensors("fc2_target")), Options{}, bundle.ErrFormat, []string{"fc1_target"}},
		{"deeper down", pair("model.policy_net", "model.value_net"), Options{}, bundle.ErrFormat, []string{`"model.policy_net", "model.value_net"`}},
		{"an ensemble", slices.Concat(a.tensors("members.0"), a.tensors("members.1")), Options{}, bundle.ErrFormat, []string{`"members.0", "members.1"`}},
		{"heads", slices.Concat(a.tensors("shared.0"), c.tensors("policy"), linear(5, 6, 1).tensors("value")), Options{}, bundle.ErrFormat, []string{`"value"`}},
		{"equal parts", pair("0", "1"), Options{}, bundle.ErrFormat, []string{`"0" and "1" are alike`, "-layers"}},
		{"equal blocks", slices.Concat(a.tensors("stem"), square("blocks.0.fc1", "blocks.0.fc2", "blocks.1.fc1", "blocks.1.fc2"), c.tensors("head")), Options{}, bundle.ErrFormat, []string{`"blocks.0" and "blocks.1" are alike`, "connections around"}},
		{"names that say nothing", square("zoo", "bar"), Options{}, bundle.ErrFormat, []string{`"bar", "zoo"`}},

		{"shapes", slices.Concat(a.tensors("0"), a.tensors("2")), Options{}, bundle.ErrFormat, []string{`"2" reads 4 numbers (2.weight, F32 [6×4])`, `"0" before it gives 6`}},
		{"shapes that fit turned", []raw{f32("0.weight", []int{4, 6}, a.turned()), f32("2.weight", []int{6, 3}, c.turned())}, Options{}, bundle.ErrFormat, []string{"-transposed"}},
		{"shapes that do not, told so", []raw{f32("0.weight", []int{6, 4}, a.w), f32("2.weight", []int{3, 6}, c.w)}, Options{Transposed: true}, bundle.ErrFormat, []string{`"2" reads 3`}},
		{"a bias says otherwise", two, Options{Transposed: true}, bundle.ErrFormat, []string{"[out, in]"}},
		{"bias of another length", []raw{f32("0.weight", []int{6, 4}, a.w), vector("0.bias", 5)}, Options{}, bundle.ErrFormat, []string{`"0.bias"`}},
		{"bias of another length, square", []raw{f32("0.weight", []int{6, 6}, b.w), vector("0.bias", 5)}, Options{}, bundle.ErrFormat, []string{`"0.bias"`, "want [6]"}},
		{"an empty matrix", []raw{f32("0.weight", []int{0, 4}, nil)}, Options{}, bundle.ErrFormat, []string{"is empty"}},

		{"a convolution", slices.Concat([]raw{f32("0.weight", []int{2, 1, 3}, positive(1, 6)), vector("0.bias", 2)}, c.tensors("2")), Options{}, bundle.ErrFormat, []string{"a convolution", `"0.weight"`}},
		{"an embedding", slices.Concat(square("tok_embed"), c.tensors("fc")), Options{}, bundle.ErrFormat, []string{"an embedding", `"tok_embed.weight"`}},
		{"an embedding without a name", slices.Concat(linear(1, 6, 9).without().tensors("0"), c.tensors("1")), Options{}, bundle.ErrFormat, []string{`"1" reads 6`}},
		{"attention", slices.Concat([]raw{f32("attn.in_proj_weight", []int{18, 6}, positive(1, 108))}, c.tensors("fc")), Options{}, bundle.ErrFormat, []string{"attention"}},
		{"attention by projections", square("q_proj", "k_proj", "v_proj", "o_proj"), Options{}, bundle.ErrFormat, []string{"attention"}},
		{"a recurrent layer", slices.Concat(c.tensors("fc"), []raw{f32("rnn.weight_ih_l0", []int{6, 4}, a.w), f32("rnn.weight_hh_l0_reverse", []int{6, 6}, b.w)}), Options{}, bundle.ErrFormat, []string{"a recurrent layer"}},
		{"a gated layer", square("gate_proj", "up_proj", "down_proj"), Options{}, bundle.ErrFormat, []string{"a gated layer"}},
		{"a gated layer by its shapes", slices.Concat(linear(1, 4, 6).without().tensors("feed_forward.w1"), linear(2, 6, 4).without().tensors("feed_forward.w2"), linear(3, 4, 6).without().tensors("feed_forward.w3")), Options{}, bundle.ErrFormat, []string{"a gated layer", `"feed_forward.w1"`}},
		{"a shortcut", slices.Concat(a.tensors("0"), square("1.shortcut"), c.tensors("2")), Options{}, bundle.ErrFormat, []string{"a connection around layers"}},
		{"GPTQ", with(data("4.qweight", "I32", 16, 2, 2)), Options{}, bundle.ErrFormat, []string{"GPTQ"}},
		{"layer or RMS norm", slices.Concat(a.tensors("fc1"), []raw{vector("ffn_norm.weight", 6)}, c.tensors("fc2")), Options{}, bundle.ErrFormat, []string{"ffn_norm.weight", "root-mean-square", "ffn_norm:layernorm"}},
		{"RMS norm", slices.Concat(a.tensors("fc1"), []raw{vector("rms_norm.weight", 6)}, c.tensors("fc2")), Options{}, bundle.ErrFormat, []string{"not a layer norm"}},
		{"group norm", slices.Concat(a.tensors("fc1"), []raw{vector("gn1.weight", 6), vector("gn1.bias", 6)}, c.tensors("fc2")), Options{}, bundle.ErrFormat, []string{"not a layer norm"}},
		{"batch norm without statistics", slices.Concat(a.tensors("fc1"), []raw{vector("bn1.weight", 6), vector("bn1.bias", 6)}, c.tensors("fc2")), Options{}, bundle.ErrFormat, []string{"running_mean"}},
		{"batch norm without variance", slices.Concat(a.tensors("0"), normN.tensors("1")[:3], c.tensors("3")), Options{}, bundle.ErrFormat, []string{"variance"}},
		{"batch norm of two lengths", slices.Concat(a.tensors("0"), normN.tensors("1")[2:], []raw{vector("1.weight", 5)}, c.tensors("3")), Options{}, bundle.ErrFormat, []string{`"1.weight"`}},
		{"norm of another width", slices.Concat(a.tensors("0"), batchNorm(1, 5).tensors("1"), c.tensors("3")), Options{}, bundle.ErrFormat, []string{`"1" reads 5`}},
		{"norms with no place", slices.Concat(a.tensors("fc1"), b.tensors("fc2"), linear(8, 6, 6).tensors("fc3"), c.tensors("fc4"), batchNorm(1, 6).tensors("norm")), Options{}, bundle.ErrFormat, []string{"norm.", "-layers"}},
		{"one PReLU for all, not told", slices.Concat(a.tensors("fc1"), b.tensors("fc2"), linear(8, 6, 6).tensors("fc3"), c.tensors("fc4"), []raw{vector("act.weight", 1)}), Options{}, bundle.ErrFormat, []string{`"act.weight"`, "-layers"}},
		{"norms before or after all layers", slices.Concat(square("fc1", "fc2"), batchNorm(1, 6).tensors("bn1"), batchNorm(5, 6).tensors("bn2")), Options{}, bundle.ErrFormat, []string{`"bn1"`, "before the layers or after", "-layers"}},
		{"a vector in doubt", slices.Concat(a.tensors("0"), []raw{vector("1.weight", 6)}, c.tensors("3")), Options{}, bundle.ErrFormat, []string{`"1.weight"`, "1:prelu", "1:layernorm"}},
		{"an activation in doubt", slices.Concat(a.tensors("0"), after6().tensors("2"), c.tensors("4")), Options{Layers: "auto:elu"}, bundle.ErrFormat, []string{`before "2" and after it`, "0:elu,2:none", "0:none,2:elu"}},
		{"an activation before the first layer", slices.Concat(batchNorm(1, 4).tensors("0"), a.tensors("2"), c.tensors("4")), Options{}, bundle.ErrFormat, []string{`between "0" and "2"`, "-layers"}},
		{"means that no ReLU gives", slices.Concat(a.tensors("0"), normN.tensors("2"), c.tensors("3")), Options{}, bundle.ErrFormat, []string{`running means of "2"`, "relu"}},

		{"integers without a scale", slices.Concat([]raw{data("0.weight", "I8", 24, 6, 4)}, c.tensors("2")), Options{}, bundle.ErrFormat, []string{`"0.weight"`, `"0.weight_scale"`}},
		{"integers without sign or zero", slices.Concat([]raw{data("0.weight", "U8", 24, 6, 4), f32("0.weight_scale", []int{}, []float64{0.5})}, c.tensors("2")), Options{}, bundle.ErrFormat, []string{`"0.weight"`, `"0.weight_zero_point"`}},
		{"a scale without integers", with(vector("0.weight_scale", 6)), Options{}, bundle.ErrFormat, []string{`"0.weight_scale"`, "no need"}},
		{"scales of another length", slices.Concat([]raw{data("0.weight", "I8", 24, 6, 4), vector("0.weight_scale", 5)}, c.tensors("2")), Options{}, bundle.ErrFormat, []string{`"0.weight_scale"`}},
		{"weights laid out for a GPU", slices.Concat([]raw{data("0.weight", "I8", 24, 6, 4), vector("0.SCB", 6), {"0.weight_format", "U8", []int{}, []byte{1}}}, c.tensors("2")), Options{}, bundle.ErrFormat, []string{"GPU"}},
		{"mask of another shape", []raw{f32("0.weight_orig", []int{6, 4}, a.w), vector("0.weight_mask", 24)}, Options{}, bundle.ErrFormat, []string{"weight_mask"}},
		{"weights without mask", []raw{f32("0.weight_orig", []int{6, 4}, a.w)}, Options{}, bundle.ErrFormat, []string{"weight_orig", "mask"}},
		{"weight norm without sizes", []raw{f32("0.weight_v", []int{6, 4}, a.w)}, Options{}, bundle.ErrFormat, []string{"weight_v"}},
		{"weight norm of another shape", []raw{f32("0.weight_v", []int{6, 4}, a.w), vector("0.weight_g", 6)}, Options{}, bundle.ErrFormat, []string{"weight_g"}},
		{"weight norm of zeros", []raw{f32("0.weight_v", []int{6, 4}, zeros(24)), f32("0.weight_g", []int{6, 1}, ones(6))}, Options{}, bundle.ErrNotFinite, []string{`module "0"`}},
		{"spectral norm of another length", []raw{f32("0.weight_orig", []int{6, 4}, a.w), vector("0.weight_u", 6), vector("0.weight_v", 3)}, Options{}, bundle.ErrFormat, []string{"weight_u"}},
		{"adapter, α not told", with(f32("0.lora_A.weight", []int{2, 4}, positive(1, 8)), f32("0.lora_B.weight", []int{6, 2}, positive(1, 12))), Options{}, bundle.ErrFormat, []string{`"0.lora_A.weight"`, `"0.lora_B.weight"`, "-lora-alpha"}},
		{"adapter of another shape", with(f32("0.lora_A.weight", []int{2, 4}, positive(1, 8)), f32("0.lora_B.weight", []int{6, 3}, positive(1, 18))), Options{LoRAAlpha: 1}, bundle.ErrFormat, []string{"rank"}},
		{"half an adapter", with(f32("0.lora_A.weight", []int{2, 4}, positive(1, 8))), Options{LoRAAlpha: 1}, bundle.ErrFormat, []string{"rank"}},
		{"adapter without weights", with(f32("4.lora_A.weight", []int{2, 4}, positive(1, 8)), f32("4.lora_B.weight", []int{6, 2}, positive(1, 12))), Options{LoRAAlpha: 1}, bundle.ErrFormat, []string{`"4.lora_A.weight"`}},
		{"two adapters", with(f32("0.lora_A.x.weight", []int{2, 4}, positive(1, 8)), f32("0.lora_A.y.weight", []int{2, 4}, positive(1, 8))), Options{LoRAAlpha: 1}, bundle.ErrFormat, []string{`"0.lora_A.x.weight"`, `"0.lora_A.y.weight"`}},

		{"NaN in weights", []raw{f32("0.weight", []int{1, 2}, []float64{1, math.NaN()})}, Options{}, bundle.ErrNotFinite, []string{`"0.weight" element 1`}},
		{"infinity in a bias", []raw{f32("0.weight", []int{1, 2}, ones(2)), f32("0.bias", []int{1}, []float64{math.Inf(1)})}, Options{}, bundle.ErrNotFinite, []string{`"0.bias" element 0`}},
		{"variance below zero", slices.Concat(a.tensors("0"), norm{zeros(6), each(ones(6), func(float64) float64 { return -1 }), ones(6), zeros(6)}.tensors("1"), c.tensors("3")), Options{}, bundle.ErrNotFinite, []string{`"1"`}},
		{"overflow of float32", []raw{f32("0.weight", []int{1, 1}, []float64{3e38}), f32("1.weight", []int{1}, []float64{3e38}), f32("1.bias", []int{1}, zeros(1)), f32("1.running_mean", []int{1}, zeros(1)), f32("1.running_var", []int{1}, ones(1))}, Options{}, bundle.ErrNotFinite, []string{`"0"`}},

		{"no such layer", two, Options{Layers: "0:relu,3:none"}, bundle.ErrFormat, []string{`"3"`, "0, 2"}},
		{"a layer that is not named", slices.Concat(two, b.tensors("1")), Options{Layers: "0:relu,2:none"}, bundle.ErrFormat, []string{`"1.weight"`, "-ignore '1.*'"}},
		{"a norm that is not named", slices.Concat(a.tensors("0"), normN.tensors("1"), after6().tensors("3"), c.tensors("4")), Options{Layers: "0:none,1:relu,4:none"}, bundle.ErrFormat, []string{`"3"`}},
		{"another order than that of the norms", slices.Concat(a.tensors("x"), b.tensors("2"), normN.tensors("3"), c.tensors("1")), Options{Layers: "x:relu,2:relu,1:none"}, bundle.ErrFormat, []string{`"3"`, "name it"}},
		{"order that does not fit", two, Options{Layers: "2:relu,0:none"}, bundle.ErrFormat, []string{`"0" reads 4`}},
		{"no such activation", two, Options{Layers: "0:bogus,2:none"}, bundle.ErrRange, []string{"bogus"}},
		{"no such activation for all", two, Options{Layers: "auto:bogus"}, bundle.ErrRange, []string{"bogus"}},
		{"no activation", two, Options{Layers: "0,2"}, bundle.ErrRange, []string{"NAME:ACTIVATION"}},
		{"a layer twice", two, Options{Layers: "0:relu,0:none"}, bundle.ErrRange, []string{"twice"}},
		{"an activation and a PReLU", slices.Concat(a.tensors("0"), []raw{vector("1.weight", 6)}, c.tensors("2")), Options{Layers: "0:relu,2:none"}, bundle.ErrRange, []string{`"1" is one`}},
		{"no such prefix", two, Options{Prefix: "actor"}, bundle.ErrRange, []string{"actor"}},
		{"no such name to ignore", two, Options{Ignore: []string{"0.*", "x*"}}, bundle.ErrRange, []string{`"x*"`}},
		{"everything ignored", two, Options{Ignore: []string{"*"}}, bundle.ErrFormat, []string{"no tensors"}},
		{"an impossible epsilon", two, Options{Epsilon: -1}, bundle.ErrRange, []string{"-1"}},
		{"an impossible α", two, Options{LoRAAlpha: math.Inf(1)}, bundle.ErrRange, []string{"Inf"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := readFile(file("", test.tensors...), test.opt)
			if !errors.Is(err, test.is) {
				t.Fatalf("error %v, want one that wraps %q\n%v", err, test.is, c)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

func after6() norm {
	n := batchNorm(80, 6)
	n.mean, n.gamma = positive(81, 6), positive(82, 6)
	return n
}

// A model that nnk made is no network from elsewhere.
func TestOwnModelRefused(t *testing.T) {
	c, err := readFile(file("", layerA.tensors("0")...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := (&bundle.Model[float32]{Network: c.Network, Task: bundle.Outputs}).WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if _, err := readFile(b.Bytes(), Options{}); !errors.Is(err, bundle.ErrFormat) || !strings.Contains(fmt.Sprint(err), "nnk made") {
		t.Errorf("error %v", err)
	}
}

func TestParts(t *testing.T) {
	for _, c := range []struct {
		text, stem string
		numbers    []int
	}{
		{"fc2", "fc", []int{2}}, {"dense_10", "dense", []int{10}}, {"dense", "dense", nil}, {"07", "", []int{7}}, {"linear_1_hidden2", "linear__hidden", []int{1, 2}}, {"", "", nil},
		{"99999999999999999999", "99999999999999999999", nil}, {"é1", "é", []int{1}},
	} {
		p := parsePart(c.text)
		if p.stem != c.stem || !slices.Equal(p.numbers, c.numbers) {
			t.Errorf("%q: stem %q and numbers %v, want %q and %v", c.text, p.stem, p.numbers, c.stem, c.numbers)
		}
	}
	ascending := []string{"dense", "dense_0", "dense1", "dense_2", "dense_10"}
	for i, a := range ascending {
		for j, b := range ascending {
			if got := parsePart(a).compare(parsePart(b)); (got < 0) != (i < j) {
				t.Errorf("%q and %q compare as %d", a, b, got)
			}
		}
	}
	if got := words("inputLayer_2.FC-outHead"); !slices.Equal(got, []string{"input", "layer", "fc", "out", "head"}) {
		t.Errorf("words %q", got)
	}
}
