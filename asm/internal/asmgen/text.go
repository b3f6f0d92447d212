package main

import (
	_ "embed"
	"errors"
	"fmt"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// textFile is the page that says what the arithmetic is, so that a port needs no
// source: what is written by hand in arithmetic.md, and in it the steps of the
// functions as they are described here.
const textFile = "ARITHMETIC.md"

//go:embed arithmetic.md
var byHand string

// section is a function in the text.
type section struct {
	name    string   // of its description
	title   string   // of what it computes
	inputs  []string // names of the inputs
	results []string // and of what it stores
	with    []string // further functions of the library that the section is about
	note    string   // what the steps do not say
}

// sections in the order of the text: what a function calls stands before it.
func sections() []section {
	x := []string{"x"}
	return []section{
		{name: "exp", title: "eˣ", inputs: x, results: []string{"exp(x)"},
			note: "NaN gives NaN, +∞ gives +∞ and −∞ gives +0 by these steps."},
		{name: "expm1", title: "eˣ − 1", inputs: x, results: []string{"expm1(x)"},
			note: "±0 gives ±0."},
		{name: "log", title: "the natural logarithm", inputs: x, results: []string{"log(x)"},
			note: "The steps are for finite x that are at least the smallest normal number. A smaller x > 0 is first multiplied by 2^24 (float32) or 2^54\n" +
				"(float64), which is exact, and 24 or 54 is subtracted from k. x < 0 and NaN give NaN, ±0 gives −∞, +∞ gives +∞."},
		{name: "log1p", title: "log(1 + x)", inputs: x, results: []string{"log1p(x)"},
			note: "The steps are for finite x > −1. ±0 gives ±0, −1 gives −∞, +∞ gives +∞, x < −1 and NaN give NaN."},
		{name: "sincos", title: "sine and cosine of x in radians", inputs: x, results: []string{"sin(x)", "cos(x)"}, with: []string{"sin", "cos"},
			note: "The steps are for |x| ≤ 2^15 (float32) or 2^22 (float64). A larger x and NaN: float32 takes the float64 sine and cosine of x and rounds\n" +
				"them; float64 takes r0, r1 and n from *Large arguments* below and goes on at z. ±0 gives sin ±0; ±∞ and NaN give NaN for both."},
		{name: "tanh", title: "the hyperbolic tangent", inputs: x, results: []string{"tanh(x)"}},
		{name: "tail", title: "erfc y for y ≥ 0, where y² = h + l, which other functions call", inputs: []string{"y", "h", "l"}, results: []string{"tail(y, h, l)"}},
		{name: "erfc", title: "1 − erf x", inputs: x, results: []string{"erfc(x)"}},
		{name: "erf", title: "the error function", inputs: x, results: []string{"erf(x)"}},
		{name: "gelu", title: "x·Φ(x)", inputs: x, results: []string{"gelu(x)"}},
		{name: "geluTanh", title: "GELU by the hyperbolic tangent", inputs: x, results: []string{"geluTanh(x)"}},
		{name: "sigmoid", title: "1/(1 + e⁻ˣ)", inputs: x, results: []string{"sigmoid(x)"}},
		{name: "silu", title: "x·sigmoid(x)", inputs: x, results: []string{"silu(x)"}},
		{name: "softplus", title: "log(1 + eˣ)", inputs: x, results: []string{"softplus(x)"}},
		{name: "normal", title: "two normal values from two numbers (Box–Muller)", inputs: []string{"u", "a", "q"}, results: []string{"first", "second"},
			note: "u, a and q come from two random numbers: see *Normal values*."},
		{name: "add", title: "a sum", inputs: []string{"x", "y"}, results: []string{"add"}},
		{name: "mul", title: "a product", inputs: []string{"x", "y"}, results: []string{"mul"}},
		{name: "scale", title: "a multiple", inputs: x, results: []string{"scale"}},
		{name: "relu", title: "the rectifier with a floor and a factor", inputs: x, results: []string{"relu"}, note: "NaN gives the floor, times scale."},
		{name: "biasReLU", title: "the same of a sum", inputs: []string{"x", "bias"}, results: []string{"biasReLU"}},
		{name: "biasCos", title: "a cosine feature", inputs: []string{"x", "bias"}, results: []string{"biasCos"}},
		{name: "biasExp", title: "an exponential feature", inputs: []string{"x", "bias"}, results: []string{"biasExp"}},
		{name: "affineExp", title: "a positive random feature", inputs: []string{"x", "factor", "square", "shift"}, results: []string{"affineExp"}},
		{name: "adam", title: "one step of Adam with decoupled weight decay, of a weight w with moments m and v and gradient g",
			inputs: []string{"w", "m", "v", "g"}, results: []string{"new w", "new m", "new v"}},
	}
}

// tail has a description of its own in the text alone: elsewhere it is part of erfc and
// gelu.
var tail = function{name: "tail", inputs: 3, body: func(p *program) {
	p.store(0, p.tailOf(p.load(0), p.load(1), p.load(2), math.Inf(1)))
}}

// described is the description of a function for the text.
func described(name string, bits int) *program {
	list := append(functions(), tail)
	i := slices.IndexFunc(list, func(f function) bool { return f.name == name })
	if i < 0 {
		panic("no function " + name)
	}
	f := list[i]
	p := &program{name: f.name, bits: bits, text: true, args: f.params, consts: map[uint64]value{}, names: map[value]string{}}
	f.body(p)
	return p
}

// text is the page.
func text() (string, error) {
	var b strings.Builder
	told := map[string]bool{}
	for _, s := range sections() {
		told[s.name] = true
		for _, name := range s.with {
			told[name] = true
		}
		fmt.Fprintf(&b, "### %s: %s\n\n", s.name, s.title)
		if s.note != "" {
			fmt.Fprintf(&b, "%s\n\n", s.note)
		}
		single, double := described(s.name, 32).steps(s), described(s.name, 64).steps(s)
		if single == double {
			fmt.Fprintf(&b, "```\n%s```\n\n", single)
			continue
		}
		fmt.Fprintf(&b, "float32\n\n```\n%s```\n\nfloat64\n\n```\n%s```\n\n", single, double)
	}
	for _, f := range functions() {
		if !told[f.name] {
			return "", fmt.Errorf("%s has no section in the text", f.name)
		}
	}
	digits, err := twoOverPi()
	if err != nil {
		return "", err
	}
	random, err := randomNumbers()
	if err != nil {
		return "", err
	}
	rational, err := quantiles()
	if err != nil {
		return "", err
	}
	page := byHand
	for _, part := range []struct {
		mark, text string
	}{
		{"<!-- functions -->\n", strings.TrimSuffix(b.String(), "\n")},
		{"<!-- 2/π -->\n", digits},
		{"<!-- rng -->\n", random},
		{"<!-- quantile -->\n", rational},
	} {
		if strings.Count(page, part.mark) != 1 {
			return "", fmt.Errorf("arithmetic.md does not have one %q", part.mark)
		}
		page = strings.Replace(page, part.mark, part.text, 1)
	}
	return "<!-- Generated by asmgen from its table of functions and from arithmetic.md; do not edit. -->\n\n" + page, nil
}

// source is where package asm is, from where go generate and the tests run.
func source(elem ...string) string {
	dir := "." // go generate ./asm
	if _, err := os.Stat("sincos.go"); err != nil {
		dir = filepath.Join("..", "..")
	}
	return filepath.Join(append([]string{dir}, elem...)...)
}

// twoOverPi is the table of the reduction of large arguments.
func twoOverPi() (string, error) {
	code, err := os.ReadFile(source("sincos.go"))
	if err != nil {
		return "", err
	}
	_, table, _ := strings.Cut(string(code), "var twoOverPi = ")
	table, _, _ = strings.Cut(table, "}")
	words := regexp.MustCompile(`0x([0-9a-f]{16})`).FindAllStringSubmatch(table, -1)
	if len(words) != 20 {
		return "", fmt.Errorf("sincos.go has %d words of 2/π", len(words))
	}
	var b strings.Builder
	for i, w := range words {
		before, after := " ", ""
		if i%5 == 0 {
			before = "    "
		}
		if i%5 == 4 {
			after = "\n"
		}
		b.WriteString(before + w[1] + after)
	}
	return b.String(), nil
}

// randomNumbers are the sections of package rng's comment that say what the numbers are.
func randomNumbers() (string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), source("..", "rng", "doc.go"), nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		return "", err
	}
	text := regexp.MustCompile(`\[([\w.]+)\]`).ReplaceAllString(file.Doc.Text(), "$1")
	_, text, found := strings.Cut(text, "# From counter to value")
	text, _, ended := strings.Cut(text, "# Determinism")
	if !found || !ended {
		return "", errors.New("the comment of package rng lacks a section")
	}
	printer := comment.Printer{HeadingLevel: 3, HeadingID: func(*comment.Heading) string { return "" }}
	return string(printer.Markdown(new(comment.Parser).Parse("# From counter to value" + text))), nil
}

