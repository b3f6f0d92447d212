package checkpoint

import (
	"fmt"
	"slices"
	"strings"

	"nnk/bundle"
	"nnk/urf"
)

// given is one layer of -layers, NAME:ACTIVATION.
type given struct {
	name, act string
}

// parseLayers reads the list, or auto:ACTIVATION, or nothing.
func parseLayers(spec string) (layers []given, auto string, err error) {
	if spec == "" || spec == "auto" {
		return nil, "", nil
	}
	if act, ok := strings.CutPrefix(spec, "auto:"); ok {
		if _, err := urf.ActivationByName(act); err != nil {
			return nil, "", noActivation(act)
		}
		return nil, act, nil
	}
	for text := range strings.SplitSeq(spec, ",") {
		name, act, ok := strings.Cut(text, ":")
		if !ok || name == "" || act == "" {
			return nil, "", fmt.Errorf("checkpoint: layers: %q is not NAME:ACTIVATION: %w", text, bundle.ErrRange)
		}
		if slices.ContainsFunc(layers, func(g given) bool { return g.name == name }) {
			return nil, "", fmt.Errorf("checkpoint: layers: %q twice: %w", name, bundle.ErrRange)
		}
		layers = append(layers, given{name, act})
	}
	return layers, "", nil
}

func noActivation(name string) error {
	return fmt.Errorf("checkpoint: layers: no activation %q, known are %s: %w", name, strings.Join(urf.ActivationNames(), ", "), bundle.ErrRange)
}

// hint is what -layers says that a module with a vector is: prelu, layernorm or "".
func (r *reader) hint(m *module) string {
	for _, g := range r.given {
		if g.name == m.name && (g.act == "prelu" || g.act == "layernorm") {
			return g.act
		}
	}
	return ""
}

// actOf is the activation that -layers gives after a unit.
func (r *reader) actOf(u *unit) (string, bool) {
	for _, g := range r.given {
		if g.name == u.name {
			return g.act, g.act != "prelu" && g.act != "layernorm"
		}
	}
	return "", false
}

// actBefore is the name of the activation that stands somewhere after a layer.
func (r *reader) actBefore(layer *unit) string {
	if own, ok := r.actOf(layer); ok {
		return own
	}
	return r.auto
}

// checkGiven checks the activations of -layers, of which one may be the name of a PReLU that several
// layers share, and returns the other units.
func (r *reader) checkGiven(units []*unit) ([]*unit, error) {
	for _, g := range r.given {
		if g.act == "prelu" || g.act == "layernorm" {
			continue
		}
		i := slices.IndexFunc(units, func(u *unit) bool { return u.kind == prelu && u.is(g.act, r.opt.Prefix) })
		if i >= 0 {
			r.slopes = append(r.slopes, units[i])
			continue
		}
		if _, err := urf.ActivationByName(g.act); err != nil && !slices.ContainsFunc(r.slopes, func(u *unit) bool { return u.is(g.act, r.opt.Prefix) }) {
			return nil, noActivation(g.act)
		}
	}
	return slices.DeleteFunc(units, func(u *unit) bool { return slices.Contains(r.slopes, u) }), nil
}

// is reports whether the module has the name, with or without the prefix.
func (m *module) is(name, prefix string) bool {
	return m.name == name || prefix != "" && m.name == strings.Join(append(separated(prefix), name), ".")
}

// sequence is the units in order, with those that -layers does not name where their names put them.
func (r *reader) sequence(units []*unit) ([]*unit, error) {
	if len(r.given) == 0 {
		return r.arrange(units, 0)
	}
	var listed, layers []*unit
	for _, g := range r.given {
		i := slices.IndexFunc(units, func(u *unit) bool { return u.name == g.name })
		if i < 0 {
			return nil, fmt.Errorf("%w: no layer %q among the tensors that are read: there are %s", bundle.ErrFormat, g.name, unitNames(units))
		}
		listed = append(listed, units[i])
		if units[i].linear() {
			layers = append(layers, units[i])
		}
	}
	var missing, others []*unit
	for _, u := range units {
		if slices.Contains(listed, u) {
			continue
		}
		if u.linear() {
			return nil, fmt.Errorf("%w: %s: -layers does not name the layer %q: add it, or leave it out with -ignore '%s.*'", bundle.ErrFormat, list(u.tensors()), u.name, u.name)
		}
		missing = append(missing, u)
	}
	others = missing
	if len(others) == 0 {
		return listed, nil
	}
	if len(listed) > len(layers) {
		return nil, fmt.Errorf("%w: %s: -layers names some modules that are no linear layers, but not %q", bundle.ErrFormat, list(missing[0].tensors()), missing[0].name)
	}
	seq, err := r.arrange(units, 0)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(layers, slices.DeleteFunc(slices.Clone(seq), func(u *unit) bool { return !u.linear() })) {
		return nil, fmt.Errorf("%w: where %q belongs in the order of -layers the names do not say: name it there too", bundle.ErrFormat, missing[0].name)
	}
	return seq, nil
}

func unitNames(units []*unit) string {
	var b strings.Builder
	for i, u := range units {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(u.name)
	}
	return b.String()
}
