package asm

import (
	"fmt"
	"os"
	"strings"

	"nnk/internal/impl"
)

// KernelInfo tells which kernel sets this process has and uses.
type KernelInfo struct {
	Available []string // sets this CPU and build can run, best first; the last is "generic"
	Active    string   // the set in use
	Requested string   // the value of NNK_KERNELS, "" if unset
	Err       error    // why Requested could not be used, nil if it was or nothing was asked
}

// kernelErr records a request of NNK_KERNELS that could not be met. The library
// never prints; the command and the tests report it.
var kernelErr error

func init() {
	registerKernels()
	if want := os.Getenv("NNK_KERNELS"); want != "" {
		if err := impl.Select(want); err != nil {
			kernelErr = fmt.Errorf("NNK_KERNELS=%s: %w (this machine has: %s)", want, err, strings.Join(impl.Names(), ", "))
		}
	}
}

// Kernels reports the kernel sets of this process.
func Kernels() KernelInfo {
	return KernelInfo{
		Available: impl.Names(),
		Active:    impl.Active(),
		Requested: os.Getenv("NNK_KERNELS"),
		Err:       kernelErr,
	}
}
