// Command gen writes the conformance vectors: arguments that are nothing up
// anybody's sleeve or known to be hard, exact results from package bigref, and
// the bits that this library returns.
//
//	go generate ./conformance
//	cd conformance && go run ./gen -search           # looks for hard arguments anew, writes hard.txt
//	cd conformance && go run ./gen -search -of mish  # those of functions with that in their names
//
// The same source writes the same bytes everywhere.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	dir := flag.String("o", "vectors", "folder to write to")
	again := flag.Bool("search", false, "write gen/hard.txt instead: arguments with large errors, and near ties")
	of := flag.String("of", "", "with -search: only functions with this `word` in their names, the others stay")
	flag.Parse()
	if err := run(*dir, *again, *of); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(dir string, again bool, of string) error {
	if again {
		return os.WriteFile(filepath.Join(dir, "..", "gen", "hard.txt"), []byte(search(of)), 0o644)
	}
	var sums strings.Builder
	for _, f := range files() {
		text, err := f.text(1)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.name), []byte(text), 0o644); err != nil {
			return err
		}
		sums.WriteString(sumLine(f.name, text))
	}
	return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums.String()), 0o644)
}

// files lists all that is written, in the order of SHA256SUMS.
func files() []file {
	var fs []file
	for _, make := range []func() []file{elementaryFiles, fmaFiles, dotFiles, mulFiles, factorFiles, quantiseFiles, fftFiles, rngFiles, projectionFiles, featureFiles, mapFiles, momentFiles, planFiles, bundleFiles, modelFiles, formatFiles} {
		fs = append(fs, make()...)
	}
	return fs
}
