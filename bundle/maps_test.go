package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

// trainedNetwork has 70 features in two blocks of 64 for 5 inputs, which are repeated 12 times, with numbers other
// than those of the seed.
func trainedNetwork[T asm.Float](t testing.TB) *Network[T] {
	t.Helper()
	m, err := urf.NewDiagonals[T](urf.ArcCos{Projection: ortho.Spec{Kind: ortho.Hadamard, Seed: 9, M: 70, D: 5, Rounds: 3}, Order: 1, Scale: 0.5, Bias: 1})
	if err != nil {
		t.Fatal(err)
	}
	diagonals, bias := m.Numbers()
	for r, d := range diagonals {
		d.Copy(random[T](uint64(30+r), d.Rows(), d.Cols()))
	}
	copy(bias, random[T](40, 1, 70).Data())
	return NewNetwork[T](NewScale[T](random[float64](20, 1, 5).Data(), random[float64](21, 1, 5).Data()), NewFeatures[T](m), NewLinear(random[T](41, 3, 70), random[T](42, 1, 3).Data(), urf.Activation{}))
}

// Trained diagonals come back from a file with the same outputs, and the same bytes
// again.
func testDiagonalsRoundTrip[T asm.Float](t *testing.T) {
	n := trainedNetwork[T](t)
	if got, want := n.Params(), 10+(2*60+2*2*64+70)+(3*70+3); got != want {
		t.Errorf("%d parameters, want %d", got, want)
	}
	file := fileOf(t, &Model[T]{Network: n, Task: Outputs})
	m, err := ReadModel[T](bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := m.Network.Params(), n.Params(); got != want {
		t.Errorf("%d parameters read, want %d", got, want)
	}
	checkRead(t, n, m, file)
}

func TestDiagonalsRoundTrip(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testDiagonalsRoundTrip[float32])
		t.Run("float64", testDiagonalsRoundTrip[float64])
	})
}

func TestDiagonalsForwardDoesNotAllocate(t *testing.T) {
	n, ws := trainedNetwork[float32](t), &Workspace[float32]{}
	x, dst := random[float32](50, 20, 5), mat.New[float32](20, 3)
	kerneltest.NoAllocs(t, "Forward", func() { n.Forward(dst, x, ws) })
}

func TestHostileDiagonals(t *testing.T) {
	type meta = map[string]string
	n := trainedNetwork[float32](t)
	if _, err := readModel(editNetwork(t, n, nil)); err != nil {
		t.Fatalf("unchanged: %v", err)
	}
	swap := func(old, new string) func(meta, *safetensors.Writer) {
		return func(m meta, _ *safetensors.Writer) {
			if !strings.Contains(m[keyStages], old) {
				t.Fatalf("stages %s have no %s", m[keyStages], old)
			}
			m[keyStages] = strings.Replace(m[keyStages], old, new, 1)
		}
	}
	replace := func(name string, shape []int, data ...float32) func(meta, *safetensors.Writer) {
		return func(m meta, w *safetensors.Writer) {
			m["skip"] = name
			if data != nil {
				safetensors.Add(w, name, shape, data)
			}
		}
	}
	zeros := func(n int) []float32 { return make([]float32, n) }
	for _, c := range []struct {
		name   string
		change func(meta, *safetensors.Writer)
		is     error
		want   string
	}{
		{"no map", swap("arccos(", "bogus("), ErrFormat, "bogus"},
		{"a map without diagonals", swap("on hadamard(seed=9,m=70,d=5,rounds=3,norm=chi)", "on iid(seed=9,m=70,d=5)"), ErrFormat, "no trained diagonals"},
		{"a map of steps", swap("order=1", "order=0"), ErrFormat, "no trained diagonals"},
		{"selected rows", swap("norm=chi", "norm=chi,select=0+1"), ErrFormat, "no trained diagonals"},
		{"a map of another width", swap("d=5", "d=6"), ErrFormat, "stage 1 reads 6 numbers"},
		{"more features", swap("m=70", "m=71"), ErrFormat, `"1.phi.bias" is F32 [70], want [71]`},
		{"more blocks", swap("m=70", "m=129"), ErrFormat, `"1.phi.diagonal0" is [2, 60], want [3, 60]`},
		{"huge", swap("m=70", "m=16777216"), ErrFormat, "draws 1140850688 random numbers of a pool of 16777216×5"},
		{"fewer rounds", swap("rounds=3", "rounds=2"), ErrFormat, "8 tensors, but the stages use 7"},
		{"as a map of the seed", swap(`,"diagonals":true`, ""), ErrFormat, "tensors, but the stages use"},
		{"no first diagonal", replace("1.phi.diagonal0", nil), ErrFormat, `no tensor "1.phi.diagonal0"`},
		{"no last diagonal", replace("1.phi.diagonal2", nil), ErrFormat, `no tensor "1.phi.diagonal2"`},
		{"no biases", replace("1.phi.bias", nil), ErrFormat, `no tensor "1.phi.bias"`},
		{"transposed", replace("1.phi.diagonal1", []int{64, 2}, zeros(128)...), ErrFormat, `"1.phi.diagonal1" is [64, 2], want [2, 64]`},
		{"a vector", replace("1.phi.diagonal1", []int{128}, zeros(128)...), ErrFormat, "two dimensions"},
		{"biases as a matrix", replace("1.phi.bias", []int{1, 70}, zeros(70)...), ErrFormat, `"1.phi.bias"`},
		{"NaN", replace("1.phi.diagonal2", []int{2, 64}, append(zeros(127), float32(math.NaN()))...), ErrNotFinite, `"1.phi.diagonal2" element 127`},
		{"infinity", replace("1.phi.bias", []int{70}, append(zeros(69), float32(math.Inf(-1)))...), ErrNotFinite, `"1.phi.bias" element 69`},
	} {
		_, err := readModel(editNetwork(t, n, c.change))
		if !errors.Is(err, c.is) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: error %v, want one that wraps %q and says %s", c.name, err, c.is, c.want)
		}
	}
	whole := editNetwork(t, n, nil)
	for k := range whole {
		if _, err := readModel(whole[:k]); !errors.Is(err, ErrFormat) {
			t.Fatalf("first %d of %d bytes: %v", k, len(whole), err)
		}
	}
}

