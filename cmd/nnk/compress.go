package main

import (
	"fmt"
	"os"

	"nnk/bundle"
)

func compress(c *call) error {
	var f features
	model := c.flags.String("model", "", "safetensors `file` with the network's dense layers")
	layers := c.flags.String("layers", "auto:relu", "`SPEC` of the layers: NAME:ACT,NAME:ACT,… or auto:ACT")
	in := c.flags.String("x", "", "inputs, n×d, .npy or .csv `file`")
	truth := c.flags.String("y", "", "labels or targets to fit instead of the network's own outputs, .npy or .csv `file`")
	method := c.flags.String("method", "closed-form", "closed-form")
	out := c.flags.String("o", "", "model `file` to write")
	f.register(c)
	if err := c.parse(0, "model", "x", "o"); err != nil {
		return err
	}
	if *method != "closed-form" {
		return usagef("-method %s: want closed-form", *method)
	}
	if err := f.check(); err != nil {
		return err
	}
	net, err := readNetwork(*model, *layers)
	if err != nil {
		return err
	}
	x, err := openRows(*in, 0)
	if err != nil {
		return err
	}
	defer x.Close()
	if x.Cols() != net.In() {
		return fmt.Errorf("%s: %d columns, but the network reads %d", *in, x.Cols(), net.In())
	}
	var targets bundle.Source[float32] = bundle.OutputsOf(net, x)
	f.opt.Task = bundle.Outputs
	if *truth != "" {
		y, err := openRows(*truth, x.Rows())
		if err != nil {
			return err
		}
		defer y.Close()
		if targets, err = f.targets(y, "auto"); err != nil {
			return err
		}
		if targets.Cols() != net.Out() {
			return fmt.Errorf("%s: %d classes or columns, but the network has %d outputs", *truth, targets.Cols(), net.Out())
		}
	}
	return f.fitTo(c, x, targets, *out)
}

func readNetwork(path, layers string) (*bundle.Network[float32], error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, plain(err)
	}
	defer r.Close()
	info, err := r.Stat()
	if err != nil {
		return nil, plain(err)
	}
	net, err := bundle.ReadNetwork[float32](r, info.Size(), layers)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return net, nil
}
