package checkpoint

import (
	"fmt"
	"slices"
	"strings"

	"nnk/bundle"
	"nnk/internal/safetensors"
	"nnk/urf"
)

// reader is one reading of tensors.
type reader struct {
	opt     Options
	given   []given // -layers as a list, or nil
	auto    string  // else the activation after hidden layers
	guessed bool    // neither the options nor the file name it
	slopes  []*unit // PReLUs that -layers names as activations
	notes   []string
	flips   []string         // layers whose bias says that their weights are [in, out]
	members map[string][]int // see [count]
}

func newReader(opt Options) (*reader, error) {
	r := &reader{opt: opt}
	var err error
	if r.given, r.auto, err = parseLayers(opt.Layers); err != nil {
		return nil, err
	}
	if opt.Prefix != "" {
		prefix := strings.Join(separated(opt.Prefix), ".") + "."
		for i, g := range r.given {
			if !strings.HasPrefix(g.name, prefix) {
				r.given[i].name = prefix + g.name
			}
		}
	}
	if !(opt.Epsilon >= 0 && opt.Epsilon < 1) || opt.LoRAAlpha-opt.LoRAAlpha != 0 {
		return nil, fmt.Errorf("checkpoint: epsilon %v, lora-alpha %v: %w", opt.Epsilon, opt.LoRAAlpha, bundle.ErrRange)
	}
	return r, nil
}

func (r *reader) notef(format string, args ...any) {
	if note := fmt.Sprintf(format, args...); !slices.Contains(r.notes, note) {
		r.notes = append(r.notes, note)
	}
}

// readTensors resolves the network in the tensors of files, and makes its steps.
func (r *reader) readTensors(files []*safetensors.File) ([]step, error) {
	var all []*tensor
	for _, f := range files {
		if _, own := f.Metadata["nnk.format"]; own {
			return nil, fmt.Errorf("%w: a model that nnk made, no network from elsewhere", bundle.ErrFormat)
		}
		for i := range f.Tensors {
			all = append(all, &tensor{Tensor: &f.Tensors[i], file: f})
		}
		if err := r.assume(f.Metadata["activation"]); err != nil {
			return nil, err
		}
	}
	if r.auto == "" && len(r.given) == 0 {
		r.auto, r.guessed = "relu", true
	}
	r.members = count(all)
	tensors, err := r.choose(all)
	if err != nil {
		return nil, err
	}
	modules, err := modulesOf(tensors)
	if err != nil {
		return nil, err
	}
	units, err := r.units(modules)
	if err != nil {
		return nil, err
	}
	if units, err = r.checkGiven(units); err != nil {
		return nil, err
	}
	seq, err := r.sequence(units)
	if err != nil {
		return nil, err
	}
	if err := r.chain(seq); err != nil {
		return nil, err
	}
	for _, u := range append(slices.Clone(seq), r.slopes...) {
		if err := u.read(r); err != nil {
			return nil, err
		}
	}
	if err := r.unused(slices.DeleteFunc(tensors, func(t *tensor) bool { return t.used })); err != nil {
		return nil, err
	}
	r.unseen(seq)
	return r.steps(seq)
}

// unseen notes what no tensor shows and another network with the same tensors could have.
func (r *reader) unseen(seq []*unit) {
	var norms []string
	for _, u := range seq {
		if u.kind == layerNorm && r.hint(u.module) == "" && !u.named("ln layer layernorm") {
			norms = append(norms, u.name)
		}
	}
	if len(norms) > 0 {
		r.notef("%s: taken for layer norms; a group, instance or root-mean-square norm, or a batch norm without statistics, would have the same tensors", strings.Join(norms, ", "))
	}
	if sequential(seq) {
		return
	}
	for i := range seq {
		for j := len(seq) - 1; j >= i; j-- {
			if a, b := seq[i], seq[j]; a.linear() && b.linear() && a.in == b.out {
				r.notef("no connection around layers is taken: the widths of %q to %q would allow x + f(x)", a.name, b.name)
				return
			}
		}
	}
}

// sequential reports whether the units are members of one nn.Sequential: numbers that leave room for the activations, which
// those of a list of layers do not.
func sequential(seq []*unit) bool {
	before := -1
	for _, u := range seq {
		last := len(u.path) - 1
		if last < 0 || parent(u.path[:last]) != parent(seq[0].path[:last]) {
			return false
		}
		i, ok := u.path[last].index()
		if !ok || u.linear() && before >= 0 && i == before+1 {
			return false
		}
		if before = -1; u.linear() {
			before = i
		}
	}
	return true
}

// assume sets the activation after hidden layers where -layers does not: that which the file names, as
// nnk train does, or ReLU.
func (r *reader) assume(named string) error {
	if r.auto != "" || len(r.given) > 0 || r.opt.Layers != "" && r.opt.Layers != "auto" {
		return nil
	}
	if _, err := urf.ActivationByName(named); named != "" && err == nil {
		r.auto = named
	}
	return nil
}

