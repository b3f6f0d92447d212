package checkpoint

import (
	"fmt"
	"slices"
	"strings"

	"nnk/bundle"
	"nnk/urf"
)

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
