// Package urf holds random feature maps Φ: R^d → R^M, functions without trained
// parameters that are rebuilt bit for bit from a line of text, so that a layer is a
// seed and one small matrix: f(Wx + b) ≈ Ψ(W, b)·Φ(x). [Diagonals] alone have trained
// parameters.
package urf
