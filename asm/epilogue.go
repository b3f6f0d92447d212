package asm

// BiasReLU sets dst[i] = scale·max(x[i]+bias[i], floor); a nil bias adds nothing.
// The maximum is x if x > floor, else floor, so a NaN becomes the floor. dst may be x.
func BiasReLU[T Float](dst, x, bias []T, floor, scale T) {
	x = x[:len(dst)]
	shift(dst, x, bias)
	for i, v := range dst {
		if !(v > floor) {
			v = floor
		}
		dst[i] = scale * v
	}
}

// BiasCos sets dst[i] = scale·cos(x[i]+bias[i]); a nil bias adds nothing. dst may
// be x.
func BiasCos[T Float](dst, x, bias []T, scale T) {
	x = x[:len(dst)]
	shift(dst, x, bias)
	Cos(dst, dst)
	Scale(dst, dst, scale)
}

// BiasSincos sets sin[i] = scale·sin(x[i]+bias[i]), cos[i] likewise; a nil bias
// adds nothing. sin may be x.
func BiasSincos[T Float](sin, cos, x, bias []T, scale T) {
	sin, cos = sin[:len(x)], cos[:len(x)]
	shift(sin, x, bias)
	Sincos(sin, cos, sin)
	Scale(sin, sin, scale)
	Scale(cos, cos, scale)
}

// BiasExp sets dst[i] = scale·e^(x[i]+bias[i]); a nil bias adds nothing. dst may be
// x.
func BiasExp[T Float](dst, x, bias []T, scale T) {
	x = x[:len(dst)]
	shift(dst, x, bias)
	Exp(dst, dst)
	Scale(dst, dst, scale)
}

func shift[T Float](dst, x, bias []T) {
	if bias == nil {
		copy(dst, x)
		return
	}
	bias = bias[:len(dst)]
	for i, v := range x {
		dst[i] = v + bias[i]
	}
}
