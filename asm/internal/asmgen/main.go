// Command asmgen writes the assembly of the elementwise functions of package asm,
// and the Go file that chooses among them. Each function is described once, in
// functions.go, as operations on vectors; the description is turned into AVX2,
// AVX-512 and NEON code for both element types, and into the page ARITHMETIC.md, which
// tells those who write a port the steps.
//
//	go generate ./asm
package main

import (
	"fmt"
	"go/format"
	"log"
	"os"
	"path/filepath"
)

func main() {
	files, err := generate()
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// generate returns the text of every file, by name.
func generate() (map[string]string, error) {
	var list, list512 []*program
	for _, f := range functions() {
		for _, bits := range []int{32, 64} {
			list = append(list, f.program(bits, false))
			list512 = append(list512, f.program(bits, true))
		}
	}
	files := map[string]string{}
	for _, f := range functions() {
		if f.byHand {
			continue
		}
		for _, t := range targets {
			name := fmt.Sprintf("%s_%s_amd64.s", lower(f.name), lower(t.name))
			if t.avx512 {
				files[name] = file(f.name, t, list512)
			} else {
				files[name] = file(f.name, t, list)
			}
		}
	}
	for _, f := range functions() {
		files[lower(f.name)+"_arm64.s"] = neonFile(f.name, list)
	}
	for name, text := range map[string]string{"amd64": dispatch("amd64", list), "arm64": dispatch("arm64", list), "noasm": withoutAssembly(list)} {
		src, err := format.Source([]byte(text))
		if err != nil {
			return nil, err
		}
		files["elementwise_"+name+".go"] = string(src)
	}
	page, err := text()
	if err != nil {
		return nil, err
	}
	files[textFile] = page
	return files, nil
}

// program describes the function for one element type, with AVX-512 or for the
// other sets.
func (f function) program(bits int, avx512 bool) *program {
	p := &program{name: f.name, bits: bits, inputs: f.inputs, params: len(f.params), byHand: f.byHand, avx512: avx512, generic: fmt.Sprintf("%sGeneric%d", f.name, bits), consts: map[uint64]value{}}
	if f.shared {
		p.generic = f.name + "Generic"
	}
	p.groups = f.groups
	f.body(p)
	for _, i := range p.code {
		if i.op == opStore {
			p.outputs = max(p.outputs, int(i.imm)+1)
		}
	}
	switch {
	case p.groups:
		p.outputs, p.args = 1, []string{"dst", "words"}
	case p.outputs == 3:
		p.args = []string{"wNew", "mNew", "vNew", "w", "m", "v", "grad"}
	case p.outputs == 2:
		p.args = []string{"sin", "cos", "x"}
	case p.inputs == 4:
		p.args = []string{"dst", "x", "factor", "square", "shift"}
	case p.inputs == 2 && p.params == 0:
		p.args = []string{"dst", "x", "y"}
	case p.inputs == 2:
		p.args = []string{"dst", "x", "bias"}
	default:
		p.args = []string{"dst", "x"}
	}
	p.args = append(p.args, f.params...)
	if p.groups {
		p.doc = fmt.Sprintf("See %s; n blocks or, for float32, pairs of words.", p.generic)
		return p
	}
	p.doc = fmt.Sprintf("The elements of %s up to the first vector with one that only that form\nhandles; it returns how many were done.", p.generic)
	return p
}

// lower makes a file name of a function's.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return filepath.Base(string(b))
}
