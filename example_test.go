package nnk_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/examples/digits"
)

// The whole path: fit a classifier to data in one pass, save it, load it, use it.
func Example() {
	x, y, err := digits.Load() // 1797×64 pixels, classes 0 to 9
	if err != nil {
		log.Fatal(err)
	}
	train, test := x.View(0, 0, 1297, 64), x.View(1297, 0, 500, 64)
	model, _, err := fit.Run[float32](context.Background(), bundle.Matrix(train), bundle.OneHot(y[:1297], 10),
		fit.Options{Task: bundle.Classify, Features: 64, Pool: 64})
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "nnk")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "digits.safetensors")
	if err := model.Save(path); err != nil {
		log.Fatal(err)
	}
	if model, err = bundle.Load[float32](path); err != nil {
		log.Fatal(err)
	}
	right := 0
	for i, label := range bundle.Labels(nil, model.Network.Forward(nil, test, nil)) {
		if label == y[1297+i] {
			right++
		}
	}
	fmt.Printf("%d of 500 digits by other writers\n", right)
	// Output: 451 of 500 digits by other writers
}
