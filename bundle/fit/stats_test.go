package fit

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/bundle"
	"nnk/internal/kerneltest"
	"nnk/mat"
)

// random fills a matrix with normal numbers of PCG(seed, 1).
func random[T asm.Float](seed uint64, rows, cols int) *mat.Dense[T] {
	r := rand.New(rand.NewPCG(seed, 1))
	a := mat.New[T](rows, cols)
	for i := range a.Data() {
		a.Data()[i] = T(r.NormFloat64())
	}
	return a
}

func newStats[T asm.Float](t *testing.T, z, y *mat.Dense[T], opt Folds) *Stats[T] {
	t.Helper()
	n := min(z.Rows(), 100)
	s, err := NewStats(z.View(0, 0, n, z.Cols()), y.View(0, 0, n, y.Cols()), opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func addRows[T asm.Float](t *testing.T, s *Stats[T], z, y *mat.Dense[T], lo, hi int) {
	t.Helper()
	if err := s.Add(z.View(lo, 0, hi-lo, z.Cols()), y.View(lo, 0, hi-lo, y.Cols())); err != nil {
		t.Fatal(err)
	}
}

func total[T asm.Float](t *testing.T, s *Stats[T]) *Moments {
	t.Helper()
	m, err := s.Total()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sameBits compares all numbers of two moments.
func sameBits(t *testing.T, what string, got, want *Moments) {
	t.Helper()
	if got.N != want.N {
		t.Errorf("%s: %d samples, want %d", what, got.N, want.N)
	}
	for _, c := range []struct {
		name      string
		got, want []float64
	}{{"ZᵀZ", got.ZZ.Data(), want.ZZ.Data()}, {"ZᵀY", got.ZY.Data(), want.ZY.Data()}, {"YᵀY", got.YY, want.YY}} {
		for i := range c.want {
			if math.Float64bits(c.got[i]) != math.Float64bits(c.want[i]) {
				t.Fatalf("%s: %s element %d is %x, want %x", what, c.name, i, c.got[i], c.want[i])
			}
		}
	}
}

// The sums are those of exact arithmetic, within the rounding of T.
func testStatsExact[T asm.Float](t *testing.T, tol float64) {
	z, y := random[T](1, 700, 5), random[T](2, 700, 3)
	s := newStats(t, z, y, Folds{Count: 3, Block: 7})
	addRows(t, s, z, y, 0, 700)
	got := total(t, s)
	column := func(i, j int) float64 {
		switch {
		case j < 5:
			return float64(z.At(i, j))
		case j == 5:
			return 1
		}
		return float64(y.At(i, j-6))
	}
	check := func(name string, a, b int, got float64) {
		sum := new(big.Float).SetPrec(200)
		for i := range 700 {
			p := new(big.Float).SetPrec(200).SetFloat64(column(i, a))
			sum.Add(sum, p.Mul(p, big.NewFloat(column(i, b))))
		}
		want, _ := sum.Float64()
		if math.Abs(got-want) > tol*700 {
			t.Errorf("%s[%d,%d] = %v, want %v", name, a, b, got, want)
		}
	}
	for a := range 6 {
		for b := range 6 {
			check("ZᵀZ", a, b, got.ZZ.At(a, b))
		}
		for b := range 3 {
			check("ZᵀY", a, 6+b, got.ZY.At(a, b))
		}
	}
	for b := range 3 {
		check("YᵀY", 6+b, 6+b, got.YY[b])
	}
	if got.N != 700 || s.Rows() != 700 {
		t.Errorf("%d samples, %d rows; want 700", got.N, s.Rows())
	}
}

func TestStatsExact(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", func(t *testing.T) { testStatsExact[float32](t, 5e-7) })
		t.Run("float64", func(t *testing.T) { testStatsExact[float64](t, 5e-16) })
	})
}

// Any cut of the rows into calls, any number of goroutines, and shards merged in
// any order give the same bits.
func testStatsBits[T asm.Float](t *testing.T) {
	opt := Folds{Count: 2, Block: 32}
	rows := 3*1024 + 77
	z, y := random[T](3, rows, 9), random[T](4, rows, 2)
	one := newStats(t, z, y, opt)
	if got := one.Period(); got != 1024 {
		t.Fatalf("period %d, want 1024", got)
	}
	addRows(t, one, z, y, 0, rows)
	want := total(t, one)

	t.Run("chunks", func(t *testing.T) {
		for _, step := range []int{1, 31, 512, 1000} {
			s := newStats(t, z, y, opt)
			for lo := 0; lo < rows; lo += step {
				addRows(t, s, z, y, lo, min(lo+step, rows))
			}
			sameBits(t, "steps", total(t, s), want)
		}
	})
	t.Run("goroutines", func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		for _, n := range []int{1, 8} {
			runtime.GOMAXPROCS(n)
			s := newStats(t, z, y, opt)
			addRows(t, s, z, y, 0, rows)
			sameBits(t, "goroutines", total(t, s), want)
		}
	})
	t.Run("shards", func(t *testing.T) {
		for _, order := range [][]int{{0, 1, 2}, {1, 0, 2}} {
			cuts := [][2]int{{0, 1024}, {1024, 3072}, {3072, rows}}
			sum := newStats(t, z, y, opt)
			for _, k := range order {
				shard := sum.Empty()
				addRows(t, shard, z, y, cuts[k][0], cuts[k][1])
				back, err := UnmarshalStats[T](shard.Marshal())
				if err != nil {
					t.Fatal(err)
				}
				if err := sum.Merge(back); err != nil {
					t.Fatal(err)
				}
			}
			sameBits(t, "shards", total(t, sum), want)
			if sum.Rows() != int64(rows) {
				t.Errorf("%d rows in all shards, want %d", sum.Rows(), rows)
			}
			for k := range 2 {
				a, errA := sum.Fold(k)
				b, errB := one.Fold(k)
				if errA != nil || errB != nil {
					t.Fatal(errA, errB)
				}
				sameBits(t, "fold", a, b)
			}
		}
	})
}

