// Command campaign computes random cases of the library's functions, of any shape, content and place in memory, in every way that must not
// matter, and compares the bits:
//
//	go run ./fuzz/campaign -minutes 5 -seed 1
//
// The first way is the generic kernels on one processor, with all rows at once. The others are every kernel set of the machine, more
// goroutines than processors, gaps between rows, and rows in parts. With -emulate arm64=qemu-aarch64-static,s390x=qemu-s390x-static it
// builds itself for other architectures and compares the first cases with theirs. A case that differs is made smaller and printed
// with the command that shows it again; exit 1.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"nnk/internal/impl"
)

func main() { os.Exit(run(os.Args[1:], calls(), os.Stdout, os.Stderr)) }

// campaign is what the flags say.
type campaign struct {
	calls  []call
	seed   uint64
	most   int
	stdout io.Writer
}

func run(args []string, list []call, stdout, stderr io.Writer) int {
	c := &campaign{calls: list, stdout: stdout}
	f := flag.NewFlagSet("campaign", flag.ContinueOnError)
	f.SetOutput(stderr)
	minutes := f.Float64("minutes", 1, "`time` to search")
	count := f.Uint64("count", 0, "`cases` to compute, whatever time they take; 0 for -minutes")
	only := f.Int64("case", -1, "compute this `case` alone")
	hashes := f.Bool("hashes", false, "print the digests of -count cases in the first way, and compare nothing")
	emulate := f.String("emulate", "", "`ARCH=EMULATOR,…` to compare with")
	emulated := f.Uint64("emulated", 300, "`cases` to compare with each")
	f.Uint64Var(&c.seed, "seed", 1, "`seed` of the cases")
	f.IntVar(&c.most, "size", 4096, "largest `size` of vectors; matrices are smaller")
	if f.Parse(args) != nil {
		return 2
	}
	if f.NArg() != 0 || !(*minutes > 0) || c.most < 1 || *hashes && *count == 0 {
		f.Usage()
		return 2
	}
	if *hashes {
		for n := range *count {
			fmt.Fprintln(stdout, n, c.compute(n, c.most, way{impl.Active(), 1, false}))
		}
		return 0
	}
	done, different := uint64(0), 0
	if *only >= 0 {
		done, different = 1, c.check(uint64(*only))
	} else {
		done, different = c.search(time.Duration(*minutes*float64(time.Minute)), *count)
	}
	more, err := c.compareArchitectures(*emulate, *emulated)
	if err != nil {
		fmt.Fprintln(stderr, "campaign:", err)
		return 1
	}
	different += more
	fmt.Fprintf(stdout, "%d cases of %d calls, %s: %d differ\n", done, len(c.calls), strings.Join(impl.Names(), ", "), different)
	if different > 0 {
		return 1
	}
	return 0
}

// mostFound ends a search: what is wrong often need not be shown more often.
const mostFound = 10

// search computes cases for a time, or so many, and returns how many there were and how many differ.
func (c *campaign) search(span time.Duration, count uint64) (done uint64, different int) {
	for start := time.Now(); different < mostFound; done++ {
		if count > 0 && done == count || count == 0 && time.Since(start) > span {
			break
		}
		different += c.check(done)
	}
	return done, different
}

// way is one way to compute a case.
type way struct {
	kernels string
	procs   int
	layout  bool // with gaps, and rows in parts
}

func (w way) String() string {
	if w.layout {
		return fmt.Sprintf("%s, %d goroutines, gaps and parts", w.kernels, w.procs)
	}
	return fmt.Sprintf("%s, %d goroutines", w.kernels, w.procs)
}

// ways are all of them, the first being what the others are compared with.
func ways() []way {
	names := impl.Names()
	many := runtime.NumCPU() + 1
	list := []way{{"generic", 1, false}}
	for _, name := range names {
		if name != "generic" {
			list = append(list, way{name, 1, false})
		}
		list = append(list, way{name, many, true})
	}
	return list
}

// compute returns the digest of a case of a largest size, in a way.
func (c *campaign) compute(number uint64, most int, w way) (digest string) {
	before := impl.Active()
	defer func() {
		if err := impl.Select(before); err != nil {
			panic(err) // it was in use a moment ago
		}
	}()
	if err := impl.Select(w.kernels); err != nil {
		panic(err) // they are those of the machine
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(w.procs))
	defer func() {
		if v := recover(); v != nil { // no case has arguments that are wrong
			digest = fmt.Sprintf("panic: %v", v)
		}
	}()
	r := newResult()
	c.calls[number%uint64(len(c.calls))].run(newDraw(c.seed, number, most, w.layout), r)
	return r.String()
}

// check computes a case in every way, prints it if two differ or one panics, and returns 1 then.
func (c *campaign) check(number uint64) int {
	w := c.differs(number, c.most)
	if w == nil {
		return 0
	}
	most := c.most
	for _, smaller := range []int{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024, 2048} {
		if smaller >= c.most {
			break
		}
		if at := c.differs(number, smaller); at != nil {
			w, most = at, smaller
			break
		}
	}
	c.show(number, most, w.String(), c.compute(number, most, ways()[0]), c.compute(number, most, *w))
	return 1
}

// differs returns the first way in which a case is another than in the first, nil if there is none.
func (c *campaign) differs(number uint64, most int) *way {
	all := ways()
	want := c.compute(number, most, all[0])
	if strings.HasPrefix(want, "panic") {
		return &all[0]
	}
	for _, w := range all[1:] {
		if c.compute(number, most, w) != want {
			return &w
		}
	}
	return nil
}

func (c *campaign) show(number uint64, most int, how, want, got string) {
	fmt.Fprintf(c.stdout, "%s: %s, want %s: %s\n\tgo run ./fuzz/campaign -seed %d -size %d -case %d\n",
		c.calls[number%uint64(len(c.calls))].name, got, want, how, c.seed, most, number)
}
