package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/bundle/table"
	"nnk/internal/atomicfile"
	"nnk/mat"
)

// The first lines of the files of nnk stats and merge-stats. JSON follows, then other parts, each behind its length as a little-endian
// uint64, and the SHA-256 of all before it.
const (
	surveyMagic = "nnk survey of rows 1\n"
	planMagic   = "nnk plan of a fit 1\n"
	sumsMagic   = "nnk sums of rows 1\n"
)

// pack makes a file.
func pack(magic string, head any, parts ...[]byte) ([]byte, error) {
	text, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	size := len(magic) + sha256.Size
	all := append([][]byte{text}, parts...)
	for _, p := range all {
		size += 8 + len(p)
	}
	b := append(make([]byte, 0, size), magic...)
	for _, p := range all {
		b = append(binary.LittleEndian.AppendUint64(b, uint64(len(p))), p...)
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...), nil
}

// unpack reads the JSON and the other parts of a file.
func unpack(b []byte, magic string, head any) ([][]byte, error) {
	if !bytes.HasPrefix(b, []byte(magic)) || len(b) < len(magic)+sha256.Size {
		return nil, fmt.Errorf("%w: not %q", bundle.ErrFormat, magic[:len(magic)-1])
	}
	end := len(b) - sha256.Size
	if sha256.Sum256(b[:end]) != [sha256.Size]byte(b[end:]) {
		return nil, fmt.Errorf("%w: damaged: its checksum is that of other bytes", bundle.ErrFormat)
	}
	var parts [][]byte
	for b = b[len(magic):end]; len(b) > 0; {
		if len(b) < 8 || binary.LittleEndian.Uint64(b) > uint64(len(b)-8) {
			return nil, fmt.Errorf("%w: a part that ends early", bundle.ErrFormat)
		}
		n := binary.LittleEndian.Uint64(b)
		parts, b = append(parts, b[8:8+n]), b[8+n:]
	}
	if len(parts) == 0 {
		return nil, fmt.Errorf("%w: nothing in it", bundle.ErrFormat)
	}
	d := json.NewDecoder(bytes.NewReader(parts[0]))
	d.DisallowUnknownFields()
	if err := d.Decode(head); err != nil {
		return nil, fmt.Errorf("%w: %v", bundle.ErrFormat, err)
	}
	return parts[1:], nil
}

// writeFile writes a file, whole or not at all.
func writeFile(path string, content []byte) error {
	return plain(atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	}))
}

// readStats reads a file, of which what is made of it may take as much again.
func (c *call) readStats(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, plain(err)
	}
	if err := c.memory.need(3*float64(info.Size()), path, "take fewer features, or a smaller pool"); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	return b, plain(err)
}

// shape is what all rows have in common.
type shape struct {
	Arithmetic string // version
	Task       bundle.Task
	Inputs     int           // columns
	Targets    int           // columns as they are kept: 1 of classes
	Columns    []string      `json:",omitempty"` // names of the inputs, if the first rows have them
	Labels     *table.Labels `json:",omitempty"` // of bundle.Classify: what they are, without those of rows
}

// outputs is the number of columns that the fit has of targets.
func (s *shape) outputs() int {
	if s.Labels != nil {
		return s.Labels.Count
	}
	return s.Targets
}

// check refuses a shape that no rows have.
func (s *shape) check() error {
	if s.Arithmetic != asm.ArithmeticVersion {
		return fmt.Errorf("%w: %q, and this program has %s", bundle.ErrArithmetic, s.Arithmetic, asm.ArithmeticVersion)
	}
	const most = 1 << 24
	ok := s.Inputs > 0 && s.Inputs < most && s.Targets > 0 && s.Targets < most
	if l := s.Labels; s.Task == bundle.Classify {
		ok = ok && s.Targets == 1 && l != nil && l.Count > 0 && l.Count < most && (l.Names == nil || len(l.Names) == l.Count) && l.Class == nil && l.Kept == nil
	} else {
		ok = ok && s.Task == bundle.Regress && l == nil
	}
	if ok && s.Columns != nil {
		ok = len(s.Columns) == s.Inputs && slices.Equal(table.UniqueNames(s.Columns), s.Columns)
	}
	if !ok {
		return fmt.Errorf("%w: rows of %d inputs and %d targets for task %q", bundle.ErrFormat, s.Inputs, s.Targets, s.Task)
	}
	return nil
}

// targets are rows of targets as the fit has them.
func (s *shape) targets(kept *mat.Dense[float64]) (bundle.Source, error) {
	if s.Labels == nil {
		return bundle.Matrix(kept), nil
	}
	class := make([]int, kept.Rows())
	for i := range class {
		v := kept.At(i, 0)
		if !(v >= 0 && v < float64(s.Labels.Count)) || v != math.Trunc(v) {
			return nil, fmt.Errorf("%w: class %g of %d", bundle.ErrFormat, v, s.Labels.Count)
		}
		class[i] = int(v)
	}
	return bundle.OneHot(class, s.Labels.Count), nil
}