func TestStatsBits(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testStatsBits[float32])
		t.Run("float64", testStatsBits[float64])
	})
}

// Sums of many chunks stay exact: the carry between the two grids of float64.
func TestGridCarry(t *testing.T) {
	g := newGrid(1)
	size := []float64{1}
	want := new(big.Float).SetPrec(500)
	r := rand.New(rand.NewPCG(5, 5))
	for i := range 10 * carryEvery {
		v := 0x1p20 * (r.Float64() - 0.25)
		g.add(0, []float64{v}, 1, size, (i+1)%carryEvery == 0)
		want.Add(want, new(big.Float).SetFloat64(math.RoundToEven(v*0x1p60)/0x1p60))
	}
	got := []float64{0}
	g.addTo(got, 0)
	if w, _ := want.Float64(); got[0] != w {
		t.Errorf("got %v, want %v", got[0], w)
	}
}

// Equal sums are equal bytes, whatever they were merged from: here shards of one period each, merged two at a time in random
// order, with empty ones among them, beside one pass over all rows.
func TestStatsMarshalCanonical(t *testing.T) {
	opt := Folds{Count: 3, Block: 64}
	const shards = 6
	z, y := random[float32](20, shards*1536, 3), random[float32](21, shards*1536, 2)
	for i := range 1536 { // a column of halves of the quantum, and sums that are 0
		z.Set(i, 0, 0x1p-11)
		y.Set(i, 1, 0)
	}
	one := newStats(t, z, y, opt)
	if one.Period() != 1536 {
		t.Fatalf("period %d", one.Period())
	}
	addRows(t, one, z, y, 0, z.Rows())
	want := one.Marshal()
	r := rand.New(rand.NewPCG(22, 1))
	for range 20 {
		var parts []*Stats[float32]
		for k := range shards {
			s := one.Empty()
			addRows(t, s, z, y, k*1536, (k+1)*1536)
			parts = append(parts, s, one.Empty())
		}
		for len(parts) > 1 {
			r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
			a, err := UnmarshalStats[float32](parts[0].Marshal())
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Merge(parts[1]); err != nil {
				t.Fatal(err)
			}
			parts = append(parts[2:], a)
		}
		if got := parts[0].Marshal(); !slices.Equal(got, want) {
			t.Fatal("another order of merging gives other bytes")
		}
	}
	empty := one.Empty().Marshal()
	if len(empty) > 256 {
		t.Errorf("statistics of no samples take %d bytes", len(empty))
	}
	back, err := UnmarshalStats[float32](empty)
	if err != nil {
		t.Fatal(err)
	}
	addRows(t, back, z, y, 0, z.Rows())
	if !slices.Equal(back.Marshal(), want) {
		t.Error("statistics that were read empty count otherwise")
	}
}

