package main

import (
	"bufio"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// counts are instructions by what they do.
type counts struct{ arithmetic, memory, other int }

func (c counts) total() int { return c.arithmetic + c.memory + c.other }

func (c counts) minus(d counts) counts {
	return counts{c.arithmetic - d.arithmetic, c.memory - d.memory, c.other - d.other}
}

// program is this one, built for arm64.
type program struct {
	path   string
	words  map[uint64]uint32 // instructions of package asm, by address
	lo, hi uint64
}

// build builds the program into a folder and reads the instructions of package asm.
func build(dir string) (*program, error) {
	p := &program{path: filepath.Join(dir, "neon"), words: map[uint64]uint32{}}
	cmd := exec.Command("go", "build", "-o", p.path, "nnk/bench/neon")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build for arm64: %w\n%s", err, out)
	}
	f, err := elf.Open(p.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		return nil, err
	}
	text := f.Section(".text")
	code, err := text.Data()
	if err != nil {
		return nil, err
	}
	for _, s := range symbols {
		if !strings.HasPrefix(s.Name, "nnk/asm.") || elf.ST_TYPE(s.Info) != elf.STT_FUNC || s.Value < text.Addr {
			continue
		}
		for a := s.Value; a+4 <= s.Value+s.Size; a += 4 {
			p.words[a] = binary.LittleEndian.Uint32(code[a-text.Addr:])
		}
		if p.lo == 0 || s.Value < p.lo {
			p.lo = s.Value
		}
		p.hi = max(p.hi, s.Value+s.Size)
	}
	if len(p.words) == 0 {
		return nil, fmt.Errorf("%s has no functions of package asm", p.path)
	}
	return p, nil
}

// run counts the instructions of package asm that one call executes. Now and then the emulator loses some of them, or says them
// twice: what two runs agree on is right.
func (p *program) run(emulator, name string, n int) (counts, error) {
	seen := map[counts]bool{}
	for range 8 {
		c, err := p.once(emulator, name, n)
		if err != nil || seen[c] {
			return c, err
		}
		seen[c] = true
	}
	return counts{}, fmt.Errorf("%s of %d: eight runs with as many counts", name, n)
}

// once counts them in one run.
func (p *program) once(emulator, name string, n int) (counts, error) {
	var c counts
	log := p.path + ".log"
	cmd := exec.Command(emulator, "-singlestep", "-d", "exec,nochain", "-dfilter", fmt.Sprintf("%#x+%#x", p.lo, p.hi-p.lo), "-D", log, p.path, "-call", name, "-n", strconv.Itoa(n))
	// One thread, which nothing interrupts but the emulator.
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off", "GODEBUG=asyncpreemptoff=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return c, fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	f, err := os.Open(log)
	if err != nil {
		return c, err
	}
	defer f.Close()
	// Lines are Trace 0: HOST [CONTEXT/ADDRESS/FLAGS/FLAGS] NAME. What the emulator was to execute when something stopped it comes
	// again; no instruction of a kernel follows itself.
	lines, last := bufio.NewScanner(f), uint64(0)
	for lines.Scan() {
		parts := strings.Split(lines.Text(), "/")
		if len(parts) < 3 {
			continue
		}
		at, err := strconv.ParseUint(parts[1], 16, 64)
		if err != nil {
			return c, fmt.Errorf("%s says %q: %w", emulator, lines.Text(), err)
		}
		if word, ok := p.words[at]; ok && at != last {
			c.add(word)
			last = at
		}
	}
	return c, lines.Err()
}

// add counts one instruction by the fields of the Arm Architecture Reference Manual, C4.1: bits 28 to 25 are x1x0 for loads and
// stores, x111 for arithmetic of vectors and floating-point numbers.
func (c *counts) add(word uint32) {
	switch op := word >> 25 & 0xf; {
	case op&0b0101 == 0b0100:
		c.memory++
	case op&0b0111 == 0b0111:
		c.arithmetic++
	default:
		c.other++
	}
}
