package main

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"nnk/internal/safetensors"
)

func inspect(c *call) error {
	if err := c.parse(1); err != nil {
		return err
	}
	path := c.flags.Arg(0)
	r, err := os.Open(path)
	if err != nil {
		return plain(err)
	}
	defer r.Close()
	info, err := r.Stat()
	if err != nil {
		return plain(err)
	}
	f, err := safetensors.Open(r, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if c.json {
		type tensor struct {
			Name   string  `json:"name"`
			DType  string  `json:"dtype"`
			Shape  []int64 `json:"shape"`
			Offset int64   `json:"offset"`
			Bytes  int64   `json:"bytes"`
		}
		list := make([]tensor, len(f.Tensors))
		for i, t := range f.Tensors {
			list[i] = tensor{t.Name, t.DType, append([]int64{}, t.Shape...), t.Offset, t.Bytes}
		}
		return printJSON(c.stdout, map[string]any{"file_bytes": info.Size(), "metadata": f.Metadata, "tensors": list})
	}
	t := &listing{}
	for _, key := range slices.Sorted(maps.Keys(f.Metadata)) {
		fmt.Fprintf(c.stdout, "%s: %s\n", key, f.Metadata[key])
	}
	if len(f.Metadata) > 0 {
		fmt.Fprintln(c.stdout)
	}
	t.add("tensor", "type", "elements", "bytes", "at byte")
	for _, x := range f.Tensors {
		t.add(x.Name, x.String(), thousands(x.Len()), thousands(int(x.Bytes)), thousands(int(x.Offset)))
	}
	t.print(c.stdout)
	fmt.Fprintf(c.stdout, "\n%s bytes\n", thousands(int(info.Size())))
	return nil
}
