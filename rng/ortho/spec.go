package ortho

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"nnk/internal/fault"
	"nnk/rng"
)

// ErrSpec is what every error about a specification wraps, here and in package urf.
var ErrSpec = fault.Spec

// Kind is the construction of a projection.
type Kind int

// The kinds of projection; see the package comment.
const (
	IID Kind = iota
	Hadamard
	Block
	Sobol
	Halton
	Simplex
	Sparse
	Pursuit
)

var kindNames = []string{"iid", "hadamard", "block", "sobol", "halton", "simplex", "sparse", "pursuit"}

func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return kindNames[k]
}

// ParseKind returns the kind of that name.
func ParseKind(name string) (Kind, error) {
	if i := slices.Index(kindNames, name); i >= 0 {
		return Kind(i), nil
	}
	return 0, fmt.Errorf("projection kind %.60q, known are %s: %w", name, strings.Join(kindNames, ", "), ErrSpec)
}

// Default is the kind to take where nothing speaks for another: the error of Gaussian and arc-cosine
// kernels is least for so many columns and a few times as many rows, by the tables in README.md.
func Default(columns int) Kind {
	if columns <= 8 {
		return Sobol
	}
	return Hadamard
}

// Norm is how the rows of an orthogonal block are scaled.
type Norm int

const (
	Chi  Norm = iota // independent χ lengths, as those of normal vectors
	Sqrt             // all rows of the mean square length
)

var normNames = []string{"chi", "sqrt"}

func (n Norm) String() string {
	if n < 0 || int(n) >= len(normNames) {
		return fmt.Sprintf("Norm(%d)", int(n))
	}
	return normNames[n]
}

// Spec describes a projection: with it, G is rebuilt bit for bit.
type Spec struct {
	Kind   Kind
	Seed   uint64
	M, D   int   // rows and columns of G
	Rounds int   // of signs and Hadamard transforms, 1 to 4; 0 means 4 below 64 columns and 3 from there on (Hadamard only)
	Norm   Norm  // of the rows (Hadamard, Block and Simplex only)
	Select []int // rows that are kept, ascending; nil keeps all M

	// Of kind Pursuit alone, see [Pursue].
	Atoms int    // of the dictionary, a power of two
	Terms int    // of each row
	Base  int    // the least exponent of a factor, in quarter octaves
	Codes []byte // of the rows
}

// maxSize bounds M and D, so that a hostile file cannot ask for more.
const maxSize = 1 << 24

// maxStored bounds the elements of G, or of one of its blocks, that a projection
// stores.
const maxStored = 1 << 30

// Validate returns an error that wraps [ErrSpec] if s describes no projection.
func (s Spec) Validate() error {
	switch {
	case s.Kind < 0 || int(s.Kind) >= len(kindNames):
		return fmt.Errorf("unknown kind %d: %w", int(s.Kind), ErrSpec)
	case s.Norm < 0 || int(s.Norm) >= len(normNames):
		return fmt.Errorf("unknown norm %d: %w", int(s.Norm), ErrSpec)
	case s.M < 1 || s.M > maxSize || s.D < 1 || s.D > maxSize:
		return fmt.Errorf("size %d×%d, each must be from 1 to %d: %w", s.M, s.D, maxSize, ErrSpec)
	case s.Rounds < 0 || s.Rounds > maxRounds:
		return fmt.Errorf("%d rounds, at most %d: %w", s.Rounds, maxRounds, ErrSpec)
	case s.Kind == Halton && s.D > rng.MaxHalton:
		return fmt.Errorf("%d columns, kind halton has at most %d: %w", s.D, rng.MaxHalton, ErrSpec)
	}
	if err := s.checkPursuit(); err != nil {
		return err
	}
	if n := s.stored(); n > maxStored {
		return fmt.Errorf("kind %v would store %d elements, at most %d: %w", s.Kind, n, maxStored, ErrSpec)
	}
	for i, j := range s.Select {
		if j < 0 || j >= s.M || i > 0 && j <= s.Select[i-1] {
			return fmt.Errorf("selected row %d at place %d of %d: rows ascend and lie below %d: %w", j, i, len(s.Select), s.M, ErrSpec)
		}
	}
	if s.Select != nil && len(s.Select) == 0 {
		return fmt.Errorf("no row is selected: %w", ErrSpec)
	}
	return nil
}

// stored is the number of elements of G that are kept or, if that is more, of a
// block.
func (s Spec) stored() int64 {
	n := s.Rows()
	switch s.Kind {
	case Hadamard:
		return 0
	case Block:
		n = max(n, min(s.M, s.D))
	case Simplex:
		n = max(n, s.D)
	}
	return int64(n) * int64(s.D)
}

// Rows is the number of rows of G that are kept.
func (s Spec) Rows() int {
	if s.Select != nil {
		return len(s.Select)
	}
	return s.M
}

