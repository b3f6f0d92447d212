package main

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"nnk/bundle"
	"nnk/examples/web/pen"
	"nnk/mat"
)

// arc is a part of an ellipse, angles in turns from the right, down first.
func arc(x, y, width, height, from, to float64) []pen.Point {
	var s []pen.Point
	for i := range 33 {
		a := 2 * math.Pi * (from + (to-from)*float64(i)/32)
		s = append(s, pen.Point{X: x + width*math.Cos(a)/2, Y: y + height*math.Sin(a)/2})
	}
	return s
}

func line(v ...float64) []pen.Point {
	var s []pen.Point
	for i := 0; i < len(v); i += 2 {
		s = append(s, pen.Point{X: v[i], Y: v[i+1]})
	}
	return s
}

// strokes are digits as a person draws them.
var strokes = [][][]pen.Point{
	0: {arc(0.5, 0.5, 0.4, 0.7, 0, 1)},
	1: {line(0.35, 0.3, 0.5, 0.15, 0.5, 0.85)},
	2: {append(arc(0.5, 0.3, 0.36, 0.3, 0.5, 1.1), line(0.35, 0.85, 0.72, 0.85)...)},
	3: {append(arc(0.48, 0.32, 0.36, 0.34, 0.6, 1.25), arc(0.48, 0.67, 0.4, 0.36, 0.75, 1.4)...)},
	4: {line(0.5, 0.12, 0.3, 0.6, 0.75, 0.6), line(0.62, 0.4, 0.6, 0.88)},
	5: {append(line(0.7, 0.15, 0.4, 0.15, 0.36, 0.48), arc(0.48, 0.65, 0.42, 0.4, 0.68, 1.4)...)},
	6: {append(line(0.62, 0.1, 0.42, 0.4), arc(0.5, 0.68, 0.34, 0.36, 0.5, 1.5)...)},
	7: {line(0.3, 0.15, 0.7, 0.15, 0.45, 0.88)},
	8: {append(arc(0.5, 0.32, 0.3, 0.36, 0.25, 1.25), arc(0.5, 0.68, 0.36, 0.36, -0.25, 0.75)...)},
	9: {append(arc(0.5, 0.32, 0.32, 0.36, 0, 1), line(0.66, 0.32, 0.6, 0.9)...)},
}

// read returns what the page's model reads in each drawing.
func read(t *testing.T, drawings [][][]pen.Point) []int {
	t.Helper()
	m, err := bundle.ReadModel[float32](bytes.NewReader(model), int64(len(model)))
	if err != nil {
		t.Fatal(err)
	}
	x := mat.New[float32](len(drawings), pen.Pixels)
	for i, s := range drawings {
		pen.Draw(x.Row(i), s)
	}
	return bundle.Labels(nil, m.Network.Forward(nil, x, nil))
}

func TestDigits(t *testing.T) {
	for digit, says := range read(t, strokes) {
		if says != digit {
			t.Errorf("a %d is read as %d", digit, says)
		}
	}
}

// Nobody draws like another: turned, slanted, stretched and by a hand that shakes, most are still read.
func TestDigitsOfMany(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var drawings [][][]pen.Point
	for range 300 {
		turn, slant, wide := 0.12*random.NormFloat64(), 0.15*random.NormFloat64(), 1+0.2*random.NormFloat64()
		for _, digit := range strokes {
			var drawing [][]pen.Point
			for _, s := range digit {
				var shaken []pen.Point
				for _, p := range s {
					x, y := (p.X-0.5)*wide+slant*(p.Y-0.5), p.Y-0.5
					shaken = append(shaken, pen.Point{
						X: 0.5 + x*math.Cos(turn) - y*math.Sin(turn) + 0.006*random.NormFloat64(),
						Y: 0.5 + x*math.Sin(turn) + y*math.Cos(turn) + 0.006*random.NormFloat64(),
					})
				}
				drawing = append(drawing, shaken)
			}
			drawings = append(drawings, drawing)
		}
	}
	right := 0
	for i, says := range read(t, drawings) {
		if says == i%10 {
			right++
		}
	}
	if share := float64(right) / float64(len(drawings)); share < 0.95 {
		t.Errorf("%.1f %% are read", 100*share)
	}
}
