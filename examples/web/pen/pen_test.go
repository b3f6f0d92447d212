package pen_test

import (
	"slices"
	"testing"

	"nnk/examples/web/pen"
)

func drawn(strokes ...[]pen.Point) []float32 {
	x := slices.Repeat([]float32{7}, pen.Pixels) // what was drawn before is forgotten
	pen.Draw(x, strokes)
	return x
}

func TestDraw(t *testing.T) {
	if x := drawn(); slices.Max(x) != 0 {
		t.Errorf("nothing drawn: %v", x)
	}
	if x := drawn(nil, []pen.Point{}); slices.Max(x) != 0 {
		t.Errorf("strokes without points: %v", x)
	}
	// A dot is one pen wide, in the middle.
	dot := drawn([]pen.Point{{X: 0.9, Y: 0.1}})
	sum := float32(0)
	for i, v := range dot {
		sum += v
		if row, column := i/8, i%8; v > 0 && (row < 3 || row > 4 || column < 3 || column > 4) {
			t.Errorf("a dot inks pixel %d, %d", row, column)
		}
	}
	if sum < 24 || sum > 36 {
		t.Errorf("a dot of %v points", sum)
	}
	// A line from top to bottom is the same wherever and however long it is drawn.
	line := drawn([]pen.Point{{X: 0.2, Y: 0.1}, {X: 0.2, Y: 0.9}})
	if !slices.Equal(line, drawn([]pen.Point{{X: 0.8, Y: 0.7}, {X: 0.8, Y: 0.3}})) {
		t.Error("a line depends on its place or direction")
	}
	for row := range 8 {
		if line[8*row+3] == 0 || line[8*row+4] == 0 || line[8*row+1] != 0 || line[8*row+6] != 0 {
			t.Errorf("row %d of a line is %v", row, line[8*row:8*row+8])
		}
	}
	if full := drawn([]pen.Point{{X: 0, Y: 0}, {X: 1, Y: 0}, {X: 1, Y: 1}, {X: 0, Y: 1}, {X: 0, Y: 0}, {X: 1, Y: 1}}); slices.Max(full) > 16 {
		t.Errorf("pixels of %v points", slices.Max(full))
	}
}
