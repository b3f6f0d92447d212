//go:build slow

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/color"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// seen is what Chromium made of a page.
type seen struct {
	dom        string
	complaints []string // of its console
	requests   []string // of the page, to anything but files
	corner     color.RGBA
}

// look opens a page in headless Chromium, which must be installed.
func look(t *testing.T, page string, dark bool) seen {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("this test needs chromium: ", err)
	}
	dir := t.TempDir()
	log, shot := filepath.Join(dir, "net.json"), filepath.Join(dir, "page.png")
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(page)}
	// No name is resolved: the browser has errands of its own.
	cmd := exec.CommandContext(t.Context(), path, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--user-data-dir="+filepath.Join(dir, "profile"), "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--log-net-log="+log, "--window-size=900,1200",
		"--blink-settings=preferredColorScheme="+map[bool]string{true: "0", false: "1"}[dark], "--dump-dom", "--screenshot="+shot, address.String())
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("chromium: %v\n%s", err, said.String())
	}
	s := seen{dom: out.String(), requests: requested(t, log)}
	for line := range strings.Lines(said.String()) {
		if strings.Contains(line, "CONSOLE") {
			s.complaints = append(s.complaints, strings.TrimSpace(line))
		}
	}
	f, err := os.Open(shot)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	s.corner = color.RGBAModel.Convert(img.At(2, 2)).(color.RGBA)
	return s
}

// requested lists the addresses in a log of network events that a page asked for, which the browser itself did not.
func requested(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Constants struct {
			Types map[string]int `json:"logEventTypes"`
		} `json:"constants"`
		Events []struct {
			Type   int
			Params json.RawMessage
		} `json:"events"`
	}
	if err := json.Unmarshal(b, &log); err != nil {
		t.Fatal(err)
	}
	start, known := log.Constants.Types["URL_REQUEST_START_JOB"]
	if !known {
		t.Fatal("the log of network events does not know requests")
	}
	var list []string
	for _, e := range log.Events {
		var p struct{ URL, Initiator string }
		if e.Type == start && json.Unmarshal(e.Params, &p) == nil && p.URL != "" && p.Initiator != "not an origin" {
			list = append(list, p.URL)
		}
	}
	return list
}

// TestPagesInChromium: the pages of reports and of the demonstration ask for nothing, complain of nothing, and are light or dark as is wished.
func TestPagesInChromium(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.write("t.csv", []byte(houses(300, 1, 0, threeCities, price)))
	f.write("k.csv", []byte(houses(300, 1, 0, threeCities, func(_ int, v float64) string { return map[bool]string{false: "cheap", true: "dear"}[v > 100] })))
	for name, table := range map[string]string{"r": "t.csv", "k": "k.csv"} {
		ok(t, append([]string{"fit", f.path(table), "-target", "price", "-drop", "id", "-o", f.path(name), "-report", f.path(name + ".html")}, smallFit...)...)
		ok(t, "eval", f.path(table), "-quiet", "-model", f.path(name), "-report", f.path(name+"e.html"))
	}
	var demo bytes.Buffer
	if err := (&demonstration{ctx: t.Context(), rows: []demoRow{{Model: "m", Family: familyTeacher, Params: 1000, Bytes: 4000, Accuracy: 0.9, NsB1: 2, NsB256: 1}}}).writePage(&demo); err != nil {
		t.Fatal(err)
	}
	f.write("demo.html", demo.Bytes())
	for name, want := range map[string]string{"r.html": "A model of price", "re.html": "Worst rows", "k.html": "Which classes", "ke.html": "What matters", "demo.html": "All models"} {
		for _, dark := range []bool{false, true} {
			s := look(t, f.path(name), dark)
			paper := map[bool]color.RGBA{false: {255, 255, 255, 255}, true: {13, 17, 23, 255}}[dark]
			if !strings.Contains(s.dom, want) || s.complaints != nil || s.requests != nil || s.corner != paper {
				t.Errorf("%s, dark %v: complaints %q, requests %q, paper %v, holds %q: %v", name, dark, s.complaints, s.requests, s.corner, want, strings.Contains(s.dom, want))
			}
		}
	}
	// What would be wrong is seen.
	bad := fmt.Sprintf("<body><img src=%q><script>throw new Error('x')</script></body>", "http://127.0.0.1:9/x.png")
	f.write("bad.html", []byte(bad))
	if s := look(t, f.path("bad.html"), false); len(s.complaints) == 0 || len(s.requests) == 0 {
		t.Errorf("of a page with an error and a request: complaints %q, requests %q", s.complaints, s.requests)
	}
}
