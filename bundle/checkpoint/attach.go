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
	sides, told := before(units, anchors)
	if !told && len(units) > 1 && len(units) == len(layers) {
		return nil, fmt.Errorf("%w: %q, … may stand before the layers or after them: give the order with -layers NAME:ACTIVATION,…, all modules named", bundle.ErrFormat, units[0].name)
	}
	for i, u := range units {
		before := sides[i]
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

// before reports which units come before their layers: by the widths; where those do not tell, as the others do, or
// as the names say. told is false if only they did.
func before(units, anchors []*unit) (sides []bool, told bool) {
	sides = make([]bool, len(units))
	in, out, named := 0, 0, false
	for i, u := range units {
		switch l := anchors[i]; {
		case u.kind == prelu || u.in != l.in:
			out++
		case u.in != l.out:
			in++
			sides[i] = true
		}
		named = named || len(u.path) > 0 && hasWord(u.path[len(u.path)-1].text, "pre in input")
	}
	if in+out > 0 {
		named = in > out
	}
	for i, u := range units {
		if l := anchors[i]; u.kind != prelu && u.in == l.in && u.in == l.out {
			sides[i] = named
		}
	}
	return sides, in+out > 0 || named
}
