package conformance

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
)

var update = flag.Bool("update", false, "write fingerprint.txt from this machine's results; needs a new asm.ArithmeticVersion once models are in the field")

func TestFingerprint(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		got := Fingerprint()
		fmt.Printf("fingerprint: %s\n", got[len(got)-1].Digest)
		if *update {
			write(t, got)
			return
		}
		if err := Compare(got); err != nil {
			t.Errorf("%v\nIf the change of results is meant: raise asm.ArithmeticVersion, say so in CHANGELOG.md,\nand run go test ./conformance -run '^TestFingerprint$' -update", err)
		}
	})
}

// TestBatteriesHaveNoErrors: an error in place of a result would be the same on
// every machine.
func TestBatteriesHaveNoErrors(t *testing.T) {
	for _, b := range battery {
		d := &digest{h: sha256.New()}
		b.run(d)
		for _, err := range d.errors {
			t.Errorf("%s: %v", b.name, err)
		}
	}
}

// TestReadmeShowsTheFingerprint: it is the number that people compare theirs with.
func TestReadmeShowsTheFingerprint(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := Stored()
	if line := "fingerprint: " + parts[len(parts)-1].Digest; !strings.Contains(string(readme), line) {
		t.Errorf("README.md does not say %q", line)
	}
}

func write(t *testing.T, parts []Part) {
	var b strings.Builder
	fmt.Fprintf(&b, "# SHA-256 over the results of each package; arithmetic version %s\n", asm.ArithmeticVersion)
	for _, p := range parts {
		fmt.Fprintf(&b, "%s %s\n", p.Name, p.Digest)
	}
	if err := os.WriteFile("fingerprint.txt", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestCompareNamesThePackage(t *testing.T) {
	parts := Stored()
	if err := Compare(parts); err != nil {
		t.Fatal(err)
	}
	parts[1].Digest = strings.Repeat("0", 64)
	if err := Compare(parts); err == nil || !strings.Contains(err.Error(), parts[1].Name+" is 0000") {
		t.Errorf("got %v, want an error that names %s", err, parts[1].Name)
	}
	parts = Stored()
	last := &parts[len(parts)-1]
	last.Digest = strings.Repeat("0", 64)
	if err := Compare(parts); err == nil || !strings.Contains(err.Error(), "all is 0000") {
		t.Errorf("got %v, want an error that names %s", err, last.Name)
	}
	if err := Compare(parts[:1]); err == nil {
		t.Error("a missing package was not noticed")
	}
}
