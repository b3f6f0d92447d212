package checkpoint

import (
	"fmt"
	"slices"
	"strings"

	"nnk/bundle"
)

// A file of tensors does not say in which order rows go through them: their names do. The names form
// a tree, of which every node's children are grouped by their stems (see [part]):
//
//   - children of one stem follow one another by number: fc1, fc2; layers.0, layers.1;
//   - stems follow one another as first and last words say: encoder, …, head;
//   - single layers whose names say nothing follow one another if their shapes leave one order;
//   - norms and PReLUs of a stem of their own (bn1, bn2 beside fc1, fc2) go to the layer of
//     their number, members of an nn.Sequential stay where they are.
//
// Where that leaves a choice, or where the names speak of several networks, the order is asked for.

// kin are the children of one stem.
type kin struct {
	stem     string
	children []child
}

type child struct {
	part  part
	units []*unit
}

// Words of names that come first and last, of networks that stand beside one another, and of lists of
// such.
const (
	firstWords    = "in inp input inputs stem first pre encoder enc embed feature features extractor backbone base body trunk shared torso bottom"
	lastWords     = "out output outputs last final head classifier cls logits decoder dec predict prediction predictions predictor score readout top post"
	parallelWords = "actor critic policy value values target online ema teacher student generator discriminator advantage q v pi vf qf mu sigma mean std logvar var log"
	severalWords  = "heads head experts expert models model members member estimators estimator ensemble nets net critics critic actors actor agents agent networks network q qf target targets"
)

// rank is 0 for what comes first, 2 for what comes last.
func rank(stem string) int {
	first, last := hasWord(stem, firstWords), hasWord(stem, lastWords)
	switch {
	case first && !last:
		return 0
	case last && !first:
		return 2
	}
	return 1
}

// arrange orders the units below a node of the tree, whose names have depth parts.
func (r *reader) arrange(units []*unit, depth int) ([]*unit, error) {
	families := group(units, depth)
	if u := gated(families); u != nil && len(r.given) == 0 {
		return nil, r.refuse(u.module, "a gated layer (w1, w2 and w3 without biases, of the shapes of one)")
	}
	var with, without []kin // linear layers
	for _, k := range families {
		if k.linears() > 0 || k.stem == "" {
			with = append(with, k)
		} else {
			without = append(without, k)
		}
	}
	if len(with) == 0 { // norms alone
		with, without = without, nil
	}
	if err := r.sortStems(with, depth); err != nil {
		return nil, err
	}
	var seq []*unit
	for _, k := range with {
		if err := r.alike(k, depth); err != nil {
			return nil, err
		}
		for _, c := range k.children {
			part := c.units
			if len(part) > 1 {
				var err error
				if part, err = r.arrange(part, depth+1); err != nil {
					return nil, err
				}
			}
			seq = append(seq, part...)
		}
	}
	slices.SortStableFunc(without, func(a, b kin) int { return int(a.children[0].units[0].kind) - int(b.children[0].units[0].kind) })
	for _, k := range without {
		var err error
		if seq, err = r.attach(seq, k, depth); err != nil {
			return nil, err
		}
	}
	return seq, nil
}

// group makes the families of a node, each sorted by number.
func group(units []*unit, depth int) []kin {
	var families []kin
	for _, u := range units {
		var p part
		if depth < len(u.path) {
			p = u.path[depth]
		}
		i := slices.IndexFunc(families, func(k kin) bool { return k.stem == p.stem })
		if i < 0 {
			i = len(families)
			families = append(families, kin{stem: p.stem})
		}
		k := &families[i]
		j := slices.IndexFunc(k.children, func(c child) bool { return c.part.text == p.text })
		if j < 0 {
			j = len(k.children)
			k.children = append(k.children, child{part: p})
		}
		k.children[j].units = append(k.children[j].units, u)
	}
	for _, k := range families {
		slices.SortFunc(k.children, func(a, b child) int { return a.part.compare(b.part) })
	}
	slices.SortFunc(families, func(a, b kin) int { return strings.Compare(a.stem, b.stem) })
	return families
}

// gated returns the gate of a layer w2·(f(w1·x) ⊙ w3·x) that says so by the names that it has in Llama and its kin, and by
// shapes and lack of biases alone. As layers one after the other they would fit as well.
func gated(families []kin) *unit {
	var w [3]*unit
	for _, k := range families {
		for _, c := range k.children {
			for i, name := range [...]string{"w1", "w2", "w3"} {
				if strings.EqualFold(c.part.text, name) && len(c.units) == 1 && c.units[0].linear() && !c.units[0].has("bias", "b") {
					w[i] = c.units[0]
				}
			}
		}
	}
	if w[0] == nil || w[1] == nil || w[2] == nil || w[0].in == w[0].out ||
		w[0].in != w[2].in || w[0].out != w[2].out || w[1].in != w[0].out || w[1].out != w[0].in {
		return nil
	}
	return w[0]
}

func (k kin) linears() int {
	n := 0
	for _, c := range k.children {
		n += len(c.linears())
	}
	return n
}

