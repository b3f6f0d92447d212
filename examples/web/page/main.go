//go:build js && wasm

// Command page is what the page runs: the network, called by its script.
package main

import (
	"bytes"
	"syscall/js"
	"time"

	"nnk/bundle"
	"nnk/examples/web/pen"
	"nnk/mat"
)

// repeats predictions are timed together: a browser's clock is coarse.
const repeats = 32

func main() {
	file := js.Global().Get("modelFile")
	b := make([]byte, file.Length())
	js.CopyBytesToGo(b, file)
	model, err := bundle.ReadModel[float32](bytes.NewReader(b), int64(len(b)))
	if err != nil {
		js.Global().Call("ready", err.Error())
		return
	}
	x, y := mat.New[float32](1, model.Network.In()), mat.New[float32](1, model.Network.Out())
	var ws bundle.Workspace[float32]
	// classify takes the points of strokes, x, y, x, y, …, with −1, −1 after each stroke. It returns the pixels, the scores and the
	// milliseconds that a prediction takes.
	js.Global().Set("classify", js.FuncOf(func(_ js.Value, args []js.Value) any {
		pen.Draw(x.Row(0), strokes(args[0]))
		start := time.Now()
		for range repeats {
			model.Network.Forward(y, x, &ws)
		}
		spent := time.Since(start).Seconds() * 1000 / repeats
		return []any{list(x.Row(0)), list(y.Row(0)), spent}
	}))
	js.Global().Call("ready", js.Null())
	select {} // for the calls
}

func strokes(points js.Value) [][]pen.Point {
	var all [][]pen.Point
	var s []pen.Point
	for i := 0; i+1 < points.Length(); i += 2 {
		p := pen.Point{X: points.Index(i).Float(), Y: points.Index(i + 1).Float()}
		if p.X < 0 {
			all, s = append(all, s), nil
			continue
		}
		s = append(s, p)
	}
	return append(all, s)
}

func list(v []float32) []any {
	l := make([]any, len(v))
	for i, x := range v {
		l[i] = x
	}
	return l
}
