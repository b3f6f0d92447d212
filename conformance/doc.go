// Package conformance shows that an implementation computes what this library
// promises. [Run] gives it vectors made with arbitrary precision, which demand an
// error below a stated bound and, case by case, the same bits; [Fingerprint] digests
// a fixed battery of results, which must be equal on every machine.
package conformance

//go:generate go run ./gen
