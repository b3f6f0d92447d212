package ortho

import (
	"errors"
	"math"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
	"nnk/mat"
	"nnk/rng"
)

// specs are projections of every kind and odd shape.
var specs = []Spec{
	{Kind: IID, Seed: 1, M: 1, D: 1},
	{Kind: IID, Seed: 2, M: 33, D: 20},
	{Kind: Hadamard, Seed: 3, M: 1, D: 1},
	{Kind: Hadamard, Seed: 4, M: 16, D: 16},
	{Kind: Hadamard, Seed: 5, M: 70, D: 20},
	{Kind: Hadamard, Seed: 6, M: 100, D: 17, Rounds: 1, Norm: Sqrt},
	{Kind: Hadamard, Seed: 7, M: 31, D: 64, Rounds: 2},
	{Kind: Hadamard, Seed: 7, M: 130, D: 2},
	{Kind: Hadamard, Seed: 7, M: 130, D: 33},
	{Kind: Hadamard, Seed: 7, M: 130, D: 65, Rounds: 4},
	{Kind: Hadamard, Seed: 8, M: 128, D: 20, Select: []int{0, 3, 31, 32, 99, 127}},
	{Kind: IID, Seed: 9, M: 128, D: 20, Select: []int{5, 77}},
	{Kind: Block, Seed: 10, M: 1, D: 1},
	{Kind: Block, Seed: 11, M: 70, D: 20},
	{Kind: Block, Seed: 12, M: 45, D: 45, Norm: Sqrt},
	{Kind: Block, Seed: 13, M: 70, D: 20, Select: []int{3, 41, 61, 69}},
	{Kind: Sobol, Seed: 14, M: 33, D: 20},
	{Kind: Sobol, Seed: 14, M: 200, D: 20},
	{Kind: Sobol, Seed: 15, M: 3, D: 1030, Select: []int{0, 2}},
	{Kind: Halton, Seed: 16, M: 33, D: 20, Select: []int{4, 9, 32}},
	{Kind: Simplex, Seed: 17, M: 1, D: 1},
	{Kind: Simplex, Seed: 18, M: 5, D: 2},
	{Kind: Simplex, Seed: 18, M: 50, D: 20},
	{Kind: Simplex, Seed: 19, M: 50, D: 20, Norm: Sqrt, Select: []int{0, 19, 45}},
	{Kind: Sparse, Seed: 20, M: 9, D: 1},
	{Kind: Sparse, Seed: 20, M: 9, D: 2},
	{Kind: Sparse, Seed: 21, M: 70, D: 20},
	{Kind: Sparse, Seed: 22, M: 70, D: 20, Select: []int{0, 4, 5, 6, 7, 69}},
	written(23, 1, 1, 2, 1),
	written(24, 33, 20, 1024, 3),
	written(25, 5, 70, 64, 8),
}

func TestSpecText(t *testing.T) {
	for _, s := range specs {
		got, err := ParseSpec(s.String())
		if err != nil || got.String() != s.String() || !slices.Equal(got.Select, s.Select) {
			t.Errorf("%v: read back as %v, %v", s, got, err)
		}
	}
	for _, text := range []string{"", "iid", "iid()", "what(seed=1,m=1,d=1)", "iid(m=1,d=0)", "iid(m=1,d=1,x=2)", "iid(m=1,d=99999999999)",
		"hadamard(seed=1,m=4,d=4,rounds=5)", "iid(m=4,d=1,select=2+1)", "iid(m=4,d=1,select=4)", "iid(m=4,d=1,select=)", "iid(m=1,m=2,d=1)", "iid(m=4,d=1,select=1,select=2)", "iid(m=1,d=1", "iid(seed=-1,m=1,d=1)",
		"hadamard(m=1,d=1,norm=max)", "halton(seed=1,m=1,d=16385)",
		"iid(seed=1,m=16777216,d=16777216)", "block(seed=1,m=16777216,d=65536,select=1)", "simplex(seed=1,m=1,d=65536)"} {
		if _, err := ParseSpec(text); !errors.Is(err, ErrSpec) {
			t.Errorf("%q: got %v, want ErrSpec", text, err)
		}
	}
}

func TestApplyIsDense(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		for _, s := range specs {
			applyIsDense[float32](t, s, 2e-6)
			applyIsDense[float64](t, s, 1e-14)
		}
	})
}