// pursuitNetwork is a layer on 6 directions of 3 atoms.
func pursuitNetwork[T asm.Float](t testing.TB) *Network[T] {
	t.Helper()
	s, _, err := ortho.Pursue(t.Context(), ortho.Spec{Seed: 3, Atoms: 64, Terms: 3}, random[float64](60, 6, 5), mat.Gram(nil, random[float64](61, 9, 5)), func(i int, _ []float64) uint8 { return []uint8{0, 1, 77, 128, 200, 255}[i] })
	if err != nil {
		t.Fatal(err)
	}
	m, err := urf.New[T](urf.Fourier{Projection: s, Scale: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	return NewNetwork[T](snnk.New(m, random[T](62, 2, 6), random[T](63, 1, 2).Data()), NewElementwise[T](2, urf.Activation{}))
}

// Directions of atoms come back from a file with the same outputs, and the same bytes again; they take as many bytes as they have bits.
func testPursuitRoundTrip[T asm.Float](t *testing.T) {
	n := pursuitNetwork[T](t)
	file := fileOf(t, &Model[T]{Network: n, Task: Outputs})
	m, err := ReadModel[T](bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	checkRead(t, n, m, file)
	f, err := safetensors.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if codes := f.Tensor("0.phi.codes"); codes == nil || codes.Bytes != (6*(3*(6+5)+8)+7)/8 {
		t.Errorf("codes %v", codes)
	}
}

func TestPursuitRoundTrip(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testPursuitRoundTrip[float32])
		t.Run("float64", testPursuitRoundTrip[float64])
	})
}

func TestHostilePursuit(t *testing.T) {
	type meta = map[string]string
	n := pursuitNetwork[float32](t)
	codes := func(b []byte) func(meta, *safetensors.Writer) {
		return func(m meta, w *safetensors.Writer) {
			m["skip"] = "0.phi.codes"
			if b != nil {
				safetensors.AddBytes(w, "0.phi.codes", []int{len(b)}, b)
			}
		}
	}
	swap := func(old, new string) func(meta, *safetensors.Writer) {
		return func(m meta, _ *safetensors.Writer) {
			if !strings.Contains(m[keyStages], old) {
				t.Fatalf("stages %s have no %s", m[keyStages], old)
			}
			m[keyStages] = strings.Replace(m[keyStages], old, new, 1)
		}
	}
	for _, c := range []struct {
		name   string
		change func(meta, *safetensors.Writer)
		want   string
	}{
		{"no codes", codes(nil), `no tensor "0.phi.codes"`},
		{"too few", codes(make([]byte, 30)), "30 bytes of codes for 6 rows of 41 bits, want 31"},
		{"zeros", codes(make([]byte, 31)), "atoms ascend"},
		{"as text too", swap(`base=`, "base=-9,codes=,base="), "base"},
		{"empty text", swap(`)"}`, `,codes=)"}`), "0 bytes of codes"},
		{"no map", swap("on pursuit(", "on pursuit"), "kind(key=value"},
		{"not closed", swap(`)"}`, `"}`), "codes apart"},
		{"more rows", swap("m=6", "m=7"), "31 bytes of codes"},
		{"very wide", swap("d=5", "d=16777216"), "out of proportion"},
		{"a large dictionary", swap("atoms=64", "atoms=16777216"), "bytes of codes"},
		{"of another projection", swap("pursuit(seed=3,m=6,d=5,atoms=64,terms=3,base=-14)", "iid(seed=3,m=6,d=5)"), "tensors, but the stages use"},
	} {
		_, err := readModel(editNetwork(t, n, c.change))
		if !errors.Is(err, ErrFormat) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: error %v, want one that says %s", c.name, err, c.want)
		}
	}
	_, err := readModel(editNetwork(t, n, func(m meta, w *safetensors.Writer) {
		m["skip"] = "0.phi.codes"
		safetensors.Add(w, "0.phi.codes", []int{31}, make([]float32, 31))
	}))
	if !errors.Is(err, ErrFormat) || !strings.Contains(fmt.Sprint(err), "U8") {
		t.Errorf("codes of another type: %v", err)
	}
	whole := editNetwork(t, n, nil)
	for k := range whole {
		if _, err := readModel(whole[:k]); !errors.Is(err, ErrFormat) {
			t.Fatalf("first %d of %d bytes: %v", k, len(whole), err)
		}
	}
}

// checkRead: what was read from the file of n gives its outputs, and the same bytes when it is saved again.
func checkRead[T asm.Float](t *testing.T, n *Network[T], m *Model[T], file []byte) {
	t.Helper()
	x := random[T](50, 70, 5)
	a, b := n.Forward(nil, x, nil), m.Network.Forward(nil, x, nil)
	for i, v := range a.Data() {
		if w := b.Data()[i]; v != w {
			t.Fatalf("output %d is %x, read from the file %x", i, float64(v), float64(w))
		}
	}
	if !bytes.Equal(fileOf(t, m), file) {
		t.Error("saved again, the file differs")
	}
}