// keptRows are rows as they are in the data, with their numbers among all, which ascend.
type keptRows struct {
	at   []int
	x, y *mat.Dense[float64]
}

func (k *keptRows) marshal() []byte {
	b := make([]byte, 0, 8*len(k.at)*(1+k.x.Cols()+k.y.Cols()))
	for _, row := range k.at {
		b = binary.LittleEndian.AppendUint64(b, uint64(row))
	}
	for _, m := range []*mat.Dense[float64]{k.x, k.y} {
		for i := range m.Rows() {
			for _, v := range m.Row(i) {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
			}
		}
	}
	return b
}

// mostRow bounds the numbers of rows: it keeps what is made of them from overflowing.
const mostRow = math.MaxInt / 4

func (s *shape) unmarshalRows(b []byte) (*keptRows, error) {
	each := 8 * (1 + s.Inputs + s.Targets)
	if len(b)%each != 0 {
		return nil, fmt.Errorf("%w: %d bytes of rows of %d", bundle.ErrFormat, len(b), each)
	}
	n := len(b) / each
	k := &keptRows{make([]int, n), mat.New[float64](n, s.Inputs), mat.New[float64](n, s.Targets)}
	for i := range k.at {
		row := binary.LittleEndian.Uint64(b[8*i:])
		if row > mostRow || i > 0 && int(row) <= k.at[i-1] {
			return nil, fmt.Errorf("%w: rows that do not ascend", bundle.ErrFormat)
		}
		k.at[i] = int(row)
	}
	b = b[8*n:]
	for _, m := range []*mat.Dense[float64]{k.x, k.y} {
		for i, data := 0, m.Data(); i < len(data); i++ {
			if data[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])); data[i]-data[i] != 0 {
				return nil, fmt.Errorf("%w: rows of numbers that are not finite", bundle.ErrFormat)
			}
		}
		b = b[8*len(m.Data()):]
	}
	_, err := s.targets(k.y)
	return k, err
}

// portion is what is known of some rows: their survey, or their sums.
type portion struct {
	shape
	Plan  string   `json:",omitempty"` // of sums: that which they were made by, see [fitPlan.id]
	Spans [][2]int // the rows, those from the first number to before the second, ascending and apart

	kept    *keptRows // what the fit may ask for, and rows of blocks that are not all there
	x, y    *fit.Survey
	sums    *fit.Stats[float32]
	sources []string // the file of each span, for errors
}

func (p *portion) marshal() ([]byte, error) {
	if p.sums != nil {
		return pack(sumsMagic, p, p.kept.marshal(), p.sums.Marshal())
	}
	return pack(surveyMagic, p, p.kept.marshal(), p.x.Marshal(), p.y.Marshal())
}

// unmarshalPart reads what marshal wrote.
func unmarshalPart(b []byte) (*portion, error) {
	p := &portion{}
	magic := surveyMagic
	if bytes.HasPrefix(b, []byte(sumsMagic)) {
		magic = sumsMagic
	}
	parts, err := unpack(b, magic, p)
	if err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	end := -1
	for _, s := range p.Spans {
		if s[0] <= end || s[0] < 0 || s[1] <= s[0] || s[1] > mostRow {
			return nil, fmt.Errorf("%w: rows %d to %d", bundle.ErrFormat, s[0], s[1]-1)
		}
		end = s[1]
	}
	want := 3
	if magic == sumsMagic {
		want = 2
	}
	if len(parts) != want || end < 0 || (p.Plan != "") != (magic == sumsMagic) {
		return nil, fmt.Errorf("%w: parts are missing", bundle.ErrFormat)
	}
	if p.kept, err = p.unmarshalRows(parts[0]); err != nil {
		return nil, err
	}
	for _, row := range p.kept.at {
		if !p.covers(row, row+1) {
			return nil, fmt.Errorf("%w: row %d is not one of its own", bundle.ErrFormat, row)
		}
	}
	if magic == sumsMagic {
		if p.sums, err = fit.UnmarshalStats[float32](parts[1]); err == nil && p.sums.Targets() != p.outputs() {
			err = fmt.Errorf("%w: sums of %d targets", bundle.ErrFormat, p.sums.Targets())
		}
		return p, err
	}
	if p.x, err = fit.UnmarshalSurvey(parts[1]); err != nil {
		return nil, err
	}
	if p.y, err = fit.UnmarshalSurvey(parts[2]); err == nil && (p.x.Cols() != p.Inputs || p.y.Cols() != p.outputs()) {
		err = fmt.Errorf("%w: a survey of %d inputs and %d targets", bundle.ErrFormat, p.x.Cols(), p.y.Cols())
	}
	return p, err
}
