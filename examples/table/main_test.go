package main

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	var out bytes.Buffer
	if err := run(&out, filepath.Join(t.TempDir(), "m.safetensors")); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 || lines[0] != "600 rows, 7 inputs: area, area is missing, district=north, district=harbour, district=centre, built, balcony" {
		t.Fatalf("printed %q", lines)
	}
	var rent float64
	if _, err := fmt.Sscan(lines[1][strings.LastIndex(lines[1], " "):], &rent); err != nil {
		t.Fatal(err)
	}
	if want := 300 + 9*70 + 120*math.Sin(1990./12) - 80 + 60; math.Abs(rent-want) > 40 {
		t.Errorf("rent %g, want about %.0f", rent, want)
	}
	if want := `column "district": "abroad" is not one of the column's levels`; !strings.Contains(lines[3], want) {
		t.Errorf("printed %q, want %q", lines[3], want)
	}
}