func applyIsDense[T asm.Float](t *testing.T, s Spec, tol float64) {
	t.Helper()
	p, err := New[T](s)
	if err != nil {
		t.Fatal(err)
	}
	const n = 9
	x := mat.New[T](n, s.D)
	rng.Normal(rng.New(99), x.Data(), 0)
	got, g := p.Apply(nil, x, nil), p.Dense(nil)
	want := mat.MulT(nil, x, g)
	for i := range n {
		for j := range p.Rows() {
			if e := math.Abs(float64(got.At(i, j) - want.At(i, j))); !(e <= tol*float64(s.D)) {
				t.Errorf("%v %T: (%d, %d) is %g, x·Gᵀ has %g", s, tol, i, j, got.At(i, j), want.At(i, j))
			}
		}
		for j := range g.Rows() {
			if !slices.Equal(p.Row(nil, j), g.Row(j)) {
				t.Errorf("%v: Row(%d) differs from the row of Dense", s, j)
			}
		}
		// One row alone has the same bits.
		one := p.Apply(nil, x.View(i, 0, 1, s.D), new(Workspace[T]))
		if !slices.Equal(one.Row(0), got.Row(i)) {
			t.Errorf("%v: row %d alone differs from the batch", s, i)
		}
	}
	back, wantBack := p.ApplyT(nil, got, nil), mat.Mul(nil, got, g)
	for i := range n {
		for j := range s.D {
			if e := math.Abs(float64(back.At(i, j) - wantBack.At(i, j))); !(e <= tol*float64(s.D*p.Rows())) {
				t.Errorf("%v: (%d, %d) of y·G is %g, want %g", s, i, j, back.At(i, j), wantBack.At(i, j))
			}
		}
	}
	if s.Select != nil {
		whole := s
		whole.Select = nil
		q, err := New[T](whole)
		if err != nil {
			t.Fatal(err)
		}
		all := q.Apply(nil, x, nil)
		for k, j := range s.Select {
			if got.At(0, k) != all.At(0, j) || !slices.Equal(p.Row(nil, k), q.Row(nil, j)) {
				t.Errorf("%v: selected row %d is not row %d of the whole", s, k, j)
			}
		}
	}
}

// TestAllocations: Apply and ApplyT allocate nothing once the workspace has grown.
func TestAllocations(t *testing.T) {
	for _, s := range specs {
		p := must[float32](t, s)
		x, z := mat.New[float32](1, s.D), mat.New[float32](1, p.Rows())
		var ws Workspace[float32]
		p.Apply(z, x, &ws)
		kerneltest.NoAllocs(t, s.String(), func() { p.Apply(z, x, &ws); p.ApplyT(x, z, &ws) })
	}
}

// TestBatchSplits: a batch cut anywhere gives the same bits as the whole.
func TestBatchSplits(t *testing.T) {
	for _, s := range []Spec{{Kind: Hadamard, Seed: 1, M: 3000, D: 700}, {Kind: Block, Seed: 1, M: 130, D: 100}} {
		p := must[float32](t, s)
		x := mat.New[float32](67, s.D)
		rng.Normal(rng.New(98), x.Data(), 0)
		z := p.Apply(nil, x, nil)
		y := p.ApplyT(nil, z, nil)
		for _, cut := range []int{1, 2, 17, 66} {
			for _, part := range [][2]int{{0, cut}, {cut, x.Rows() - cut}} {
				zp := p.Apply(nil, x.View(part[0], 0, part[1], s.D), nil)
				yp := p.ApplyT(nil, zp, nil)
				for i := range part[1] {
					if !slices.Equal(zp.Row(i), z.Row(part[0]+i)) || !slices.Equal(yp.Row(i), y.Row(part[0]+i)) {
						t.Errorf("%v: row %d of %v differs from the whole batch", s, i, part)
					}
				}
			}
		}
	}
}

// TestShapes: wrong shapes panic.
func TestShapes(t *testing.T) {
	for _, s := range []Spec{{Kind: IID, M: 3, D: 4}, {Kind: Hadamard, M: 3, D: 4}} {
		p := must[float64](t, s)
		for name, f := range map[string]func(){
			"columns of x":   func() { p.Apply(nil, mat.New[float64](2, 3), nil) },
			"rows of dst":    func() { p.Apply(mat.New[float64](1, 3), mat.New[float64](2, 4), nil) },
			"columns of dst": func() { p.Apply(mat.New[float64](2, 4), mat.New[float64](2, 4), nil) },
			"columns of y":   func() { p.ApplyT(nil, mat.New[float64](2, 4), nil) },
			"row":            func() { p.Row(nil, 3) },
			"negative row":   func() { p.Row(nil, -1) },
			"dense":          func() { p.Dense(mat.New[float64](4, 3)) },
		} {
			t.Run(name, func(t *testing.T) { misuse.Panics(t, "ortho.Projection.", f) })
		}
	}
}
