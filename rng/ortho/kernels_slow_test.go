//go:build slow

package ortho

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"nnk/mat"
)

// seedsFor is the number of seeds by which the errors of a kind are known to a percent or two.
func seedsFor(kind Kind) int {
	if kind == Sobol || kind == Halton {
		return 1000 // errors like those of independent rows
	}
	return 200
}

// TestKernelErrorsSlow: as TestKernelErrors, in all dimensions to 130, and for several numbers of rows in some of
// them.
func TestKernelErrorsSlow(t *testing.T) {
	for d := 1; d <= 130; d++ {
		for _, kind := range kinds {
			for _, m := range []int{16, 100, 256} {
				if m != 100 && d > 5 && d%10 != 0 {
					continue
				}
				s := Spec{Kind: kind, M: m, D: d}
				checkKernelErrors(t, s, kernelErrors(t, s, unitPairs(d, 16), max(seedsFor(kind)*64/m, 1000/d)))
			}
		}
	}
}

// TestKernelErrorsOfFewInputsSlow: as TestKernelErrors, for vectors that differ in one or two elements alone.
func TestKernelErrorsOfFewInputsSlow(t *testing.T) {
	for _, d := range []int{2, 3, 8, 31, 32, 33, 63, 64, 65, 100, 128} {
		x := mat.New[float64](4, d)
		x.Set(0, 0, 1)
		x.Set(1, d-1, 1)
		x.Set(2, 0, math.Sqrt(0.5))
		x.Set(2, d-1, -math.Sqrt(0.5))
		x.Set(3, d/2, math.Sqrt(0.5))
		x.Set(3, d/2-1, math.Sqrt(0.5))
		for _, kind := range []Kind{Block, Hadamard, Simplex} {
			s := Spec{Kind: kind, M: 128, D: d}
			list := kernelErrors(t, s, x, 2000)
			if kind == Hadamard && d == 64 {
				list = list[:3] // see the package comment
			}
			checkKernelErrors(t, s, list)
		}
	}
}

// TestKernelTableSlow prints the errors of each kind and compares them with the README's.
func TestKernelTableSlow(t *testing.T) {
	var table strings.Builder
	table.WriteString("| kernel | d | block | hadamard | sobol | halton | simplex |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	dims := []int{1, 2, 3, 5, 8, 16, 32, 50, 64, 100, 130}
	var all [][][]estimate
	for _, d := range dims {
		var list [][]estimate
		for _, kind := range kinds {
			list = append(list, kernelErrors(t, Spec{Kind: kind, M: 256, D: d}, unitPairs(d, 16), max(300, 10_000/d)))
		}
		all = append(all, list)
	}
	for _, k := range []struct {
		at   int
		name string
	}{{1, "Gaussian"}, {len(distances), "arc-cosine"}} {
		for i, d := range dims {
			fmt.Fprintf(&table, "| %s | %d |", k.name, d)
			for j := range kinds {
				fmt.Fprintf(&table, " %.3f |", all[i][j][k.at].ratio)
			}
			table.WriteByte('\n')
		}
	}
	t.Logf("mean squared errors, those of independent rows being 1:\n%s", &table)
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), table.String()) {
		t.Errorf("README.md does not show the table above")
	}
}
