package digits

import "testing"

// The counts are those of the data set's description in scikit-learn.
func TestLoad(t *testing.T) {
	x, y, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if x.Rows() != Rows || x.Cols() != Pixels || len(y) != Rows {
		t.Fatalf("shape %d×%d, %d labels; want %d×%d, %d", x.Rows(), x.Cols(), len(y), Rows, Pixels, Rows)
	}
	var count [Classes]int
	for i, c := range y {
		count[c]++
		for j, v := range x.Row(i) {
			if v < 0 || v > 16 || v != float32(int(v)) {
				t.Fatalf("row %d pixel %d: %g is not an integer from 0 to 16", i, j, v)
			}
		}
	}
	if want := [Classes]int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}; count != want {
		t.Errorf("samples per class %v, want %v", count, want)
	}
	// The first sample begins 0 0 5 13 9 1 0 0 and is a zero.
	if got := [8]float32(x.Row(0)[:8]); got != [8]float32{0, 0, 5, 13, 9, 1, 0, 0} || y[0] != 0 {
		t.Errorf("first row %v class %d", got, y[0])
	}
}
