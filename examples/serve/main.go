// Command serve answers requests with a fitted model, loaded once:
//
//	go run ./examples/serve model.safetensors
//	curl -d '[[0, 0, 5, …]]' localhost:8080
//
// The body is a JSON list of rows, the answer a list of outputs. An interrupt lets
// running requests end.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"time"

	"nnk/bundle"
	"nnk/mat"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: serve MODEL.safetensors")
	}
	model, err := bundle.Load[float32](os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	server := &http.Server{Addr: "localhost:8080", Handler: newHandler(model.Network), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		wait, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		done <- server.Shutdown(wait)
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	if err := <-done; err != nil {
		log.Fatal(err)
	}
}

// maxBody is the longest request.
const maxBody = 1 << 20

// handler is used by many goroutines: the network is safe for that with a
// workspace for each.
type handler struct {
	net        *bundle.Network[float32]
	workspaces sync.Pool
}

func newHandler(net *bundle.Network[float32]) *handler {
	return &handler{net, sync.Pool{New: func() any { return new(bundle.Workspace[float32]) }}}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var rows [][]float32
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&rows); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for i, row := range rows { // all of them first: a request of many empty rows gets no memory for them
		if len(row) != h.net.In() {
			http.Error(w, fmt.Sprintf("row %d has %d numbers, want %d", i, len(row), h.net.In()), http.StatusBadRequest)
			return
		}
	}
	x := mat.New[float32](len(rows), h.net.In())
	for i, row := range rows {
		copy(x.Row(i), row)
	}
	ws := h.workspaces.Get().(*bundle.Workspace[float32])
	y := h.net.Forward(nil, x, ws)
	h.workspaces.Put(ws)
	out := make([][]float32, y.Rows())
	for i := range out {
		out[i] = y.Row(i)
	}
	text, err := json.Marshal(out)
	if err != nil { // numbers so large that an output is infinite
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := w.Write(text); err != nil {
		log.Print(err)
	}
}
