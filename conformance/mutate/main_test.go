package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMutationsApply: what a mutation replaces stands in its file exactly once, so
// that the table does not rot.
func TestMutationsApply(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	emulated, amd64, portable := map[string]int{}, 0, 0
	for _, m := range all() {
		b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.file)))
		if err != nil {
			t.Error(err)
			continue
		}
		if n := strings.Count(string(b), m.old); n != 1 {
			t.Errorf("%s: %q stands %d times in the file, want once", m, m.old, n)
		}
		if m.old == m.new || m.what == "" || seen[m.String()] {
			t.Errorf("%s: changes nothing, or has no description, or stands twice", m)
		}
		seen[m.String()] = true
		switch {
		case m.arch() != "":
			emulated[m.arch()]++
		case strings.Contains(m.file, "_amd64."):
			amd64++
		default:
			portable++
		}
	}
	if emulated["arm64"] < 10 || emulated["riscv64"] < 10 || amd64 < 15 || portable < 50 {
		t.Errorf("%v mutations of emulated files, %d of amd64 files and %d others; want 10 of each, 15 and 50", emulated, amd64, portable)
	}
}
