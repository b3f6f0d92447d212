package mat

import "testing"

// TestQLGivesUp reaches the error that no matrix is known to cause, by allowing
// no sweep.
func TestQLGivesUp(t *testing.T) {
	q := ql[float64]{d: []float64{1, 2}, e: []float64{1, 0}, vt: *New[float64](2, 2), eps: 0x1p-53}
	if l := q.run(0); l != 0 {
		t.Errorf("no sweep allowed: got %d, want eigenvalue 0 to fail", l)
	}
}
