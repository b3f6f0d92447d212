// Package guardmem gives tests slices that lie flush against pages that may not
// be touched, so that a kernel that reads or writes one element too many faults
// at once instead of going unnoticed.
package guardmem

import (
	"os"
	"testing"
	"unsafe"
)

// AtEnd returns a slice of n elements whose last one is followed by a protected
// page. The memory is given back when the test ends.
func AtEnd[T any](t testing.TB, n int) []T {
	t.Helper()
	m, size := mapped[T](t, n)
	return elements[T](m[len(m)-n*size:], n)
}

// AtStart returns a slice of n elements whose first one is preceded by a
// protected page.
func AtStart[T any](t testing.TB, n int) []T {
	t.Helper()
	m, _ := mapped[T](t, n)
	return elements[T](m, n)
}

func mapped[T any](t testing.TB, n int) (m []byte, size int) {
	t.Helper()
	size = int(unsafe.Sizeof(*new(T)))
	if os.Getenv("NNK_GUARD") == "off" {
		// qemu 7.2 reads the lanes that VMASKMOVPS masks out, which no CPU does.
		return make([]byte, max(n*size, 1)), size
	}
	m, release, err := pages(n * size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return m, size
}

func elements[T any](m []byte, n int) []T {
	if n == 0 {
		return []T{}
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&m[0])), n)
}