// A sum has one pair of numbers, also half way between two multiples of the quantum, and where it is 0.
func TestGridCanonical(t *testing.T) {
	const q = 0x1p-20
	zero := math.Copysign(0, -1)
	for _, c := range []struct{ hi, lo, wantHi, wantLo float64 }{
		{3 * q, q / 2, 3 * q, q / 2},
		{4 * q, -q / 2, 3 * q, q / 2},
		{2 * q, 3 * q / 2, 3 * q, q / 2},
		{0, -q / 4, 0, -q / 4},
		{q, -q, 0, 0},
		{zero, zero, 0, 0},
	} {
		hi, lo := canonical(c.hi, c.lo, 1, 1)
		if math.Float64bits(hi) != math.Float64bits(c.wantHi) || math.Float64bits(lo) != math.Float64bits(c.wantLo) {
			t.Errorf("%g + %g is written as %g + %g, want %g + %g", c.hi, c.lo, hi, lo, c.wantHi, c.wantLo)
		}
	}
}

func TestStatsErrors(t *testing.T) {
	z, y := random[float32](6, 40, 3), random[float32](7, 40, 2)
	s := newStats(t, z, y, Folds{})
	bad := z.Clone()
	bad.Set(17, 1, float32(math.NaN()))
	if err := s.Add(bad, y); !errors.Is(err, bundle.ErrNotFinite) || err.Error() != "fit: row 17: not a finite number" {
		t.Errorf("NaN: %v", err)
	}
	bad.Set(17, 1, float32(math.Inf(-1)))
	if _, err := NewStats(bad, y, Folds{}); !errors.Is(err, bundle.ErrNotFinite) {
		t.Errorf("infinity in the sample: %v", err)
	}
	if _, err := NewStats(z, y, Folds{Count: -1}); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("negative folds: %v", err)
	}
	if err := s.AddWeighted(z, y, slices.Repeat([]float32{-1}, 40)); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("negative weight: %v", err)
	}
	huge := z.Clone()
	huge.Set(3, 1, 0x1p20)
	s = s.Empty()
	addRows(t, s, huge, y, 0, 40)
	if _, err := s.Total(); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("value far above the sample: %v", err)
	}
	if err := s.Merge(newStats(t, z, y, Folds{Count: 2})); !errors.Is(err, bundle.ErrFormat) {
		t.Errorf("merge of other folds: %v", err)
	}
	if err := s.Merge(newStats(t, random[float32](9, 9, 3), y.View(0, 0, 9, 2), Folds{})); err == nil {
		// Another sample may have the same grid; make sure that this one has not.
		t.Error("merge of another grid: no error")
	}
}

// A weight counts like that many copies of the row.
func TestStatsWeights(t *testing.T) {
	z, y := random[float64](10, 3, 2), random[float64](11, 3, 1)
	weighted, copied := newStats(t, z, y, Folds{}), newStats(t, z, y, Folds{})
	if err := weighted.AddWeighted(z, y, []float64{4, 1, 0}); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 0, 0, 0, 1} {
		addRows(t, copied, z, y, i, i+1)
	}
	a, b := total(t, weighted), total(t, copied)
	for i, v := range b.ZZ.Data() {
		if math.Abs(a.ZZ.Data()[i]-v) > 1e-14 {
			t.Errorf("ZᵀZ element %d: %v, want %v", i, a.ZZ.Data()[i], v)
		}
	}
	for i, v := range b.ZY.Data() {
		if math.Abs(a.ZY.Data()[i]-v) > 1e-14 {
			t.Errorf("ZᵀY element %d: %v, want %v", i, a.ZY.Data()[i], v)
		}
	}
}

// Damaged statistics are an error, cut at every byte and with every byte changed
// where it matters.
func TestUnmarshalStatsErrors(t *testing.T) {
	z, y := random[float32](12, 40, 3), random[float32](13, 40, 2)
	s := newStats(t, z, y, Folds{})
	addRows(t, s, z, y, 0, 40)
	text := s.Marshal()
	for n := range text {
		if _, err := UnmarshalStats[float32](text[:n]); !errors.Is(err, bundle.ErrFormat) {
			t.Fatalf("first %d of %d bytes: %v", n, len(text), err)
		}
	}
	if _, err := UnmarshalStats[float32](append(text, 0)); !errors.Is(err, bundle.ErrFormat) {
		t.Errorf("one byte more: %v", err)
	}
	if _, err := UnmarshalStats[float64](text); !errors.Is(err, bundle.ErrFormat) {
		t.Errorf("other type: %v", err)
	}
	for i := range text {
		bad := slices.Clone(text)
		bad[i] ^= 0x80
		if s, err := UnmarshalStats[float32](bad); err == nil {
			if _, err := s.Total(); err != nil && !errors.Is(err, bundle.ErrRange) {
				t.Errorf("byte %d changed: %v", i, err)
			}
		} else if !errors.Is(err, bundle.ErrFormat) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
}
