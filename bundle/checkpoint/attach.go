package checkpoint

import (
	"fmt"
	"slices"

	"nnk/bundle"
)

// attach puts norms or PReLUs of a family of their own beside the linear layers of seq that they
// belong to: those of the same numbers, else the only layer, else one after the other if there are as many
// or one less, else the only ones whose width fits.
func (r *reader) attach(seq []*unit, k kin, depth int) ([]*unit, error) {
	var units, layers []*unit
	for _, c := range k.children {
		part := c.units
		if len(part) > 1 {
			var err error
			if part, err = r.arrange(part, depth+1); err != nil {
				return nil, err
			}
		}
		units = append(units, part...)
	}
	for _, u := range seq {
		if u.linear() {
			layers = append(layers, u)
		}
	}
	anchors, sure := anchor(units, layers, depth)
	if anchors == nil {
		return nil, fmt.Errorf("%w: where %s belongs its name does not say: give the order with -layers NAME:ACTIVATION,…, all modules named", bundle.ErrFormat, list(units[0].tensors()))
	}
	before, told := before(units, anchors)
	for i, u := range units {
		if !sure || !told {
			side := "after"
			if before {
				side = "before"
			}
			r.notef("%q is taken to come %s %q", u.name, side, anchors[i].name)
		}
		at := slices.Index(seq, anchors[i])
		if !before {
			for at++; at < len(seq) && !seq[at].linear(); at++ {
			}
		}
		seq = slices.Insert(seq, at, u)
	}
	return seq, nil
}

// anchor returns the layer of each unit, nil if they cannot be told, and whether their numbers tell.
func anchor(units, layers []*unit, depth int) (anchors []*unit, sure bool) {
	byNumber := func() []*unit {
		var found []*unit
		for _, u := range units {
			same := slices.DeleteFunc(slices.Clone(layers), func(l *unit) bool { return !slices.Equal(numbers(l, depth), numbers(u, depth)) })
			if len(same) != 1 {
				return nil
			}
			found = append(found, same[0])
		}
		return found
	}
	inTurn := func() []*unit {
		if n := len(layers) - len(units); n == 0 || n == 1 {
			return layers[:len(units)]
		}
		return nil
	}
	byWidth := func() []*unit {
		var found []*unit
		for _, u := range units {
			fit := slices.DeleteFunc(slices.Clone(layers), func(l *unit) bool { return u.in == 0 || u.in != l.out })
			if len(fit) == 0 && len(layers) > 0 && u.in == layers[0].in {
				fit = layers[:1]
			}
			if len(fit) != 1 {
				return nil
			}
			found = append(found, fit[0])
		}
		return found
	}
	for i, way := range []func() []*unit{byNumber, inTurn, byWidth} {
		found := way()
		if found == nil {
			continue
		}
		ok := true
		for i, u := range units {
			ok = ok && (u.in == 0 || u.in == found[i].out || u.in == found[i].in && u.kind != prelu)
		}
		if ok {
			return found, i == 0
		}
	}
	return nil, false
}

// numbers are those of the unit's name below a node.
func numbers(u *unit, depth int) []int {
	var list []int
	for _, p := range u.path[min(depth, len(u.path)):] {
		list = append(list, p.numbers...)
	}
	return list
}

// before reports whether the units come before their layers: where the widths tell, or, if
// they do not, the names.
func before(units, anchors []*unit) (before, told bool) {
	in, out := 0, 0
	for i, u := range units {
		switch l := anchors[i]; {
		case u.kind == prelu || u.in != l.in:
			out++
		case u.in != l.out:
			in++
		}
		if len(u.path) > 0 && hasWord(u.path[len(u.path)-1].text, "pre in input") {
			before = true
		}
	}
	if in+out == 0 {
		return before, before
	}
	return in > 0 && out == 0, true
}
