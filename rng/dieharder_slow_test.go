//go:build slow

package rng

import (
	"bufio"
	"encoding/binary"
	"os/exec"
	"strings"
	"testing"
)

// TestDieharder feeds tests of Robert Brown's dieharder (Debian's package of that
// name) with the 32-bit numbers of a stream, and with those of many streams in turn.
// Run it with
//
//	go test -tags slow -run TestDieharder -v -timeout 1h ./rng
func TestDieharder(t *testing.T) {
	path, err := exec.LookPath("dieharder")
	if err != nil {
		t.Fatal(err)
	}
	for name, fill := range map[string]func(dst []uint32, n uint64){
		"one stream":   func(dst []uint32, n uint64) { New(70).Words(dst, n*uint64(len(dst))) },
		"many streams": func(dst []uint32, n uint64) { New(71).Sub(n).Words(dst[:64], 0); New(n).Words(dst[64:], 0) },
	} {
		// Birthdays, 32×32 ranks, bit stream, count of ones, parking lot, runs, serial
		// correlation of bits, Kolmogorov–Smirnov of the numbers.
		for _, test := range []string{"0", "2", "4", "8", "10", "15", "102", "204"} {
			cmd := exec.Command(path, "-g", "200", "-d", test)
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			cmd.Stdout = &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			go func() {
				w := bufio.NewWriter(in)
				dst := make([]uint32, 128)
				for n := uint64(0); ; n++ {
					fill(dst, n)
					if binary.Write(w, binary.LittleEndian, dst) != nil {
						return // dieharder has seen enough
					}
				}
			}()
			err = cmd.Wait()
			t.Logf("%s\n%s", name, &out)
			if err != nil || strings.Contains(out.String(), "FAILED") || !strings.Contains(out.String(), "PASSED") && !strings.Contains(out.String(), "WEAK") {
				t.Errorf("%s: dieharder -d %s: %v", name, test, err)
			}
		}
	}
}