// quantiles are the rational functions of rng.NormalQuantile, which the source has by
// ascending powers, those of the denominator after those of the numerator.
func quantiles() (string, error) {
	code, err := os.ReadFile(source("..", "rng", "quantile.go"))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("The rational functions are\n\n```\n")
	w := &writing{}
	for _, f := range [][2]string{{"A", "quantileCentre"}, {"B", "quantileTail"}, {"C", "quantileFar"}} {
		_, table, _ := strings.Cut(string(code), f[1]+" = [16]float64{")
		table, _, _ = strings.Cut(table, "}")
		var c []float64
		for _, word := range strings.Fields(strings.ReplaceAll(table, ",", " ")) {
			v, err := strconv.ParseFloat(word, 64)
			if err != nil {
				return "", fmt.Errorf("quantile.go: %w", err)
			}
			c = append([]float64{v}, c...)
		}
		if len(c) != 16 {
			return "", fmt.Errorf("quantile.go: %s has %d coefficients", f[1], len(c))
		}
		for k, name := range []string{"numerator", "denominator"} {
			half := c[8-8*k : 16-8*k]
			for half[0] == 0 {
				half = half[1:]
			}
			w.polynomial(name, "t", half)
		}
		fmt.Fprintf(&w.b, "%s(t) = numerator / denominator\n", f[0])
	}
	b.WriteString(w.b.String() + "```\n")
	return b.String(), nil
}

