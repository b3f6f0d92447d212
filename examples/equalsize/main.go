// Command equalsize compares kinds of small classifiers by what a device pays for them, the bytes of the file:
//
//	go run ./examples/equalsize
//	go run ./examples/equalsize -html page.html
//	go run ./examples/equalsize -data letters -x letters-x.csv -y letters-y.csv
//	go run ./examples/equalsize -data fashion -dir /usr/share/datasets/fashion-mnist
//
// The first two are on handwritten digits, which are in the repository; letters.py makes the files of the third, and Debian's
// package dataset-fashion-mnist has those of the last. Each kind of model is made as large as the
// size allows, with weights in 32 and in 8 bits. What is to be chosen is chosen on training rows; then -seeds models are made from all of
// them and measured on the test rows, on which nothing was chosen. README.md has the tables.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

func main() {
	seeds := flag.Int("seeds", 5, "models of each cell of the table")
	set := flag.String("data", "digits", "digits, letters or fashion")
	inputs := flag.String("x", "", "`file` of the letters' inputs")
	classes := flag.String("y", "", "`file` of the letters")
	dir := flag.String("dir", "", "`directory` of Fashion-MNIST's files")
	sizes := flag.String("sizes", "", "`bytes` of the files, as 1700,3200; by default those of README")
	only := flag.String("only", "", "part of the `names` of the rows to make, as learned or 8 bits; all by default")
	page := flag.String("html", "", "`file` for a page with the table and a chart")
	flag.Parse()
	t, err := read(*set, *inputs, *classes, *dir)
	if err == nil && *sizes != "" {
		t.sizes, err = parseSizes(*sizes)
	}
	if err == nil && (flag.NArg() > 0 || *seeds < 1) {
		err = fmt.Errorf("want no arguments beside the flags, and -seeds of 1 or more")
	}
	var rows []row
	if err == nil {
		rows, err = compare(context.Background(), os.Stderr, t, *only, *seeds)
	}
	if err == nil {
		print(os.Stdout, t, rows)
		if *page != "" {
			err = os.WriteFile(*page, chart(t, rows, *seeds), 0o666)
		}
	}
	if err != nil {
		log.Fatal(err)
	}
}

func parseSizes(text string) (list []int64, err error) {
	for field := range strings.SplitSeq(text, ",") {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-sizes %s: want numbers of bytes with commas between", text)
		}
		list = append(list, n)
	}
	slices.Sort(list)
	return list, nil
}

// cell is what a family reaches within a size.
type cell struct {
	size     int64     // at most
	bytes    int64     // of the largest of the files
	width    int       // features or neurons
	chosen   string    // on the training rows
	accuracy []float64 // of each seed, in percent, on the test rows
	problem  string
}

// row is a family.
type row struct {
	family
	cells []cell
}

// compare makes the models of all families and sizes.
func compare(ctx context.Context, progress io.Writer, t task, only string, seeds int) ([]row, error) {
	var rows []row
	for _, f := range families() {
		if !strings.Contains(f.name(), only) {
			continue
		}
		r := row{family: f}
		for _, size := range t.sizes {
			c, err := f.within(ctx, t, size, seeds)
			if err != nil {
				return nil, fmt.Errorf("%s, %d bytes: %w", f.name(), size, err)
			}
			r.cells = append(r.cells, c)
			fmt.Fprintf(progress, "%s, %d bytes: %s\n", f.name(), size, c)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func (c cell) String() string {
	if c.problem != "" {
		return c.problem
	}
	mean, deviation := moments(c.accuracy)
	return fmt.Sprintf("%.2f ± %.2f, %d of %d bytes, %s", mean, deviation, c.width, c.bytes, c.chosen)
}

// print writes the table.
func print(w io.Writer, t task, rows []row) {
	fmt.Fprintf(w, "%s: %d rows to train on, %d to test; accuracy in %%, its deviation, features or neurons, bytes\n\n%-24s", t.name, len(t.train.y), len(t.test.y), "")
	for _, size := range t.sizes {
		fmt.Fprintf(w, "  %-26s", fmt.Sprintf("at most %d bytes", size))
	}
	fmt.Fprintln(w)
	for _, r := range rows {
		fmt.Fprintf(w, "%-24s", r.name())
		for _, c := range r.cells {
			text := c.problem
			if text == "" {
				mean, deviation := moments(c.accuracy)
				text = fmt.Sprintf("%5.2f ± %4.2f %5d %6d", mean, deviation, c.width, c.bytes)
			}
			fmt.Fprintf(w, "  %-26s", text)
		}
		fmt.Fprintln(w)
	}
}

// moments are the mean and the standard deviation.
func moments(v []float64) (mean, deviation float64) {
	for _, a := range v {
		mean += a / float64(len(v))
	}
	for _, a := range v {
		deviation += float64((a-mean)*(a-mean)) / float64(max(len(v)-1, 1))
	}
	return mean, math.Sqrt(deviation)
}
