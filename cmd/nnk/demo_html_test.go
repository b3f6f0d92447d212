package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// The page stands alone, its drawings are well-formed, and it has every row.
func TestDemoPage(t *testing.T) {
	d := demonstration{ctx: t.Context(), fingerprint: "0123abcd"}
	for i, family := range families {
		d.rows = append(d.rows, demoRow{Model: fmt.Sprintf("model-%d<&", i), Family: family, Params: 1234 * (i + 1), Ratio: float64(i + 1), Bytes: 99000 + int64(i),
			Accuracy: 0.95 - 0.06*float64(i), Agreement: 0.9, MACs: 777 + i, NsB1: 1000 + float64(i), NsB256: 500})
	}
	d.rows[1].Spread = &spread{Seeds: 5, Mean: 0.911, Min: 0.901, Max: 0.921}
	var b bytes.Buffer
	if err := d.writePage(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, bad := range []string{"http", "//", "url(", "src=", "<script", "@import", "NaN", "Inf", "ZgotmplZ"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, r := range d.rows {
		for _, want := range []string{strings.NewReplacer("<", "&lt;", "&", "&amp;").Replace(r.Model), r.Family, thousands(r.Params), thousands(int(r.Bytes)), microseconds(r.NsB1)} {
			if !strings.Contains(text, "<td>"+want+"</td>") {
				t.Errorf("no cell %q", want)
			}
		}
	}
	for _, want := range []string{"90.1–92.1, mean 91.1", "0123abcd", "prefers-color-scheme: dark", `name="viewport"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	if drawings := drawingsOf(t, text); drawings != 3 {
		t.Errorf("%d drawings, want 3", drawings)
	}
}

// drawingsOf counts the drawings of a page, each of which must be well formed.
func drawingsOf(t *testing.T, page string) (n int) {
	t.Helper()
	for {
		_, after, found := strings.Cut(page, "<svg")
		if !found {
			return n
		}
		drawing, rest, closed := strings.Cut(after, "</svg>")
		if !closed {
			t.Fatal("a drawing does not end")
		}
		wellFormed(t, "<svg"+drawing+"</svg>")
		page, n = rest, n+1
	}
}

func wellFormed(t *testing.T, text string) {
	t.Helper()
	labelled := false
	for dec := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("drawing: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "svg" {
			for _, a := range e.Attr {
				labelled = labelled || a.Name.Local == "aria-label" && a.Value != ""
			}
		}
	}
	if !labelled {
		t.Error("a drawing has no label")
	}
}

// The page of a plan stands alone, and has a chart and every alternative.
func TestPlanPage(t *testing.T) {
	f := folder{t, t.TempDir()}
	for _, args := range [][]string{
		{"-act", "gelu", "-range", "-3,3", "-norms", "2,1", "-error", "0.05"},
		{"-act", "relu", "-range", "-4,4", "-norms", "30,30", "-error", "0.01"},
	} {
		printed := ok(t, append([]string{"plan", "-html", f.path("p.html")}, args...)...)
		text := string(f.read("p.html"))
		for _, bad := range []string{"http", "//", "url(", "src=", "<script", "@import", "NaN", "Inf", "ZgotmplZ"} {
			if strings.Contains(text, bad) {
				t.Errorf("%q: the page holds %q", args, bad)
			}
		}
		for _, want := range []string{"<td>products (power series)</td>", "<td>bounded waves</td>", "prefers-color-scheme: dark", strings.Split(printed, "\n")[0]} {
			if !strings.Contains(text, want) {
				t.Errorf("%q: no %q", args, want)
			}
		}
		if drawings := drawingsOf(t, text); drawings != 1 {
			t.Errorf("%q: %d drawings, want 1", args, drawings)
		}
	}
}

// The flag needs a file.
func TestDemoPageUsage(t *testing.T) {
	if r := nnk("demo", "-html"); r.code != 2 {
		t.Errorf("-html without a file: exit %d", r.code)
	}
}
