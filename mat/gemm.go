package mat

import (
	"runtime"
	"sync"

	"nnk/asm"
)

// operand is a matrix read as it lies or transposed: element (i, j) is
// data[i*rs+j*cs].
type operand[T asm.Float] struct {
	rows, cols, rs, cs int
	data               []T
}

func byRows[T asm.Float](a *Dense[T]) operand[T] {
	return operand[T]{a.rows, a.cols, a.stride, 1, a.data}
}

func byCols[T asm.Float](a *Dense[T]) operand[T] {
	return operand[T]{a.cols, a.rows, 1, a.stride, a.data}
}

// product is one matrix product C = A·B or C += A·B. B is given either as an
// operand or as packed panels.
type product[T asm.Float] struct {
	m, n, k int
	a, b    operand[T]
	packed  *Packed[T]
	c       []T
	cs      int
	load    bool // start from C's values
	upper   bool // C is square and only its upper triangle is asked for
}

// multiply runs the product that writes dst.
func multiply[T asm.Float](dst *Dense[T], a, b operand[T], packed *Packed[T], load bool) {
	p := product[T]{m: dst.rows, n: dst.cols, k: a.cols, a: a, b: b, packed: packed, c: dst.data, cs: dst.stride, load: load}
	p.run()
}

// tuning holds the sizes at which the way of computing changes; none of them
// changes a bit of the result. Tests lower them to take every way with small
// matrices.
var tuning = struct {
	work   int // multiply-adds a goroutine must have to be worth its start of some microseconds
	depth  int // length of a block of k, in columns of a tile
	cached int // elements that lie in the caches well enough to be read where they are
	wide   int // columns from which a packed A pays
	many   int // rows from which a packed B pays
	tall   int // rows of A to pack at a time, so that they stay in the L3 cache
}{1 << 19, 16, 1 << 18, 1024, 256, 2048}

// run splits C among goroutines. The sums are not split, so the number of
// goroutines changes no bit.
func (p *product[T]) run() {
	if p.m == 0 || p.n == 0 {
		return
	}
	work := p.m * p.n * (p.k + 1)
	if p.upper {
		work /= 2
	}
	if workers := min(runtime.GOMAXPROCS(0), work/tuning.work); workers > 1 {
		q := *p // the copy that goroutines share lives on the heap, the caller's need not
		q.parallel(workers)
		return
	}
	p.block(0, p.m, 0, p.n)
}

// parallel cuts C into a grid of at most workers blocks. Columns are cut first,
// because then no two blocks pack the same part of B, and not below two panels.
func (p *product[T]) parallel(workers int) {
	w := asm.TileCols[T]()
	across := max(min(workers, p.n/(2*w)), 1)
	down := 1
	if !p.upper {
		down = max(min(workers/across, p.m/asm.TileRows()), 1)
	}
	var wg sync.WaitGroup
	for x := range across {
		j0, j1 := p.cut(x, across, w), p.cut(x+1, across, w)
		for y := range down {
			i0, i1 := p.m*y/down, p.m*(y+1)/down
			if x == across-1 && y == down-1 {
				p.block(i0, i1, j0, j1)
			} else {
				wg.Go(func() { p.block(i0, i1, j0, j1) })
			}
		}
	}
	wg.Wait()
}

// cut is the column where part x of parts begins, a multiple of the panel width.
// In a triangle, column j costs j+1 multiply-adds a step, so parts of equal work
// end at √(x/parts).
func (p *product[T]) cut(x, parts, width int) int {
	panels := (p.n + width - 1) / width
	c := panels * x / parts
	if p.upper {
		for c = 0; c*c*parts < panels*panels*x; c++ {
		}
	}
	return min(c*width, p.n)
}

// row computes part of a row of C against a B that lies in rows: one stream.
func (p *product[T]) row(i, j0, j1 int) {
	c := p.c[i*p.cs+j0 : i*p.cs+j1]
	if !p.load {
		clear(c)
	}
	asm.AxpyRows(c, p.k, p.a.from(i, 0), p.a.cs, p.b.from(0, j0), p.b.rs)
}

