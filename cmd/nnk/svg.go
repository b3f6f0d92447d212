package main

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// plot is one frame of series, drawn as an SVG whose colours come from the
// page: class fN fills and lN strokes with colour N.
type plot struct {
	about  string // what it shows, for those who cannot see it
	x, y   scaleOf
	series []series
}

// scaleOf is an axis with ticks at the given values.
type scaleOf struct {
	name  string
	log   bool
	ticks []float64 // the first and the last are the ends
}

// series are points, joined by a line or marked by dots or both.
type series struct {
	name       string
	colour     int
	line, dots bool
	small      bool // of dots
	points     [][2]float64
}

// at is the place of v, from 0 to 1.
func (a scaleOf) at(v float64) float64 {
	lo, hi := a.ticks[0], a.ticks[len(a.ticks)-1]
	if a.log {
		return math.Log(v/lo) / math.Log(hi/lo)
	}
	return (v - lo) / (hi - lo)
}

// The page scales a drawing to the width of the screen: 400 units are about that of
// a phone, so that the text stays as large as it is.
const (
	svgWidth              = 400
	frameLeft, frameRight = 46, 380
	frameTop, frameBottom = 24, 250
	legendTop, legendLine = 302, 18
)

func (p *plot) svg() template.HTML {
	var b strings.Builder
	px := func(v float64) float64 { return frameLeft + float64((frameRight-frameLeft)*p.x.at(v)) }
	py := func(v float64) float64 { return frameBottom - float64((frameBottom-frameTop)*p.y.at(v)) }
	rows := (len(p.series) + 1) / 2
	openSVG(&b, p.about, legendTop+legendLine*rows)
	for _, v := range p.x.ticks {
		fmt.Fprintf(&b, `<path class="grid" d="M%.1f %dV%d"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", px(v), frameTop, frameBottom, px(v), frameBottom+16, tick(v))
	}
	for _, v := range p.y.ticks {
		fmt.Fprintf(&b, `<path class="grid" d="M%d %.1fH%d"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n", frameLeft, py(v), frameRight, frameLeft-6, py(v)+4, tick(v))
	}
	fmt.Fprintf(&b, `<text class="name" x="%d" y="12">%s</text><text class="name" x="%d" y="%d" text-anchor="end">%s</text>`+"\n", 4, html.EscapeString(p.y.name), frameRight, frameBottom+34, html.EscapeString(p.x.name))
	for i, s := range p.series {
		if s.line {
			fmt.Fprintf(&b, `<polyline class="l%d" points="`, s.colour)
			for _, q := range s.points {
				fmt.Fprintf(&b, "%.1f,%.1f ", px(q[0]), py(q[1]))
			}
			b.WriteString("\"/>\n")
		}
		if s.dots {
			class, r := "", 3.6
			if s.small {
				class, r = " pale", 2.2
			}
			for _, q := range s.points {
				fmt.Fprintf(&b, `<circle class="f%d%s" cx="%.1f" cy="%.1f" r="%.1f"/>`+"\n", s.colour, class, px(q[0]), py(q[1]), r)
			}
		}
		x, y := 20+190*(i%2), legendTop+legendLine*(i/2)
		if s.line {
			fmt.Fprintf(&b, `<path class="l%d" d="M%d %dh20"/>`, s.colour, x-12, y-4)
		}
		if s.dots {
			fmt.Fprintf(&b, `<circle class="f%d" cx="%d" cy="%d" r="3.6"/>`, s.colour, x-2, y-4)
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text>`+"\n", x+14, y, html.EscapeString(s.name))
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

func openSVG(b *strings.Builder, about string, height int) {
	fmt.Fprintf(b, `<svg viewBox="0 0 %d %d" role="img" aria-label="%s">`+"\n", svgWidth, height, html.EscapeString(about))
}

// tick writes an axis value: 100k for 100,000, but 1024 as it is.
func tick(v float64) string {
	if v >= 1000 && math.Mod(v, 1000) == 0 {
		return fmt.Sprintf("%gk", v/1000)
	}
	return fmt.Sprintf("%.4g", v)
}

// bar is one model in a bar chart: a full bar and a pale one.
type bar struct {
	name       string
	colour     int
	full, pale float64
}

// barsSVG draws pairs of horizontal bars with their values.
func barsSVG(about string, bars []bar, text func(float64) string) template.HTML {
	const left, right, step = 112, 352, 30
	most := 0.0
	for _, r := range bars {
		most = max(most, r.full, r.pale)
	}
	var b strings.Builder
	openSVG(&b, about, step*len(bars)+4)
	for i, r := range bars {
		y := 4 + step*i
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, left-6, y+17, html.EscapeString(r.name))
		for k, v := range []float64{r.full, r.pale} {
			class, w := [...]string{"", " pale"}[k], (right-left)*v/most
			fmt.Fprintf(&b, `<rect class="f%d%s" x="%d" y="%d" width="%.1f" height="11"/><text x="%.1f" y="%d">%s</text>`+"\n", r.colour, class, left, y+12*k, w, left+w+4, y+10+12*k, text(v))
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// listSVG draws one bar for each name, with its value; what is negative has none.
func listSVG(about string, bars []bar, text func(float64) string) template.HTML {
	const left, right, step = 160, 340, 20
	most := 0.0
	for _, r := range bars {
		most = max(most, r.full)
	}
	var b strings.Builder
	openSVG(&b, about, step*len(bars)+4)
	for i, r := range bars {
		y, w := 4+step*i, 0.0
		if most > 0 {
			w = max((right-left)*r.full/most, 0)
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text><rect class="f%d" x="%d" y="%d" width="%.1f" height="13"/><text x="%.1f" y="%d">%s</text>`+"\n",
			left-6, y+11, html.EscapeString(r.name), r.colour, left, y, w, left+w+4, y+11, text(r.full))
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}
