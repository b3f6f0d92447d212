package main

import (
	"fmt"
	"math"

	"nnk/bundle"
	"nnk/bundle/table"
	"nnk/mat"
	"nnk/snnk/encoder"
)

// embedBatch is about how many tokens go through the encoder at a time: enough for products to be fast, and few enough to see
// progress and to stop soon.
const embedBatch = 2048

// embedding is one run of embed.
type embedding struct {
	*call
	*embedFlags
	model  *encoder.Model[float32]
	config encoder.Config
	texts  *encoder.Texts // or
	images *table.Table

	rows, tokens int
	shape        []int
	data         []float32
}

func (e *embedding) close() {
	if e.images != nil {
		e.images.Close()
	}
}

// unit is what a row of the inputs is.
func (e *embedding) unit() string {
	if e.texts != nil {
		return "texts"
	}
	return "images"
}

// inputs checks them all, and makes room for the outputs.
func (e *embedding) inputs(texts *encoder.Texts) error {
	longest := e.config.MaxTokens()
	if texts != nil {
		if e.lengths == "" {
			cutTexts(texts, func(_ int, ids []int32) int {
				n := len(ids)
				for n > 0 && int(ids[n-1]) == e.config.Pad {
					n--
				}
				return n
			})
		}
		if err := e.config.CheckTexts(*texts); err != nil {
			return placed{e.embedFlags.tokens, err}
		}
		e.texts, e.rows, e.tokens, longest = texts, len(texts.Lengths), len(texts.IDs), 0
		for _, n := range texts.Lengths {
			longest = max(longest, n)
		}
	} else {
		x, err := e.openImages()
		if err != nil {
			return err
		}
		e.images, e.rows, e.tokens = x, x.Rows(), x.Rows()*longest
	}
	switch {
	case e.logits:
		e.shape = []int{e.rows, e.config.Classes}
	case e.pool == "none":
		e.shape = []int{e.rows, longest, e.config.Width}
	default:
		e.shape = []int{e.rows, e.config.Width}
	}
	size := 1.0
	for _, n := range e.shape {
		size *= float64(n)
	}
	if err := e.memory.need(4*size, fmt.Sprintf("the vectors of %d %s", e.rows, e.unit()), "give fewer at a time, or take less with -pool"); err != nil {
		return err
	}
	if 4*size > math.MaxInt {
		return fmt.Errorf("the vectors of %d %s are too many for this machine: give fewer at a time", e.rows, e.unit())
	}
	e.data = make([]float32, int(size))
	return nil
}

// run goes through the inputs batch by batch.
func (e *embedding) run() error {
	p := e.progress("embed")
	defer p.end()
	var ws encoder.Workspace[float32]
	token := 0
	for row := 0; row < e.rows; {
		n, tokens := 0, 0
		for ; row+n < e.rows && (n == 0 || tokens+e.length(row+n) <= embedBatch); n++ {
			tokens += e.length(row + n)
		}
		hidden, lengths, err := e.batch(row, n, token, tokens, &ws)
		if err != nil {
			return err
		}
		if err := e.keep(hidden, lengths, row); err != nil {
			return err
		}
		row, token = row+n, token+tokens
		p.step(token, e.tokens)
	}
	return nil
}

// openImages opens the pixels.
func (e *embedding) openImages() (*table.Table, error) {
	x, err := table.Open(e.ctx, e.pixels)
	if err != nil {
		return nil, plain(err)
	}
	if i := e.config.Image; x.Cols() != i.Pixels() {
		x.Close()
		return nil, fmt.Errorf("%s: %d pixels in a row, want %d: %d channels of %d×%d", e.pixels, x.Cols(), i.Pixels(), i.Channels, i.Height, i.Width)
	}
	return x, nil
}

// length is how many tokens an input has.
func (e *embedding) length(row int) int {
	if e.texts != nil {
		return e.texts.Lengths[row]
	}
	return e.config.MaxTokens()
}

// batch gives the vectors of the tokens of n inputs.
func (e *embedding) batch(row, n, token, tokens int, ws *encoder.Workspace[float32]) (*mat.Dense[float32], []int, error) {
	if e.texts != nil {
		t := encoder.Texts{IDs: e.texts.IDs[token : token+tokens], Lengths: e.texts.Lengths[row : row+n]}
		if e.texts.Types != nil {
			t.Types = e.texts.Types[token : token+tokens]
		}
		hidden, err := e.model.Texts(e.ctx, nil, t, ws)
		return hidden, t.Lengths, err
	}
	x := mat.New[float32](n, e.images.Cols())
	if err := bundle.Read(x, e.images, row); err != nil {
		return nil, nil, err
	}
	hidden, err := e.model.Images(e.ctx, nil, x, ws)
	return hidden, e.config.Lengths(n), err
}

// keep makes what is asked for of the vectors of a batch that begins at a row.
func (e *embedding) keep(hidden *mat.Dense[float32], lengths []int, row int) error {
	size := len(e.data) / e.rows
	out := e.data[row*size : (row+len(lengths))*size]
	if !e.logits && e.pool == "none" {
		for i, n := range lengths {
			copy(out[i*size:], hidden.Data()[:n*e.config.Width])
			hidden = hidden.View(n, 0, hidden.Rows()-n, e.config.Width)
		}
	} else {
		dst := mat.Of(len(lengths), size, out)
		switch {
		case e.logits:
			e.model.Logits(dst, encoder.First(nil, hidden, lengths))
		case e.pool == "mean":
			encoder.Mean(dst, hidden, lengths)
		case e.pool == "cls":
			encoder.First(dst, hidden, lengths)
		default:
			e.model.Pooled(dst, encoder.First(nil, hidden, lengths))
		}
	}
	for i, v := range out {
		if v-v != 0 {
			return fmt.Errorf("%s: row %d: an output is %g: the numbers are too large for the encoder", e.embedFlags.tokens+e.pixels, row+i/size, v)
		}
	}
	return nil
}
