package checkpoint

import (
	"fmt"
	"slices"
	"strings"

	"nnk/bundle"
)

// A unit is a module that was understood: a step and how it may be arranged.
type unit struct {
	*module
	step
	matrix  *tensor   // of a linear layer: what its shape is told by
	flipped bool      // the weight is [in, out]
	maybe   string    // what a single vector may be instead
	means   []float64 // of a batch norm's inputs
	sizes   []float64 // their standard deviations
}

func (u *unit) linear() bool { return u.kind == dense }

// understand makes the unit of a module; its numbers are read later, by [unit.read].
func (r *reader) understand(m *module) (*unit, error) {
	for _, leaf := range harmless {
		if t := m.take(leaf); t != nil && leaf != "num_batches_tracked" {
			r.notef("%q changes nothing of a network of floats", t.Name)
		}
	}
	if !slices.ContainsFunc(m.tensors(), func(t *tensor) bool { return !t.used }) {
		return nil, nil
	}
	if what := m.refused(); what != "" && !r.asked(m) {
		return nil, r.refuse(m, what)
	}
	u := &unit{module: m, step: step{label: m.name, epsilon: r.opt.Epsilon}}
	var err error
	switch w := m.first("weight", "kernel", "w", "weight_orig", "weight_v"); {
	case m.has("running_mean", "moving_mean") || m.has("mean") && m.has("var") && m.has("scale", "bias"):
		err = u.batchNorm(r)
	case w != nil && len(w.Shape) == 2:
		err = u.dense(w, r)
	default:
		err = u.vectors(r)
	}
	if err != nil {
		return nil, err
	}
	return u, nil
}

// first returns the first leaf that is there, without using it.
func (m *module) first(names ...string) *tensor {
	for _, n := range names {
		if t := m.leaves[n]; t != nil {
			return t
		}
	}
	return nil
}

// asked reports whether -layers names the module as a layer.
func (r *reader) asked(m *module) bool {
	return slices.ContainsFunc(r.given, func(l given) bool { return l.name == m.name })
}

// refuse is the error of a module that is not understood.
func (r *reader) refuse(m *module, what string) error {
	return fmt.Errorf("%w: %s of %s: %s is not supported; a file may hold layers of other kinds if -prefix NAME or -ignore '%s.*' leaves them out", bundle.ErrFormat, list(m.tensors()), m, what, m.name)
}

func (m *module) String() string { return fmt.Sprintf("module %q", m.name) }

// batchNorm takes the tensors of a batch norm, under PyTorch's, Keras's or Flax's names.
func (u *unit) batchNorm(r *reader) error {
	u.kind = affine
	u.what = "batch norm"
	mean := u.first("running_mean", "moving_mean", "mean")
	n := mean.Len()
	for _, t := range []*tensor{mean, u.first("running_var", "moving_variance", "var"), u.first("weight", "gamma", "scale"), u.first("bias", "beta")} {
		if t != nil && (!t.is(n) || n == 0) {
			return fmt.Errorf("%w: %s: a batch norm wants vectors of one length", bundle.ErrFormat, t)
		}
	}
	if u.first("running_var", "moving_variance", "var") == nil {
		return fmt.Errorf("%w: tensor %q without the variance that belongs to it", bundle.ErrFormat, mean.Name)
	}
	u.in, u.out = n, n
	if u.epsilon == 0 {
		u.epsilon = 1e-5
		if u.has("moving_mean") {
			u.epsilon = 1e-3 // Keras
		}
	}
	return nil
}

// dense takes the shape of a linear layer.
func (u *unit) dense(w *tensor, r *reader) error {
	u.kind, u.matrix = dense, w
	if w == u.leaves["weight_orig"] && !u.has("weight_mask", "weight_u") || w == u.leaves["weight_v"] && !u.has("weight_g") {
		return fmt.Errorf("%w: %s without the mask, the norms or the vectors that make a weight of it", bundle.ErrFormat, w)
	}
	rows, cols := int(w.Shape[0]), int(w.Shape[1])
	if rows == 0 || cols == 0 {
		return fmt.Errorf("%w: %s is empty", bundle.ErrFormat, w)
	}
	u.flipped = r.opt.Transposed || u.has("kernel", "w")
	if b := u.first("bias", "b", "bias_orig"); b != nil && len(b.Shape) == 1 && rows != cols {
		switch n := b.Len(); {
		case n == cols && !u.flipped:
			u.flipped = true
			r.flips = append(r.flips, u.name)
		case n != cols && n != rows:
			return fmt.Errorf("%w: %s does not fit %s", bundle.ErrFormat, b, w)
		case n == rows && r.opt.Transposed:
			return fmt.Errorf("%w: %s says that %s is [out, in]", bundle.ErrFormat, b, w)
		}
	}
	u.in, u.out = cols, rows
	if u.flipped {
		u.in, u.out = rows, cols
	}
	return nil
}

// vectors takes a module that has no matrix: a layer norm or a PReLU.
func (u *unit) vectors(r *reader) error {
	w, b := u.first("weight", "gamma", "scale", "alpha", "negative_slope"), u.first("bias", "beta")
	if w == nil || len(w.Shape) != 1 || w.Len() == 0 || b != nil && !b.is(w.Len()) {
		return r.unused(u.tensors())
	}
	u.in, u.out = w.Len(), w.Len()
	named, hint := u.named, r.hint(u.module)
	switch {
	case hint == "" && (named("bn batch batchnorm") || strings.HasPrefix(u.lower(), "batchnorm")):
		return fmt.Errorf("%w: %s: a batch norm without running_mean and running_var depends on the other rows", bundle.ErrFormat, list(u.tensors()))
	case hint == "" && (named("group gn groupnorm instance instancenorm rms rmsnorm scale layerscale ls") || u.has("scale") && b == nil):
		return r.refuse(u.module, "a norm or scale that is not a layer norm")
	case hint == "prelu" || b == nil && hint == "" && (u.has("alpha", "negative_slope") || named("prelu act activation relu")):
		if b != nil {
			return fmt.Errorf("%w: %s: a PReLU has no bias", bundle.ErrFormat, b)
		}
		u.kind = prelu
	case hint == "" && b == nil && named("norm") && !named("ln layer layernorm"):
		return fmt.Errorf("%w: %s may be a layer norm without bias or a root-mean-square norm, which is not understood: say %s:layernorm in -layers, all modules named, if it is the former", bundle.ErrFormat, list(u.tensors()), u.name)
	case b != nil || hint == "layernorm" || named("norm ln layernorm layer") || u.has("gamma"):
		u.kind = layerNorm
		if u.epsilon == 0 {
			u.epsilon = 1e-5
			switch {
			case u.has("gamma"):
				u.epsilon = 1e-3 // Keras
			case u.has("scale"):
				u.epsilon = 1e-6 // Flax
			}
		}
	default:
		u.kind = prelu
		if w.Len() > 1 {
			u.maybe = "layernorm"
		}
	}
	if u.kind == prelu && w.Len() == 1 {
		u.in, u.out = 0, 0 // of any width
	}
	return nil
}

// named reports whether the last part of the module's name has a word of list.
func (u *unit) named(list string) bool {
	return len(u.path) > 0 && hasWord(u.path[len(u.path)-1].text, list)
}

func (u *unit) lower() string {
	if len(u.path) == 0 {
		return ""
	}
	return strings.ToLower(u.path[len(u.path)-1].text)
}
