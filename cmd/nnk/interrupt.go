package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// interruption is the cause of a context that a signal ended.
type interruption struct{ signal syscall.Signal }

func (i interruption) Error() string { return "stopped by " + i.signal.String() }

// Is makes an interruption the end of a context for whoever does not know signals.
func (i interruption) Is(target error) bool { return target == context.Canceled }

// code is the exit code by which a shell sees which signal ended a program.
func (i interruption) code() int { return 128 + int(i.signal) }

// interruptible returns a context that the first SIGINT, SIGTERM or SIGHUP ends, with an [interruption]
// as its cause. The second ends the process, as if nobody had waited for the first. Those that the process was started to
// ignore, as nohup does, stay ignored.
func interruptible() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	go func() {
		s := <-signals
		signal.Stop(signals)
		number, _ := s.(syscall.Signal)
		cancel(interruption{number})
	}()
	return ctx
}

// interrupted returns the interruption that ended ctx, if err is the end of ctx.
func interrupted(ctx context.Context, err error) (i interruption, ok bool) {
	if err == nil || ctx.Err() == nil {
		return i, false
	}
	return i, errors.Is(err, context.Canceled) && errors.As(context.Cause(ctx), &i)
}

// stopped returns the interruption of a command whose work is not given its context.
func (c *call) stopped() error { return context.Cause(c.ctx) }
