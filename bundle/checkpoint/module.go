package checkpoint

import (
	"fmt"
	"slices"
	"strings"

	"nnk/bundle"
)

// A module is the tensors whose names differ in their last part, such as 0.weight and 0.bias. What
// parametrisations and adapters wrap around a weight is counted as its own: see [leafOf].
type module struct {
	name   string // as in the file, without the last part
	path   []part
	leaves map[string]*tensor
	order  []string // names of the leaves in the order of the file
}

// modulesOf groups tensors.
func modulesOf(tensors []*tensor) ([]*module, error) {
	var list []*module
	byName := map[string]*module{}
	for _, t := range tensors {
		parts := separated(t.Name)
		if len(parts) == 0 {
			return nil, fmt.Errorf("%w: %s has no name that could be read", bundle.ErrFormat, t)
		}
		path, leaf := leafOf(parts)
		name := strings.Join(path, ".")
		m := byName[name]
		if m == nil {
			m = &module{name: name, path: pathOf(t), leaves: map[string]*tensor{}}
			byName[name] = m
			list = append(list, m)
		}
		if before := m.leaves[leaf]; before != nil {
			return nil, fmt.Errorf("%w: tensors %q and %q are both the %s of %q: leave one out with -ignore", bundle.ErrFormat, before.Name, t.Name, leaf, name)
		}
		m.leaves[leaf] = t
		m.order = append(m.order, leaf)
	}
	return list, nil
}

// pathOf is the path of a tensor's module.
func pathOf(t *tensor) []part {
	var path []part
	if parts := separated(t.Name); len(parts) > 0 {
		names, _ := leafOf(parts)
		for _, p := range names {
			path = append(path, parsePart(p))
		}
	}
	return path
}

// leafOf splits a name into the module's path and the tensor's part in it. It knows
//   - the collections of Flax, which come first: params, batch_stats;
//   - PyTorch's parametrisations, NAME.parametrizations.weight.original0, as weight_g and so on;
//   - adapters of low rank, NAME.lora_A.default.weight and NAME.lora_down.weight, as lora_A,
//     beside NAME.base_layer.weight.
func leafOf(parts []string) (path []string, leaf string) {
	last := len(parts) - 1
	path, leaf = slices.Clone(parts[:last]), parts[last]
	if len(path) > 1 && (path[0] == "params" || path[0] == "batch_stats") {
		path = path[1:]
	}
	path = slices.DeleteFunc(path, func(p string) bool { return p == "base_layer" })
	if i := slices.Index(path, "parametrizations"); i >= 0 && i+1 < len(path) {
		kind := strings.Join(append(slices.Clone(path[i+2:]), leaf), ".")
		if suffix := parametrisation(kind); suffix != "" {
			return path[:i], path[i+1] + suffix
		}
	}
	for i, p := range path {
		if name := adapter(p); name != "" && len(path)-i <= 2 && leaf == "weight" {
			return path[:i], name
		}
	}
	if name := adapter(leaf); name != "" {
		leaf = name
	}
	return path, leaf
}

// parametrisation is what the forerunners of torch.nn.utils.parametrizations in torch.nn.utils end
// the name of such a tensor with, "" if it is none of a known kind.
func parametrisation(kind string) string {
	switch kind {
	case "original0": // weight_norm
		return "_g"
	case "original1":
		return "_v"
	case "original": // spectral_norm
		return "_orig"
	case "0._u":
		return "_u"
	case "0._v":
		return "_v"
	}
	return ""
}

// adapter is the name of a matrix of an adapter of low rank, "" if it is none.
func adapter(name string) string {
	switch name {
	case "lora_A", "lora_down":
		return "lora_A"
	case "lora_B", "lora_up":
		return "lora_B"
	}
	return ""
}

// take returns the first leaf that is there, as used.
func (m *module) take(names ...string) *tensor {
	for _, n := range names {
		if t := m.leaves[n]; t != nil {
			t.used = true
			return t
		}
	}
	return nil
}

// has reports whether a leaf is there.
func (m *module) has(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return m.leaves[n] != nil })
}

// tensors are those of the module in the order of the file.
func (m *module) tensors() []*tensor {
	list := make([]*tensor, len(m.order))
	for i, leaf := range m.order {
		list[i] = m.leaves[leaf]
	}
	return list
}

// harmless are tensors that change nothing of what a network says: counters, and what quantised
// hardware must know of the inputs of a layer.
var harmless = [...]string{"num_batches_tracked", "input_scale", "output_scale", "input_zero_point", "output_zero_point", "input_amax", "output_amax", "scale_input"}

// A refusal is a kind of module that is not understood.
type refusal struct {
	what, words string // words of names that mean it, for tensors that would pass for a linear layer
	leaves      string // names of tensors that only it has
}

var refusals = [...]refusal{
	{"a recurrent layer", "lstm gru rnn", "weight_ih weight_hh bias_ih bias_hh"},
	{"attention", "attn attention mha qkv query key", "in_proj_weight in_proj_bias q_proj_weight k_proj_weight v_proj_weight bias_k bias_v relative_position_bias_table relative_attention_bias relative_position_index"},
	{"a gated layer", "gate glu geglu swiglu", ""},
	{"a convolution", "conv", ""},
	{"an embedding", "embed embedding embeddings emb wte wpe token vocab position positional", "pos_embed cls_token"},
	{"a connection around layers", "shortcut downsample skip residual", ""},
	{"weights packed by GPTQ, AWQ or bitsandbytes", "", "qweight qzeros g_idx scales absmax quant_map nested_absmax _packed_params _packed_params._packed_params"},
}

// projections are parts of names that attention has and little else.
const projections = "q_proj k_proj v_proj o_proj to_q to_k to_v to_out to_qkv c_attn Wqkv q_lin k_lin v_lin"

// refused says which kind of module that is not understood this one is, "" if none.
func (m *module) refused() string {
	for _, r := range refusals {
		for _, leaf := range m.order {
			known := strings.TrimRight(leaf, "0123456789")
			known = strings.TrimSuffix(strings.TrimSuffix(known, "_reverse"), "_l") // weight_ih_l0, weight_hh_l1_reverse
			known = strings.TrimSuffix(strings.TrimRight(known, "0123456789"), "_l")
			if slices.Contains(strings.Fields(r.leaves), known) {
				return r.what
			}
		}
	}
	for _, leaf := range m.order {
		if t := m.leaves[leaf]; len(t.Shape) > 2 && (leaf == "weight" || leaf == "kernel") {
			return "a convolution"
		}
	}
	if !m.has("weight", "kernel", "w") {
		return ""
	}
	for _, p := range m.path {
		if slices.Contains(strings.Fields(projections), p.text) {
			return "attention"
		}
		for _, r := range refusals {
			if r.what == "an embedding" && m.has("bias", "b") {
				continue // "embed" is also what a first linear layer is called
			}
			if hasWord(p.text, r.words) {
				return r.what
			}
		}
	}
	return ""
}
