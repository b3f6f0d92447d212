// Command serve answers requests with a fitted model, loaded once. README.md says what it does and how fast.
//
//	go run ./examples/serve model.safetensors
//	curl -d '[[0, 0, 5, …]]' localhost:8080/predict
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"nnk/bundle"
)

func main() {
	opt := options{}
	address := flag.String("address", "localhost:8080", "`host:port` to listen on")
	drain := flag.Duration("drain", 0, "`time` between the signal to end, from which on /ready says no, and the end of listening, for whoever distributes requests to notice")
	patience := flag.Duration("patience", 20*time.Second, "`time` that running requests have to end after that")
	opt.register(flag.CommandLine)
	flag.Parse()
	if flag.NArg() != 1 || opt.check() != nil {
		fmt.Fprintln(os.Stderr, "usage: serve [flags] MODEL.safetensors")
		flag.PrintDefaults()
		os.Exit(2)
	}
	if err := serve(*address, flag.Arg(0), opt, *drain, *patience); err != nil {
		log.Fatal(err)
	}
}

// serve answers requests until a signal ends it.
func serve(address, path string, opt options, drain, patience time.Duration) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	model, err := bundle.Load[float32](path)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	log.Printf("%s: %d inputs, %d outputs, on http://%s", path, model.Network.In(), model.Network.Out(), listener.Addr())
	return newService(model, opt).run(ctx, listener, drain, patience)
}

// run answers the requests of a listener until ctx ends, and those that are running then.
func (s *service) run(ctx context.Context, listener net.Listener, drain, patience time.Duration) error {
	server := &http.Server{
		Handler: s.handler(),
		// A client that sends or reads slowly, or nothing, holds what it has no longer than this.
		ReadHeaderTimeout: s.opt.read,
		ReadTimeout:       s.opt.read,
		WriteTimeout:      s.opt.read + s.opt.write,
		IdleTimeout:       s.opt.idle,
		MaxHeaderBytes:    16 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	s.ready.Store(true)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.ready.Store(false)
	time.Sleep(drain)
	wait, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := server.Shutdown(wait)
	if err != nil {
		server.Close()
		err = fmt.Errorf("some requests did not end in %v: %w", patience, err)
	}
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err == nil { // else handlers may still put rows in the queue
		s.close()
	}
	return err
}
