package conformance

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
)

var update = flag.Bool("update", false, "write fingerprint.txt, and its sum in README.md, from this machine's results")

const again = "go test ./conformance -run '^TestFingerprint$' -update"

// TestFingerprint: every kernel set has the stored results, and no battery met an error.
func TestFingerprint(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		got, errs := compute(t.Context())
		fmt.Printf("fingerprint: %s\n", Sum(got))
		if errs != nil {
			t.Fatal(errors.Join(errs...))
		}
		if *update {
			text, err := updated(stored, asm.ArithmeticVersion, got)
			if err != nil {
				t.Fatal(err)
			}
			stored = text // for the next kernel set, which must agree
			store(t, text, Sum(got))
		}
		if err := verify(stored, asm.ArithmeticVersion, got); err != nil {
			t.Error(err)
		}
	})
}

// The fingerprint ends with its context, before the next part of a battery.
func TestFingerprintContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d, parts := &digest{ctx: ctx}, 0
	part := func(*digest) {
		if parts++; parts == 3 {
			cancel()
		}
	}
	for range 4 {
		both(d, part, part)
	}
	lines, err := Fingerprint(ctx)
	if parts != 3 || lines != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%d parts, then %d lines, error %v, want 3 parts and %v", parts, len(lines), err, context.Canceled)
	}
}

// verify returns an error if the results are not those of the stored text, which says
// whether they may be: what is new is stored without more ado, what changed is
// another arithmetic.
func verify(text, version string, got []Line) error {
	was, want := parse(text)
	list := differences(got, want)
	switch err := allowed(text, version, got); {
	case err != nil:
		return err
	case len(list) > 0:
		return fmt.Errorf("fingerprint.txt is not up to date; run %s\n%s", again, each(list))
	case was != version:
		return fmt.Errorf("fingerprint.txt is of arithmetic version %s, the library of %s; run %s", was, version, again)
	}
	return nil
}

// allowed returns an error if results changed, or went, under the version that the text
// is of.
func allowed(text, version string, got []Line) error {
	was, want := parse(text)
	changed := slices.DeleteFunc(differences(got, want), Difference.New)
	if len(changed) == 0 || was != version {
		return nil
	}
	return fmt.Errorf("%d functions changed; the first is the one to look at:\n%sIf that is meant, models in the field get other features: raise asm.ArithmeticVersion, say so in\n"+
		"CHANGELOG.md and run %s\n(If no release has version %s yet, delete their lines from fingerprint.txt instead.)", len(changed), each(changed), again, version)
}

// updated returns the text with the results in place, if that is allowed.
func updated(text, version string, got []Line) (string, error) {
	if err := allowed(text, version, got); err != nil {
		return "", err
	}
	return format(version, got), nil
}

func each(list []Difference) string {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "\t%s\n", d)
	}
	return b.String()
}

var printed = regexp.MustCompile(`fingerprint: [0-9a-f]{64}`)

