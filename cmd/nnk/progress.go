package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress shows how far a long task is, on one line of standard error that it
// overwrites. It is silent if that is not a terminal, with -quiet, and in the first
// second.
type progress struct {
	w           io.Writer // nil if silent
	what        string
	start, last time.Time
	shown       bool
}

func (c *call) progress(what string) *progress {
	p := &progress{what: what, start: time.Now()}
	if f, ok := c.stderr.(*os.File); ok && !c.quiet {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.w = f
		}
	}
	return p
}

// step reports that done of total units are done.
func (p *progress) step(done, total int) {
	now := time.Now()
	spent := now.Sub(p.start)
	if p.w == nil || spent < time.Second || now.Sub(p.last) < time.Second/5 || done == 0 {
		return
	}
	p.last, p.shown = now, true
	left := time.Duration(float64(spent) * float64(total-done) / float64(done))
	fmt.Fprintf(p.w, "\r\x1b[K%s: %d %%, %.3g/s, %s left", p.what, 100*done/total, float64(done)/spent.Seconds(), left.Round(time.Second))
}

// note shows what is being done where the end is not known.
func (p *progress) note(text string) {
	now := time.Now()
	if p.w == nil || now.Sub(p.start) < time.Second || now.Sub(p.last) < time.Second/5 {
		return
	}
	p.last, p.shown = now, true
	fmt.Fprintf(p.w, "\r\x1b[K%s: %s", p.what, text)
}

// end removes the line, so that what follows, the table or an error, begins a line.
func (p *progress) end() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
