package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestVectorsAreGenerated makes the vectors again, in -short mode every 23rd case,
// and compares them byte for byte with the committed ones.
func TestVectorsAreGenerated(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 23
	}
	var sums strings.Builder
	total := 0
	for _, f := range files() {
		committed, err := os.ReadFile(filepath.Join("..", "vectors", f.name))
		if err != nil {
			t.Fatal(err)
		}
		total += len(committed)
		sums.WriteString(sumLine(f.name, string(committed)))
		text, err := f.text(step)
		if err != nil {
			t.Fatal(err)
		}
		if step == 1 && text != string(committed) {
			t.Errorf("%s: go generate ./conformance would write other bytes; first at line %d", f.name, firstDiff(text, string(committed)))
		}
		have := strings.Split(string(committed), "\n")
		for line := range strings.SplitSeq(text, "\n") {
			if !strings.HasPrefix(line, "count: ") && !slices.Contains(have, line) {
				t.Errorf("%s: not in the committed file: %s", f.name, line)
			}
		}
	}
	if have, err := os.ReadFile("../vectors/SHA256SUMS"); err != nil || string(have) != sums.String() {
		t.Errorf("SHA256SUMS does not fit the files (%v)", err)
	}
	if total > 1<<20 {
		t.Errorf("the vectors take %d bytes, more than 1 MB", total)
	}
}

func firstDiff(a, b string) int {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return i + 1
		}
	}
	return min(len(x), len(y)) + 1
}
