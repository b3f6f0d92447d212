package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Whatever command is stopped by a signal says so in one line, exits as the shell expects and leaves the files as they were.
func TestStopped(t *testing.T) {
	f := newFolder(t)
	small := []string{"-features", "8", "-pool", "none", "-scale", "0.03", "-lambda", "0.01", "-loss", "squared", "-standardise", "no"}
	ok(t, append([]string{"fit", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-o", f.path("m")}, small...)...)
	f.write("old.npy", []byte("old"))
	f.write("ids.txt", []byte("1 2 3\n"))
	network := []string{"compress", "-model", f.path("teacher.safetensors"), "-x", f.path("x.npy"), "-o", f.path("old.npy")}
	for _, args := range [][]string{
		{"fit", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-o", f.path("old.npy")},
		{"predict", "-model", f.path("m"), "-x", f.path("x.npy"), "-o", f.path("old.npy")},
		{"eval", "-model", f.path("m"), "-x", f.path("x.npy"), "-y", f.path("y.npy")},
		{"train", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-hidden", "8", "-o", f.path("old.npy")},
		{"train", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-features", "8", "-o", f.path("old.npy"), "-checkpoint", f.path("old")},
		append(network, "-features", "8"),
		append(network, "-features", "8", "-method", "montecarlo"),
		append(network, "-features", "8", "-uptrain", "1"),
		append(network, "-method", "auto", "-budget", "1000"),
		{"embed", "-encoder", filepath.Join("..", "..", "snnk", "encoder", "testdata", "bert"), "-tokens", f.path("ids.txt"), "-o", f.path("old.npy")},
		{"demo", "-html", f.path("old.npy")},
		{"bench", "-filter", "^Dot"},
		{"conformance"},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(interruption{syscall.SIGTERM})
		before := list(t, f.dir)
		var stdout, stderr bytes.Buffer
		code := run(ctx, args, &stdout, &stderr)
		if code != 143 || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), "terminated") {
			t.Errorf("%.60q: exit %d, %q, %.60q", args, code, stderr.String(), stdout.String())
		}
		if list(t, f.dir) != before || string(f.read("old.npy")) != "old" {
			t.Errorf("%.60q: there is %s", args, list(t, f.dir))
		}
	}
}

// The line of progress is gone before the next thing is said, and is removed once.
func TestProgressEnds(t *testing.T) {
	var b bytes.Buffer
	p := &progress{w: &b, what: "train", start: time.Now().Add(-time.Minute)}
	p.step(1, 3)
	if !strings.Contains(b.String(), "train: 33 %") {
		t.Errorf("%q", b.String())
	}
	p.end()
	said := b.String()
	if p.end(); !strings.HasSuffix(said, "\r\x1b[K") || b.String() != said {
		t.Errorf("%q, then %q", said, b.String())
	}
	silent := &progress{}
	silent.step(1, 2)
	silent.end()
}