func (c child) linears() []*unit {
	return slices.DeleteFunc(slices.Clone(c.units), func(u *unit) bool { return !u.linear() })
}

// name is the path of the family's first child.
func (k kin) name(depth int) string { return k.children[0].name(depth) }

func (c child) name(depth int) string {
	u := c.units[0]
	parts := make([]string, 0, depth+1)
	for _, p := range u.path[:min(depth+1, len(u.path))] {
		parts = append(parts, p.text)
	}
	return strings.Join(parts, ".")
}

// sortStems orders families.
func (r *reader) sortStems(families []kin, depth int) error {
	if len(families) < 2 {
		return nil
	}
	if len(r.given) > 0 {
		slices.SortStableFunc(families, func(a, b kin) int { return r.position(a) - r.position(b) })
		return nil
	}
	// One of them may be the head of a trunk, such as shared and policy.
	parallel, middle := 0, 0
	for _, k := range families {
		switch {
		case hasWord(k.stem, parallelWords):
			parallel++
		case rank(k.stem) == 1:
			middle++
		}
	}
	if parallel > 1 || parallel == 1 && middle > 0 {
		return several(families, depth)
	}
	slices.SortStableFunc(families, func(a, b kin) int { return rank(a.stem) - rank(b.stem) })
	for lo := 0; lo < len(families); {
		hi := lo + 1
		for hi < len(families) && rank(families[hi].stem) == rank(families[lo].stem) {
			hi++
		}
		if hi > lo+1 {
			if err := r.byShape(families[lo:hi], depth); err != nil {
				return err
			}
		}
		lo = hi
	}
	return nil
}

// position is where -layers has the first of the family's layers.
func (r *reader) position(k kin) int {
	at := len(r.given)
	for _, c := range k.children {
		for _, u := range c.units {
			if i := slices.IndexFunc(r.given, func(g given) bool { return g.name == u.name }); i >= 0 {
				at = min(at, i)
			}
		}
	}
	return at
}

// several is the error of a file whose names speak of several networks.
func several(families []kin, depth int) error {
	var names []string
	for _, k := range families {
		for _, c := range k.children {
			names = append(names, fmt.Sprintf("%q", c.name(depth)))
		}
	}
	return fmt.Errorf("%w: %s may be several networks: -prefix NAME takes one of them alone, -ignore 'NAME.*' leaves one out, -layers NAME:ACTIVATION,… gives the order if they are parts of one", bundle.ErrFormat, strings.Join(names, ", "))
}

// byShape orders families of one layer each, whose names say nothing of it, if their shapes leave one
// order.
func (r *reader) byShape(families []kin, depth int) error {
	const most = 8
	for _, k := range families {
		if k.linears() != 1 || len(families) > most {
			return several(families, depth)
		}
	}
	var found []kin
	orders := 0
	var try func(done, left []kin)
	try = func(done, left []kin) {
		if len(left) == 0 {
			orders++
			found = slices.Clone(done)
			return
		}
		for i, k := range left {
			if n := len(done); orders < 2 && (n == 0 || done[n-1].only().out == k.only().in) {
				try(append(slices.Clone(done), k), slices.Delete(slices.Clone(left), i, i+1))
			}
		}
	}
	try(nil, families)
	if orders != 1 {
		return several(families, depth)
	}
	copy(families, found)
	r.notef("the order of %s is told by their shapes", names(families, depth))
	return nil
}

// only is the linear layer of a family that has one.
func (k kin) only() *unit {
	for _, c := range k.children {
		for _, u := range c.units {
			if u.linear() {
				return u
			}
		}
	}
	return nil
}

func names(families []kin, depth int) string {
	var list []string
	for _, k := range families {
		list = append(list, fmt.Sprintf("%q", k.name(depth)))
	}
	return strings.Join(list, ", ")
}

// alike refuses children that may stand beside one another or have connections around them:
// equal parts of several layers, and lists of networks.
func (r *reader) alike(k kin, depth int) error {
	if len(r.given) > 0 || len(k.children) < 2 {
		return nil
	}
	parent := ""
	if u := k.children[0].units[0]; depth > 0 && depth <= len(u.path) {
		parent = u.path[depth-1].text
	}
	if hasWord(k.stem, severalWords) || k.stem == "" && hasWord(parent, "heads experts models members estimators ensemble nets critics actors agents networks") {
		return several([]kin{k}, depth)
	}
	seen := map[string]string{}
	for _, c := range k.children {
		layers := c.linears()
		if len(layers) < 2 {
			continue
		}
		var shape strings.Builder
		for _, u := range layers {
			for _, p := range u.path[depth+1:] {
				fmt.Fprintf(&shape, "%s.", p.text)
			}
			fmt.Fprintf(&shape, " %d×%d\n", u.in, u.out)
		}
		if before, ok := seen[shape.String()]; ok {
			return fmt.Errorf("%w: %q and %q are alike, layer by layer: whether they follow one another, stand side by side or have connections around them, the file does not say: give the order with -layers NAME:ACTIVATION,… or take one with -prefix", bundle.ErrFormat, before, c.name(depth))
		}
		seen[shape.String()] = c.name(depth)
	}
	return nil
}
