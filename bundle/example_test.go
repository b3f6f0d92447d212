package bundle_test

import (
	"bytes"
	"context"
	"fmt"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/mat"
)

// A model is fitted to 400 points in closed form, saved, loaded and used.
func Example() {
	x, y := mat.New[float32](400, 2), mat.New[float32](400, 1)
	for i := range 400 {
		a, b := float32(i%20)/10-1, float32(i/20)/10-1
		x.Set(i, 0, a)
		x.Set(i, 1, b)
		y.Set(i, 0, a*b)
	}
	model, _, err := fit.Run[float32](context.Background(), bundle.Matrix(x), bundle.Matrix(y), fit.Options{Task: bundle.Regress, Features: 50})
	if err != nil {
		fmt.Println(err)
		return
	}
	var file bytes.Buffer
	if _, err := model.WriteTo(&file); err != nil {
		fmt.Println(err)
		return
	}
	loaded, err := bundle.ReadModel[float32](bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	out := loaded.Network.Forward(nil, mat.Of(1, 2, []float32{0.5, -0.5}), nil)
	fmt.Printf("%d parameters; 0.5 · −0.5 ≈ %.2f\n", loaded.Network.Params(), out.At(0, 0))
	// Output: 55 parameters; 0.5 · −0.5 ≈ -0.25
}
