package mat

import (
	"testing"

	"nnk/internal/kerneltest"
)

// A buffer has the shape that was asked for last, keeps its memory where that is enough, and allocates only to grow.
func TestBuffer(t *testing.T) {
	var b Buffer[float32]
	if b.Last() != nil {
		t.Error("a last matrix before the first")
	}
	for _, s := range [][2]int{{0, 0}, {0, 5}, {5, 0}, {1, 1}, {3, 4}, {4, 3}, {1, 12}, {2, 2}, {5, 7}} {
		a := b.Shape(s[0], s[1])
		if a.Rows() != s[0] || a.Cols() != s[1] || len(a.Data()) != s[0]*s[1] || b.Last() != a {
			t.Fatalf("%v: %d×%d over %d numbers", s, a.Rows(), a.Cols(), len(a.Data()))
		}
		for i := range a.Data() {
			a.Data()[i] = float32(i)
		}
	}
	if v := b.Shape(3, 3).At(2, 2); v != 8 {
		t.Errorf("a smaller matrix has %v in its last place, want what was there", v)
	}
	kerneltest.NoAllocs(t, "Shape", func() { b.Shape(2, 9); b.Shape(7, 5) })
	defer func() {
		if _, ok := recover().(*ArgumentError); !ok {
			t.Error("a negative size: no panic with *ArgumentError")
		}
	}()
	b.Shape(-1, -1)
}
