package fuzz

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"nnk/mat"
	"nnk/snnk/encoder"
)

// FuzzEncoder: whatever config.json and model.safetensors are, reading them ends in an error of a kind or in an
// encoder no larger than the files explain, which runs.
func FuzzEncoder(f *testing.F) {
	for _, name := range []string{"bert", "roberta", "distilbert", "vit", "vit-pooler"} {
		var files [2][]byte
		for i, file := range []string{"config.json", "model.safetensors"} {
			var err error
			if files[i], err = os.ReadFile(filepath.Join("..", "snnk", "encoder", "testdata", name, file)); err != nil {
				f.Fatal(err)
			}
		}
		f.Add(files[0], files[1])
		f.Add(bytes.Replace(files[0], []byte("24"), []byte("12"), 1), files[1])
		f.Add(files[0], files[1][:len(files[1])/2])
	}
	f.Fuzz(func(t *testing.T, config, tensors []byte) {
		if len(config)+len(tensors) > 1<<17 {
			return
		}
		c, err := encoder.Read[float32](t.Context(), fstest.MapFS{"config.json": {Data: config}, "model.safetensors": {Data: tensors}}, encoder.Options{})
		if err != nil {
			if !errors.Is(err, encoder.ErrFormat) && !errors.Is(err, encoder.ErrNotFinite) && !errors.Is(err, encoder.ErrRange) {
				t.Fatalf("error of no kind: %v", err)
			}
			return
		}
		if n := c.Parameters.Count(); n > len(tensors)/2 {
			t.Fatalf("%d numbers of %d bytes", n, len(tensors))
		}
		m := encoder.New(c.Parameters)
		of := m.Config()
		if of.MaxTokens() > 64 || of.Image.Pixels() > 1<<16 {
			return
		}
		var hidden *mat.Dense[float32]
		lengths := []int{of.MaxTokens()}
		if of.Layout == encoder.ViT {
			hidden, err = m.Images(t.Context(), nil, mat.New[float32](1, of.Image.Pixels()), nil)
		} else {
			ids := make([]int32, of.MaxTokens())
			if of.Pad == 0 {
				for i := range ids {
					ids[i] = int32(of.Vocabulary - 1)
				}
			}
			hidden, err = m.Texts(t.Context(), nil, encoder.Texts{IDs: ids, Lengths: lengths}, nil)
		}
		if err != nil {
			if !errors.Is(err, encoder.ErrRange) {
				t.Fatal(err)
			}
			return
		}
		if first := encoder.First(nil, hidden, lengths); of.Classes > 0 {
			m.Logits(nil, first)
		}
	})
}
