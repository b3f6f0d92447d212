package asm

// DotInt8 returns the inner product of x and y, which must have equal lengths, modulo 2³² (exactly up to 131,071
// elements). Sums of integers have no order.
func DotInt8(x, y []int8) int32 { return dotInt8(x, y[:len(x)]) }

func dotInt8Generic(x, y []int8) int32 {
	var sum int32
	for i, v := range x {
		sum += int32(v) * int32(y[i])
	}
	return sum
}
