package table

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// endingReader ends a context when it is read the given number of times, and counts how often it is read.
type endingReader struct {
	io.Reader
	reads, stop int
	cancel      context.CancelFunc
}

func (r *endingReader) Read(p []byte) (int, error) {
	if r.reads++; r.reads == r.stop {
		r.cancel()
	}
	return r.Reader.Read(p)
}

// asked is a context that ends when it is asked for the given time.
type asked struct {
	context.Context
	n, stop int
}

func (a *asked) Err() error {
	if a.n++; a.stop > 0 && a.n >= a.stop {
		return context.Canceled
	}
	return nil
}

// Reading text ends with its context, before it reads another block of bytes.
func TestReadCSVContext(t *testing.T) {
	text := strings.Repeat("1.25,red\n", 200_000)
	all := &endingReader{Reader: strings.NewReader(text)}
	if _, err := ReadCSV(t.Context(), all); err != nil || all.reads < 10 {
		t.Fatalf("error %v after %d blocks", err, all.reads)
	}
	before := runtime.NumGoroutine()
	for _, stop := range []int{0, 1, all.reads / 2, all.reads - 1} {
		ctx, cancel := context.WithCancel(t.Context())
		r := &endingReader{Reader: strings.NewReader(text), stop: stop, cancel: cancel}
		if stop == 0 {
			cancel()
		}
		if _, err := ReadCSV(ctx, r); !errors.Is(err, context.Canceled) || r.reads != stop {
			t.Errorf("ended at block %d of %d: error %v after %d", stop, all.reads, err, r.reads)
		}
		cancel()
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := filepath.Join(t.TempDir(), "x.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, path); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), path) {
		t.Errorf("Open: error %v", err)
	}
	if _, err := (Format{}).ReadFile(ctx, path); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), path) {
		t.Errorf("ReadFile: error %v", err)
	}
}

// What passes over all rows of a table asks its context in each block of them, and ends with it.
func TestPassesContext(t *testing.T) {
	var text bytes.Buffer
	for i := range 10_000 {
		text.WriteString([]string{"1.5,yes,2024-02-29,red,007\n", "2.5,no,2024-03-01,blue,12\n"}[i%2])
	}
	table, err := ReadCSV(t.Context(), &text)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := table.Schema(t.Context(), SchemaOptions{})
	if err != nil || len(s.Columns) != 5 {
		t.Fatalf("%v, error %v", s, err)
	}
	numbers, err := table.Pick(t.Context(), nil, []string{"1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]func(ctx context.Context) error{
		"Schema":     func(ctx context.Context) error { _, _, err := table.Schema(ctx, SchemaOptions{}); return err },
		"Inputs":     func(ctx context.Context) error { _, err := table.Inputs(ctx, s, UnseenFails); return err },
		"Pick":       func(ctx context.Context) error { _, err := table.Pick(ctx, nil, []string{"2"}); return err },
		"WithValues": func(ctx context.Context) error { _, err := table.WithValues(ctx, []string{"2"}); return err },
		"Numbers":    func(ctx context.Context) error { _, err := Numbers[float32](ctx, numbers); return err },
		"Table":      func(ctx context.Context) error { return numbers.Table("x.csv").Numbers(ctx) },
	} {
		all := &asked{Context: t.Context()}
		if err := run(all); err != nil || all.n < 3 {
			t.Fatalf("%s: error %v, asked %d times for 10,000 rows", name, err, all.n)
		}
		for stop := 1; stop <= all.n; stop++ {
			a := &asked{Context: t.Context(), stop: stop}
			// It is asked for its cause once more.
			if err := run(a); !errors.Is(err, context.Canceled) || a.n > stop+1 {
				t.Errorf("%s ended at block %d of %d: error %v after %d", name, stop, all.n, err, a.n)
			}
		}
	}
}
