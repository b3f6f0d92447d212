package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFilesAreCurrent: the committed files are what the descriptions give.
func TestFilesAreCurrent(t *testing.T) {
	files, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not what the generator writes; run go generate ./asm", name)
		}
	}
}
