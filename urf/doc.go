// Package urf holds random feature maps Φ: R^d → R^M, functions without trained
// parameters that are rebuilt bit for bit from a line of text, so that a layer is a
// seed and one small matrix: f(Wx + b) ≈ Ψ(W, b)·Φ(x). [Diagonals] alone have trained
// parameters.
//
// # Texts
//
// The text of a map is kind(key=value,…) on projection, the latter's text being that of package
// rng/ortho. What is left out has the value in this list; a key without one here has no value but
// "true", and scale, slope, xnorm and wnorm of 0 are 1; linear is columns, ascending, with + between them,
// and so are shares.
//
//	relu       floor=0, slope=0, scale=1, bias=0, constant
//	arccos     order=0, scale=1, bias=0, constant
//	fourier    kernel=gaussian or laplacian, matern-1/2, matern-3/2, matern-5/2; scale=1, pairs, slope=1, linear, constant
//	maclaurin  coefficients: a_0, a_1, … separated by blanks; xnorm=1, wnorm=1, cosine=0, bias, shares
//	softmax    radius=0, xnorm=1, wnorm=1, cosine=0, a
//	urf        spectrum; angle=0, and the keys of softmax; independent, proportional, jordan
//
// a, A of the features, is a number; without it A is chosen. A spectrum is words separated by blanks: its constant,
// then mass:frequency:phase of each wave and, in any place, linear:slope of a linear term and law:mass:frequency:phase of a continuous part. Laws
// are half-normal, rayleigh, half-cauchy, exponential, sech, uniform and variance-gamma.
//
// # From a text to features
//
// The rest of this comment defines the features' bits, for programs in other languages. T is their type and T(v) is v
// rounded to it. Operations on numbers of T are those of T in asm/ARITHMETIC.md, all others and their functions those of
// float64, one by one as they stand. Streams are in the table of package rng, with the projection's seed; what
// belongs to a row has its number i in the whole projection of m rows and d columns, also where rows are selected.
//
// h = G·x, for relu, arccos and fourier G·(T(scale)·x) if scale is not 1. At the end the feature 1 is appended with
// constant, by maclaurin, and by urf if the spectrum's constant or slope is not 0.
//
//	relu       v = h + T(bias·n), n normal i of biases, or
//	           c/32 with the offset c of row i from −128 to 127 on kind pursuit; v = h if bias is 0
//	           T(1/√m)·max(v, T(floor)); with a slope T(1/√m)·w, w = v where v > floor, else floor + slope·(v − floor)
//	arccos     v as for relu, u = T(√(2/m)) and w = max(v, 0): order 0 gives u where v > 0, else 0, order 1 u·w, order 2 u·(w·w)
//	fourier    T(√(2/m))·cos(h + T(2π·u)), u uniform i of phases, or
//	           c/256 with the offset c of row i from 0 to 255 on kind pursuit;
//	           with pairs T(1/√m)·cos h of all rows, then T(1/√m)·sin h
//	           behind these T(slope)·(T(scale)·x_j) for each linear column j
//	           matern-f/2: h·T(√f/χ) in place of h, χ element i of lengths of Matérn with f degrees of freedom
//	           laplacian: element (i, j) of G is Cauchy i·d + j of the stream that has it, in T
//
// Trained diagonals have numbers of their own in place of the projection's diagonals and of T(bias·n) or T(2π·u), which is
// always added.
//
// With X = xnorm·xnorm, W = wnorm·wnorm and P = xnorm·wnorm·cosine:
//
// Maclaurin. The degrees n ≥ 2 with a_n ≠ 0, with bias all of them, the highest first, have the weights |a_n|·√(s − t), s = 1·q·q… and t =
// 1·(P·P)·(P·P)… with n factors, q = X·W + 2·P·P. They take the rows in that order, as many as Shares says, or shares,
// which are those of all degrees from 2, the lowest first, whatever the coefficients are. Level t
// = 0, 1, … has the rows of degrees above t, which are the first ones, and a projection for them: that of the text with so many
// rows, those of the selection that are among them, and 64-bit number t of the stream of seeds as its seed. A feature is the product of its levels' h in ascending order, times
// T(1/√(rows of its degree)). The inputs x follow, then 1.
//
// Softmax and urf. A row has ρ and η: for softmax ρ = r, η = 1/r with r = radius or, if that is 0, √(√W/√X). For urf and the row's frequency κ, r =
// radius or √(κ·√W/√X), and with c and s, cosine and sine of π·angle, rounded to whole numbers if 2·angle is one, ρ = (r·c, r·s)
// and η = (κ/r·s, κ/r·c), real and imaginary part. A is a or
//
//	φ = max(0, Re ρ·Re ρ·X + Re η·Re η·W + 2·Re ρ·Re η·P), q = 2·φ + d
//	t = 2·d/(√(q·q + 8·d·φ) + q), A = (1 − 1/t)/8
//
// With L = log(1 − 4·A) and S, the sum over all m rows, in order, of d/4·L + d·A + (Re ρ·Re ρ·(1 − 4·A) − Q)·X/2, divided by m,
// Q = Re ρ·Re ρ − Im ρ·Im ρ,
//
//	C = T(0.25·d·L + A·‖g‖² − S), ‖g‖² the sum of squares in T of the row as Projection.Row gives it
//	E = h·T(√(1 − 4·A)·Re ρ) + fma(−‖x‖², T(0.5·Q), C), ‖x‖² the sum of squares in T
//	F = h·T(√(1 − 4·A)·Im ρ) + (−‖x‖²)·T(Re ρ·Im ρ)
//	e = min(T(1/√m)·exp(E), 2⁵⁰), for float64 2⁵⁰⁰
//
// The features are e if Im ρ is 0 for all m rows, else cos(F)·e of the rows, then sin(F)·e. With a slope other than 0 the
// inputs x follow.
//
// # Frequencies
//
// The parts of a spectrum are its waves of mass above 0, in order, and its continuous part. With jordan each wave, and likewise the continuous part,
// (r, κ, θ) becomes first (r·max(cos θ, 0), κ, 0), (r·max(−cos θ, 0), κ, π), (r·max(−sin θ, 0), κ, −π/2) and (r·max(sin θ,
// 0), κ, π/2), cosine and sine rounded to whole numbers if θ/(π/2) is one; the parts are the waves, then the continuous part of the
// first kind, those of the second, and so on.
//
// l of a continuous part is log r, and so is that of a wave with proportional; else l = log r + z/2 with
//
//	z = d·log(1 − 4·A) − d/2·log(1 − 8·A) + 2·(1 − 4·A)/(1 − 8·A)·φ − (Q·X + (Re η·Re η − Im η·Im η)·W)
//
// Weights are exp(l − the largest l), of waves at least 2⁻¹⁰⁷⁴, and those of the parts the sums of their waves'.
// Part k = 0, 1, … gets as many rows n as Shares says, with levels (j + u_k)/n, j = 0 … n−1, u_i being uniform i of frequencies; with
// independent u_i themselves, the first after as many as there are parts and rows before. A level takes the first wave whose cumulative
// weight is above level·(the sum), or a κ of the law, frequency·k(u), u the level but at least 2⁻⁶⁰ and at most 1 − 2⁻⁵³:
//
//	half-normal     the normal quantile of (1 − u)/2, without its sign
//	rayleigh        √(−2·log(1 − u))
//	half-cauchy     s/c, sine and cosine of π/2·u
//	exponential     −log(1 − u)
//	sech            2/π·log((1 + s)/c), s and c as above
//	uniform         u
//	variance-gamma  κ = 2·t with t = −log(1 − u), then eight times κ = κ − (κ − log1p(κ/2) − t)/(1 − 1/(2 + κ))
//
// These are in the order of parts and levels. Row i takes the one that has the i-th smallest 64-bit number of the stream of the
// order, each having the number of its place.
//
// # Shares
//
// m rows are shared among p weights w so: s = (m − p)·(w/Σw), each gets 1 + ⌊s⌋ but no more than are left, and the rows that remain go, one
// each, to the largest s − ⌊s⌋, the first of equal ones.
//
// # Activations
//
// The steps of most are in asm/ARITHMETIC.md, in T. Those of the others are float64, and the result is rounded to T:
//
//	leaky-relu    z > 0 ? z : z·s
//	elu           z > 0 ? z : α·expm1(min(z, 0))
//	mish          n = w·(w + 2) with w = exp(min(z, 40)): z·(n/(n + 2)); for z < −40, with w = exp(z/2): max(z, −2000)·w·w
//	hard-sigmoid  min(max(z + 3, 0), 6)/6
//	hard-swish    max(z, −3)·hard-sigmoid(z)
//	gaussian      exp(−z·z/2)
package urf
