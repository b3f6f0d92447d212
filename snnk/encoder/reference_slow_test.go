//go:build slow

package encoder

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestReferenceFull: BERT-base, DistilBERT-base and ViT-base with random numbers give what PyTorch gives, to 1e-10 in float64 and 1e-4
// in float32. It takes 450 MB of disk and 3 GB of memory.
func TestReferenceFull(t *testing.T) {
	python := ""
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import torch").Run() == nil {
			python = name
			break
		}
	}
	if python == "" {
		t.Fatal("there is no Python with PyTorch; Debian has it as python3-torch")
	}
	for _, name := range []string{"bert", "distilbert", "vit"} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if out, err := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "reference.py"), folder, "full", name).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			reference[float32](t, folder, 1e-4)
			reference[float64](t, folder, 1e-10)
		})
	}
}
