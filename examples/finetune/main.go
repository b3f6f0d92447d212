// Command finetune compares ways of adapting a trained network to a new task by
// the number of parameters that they train:
//
//	go run ./examples/finetune -svg accuracy.svg
//
// A small vision transformer learns the digits 0 to 4. Then its body is frozen, and it is
// fine-tuned on all ten digits through bottleneck adapters, low-rank corrections
// (LoRA), adapters of random features (SNNK), its head alone, or, not frozen, as a whole. See
// README.md.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"
)

func main() {
	svg := flag.String("svg", "", "write a chart of accuracy against trained parameters to this `file`")
	seeds := flag.Int("seeds", 5, "number of `seeds`")
	every := flag.Bool("all", false, "train every size, not only those of the shorter table")
	choose := flag.Bool("choose", false, "print held-out accuracies by learning rate, from which the rates were chosen, and end")
	rates := flag.String("rates", "0.002,0.005,0.01,0.02", "learning rates that -choose tries")
	only := flag.String("methods", "", "with -choose: only methods whose name contains this `text`")
	flag.Parse()
	if flag.NArg() > 0 || *seeds < 1 {
		flag.Usage()
		os.Exit(2)
	}
	e := standard
	e.progress = func(done, total int) { fmt.Fprintf(os.Stderr, "\r%d of %d networks trained ", done, total) }
	if *every {
		addSizes(families)
	}
	action := func() error { return compare(os.Stdout, e, *seeds, *svg) }
	if *choose {
		families = slices.DeleteFunc(families, func(f family) bool { return !strings.Contains(f.name, *only) })
		action = func() error { return chooseRates(os.Stdout, e, strings.Split(*rates, ",")) }
	}
	if err := action(); err != nil {
		log.Fatal(err)
	}
}

// compare prints the table and writes the chart, if it has a name.
func compare(w io.Writer, e experiment, seeds int, svg string) error {
	train, test, err := load()
	if err != nil {
		return err
	}
	var runs []run
	for i := range families {
		f := &families[i]
		for _, size := range f.sizes {
			for seed := range seeds {
				runs = append(runs, run{f, size, f.rate, seed})
			}
		}
	}
	out, err := e.all(runs, train, test)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr)
	all := summarise(runs, out, seeds)
	table(w, all, seeds)
	verdict(w, all)
	if svg == "" {
		return nil
	}
	return os.WriteFile(svg, chart(all, seeds), 0o644)
}

// heldOut is where the training rows end that are not held out when rates are chosen.
const heldOut = 1000

// chooseRates prints, for each family in one size, the accuracy on training rows that are
// held out: two seeds, several rates. It does not see the test rows.
func chooseRates(w io.Writer, e experiment, rates []string) error {
	const seeds = 2
	train, _, err := load()
	if err != nil {
		return err
	}
	var runs []run
	for i := range families {
		f := &families[i]
		for _, text := range rates {
			rate, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return fmt.Errorf("-rates: %w", err)
			}
			for seed := range seeds {
				runs = append(runs, run{f, f.tuned, rate, seed})
			}
		}
	}
	out, err := e.all(runs, train.part(0, heldOut), train.part(heldOut, len(train.y)))
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr)
	all := summarise(runs, out, seeds)
	for i, s := range all {
		if i == 0 || all[i-1].family != s.family {
			fmt.Fprintf(w, "\n%-21s", s.label())
		}
		fmt.Fprintf(w, "  %g: %.1f", s.rate, s.mean)
	}
	fmt.Fprintln(w)
	return nil
}
