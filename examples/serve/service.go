package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"nnk/bundle"
	"nnk/bundle/table"
	"nnk/mat"
)

// options bound what requests can take.
type options struct {
	body              int64         // bytes of a request
	rows              int           // of a request
	requests          int           // that are answered at the same time; more are turned away
	batch             int           // rows of different requests that are computed together
	workers           int           // batches that are computed at the same time
	unseen            string        // what becomes of texts that the model does not know: error or zero
	read, write, idle time.Duration // see [http.Server]
}

func (o *options) register(f *flag.FlagSet) {
	f.Int64Var(&o.body, "body", 1<<20, "most `bytes` of a request")
	f.IntVar(&o.rows, "rows", 4096, "most `rows` of a request")
	f.IntVar(&o.requests, "requests", 128, "most `requests` at the same time; the rest get status 503")
	f.IntVar(&o.batch, "batch", 256, "most `rows` of different requests that are computed together")
	f.IntVar(&o.workers, "workers", runtime.GOMAXPROCS(0), "`batches` that are computed at the same time")
	f.StringVar(&o.unseen, "unseen", "error", "what to do about a text that its column did not have when the model was fitted: error, or zero, which is none of its levels")
	f.DurationVar(&o.read, "read", 10*time.Second, "`time` to send a request")
	f.DurationVar(&o.write, "write", 10*time.Second, "`time` to compute and read an answer")
	f.DurationVar(&o.idle, "idle", time.Minute, "`time` that a connection may be without requests")
}

func (o *options) check() error {
	if o.body < 1 || o.rows < 1 || o.requests < 1 || o.batch < 1 || o.workers < 1 || o.read <= 0 || o.write <= 0 || o.idle <= 0 {
		return errors.New("limits must be positive")
	}
	if _, ok := unseen[o.unseen]; !ok {
		return errors.New("want error or zero")
	}
	return nil
}

// unseen are the words of the option.
var unseen = map[string]table.Unseen{"error": table.UnseenFails, "zero": table.UnseenZero}

// service is a model that answers requests.
type service struct {
	opt     options
	model   *bundle.Model[float32]
	queue   *queue
	slots   chan struct{} // one for each request that may run
	metrics *metrics
	ready   atomic.Bool
}

func newService(model *bundle.Model[float32], opt options) *service {
	s := &service{opt: opt, model: model, slots: make(chan struct{}, opt.requests), metrics: newMetrics()}
	s.queue = newQueue(model.Network, opt, s.metrics)
	return s
}

// close ends the workers. No request may run or come.
func (s *service) close() { s.queue.close() }

// handler is used by many goroutines. Other methods than those named get status 405.
func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /predict", s.predict)
	mux.HandleFunc("GET /model", s.describe)
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "yes\n") })
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) {
		if !s.ready.Load() {
			http.Error(w, "no", http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, "yes\n")
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		s.metrics.write(w)
	})
	return mux
}

// describe tells what the model reads and gives.
func (s *service) describe(w http.ResponseWriter, _ *http.Request) {
	about := map[string]any{"inputs": s.model.Network.In(), "outputs": s.model.Network.Out(), "task": s.model.Task, "classes": s.model.Classes}
	if s.model.Schema != nil {
		about["schema"] = json.RawMessage(s.model.Schema.String())
	}
	text, err := json.Marshal(about)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(text)
}

// predict answers a list of rows with a list of outputs, the numbers that nnk predict writes.
func (s *service) predict(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	s.metrics.running.Add(1)
	defer s.metrics.running.Add(-1)
	// Before the body is read and until the answer is: so much memory is taken at most.
	text, status, err := []byte(nil), http.StatusServiceUnavailable, fmt.Errorf("%d requests are running, come again later", cap(s.slots))
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
		text, status, err = s.answer(w, r)
	default:
	}
	s.metrics.request(status, time.Since(start))
	if err != nil {
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "1")
		}
		http.Error(w, err.Error(), status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	if _, err := w.Write(text); err != nil {
		log.Print(err)
	}
}

// rows reads rows of a body: lists of the model's inputs or, if it was made from a table with names, objects by these.
func (s *service) rows(body []byte) (*mat.Dense[float64], error) {
	switch {
	case !isNamed(body):
		return parseRows(body, s.model.Network.In(), s.opt.rows)
	case s.model.Schema == nil:
		return nil, fmt.Errorf("row 0: the model knows no names of columns: send rows as lists of %d numbers", s.model.Network.In())
	}
	return parseNamed(body, s.model.Schema, unseen[s.opt.unseen], s.opt.rows)
}

// bits is the size of the numbers that the outputs are: float64 where they get their units back at the end.
func (s *service) bits() int {
	stages := s.model.Network.Stages()
	if _, ok := stages[len(stages)-1].(*bundle.Scale[float32]); ok {
		return 64
	}
	return 32
}

// statusGone is the status of a request whose client did not wait, as nginx counts it.
const statusGone = 499

// answer computes the text of an answer, or its status and error.
func (s *service) answer(w http.ResponseWriter, r *http.Request) (text []byte, status int, err error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.opt.body))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("more than %d bytes: send fewer rows at a time", large.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, http.StatusRequestTimeout, fmt.Errorf("the body did not come in %v", s.opt.read)
	case err != nil:
		return nil, http.StatusBadRequest, fmt.Errorf("the body cannot be read: %w", err)
	}
	rows, err := s.rows(body)
	switch {
	case errors.Is(err, table.ErrUnseen):
		return nil, http.StatusUnprocessableEntity, err
	case err != nil:
		return nil, http.StatusBadRequest, err
	}
	outputs, err := s.queue.compute(r.Context(), rows)
	var failed *panicked
	switch {
	case errors.As(err, &failed):
		log.Print(err)
		return nil, http.StatusInternalServerError, errors.New("the model failed")
	case r.Context().Err() != nil:
		return nil, statusGone, r.Context().Err()
	case err != nil:
		return nil, http.StatusUnprocessableEntity, err
	}
	return formatRows(outputs, s.bits()), http.StatusOK, nil
}
