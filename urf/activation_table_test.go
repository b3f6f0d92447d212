package urf

import (
	"os"
	"strings"
	"testing"
)

// A port needs the steps of every activation: those without a kernel, whose steps asm/ARITHMETIC.md has, are in the comment of
// the package.
func TestActivationsAreWrittenDown(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(doc), "\n// # Activations\n")
	lines := 0
	for _, f := range activations() {
		if f.kernel == nil {
			lines++
			if !strings.Contains(text, "\n//\t"+f.name+" ") {
				t.Errorf("doc.go does not say how %s is computed", f.name)
			}
		}
	}
	if got := strings.Count(text, "\n//\t"); got != lines {
		t.Errorf("doc.go has %d lines for %d activations", got, lines)
	}
}
