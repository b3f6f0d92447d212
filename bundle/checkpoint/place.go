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

// steps are the units with activations between them. After every linear layer but the last stands the
// automatic activation, or that of -layers.
func (r *reader) steps(seq []*unit) ([]step, error) {
	last := -1
	for i, u := range seq {
		if u.linear() {
			last = i
		}
	}
	if err := r.beginning(seq); err != nil {
		return nil, err
	}
	if last < 0 {
		return nil, fmt.Errorf("%w: no linear layer, a tensor NAME.weight with two dimensions", bundle.ErrFormat)
	}
	var steps []step
	for i := 0; i < len(seq); {
		u := seq[i]
		next := i + 1
		if !u.linear() {
			steps = append(steps, u.step)
			if act, ok := r.actOf(u); ok {
				steps = append(steps, r.activation(act, u.out))
			}
			i = next
			continue
		}
		for next < len(seq) && !seq[next].linear() {
			next++
		}
		between, err := r.between(seq[i:min(next+1, len(seq))], i == last)
		if err != nil {
			return nil, err
		}
		steps = append(steps, between...)
		i = next
	}
	return steps, nil
}

// beginning looks at modules without tensors before the first linear layer: alone they are taken for
// Flatten or Dropout, after a norm they may be an activation.
func (r *reader) beginning(seq []*unit) error {
	for i, u := range seq {
		if n, known := r.missing(u, next(seq, i)); known && n > 0 && !u.linear() && len(r.given) == 0 {
			return fmt.Errorf("%w: between %q and %q there are modules without tensors, an activation or not: say so with -layers, as in %s:none,%s:%s,…, all modules named", bundle.ErrFormat, u.name, seq[i+1].name, u.name, seq[i+1].name, r.auto)
		}
		if u.linear() {
			break
		}
	}
	if len(seq) == 0 || len(seq[0].path) == 0 {
		return nil
	}
	first := seq[0]
	if i, ok := first.path[len(first.path)-1].index(); ok && i > 0 && i == r.members[parent(first.path[:len(first.path)-1])][0] {
		r.notef("what stands before %q has no tensors and is taken to change nothing, as Flatten and Dropout", first.name)
	}
	return nil
}

