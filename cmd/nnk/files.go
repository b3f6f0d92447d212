package main

import (
	"flag"
	"path/filepath"
	"strings"

	"nnk/internal/atomicfile"
)

// What a command does with the file of a flag.
type fileUse int

const (
	reads fileUse = iota + 1
	writes
)

// fileFlags are the flags that name files, in whatever command.
var fileFlags = map[string]fileUse{
	"model": reads, "x": reads, "y": reads, "x-val": reads, "y-val": reads, "shards": reads, "check": reads,
	"tokens": reads, "lengths": reads, "types": reads, "plan": reads,
	"o": writes, "html": writes, "checkpoint": writes, "report": writes, "onnx": writes, "next": writes,
}

// namedFile is a file as the command line names it.
type namedFile struct{ by, path string }

func (f namedFile) String() string { return f.by + " " + f.path }

// files lists what the command line names to be written, and what to be read.
func (c *call) files() (outputs, inputs []namedFile) {
	c.flags.Visit(func(f *flag.Flag) {
		value := f.Value.String()
		switch {
		case value == f.DefValue: // "": there is to be none
		case fileFlags[f.Name] == writes:
			outputs = append(outputs, namedFile{"-" + f.Name, value})
		case fileFlags[f.Name] == reads:
			for path := range strings.SplitSeq(value, pairSeparator) {
				inputs = append(inputs, matching("-"+f.Name, path)...)
			}
		}
	})
	for _, path := range c.operands {
		inputs = append(inputs, matching("the argument", path)...)
	}
	return outputs, inputs
}

// matching are the files that a name stands for, which may be a pattern.
func matching(by, path string) []namedFile {
	list := []namedFile{{by, path}}
	if !strings.ContainsAny(path, "*?[") {
		return list
	}
	names, err := filepath.Glob(path)
	if err != nil {
		return list // whoever opens it says so
	}
	for _, name := range names {
		list = append(list, namedFile{by, name})
	}
	return list
}

// checkOutputs finds out before the work whether what is to be written can be, and is nothing that the command reads.
func (c *call) checkOutputs() error {
	outputs, inputs := c.files()
	if err := c.keepInputs(inputs); err != nil {
		return err
	}
	for i, o := range outputs {
		for _, other := range outputs[i+1:] {
			if atomicfile.Same(o.path, other.path) {
				return usagef("%s and %s are the same file, which would hold one of the two", o, other)
			}
		}
	}
	for _, o := range outputs {
		if err := atomicfile.Check(o.path); err != nil {
			return plain(err)
		}
	}
	return nil
}

// keepInputs refuses to write what is read.
func (c *call) keepInputs(inputs []namedFile) error {
	outputs, _ := c.files()
	for _, o := range outputs {
		for _, in := range inputs {
			if atomicfile.Same(o.path, in.path) {
				return usagef("%s is the same file as %s, which the command reads: give another", o, in)
			}
		}
	}
	return nil
}
