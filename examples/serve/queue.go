package main

import (
	"context"
	"fmt"
	"sync"

	"nnk/bundle"
	"nnk/mat"
)

// queue computes the rows of requests. While all workers are busy, requests wait; the next worker that is free takes as many of
// them as fit in a batch: many rows at once cost less than one by one, and nobody waits for others to come. What a row gives does
// not depend on the rows that it is computed with.
type queue struct {
	net     *bundle.Network[float32]
	batch   int
	jobs    chan *job
	workers sync.WaitGroup
	metrics *metrics
}

// job are the rows of a request, and what became of them when done is closed.
type job struct {
	ctx  context.Context
	x, y *mat.Dense[float64]
	err  error
	done chan struct{}
}

func newQueue(net *bundle.Network[float32], opt options, m *metrics) *queue {
	q := &queue{net: net, batch: opt.batch, jobs: make(chan *job, opt.requests), metrics: m}
	for range opt.workers {
		q.workers.Go(q.work)
	}
	return q
}

func (q *queue) close() {
	close(q.jobs)
	q.workers.Wait()
}

// compute returns the outputs for the rows of x, unless ctx ends before.
func (q *queue) compute(ctx context.Context, x *mat.Dense[float64]) (*mat.Dense[float64], error) {
	j := &job{ctx: ctx, x: x, done: make(chan struct{})}
	select {
	case q.jobs <- j:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case <-j.done:
		return j.y, j.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// work computes batches until the queue is closed.
func (q *queue) work() {
	var batch []*job
	var left *job // that did not fit
	for {
		batch, left = batch[:0], nil
		j, ok := <-q.jobs
		if !ok {
			return
		}
		for j != nil {
			batch = append(batch, j)
			j, left = q.more(batch)
		}
		q.run(batch)
		if left != nil {
			q.run([]*job{left})
		}
	}
}

// more returns a job that waits and fits in the batch, or that waits and does not fit.
func (q *queue) more(batch []*job) (fits, left *job) {
	rows := 0
	for _, j := range batch {
		rows += j.x.Rows()
	}
	if rows >= q.batch {
		return nil, nil
	}
	select {
	case j := <-q.jobs: // nil if the queue is closed
		if j != nil && rows+j.x.Rows() > q.batch {
			return nil, j
		}
		return j, nil
	default:
		return nil, nil
	}
}

// run computes jobs together, or one by one if together they fail: the fault is that of one of them.
func (q *queue) run(batch []*job) {
	waiting := batch[:0:0]
	for _, j := range batch {
		if j.err = j.ctx.Err(); j.err != nil {
			close(j.done)
			continue
		}
		waiting = append(waiting, j)
	}
	if len(waiting) == 0 {
		return
	}
	if len(waiting) > 1 && q.forward(waiting) != nil {
		for _, j := range waiting {
			q.run([]*job{j})
		}
		return
	}
	if len(waiting) == 1 {
		waiting[0].err = q.forward(waiting)
	}
	for _, j := range waiting {
		close(j.done)
	}
}

// panicked is the error of a computation that panicked.
type panicked struct{ value any }

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// forward sets the outputs of jobs.
func (q *queue) forward(batch []*job) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{v}
		}
	}()
	x := batch[0].x
	if len(batch) > 1 {
		rows := 0
		for _, j := range batch {
			rows += j.x.Rows()
		}
		x = mat.New[float64](rows, q.net.In())
		at := 0
		for _, j := range batch {
			x.View(at, 0, j.x.Rows(), x.Cols()).Copy(j.x)
			at += j.x.Rows()
		}
	}
	y := mat.New[float64](x.Rows(), q.net.Out())
	// Not the context of a request: others would end with it.
	err = q.net.Predict(context.Background(), bundle.Matrix(x), func(block *mat.Dense[float64], row int) error {
		y.View(row, 0, block.Rows(), block.Cols()).Copy(block)
		return nil
	})
	if err != nil {
		return fmt.Errorf("numbers that the model cannot take: %w", err)
	}
	at := 0
	for _, j := range batch {
		j.y = y.View(at, 0, j.x.Rows(), y.Cols())
		at += j.x.Rows()
	}
	q.metrics.batchDone(x.Rows(), len(batch))
	return nil
}
