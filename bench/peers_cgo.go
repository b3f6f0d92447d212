//go:build cgo

package main

// #cgo CFLAGS: -O2 -Wall
// #cgo LDFLAGS: -ldl
// #include "peers.h"
// #include <stdlib.h>
import "C"

import (
	"fmt"
	"slices"
	"sync"
	"unsafe"

	"nnk/asm"
)

// now is the clock that rounds are timed with, in nanoseconds.
func now() float64 { return float64(C.now()) }

// countCPUTime makes it the time that the process has run, for measurements with one
// thread on a machine that does other work.
func countCPUTime() error {
	C.count_cpu_time()
	return nil
}

// library is a shared library that is opened once, when it is first asked for.
type library struct {
	name  string
	files string
	open  func() unsafe.Pointer
}

func newLibrary(name, files string) *library {
	return &library{name, files, sync.OnceValue(func() unsafe.Pointer {
		s := C.CString(files)
		defer C.free(unsafe.Pointer(s))
		return C.peer_open(s)
	})}
}

var (
	openBLAS = newLibrary("OpenBLAS", "libopenblas.so.0 libopenblas.so libopenblas.dylib")
	blis     = newLibrary("BLIS", "libblis.so.4 libblis.so libblis.dylib")
	oneDNN   = newLibrary("oneDNN", "libdnnl.so.3 libdnnl.so.2 libdnnl.so libdnnl.dylib")
	sleef    = newLibrary("SLEEF", "libsleef.so.3 libsleef.so libsleef.dylib")
	fftw     = newLibrary("FFTW", "libfftw3.so.3 libfftw3.so libfftw3.dylib")
	fftwf    = newLibrary("FFTW", "libfftw3f.so.3 libfftw3f.so libfftw3f.dylib")
)

// symbol returns a function of the library, nil if it cannot be had.
func (l *library) symbol(name string) unsafe.Pointer {
	handle := l.open()
	if handle == nil {
		return nil
	}
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	return C.peer_symbol(handle, s)
}

// from lists the libraries that have the function: name for float32, name64 for
// float64.
func from[T asm.Float](name, name64 string, run func(f unsafe.Pointer) runner, libraries ...*library) []peer {
	if is64[T]() {
		name = name64
	}
	var out []peer
	for _, l := range libraries {
		if f := l.symbol(name); f != nil {
			out = append(out, peer{l.name, run(f)})
		}
	}
	return out
}

func is64[T asm.Float]() bool { return unsafe.Sizeof(T(0)) == 8 }

func f32[T asm.Float](x []T) *C.float  { return (*C.float)(unsafe.Pointer(&x[0])) }
func f64[T asm.Float](x []T) *C.double { return (*C.double)(unsafe.Pointer(&x[0])) }

func gemmPeers[T asm.Float](m, k, n int, a, b, c []T) []peer {
	cm, ck, cn := C.int(m), C.int(k), C.int(n)
	out := from[T]("cblas_sgemm", "cblas_dgemm", func(f unsafe.Pointer) runner {
		return func(reps int) float64 {
			if is64[T]() {
				return float64(C.time_dgemm(f, C.int(reps), cm, ck, cn, f64(a), f64(b), f64(c)))
			}
			return float64(C.time_sgemm(f, C.int(reps), cm, ck, cn, f32(a), f32(b), f32(c)))
		}
	}, openBLAS, blis)
	if is64[T]() {
		return out
	}
	return append(out, from[T]("dnnl_sgemm", "", func(f unsafe.Pointer) runner {
		return func(reps int) float64 {
			return float64(C.time_dnnl(f, C.int(reps), cm, ck, cn, f32(a), f32(b), f32(c)))
		}
	}, oneDNN)...)
}

func gemvPeers[T asm.Float](k, n int, a, b, c []T) []peer {
	out := from[T]("cblas_sgemv", "cblas_dgemv", func(f unsafe.Pointer) runner {
		return func(reps int) float64 {
			if is64[T]() {
				return float64(C.time_dgemv(f, C.int(reps), C.int(k), C.int(n), f64(a), f64(b), f64(c)))
			}
			return float64(C.time_sgemv(f, C.int(reps), C.int(k), C.int(n), f32(a), f32(b), f32(c)))
		}
	}, openBLAS, blis)
	for i := range out {
		out[i].name += " gemv"
	}
	return out
}

func syrkPeers[T asm.Float](k, n int, a, c []T) []peer {
	return from[T]("cblas_ssyrk", "cblas_dsyrk", func(f unsafe.Pointer) runner {
		return func(reps int) float64 {
			if is64[T]() {
				return float64(C.time_dsyrk(f, C.int(reps), C.int(k), C.int(n), f64(a), f64(c)))
			}
			return float64(C.time_ssyrk(f, C.int(reps), C.int(k), C.int(n), f32(a), f32(c)))
		}
	}, openBLAS, blis)
}

func dotPeers[T asm.Float](x, y []T) []peer {
	return from[T]("cblas_sdot", "cblas_ddot", func(f unsafe.Pointer) runner {
		return func(reps int) float64 {
			if is64[T]() {
				return float64(C.time_ddot(f, C.int(reps), C.int(len(x)), f64(x), f64(y)))
			}
			return float64(C.time_sdot(f, C.int(reps), C.int(len(x)), f32(x), f32(y)))
		}
	}, openBLAS, blis)
}

