package urf

import (
	"math"

	"nnk/asm"
)

// Activations that are made of exponentials, and slopes of those of package asm. All set dst
// to a function of z; see [pieceFunc].

// elu is z for z > 0, else α·(e^z − 1).
func elu(dst, z []float64, alpha float64) {
	var low [pieceLen]float64
	e := low[:len(z)]
	for i, v := range z {
		e[i] = min(v, 0)
	}
	asm.Expm1(e, e)
	for i, v := range z {
		if v > 0 {
			dst[i] = v
		} else {
			dst[i] = alpha * e[i]
		}
	}
}

func eluSlope(dst, z []float64, alpha float64) {
	var low [pieceLen]float64
	e := low[:len(z)]
	for i, v := range z {
		e[i] = min(v, 0)
	}
	asm.Exp(e, e)
	for i, v := range z {
		if v > 0 {
			dst[i] = 1
		} else {
			dst[i] = alpha * e[i]
		}
	}
}

// near returns z cut to ±1000, beyond which the slopes below are 0, −0 or 1: so that no
// product of something infinite with an exponential that vanished is formed.
func near(z float64) float64 {
	if z > 1000 {
		return 1000
	}
	if z < -1000 {
		return -1000
	}
	return z
}

// sigmoids sets the first elements of up and down to σ(scale·z) and σ(−scale·z).
func sigmoids(up, down *[pieceLen]float64, z []float64, scale float64) {
	n := len(z)
	for i, v := range z {
		up[i], down[i] = scale*v, -scale*v
	}
	asm.Sigmoid(up[:n], up[:n])
	asm.Sigmoid(down[:n], down[:n])
}

func siluSlope(dst, z []float64, _ float64) {
	var up, down [pieceLen]float64
	sigmoids(&up, &down, z, 1)
	for i, v := range z {
		dst[i] = up[i] * (1 + float64(near(v)*down[i]))
	}
}

// mishTail is where Mish goes over into z·e^z and its slope into (1 + z)·e^z, to the last bit. There
// e^(z/2) is multiplied twice: e^z alone loses bits where it is subnormal.
const mishTail = -40

// mishExponentials sets w to e^z, or e^(z/2) below mishTail; e^40 stands for all that is larger.
func mishExponentials(w, z []float64) {
	for i, v := range z {
		if v < mishTail {
			w[i] = v / 2
		} else {
			w[i] = min(v, 40)
		}
	}
	asm.Exp(w, w)
}

// mish is z·tanh(ln(1 + e^z)) = z·n/(n + 2) with n = w(w + 2), w = e^z (Misra, BMVC 2020).
func mish(dst, z []float64, _ float64) {
	var part [pieceLen]float64
	mishExponentials(part[:len(z)], z)
	for i, v := range z {
		w := part[i]
		if v < mishTail {
			dst[i] = max(v, -2000) * w * w // no product of −Inf and 0
			continue
		}
		n := float64(w * (w + 2))
		dst[i] = v * (n / (n + 2))
	}
}

// mishSlope is (n + 4z·w(w + 1)/(n + 2))/(n + 2).
func mishSlope(dst, z []float64, _ float64) {
	var part [pieceLen]float64
	mishExponentials(part[:len(z)], z)
	for i, v := range z {
		w := part[i]
		if v < mishTail {
			dst[i] = (1 + max(v, -2000)) * w * w
			continue
		}
		n := float64(w * (w + 2))
		dst[i] = (n + float64(4*near(v)*w*(w+1)/(n+2))) / (n + 2)
	}
}

func softplusSlope(dst, z []float64, _ float64) { asm.Sigmoid(dst, z) }

func sigmoidSlope(dst, z []float64, _ float64) {
	var up, down [pieceLen]float64
	sigmoids(&up, &down, z, 1)
	asm.Mul(dst, up[:len(z)], down[:len(z)])
}

// tanhSlope is 1 − tanh² z without the cancellation.
func tanhSlope(dst, z []float64, _ float64) {
	var up, down [pieceLen]float64
	sigmoids(&up, &down, z, 2)
	for i := range z {
		dst[i] = 4 * up[i] * down[i]
	}
}

// geluSlope is Φ(z) + z·φ(z).
func geluSlope(dst, z []float64, _ float64) {
	var density, tail [pieceLen]float64
	n := len(z)
	for i, v := range z {
		v = near(v)
		density[i], tail[i] = -v*v/2, -v*math.Sqrt2/2
	}
	asm.Exp(density[:n], density[:n])
	asm.Erfc(tail[:n], tail[:n])
	for i, v := range z {
		dst[i] = math.FMA(near(v), density[i]/math.Sqrt(2*math.Pi), tail[i]/2)
	}
}

// geluTanhSlope is the slope of z·σ(2u) with u = √(2/π)·(z + 0.044715·z³).
func geluTanhSlope(dst, z []float64, _ float64) {
	var u, up, down [pieceLen]float64
	root := math.Sqrt(2 / math.Pi)
	for i, v := range z {
		v = near(v)
		u[i] = root * v * math.FMA(0.044715*v, v, 1)
	}
	sigmoids(&up, &down, u[:len(z)], 2)
	for i, v := range z {
		v = near(v)
		du := root * math.FMA(3*0.044715*v, v, 1)
		dst[i] = up[i] * math.FMA(2*v*du, down[i], 1)
	}
}

func sinSlope(dst, z []float64, _ float64) { asm.Cos(dst, z) }

func cosSlope(dst, z []float64, _ float64) {
	asm.Sin(dst, z)
	asm.Scale(dst, dst, -1)
}

// gaussian is e^(−z²/2).
func gaussian(dst, z []float64, _ float64) {
	for i, v := range z {
		dst[i] = -v * v / 2
	}
	asm.Exp(dst, dst)
}

func gaussianSlope(dst, z []float64, _ float64) {
	var e [pieceLen]float64
	for i, v := range z {
		v = near(v)
		e[i] = -v * v / 2
	}
	asm.Exp(e[:len(z)], e[:len(z)])
	for i, v := range z {
		dst[i] = -near(v) * e[i]
	}
}
