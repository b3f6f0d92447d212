// Command compress replaces a ReLU network, stored as PyTorch's safetensors
// stores it, by random features and one matrix fitted to the network's outputs:
//
//	go run ./examples/compress network.safetensors x.npy model.safetensors
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"nnk/bundle"
	"nnk/bundle/checkpoint"
	"nnk/bundle/fit"
	"nnk/bundle/table"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: compress NETWORK.safetensors X.npy OUT.safetensors")
	}
	if err := compress(os.Stdout, os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func compress(w io.Writer, network, xPath, out string) error {
	c, err := checkpoint.Open[float32](network, checkpoint.Options{})
	if err != nil {
		return err
	}
	net := c.Network
	x, err := table.Open(context.Background(), xPath)
	if err != nil {
		return err
	}
	defer x.Close()
	model, _, err := fit.Run[float32](context.Background(), x, bundle.OutputsOf(net, x), fit.Options{Features: 256})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d parameters replaced by %d\n", net.Params(), model.Network.Params())
	return model.Save(out)
}
