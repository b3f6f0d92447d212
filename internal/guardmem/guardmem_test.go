//go:build linux || darwin

package guardmem

import (
	"runtime/debug"
	"testing"
	"unsafe"
)

func TestGuardPagesFault(t *testing.T) {
	end := AtEnd[float32](t, 5)
	start := AtStart[float64](t, 3)
	for i := range end {
		end[i] = float32(i)
	}
	for i := range start {
		start[i] = float64(i)
	}
	if !faults(func() byte { return *(*byte)(unsafe.Add(unsafe.Pointer(&end[0]), 5*4)) }) {
		t.Error("reading after the end did not fault")
	}
	if !faults(func() byte { return *(*byte)(unsafe.Add(unsafe.Pointer(&start[0]), -1)) }) {
		t.Error("reading before the start did not fault")
	}
	if faults(func() byte { return byte(end[4]) + byte(start[0]) }) {
		t.Error("reading inside faulted")
	}
}

var sink byte

// faults reports whether f touches protected memory.
func faults(f func() byte) (did bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { did = recover() != nil }()
	sink = f()
	return false
}
