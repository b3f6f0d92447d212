package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"nnk/bundle"
	"nnk/bundle/checkpoint"
	"nnk/examples/digits"
	"nnk/mat"
)

// defaults are the options without flags.
func defaults() options {
	var o options
	o.register(flag.NewFlagSet("", flag.ContinueOnError))
	return o
}

// digitsService is one of a network for digits.
func digitsService(t *testing.T, opt options) *service {
	t.Helper()
	file := digits.Narrow34()
	c, err := checkpoint.Read[float32](bytes.NewReader(file), int64(len(file)), checkpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return newService(&bundle.Model[float32]{Network: c.Network, Task: bundle.Outputs}, opt)
}

func post(t *testing.T, url, body string) (status int, text string, header http.Header) {
	t.Helper()
	r, err := http.Post(url+"/predict", "application/json", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, "", nil
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	return r.StatusCode, string(b), r.Header
}

// Requests at the same time get the bits that one call gives, whatever they are computed with, and are counted.
func TestServe(t *testing.T) {
	x, _, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	opt := defaults()
	opt.workers = 1
	s := digitsService(t, opt)
	defer s.close()
	server := httptest.NewServer(s.handler())
	defer server.Close()
	var all sync.WaitGroup
	for k := range 24 {
		all.Go(func() {
			in := x.View(10*k, 0, 1+k%8, digits.Pixels)
			rows := make([][]float32, in.Rows())
			for i := range rows {
				rows[i] = in.Row(i)
			}
			body, err := json.Marshal(rows)
			if err != nil {
				t.Error(err)
				return
			}
			status, text, _ := post(t, server.URL, string(body))
			var got [][]float32
			if err := json.Unmarshal([]byte(text), &got); err != nil || status != 200 || len(got) != in.Rows() {
				t.Errorf("request %d: status %d, %d rows, error %v, want %d rows", k, status, len(got), err, in.Rows())
				return
			}
			want := s.model.Network.Forward(nil, in, nil)
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
	r, err := http.Get(server.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"serve_requests_total{code=\"200\"} 24\n", "serve_requests_running 0\n", "serve_request_seconds_count 24\n", "serve_batch_rows_sum 108\n", "serve_request_seconds_bucket{le=\"+Inf\"} 24\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	line := regexp.MustCompile(`^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]+"\})? [0-9.e+-]+)$`)
	for l := range strings.Lines(string(text)) {
		if !line.MatchString(strings.TrimSuffix(l, "\n")) {
			t.Errorf("no line of the format: %q", l)
		}
	}
}

// What is no list of rows of the right numbers is refused, with a status that says whose fault it is and a text that says where.
func TestRefused(t *testing.T) {
	opt := defaults()
	opt.rows = 3
	s := digitsService(t, opt)
	defer s.close()
	server := httptest.NewServer(s.handler())
	defer server.Close()
	row := func(v string) string { return "[" + strings.Repeat(v+",", digits.Pixels-1) + v + "]" }
	good := row("1")
	for _, c := range []struct {
		body   string
		status int
		says   string
	}{
		{"[" + good + "]", 200, "[["}, {" [\n" + row(" -1.5e-3 ") + "\r, " + good + "]\t", 200, "[["},
		{"", 400, "row 0, byte 0: want '['"}, {"{}", 400, "want '['"}, {"null", 400, "want '['"}, {"[]", 400, "no rows"}, {"[null]", 400, "want '['"},
		{"[[]]", 400, "0 numbers, want 64"}, {"[[1,2]]", 400, "row 0, byte 6: 2 numbers, want 64"}, {"[" + good + ",[1]]", 400, "row 1"},
		{"[" + row(`"a"`) + "]", 400, "want a number"}, {"[" + row("null") + "]", 400, "want a number"}, {"[" + row("true") + "]", 400, "want a number"},
		{"[" + row("01") + "]", 400, "want ']'"}, {"[" + row("+1") + "]", 400, "want a number"}, {"[" + row("1.") + "]", 400, "want a number"}, {"[" + row(".5") + "]", 400, "want a number"},
		{"[" + row("NaN") + "]", 400, "want a number"}, {"[" + row("0x1") + "]", 400, "want ']'"}, {"[" + row("1e999") + "]", 400, "too large"}, {"[" + row("[1]") + "]", 400, "want a number"},
		{"[" + good + "] x", 400, "ends before"}, {"[" + good + "][" + good + "]", 400, "ends before"}, {"[" + good + ",]", 400, "want '['"}, {"[" + good, 400, "want ']'"},
		{"[" + good[:len(good)-1] + ",]]", 400, "more than 64"}, {"[" + row("1") + "," + good + "," + good + "," + good + "]", 400, "more than 3 rows"},
		{"[" + strings.Repeat(" ", 1<<20) + "]", 413, "1048576 bytes"},
		{"[" + row("1e39") + "]", 422, "row 0"}, {"[" + good + "," + row("3e38") + "]", 422, "row 1"},
	} {
		status, text, _ := post(t, server.URL, c.body)
		if status != c.status || !strings.Contains(text, c.says) || len(text) > 3000 {
			t.Errorf("%.40q: status %d, %.200q; want %d, %q", c.body, status, text, c.status, c.says)
		}
	}
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/predict", 405}, {"PUT", "/predict", 405}, {"DELETE", "/predict", 405}, {"POST", "/", 404}, {"POST", "/metrics", 405}, {"GET", "/model", 200}, {"HEAD", "/live", 200}, {"GET", "/ready", 503},
	} {
		r, err := http.NewRequest(c.method, server.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != c.status {
			t.Errorf("%s %s: status %d, want %d", c.method, c.path, answer.StatusCode, c.status)
		}
	}
}

// A request of many rows that are too short is refused before there is memory for the whole ones.
func TestShortRows(t *testing.T) {
	body := []byte("[" + strings.Repeat("[],", 1<<20/3) + "[]]")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := parseRows(body, 64, 1<<20)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "row 0") || after.TotalAlloc-before.TotalAlloc > 1<<16 {
		t.Errorf("error %v, %d bytes allocated", err, after.TotalAlloc-before.TotalAlloc)
	}
}

// A row that the model cannot take fails its own request alone, as does a panic; who does not wait is passed over.
func TestBatch(t *testing.T) {
	s := digitsService(t, defaults())
	s.close()
	q := s.queue
	one := func(v float64) *job {
		x := mat.New[float64](2, digits.Pixels)
		x.Data()[digits.Pixels+28] = v
		return &job{ctx: t.Context(), x: x, done: make(chan struct{})}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	good, bad, other, left := one(1), one(1e300), one(2), one(3)
	left.ctx = gone
	q.run([]*job{good, bad, left, other})
	for _, j := range []*job{good, other} {
		if <-j.done; j.err != nil {
			t.Error(j.err)
			continue
		}
		want := s.model.Network.Forward(nil, narrow(j.x), nil)
		for i, v := range j.y.Clone().Data() {
			if float32(v) != want.Data()[i] {
				t.Errorf("output %d: %g, want %g", i, v, want.Data()[i])
			}
		}
	}
	if <-bad.done; bad.err == nil || !strings.Contains(bad.err.Error(), "row 1 column 28") {
		t.Errorf("a number that is too large: %v", bad.err)
	}
	if <-left.done; left.err != context.Canceled || left.y != nil {
		t.Errorf("a client that is gone: %v, %v", left.err, left.y)
	}
	together := []*job{one(4), one(5)}
	q.run(together)
	for k, j := range together {
		if want := s.model.Network.Forward(nil, narrow(j.x), nil); j.err != nil || j.y.Rows() != 2 || float32(j.y.At(1, 0)) != want.At(1, 0) {
			t.Errorf("job %d of a batch: %v, %v, want %v", k, j.err, j.y, want)
		}
	}
	if s.metrics.shared != 2 {
		t.Errorf("%d requests were computed with others, want 2", s.metrics.shared)
	}
	q.net = nil
	failed := one(1)
	q.run([]*job{failed})
	if _, ok := failed.err.(*panicked); !ok {
		t.Errorf("a panic: %v", failed.err)
	}
	// Jobs that wait fill a batch up to its rows; one that does not fit comes next.
	q = &queue{batch: 5, jobs: make(chan *job, 4)}
	q.jobs <- one(1)
	q.jobs <- one(2)
	first := one(0)
	fits, _ := q.more([]*job{first})
	if fits == nil {
		t.Fatal("a job that fits is left")
	}
	if again, rest := q.more([]*job{first, fits}); again != nil || rest == nil {
		t.Errorf("%v, %v: four rows and two do not fit in five", again, rest)
	}
	if again, rest := q.more([]*job{first}); again != nil || rest != nil {
		t.Errorf("%v, %v: nobody waits", again, rest)
	}
}

func narrow(x *mat.Dense[float64]) *mat.Dense[float32] {
	y := mat.New[float32](x.Rows(), x.Cols())
	for i, v := range x.Data() {
		y.Data()[i] = float32(v)
	}
	return y
}

// started runs a service until stop is called, which returns its error.
func started(t *testing.T, s *service, drain, patience time.Duration) (address string, cancel func(), end <-chan error) {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() { failed <- s.run(ctx, listener, drain, patience) }()
	return listener.Addr().String(), cancel, failed
}

// begin sends a request without the end of its body.
func begin(t *testing.T, address, body string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	fmt.Fprintf(c, "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:len(body)-1])
	return c
}

func status(t *testing.T, c net.Conn) int {
	t.Helper()
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Error(err)
		return 0
	}
	r.Body.Close()
	return r.StatusCode
}

// waitUntil waits for what another goroutine does.
func waitUntil(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 30_000 {
		if ok() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal(what)
}

// At the end, who has begun is answered, and nobody else is.
func TestShutdown(t *testing.T) {
	s := digitsService(t, defaults())
	address, cancel, end := started(t, s, 0, time.Minute)
	waitUntil(t, "not ready", func() bool {
		r, err := http.Get("http://" + address + "/ready")
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == 200
	})
	http.DefaultClient.CloseIdleConnections()
	body := "[[" + strings.Repeat("1,", digits.Pixels-1) + "1]]"
	c := begin(t, address, body)
	waitUntil(t, "the request does not run", func() bool { return s.metrics.running.Load() == 1 })
	cancel()
	waitUntil(t, "it listens on", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	if s.ready.Load() {
		t.Error("it is ready while it ends")
	}
	fmt.Fprint(c, "]")
	if got := status(t, c); got != 200 {
		t.Errorf("status %d of a request that was running", got)
	}
	if err := <-end; err != nil {
		t.Error(err)
	}
}

// Who does not end in time is cut off, and the error says so.
func TestShutdownImpatient(t *testing.T) {
	s := digitsService(t, defaults())
	address, cancel, end := started(t, s, 0, 10*time.Millisecond)
	begin(t, address, "[[1]]")
	waitUntil(t, "the request does not run", func() bool { return s.metrics.running.Load() == 1 })
	cancel()
	if err := <-end; err == nil || !strings.Contains(err.Error(), "did not end") {
		t.Errorf("%v", err)
	}
}

// A body that does not come ends after the time for it, and while as many requests as may run are waiting, more are turned away.
func TestSlowBody(t *testing.T) {
	opt := defaults()
	opt.requests, opt.read = 1, 300*time.Millisecond
	s := digitsService(t, opt)
	address, cancel, end := started(t, s, 0, time.Minute)
	c := begin(t, address, "[[1]]")
	waitUntil(t, "the request does not run", func() bool { return len(s.slots) == 1 })
	if got, text, header := post(t, "http://"+address, "[[1]]"); got != 503 && len(s.slots) == 1 || got == 503 && (header.Get("Retry-After") == "" || !strings.Contains(text, "1 requests are running")) {
		t.Errorf("one too many: status %d, %q, %v", got, text, header)
	}
	if got := status(t, c); got != 408 {
		t.Errorf("slow body: status %d, want 408", got)
	}
	cancel()
	if err := <-end; err != nil {
		t.Error(err)
	}
}

func TestOptions(t *testing.T) {
	if o := defaults(); o.check() != nil {
		t.Error(o.check())
	}
	for _, edit := range []func(o *options){
		func(o *options) { o.body = 0 }, func(o *options) { o.rows = 0 }, func(o *options) { o.requests = -1 }, func(o *options) { o.batch = 0 },
		func(o *options) { o.workers = 0 }, func(o *options) { o.read = 0 }, func(o *options) { o.write = -1 }, func(o *options) { o.idle = 0 },
	} {
		o := defaults()
		if edit(&o); o.check() == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

// What is read is what encoding/json reads, and no more than that.
func FuzzParseRows(f *testing.F) {
	for _, text := range []string{"[[1,2]]", " [ [ -0.5e+3 , 1E-400 ] , [0,0] ] ", "[[1,null]]", "[[1,2]]x", "[[01,2]]", "[[1,2],]", "[[1e309,1]]", "[]"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		x, err := parseRows(text, 2, 100)
		var want [][]*float64
		strict := json.Unmarshal(text, &want) == nil && len(want) > 0 && len(want) <= 100
		for _, row := range want {
			strict = strict && len(row) == 2 && row[0] != nil && row[1] != nil
		}
		if (err == nil) != strict {
			t.Fatalf("%q: %v, encoding/json says %v", text, err, strict)
		}
		if err != nil {
			return
		}
		for i, row := range want {
			for j, v := range row {
				if math.Float64bits(x.At(i, j)) != math.Float64bits(*v) {
					t.Errorf("%q: row %d: %g, want %g", text, i, x.At(i, j), *v)
				}
			}
		}
		var again [][]float64
		if err := json.Unmarshal(formatRows(x, 64), &again); err != nil {
			t.Errorf("%q is written as %q: %v", text, formatRows(x, 64), err)
		}
	})
}

// Outputs that get their units back at the end have all their digits.
func TestUnits(t *testing.T) {
	net := bundle.NewNetwork[float32](bundle.NewScale[float32]([]float64{1e9}, []float64{1}), bundle.NewScale[float32]([]float64{-1e9}, []float64{1}))
	s := newService(&bundle.Model[float32]{Network: net, Task: bundle.Regress}, defaults())
	defer s.close()
	server := httptest.NewServer(s.handler())
	defer server.Close()
	if status, text, _ := post(t, server.URL, "[[1000000001.5],[1000000000.25]]"); status != 200 || text != "[[1.0000000015e+09],[1.00000000025e+09]]\n" {
		t.Errorf("status %d, %q", status, text)
	}
}
