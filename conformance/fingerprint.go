package conformance

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"slices"
	"strings"

	"nnk/asm"
)

// A Line is what the fingerprint holds of one function and element type.
type Line struct {
	Function string `json:"function"` // "asm.GELU float32": package, name, what of it, element type
	Digest   string `json:"digest"`   // the first 128 bits of a SHA-256 over its results, in hexadecimal
}

//go:embed fingerprint.txt
var stored string

// battery lists what the fingerprint is taken over, a function for each package, the
// lowest first: what a package gets wrong, those after it get wrong as well. A new
// public function is one call of [add] in the file of its package: see README.md.
var battery = []struct {
	pkg string
	run func(d *digest)
}{
	{"asm", asmBattery},
	{"mat", matBattery},
	{"fft", fftBattery},
	{"rng", rngBattery},
	{"rng/ortho", orthoBattery},
	{"urf", urfBattery},
	{"snnk", snnkBattery},
	{"snnk/encoder", encoderBattery},
	{"bundle", bundleBattery},
	{"bundle/checkpoint", checkpointBattery},
	{"bundle/export", exportBattery},
	{"bundle/fit", fitBattery},
	{"bundle/compress", compressBattery},
}

// Fingerprint computes a fixed battery of results of every public numerical
// function, in float32 and float64, and returns a digest of their bits for each
// function, in the order of the packages' layers. It is the same on every machine
// (see [Stored]). It takes about a second; the error is what ended ctx, within a part of that.
func Fingerprint(ctx context.Context) ([]Line, error) {
	lines, _ := compute(ctx)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("fingerprint: %w", context.Cause(ctx))
	}
	return lines, nil
}

// compute also returns the errors that batteries met in place of results: they would
// be the same on every machine. When ctx has ended it leaves out what is left.
func compute(ctx context.Context) (lines []Line, errs []error) {
	for _, b := range battery {
		d := &digest{ctx: ctx, pkg: b.pkg}
		b.run(d)
		lines = append(lines, d.lines()...)
		errs = append(errs, d.errors...)
	}
	return lines, errs
}

// Stored returns the fingerprint that this version of the library has on every
// machine.
func Stored() []Line {
	_, lines := parse(stored)
	return lines
}

// Sum is the one number that people compare: a SHA-256, in hexadecimal, over the
// lines "function digest\n" in alphabetical order.
func Sum(lines []Line) string {
	text := make([]string, len(lines))
	for i, l := range lines {
		text[i] = l.Function + " " + l.Digest + "\n"
	}
	slices.Sort(text)
	sum := sha256.Sum256([]byte(strings.Join(text, "")))
	return hex.EncodeToString(sum[:])
}

// A Difference is a function whose results are not the stored ones.
type Difference struct {
	Function string `json:"function"`
	Got      string `json:"got,omitempty"`  // nothing if the function has no results any more
	Want     string `json:"want,omitempty"` // nothing if it is new
}

// New reports whether nothing is stored of the function, so that nobody relies on it.
func (d Difference) New() bool { return d.Want == "" }

func (d Difference) String() string {
	switch {
	case d.New():
		return d.Function + " is not stored"
	case d.Got == "":
		return d.Function + " has no results"
	}
	return fmt.Sprintf("%s is %s, want %s", d.Function, d.Got, d.Want)
}

// Differences compares lines with the stored ones: those that differ in the order
// of got, so that the first is the one to mend first, then those that got lacks.
func Differences(got []Line) []Difference { return differences(got, Stored()) }

func differences(got, want []Line) []Difference {
	var list []Difference
	missing := map[string]string{}
	for _, l := range want {
		missing[l.Function] = l.Digest
	}
	for _, l := range got {
		if d := missing[l.Function]; d != l.Digest {
			list = append(list, Difference{l.Function, l.Digest, d})
		}
		delete(missing, l.Function)
	}
	for _, l := range want {
		if d, ok := missing[l.Function]; ok {
			list = append(list, Difference{l.Function, "", d})
		}
	}
	return list
}