// next is the unit after the i-th, or nil.
func next(seq []*unit, i int) *unit {
	if i+1 < len(seq) {
		return seq[i+1]
	}
	return nil
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

// activation is the step of an activation by name, which was checked.
func (r *reader) activation(name string, width int) step {
	for _, u := range r.slopes {
		if u.is(name, r.opt.Prefix) {
			s := u.step
			s.in, s.out = width, width
			return s
		}
	}
	if r.guessed {
		r.notef("the file does not name the activation of the hidden layers: %s is taken", name)
	}
	act, _ := urf.ActivationByName(name)
	return step{kind: activation, in: width, out: width, act: act}
}

// between are the steps from a linear layer, the first of seq, to before the next, the last of seq unless it
// ends with the network.
func (r *reader) between(seq []*unit, end bool) ([]step, error) {
	layer, inner := seq[0], seq[1:]
	var next *unit
	if !end {
		next, inner = inner[len(inner)-1], inner[:len(inner)-1]
	}
	listed := slices.ContainsFunc(inner, func(u *unit) bool { _, ok := r.actOf(u); return ok || r.hint(u.module) != "" })
	act, told := r.actOf(layer)
	if !told && !end {
		act = r.auto
	}
	slot := -1 // before which of inner the activation stands
	switch {
	case listed:
		slot = 0 // every unit has its own
	case act != "" && act != "none":
		var err error
		if slot, err = r.slot(layer, inner, next, told); err != nil {
			return nil, err
		}
	}
	steps := []step{layer.step}
	for i := 0; ; i++ {
		if i == slot && act != "" {
			steps = append(steps, r.activation(act, layer.out))
		}
		if i == len(inner) {
			return steps, nil
		}
		u := inner[i].step
		if u.kind == prelu && len(u.slope) == 1 {
			u.in, u.out = layer.out, layer.out
		}
		steps = append(steps, u)
		if own, ok := r.actOf(inner[i]); ok {
			steps = append(steps, r.activation(own, layer.out))
		}
	}
}

// slot finds the place of the activation between a layer and the next (nil at the end): −1 is nowhere, i
// before inner[i]. told says that the user gave the activation for this layer.
func (r *reader) slot(layer *unit, inner []*unit, next *unit, told bool) (int, error) {
	if i := slices.IndexFunc(inner, func(u *unit) bool { return u.kind == prelu }); i >= 0 {
		if told {
			return 0, fmt.Errorf("checkpoint: layers: an activation for %q, but %q is one: %w", layer.name, inner[i].name, bundle.ErrRange)
		}
		return -1, nil
	}
	act := r.actBefore(layer)
	least, likely, by := 0, len(inner), (*unit)(nil) // where it stands by the running means, and the norm that says so
	for i, u := range inner {
		switch behind, told := u.follows(act); {
		case told && behind:
			likely, by = min(likely, i), u
		case told:
			least, by = max(least, i+1), u
		}
	}
	all := append(append([]*unit{layer}, inner...), next)
	var free, open []int // slots in which the numbers leave modules without tensors, or say nothing
	room := false
	for i := range len(all) - 1 {
		missing, known := r.missing(all[i], all[i+1])
		room = room || !known || missing > 0
		switch {
		case i < least:
		case known && missing > 0:
			free = append(free, i)
		case !known:
			open = append(open, i)
		}
	}
	for _, slots := range []*[]int{&free, &open} {
		if n := len(*slots); n > 1 && (*slots)[0] <= likely {
			*slots = slices.DeleteFunc(*slots, func(i int) bool { return i > likely })
		}
	}
	switch {
	case len(free) > 1:
		return 0, fmt.Errorf("%w: after %q there are modules without tensors before %q and after it: which is the activation the file does not say: give %s",
			bundle.ErrFormat, layer.name, inner[0].name, r.advice(layer, inner))
	case len(free) == 1:
		return free[0], nil
	case len(open) > 0:
		at := open[len(open)-1] // at the end, or before norms that begin the next block
		if len(open) > 1 && by == nil {
			r.notef("the activation after %q is taken to come after %q", layer.name, inner[len(inner)-1].name)
		}
		return at, nil
	case room:
		return 0, fmt.Errorf("%w: the running means of %q are not those that %s, which follows %q, would leave where it can stand: is it another activation? -layers NAME:ACTIVATION,… names it", bundle.ErrFormat, by.name, act, layer.name)
	case told:
		return max(least, len(inner)), nil
	}
	r.notef("no activation between %q and %q: their numbers leave no room for one", layer.name, next.name)
	return -1, nil
}

// actBefore is the name of the activation that stands somewhere after a layer.
func (r *reader) actBefore(layer *unit) string {
	if own, ok := r.actOf(layer); ok {
		return own
	}
	return r.auto
}

// follows reports whether a batch norm stands behind the activation, if the running means of its inputs tell: it does not
// where one lies outside the function's range, and seems to where the function is never negative and neither are they, for
// more than a few columns, most of which are clearly above 0.
func (u *unit) follows(name string) (yes, told bool) {
	const few = 10
	act, err := urf.ActivationByName(name)
	if err != nil || len(u.means) == 0 || act.IsIdentity() {
		return false, false
	}
	lo, hi := act.At(0), act.At(0)
	for z := -64.0; z <= 64; z += 0.125 {
		v := act.At(z)
		lo, hi = min(lo, v), max(hi, v)
	}
	const most = 32 // what reaches it is not bounded
	clear := 0
	for j, v := range u.means {
		size := u.sizes[j]
		if slack := size / 1000; lo > -most && v < lo-slack || hi < most && v > hi+slack {
			return false, true
		}
		if v > size/10 {
			clear++
		}
	}
	return true, lo > -1e-9 && len(u.means) >= few && 4*clear >= 3*len(u.means)
}

// advice is the -layers that decides where an activation stands.
func (r *reader) advice(layer *unit, inner []*unit) string {
	act := r.actBefore(layer)
	return fmt.Sprintf("-layers …,%s:%s,%s:none,… or …,%s:none,%s:%s,… with all modules named", layer.name, act, inner[0].name, layer.name, inner[0].name, act)
}

// missing is the number of members of an nn.Sequential between a and b, neighbours in the order, that
// have no tensors. It is unknown if they are not members of one, or of a list whose
// numbers have no gaps at all: so are the layers of an nn.ModuleList called, whose activations
// stand in the program.
func (r *reader) missing(a, b *unit) (int, bool) {
	if b == nil {
		return 0, false
	}
	depth := 0
	for depth < len(a.path) && depth < len(b.path) && a.path[depth].text == b.path[depth].text {
		depth++
	}
	if depth == len(a.path) || depth == len(b.path) {
		return 0, false
	}
	x, ok := a.path[depth].index()
	y, also := b.path[depth].index()
	if !ok || !also || y <= x {
		return 0, false
	}
	taken := r.members[parent(a.path[:depth])]
	gaps := 0
	for i := 1; i < len(taken); i++ {
		lo, hi := max(taken[i-1], x), min(taken[i], y)
		gaps += max(hi-lo-1, 0)
	}
	if gaps > 0 {
		return gaps, true
	}
	whole := len(taken) > 0 && taken[len(taken)-1]-taken[0] == len(taken)-1
	return 0, !whole && depth == len(a.path)-1 && depth == len(b.path)-1
}

// parent is the name of a node of the tree of names.
func parent(path []part) string {
	var b strings.Builder
	for _, p := range path {
		b.WriteString(p.text)
		b.WriteByte('.')
	}
	return b.String()
}

// count lists the numbers of the members of each node, in order, also of those whose tensors are
// left out.
func count(tensors []*tensor) map[string][]int {
	members := map[string][]int{}
	for _, t := range tensors {
		path := pathOf(t)
		for depth, p := range path {
			if i, ok := p.index(); ok {
				node := parent(path[:depth])
				if at, found := slices.BinarySearch(members[node], i); !found {
					members[node] = slices.Insert(members[node], at, i)
				}
			}
		}
	}
	return members
}
