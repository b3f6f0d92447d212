// Package misuse checks in tests that a mistake of the program panics as it should.
package misuse

import (
	"strings"
	"testing"

	"nnk/mat"
)

// Panics calls f, which must panic with one of the errors of package mat for mistakes of
// the program, and a message that begins with the given text, such as "snnk.Layer.Forward: ".
func Panics(t testing.TB, message string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		switch err := recover().(type) {
		case *mat.ShapeError:
			begins(t, err, message)
		case *mat.OverlapError:
			begins(t, err, message)
		case *mat.ArgumentError:
			begins(t, err, message)
		default:
			t.Errorf("panic value is %v, want an error of package mat that begins with %q", err, message)
		}
	}()
	f()
}

func begins(t testing.TB, err error, message string) {
	t.Helper()
	if !strings.HasPrefix(err.Error(), message) {
		t.Errorf("panic with %q, want what begins with %q", err, message)
	}
}
