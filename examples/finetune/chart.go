package main

import (
	"bytes"
	"fmt"
	"math"
	"strings"
)

// The places of the chart: its frame and its size.
const (
	chartWidth, chartHeight = 720, 440
	left, right             = 60, 540
	top, bottom             = 44, 384
)

// colours have contrast on white and on black.
var colours = map[string]string{
	"full fine-tuning": "#8b949e", "linear probe": "#8b949e", "bottleneck": "#3584e4", "LoRA": "#26a269",
	"ReLU-SNNK U": "#e66100", "cosine-SNNK U": "#c061cb", "ReLU-SNNK v": "#e66100", "cosine-SNNK v": "#c061cb",
	"learned-SNNK v": "#c88800", "bottleneck qv": "#3584e4", "cosine-SNNK U qv": "#c061cb", "cosine-SNNK v qv": "#c061cb", "ReLU-SNNK U qv": "#e66100", "ReLU-SNNK v qv": "#e66100", "learned-SNNK v qv": "#c88800",
}

// scale is an axis from low to high with its ends on the page.
type scale struct {
	low, high, from, to float64
	log                 bool
}

func (a scale) at(v float64) float64 {
	part := (v - a.low) / (a.high - a.low)
	if a.log {
		part = math.Log(v/a.low) / math.Log(a.high/a.low)
	}
	return a.from + float64((a.to-a.from)*part)
}

// chart draws mean accuracy against trained parameters, with the range of the seeds, as
// an SVG that reads on light and dark pages. Full fine-tuning and the linear probe
// are lines across: one is far to the right, the other has no place on a logarithmic axis.
func chart(all []summary, seeds int) []byte {
	x, y := scale{low: 128, high: 16384, from: left, to: right, log: true}, scale{low: 100, high: 0, from: bottom, to: top}
	for _, s := range all {
		y.low, y.high = min(y.low, math.Floor(s.low)), max(y.high, math.Ceil(s.high))
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="13" role="img" aria-label="Test accuracy against trained parameters">`+"\n", chartWidth, chartHeight, chartWidth, chartHeight)
	b.WriteString(`<style>text{fill:#768390}.g{stroke:#8b949e;stroke-opacity:.35}</style>` + "\n")
	fmt.Fprintf(&b, `<text x="%d" y="22" font-size="15">Test accuracy in %%, mean and range of %d seeds</text>`+"\n", left, seeds)
	for v := x.low; v <= x.high; v *= 2 {
		fmt.Fprintf(&b, `<path class="g" d="M%.1f %dV%d"/><text x="%.1f" y="%d" text-anchor="middle">%g</text>`+"\n", x.at(v), top, bottom, x.at(v), bottom+18, v)
	}
	step := math.Ceil((y.high - y.low) / 10)
	for v := y.low; v <= y.high; v += step {
		fmt.Fprintf(&b, `<path class="g" d="M%d %.1fH%d"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n", left, y.at(v), right, left-8, y.at(v)+4, v)
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">trained parameters beside the head's</text>`+"\n", (left+right)/2, bottom+42)
	place := float64(top + 12) // of the next line of the legend
	for i := 0; i < len(all); {
		n := 1
		for i+n < len(all) && all[i+n].family == all[i].family {
			n++
		}
		place = drawFamily(&b, all[i:i+n], x, y, place)
		i += n
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// drawFamily draws one family and its line of the legend, and returns the place of the next.
func drawFamily(b *bytes.Buffer, all []summary, x, y scale, place float64) float64 {
	name := all[0].family.name
	colour := colours[name]
	if all[0].size == 0 {
		dash := map[bool]string{true: "2 4", false: "7 4"}[name == "linear probe"]
		fmt.Fprintf(b, `<path d="M%d %.1fH%d" stroke="%s" stroke-width="2" stroke-dasharray="%s"/>`+"\n", left, y.at(all[0].mean), right, colour, dash)
		fmt.Fprintf(b, `<path d="M%d %.1fh24" stroke="%s" stroke-width="2" stroke-dasharray="%s"/><text x="%d" y="%.1f">%s</text>`+"\n", right+12, place-4, colour, dash, right+44, place, name)
		return place + 24
	}
	fill, dash := colour, ""
	if strings.HasSuffix(name, " qv") { // at another place
		dash = ` stroke-dasharray="5 3"`
	}
	if strings.Contains(name, "SNNK v") {
		fill = "none"
	}
	if all[0].params != all[len(all)-1].params { // else the sizes have no price
		fmt.Fprintf(b, `<polyline fill="none" stroke="%s" stroke-width="1.8"%s points="`, colour, dash)
		for _, s := range all {
			fmt.Fprintf(b, "%.1f,%.1f ", x.at(float64(s.params)), y.at(s.mean))
		}
		b.WriteString("\"/>\n")
	}
	mark := func(cx, cy float64) {
		if dash == "" {
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s" stroke="%s" stroke-width="1.6"/>`, cx, cy, fill, colour)
		} else {
			fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="7" height="7" fill="%s" stroke="%s" stroke-width="1.6"/>`, cx-3.5, cy-3.5, fill, colour)
		}
	}
	for _, s := range all {
		at := x.at(float64(s.params))
		fmt.Fprintf(b, `<path d="M%.1f %.1fV%.1f" stroke="%s" stroke-opacity=".45"/>`, at, y.at(s.low), y.at(s.high), colour)
		mark(at, y.at(s.mean))
		b.WriteString("\n")
	}
	mark(right+24, place-4)
	fmt.Fprintf(b, `<text x="%d" y="%.1f">%s</text>`+"\n", right+44, place, name)
	return place + 24
}
