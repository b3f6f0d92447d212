package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"strings"
)

// The places of the chart: its frame and its size.
const (
	chartWidth, chartHeight = 760, 440
	left, right             = 56, 560
	top, bottom             = 24, 384
)

// colours have contrast on white and on black. Weights of 8 bits have whole lines, those of 32 dashed ones.
var colours = map[string]string{"random": "#8b949e", "selected": "#3584e4", "diagonals": "#c88800", "learned": "#26a269", "narrow network": "#e66100"}

// axis goes from low to high with its ends on the page.
type axis struct{ low, high, from, to float64 }

func (a axis) at(v float64) float64 {
	return a.from + float64((a.to-a.from)*((v-a.low)/(a.high-a.low)))
}

// chart is a page with mean accuracy against bytes of the file, as an SVG that reads on light and dark pages, and the table.
func chart(t task, rows []row, seeds int) []byte {
	x := axis{math.Log(float64(t.sizes[0])) - 0.05, math.Log(float64(t.sizes[len(t.sizes)-1])) + 0.05, left, right}
	y := axis{100, 0, bottom, top}
	for _, r := range rows {
		for _, c := range r.cells {
			if c.problem == "" {
				mean, deviation := moments(c.accuracy)
				y.low, y.high = min(y.low, math.Floor(mean-deviation)), max(y.high, math.Ceil(mean+deviation))
			}
		}
	}
	y.high, y.low = max(y.high, y.low+1), min(y.low, max(y.high, y.low+1)-1)
	var b bytes.Buffer
	b.WriteString(`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Equal size</title>
<style>:root{color-scheme:light dark}body{font:15px sans-serif;max-width:760px;margin:2em auto;padding:0 1em}pre{overflow-x:auto;font-size:12px}svg{max-width:100%;height:auto}text{fill:currentColor}.g{stroke:currentColor;stroke-opacity:.2}</style>
`)
	fmt.Fprintf(&b, "<h1>Accuracy for the bytes of the file: %s</h1><p>Test accuracy in %%, mean and deviation of %d seeds; weights in 8 bits (whole lines) and 32 (dashed).</p>\n", html.EscapeString(t.name), seeds)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="13" role="img" aria-label="Test accuracy against bytes of the file">`+"\n", chartWidth, chartHeight, chartWidth, chartHeight)
	for _, size := range t.sizes {
		at := x.at(math.Log(float64(size)))
		fmt.Fprintf(&b, `<path class="g" d="M%.1f %dV%d"/><text x="%.1f" y="%d" text-anchor="middle">%d</text>`+"\n", at, top, bottom, at, bottom+18, size)
	}
	step := math.Ceil((y.high - y.low) / 8)
	for v := y.low; v <= y.high; v += step {
		fmt.Fprintf(&b, `<path class="g" d="M%d %.1fH%d"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n", left, y.at(v), right, left-8, y.at(v)+4, v)
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">bytes of the file, at most</text>`+"\n", (left+right)/2, bottom+42)
	for i, r := range rows {
		r.draw(&b, t, x, y, top+12+22*i)
	}
	b.WriteString("</svg>\n<pre>")
	var text strings.Builder
	print(&text, t, rows)
	b.WriteString(html.EscapeString(text.String()) + "</pre></html>\n")
	return b.Bytes()
}

// draw draws the line of a family, and its place in the legend.
func (r row) draw(b *bytes.Buffer, t task, x, y axis, legend int) {
	style := fmt.Sprintf(`stroke="%s" stroke-width="2" fill="none"`, colours[r.kind])
	if r.bits == 32 {
		style += ` stroke-dasharray="5 4"`
	}
	line := ""
	for _, c := range r.cells {
		if c.problem != "" {
			continue
		}
		mean, deviation := moments(c.accuracy)
		at := x.at(math.Log(float64(c.size)))
		line += fmt.Sprintf(" %.1f,%.1f", at, y.at(mean))
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/><path d="M%.1f %.1fV%.1f" stroke="%s"/>`+"\n", at, y.at(mean), colours[r.kind], at, y.at(mean-deviation), y.at(mean+deviation), colours[r.kind])
	}
	fmt.Fprintf(b, `<polyline points="%s" %s/>`+"\n", strings.TrimSpace(line), style)
	fmt.Fprintf(b, `<path d="M%d %dh28" %s/><text x="%d" y="%d">%s</text>`+"\n", right+16, legend, style, right+52, legend+4, html.EscapeString(r.name()))
}