// choose leaves out what -prefix and -ignore do.
func (r *reader) choose(all []*tensor) ([]*tensor, error) {
	var kept []*tensor
	prefix := strings.Join(separated(r.opt.Prefix), ".")
	hits := make([]bool, len(r.opt.Ignore))
	for _, t := range all {
		name := strings.Join(separated(t.Name), ".")
		if prefix != "" && !strings.HasPrefix(name, prefix+".") {
			continue
		}
		ignored := false
		for i, p := range r.opt.Ignore {
			if safetensors.Matches(p, t.Name) {
				hits[i], ignored = true, true
			}
		}
		if !ignored {
			kept = append(kept, t)
		}
	}
	if i := slices.Index(hits, false); i >= 0 {
		return nil, fmt.Errorf("checkpoint: ignore: no tensor has a name like %q: %w", r.opt.Ignore[i], bundle.ErrRange)
	}
	if len(kept) == 0 {
		if prefix != "" {
			return nil, fmt.Errorf("checkpoint: prefix: no tensor has a name that begins with %q: %w", r.opt.Prefix, bundle.ErrRange)
		}
		return nil, fmt.Errorf("%w: no tensors", bundle.ErrFormat)
	}
	if n := len(all) - len(kept); n > 0 {
		r.notef("%d of %d tensors are left out", n, len(all))
	}
	return kept, nil
}

// units are the modules that were understood.
func (r *reader) units(modules []*module) ([]*unit, error) {
	var units []*unit
	flipped, square := 0, 0
	for _, m := range modules {
		u, err := r.understand(m)
		if err != nil {
			return nil, err
		}
		if u == nil {
			continue
		}
		if units = append(units, u); u.linear() {
			switch {
			case u.in == u.out:
				square++
			case u.flipped:
				flipped++
			default:
				flipped = -len(modules)
			}
		}
	}
	for _, u := range units { // a square matrix is as the others are
		if u.linear() && u.in == u.out && flipped > 0 {
			u.flipped = true
		}
	}
	if len(r.flips) > 0 {
		r.notef("the weights of %s are [in, out], as the lengths of the biases say", strings.Join(r.flips, ", "))
	}
	return units, r.unclear(units)
}

// unclear refuses a vector of which nothing says what it is: with modules without tensors beside it, it may be a
// norm and one of them the activation. The factors of norms begin at 1, the slopes of PReLUs at 0.25.
func (r *reader) unclear(units []*unit) error {
	for _, u := range units {
		if u.maybe == "" || r.hint(u.module) != "" || len(u.path) == 0 {
			continue
		}
		last := len(u.path) - 1
		i, ok := u.path[last].index()
		taken := r.members[parent(u.path[:last])]
		if at, found := slices.BinarySearch(taken, i); ok && found && at > 0 && at+1 < len(taken) && taken[at-1] == i-1 && taken[at+1] == i+1 {
			continue // a linear layer on either side: it is the activation
		}
		values, err := u.first("weight").load()
		if err != nil {
			return err
		}
		if sum(values) < 0.5*float64(len(values)) || slices.ContainsFunc(values, func(v float64) bool { return v < 0 }) {
			r.notef("%q is taken for a PReLU", u.name)
			continue
		}
		return fmt.Errorf("%w: %s may be a PReLU or a norm without bias: say which in -layers, as in …,%s:prelu or …,%s:layernorm, all modules named", bundle.ErrFormat, list(u.tensors()), u.name, u.name)
	}
	return nil
}

func sum(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s
}

// unused is the error of tensors that belong to nothing.
func (r *reader) unused(ts []*tensor) error {
	if len(ts) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s, of %s, belong to no layer that is understood: leave out with -ignore '%s' what the network can do without", bundle.ErrFormat, list(ts), ts[0].Tensor, ts[0].Name)
}

// chain checks that each unit reads what the one before it gives.
func (r *reader) chain(seq []*unit) error {
	before := (*unit)(nil)
	for _, u := range seq {
		if u.in == 0 {
			continue
		}
		if before != nil && before.out != u.in {
			advice := "-layers NAME:ACTIVATION,… gives another order, -prefix and -ignore leave out what belongs to other networks"
			if r.chainsTransposed(seq) {
				advice = "read as [in, out], with -transposed, they would fit"
			}
			return fmt.Errorf("%w: %q reads %d numbers (%s), but %q before it gives %d (%s); %s",
				bundle.ErrFormat, u.name, u.in, u.shape(), before.name, before.out, before.shape(), advice)
		}
		before = u
	}
	return nil
}

// shape names a unit's largest tensor.
func (u *unit) shape() string {
	t := u.matrix
	if t == nil {
		t = u.tensors()[0]
		for _, v := range u.tensors() {
			if v.is(u.in) {
				t = v
			}
		}
	}
	return t.Name + ", " + t.Tensor.String()
}

// chainsTransposed reports whether the linear layers would fit if all weights were turned.
func (r *reader) chainsTransposed(seq []*unit) bool {
	width := 0
	for _, u := range seq {
		switch {
		case !u.linear():
			continue
		case width != 0 && width != u.out:
			return false
		}
		width = u.in
	}
	return !r.opt.Transposed
}
