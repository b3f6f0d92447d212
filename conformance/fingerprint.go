package conformance

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"strings"

	"nnk/asm"
)

// A Part is the digest of one package's results.
type Part struct {
	Name   string `json:"name"`   // the package, such as "asm"; "all" for the digest of the digests
	Digest string `json:"digest"` // SHA-256 in hexadecimal
}

//go:embed fingerprint.txt
var stored string

// battery lists what the fingerprint is taken over, a function for each package.
var battery = []struct {
	name string
	run  func(d *digest)
}{
	{"asm", asmBattery},
	{"mat", matBattery},
	{"fft", fftBattery},
	{"rng", rngBattery},
	{"rng/ortho", orthoBattery},
	{"urf", urfBattery},
	{"snnk", snnkBattery},
	{"bundle", bundleBattery},
}

// Fingerprint computes a fixed battery of results of every public numerical
// function, in float32 and float64, and returns a SHA-256 over their
// little-endian bits for each package, and last, under the name "all", over
// those digests. It is the same on every machine (see [Stored]).
func Fingerprint() []Part {
	parts := make([]Part, 0, len(battery)+1)
	all := sha256.New()
	for _, b := range battery {
		d := &digest{h: sha256.New()}
		b.run(d)
		sum := d.h.Sum(nil)
		all.Write(sum)
		parts = append(parts, Part{b.name, hex.EncodeToString(sum)})
	}
	return append(parts, Part{"all", hex.EncodeToString(all.Sum(nil))})
}

// Stored returns the fingerprint that this version of the library has on every
// machine.
func Stored() []Part {
	var parts []Part
	for line := range strings.Lines(stored) {
		if f := strings.Fields(line); len(f) == 2 && f[0] != "#" {
			parts = append(parts, Part{f[0], f[1]})
		}
	}
	return parts
}

// Compare returns an error that names the packages whose digest differs from the
// stored one, or nil.
func Compare(got []Part) error {
	want := map[string]string{}
	for _, p := range Stored() {
		want[p.Name] = p.Digest
	}
	var bad []string
	for _, p := range got {
		if want[p.Name] != p.Digest && (p.Name != "all" || bad == nil) { // which follows from the others
			bad = append(bad, fmt.Sprintf("%s is %.16s…, want %.16s…", p.Name, p.Digest, want[p.Name]))
		}
	}
	if len(bad) == 0 && len(got) == len(want) {
		return nil
	}
	return fmt.Errorf("fingerprint of arithmetic version %s: %s", asm.ArithmeticVersion, strings.Join(bad, "; "))
}

// digest takes results into a hash.
type digest struct {
	h      hash.Hash
	errors []error // that ought not to be
}

// add takes the bits of v under a name, so that a result that moved from one
// function to another is noticed. All NaNs count as one: their payload is not
// part of the arithmetic.
func add[T asm.Float](d *digest, name string, v ...T) {
	fmt.Fprintf(d.h, "%s %T %d\n", name, *new(T), len(v))
	b := make([]byte, 0, 8*len(v))
	for _, x := range v {
		switch x := any(x).(type) {
		case float32:
			u := math.Float32bits(x)
			if x != x {
				u = 0x7fc00000
			}
			b = append(b, byte(u), byte(u>>8), byte(u>>16), byte(u>>24))
		case float64:
			u := math.Float64bits(x)
			if x != x {
				u = 0x7ff8000000000000
			}
			for s := 0; s < 64; s += 8 {
				b = append(b, byte(u>>s))
			}
		}
	}
	d.h.Write(b)
}
