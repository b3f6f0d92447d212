//go:build !cgo

package main

import (
	"errors"
	"time"

	"nnk/asm"
)

var began = time.Now()

func now() float64        { return float64(time.Since(began).Nanoseconds()) }
func countCPUTime() error { return errors.New("-cpu needs a program built with cgo") }

// Without a C compiler only Gonum is left to compare with.

func gemmPeers[T asm.Float](m, k, n int, a, b, c []T) []peer                      { return nil }
func gemvPeers[T asm.Float](k, n int, a, b, c []T) []peer                         { return nil }
func syrkPeers[T asm.Float](k, n int, a, c []T) []peer                            { return nil }
func dotPeers[T asm.Float](x, y []T) []peer                                       { return nil }
func sleefPeers[T asm.Float](function string, width int, x, y, z []T) []peer      { return nil }
func fftPeers(double bool, n int) []peer                                          { return nil }
func fftwForward[T asm.Complex](x []T) []T                                        { return nil }
func whtPeers(x []float32) []peer                                                 { return nil }
func featurePeers(function string, n, d, m int, x, w, bias, dst []float32) []peer { return nil }
func densePeers(batch, d, l int, x, w, b, y []float32) []peer                     { return nil }
func ridgePeers(n, m, l int, z, y []float32) []peer                               { return nil }
func missing() []string                                                           { return []string{"all libraries in C: built without cgo"} }