// Draws returns what making the projection takes at most: random numbers, and multiply-adds that
// make rows orthogonal. Nothing is made; s must be valid.
func (s Spec) Draws() (numbers, work int64) {
	rows, d := int64(s.Rows()), int64(s.D)
	switch s.Kind {
	case Pursuit:
		return s.pursuitDraws()
	case Block, Simplex: // whole blocks for the rows that are kept
		_, rows = s.usedBlocks()
		work = rows * d * d
	case Hadamard: // a length takes as many numbers as a row of a whole block has elements
		blocks, _ := s.usedBlocks()
		return int64(s.block()) * (rows + blocks*int64(s.rounds())), 0
	}
	if s.Kind == Sparse {
		rows *= 2 // which columns they have
	}
	return rows * d, work
}

// usedBlocks is the number of blocks that have a kept row, and that of the rows that are made
// of them.
func (s Spec) usedBlocks() (blocks, rows int64) {
	n := s.block()
	whole := func(block int) int64 {
		if s.Kind == Simplex {
			return int64(n)
		}
		return int64(min(n, s.M-block*n))
	}
	if s.Select == nil {
		last := (s.M - 1) / n
		return int64(last) + 1, int64(last)*int64(n) + whole(last)
	}
	before := -1
	for _, i := range s.Select {
		if block := i / n; block != before {
			blocks, rows, before = blocks+1, rows+whole(block), block
		}
	}
	return blocks, rows
}

// String returns the text form of s, such as
// "hadamard(seed=1,m=256,d=64,rounds=3,norm=chi)"; [ParseSpec] reads it.
func (s Spec) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v(seed=%d,m=%d,d=%d", s.Kind, s.Seed, s.M, s.D)
	if s.Kind == Hadamard {
		fmt.Fprintf(&b, ",rounds=%d", s.rounds())
	}
	if s.Kind == Hadamard || s.Kind == Block || s.Kind == Simplex {
		fmt.Fprintf(&b, ",norm=%v", s.Norm)
	}
	if s.Kind == Pursuit {
		fmt.Fprintf(&b, ",atoms=%d,terms=%d,base=%d,codes=%s", s.Atoms, s.Terms, s.Base, codeText.EncodeToString(s.Codes))
	}
	if s.Select != nil {
		b.WriteString(",select=")
		for i, j := range s.Select {
			if i > 0 {
				b.WriteByte('+')
			}
			b.WriteString(strconv.Itoa(j))
		}
	}
	b.WriteByte(')')
	return b.String()
}

// block is the number of rows of a whole block, and of columns before they are cut.
func (s Spec) block() int {
	if s.Kind == Hadamard {
		return max(leastBlock, 1<<bits.Len(uint(s.D-1)))
	}
	return s.D
}

// leastBlock is the smallest block of kind Hadamard. Signs alone have few directions in a few
// columns, and a few rounds of them do not look normal: with blocks of 16 the mean of the cosine is
// off by up to 0.023 (3 rounds), of 32 its mean square error is up to 1.5 times that of independent rows.
const leastBlock = 64

// maxRounds is the largest number of rounds.
const maxRounds = 4

func (s Spec) rounds() int {
	switch {
	case s.Rounds > 0:
		return s.Rounds
	case s.D < leastBlock: // three leave 1.08 times the error of independent rows in some directions
		return 4
	}
	return 3
}

// ParseSpec reads the text form of a projection and validates it.
func ParseSpec(text string) (Spec, error) {
	var s Spec
	bad := func(why string) (Spec, error) { return Spec{}, fmt.Errorf("%.200q: %s: %w", text, why, ErrSpec) }
	name, rest, ok := strings.Cut(text, "(")
	rest, closed := strings.CutSuffix(rest, ")")
	if !ok || !closed {
		return bad("want kind(key=value,…)")
	}
	var err error
	if s.Kind, err = ParseKind(name); err != nil {
		return Spec{}, err
	}
	var seen []string
	for field := range strings.SplitSeq(rest, ",") {
		key, value, _ := strings.Cut(field, "=")
		if slices.Contains(seen, key) {
			return bad(key + " stands twice")
		}
		seen = append(seen, key)
		switch key {
		case "seed":
			s.Seed, err = strconv.ParseUint(value, 10, 64)
		case "m":
			s.M, err = strconv.Atoi(value)
		case "d":
			s.D, err = strconv.Atoi(value)
		case "rounds":
			s.Rounds, err = strconv.Atoi(value)
		case "atoms":
			s.Atoms, err = strconv.Atoi(value)
		case "terms":
			s.Terms, err = strconv.Atoi(value)
		case "base":
			s.Base, err = strconv.Atoi(value)
		case "codes":
			if s.Codes, err = codeText.DecodeString(value); err == nil && codeText.EncodeToString(s.Codes) != value {
				return bad("codes have line ends or bits that are left over")
			}
		case "norm":
			if s.Norm = Norm(slices.Index(normNames, value)); s.Norm < 0 {
				return bad("norm is chi or sqrt")
			}
		case "select":
			for word := range strings.SplitSeq(value, "+") {
				var j int
				if j, err = strconv.Atoi(word); err != nil {
					break
				}
				s.Select = append(s.Select, j)
			}
		default:
			return bad(fmt.Sprintf("unknown key %.60q", key))
		}
		if err != nil {
			return bad(fmt.Sprintf("%s=%.60q is not what it should be", key, value))
		}
	}
	if err := s.Validate(); err != nil {
		return Spec{}, fmt.Errorf("%.200q: %w", text, err)
	}
	return s, nil
}
