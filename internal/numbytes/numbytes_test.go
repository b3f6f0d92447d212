package numbytes

import (
	"encoding/binary"
	"math"
	"testing"
)

func TestHalf(t *testing.T) {
	for _, c := range []struct {
		bits uint16
		want float64
	}{
		{0x0000, 0}, {0x8000, math.Copysign(0, -1)},
		{0x3c00, 1}, {0xc000, -2}, {0x3555, 0.333251953125},
		{0x7bff, 65504}, {0x0400, 0x1p-14},
		{0x03ff, 1023 * 0x1p-24}, {0x0001, 0x1p-24}, {0x8001, -0x1p-24},
		{0x7c00, math.Inf(1)}, {0xfc00, math.Inf(-1)},
	} {
		got := Half(c.bits)
		if math.Float64bits(float64(got)) != math.Float64bits(c.want) {
			t.Errorf("Half(%#04x) = %v, want %v", c.bits, got, c.want)
		}
	}
	if got := Half(0x7e00); got == got {
		t.Errorf("Half(0x7e00) = %v, want NaN", got)
	}
}

func TestQuarter(t *testing.T) {
	for _, c := range []struct {
		bits byte
		want float64
	}{
		{0x00, 0}, {0x80, math.Copysign(0, -1)}, {0x01, 0x1p-9}, {0x87, -7 * 0x1p-9}, {0x08, 0x1p-6},
		{0x38, 1}, {0xbc, -1.5}, {0x77, 240}, {0x78, 256}, {0x7e, 448}, {0xfe, -448},
	} {
		got := quarter(c.bits)
		if math.Float64bits(float64(got)) != math.Float64bits(c.want) {
			t.Errorf("quarter(%#02x) = %v, want %v", c.bits, got, c.want)
		}
	}
	for _, b := range []byte{0x7f, 0xff} {
		if got := quarter(b); got == got {
			t.Errorf("quarter(%#02x) = %v, want NaN", b, got)
		}
	}
	if up, down := quarter(0x7f), quarter(0xff); math.Signbit(float64(up)) || !math.Signbit(float64(down)) {
		t.Error("the NaNs have lost their signs")
	}
}

// Every kind is decoded from both byte orders; the value is one that the kind
// holds and that its neighbours in size would read differently.
func TestDecode(t *testing.T) {
	for _, c := range []struct {
		name string
		kind Kind
		bits uint64
		want float64
	}{
		{"bool", Bool, 2, 1},
		{"int8", I8, 0x80, -128},
		{"uint8", U8, 0x80, 128},
		{"int16", I16, 0x8001, -32767},
		{"uint16", U16, 0x8001, 32769},
		{"int32", I32, 0x80000001, -2147483647},
		{"uint32", U32, 0x80000001, 2147483649},
		{"int64", I64, 0xffffffffffffff85, -123},
		{"uint64", U64, 0x8000000000000000, 0x1p63},
		{"float8 e4m3", F8E4M3, 0xc4, -3},
		{"float8 e5m2", F8E5M2, 0xc1, -2.5},
		{"float16", F16, 0xc100, -2.5},
		{"bfloat16", BF16, 0xc020, -2.5},
		{"float32", F32, uint64(math.Float32bits(-2.5)), -2.5},
		{"float64", F64, math.Float64bits(-2.5), -2.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := c.kind.Size()
			little, big := make([]byte, n), make([]byte, n)
			for i := range n {
				little[i] = byte(c.bits >> (8 * i))
				big[n-1-i] = little[i]
			}
			var f32 [1]float32
			var f64 [1]float64
			Decode(f64[:], little, c.kind, binary.LittleEndian)
			if f64[0] != c.want {
				t.Errorf("little-endian float64: got %v, want %v", f64[0], c.want)
			}
			Decode(f64[:], big, c.kind, binary.BigEndian)
			if f64[0] != c.want {
				t.Errorf("big-endian float64: got %v, want %v", f64[0], c.want)
			}
			Decode(f32[:], little, c.kind, binary.LittleEndian)
			if f32[0] != float32(c.want) {
				t.Errorf("little-endian float32: got %v, want %v", f32[0], float32(c.want))
			}
		})
	}
}

// One rounding from integer to float32: 2^24+1 and its neighbours, and a value
// that rounds up only if it is not first rounded to float64.
func TestDecodeRoundsOnce(t *testing.T) {
	for _, c := range []struct {
		in   uint64
		want float32
	}{
		{1<<24 + 1, 1 << 24},
		{1<<24 + 3, 1<<24 + 4},
		{1<<62 + 1<<38 + 1, 1<<62 + 1<<39},
	} {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], c.in)
		for _, kind := range []Kind{I64, U64} {
			var got [1]float32
			if Decode(got[:], b[:], kind, binary.LittleEndian); got[0] != c.want {
				t.Errorf("kind %d of %d: got %v, want %v", kind, c.in, got[0], c.want)
			}
		}
	}
}

func TestAppend(t *testing.T) {
	if got := Append(nil, []float32{1, -2}); string(got) != "\x00\x00\x80\x3f\x00\x00\x00\xc0" {
		t.Errorf("float32: % x", got)
	}
	if got := Append([]byte{7}, []float64{1}); string(got) != "\x07\x00\x00\x00\x00\x00\x00\xf0\x3f" {
		t.Errorf("float64: % x", got)
	}
}

func TestProduct(t *testing.T) {
	for _, c := range []struct {
		shape []int64
		size  int
		want  int64
		ok    bool
	}{
		{nil, 4, 4, true},
		{[]int64{2, 3}, 8, 48, true},
		{[]int64{1 << 40, 1 << 40, 0}, 8, 0, true},
		{[]int64{1 << 31, 1 << 31, 2}, 1, 0, false},
		{[]int64{1 << 31, 1<<31 - 1}, 2, 2 * (1 << 31) * (1<<31 - 1), true},
		{[]int64{1 << 62}, 2, 0, false},
		{[]int64{0, -1}, 4, 0, false},
	} {
		if got, ok := Product(c.shape, c.size); got != c.want || ok != c.ok {
			t.Errorf("Product(%v, %d) = %d, %v; want %d, %v", c.shape, c.size, got, ok, c.want, c.ok)
		}
	}
}
