// Package kerneltest runs a test once per kernel set that this machine has.
package kerneltest

import (
	"os"
	"slices"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/internal/impl"
)

// Each runs f as a subtest for every kernel set, and restores the set that was
// in use. It fails if NNK_KERNELS could not be honoured, or if NNK_REQUIRE names
// a set that is missing: on a machine that is known to have a set, falling back
// to another one proves nothing.
//
// If NNK_KERNELS is set, only that set runs: the caller asked for it.
func Each(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	Check(t)
	defer restore(t, impl.Active())
	names := impl.Names()
	if asm.Kernels().Requested != "" {
		names = []string{impl.Active()}
	}
	for _, name := range names {
		if err := impl.Select(name); err != nil {
			t.Fatal(err)
		}
		t.Run("kernel="+name, f)
	}
}

// Check reports, as test errors, a kernel set that was asked for by NNK_KERNELS
// or NNK_REQUIRE and cannot be had.
func Check(t testing.TB) {
	t.Helper()
	if err := asm.Kernels().Err; err != nil {
		t.Error(err)
	}
	for name := range strings.SplitSeq(os.Getenv("NNK_REQUIRE"), ",") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(impl.Names(), name) {
			t.Errorf("NNK_REQUIRE: kernel set %q is missing; this process has %v", name, impl.Names())
		}
	}
}

// Sets calls f for every kernel set, with the set in use and its name, for
// benchmarks; it restores the set that was in use.
func Sets(b *testing.B, f func(b *testing.B, name string)) {
	b.Helper()
	defer restore(b, impl.Active())
	for _, name := range impl.Names() {
		if err := impl.Select(name); err != nil {
			b.Fatal(err)
		}
		f(b, name)
	}
}

func restore(t testing.TB, name string) {
	if err := impl.Select(name); err != nil {
		t.Error(err)
	}
}
