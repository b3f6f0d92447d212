package main

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"nnk/conformance"
	"nnk/rng"
)

// hard.txt is what search found.
//
//go:embed hard.txt
var hardText string

// hard is an argument that a search found: flag H for a large error, T for a result
// near a tie of the rounding.
type hard struct {
	flag string
	x    float64
}

// hardOf lists what was found for a function, type and range.
func hardOf(function, typ, span string) []hard {
	var out []hard
	for line := range strings.Lines(hardText) {
		f := strings.Fields(line)
		if len(f) < 4 || f[0] != function || f[1] != typ || strings.Join(f[4:], " ") != span {
			continue
		}
		x, err := strconv.ParseFloat(f[3], 64)
		if err != nil {
			panic(err)
		}
		out = append(out, hard{f[2], x})
	}
	return out
}

// search tries many arguments of every function with the word in its name and keeps those with
// the largest errors and those whose results are nearest to a tie. Those of other functions are as
// they were.
func search(word string) string {
	var b strings.Builder
	b.WriteString("# Written by go run ./conformance/gen -search: function, type, H large error or T near tie, argument, range.\n")
	for _, e := range slices.Concat(elementaries, activations()) {
		for _, typ := range types {
			for _, s := range e.spans {
				found := hardOf(e.name, typ, s.name)
				if strings.Contains(e.name, word) {
					found = e.search(typ, s)
				}
				for _, h := range found {
					fmt.Fprintf(&b, "%s\n", strings.TrimSpace(fmt.Sprintf("%s %s %s %s %s", e.name, typ, h.flag, float(h.x), s.name)))
				}
			}
		}
	}
	return b.String()
}

// found are the best of a search: the largest first.
type found struct {
	score float64
	x     float64
}

const kept = 6

func keep(list []found, f found) []found {
	if !(f.score > 0) || slices.ContainsFunc(list, func(g found) bool { return g.x == f.x }) {
		return list
	}
	i, _ := slices.BinarySearchFunc(list, f, func(a, b found) int { return -cmpFloat(a.score, b.score) })
	list = slices.Insert(list, i, f)
	return list[:min(len(list), kept)]
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// search tries arguments of a span. In float32 the float64 function sieves so that many
// more can be tried; those kept are judged again.
func (e elementary) search(typ string, s span) []hard {
	samples := s.samples
	if samples == 0 {
		samples = 30000
	}
	x := e.candidates(typ, s, samples)
	if typ == "float32" {
		x = e.sieve(e.candidates(typ, s, 1<<21))
	}
	got := compute(e.name, typ, x)
	var worst, ties []found
	for i, v := range x {
		exact := e.at(v)
		if exact == nil {
			continue
		}
		want, rest := round(exact, typ)
		if math.IsInf(want, 0) || math.IsInf(got[i], 0) || want == 0 {
			continue
		}
		unit := conformance.ULP(want, typ)
		worst = keep(worst, found{math.Abs((got[i]-want)/unit-rest) * (unit / e.unitAt(typ, v, exact)), v})
		if math.Abs(want) > unit*0x1p20 {
			ties = keep(ties, found{math.Abs(rest), v})
		}
	}
	var out []hard
	for _, f := range worst {
		out = append(out, hard{"H", f.x})
	}
	for _, f := range ties[:min(3, len(ties))] {
		out = append(out, hard{"T", f.x})
	}
	return out
}

// sieve keeps the float32 arguments with the largest errors against the float64
// function, and those with its results nearest to a tie.
func (e elementary) sieve(x []float64) []float64 {
	got, ref := compute(e.name, "float32", x), compute(e.name, "float64", x)
	var worst, ties []found
	for i, v := range x {
		w := float64(float32(ref[i]))
		if math.IsInf(w, 0) || math.IsInf(got[i], 0) || !(math.Abs(w) > 0) {
			continue
		}
		unit := conformance.ULP(w, "float32")
		ties = keep(ties, found{math.Abs(ref[i]-w) / unit, v})
		if d := math.Abs(got[i] - ref[i]); len(worst) < kept || d > worst[kept-1].score*unit {
			if e.size != nil {
				unit = e.unitAt("float32", v, p.Float(ref[i]))
			}
			worst = keep(worst, found{d / unit, v})
		}
	}
	var out []float64
	for _, f := range append(worst, ties...) {
		if !slices.Contains(out, f.x) {
			out = append(out, f.x)
		}
	}
	return out
}

// candidates are about n arguments of the span.
func (e elementary) candidates(typ string, s span, n int) []float64 {
	u := make([]float64, 2*n)
	rng.Uniform(rng.New(0x13198a2e03707344).Sub(uint64(len(e.name))), u, 0) // digits of π
	x := s.spread(typ, u)
	return slices.DeleteFunc(x, func(v float64) bool { return !s.holds(typ, v) })
}

// compute runs the library.
func compute(function, typ string, x []float64) []float64 {
	if typ == "float64" {
		out := slices.Clone(x)
		conformance.Elementwise[float64](function)(out, x)
		return out
	}
	in, out := make([]float32, len(x)), make([]float64, len(x))
	for i, v := range x {
		in[i] = float32(v)
	}
	conformance.Elementwise[float32](function)(in, in)
	for i, v := range in {
		out[i] = float64(v)
	}
	return out
}
