package ortho

import (
	"math"
	"testing"

	"nnk/asm"
	"nnk/rng"
)

// Rows of kind Sparse are those of kind IID in the columns that their place gives them, longer where these are fewer.
func TestSparse(t *testing.T) {
	t.Run("float32", testSparse[float32])
	t.Run("float64", testSparse[float64])
}

func testSparse[T asm.Float](t *testing.T) {
	for _, d := range []int{1, 2, 3, 4, 7, 70} {
		const m = 96
		sparse, err := New[T](Spec{Kind: Sparse, Seed: 5, M: m, D: d})
		if err != nil {
			t.Fatal(err)
		}
		whole, err := New[T](Spec{Kind: IID, Seed: 5, M: m, D: d})
		if err != nil {
			t.Fatal(err)
		}
		for i := range m {
			columns, factor := d, 1.0
			if q := 1 + i%4; q < 4 && q < d {
				columns, factor = q, math.Sqrt(float64(d)/float64(q))
				if q == 1 && i/4%2 == 1 {
					factor *= 4
				}
			}
			kept := map[int]bool{}
			for _, j := range rng.Permutation(streamSupports.Of(5).Sub(uint64(i)), d)[:columns] {
				kept[j] = true
			}
			for j, g := range sparse.Row(nil, i) {
				want := T(0)
				if kept[j] {
					want = whole.Row(nil, i)[j] * T(factor)
				}
				if g != want || math.Signbit(float64(g)) != math.Signbit(float64(want)) {
					t.Fatalf("%d columns, row %d: element %d is %v, want %v", d, i, j, g, want)
				}
			}
		}
	}
}

// Every column has as many rows of its own as another, by chance, and the mean square of a row's elements is that of normal ones.
func TestSparseColumns(t *testing.T) {
	const m, d = 4096, 8
	p, err := New[float64](Spec{Kind: Sparse, Seed: 1, M: m, D: d})
	if err != nil {
		t.Fatal(err)
	}
	var alone, pairs [d]int
	var square [2]float64 // rows of two columns, of three
	for i := range m {
		for j, g := range p.Row(nil, i) {
			switch {
			case g != 0 && i%4 == 0:
				alone[j]++
			case g != 0 && i%4 == 1:
				pairs[j]++
			}
			if k := i % 4; k == 1 || k == 2 {
				square[k-1] += g * g / (m / 4 * d)
			}
		}
	}
	for j := range d {
		if math.Abs(float64(alone[j])-m/4/d) > 5*math.Sqrt(m/4/d) || math.Abs(float64(pairs[j])-2*m/4/d) > 5*math.Sqrt(2*m/4/d) {
			t.Errorf("column %d stands in %d rows of one column and in %d of two", j, alone[j], pairs[j])
		}
	}
	for k, s := range square {
		if math.Abs(s-1) > 5*math.Sqrt(2.0/float64((k+2)*m/4)) {
			t.Errorf("rows of %d columns: mean square %v, want 1", k+2, s)
		}
	}
}
