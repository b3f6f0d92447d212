package asm

import (
	"math"
	"math/bits"
)

// PhiloxGroup is the number of 32-bit words that [Philox] makes at a time: 16
// blocks of 4 words.
const PhiloxGroup = 64

// Philox fills dst, whose length must be a multiple of 64, with the output of
// Philox 4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011) for the key (low and
// high word of seed) and the counters (block, stream), block = 16·group,
// 16·group+1, …, each as two words, low first. The words of 16 consecutive blocks
// stand side by side, so that no transposition is needed to compute them in
// lanes: word w of block 16·g+l is dst[64·(g−group) + 16·w + l].
func Philox(dst []uint32, seed, stream, group uint64) {
	if len(dst)%PhiloxGroup != 0 {
		panic("asm.Philox: length is not a multiple of 64")
	}
	philox(dst, seed, stream, group)
}

func philoxGeneric(dst []uint32, seed, stream, group uint64) {
	for ; len(dst) > 0; dst, group = dst[PhiloxGroup:], group+1 {
		for l := range uint64(16) {
			c := Philox4x32([4]uint32{uint32(group*16 + l), uint32((group*16 + l) >> 32), uint32(stream), uint32(stream >> 32)},
				[2]uint32{uint32(seed), uint32(seed >> 32)})
			dst[l], dst[16+l], dst[32+l], dst[48+l] = c[0], c[1], c[2], c[3]
		}
	}
}

// Philox4x32 is one block of Philox 4x32-10.
func Philox4x32(c [4]uint32, k [2]uint32) [4]uint32 {
	for range 10 {
		h0, l0 := bits.Mul32(0xd2511f53, c[0])
		h1, l1 := bits.Mul32(0xcd9e8d57, c[2])
		c = [4]uint32{h1 ^ c[1] ^ k[0], l1, h0 ^ c[3] ^ k[1], l0}
		k[0] += 0x9e3779b9 // the golden ratio's fraction
		k[1] += 0xbb67ae85 // that of √3
	}
	return c
}

// Normal turns the words of whole Philox groups into standard normal values by
// the Box–Muller transform, in the places of the words: float32 takes the word
// pairs (0, 1) and (2, 3) of each block to a pair of values, float64 the four
// words of a block. len(words) must be a multiple of 64; dst must hold as many
// float32, or half as many float64.
//
// float32, u = (w0+½)/2³² rounded, v = w1/2³²: r = √(−2 ln u); the values are
// r·cos 2πv in the place of w0 and r·sin 2πv in that of w1. float64 likewise with
// 64-bit numbers w0 + 2³²·w1 and w2 + 2³²·w3, the values in the places 16·0+l and
// 16·1+l of a group of 32. The quadrant of v is exact; the largest value is 6.7
// (float32) or 9.4 (float64).
func Normal[T Float](dst []T, words []uint32) {
	if len(words)%PhiloxGroup != 0 {
		panic("asm.Normal: number of words is not a multiple of 64")
	}
	switch dst := any(dst).(type) {
	case []float32:
		normal32(dst[:len(words)], words)
	case []float64:
		normal64(dst[:len(words)/2], words)
	}
}

func normalGeneric32(dst []float32, words []uint32) {
	for i := 0; i < len(words); i += 32 {
		d, w := dst[i:i+32], words[i:i+32]
		for l := range 16 {
			d[l], d[16+l] = boxMuller32(w[l], w[16+l])
		}
	}
}

func normalGeneric64(dst []float64, words []uint32) {
	for i := 0; i < len(words); i += PhiloxGroup {
		d, w := dst[i/2:i/2+32], words[i:i+PhiloxGroup]
		for l := range 16 {
			d[l], d[16+l] = boxMuller64(w[l], w[16+l], w[32+l], w[48+l])
		}
	}
}

func boxMuller32(w0, w1 uint32) (x, y float32) {
	u := fma32(float32(w0>>16), 0x1p16, float32(w0&0xffff)+0.5) * 0x1p-32
	r := float32(math.Sqrt(float64(-2 * log1f32(u))))
	// The angle in quarter turns: q + f with f in [−½, ½).
	a := float32(int32(w1<<2)) * 0x1p-32
	s, c := quarter32(a*0x1.921fb6p0, (w1+1<<29)>>30)
	return r * c, r * s
}

func boxMuller64(w0, w1, w2, w3 uint32) (x, y float64) {
	u := fma64(float64(w1), 0x1p32, float64(w0)+0.5) * 0x1p-64
	r := math.Sqrt(-2 * log1f64(u))
	v := (uint64(w3)<<32 | uint64(w2)) << 2
	a := fma64(float64(int32(v>>32)), 0x1p32, float64(uint32(v))) * 0x1p-64
	s, c := quarter64(a*0x1.921fb54442d18p0, uint64((w3+1<<29)>>30))
	return r * c, r * s
}

// quarter32 is the sine and cosine of q·π/2 + r for |r| ≤ π/4.
func quarter32(r float32, q uint32) (sin, cos float32) {
	z := float32(r * r)
	s := fma32(fma32(-0x1.9953fep-13, z, 0x1.110778p-7), z, -0x1.555546p-3)
	s = fma32(float32(r*z), s, r)
	c := fma32(fma32(0x1.99e91p-16, z, -0x1.6c0c2ap-10), z, 0x1.55554ap-5)
	c = fma32(float32(z*z), c, fma32(-0.5, z, 1))
	if q&1 == 1 {
		s, c = c, s
	}
	if q&2 == 2 {
		s = -s
	}
	if (q+1)&2 == 2 {
		c = -c
	}
	return s, c
}

// quarter64 is the sine and cosine of q·π/2 + r for |r| ≤ π/4.
func quarter64(r float64, q uint64) (sin, cos float64) {
	z := float64(r * r)
	s := 0x1.5d8e364688fdp-33
	s = fma64(s, z, -0x1.ae5e5475213aep-26)
	s = fma64(s, z, 0x1.71de355f0807p-19)
	s = fma64(s, z, -0x1.a01a019bf2245p-13)
	s = fma64(s, z, 0x1.111111110f75dp-7)
	s = fma64(s, z, -0x1.5555555555548p-3)
	s = fma64(float64(r*z), s, r)
	c := -0x1.8fa682cb34b45p-37
	c = fma64(c, z, 0x1.1ee9dbd21dc01p-29)
	c = fma64(c, z, -0x1.27e4f7f19e747p-22)
	c = fma64(c, z, 0x1.a01a019c8f3f9p-16)
	c = fma64(c, z, -0x1.6c16c16c15016p-10)
	c = fma64(c, z, 0x1.555555555554bp-5)
	c = fma64(float64(z*z), c, fma64(-0.5, z, 1))
	if q&1 == 1 {
		s, c = c, s
	}
	if q&2 == 2 {
		s = -s
	}
	if (q+1)&2 == 2 {
		c = -c
	}
	return s, c
}
