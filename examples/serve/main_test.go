package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"nnk/bundle/checkpoint"
	"nnk/examples/digits"
)

// Requests at the same time get the bits that one call gives.
func TestServe(t *testing.T) {
	file := digits.Narrow34()
	c, err := checkpoint.Read[float32](bytes.NewReader(file), int64(len(file)), checkpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, _, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(newHandler(c.Network))
	defer server.Close()
	var all sync.WaitGroup
	for k := range 8 {
		all.Go(func() {
			in := x.View(10*k, 0, 1+k, digits.Pixels)
			rows := make([][]float32, in.Rows())
			for i := range rows {
				rows[i] = in.Row(i)
			}
			body, err := json.Marshal(rows)
			if err != nil {
				t.Error(err)
				return
			}
			r, err := http.Post(server.URL, "application/json", bytes.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Body.Close()
			var got [][]float32
			if err := json.NewDecoder(r.Body).Decode(&got); err != nil || len(got) != in.Rows() {
				t.Errorf("request %d: %d rows, error %v, want %d rows", k, len(got), err, in.Rows())
				return
			}
			want := c.Network.Forward(nil, in, nil)
			for i, row := range got {
				for j, v := range row {
					if v != want.At(i, j) {
						t.Errorf("request %d, row %d, output %d: %g, want %g", k, i, j, v, want.At(i, j))
					}
				}
			}
		})
	}
	all.Wait()
	large := "[[" + strings.Repeat("3e38,", digits.Pixels-1) + "3e38]]"
	for bad, status := range map[string]int{"": 400, "{}": 400, "[[1,2]]": 400, `[["a"]]`: 400, "[" + strings.Repeat(" ", maxBody) + "]": 400, large: 422} {
		r, err := http.Post(server.URL, "application/json", strings.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != status {
			t.Errorf("%.20q: status %d, want %d", bad, r.StatusCode, status)
		}
	}
}

// A request of many rows that are too short is refused before there is memory for the whole ones.
func TestServeShortRows(t *testing.T) {
	file := digits.Narrow34()
	c, err := checkpoint.Read[float32](bytes.NewReader(file), int64(len(file)), checkpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const rows = maxBody/3 - 1
	r := httptest.NewRequest("POST", "/", strings.NewReader("["+strings.Repeat("[],", rows)+"[]]"))
	w := httptest.NewRecorder()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	newHandler(c.Network).ServeHTTP(w, r)
	runtime.ReadMemStats(&after)
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "row 0 has 0 numbers") {
		t.Errorf("status %d, %q", w.Code, w.Body)
	}
	if got, whole := after.TotalAlloc-before.TotalAlloc, uint64(4*rows*digits.Pixels); got > whole {
		t.Errorf("%d bytes allocated, the rows would take %d", got, whole)
	}
}