// store writes the file, and the sum where README shows it.
func store(t *testing.T, text, sum string) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme = printed.ReplaceAll(readme, []byte("fingerprint: "+sum))
	for name, text := range map[string][]byte{"fingerprint.txt": []byte(text), "../README.md": readme} {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReadmeShowsTheFingerprint: it is the number that people compare theirs with.
func TestReadmeShowsTheFingerprint(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if line := "fingerprint: " + Sum(Stored()); !strings.Contains(string(readme), line) {
		t.Errorf("README.md does not say %q; run %s", line, again)
	}
}

// TestCompareNamesTheFunction: of the functions that differ the lowest comes first,
// and what is missing or new is said to be.
func TestCompareNamesTheFunction(t *testing.T) {
	if err := Compare(Stored()); err != nil {
		t.Fatal(err)
	}
	lines := Stored()
	if len(lines) < 300 || !strings.HasPrefix(lines[0].Function, "asm.Dot float32") {
		t.Fatalf("%d functions are stored, the first %s", len(lines), lines[0].Function)
	}
	removed := lines[len(lines)-1].Function
	lines = lines[:len(lines)-1]
	lines[7].Digest, lines[3].Digest = strings.Repeat("0", 32), strings.Repeat("1", 32)
	lines = append(lines, Line{"asm.Unheard float32", "22"})
	err := Compare(lines)
	if err == nil {
		t.Fatal("no error")
	}
	at := 0
	for _, want := range []string{lines[3].Function + " is 1111", lines[7].Function + " is 0000", "asm.Unheard float32 is not stored", removed + " has no results"} {
		i := strings.Index(err.Error()[at:], want)
		if i < 0 {
			t.Fatalf("error %q does not say, in this order, %q", err, want)
		}
		at += i
	}
}

// TestUpdate: what is new is stored; what changed or went needs another version.
func TestUpdate(t *testing.T) {
	base := []Line{{"asm.Exp float32", "aa"}, {"urf.Eval gelu float32", "bb"}}
	changed := []Line{base[0], {base[1].Function, "cc"}}
	for _, c := range []struct {
		name    string
		version string
		got     []Line
		now     string // what the test says before an update, "" if it passes
		names   string // the function that is named
		refused bool
	}{
		{name: "nothing", version: "1", got: base},
		{name: "another order", version: "1", got: []Line{base[1], base[0]}},
		{name: "new", version: "1", got: append([]Line{{"asm.Log float32", "dd"}}, base...), now: "not up to date", names: "asm.Log float32"},
		{name: "changed", version: "1", got: changed, now: "raise asm.ArithmeticVersion", names: base[1].Function, refused: true},
		{name: "changed and new", version: "1", got: append([]Line{{"asm.Log float32", "dd"}}, changed...), now: "raise asm.ArithmeticVersion", names: base[1].Function, refused: true},
		{name: "removed", version: "1", got: base[:1], now: "raise asm.ArithmeticVersion", names: base[1].Function, refused: true},
		{name: "renamed", version: "1", got: []Line{base[0], {"urf.Eval GELU float32", "bb"}}, now: "raise asm.ArithmeticVersion", names: base[1].Function, refused: true},
		{name: "changed, new version", version: "2", got: changed, now: "not up to date", names: base[1].Function},
		{name: "new version only", version: "2", got: base, now: "of arithmetic version 1"},
	} {
		text := format("1", base)
		switch err := verify(text, c.version, c.got); {
		case c.now == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.now != "" && (err == nil || !strings.Contains(err.Error(), c.now) || !strings.Contains(err.Error(), c.names)):
			t.Errorf("%s: got %v, want an error with %q and %q", c.name, err, c.now, c.names)
		}
		after, err := updated(text, c.version, c.got)
		if (err != nil) != c.refused {
			t.Errorf("%s: update gives error %v, want one: %t", c.name, err, c.refused)
		}
		if err == nil {
			if err := verify(after, c.version, c.got); err != nil {
				t.Errorf("%s: after the update: %v", c.name, err)
			}
		}
	}
}

// TestSum: it depends on each function and digest, and not on their order.
func TestSum(t *testing.T) {
	lines := Stored()
	want := Sum(lines)
	slices.Reverse(lines)
	if got := Sum(lines); got != want {
		t.Errorf("in reverse the sum is %s, want %s", got, want)
	}
	for i := range lines {
		digest := []byte(lines[i].Digest)
		digest[i%32] ^= 1
		before := lines[i]
		if lines[i].Digest = string(digest); Sum(lines) == want {
			t.Errorf("another digest of %s has the same sum", before.Function)
		}
		lines[i] = before
	}
	if Sum(lines[1:]) == want {
		t.Error("one line less has the same sum")
	}
}

// TestLinesAreApart: results go into the line of their name and type alone.
func TestLinesAreApart(t *testing.T) {
	take := func(f func(d *digest)) []Line {
		d := &digest{ctx: t.Context(), pkg: "p"}
		f(d)
		return d.lines()
	}
	a := take(func(d *digest) { add(d, "F", 1.0, 2); add(d, "G", 3.0) })
	b := take(func(d *digest) { add(d, "F", 1.0, 2); add(d, "G", 3.0, 4) })
	if a[0] != b[0] || a[1] == b[1] || a[0].Function != "p.F float64" {
		t.Errorf("got %v and %v", a, b)
	}
	c := take(func(d *digest) { add(d, "F", 1.0); add(d, "F", 2.0) })
	if len(c) != 1 || c[0] == a[0] {
		t.Errorf("two results in two calls: got %v, like one call %v", c, a[:1])
	}
	both32 := take(func(d *digest) {
		both(d, func(d *digest) { add(d, "F", 1.0) }, func(d *digest) { add(d, "F", 2.0) })
		add(d, "F", float32(1))
	})
	if len(both32) != 2 || both32[0].Function != "p.F float32" || both32[1].Function != "p.F float64" {
		t.Errorf("parts of both types: got %v", both32)
	}
}
