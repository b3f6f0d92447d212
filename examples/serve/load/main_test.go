package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// What is sent are rows of the model's width, and every answer is counted.
func TestMeasure(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/model" {
			io.WriteString(w, `{"inputs":3}`)
			return
		}
		text, err := io.ReadAll(r.Body)
		if n := asked.Add(1); err != nil || strings.Count(string(text), ",") != 5 || strings.Count(string(text), "[") != 3 {
			t.Errorf("request %d: %q, %v", n, text, err)
		} else if n%5 == 0 {
			http.Error(w, "no", http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	r, err := measure(server.URL, 2, 2, 50*time.Millisecond)
	if n := int(asked.Load()); err != nil || n == 0 || len(r.times)+r.refused != n || r.refused != n/5 {
		t.Errorf("%d requests, %d answers, %d refused, %v", n, len(r.times), r.refused, err)
	}
	if text := r.String(); !strings.Contains(text, " requests/s") || !strings.Contains(text, "refused") {
		t.Error(text)
	}
	server.Close()
	if _, err := measure(server.URL, 1, 1, time.Millisecond); err == nil {
		t.Error("no service, and no error")
	}
}
