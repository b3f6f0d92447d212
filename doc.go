// Package nnk is the map of the module; it has no code of its own.
//
// A feed-forward layer f(Wx+b) becomes Ψ(W,b)·Φ(x): Φ is a vector of random
// features, regenerated from a seed, and Ψ the only stored parameters. Whole
// networks bundle into one such product, whose optimum has a closed form.
//
//	asm         kernels on slices, and the arithmetic that defines every bit
//	mat         matrices, products, factorisations
//	fft         Fourier, cosine and Walsh–Hadamard transforms
//	rng         addressed random numbers
//	rng/ortho   random projections
//	urf         activations, spectra, feature maps, predicted error
//	snnk        layers, their predicted error, training
//	snnk/encoder       transformers of texts and images
//	bundle      networks of stages, model files, evaluation
//	bundle/table       rows of files, labels, tables with names
//	bundle/fit         models from data, in closed form
//	bundle/compress    models from networks
//	bundle/checkpoint  networks of other tools, read
//	bundle/export      models for other runtimes, written
//	conformance the fingerprint that must be equal on every machine
//	fuzz        fuzz targets
//	cmd/nnk     the command
//
// Source: Sehanobish, Choromanski, Zhao, Dubey, Likhosherstov, Scalable Neural
// Network Kernels, ICLR 2024, arXiv 2310.13225.
package nnk
