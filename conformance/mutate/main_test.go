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
	arm64, amd64, portable := 0, 0, 0
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
		case m.arm64():
			arm64++
		case strings.Contains(m.file, "_amd64."):
			amd64++
		default:
			portable++
		}
	}
	if arm64 < 10 || amd64 < 15 || portable < 50 {
		t.Errorf("%d mutations of arm64 files, %d of amd64 files and %d others; want 10, 15 and 50", arm64, amd64, portable)
	}
}
