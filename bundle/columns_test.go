package bundle

import (
	"bytes"
	"math"
	"testing"

	"nnk/internal/misuse"
	"nnk/mat"
	"nnk/rng"
)

// Columns that are left out have no influence, and a scale behind them reads float64 rows.
func TestColumns(t *testing.T) {
	const big = 1 << 40
	x := mat.New[float64](300, 5)
	rng.Normal(rng.New(1), x.Data(), 0)
	for i := range x.Rows() {
		x.Set(i, 2, x.At(i, 2)+big)
	}
	kept := mat.New[float64](300, 3)
	for i := range x.Rows() {
		for j, k := range []int{1, 2, 4} {
			kept.Set(i, j, x.At(i, k))
		}
	}
	scale := NewScale[float32]([]float64{0.5, big, 0}, []float64{1, 2, -3})
	net := NewNetwork[float32](NewColumns[float32](5, []int{0, 3}), scale)
	read := func(n *Network[float32], x *mat.Dense[float64]) *mat.Dense[float32] {
		y := mat.New[float32](x.Rows(), n.Out())
		if err := Read(y, OutputsOf(n, Matrix(x)), 0); err != nil {
			t.Fatal(err)
		}
		return y
	}
	want := read(NewNetwork[float32](scale), kept)
	for name, n := range map[string]*Network[float32]{"made": net, "read again": reread(t, net)} {
		got := read(n, x)
		for i, v := range got.Data() {
			if math.Float32bits(v) != math.Float32bits(want.Data()[i]) {
				t.Fatalf("%s: number %d is %g, want %g", name, i, v, want.Data()[i])
			}
		}
		if n.In() != 5 || n.Out() != 3 || n.Params() != 6 {
			t.Errorf("%s: %d inputs, %d outputs, %d numbers", name, n.In(), n.Out(), n.Params())
		}
	}
	narrow := NewColumns[float64](5, []int{0, 3}).Forward(nil, x, nil)
	alone := mat.New[float64](300, 3)
	if err := Read(alone, OutputsOf(NewNetwork[float64](NewColumns[float64](5, []int{0, 3})), Matrix(x)), 0); err != nil {
		t.Fatal(err)
	}
	for i, v := range kept.Data() {
		if narrow.Data()[i] != v || alone.Data()[i] != v {
			t.Fatalf("number %d is %g and %g, want %g", i, narrow.Data()[i], alone.Data()[i], v)
		}
	}
	for _, without := range [][]int{nil, {0, 1, 2}, {3}, {-1}, {1, 1}, {2, 1}} {
		misuse.Panics(t, "bundle.NewColumns: ", func() { NewColumns[float32](3, without) })
	}
}

// reread is a network that was written and read.
func reread(t *testing.T, n *Network[float32]) *Network[float32] {
	t.Helper()
	var file bytes.Buffer
	if _, err := (&Model[float32]{Network: n, Task: Outputs}).WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	m, err := ReadModel[float32](bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return m.Network
}

// Descriptions of columns that there cannot be are refused.
func TestColumnsOfAFile(t *testing.T) {
	for _, text := range []string{
		`{"kind":"columns","width":3}`, `{"kind":"columns","width":3,"without":[]}`, `{"kind":"columns","without":[1]}`,
		`{"kind":"columns","width":3,"without":[3]}`, `{"kind":"columns","width":3,"without":[-1]}`, `{"kind":"columns","width":3,"without":[1,1]}`,
		`{"kind":"columns","width":3,"without":[0,1,2]}`, `{"kind":"columns","width":4294967296,"without":[4294967295]}`,
		`{"kind":"softmax","width":3,"without":[1]}`,
	} {
		list, err := parseStages("[" + text + "]")
		if err == nil {
			err = list[0].check("0")
		}
		if err == nil {
			_, err = readColumns[float32]("0", list[0])
		}
		if err == nil {
			t.Errorf("%s is read", text)
		}
	}
	list, err := parseStages(`[{"kind":"columns","width":3,"without":[0,2]}]`)
	if err != nil || list[0].check("0") != nil || stagesText(list) != `[{"kind":"columns","width":3,"without":[0,2]}]` {
		t.Errorf("%v, %v", list, err)
	}
}
