package urf

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"nnk/rng/ortho"
)

// A specification's text is "kind(key=value,…) on projection", for example
// "cos(kernel=gaussian,scale=0.5) on hadamard(seed=1,m=256,d=64,rounds=3,norm=chi)".
// Numbers are the shortest decimals that read back as the same float64; keys with
// their default value are left out.

// writer builds the text of a specification.
type writer struct{ fields []string }

func (w *writer) add(key, value string) { w.fields = append(w.fields, key+"="+value) }

func (w *writer) number(key string, v, normal float64) {
	if v != normal {
		w.add(key, formatNumber(v))
	}
}

// places writes numbers with + between them.
func (w *writer) places(key string, list []int) {
	if len(list) == 0 {
		return
	}
	words := make([]string, len(list))
	for i, j := range list {
		words[i] = strconv.Itoa(j)
	}
	w.add(key, strings.Join(words, "+"))
}

func (w *writer) flag(key string, v bool) {
	if v {
		w.add(key, "true")
	}
}

func (w *writer) text(s Spec) string {
	return s.kind() + "(" + strings.Join(w.fields, ",") + ") on " + s.Base().String()
}

func formatNumber(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// reader takes the fields of a specification's text one by one; the first error
// stays.
type reader struct {
	kind string
	keys []string
	vals []string
	err  error
}

// take returns the value of a key and forgets it.
func (r *reader) take(key string) (string, bool) {
	i := slices.Index(r.keys, key)
	if i < 0 {
		return "", false
	}
	v := r.vals[i]
	r.keys, r.vals = slices.Delete(r.keys, i, i+1), slices.Delete(r.vals, i, i+1)
	return v, true
}

func (r *reader) fail(key, value, why string) {
	if r.err == nil {
		r.err = fmt.Errorf("urf: %s: %s=%.60q: %s: %w", r.kind, key, value, why, ErrSpec)
	}
}

func (r *reader) number(key string, normal float64) float64 {
	v, ok := r.take(key)
	if !ok {
		return normal
	}
	x, err := strconv.ParseFloat(v, 64)
	if err != nil {
		r.fail(key, v, "not a number")
	}
	return x
}

func (r *reader) integer(key string, normal int) int {
	v, ok := r.take(key)
	if !ok {
		return normal
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		r.fail(key, v, "not an integer")
	}
	return n
}

// places reads numbers with + between them.
func (r *reader) places(key string) []int {
	v, ok := r.take(key)
	if !ok {
		return nil
	}
	var list []int
	for word := range strings.SplitSeq(v, "+") {
		j, err := strconv.Atoi(word)
		if err != nil {
			r.fail(key, v, "want numbers with + between them")
			return nil
		}
		list = append(list, j)
	}
	return list
}

func (r *reader) flag(key string) bool {
	v, ok := r.take(key)
	if ok && v != "true" {
		r.fail(key, v, "must be true or left out")
	}
	return ok
}

// word returns the place of a key's value among names, normal if it is not given.
func (r *reader) word(key string, names []string, normal int) int {
	v, ok := r.take(key)
	if !ok {
		return normal
	}
	i := slices.Index(names, v)
	if i < 0 {
		r.fail(key, v, "known are "+strings.Join(names, ", "))
	}
	return i
}

// done returns the first error, or one for a key that nobody took.
func (r *reader) done() error {
	if r.err == nil && len(r.keys) > 0 {
		return fmt.Errorf("urf: %s: unknown key %.60q: %w", r.kind, r.keys[0], ErrSpec)
	}
	return r.err
}

// ParseSpec reads the text form of a specification and validates it. Its errors
// wrap [ErrSpec].
func ParseSpec(text string) (Spec, error) {
	r, p, err := split(text)
	if err != nil {
		return nil, err
	}
	k := kindNamed[float32](r.kind)
	if k == nil {
		return nil, fmt.Errorf("urf: unknown kind of map %.60q, known are %s: %w", r.kind, strings.Join(Kinds(), ", "), ErrSpec)
	}
	s := k.read(r, p)
	if err := r.done(); err != nil {
		return nil, err
	}
	return s, s.Validate()
}

// maxFields bounds the fields of a text, of which no kind has half as many: each is
// compared with the others.
const maxFields = 32

// split cuts a text into its kind, its fields and its projection.
func split(text string) (*reader, ortho.Spec, error) {
	head, tail, ok := strings.Cut(text, ") on ")
	kind, list, open := strings.Cut(head, "(")
	if !ok || !open {
		return nil, ortho.Spec{}, fmt.Errorf("urf: %.60q: want kind(key=value,…) on projection: %w", text, ErrSpec)
	}
	p, err := ortho.ParseSpec(tail)
	if err != nil {
		return nil, p, fmt.Errorf("urf: %w", err)
	}
	if n := strings.Count(list, ",") + 1; n > maxFields {
		return nil, p, fmt.Errorf("urf: %.60q has %d fields, a map has at most %d: %w", text, n, maxFields, ErrSpec)
	}
	r := &reader{kind: kind}
	for field := range strings.SplitSeq(list, ",") {
		if list == "" {
			break
		}
		key, value, ok := strings.Cut(field, "=")
		if !ok || slices.Contains(r.keys, key) {
			return nil, p, fmt.Errorf("urf: %.60s: field %.60q has no value or stands twice: %w", kind, field, ErrSpec)
		}
		r.keys, r.vals = append(r.keys, key), append(r.vals, value)
	}
	return r, p, nil
}

// checkProjection validates a map's projection.
func checkProjection(kind string, p ortho.Spec) error {
	if err := p.Validate(); err != nil {
		return fmt.Errorf("urf: %s: %w", kind, err)
	}
	return nil
}

// checkNormal is checkProjection for maps that need rows that are normal in every direction: they estimate what no rows of few
// columns do.
func checkNormal(kind string, p ortho.Spec) error {
	if p.Kind == ortho.Sparse || p.Kind == ortho.Pursuit {
		return fmt.Errorf("urf: %s: rows of kind %v are for features that are fitted: %w", kind, p.Kind, ErrSpec)
	}
	return checkProjection(kind, p)
}

// checkFinite returns an error if a value is not finite in float32, the smaller of the
// types that it may be rounded to, or below a bound.
func checkFinite(kind, name string, v, low float64) error {
	if !(v <= math.MaxFloat32) || !(v >= low) {
		return fmt.Errorf("urf: %s: %s is %g: %w", kind, name, v, ErrSpec)
	}
	return nil
}

// orOne is v, or 1 for the zero value.
func orOne(v float64) float64 {
	if v == 0 {
		return 1
	}
	return v
}
