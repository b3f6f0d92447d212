package main

import (
	"fmt"
	"math"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"nnk/bundle/fit"
)

// memory is the flag that bounds what a command takes.
type memory struct {
	text  string
	limit int64 // bytes; 0 for no limit
}

func (m *memory) register(c *call) {
	c.flags.StringVar(&m.text, "memory", "auto", "most memory to take, a `size` such as 900M or 16G: what needs more is refused before the work. auto is what the machine has free, or its control group may take; none is no limit")
}

// programBytes is what the program itself takes, which the collector does not count.
const programBytes = 16 << 20

// set turns the flag's text into a limit, which the garbage collector keeps to as well.
func (m *memory) set() error {
	switch m.text {
	case "auto":
		m.limit = freeMemory(os.DirFS("/"))
	case "none":
	default:
		n, err := parseSize(m.text)
		if err != nil {
			return usagef("-memory %s: %v", m.text, err)
		}
		m.limit = n
	}
	if m.limit > 0 {
		if held := max(m.limit-programBytes, m.limit/2); held < debug.SetMemoryLimit(-1) { // GOMEMLIMIT may be less
			debug.SetMemoryLimit(held)
		}
	}
	return nil
}

// leastKept is what the garbage collector may always keep: to run it for less takes time for nothing.
const leastKept = 32 << 20

// keepTo lets the garbage collector keep to so many bytes more than are held now, instead of letting garbage grow to as much again, until the function that it returns is called.
func keepTo(bytes float64) (release func()) {
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	before := debug.SetMemoryLimit(-1)
	if limit := float64(now.HeapAlloc) + max(bytes, leastKept); limit < float64(before) {
		debug.SetMemoryLimit(int64(limit))
	}
	return func() { debug.SetMemoryLimit(before) }
}

// need refuses work that takes more than the limit; what says what takes it, less how it would be less.
func (m *memory) need(bytes float64, what, less string) error {
	if m.limit == 0 || bytes <= float64(m.limit) {
		return nil
	}
	return fmt.Errorf("%s takes about %.3g GB, and there may be %.3g GB: %w: %s", what, bytes/1e9, float64(m.limit)/1e9, fit.ErrMemory, less)
}

// parseSize reads 1000, 1000k, 900M, 16G, 1T, with or without a B or iB; the units are powers of 1024.
func parseSize(text string) (int64, error) {
	s := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(text), "B"), "I")
	unit := int64(1)
	if i := strings.IndexAny(s, "KMGT"); i >= 0 && i == len(s)-1 {
		unit = 1 << (10 * (1 + strings.IndexByte("KMGT", s[i])))
		s = s[:i]
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || strings.ContainsAny(s, "XPN_") || !(v*float64(unit) >= 1) || v*float64(unit) >= 1<<62 {
		return 0, fmt.Errorf("want a size such as 900M or 16G, auto or none")
	}
	return int64(v * float64(unit)), nil
}

// files is the part of [os.DirFS] that tells what memory there is.
type files interface {
	ReadFile(name string) ([]byte, error)
}

// freeMemory is what Linux says can be had without swapping, or what the control group of the process may take if that is less; 0 on
// systems that do not say.
func freeMemory(root any) int64 {
	f, ok := root.(files)
	if !ok {
		return 0
	}
	free := int64(0)
	less := func(n int64) {
		if n > 0 && (free == 0 || n < free) {
			free = n
		}
	}
	text, _ := f.ReadFile("proc/meminfo")
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err == nil && kb < math.MaxInt64>>10 {
				less(kb << 10)
			}
		}
	}
	groups, _ := f.ReadFile("proc/self/cgroup")
	for line := range strings.Lines(string(groups)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // number, controllers, path
		if len(fields) != 3 {
			continue
		}
		name, root := "memory.max", "sys/fs/cgroup"
		if fields[1] == "memory" {
			name, root = "memory.limit_in_bytes", "sys/fs/cgroup/memory"
		} else if fields[1] != "" {
			continue
		}
		// Each group is within the one above it. In a container the path may be that outside.
		for dir := path.Clean("/" + fields[2]); ; dir = path.Dir(dir) {
			text, _ := f.ReadFile(strings.TrimPrefix(path.Join(root, dir, name), "/"))
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
				less(n)
			}
			if dir == "/" {
				break
			}
		}
	}
	return free
}

// needTable refuses text files that are larger than the memory: all of their text is held, and their numbers beside it.
func (c *call) needTable(pattern string) error {
	names, err := filepath.Glob(pattern)
	if _, stat := os.Stat(pattern); stat == nil || err != nil {
		names = []string{pattern}
	}
	bytes := 0.0
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() && !isArray(name) {
			bytes += 2 * float64(info.Size())
		}
	}
	return c.memory.need(bytes, pattern, "give an .npy or .safetensors file, of which a block of rows is read at a time")
}

// isArray reports whether a file is one of which a block of rows is read at a time.
func isArray(name string) bool {
	kind := strings.ToLower(filepath.Ext(name))
	return kind == ".npy" || kind == ".safetensors"
}