// Compare returns an error that names the functions whose results differ from the
// stored ones, the lowest layer first, or nil.
func Compare(got []Line) error {
	list := Differences(got)
	if len(list) == 0 {
		return nil
	}
	const most = 5
	var text []string
	for _, d := range list[:min(most, len(list))] {
		text = append(text, d.String())
	}
	if len(list) > most {
		text = append(text, fmt.Sprintf("and %d more", len(list)-most))
	}
	return fmt.Errorf("fingerprint of arithmetic version %s: %s", asm.ArithmeticVersion, strings.Join(text, "; "))
}

const versionKey = "arithmetic version"

// parse reads what [format] writes: the arithmetic version and the lines.
func parse(text string) (version string, lines []Line) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		i := strings.LastIndexByte(line, ' ')
		if i < 0 || line[0] == '#' {
			continue
		}
		if line[:i] == versionKey {
			version = line[i+1:]
			continue
		}
		lines = append(lines, Line{line[:i], line[i+1:]})
	}
	return version, lines
}

func format(version string, lines []Line) string {
	var b strings.Builder
	b.WriteString("# Digests of the results of each function; go test ./conformance -run '^TestFingerprint$' -update\n")
	fmt.Fprintf(&b, "%s %s\n", versionKey, version)
	for _, l := range lines {
		fmt.Fprintf(&b, "%s %s\n", l.Function, l.Digest)
	}
	return b.String()
}

// digest takes the results of one package, in the order in which its functions first
// appear.
type digest struct {
	ctx    context.Context
	pkg    string
	of     string // element type of the parts that run, or "" outside of them
	names  []string
	hashes map[string]hash.Hash
	errors []error // that ought not to be
}

// line is the hash that takes the results of a function.
func (d *digest) line(function string) hash.Hash {
	h := d.hashes[function]
	if h == nil {
		if d.hashes == nil {
			d.hashes = map[string]hash.Hash{}
		}
		h = sha256.New()
		d.hashes[function] = h
		d.names = append(d.names, function)
	}
	return h
}

func (d *digest) lines() []Line {
	lines := make([]Line, len(d.names))
	for i, name := range d.names {
		lines[i] = Line{name, hex.EncodeToString(d.hashes[name].Sum(nil)[:16])}
	}
	return lines
}

// add takes results of a function into its line: their number as eight bytes, then
// their bits, all little-endian. All NaNs count as one: their payload is not part of
// the arithmetic.
//
// The line is named "package.name type", after the type of the part that runs (see
// [both]) or else that of the results. What else distinguishes results that
// change for reasons of their own stands in the name behind a blank: "Eval gelu".
// Calls with the same name go into one line, so a name that exists changes with every
// call that is added to it: new cases get a new name.
func add[T asm.Float](d *digest, name string, v ...T) {
	of := d.of
	if of == "" {
		of = fmt.Sprintf("%T", *new(T))
	}
	h := d.line(d.pkg + "." + name + " " + of)
	b := make([]byte, 0, 8*(1+len(v)))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(v)))
	for _, x := range v {
		switch x := any(x).(type) {
		case float32:
			u := math.Float32bits(x)
			if x != x {
				u = 0x7fc00000
			}
			b = binary.LittleEndian.AppendUint32(b, u)
		case float64:
			u := math.Float64bits(x)
			if x != x {
				u = 0x7ff8000000000000
			}
			b = binary.LittleEndian.AppendUint64(b, u)
		}
	}
	h.Write(b)
}

// both runs a part of a battery for each element type, unless the context has ended.
func both(d *digest, part32, part64 func(d *digest)) {
	for _, part := range []struct {
		of  string
		run func(d *digest)
	}{{"float32", part32}, {"float64", part64}} {
		if d.ctx.Err() != nil {
			return
		}
		d.of = part.of
		part.run(d)
		d.of = ""
	}
}

// must takes an error that ought to be nil into a line of its own: the battery has no
// caller to return it to.
func must(d *digest, name string, err error) {
	if err != nil {
		d.line(fmt.Sprintf("%s.%s error", d.pkg, name)).Write([]byte(err.Error()))
		d.errors = append(d.errors, fmt.Errorf("%s.%s: %w", d.pkg, name, err))
	}
}