// Ranks of an expression's outermost operation.
const (
	rankChoice = iota
	rankSum
	rankQuotient
	rankProduct
	rankSign
	rankAtom
)

// writing is a program on its way to text.
type writing struct {
	p       *program
	section section
	uses    []int
	named   map[value]string
	holds   map[string]value // what a name stands for at this place
	b       strings.Builder
}

// steps writes a program as assignments, one a line. A value without a name that is
// used once stands where it is used.
func (p *program) steps(s section) string {
	w := &writing{p: p, section: s, uses: make([]int, len(p.code)), named: map[value]string{}, holds: map[string]value{}}
	for _, i := range p.code {
		if i.op == opReject {
			continue
		}
		for _, v := range i.uses() {
			w.uses[v]++
		}
	}
	temporaries := 0
	for v, i := range p.code {
		v := value(v)
		name := p.names[v]
		switch {
		case i.op == opStore:
			fmt.Fprintf(&w.b, "%s = %s\n", s.results[i.imm], w.expr(i.a, rankChoice))
			continue
		case i.op == opSplitK:
			fmt.Fprintf(&w.b, "%s, m = split(%s)\n", name, w.expr(i.a, rankChoice))
		case i.op == opSplitM:
			// with k
		case name == "" && (w.uses[v] <= 1 || i.op == opConst || i.op == opLoad || i.op == opParam):
			continue
		case name == "":
			temporaries++
			name = fmt.Sprintf("t%d", temporaries)
			fallthrough
		default:
			w.assign(name, v)
		}
		w.named[v], w.holds[name] = name, v
	}
	return w.b.String()
}

func (w *writing) assign(name string, v value) {
	if i := w.p.code[v]; i.op == opPoly {
		w.polynomial(name, w.expr(i.a, rankChoice), i.coef)
		return
	}
	_, s := w.bare(v)
	fmt.Fprintf(&w.b, "%s = %s\n", name, s)
}

// polynomial breaks the lines of the coefficients.
func (w *writing) polynomial(name, of string, coef []float64) {
	line := fmt.Sprintf("%s = P(%s;", name, of)
	for k, c := range coef {
		word := number(c) + ","
		if k == len(coef)-1 {
			word = number(c) + ")"
		}
		if len(line)+1+len(word) > 108 {
			fmt.Fprintln(&w.b, line)
			line = "       "
		}
		line += " " + word
	}
	fmt.Fprintln(&w.b, line)
}

