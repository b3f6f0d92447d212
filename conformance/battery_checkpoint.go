package conformance

import (
	"bytes"
	"context"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/checkpoint"
	"nnk/internal/safetensors"
	"nnk/urf"
)

// rowwisePart covers the stages without a matrix.
func rowwisePart[T asm.Float](d *digest) {
	tanh, err := urf.ActivationByName("tanh")
	must(d, "tanh", err)
	x := matrix[T](151, 9, 37)
	for _, s := range []bundle.Stage[T]{
		bundle.NewLayerNorm(uniform[T](152, 37, -1, 2), uniform[T](153, 37, -1, 1), 1e-3),
		bundle.NewPReLU(uniform[T](154, 37, -1, 1)),
		bundle.NewActivation[T](37, tanh),
		bundle.NewSoftmax[T](37, false),
		bundle.NewSoftmax[T](37, true),
	} {
		addMatrix(d, "Rowwise", s.Forward(nil, x, nil))
	}
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
	must(d, "checkpoint.Read", err)
	if err != nil {
		return
	}
	for _, s := range c.Network.Stages() {
		dense := s.(*bundle.Linear[T])
		addMatrix(d, "checkpoint.Read", dense.Weight())
		add(d, "checkpoint.Read", dense.Bias()...)
	}
	x := matrix[T](177, 8, 7)
	y := c.Network.Forward(nil, x, nil)
	for i := range y.Rows() {
		y.Set(i, 1, y.At(i, 1)+T(i)/1024)
	}
	difference, err := c.Check(context.Background(), bundle.Matrix(x), bundle.Matrix(y))
	if err == nil {
		must(d, "Check", checkpoint.ErrDiffers)
	}
	add(d, "checkpoint.Check", T(difference.Error), T(difference.Output))
}
