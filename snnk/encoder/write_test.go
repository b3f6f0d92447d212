package encoder

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nnk/asm"
)

// TestWrite: what is written is read again: the same shape, names and bits.
func TestWrite(t *testing.T) {
	distil, vit := textConfig(DistilBERT), imageConfig()
	distil.Types, vit.NoQKVBias, vit.Pooler = 0, true, true
	for _, c := range []Config{textConfig(BERT), textConfig(RoBERTa), distil} {
		c.Masked = true
		written[float32](t, c)
		c.Classes, c.Masked = 0, c.Layout == BERT
		written[float64](t, c)
		c.Masked = false
		written[float32](t, c)
	}
	written[float64](t, vit)
	vit.Classes, vit.Activation = 0, named("silu")
	written[float32](t, vit)
}

func written[T asm.Float](t *testing.T, c Config) {
	t.Helper()
	folder := t.TempDir()
	p := tinyParameters[T](t, c)
	if err := p.Write(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	got := open[T](t, folder, Options{Masked: c.Masked})
	if len(got.Unread) > 0 || got.Parameters.Config() != c || len(got.Parameters.tensors) != len(p.tensors) {
		t.Fatalf("%v: %+v with %q unread, want %+v", c.Layout, got.Parameters.Config(), got.Unread, c)
	}
	for i, want := range p.tensors {
		if now := got.Parameters.tensors[i]; now.name != want.name || !slices.Equal(now.m.Data(), want.m.Data()) {
			t.Fatalf("%v: tensor %s was read as %s, or with other numbers", c.Layout, want.name, now.name)
		}
	}
	if c.Masked {
		if without := open[T](t, folder, Options{}); len(without.Unread) != 5 || without.Parameters.Config().Masked {
			t.Errorf("%v: without the head for masked tokens %q is unread", c.Layout, without.Unread)
		}
	}
}

// TestWriteErrors: what config.json cannot tell, a folder that is not there, and the end of a context; a head that is asked for and missing.
func TestWriteErrors(t *testing.T) {
	mish, epsilon := textConfig(BERT), textConfig(DistilBERT)
	mish.Activation, epsilon.Epsilon = named("mish"), 1e-5
	for name, c := range map[string]Config{"the activation mish": mish, "epsilon 1e-05": epsilon} {
		if err := tinyParameters[float32](t, c).Write(t.Context(), t.TempDir()); !errors.Is(err, ErrRange) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p, folder := tinyParameters[float32](t, textConfig(BERT)), t.TempDir()
	if err := p.Write(t.Context(), filepath.Join(folder, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	ctx, stop := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	stop(why)
	if err := p.Write(ctx, folder); !errors.Is(err, why) {
		t.Errorf("the end of a context: %v", err)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) > 0 {
		t.Errorf("files after a write that ended: %v, %v", files, err)
	}
	if err := p.Write(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	if _, err := Open[float32](t.Context(), folder, Options{Masked: true}); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "cls.predictions.transform.dense.weight") {
		t.Errorf("no head for masked tokens: %v", err)
	}
}
