package asm

// BiasReLU sets dst[i] = scale·max(x[i]+bias[i], floor); a nil bias adds nothing.
// The maximum is x if x > floor, else floor, so a NaN becomes the floor. dst may be x.
func BiasReLU[T Float](dst, x, bias []T, floor, scale T) {
	x = x[:len(dst)]
	if bias == nil {
		switch dst := any(dst).(type) {
		case []float32:
			relu32(dst, any(x).([]float32), float32(floor), float32(scale))
		case []float64:
			relu64(dst, any(x).([]float64), float64(floor), float64(scale))
		}
		return
	}
	bias = bias[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		biasReLU32(dst, any(x).([]float32), any(bias).([]float32), float32(floor), float32(scale))
	case []float64:
		biasReLU64(dst, any(x).([]float64), any(bias).([]float64), float64(floor), float64(scale))
	}
}

func biasReLUGeneric[T Float](dst, x, bias []T, floor, scale T) {
	for i, v := range x {
		v += bias[i]
		if !(v > floor) {
			v = floor
		}
		dst[i] = scale * v
	}
}

func reluGeneric[T Float](dst, x []T, floor, scale T) {
	for i, v := range x {
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
	if bias == nil {
		Cos(dst, x)
		Scale(dst, dst, scale)
		return
	}
	bias = bias[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		biasCos32(dst, any(x).([]float32), any(bias).([]float32), float32(scale))
	case []float64:
		biasCos64(dst, any(x).([]float64), any(bias).([]float64), float64(scale))
	}
}

func biasCosGeneric32(dst, x, bias []float32, scale float32) {
	for i, v := range x {
		_, c := sincos1f32(v + bias[i])
		dst[i] = scale * c
	}
}

func biasCosGeneric64(dst, x, bias []float64, scale float64) {
	for i, v := range x {
		_, c := sincos1f64(v + bias[i])
		dst[i] = scale * c
	}
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
	if bias == nil {
		Exp(dst, x)
		Scale(dst, dst, scale)
		return
	}
	bias = bias[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		biasExp32(dst, any(x).([]float32), any(bias).([]float32), float32(scale))
	case []float64:
		biasExp64(dst, any(x).([]float64), any(bias).([]float64), float64(scale))
	}
}

func biasExpGeneric32(dst, x, bias []float32, scale float32) {
	for i, v := range x {
		dst[i] = scale * exp1f32(v+bias[i])
	}
}

func biasExpGeneric64(dst, x, bias []float64, scale float64) {
	for i, v := range x {
		dst[i] = scale * exp1f64(v+bias[i])
	}
}

// AffineExp sets dst[i] = min(scale·e^(x[i]·factor[i] + (norm·square[i] + shift[i])),
// limit), where the inner sum has a fused product and the other product and sum are
// rounded: a positive random feature, cut at limit. NaN stays NaN. dst may be x.
func AffineExp[T Float](dst, x, factor, square, shift []T, norm, scale, limit T) {
	n := len(dst)
	x, factor, square, shift = x[:n], factor[:n], square[:n], shift[:n]
	switch dst := any(dst).(type) {
	case []float32:
		affineExp32(dst, any(x).([]float32), any(factor).([]float32), any(square).([]float32), any(shift).([]float32), float32(norm), float32(scale), float32(limit))
	case []float64:
		affineExp64(dst, any(x).([]float64), any(factor).([]float64), any(square).([]float64), any(shift).([]float64), float64(norm), float64(scale), float64(limit))
	}
}

func affineExpGeneric32(dst, x, factor, square, shift []float32, norm, scale, limit float32) {
	for i, v := range x {
		e := scale * exp1f32(float32(v*factor[i])+fma32(norm, square[i], shift[i]))
		if limit < e {
			e = limit
		}
		dst[i] = e
	}
}

func affineExpGeneric64(dst, x, factor, square, shift []float64, norm, scale, limit float64) {
	for i, v := range x {
		e := scale * exp1f64(float64(v*factor[i])+fma64(norm, square[i], shift[i]))
		if limit < e {
			e = limit
		}
		dst[i] = e
	}
}

func shift[T Float](dst, x, bias []T) {
	if bias == nil {
		copy(dst, x)
		return
	}
	Add(dst, x, bias)
}