// block computes rows i0…i1 and columns j0…j1 of C.
func (p *product[T]) block(i0, i1, j0, j1 int) {
	if i1-i0 == 1 && p.packed == nil && p.b.cs == 1 {
		p.row(i0, j0, j1)
		return
	}
	for ; i0 < i1; i0 += tuning.tall {
		p.panels(i0, min(i0+tuning.tall, i1), j0, j1)
	}
}

// panels computes a block that is not too tall. For each block of k it packs A if
// that pays, then goes along C by panels of columns: B's panel is read once from
// far away and then stays in the L1 and L2 caches for all rows.
func (p *product[T]) panels(i0, i1, j0, j1 int) {
	kc := p.depth()
	packA, packB := p.packs(i1-i0, j1-j0)
	width, mr := asm.TileCols[T](), asm.TileRows()
	sizeA, sizeB := 0, 0
	if packA {
		sizeA = (i1 - i0 + mr - 1) / mr * mr * kc
	}
	if packB {
		sizeB = width * kc
	}
	buf := getScratch[T](sizeA + sizeB)
	bufA, bufB := (*buf)[:sizeA], (*buf)[sizeA:]
	for q := 0; q == 0 || q < p.k; q += kc {
		depth := min(kc, p.k-q)
		if packA {
			packPanels(bufA, mr, p.a, i0, i1, q, depth)
		}
		for j, w := j0, 0; j < j1; j += w {
			w = panelWidth[T](j1-j, p.packed != nil)
			b, bs := p.panel(bufB, packB, j, w, q, depth)
			hi := i1
			if p.upper {
				hi = min(i1, j+w)
			}
			if !packA {
				asm.Tile(hi-i0, w, depth, p.a.from(i0, q), p.a.rs, p.a.cs, b, bs, p.c[i0*p.cs+j:], p.cs, p.load || q > 0)
				continue
			}
			for i := i0; i < hi; i += mr {
				asm.Tile(min(mr, hi-i), w, depth, bufA[(i-i0)*depth:], 1, mr, b, bs, p.c[i*p.cs+j:], p.cs, p.load || q > 0)
			}
		}
	}
	putScratch(buf)
}

// depth is the length of a block of k. With 3 KiB of each of its rows a panel of A
// stays in the L1 cache, one of B in half a MiB of L2; longer blocks read and write C
// less often. All blocks are of about one length, up to half as much again.
func (p *product[T]) depth() int {
	kc := tuning.depth * asm.TileCols[T]()
	blocks := max((p.k+kc/2)/kc, 1)
	return max((p.k+blocks-1)/blocks, 1)
}

// packs tells whether a block of m rows and n columns is worth copying A and B to
// panels for. A copied element costs about as much as 64 multiply-adds, so A must
// serve many columns, and B many rows; and what lies in the caches, in rows of
// moderate length, is as fast where it is.
func (p *product[T]) packs(m, n int) (a, b bool) {
	a = n >= tuning.wide || (p.a.cs != 1 && 8*n >= tuning.wide && 4*m*p.k >= tuning.cached)
	b = p.packed == nil && (p.b.cs != 1 || (m >= tuning.many && p.k*n > tuning.cached))
	return a, b
}

// panelWidth is the number of columns of the next panel when rest are left. The
// last two share what is left, unless the panels are given.
func panelWidth[T asm.Float](rest int, given bool) int {
	width := asm.TileCols[T]()
	if given || rest <= width || rest >= 2*width {
		return min(rest, width)
	}
	third := width / 3 // the widest vector
	return (rest/2 + third - 1) / third * third
}

// panel returns columns j…j+w of B for depth values of k from q, and the
// distance of its rows.
func (p *product[T]) panel(buf []T, pack bool, j, w, q, depth int) ([]T, int) {
	switch {
	case p.packed != nil:
		return p.packed.panel(j, q)
	case pack:
		packPanel(buf, w, p.b.transposed(), j, w, q, depth)
		return buf, w
	}
	return p.b.from(q, j), p.b.rs
}

// from is the part of the operand's data that starts at element (i, j).
func (a *operand[T]) from(i, j int) []T {
	if o := i*a.rs + j*a.cs; o < len(a.data) {
		return a.data[o:]
	}
	return nil // an empty operand
}

func (a *operand[T]) transposed() operand[T] {
	return operand[T]{a.cols, a.rows, a.cs, a.rs, a.data}
}
