// Command fit trains a classifier in closed form from two .npy (or .csv) files, streaming
// their rows:
//
//	go run ./examples/fit x.npy y.npy model.safetensors
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/bundle/table"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: fit X.npy Y.npy OUT.safetensors")
	}
	if err := run(os.Stdout, os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer, xPath, yPath, out string) error {
	x, err := table.Open(context.Background(), xPath)
	if err != nil {
		return err
	}
	defer x.Close()
	classes, err := table.Open(context.Background(), yPath)
	if err != nil {
		return err
	}
	defer classes.Close()
	labels, err := classes.Labels(nil, 0, table.MissingFails)
	if err != nil {
		return err
	}
	y := bundle.OneHot(labels.Class, labels.Count)
	model, report, err := fit.Run[float32](context.Background(), x, y, fit.Options{Task: bundle.Classify, Classes: labels.Names, Features: 128})
	if err != nil {
		return err
	}
	model.LabelType = labels.Type
	fmt.Fprintf(w, "%d rows, %d features selected from %d, %d parameters\n", report.Rows, report.Features, report.Pool, model.Network.Params())
	return model.Save(out)
}
