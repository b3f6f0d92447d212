//go:build !cgo

package main

import "nnk/asm"

// Without a C compiler only Gonum is left to compare with.

func gemmPeers[T asm.Float](m, k, n int, a, b, c []T) []peer                 { return nil }
func gemvPeers[T asm.Float](k, n int, a, b, c []T) []peer                    { return nil }
func syrkPeers[T asm.Float](k, n int, a, c []T) []peer                       { return nil }
func dotPeers[T asm.Float](x, y []T) []peer                                  { return nil }
func sleefPeers[T asm.Float](function string, width int, x, y, z []T) []peer { return nil }
func fftPeers(x []complex128) []peer                                         { return nil }
func whtPeers(x []float32) []peer                                            { return nil }
