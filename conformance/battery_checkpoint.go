package conformance

import (
	"bytes"
	"context"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/checkpoint"
	"nnk/internal/safetensors"
)

func checkpointBattery(d *digest) {
	both(d, checkpointPart[float32], checkpointPart[float64])
}

// checkpointPart covers what is computed of a file's weights: norms folded, adapters added.
func checkpointPart[T asm.Float](d *digest) {
	var w safetensors.Writer
	vector := func(name string, n int, seed inputs, lo, hi float64) {
		safetensors.Add(&w, name, []int{n}, uniform[T](seed, n, lo, hi))
	}
	norm := func(name string, n int, seed inputs) {
		vector(name+".weight", n, seed, -1, 1)
		vector(name+".bias", n, seed+1, -1, 1)
		vector(name+".running_mean", n, seed+2, -1, 1)
		vector(name+".running_var", n, seed+3, 0.1, 2)
	}
	norm("0", 7, 160)
	safetensors.Add(&w, "1.weight_v", []int{11, 7}, uniform[T](164, 77, -1, 1))
	safetensors.Add(&w, "1.weight_g", []int{11, 1}, uniform[T](165, 11, 0.1, 2))
	norm("2", 11, 166)
	safetensors.Add(&w, "4.weight", []int{5, 11}, uniform[T](170, 55, -1, 1))
	safetensors.Add(&w, "4.lora_A", []int{3, 11}, uniform[T](171, 33, -1, 1))
	safetensors.Add(&w, "4.lora_B", []int{5, 3}, uniform[T](172, 15, -1, 1))
	vector("4.bias", 5, 173, -1, 1)
	safetensors.Add(&w, "6.weight_orig", []int{2, 5}, uniform[T](174, 10, -1, 1))
	vector("6.weight_u", 2, 175, -1, 1)
	vector("6.weight_v", 5, 176, -1, 1)
	var b bytes.Buffer
	_, err := w.WriteTo(&b)
	must(d, "WriteTo", err)
	c, err := checkpoint.Read[T](bytes.NewReader(b.Bytes()), int64(b.Len()), checkpoint.Options{LoRAAlpha: 2})
	must(d, "Read", err)
	if err != nil {
		return
	}
	for _, s := range c.Network.Stages() {
		dense := s.(*bundle.Linear[T])
		addMatrix(d, "Read", dense.Weight())
		add(d, "Read", dense.Bias()...)
	}
	x := matrix[T](177, 8, 7)
	y := c.Network.Forward(nil, x, nil)
	for i := range y.Rows() {
		y.Set(i, 1, y.At(i, 1)+T(T(i)/1024))
	}
	difference, err := c.Check(context.Background(), bundle.Matrix(x), bundle.Matrix(y))
	if err == nil {
		must(d, "Check", checkpoint.ErrDiffers)
	}
	add(d, "Check", T(difference.Error), T(difference.Output))
}
