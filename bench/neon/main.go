// Command neon counts the instructions that the kernels for arm64 execute, under an emulator of single steps, where there is no such
// processor to measure time on. Counts are exact: one that grows is a change for the worse.
//
//	go run ./neon            the table beside neon/counts.txt; a kernel that takes more than there makes it exit with 1
//	go run ./neon -update    writes the table there
//
// It needs qemu-aarch64-static (Debian: qemu-user-static).
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func main() {
	emulator := flag.String("emulator", "qemu-aarch64-static", "`program` that runs programs for arm64")
	file := flag.String("counts", filepath.Join("neon", "counts.txt"), "`file` with the counts that there were")
	update := flag.Bool("update", false, "write that file")
	name := flag.String("call", "", "call the `kernel` of this name once and do nothing else; for the emulator")
	n := flag.Int("n", 0, "`size` of the call")
	flag.Parse()
	var err error
	switch {
	case flag.NArg() > 0:
		err = fmt.Errorf("unexpected %q", flag.Arg(0))
	case *name != "":
		err = call(*name, *n)
	default:
		err = table(*emulator, *file, *update)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "neon:", err)
		os.Exit(1)
	}
}

func call(name string, n int) error {
	for _, c := range cases {
		if c.name == name {
			if n > 0 {
				c.call(n)
			}
			return nil
		}
	}
	return fmt.Errorf("there is no kernel %q", name)
}

const head = "# Instructions of an element (of a multiply-add of Tile, of an element and step of FWHT) on arm64, as go run ./neon counts them: all, of them arithmetic of vectors,\n" +
	"# loads and stores, others; least is the arithmetic and one instruction for 32 bytes that are read or written.\n" +
	"# kernel            all  arithmetic  memory  other  least  all/least\n"

// table measures all kernels and compares with what there was, or writes it.
func table(emulator, file string, update bool) error {
	dir, err := os.MkdirTemp("", "neon")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p, err := build(dir)
	if err != nil {
		return err
	}
	before := map[string]float64{}
	if !update {
		if before, err = read(file); err != nil {
			return err
		}
	}
	var text strings.Builder
	text.WriteString(head)
	var worse []error
	for _, m := range cases {
		line, all, err := m.measure(p, emulator)
		if err != nil {
			return err
		}
		text.WriteString(line)
		was, ok := before[m.name]
		if !update && !ok {
			worse = append(worse, fmt.Errorf("%s is not in %s: -update", m.name, file))
		}
		if ok && all > was+0.0001 {
			worse = append(worse, fmt.Errorf("%s takes %.4f instructions, %.4f before", m.name, all, was))
		}
	}
	if update {
		return os.WriteFile(file, []byte(text.String()), 0o666)
	}
	fmt.Print(text.String())
	return errors.Join(worse...)
}

// measure returns a line of the table, and the instructions of a unit.
func (m *measured) measure(p *program, emulator string) (string, float64, error) {
	var c [2]counts
	for i, n := range m.sizes {
		var err error
		if c[i], err = p.run(emulator, m.name, n); err != nil {
			return "", 0, err
		}
	}
	d := c[1].minus(c[0])
	units, bytes := m.units(m.sizes[1]), m.bytes(m.sizes[1])
	if m.sizes[0] > 0 {
		units, bytes = units-m.units(m.sizes[0]), bytes-m.bytes(m.sizes[0])
	}
	per := func(n int) float64 { return float64(n) / float64(units) }
	least := (float64(d.arithmetic) + float64(bytes)/32) / float64(units)
	if d.arithmetic+d.memory == 0 {
		return "", 0, fmt.Errorf("%s executed nothing in package asm", m.name)
	}
	all := per(d.total())
	return fmt.Sprintf("%-18s %6.4f %10.4f %8.4f %6.4f %6.4f %9.2f\n", m.name, all, per(d.arithmetic), per(d.memory), per(d.other), least, all/least), all, nil
}

// read returns the counts of a file by name.
func read(file string) (map[string]float64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	all := map[string]float64{}
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		words := strings.Fields(line)
		if len(words) < 7 {
			return nil, fmt.Errorf("%s:%d: %q", file, i+1, line)
		}
		v, err := strconv.ParseFloat(words[len(words)-6], 64)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
		all[strings.Join(words[:len(words)-6], " ")] = v
	}
	return all, nil
}
