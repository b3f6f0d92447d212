package rng_test

import (
	_ "embed"
	"os"
	"strings"
	"testing"
)

//go:embed doc.go
var packageComment string

// TestPageHasTheComment: asm/ARITHMETIC.md says what a stream is in the words of the
// package comment.
func TestPageHasTheComment(t *testing.T) {
	page, err := os.ReadFile("../asm/ARITHMETIC.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(packageComment, "// # From counter to value")
	text, _, ended := strings.Cut(text, "// # Determinism")
	if !found || !ended {
		t.Fatal("doc.go lacks a section")
	}
	words := func(s string) string {
		return strings.Join(strings.Fields(strings.NewReplacer("//", "", "#", "", "[", "", "]", "").Replace(s)), " ")
	}
	if !strings.Contains(words(string(page)), words(text)) {
		t.Error("asm/ARITHMETIC.md does not have what doc.go says; run go generate ./asm")
	}
}
