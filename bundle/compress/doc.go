// Package compress replaces layers of a network by smaller ones.
//
// [MonteCarlo] replaces layers by random features without fitting, as the paper does: of the weights, in the metric of rows
// that need no targets. [LowRank], [Narrow] (chosen neurons) and [Hybrid] (chosen neurons beside random features) need
// rows of inputs. [Auto] compares them, and random features fitted by package fit, at the same size on held-out
// rows, and takes the best. [Trainable] and [Trained] take a network to package snnk, to be trained further, and back.
//
// # Errors
//
// Arguments that do not fit together panic with an error of package mat. What comes from data or networks is an error that wraps
// [bundle.ErrFormat], [bundle.ErrNotFinite], [bundle.ErrRange], [mat.ErrSingular] or [ErrHopeless] and says where.
//
// # Source
//
// Sehanobish et al., Scalable Neural Network Kernels, ICLR 2024
// (arXiv 2310.13225), section on bundling.
package compress
