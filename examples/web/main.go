// Command web writes a page that reads digits, drawn with a mouse or a finger:
//
//	go run ./examples/web digits.html
//
// The page is one file with all that it needs, the network of page/ as WebAssembly and the model, and works from a disk
// without a network. The model was made of the digits of examples/digits and copies of them that warp.py bends:
//
//	zcat examples/digits/data/digits.csv.gz | python3 examples/web/warp.py
//	go run ./cmd/nnk fit -x x.csv -y y.csv -features 1024 -loss cross-entropy -o examples/web/digits.safetensors
package main

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

var (
	//go:embed index.html
	page string
	//go:embed digits.safetensors
	model []byte
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: web PAGE.html")
	}
	if err := write(os.Stdout, os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

// write builds the program and writes the page with it.
func write(w io.Writer, path string) error {
	wasm, err := build()
	if err != nil {
		return err
	}
	root, err := output("env", "GOROOT")
	if err != nil {
		return err
	}
	glue, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(wasm); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	html := strings.NewReplacer("GLUE", string(glue), "PROGRAM", encode(packed.Bytes()), "MODEL", encode(model)).Replace(page)
	if err := os.WriteFile(path, []byte(html), 0o666); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: program %d bytes, %d with gzip; model %d bytes; page %d bytes\n", path, len(wasm), packed.Len(), len(model), len(html))
	return nil
}

// build returns the program of page/.
func build() ([]byte, error) {
	dir, err := os.MkdirTemp("", "web")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "page.wasm")
	if _, err := output("build", "-trimpath", "-ldflags=-s -w", "-o", file, "nnk/examples/web/page"); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// output runs the go command for WebAssembly.
func output(args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	cmd.Stderr = os.Stderr
	return cmd.Output()
}

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
