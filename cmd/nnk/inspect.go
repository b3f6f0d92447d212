package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nnk/internal/fault"
	"nnk/internal/onnx"
	"nnk/internal/safetensors"
	"nnk/rng/ortho"
)

func inspect(c *call) error {
	if err := c.parse(1, 1); err != nil {
		return err
	}
	path := c.operands[0]
	r, err := os.Open(path)
	if err != nil {
		return plain(err)
	}
	defer r.Close()
	info, err := r.Stat()
	if err != nil {
		return plain(err)
	}
	switch {
	case strings.HasSuffix(path, ".onnx"):
		err = inspectGraph(c, r, info.Size())
	case strings.HasSuffix(path, ".index.json"):
		err = inspectIndex(c, r, path)
	default:
		err = inspectTensors(c, r, info.Size())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// inspectTensors lists the metadata and tensors of a safetensors file.
func inspectTensors(c *call, r io.ReaderAt, size int64) error {
	f, err := safetensors.Open(r, size)
	if err != nil {
		return err
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
		return printJSON(c.stdout, map[string]any{"file_bytes": size, "metadata": f.Metadata, "tensors": list})
	}
	printMetadata(c.stdout, f.Metadata)
	t := &listing{}
	t.add("tensor", "type", "elements", "bytes", "at byte")
	for _, x := range f.Tensors {
		t.add(fault.Name(x.Name), fault.Name(x.String()), thousands(x.Len()), thousands(int(x.Bytes)), thousands(int(x.Offset)))
	}
	t.print(c.stdout)
	fmt.Fprintf(c.stdout, "\n%s bytes\n", thousands(int(size)))
	if strings.Contains(f.Metadata["nnk.stages"], " on "+ortho.Pursuit.String()+"(") {
		fmt.Fprintln(c.stdout, "directions are sums of atoms: a matrix of them is made once, when the model is loaded")
	}
	return nil
}

// namesOf joins names for the listing.
func namesOf(names []string, between string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = fault.Name(name)
	}
	return strings.Join(list, between)
}

func printMetadata(w io.Writer, metadata map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		fmt.Fprintf(w, "%s: %s\n", fault.Name(key), fault.Name(metadata[key]))
	}
	if len(metadata) > 0 {
		fmt.Fprintln(w)
	}
}

// inspectIndex lists the files of a checkpoint in shards, and which of them holds each tensor.
func inspectIndex(c *call, r io.Reader, path string) error {
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	const most = 64 << 20
	if err := json.NewDecoder(io.LimitReader(r, most)).Decode(&index); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	if c.json {
		return printJSON(c.stdout, map[string]any{"weight_map": index.WeightMap})
	}
	t := &listing{}
	t.add("tensor", "file")
	for _, name := range slices.Sorted(maps.Keys(index.WeightMap)) {
		t.add(fault.Name(name), fault.Name(index.WeightMap[name]))
	}
	t.print(c.stdout)
	files := slices.Compact(slices.Sorted(maps.Values(index.WeightMap)))
	fmt.Fprintf(c.stdout, "\n%d tensors in %d files beside %s\n", len(index.WeightMap), len(files), filepath.Base(path))
	return nil
}

// inspectGraph lists the nodes and constants of an ONNX file.
func inspectGraph(c *call, r io.ReaderAt, size int64) error {
	b, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil {
		return err
	}
	m, err := onnx.Parse(b)
	if err != nil {
		return err
	}
	if c.json {
		type node struct {
			Name    string   `json:"name"`
			Type    string   `json:"type"`
			Inputs  []string `json:"inputs"`
			Outputs []string `json:"outputs"`
		}
		type constant struct {
			Name  string  `json:"name"`
			DType string  `json:"dtype"`
			Shape []int64 `json:"shape"`
		}
		nodes, constants := []node{}, []constant{}
		for _, n := range m.Graph.Nodes {
			nodes = append(nodes, node{n.Name, n.Type, n.Inputs, n.Outputs})
		}
		for _, t := range m.Graph.Constants {
			constants = append(constants, constant{t.Name, t.Type.String(), append([]int64{}, t.Dims...)})
		}
		return printJSON(c.stdout, map[string]any{"file_bytes": size, "metadata": m.Metadata, "nodes": nodes, "constants": constants})
	}
	printMetadata(c.stdout, m.Metadata)
	t := &listing{}
	t.add("node", "type", "inputs", "outputs")
	for _, n := range m.Graph.Nodes {
		t.add(fault.Name(n.Name), fault.Name(n.Type), namesOf(n.Inputs, " "), namesOf(n.Outputs, " "))
	}
	t.print(c.stdout)
	fmt.Fprintln(c.stdout)
	t = &listing{}
	t.add("constant", "type")
	for _, x := range m.Graph.Constants {
		t.add(fault.Name(x.Name), fmt.Sprintf("%s %s", x.Type, strings.ReplaceAll(fmt.Sprint(x.Dims), " ", "×")))
	}
	t.print(c.stdout)
	fmt.Fprintf(c.stdout, "\n%s bytes\n", thousands(int(size)))
	return nil
}
