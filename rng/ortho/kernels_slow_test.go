//go:build slow

package ortho

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestKernelErrorsSlow measures the errors of each kind over 1000 seeds, prints the table
// and compares it with the README's, and demands what TestKernelErrors does.
func TestKernelErrorsSlow(t *testing.T) {
	kinds := []Kind{IID, Block, Hadamard, Sobol, Halton, Simplex}
	rows := []int{kernelDims / 2, kernelDims, 2 * kernelDims, 4 * kernelDims}
	all := make([]map[Kind][]float64, len(rows))
	for i, m := range rows {
		all[i] = map[Kind][]float64{}
		for _, kind := range kinds {
			all[i][kind] = kernelErrors(t, kind, m, 1000)
		}
		if m <= kernelDims {
			belowIID(t, m, all[i])
		}
	}
	var table strings.Builder
	table.WriteString("| kernel | m | iid | block | hadamard | sobol | halton | simplex |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for k, e := range estimators {
		for i, m := range rows {
			fmt.Fprintf(&table, "| %s | %d |", e.name, m)
			for _, kind := range kinds {
				fmt.Fprintf(&table, " %.3f |", 1000*all[i][kind][k])
			}
			table.WriteByte('\n')
		}
	}
	t.Logf("mean squared errors relative to the kernel's mean square, ×1000:\n%s", &table)
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), table.String()) {
		t.Errorf("README.md does not show the table above")
	}
}
