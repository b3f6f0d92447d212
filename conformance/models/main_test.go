package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/bundle"
	"nnk/internal/safetensors"
	"nnk/rng/ortho"
	"nnk/urf"
)

// Every kind that there is of anything stands in a file of either type.
func TestNothingIsForgotten(t *testing.T) {
	for name, w := range map[string]words{"float32": wordsOf[float32](t), "float64": wordsOf[float64](t)} {
		for what, want := range map[string][]string{
			"kind":       stageKinds(t),
			"bits":       {"0", "8", "4"},
			"activation": urf.ActivationNames(),
			"map":        urf.Kinds(),
			"projection": all(func(k int) string { return ortho.Kind(k).String() }),
			"norm":       all(func(k int) string { return ortho.Norm(k).String() }),
			"kernel":     all(func(k int) string { return urf.Kernel(k).String() }),
			"law":        append(all(func(k int) string { return urf.Law(k).String() })[1:], "linear"), // the first is none; a linear term stands among them
		} {
			want = slices.Sorted(slices.Values(want))
			if got := slices.Sorted(maps.Keys(w[what])); !slices.Equal(got, want) {
				t.Errorf("%s: %s: files have %v, want %v", name, what, got, want)
			}
		}
	}
}

// all lists the names of numbers from 0 on, to the first that has none.
func all(name func(k int) string) (names []string) {
	for k := 0; ; k++ {
		n := name(k)
		if strings.Contains(n, "(") {
			return names
		}
		names = append(names, n)
	}
}

// stageKinds lists those of FORMAT.md, which a test of package bundle compares with its own.
func stageKinds(t *testing.T) (kinds []string) {
	b, err := os.ReadFile("../../FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(b), "| `kind` |")
	table, _, _ = strings.Cut(table, "\n\n")
	for line := range strings.Lines(table) {
		for _, cell := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(strings.SplitN(line+"||", "|", 3)[1], -1) {
			kinds = append(kinds, cell[1])
		}
	}
	return kinds
}

// words are those that stages say of each thing.
type words map[string]map[string]bool

func (w words) add(what, word string) {
	if w[what] == nil {
		w[what] = map[string]bool{}
	}
	w[what][word] = true
}

// wordsOf collects what the stages of all files of a type say.
func wordsOf[T asm.Float](t *testing.T) words {
	w := words{}
	for _, n := range networks[T]() {
		for _, s := range stagesOf(t, n.net) {
			w.add("kind", s.Kind)
			w.add("bits", strconv.Itoa(s.Bits))
			if s.Activation != "" {
				name, _, _ := strings.Cut(s.Activation, ":")
				w.add("activation", name)
			}
			if s.Map == "" {
				continue
			}
			w.add("map", word(s.Map))
			_, projection, _ := strings.Cut(s.Map, " on ")
			w.add("projection", word(projection))
			for _, m := range regexp.MustCompile(`[(,](norm|kernel)=([^,)]*)`).FindAllStringSubmatch(s.Map, -1) {
				w.add(m[1], m[2])
			}
			for _, m := range regexp.MustCompile(` ([a-z-]+):`).FindAllStringSubmatch(s.Map, -1) {
				w.add("law", m[1])
			}
		}
	}
	return w
}

type stage struct {
	Kind, Activation, Map string
	Bits                  int
}

func stagesOf[T asm.Float](t *testing.T, net *bundle.Network[T]) (list []stage) {
	var b bytes.Buffer
	if _, err := model(net).WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(f.Metadata["nnk.stages"]), &list); err != nil {
		t.Fatal(err)
	}
	return list
}
