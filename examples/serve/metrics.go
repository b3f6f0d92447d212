package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// metrics counts, for GET /metrics, in the text format of Prometheus.
type metrics struct {
	running atomic.Int64

	mu       sync.Mutex
	statuses map[int]int64
	seconds  histogram // of requests
	batches  histogram // rows of batches
	shared   int64     // requests that were computed with others
}

// histogram counts values up to its bounds.
type histogram struct {
	bounds []float64
	counts []int64 // one more than bounds
	sum    float64
}

func newHistogram(bounds ...float64) histogram {
	return histogram{bounds: bounds, counts: make([]int64, len(bounds)+1)}
}

func (h *histogram) add(v float64) {
	i, _ := slices.BinarySearch(h.bounds, v)
	h.counts[i]++
	h.sum += v
}

// write writes the cumulative counts.
func (h *histogram) write(w io.Writer, name, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s histogram\n", name, help, name)
	n := int64(0)
	for i, b := range h.bounds {
		n += h.counts[i]
		fmt.Fprintf(w, "%s_bucket{le=\"%g\"} %d\n", name, b, n)
	}
	n += h.counts[len(h.bounds)]
	fmt.Fprintf(w, "%s_bucket{le=\"+Inf\"} %d\n%s_sum %g\n%s_count %d\n", name, n, name, h.sum, name, n)
}

func newMetrics() *metrics {
	return &metrics{
		statuses: map[int]int64{},
		seconds:  newHistogram(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
		batches:  newHistogram(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
	}
}

// request counts an answer.
func (m *metrics) request(status int, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.statuses[status]++
	m.seconds.add(took.Seconds())
}

// batchDone counts rows that were computed together, of so many requests.
func (m *metrics) batchDone(rows, requests int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.batches.add(float64(rows))
	if requests > 1 {
		m.shared += int64(requests)
	}
}

func (m *metrics) write(out io.Writer) {
	w := bufio.NewWriter(out)
	defer w.Flush()
	m.mu.Lock()
	defer m.mu.Unlock()
	fmt.Fprintf(w, "# HELP serve_requests_total Answers by status.\n# TYPE serve_requests_total counter\n")
	for _, status := range slices.Sorted(maps.Keys(m.statuses)) {
		fmt.Fprintf(w, "serve_requests_total{code=\"%d\"} %d\n", status, m.statuses[status])
	}
	fmt.Fprintf(w, "# HELP serve_requests_running Requests that are being answered.\n# TYPE serve_requests_running gauge\nserve_requests_running %d\n", m.running.Load())
	fmt.Fprintf(w, "# HELP serve_requests_shared_total Requests that were computed together with others.\n# TYPE serve_requests_shared_total counter\nserve_requests_shared_total %d\n", m.shared)
	m.seconds.write(w, "serve_request_seconds", "Time from the headers of a request to its answer.")
	m.batches.write(w, "serve_batch_rows", "Rows that were computed together.")
}