// expr is a value as an operand of an operation of some rank.
func (w *writing) expr(v value, rank int) string {
	if name, ok := w.named[v]; ok {
		if w.holds[name] != v {
			panic(fmt.Sprintf("%s: %s is used after its name went to another value", w.p.name, name))
		}
		return name
	}
	own, s := w.bare(v)
	if own < rank {
		return "(" + s + ")"
	}
	return s
}

// bare is the expression of a value and the rank of its outermost operation.
func (w *writing) bare(v value) (rank int, s string) {
	i := w.p.code[v]
	two := func(rank int, sign string) (int, string) {
		return rank, w.expr(i.a, rank) + sign + w.expr(i.b, rank+1)
	}
	list := func(name string, args ...string) (int, string) {
		return rankAtom, name + "(" + strings.Join(args, ", ") + ")"
	}
	arg := func(v value) string { return w.expr(v, rankChoice) }
	negative := func(v value) string { return "-" + w.expr(v, rankSign) }
	switch i.op {
	case opLoad:
		name := w.section.inputs[i.imm]
		if _, ok := w.holds[name]; ok {
			panic(fmt.Sprintf("%s: %s is used after its name went to another value", w.p.name, name))
		}
		return rankAtom, name
	case opParam:
		return rankAtom, w.p.args[i.imm]
	case opConst:
		s := number(w.p.float(i.imm))
		if s[0] == '-' {
			return rankSign, s
		}
		return rankAtom, s
	case opFMA:
		return list("fma", arg(i.a), arg(i.b), arg(i.c))
	case opFNMA:
		return list("fma", negative(i.a), arg(i.b), arg(i.c))
	case opFMS:
		return list("fma", arg(i.a), arg(i.b), negative(i.c))
	case opMin:
		return list("min", arg(i.a), arg(i.b))
	case opMax:
		return list("max", arg(i.a), arg(i.b))
	case opSqrt:
		return list("sqrt", arg(i.a))
	case opCopysign:
		return list("copysign", arg(i.a), arg(i.b))
	case opScale:
		return list("ldexp", arg(i.a), arg(i.b))
	case opPower:
		return list("ldexp", "1", fmt.Sprintf("%s - %d", arg(i.a), -int64(i.imm)))
	case opAdd:
		return two(rankSum, " + ")
	case opSub:
		return two(rankSum, " - ")
	case opMul:
		return two(rankProduct, "·")
	case opDiv:
		return rankQuotient, w.expr(i.a, rankSign) + " / " + w.expr(i.b, rankSign)
	case opAbs:
		return rankAtom, "|" + arg(i.a) + "|"
	case opNeg:
		return rankSign, negative(i.a)
	case opCmp:
		sign := map[uint64]string{cmpEQ: " == ", cmpLT: " < "}[i.imm]
		return rankChoice, w.expr(i.a, rankSum) + sign + w.expr(i.b, rankSum)
	case opSelect:
		return rankChoice, arg(i.a) + " ? " + w.expr(i.b, rankSum) + " : " + w.expr(i.c, rankSum)
	case opPoly:
		var c []string
		for _, k := range i.coef {
			c = append(c, number(k))
		}
		return rankAtom, "P(" + arg(i.a) + "; " + strings.Join(c, ", ") + ")"
	case opQuadrant:
		return rankAtom, fmt.Sprintf("[%[1]s, %[2]s, -%[1]s, -%[2]s][%[3]s mod 4]", w.expr(i.a, rankSign), w.expr(i.b, rankSign), arg(i.c))
	case opQuadrantOf:
		return rankAtom, fmt.Sprintf("[%[2]s, -%[1]s, -%[2]s, %[1]s][%[3]s mod 4]", w.expr(i.a, rankSign), w.expr(i.b, rankSign), arg(i.c))
	case opCall:
		args := []string{}
		for _, v := range i.uses() {
			args = append(args, arg(v))
		}
		return list(i.call, args...)
	}
	panic(fmt.Sprintf("%s: operation %d has no text", w.p.name, i.op))
}

// float is the number of the given bits.
func (p *program) float(bits uint64) float64 {
	if p.bits == 32 {
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(bits)
}

// number writes a number, in decimal if that is short and exact, else in hexadecimal.
func number(x float64) string {
	if s := strconv.FormatFloat(x, 'f', -1, 64); len(s) <= 5 || math.Abs(x) == 1000 {
		return s
	}
	return strconv.FormatFloat(x, 'x', -1, 64)
}
