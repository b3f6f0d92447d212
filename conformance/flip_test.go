package conformance

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
)

// TestFlippedBitIsSeen flips single bits of the committed files: the checksums see it.
func TestFlippedBitIsSeen(t *testing.T) {
	entries, err := fs.ReadDir(vectors, "vectors")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := vectors.ReadFile("vectors/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	flips := 200
	if testing.Short() {
		flips = 5
	}
	for _, e := range entries {
		text, err := vectors.ReadFile("vectors/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if e.Name() == "SHA256SUMS" {
			continue
		}
		i := strings.Index(string(sums), "  "+e.Name()+"\n")
		if i < 0 {
			t.Errorf("%s stands not in SHA256SUMS", e.Name())
			continue
		}
		sum := string(sums[i-64:i]) + "  " + e.Name() + "\n"
		one := func(text []byte) func(string) ([]byte, error) {
			return func(name string) ([]byte, error) {
				if name != e.Name() {
					return nil, fs.ErrNotExist
				}
				return text, nil
			}
		}
		if _, err := read(sum, one(text)); err != nil {
			t.Fatal(err)
		}
		for k := range flips {
			at := (k*104729 + 7*k*k) % len(text)
			flipped := slices.Clone(text)
			flipped[at] ^= 1 << (k % 8)
			if _, err := read(sum, one(flipped)); !errors.Is(err, ErrFormat) {
				t.Fatalf("%s: bit %d of byte %d flipped: error %v, want ErrFormat", e.Name(), k%8, at, err)
			}
		}
		for k := range len(sum) { // a flipped bit in the list of sums
			flipped := []byte(sum)
			flipped[k] ^= 1 << (k % 7)
			if sets, err := read(string(flipped), one(text)); err == nil && len(sets) > 0 && strings.TrimSpace(string(flipped)) != strings.TrimSpace(sum) {
				t.Fatalf("%s: bit %d of byte %d of its checksum flipped, not noticed", e.Name(), k%7, k)
			}
		}
	}
}

// TestFlippedResultIsSeen: without the checksums, a bit flipped in the bits column is
// a difference that the runner reports.
func TestFlippedResultIsSeen(t *testing.T) {
	sets, err := Vectors()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sets {
		for k := 0; k < len(s.Cases); k += 7 {
			c := &s.Cases[k]
			if c.Bits[0]-c.Bits[0] != 0 {
				continue
			}
			before := c.Bits
			c.Bits = slices.Clone(before)
			c.Bits[0] += ULP(before[0], s.Type)
			if r := RunSet(Library{}, s); r.Differ != 1 || r.DifferAt != c.ID || r.OK() {
				t.Errorf("%s %s case %s: one unit added to bits, not noticed", s.Function, s.Type, c.ID)
			}
			c.Bits = before
			if testing.Short() {
				break
			}
		}
	}
}
