package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/cpu"

	"nnk/asm"
	"nnk/internal/impl"
)

// configuration is a line of Go's benchmark format that says where and with what the
// benchmarks ran.
type configuration struct{ key, value string }

// machine describes this machine: what benchstat can tell files apart by. What the
// system does not say is left out.
func machine() []configuration {
	list := []configuration{{"goos", runtime.GOOS}, {"goarch", runtime.GOARCH}}
	if name := cpuName(); name != "" {
		list = append(list, configuration{"cpu", name})
	}
	list = append(list, configuration{"features", strings.Join(cpuFeatures(), ",")},
		configuration{"cores", strconv.Itoa(runtime.NumCPU())})
	for level, size := range cacheSizes() {
		if size != "" {
			list = append(list, configuration{"l" + strconv.Itoa(level), size})
		}
	}
	return append(list, configuration{"kernels", strings.Join(impl.Names(), ",")},
		configuration{"arithmetic", asm.ArithmeticVersion}, configuration{"pkg", "nnk"})
}

// cpuFeatures are the instructions that kernels use or might use.
func cpuFeatures() []string {
	list := []string{}
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"avx2", cpu.X86.HasAVX2}, {"fma", cpu.X86.HasFMA}, {"avx512f", cpu.X86.HasAVX512F}, {"avx512dq", cpu.X86.HasAVX512DQ}, {"avx512vl", cpu.X86.HasAVX512VL},
		{"avx512bw", cpu.X86.HasAVX512BW}, {"asimd", cpu.ARM64.HasASIMD}, {"sve", cpu.ARM64.HasSVE}, {"sve2", cpu.ARM64.HasSVE2},
	} {
		if f.has {
			list = append(list, f.name)
		}
	}
	if len(list) == 0 {
		list = append(list, "none")
	}
	return list
}

// cpuName is the name of the processor, where Linux gives one.
func cpuName() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// cacheSizes are the sizes of the caches for data of the first core by level, as Linux
// writes them: 32K. The first element is not used.
func cacheSizes() [4]string {
	var sizes [4]string
	dirs, err := filepath.Glob("/sys/devices/system/cpu/cpu0/cache/index*")
	if err != nil {
		return sizes
	}
	read := func(dir, name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(b))
	}
	for _, dir := range dirs {
		level, err := strconv.Atoi(read(dir, "level"))
		if err == nil && level > 0 && level < len(sizes) && read(dir, "type") != "Instruction" {
			sizes[level] = read(dir, "size")
		}
	}
	return sizes
}
