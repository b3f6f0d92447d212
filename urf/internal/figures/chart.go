package main

import (
	"bytes"
	"fmt"

	"nnk/asm"
)

// chart is lines in one frame, drawn as an SVG that reads on light and dark pages.
type chart struct {
	title    string
	x, y     axis
	lines    []line
	diagonal bool
}

type axis struct {
	name      string
	low, high float64
	log       bool
}

type line struct {
	name         string
	points       [][2]float64
	colour       int // where the chart has more lines than colours
	dashed, dots bool
}

// at is the place of v on the axis, from 0 to 1.
func (a axis) at(v float64) float64 {
	if a.log {
		l := []float64{v / a.low, a.high / a.low}
		asm.Log(l, l)
		return l[0] / l[1]
	}
	return (v - a.low) / (a.high - a.low)
}

func (a axis) ticks() []float64 {
	var t []float64
	if !a.log {
		for i := range 6 {
			t = append(t, a.low+(a.high-a.low)*float64(i)/5)
		}
		return t
	}
	base := 10.0
	if a.high/a.low < 3000 && a.low >= 1 {
		base = 4
	}
	v, least := 1.0, a.low*(1-1e-9)
	for v/base >= least {
		v /= base
	}
	for v < least {
		v *= base
	}
	for ; v <= a.high*1.0001; v *= base {
		t = append(t, v)
	}
	return t
}

// colours have contrast on white and on black.
var colours = []string{"#3584e4", "#e66100", "#26a269", "#c061cb"}

const width, height, left, right, top, bottom = 660, 400, 74, 196, 40, 52

func (c *chart) svg() []byte {
	var b bytes.Buffer
	w, h := float64(width-left-right), float64(height-top-bottom)
	px := func(v float64) float64 { return left + w*c.x.at(v) }
	py := func(v float64) float64 { return top + h*(1-c.y.at(v)) }
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="13">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<style>text{fill:#768390}.g{stroke:#8b949e;stroke-opacity:.35}</style>`+"\n")
	fmt.Fprintf(&b, `<clipPath id="f"><rect x="%d" y="%d" width="%g" height="%g"/></clipPath>`+"\n", left, top, w, h)
	fmt.Fprintf(&b, `<text x="%d" y="22" font-size="15">%s</text>`+"\n", left, c.title)
	for _, v := range c.x.ticks() {
		fmt.Fprintf(&b, `<path class="g" d="M%.1f %dv%g"/><text x="%.1f" y="%g" text-anchor="middle">%.4g</text>`+"\n", px(v), top, h, px(v), top+h+18, v)
	}
	for _, v := range c.y.ticks() {
		fmt.Fprintf(&b, `<path class="g" d="M%d %.1fh%g"/><text x="%d" y="%.1f" text-anchor="end">%.4g</text>`+"\n", left, py(v), w, left-8, py(v)+4, v)
	}
	fmt.Fprintf(&b, `<text x="%g" y="%d" text-anchor="middle">%s</text>`+"\n", left+w/2, height-10, c.x.name)
	fmt.Fprintf(&b, `<text transform="translate(16 %g) rotate(-90)" text-anchor="middle">%s</text>`+"\n", top+h/2, c.y.name)
	if c.diagonal {
		fmt.Fprintf(&b, `<path d="M%.1f %.1fL%.1f %.1f" stroke="#8b949e"/>`+"\n", px(c.x.low), py(c.y.low), px(c.x.high), py(c.y.high))
	}
	for k, l := range c.lines {
		colour, dash := colours[k%len(colours)], ""
		if len(c.lines) > len(colours) {
			colour = colours[l.colour%len(colours)]
		}
		if l.dashed {
			dash = ` stroke-dasharray="6 4"`
		}
		y := top + 12 + 22*k
		if l.dots {
			for _, p := range l.points {
				fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s" clip-path="url(#f)"/>`+"\n", px(p[0]), py(p[1]), colour)
			}
			fmt.Fprintf(&b, `<circle cx="%g" cy="%d" r="4" fill="%s"/>`, left+w+20, y-4, colour)
		} else {
			fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="2.2"%s clip-path="url(#f)" points="`, colour, dash)
			for _, p := range l.points {
				fmt.Fprintf(&b, "%.1f,%.1f ", px(p[0]), py(p[1]))
			}
			fmt.Fprintf(&b, `"/>`+"\n"+`<path d="M%g %dh20" stroke="%s" stroke-width="2.2"%s/>`, left+w+10, y-4, colour, dash)
		}
		fmt.Fprintf(&b, `<text x="%g" y="%d">%s</text>`+"\n", left+w+36, y, l.name)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
