// Package conformance shows that an implementation computes what this library
// promises: [Fingerprint] digests a fixed battery of results, which must be
// equal on every machine.
package conformance
