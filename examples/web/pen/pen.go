// Package pen makes of the strokes of a drawn digit the 8×8 numbers that the network of the example reads.
//
// They are made as those of its training rows were: a bitmap of 32×32 points, which the digit fills from top to
// bottom, and for each square of 4×4 of them how many are inked, 0 to 16 (Kaynak, 1995).
package pen

import "math"

// Side is the number of pixels in a row and in a column, Pixels that of all.
const (
	Side   = 8
	Pixels = Side * Side
)

// The bitmap, in its points: its side, that of the square that a pixel counts, the line that a pen draws, and the widest digit.
const (
	points = 32
	square = points / Side
	line   = 6
	widest = 26
)

// smallest is the height or width, of the paper's, that fills the bitmap: a dot stays one.
const smallest = 0.15

// A Point is a place on the paper, which is 1 wide and 1 high.
type Point struct{ X, Y float64 }

// Draw sets dst, which has [Pixels] elements, to the drawing of strokes, each a line from point to point. Without a
// point all are 0.
func Draw(dst []float32, strokes [][]Point) {
	clear(dst)
	low, high := Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	for _, s := range strokes {
		for _, p := range s {
			low = Point{min(low.X, p.X), min(low.Y, p.Y)}
			high = Point{max(high.X, p.X), max(high.Y, p.Y)}
		}
	}
	if low.X > high.X {
		return
	}
	scale := min((points-line)/max(high.Y-low.Y, smallest), (widest-line)/max(high.X-low.X, smallest))
	place := func(p Point) Point {
		return Point{points/2 + (p.X-(low.X+high.X)/2)*scale, points/2 + (p.Y-(low.Y+high.Y)/2)*scale}
	}
	var inked [points][points]bool
	for _, s := range strokes {
		for i, p := range s {
			from := place(s[max(i-1, 0)])
			ink(&inked, from, place(p))
		}
	}
	for y := range points {
		for x := range points {
			if inked[y][x] {
				dst[y/square*Side+x/square]++
			}
		}
	}
}

// ink marks the points of the bitmap that a line from a to b covers.
func ink(inked *[points][points]bool, a, b Point) {
	first := func(v float64) int { return max(int(v-line/2), 0) }
	last := func(v float64) int { return min(int(v+line/2)+1, points) }
	for y := first(min(a.Y, b.Y)); y < last(max(a.Y, b.Y)); y++ {
		for x := first(min(a.X, b.X)); x < last(max(a.X, b.X)); x++ {
			if distance(Point{float64(x) + 0.5, float64(y) + 0.5}, a, b) <= line/2 {
				inked[y][x] = true
			}
		}
	}
}

// distance is that of p from the line between a and b.
func distance(p, a, b Point) float64 {
	dx, dy := b.X-a.X, b.Y-a.Y
	along := 0.0
	if length := float64(dx*dx) + float64(dy*dy); length > 0 {
		along = min(max((float64((p.X-a.X)*dx)+float64((p.Y-a.Y)*dy))/length, 0), 1)
	}
	return math.Hypot(p.X-a.X-float64(along*dx), p.Y-a.Y-float64(along*dy))
}