func sleefPeers[T asm.Float](function string, width int, x, y, z []T) []peer {
	size := 8 * int(unsafe.Sizeof(T(0)))
	letter, isa, second := "f", "avx2", 0
	if size == 64 {
		letter = "d"
	}
	if width == 512 {
		isa = "avx512f"
	}
	if function == "sincos" {
		second = 1
	}
	name := fmt.Sprintf("Sleef_%s%s%d_u10%s", function, letter, width/size, isa)
	return from[T](name, name, func(f unsafe.Pointer) runner {
		return func(reps int) float64 {
			return float64(C.time_sleef(f, C.int(reps), C.int(size), C.int(width), C.int(second), C.int(len(x)),
				unsafe.Pointer(&x[0]), unsafe.Pointer(&y[0]), unsafe.Pointer(&z[0])))
		}
	}, sleef)
}

// fftPeers are FFTW's transforms of n complex numbers, double or single.
func fftPeers(double bool, n int) []peer {
	lib, prefix, size := fftwf, "fftwf", 8
	if double {
		lib, prefix, size = fftw, "fftw", 16
	}
	planner, execute := lib.symbol(prefix+"_plan_dft_1d"), lib.symbol(prefix+"_execute")
	if planner == nil || execute == nil {
		return nil
	}
	// FFTW keeps the addresses, so the operands must be memory of C's. A planner that
	// measures writes over them; zeros stay zeros.
	in, out := C.calloc(C.size_t(n), C.size_t(size)), C.calloc(C.size_t(n), C.size_t(size))
	plan := C.plan_fft(planner, C.int(n), in, out)
	return []peer{{"FFTW", func(reps int) float64 { return float64(C.time_fftw(execute, C.int(reps), plan)) }}}
}

// fftwForward is FFTW's transform of x, nil if it is missing.
func fftwForward[T asm.Complex](x []T) []T {
	lib, prefix := fftwf, "fftwf"
	if unsafe.Sizeof(x[0]) == 16 {
		lib, prefix = fftw, "fftw"
	}
	planner, execute := lib.symbol(prefix+"_plan_dft_1d"), lib.symbol(prefix+"_execute")
	if planner == nil || execute == nil {
		return nil
	}
	n, size := C.size_t(len(x)), C.size_t(unsafe.Sizeof(x[0]))
	in, out := C.calloc(n, size), C.calloc(n, size)
	defer C.free(in)
	defer C.free(out)
	plan := C.plan_fft(planner, C.int(len(x)), in, out)
	copy(unsafe.Slice((*T)(in), len(x)), x)
	C.time_fftw(execute, 1, plan)
	return slices.Clone(unsafe.Slice((*T)(out), len(x)))
}

func whtPeers(x []float32) []peer {
	planner, execute := fftwf.symbol("fftwf_plan_r2r"), fftwf.symbol("fftwf_execute")
	if planner == nil || execute == nil {
		return nil
	}
	log2 := 0
	for 1<<log2 < len(x) {
		log2++
	}
	in, out := C.calloc(C.size_t(len(x)), 4), C.calloc(C.size_t(len(x)), 4)
	plan := C.plan_wht(planner, C.int(log2), in, out)
	copy(unsafe.Slice((*float32)(in), len(x)), x)
	return []peer{{"FFTW", func(reps int) float64 { return float64(C.time_fftw(execute, C.int(reps), plan)) }}}
}

// featurePeers are OpenBLAS's product and SLEEF's function of the widest vectors.
func featurePeers(function string, n, d, m int, x, w, bias, dst []float32) []peer {
	width := int(C.widest())
	name, isa := "Sleef_"+function+"f16_u10", "avx512f"
	if width == 256 {
		name, isa = "Sleef_"+function+"f8_u10", "avx2"
	}
	gemm, f := openBLAS.symbol("cblas_sgemm"), sleef.symbol(name+isa)
	if width == 0 || gemm == nil || f == nil {
		return nil
	}
	return []peer{{"OpenBLAS and SLEEF", func(reps int) float64 {
		return float64(C.time_features(gemm, f, C.int(width), C.int(reps), C.int(n), C.int(d), C.int(m), f32(x), f32(w), f32(bias), f32(dst)))
	}}}
}

func densePeers(batch, d, l int, x, w, b, y []float32) []peer {
	library := oneDNN.open()
	if library == nil {
		return nil
	}
	// oneDNN keeps the addresses, so the operands must be memory of C's.
	plan := C.dense_plan(library, C.int(batch), C.int(d), C.int(l), copied(x), copied(w), copied(b), copied(y))
	if plan == nil {
		return nil
	}
	return []peer{{"oneDNN", func(reps int) float64 { return float64(C.time_dense(plan, C.int(reps))) }}}
}

// copied is a copy in memory of C's, at an address that is a multiple of 64.
func copied(x []float32) *C.float {
	p := C.aligned_alloc(64, C.size_t((4*len(x)+63)/64*64))
	copy(unsafe.Slice((*float32)(p), len(x)), x)
	return (*C.float)(p)
}

func ridgePeers(n, m, l int, z, y []float32) []peer {
	syrk, gemm, posv := openBLAS.symbol("cblas_ssyrk"), openBLAS.symbol("cblas_sgemm"), openBLAS.symbol("sposv_")
	if syrk == nil || gemm == nil || posv == nil {
		return nil
	}
	s, t := make([]float32, m*m), make([]float32, m*l)
	return []peer{{"OpenBLAS", func(reps int) float64 {
		return float64(C.time_ridge(syrk, gemm, posv, C.int(reps), C.int(n), C.int(m), C.int(l), f32(z), f32(y), f32(s), f32(t)))
	}}}
}

// missing names the libraries that this machine lacks.
func missing() []string {
	var out []string
	for _, l := range []*library{openBLAS, blis, oneDNN, sleef, fftw, fftwf} {
		if l.open() == nil {
			out = append(out, l.name+" ("+l.files+")")
		}
	}
	return out
}
