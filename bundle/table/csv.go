package table

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"nnk/asm"
	"nnk/internal/fault"
)

// ErrFormat is what every error about the content of a table wraps.
var ErrFormat = fault.Format

// Format says how a text file is written. What is zero is found in the file; [CSV.Found] tells what that was.
type Format struct {
	Separator rune // between fields
	// Decimal is '.' or ',' in numbers; the other one may then stand between thousands. A comma is only looked for if it does not separate fields.
	Decimal rune
	Header  Header
	// Rows, if not 0, is the number of rows that belong to the file, as one label belongs to each row of inputs. It
	// decides whether a first line that may be either is a header.
	Rows int
	// Names are columns that the header must have, if there is one: a first line that has them all is the header.
	Names []string
	// Tensor is the one that is read of a .safetensors file of more than one.
	Tensor string
}

// Header says whether the first line is one of names.
type Header int

// What the first line is.
const (
	HeaderAuto Header = iota // see [ReadCSV]
	HeaderYes
	HeaderNo
	HeaderWords // as auto, but numbers are none
)

// CSV is a table of equally long lines of text. The text of all fields is held in memory, with four bytes for each.
type CSV struct {
	Header []string // nil if the file has none

	text    string   // of all fields, those of the header too, one after the other
	ends    []uint32 // where each of them ends: a string would take four times as much
	cols    int
	skip    int // lines of the header, 0 or 1
	jumps   []jump
	origin  []int // numbers of the columns in the file, nil for 0, 1, …
	sep     rune
	decimal byte
	group   byte   // sign between thousands, or 0
	doubt   string // a number in which the decimal sign may as well be one between thousands, or ""
	mark    bool   // the file begins with a byte order mark
}

// jump says that a row, counted with the header, is on another line than the one after that of the row before.
type jump struct{ row, line int }

// ReadCSV reads a whole table, in UTF-8, with or without a byte order mark. The separator is the comma, semicolon, tab or
// vertical bar that gives the first lines equally many fields, numbers where there can be some, or blanks, however many, between numbers. A sign # before
// a first line of names is left out. The first line is taken as a header
// if none of its fields is a number and one of them is a name above a number; if it reads 0, 1, 2, … above real
// numbers; or, in a table of nothing but text, if each of its fields occurs once and all others more often. Where
// f.Rows decides between the two, it does. Empty lines are left out; errors name the lines of the file. The end of ctx is an error, that which ended it, before the next block of bytes.
func (f Format) ReadCSV(ctx context.Context, r io.Reader) (*CSV, error) {
	r = &stoppable{ctx, r}
	b := bufio.NewReaderSize(r, sampleBytes)
	head, err := b.Peek(sampleBytes)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if err := wide(head); err != nil {
		return nil, err
	}
	t := &CSV{sep: f.Separator}
	if t.mark = strings.HasPrefix(string(head), byteOrderMark); t.mark {
		b.Discard(len(byteOrderMark))
		head = head[len(byteOrderMark):]
	}
	if t.sep == 0 {
		t.sep = separator(string(head), err == io.EOF)
	}
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(bytes.TrimRight(head, "\r"), '\r') >= 0 {
		return nil, fmt.Errorf("csv: %w: lines end with a carriage return alone; write them with line feeds (tr '\\r' '\\n')", ErrFormat)
	}
	hash := 0
	if f.Header != HeaderNo {
		hash = hashed(string(head), t.sep)
		b.Discard(hash)
	}
	if t.sep == '"' || t.sep == '\n' || t.sep == '\r' || t.sep == 0xFFFD || f.Decimal != 0 && f.Decimal != '.' && f.Decimal != ',' || t.sep == f.Decimal {
		return nil, fmt.Errorf("csv: %w: separator %q and decimal sign %q do not go together", ErrFormat, t.sep, f.Decimal)
	}
	if err := t.read(b, hash == 0 && bytes.HasPrefix(head, []byte("#"))); err != nil {
		return nil, err
	}
	if f.Decimal == 0 {
		t.findSigns()
	} else if t.decimal, t.group = byte(f.Decimal), byte('.'+','-f.Decimal); rune(t.group) == t.sep {
		t.group = 0
	}
	if f.Header == HeaderYes || hash > 0 || (f.Header == HeaderAuto || f.Header == HeaderWords) && (t.hasNames(f.Names) || t.hasHeader(f.Rows, f.Header == HeaderWords)) {
		for j := range t.cols {
			t.Header = append(t.Header, t.Field(0, j))
		}
		t.skip = 1
	}
	return t, nil
}

// ReadCSV reads a table of which nothing is known; see [Format.ReadCSV].
func ReadCSV(ctx context.Context, r io.Reader) (*CSV, error) { return Format{}.ReadCSV(ctx, r) }

// stoppable cannot be read any more when its context has ended.
type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s *stoppable) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, fmt.Errorf("csv: stopped: %w", context.Cause(s.ctx))
	}
	return s.r.Read(p)
}

// read reads all lines, of which the first may look like a comment.
func (t *CSV) read(r io.Reader, comment bool) error {
	r = &checked{r: r, line: 1}
	if t.sep == ' ' {
		r = &blanks{r: bufio.NewReader(r)}
	}
	c := csv.NewReader(r)
	c.Comma, c.ReuseRecord = t.sep, true
	c.TrimLeadingSpace = t.sep != '\t' && t.sep != ' '
	text := strings.Builder{}
	for row := 0; ; row++ {
		fields, err := c.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			var pe *csv.ParseError
			switch {
			case errors.As(err, &pe) && errors.Is(pe.Err, csv.ErrFieldCount):
				hint := ""
				if comment {
					hint = "; line 1 begins with #, but a table has no comments"
				}
				return fmt.Errorf("csv: %w: line %d: %d fields, but the lines before have %d%s", ErrFormat, pe.Line, len(fields), t.cols, hint)
			case errors.As(err, &pe):
				return fmt.Errorf("csv: %w: line %d: %w", ErrFormat, pe.Line, pe.Err)
			}
			return err
		}
		if t.cols == 0 {
			t.cols = len(fields)
		}
		line, _ := c.FieldPos(0)
		if expected := t.line(row); line != expected {
			t.jumps = append(t.jumps, jump{row, line})
		}
		for _, f := range fields {
			if uint64(text.Len())+uint64(len(f)) > math.MaxUint32 {
				return fmt.Errorf("csv: %w: line %d: more than 4 GiB of text; an .npy file may be larger", ErrFormat, line)
			}
			text.WriteString(f)
			t.ends = append(t.ends, uint32(text.Len()))
		}
	}
	if t.cols == 0 {
		return fmt.Errorf("csv: %w: no lines", ErrFormat)
	}
	t.text = text.String()
	return nil
}

// stopped is the error of a pass over all rows, at row i, when its context has ended, which is looked at in each block of rows.
func stopped(ctx context.Context, i int) error {
	if i%4096 != 0 || ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("csv: stopped before row %d: %w", i, context.Cause(ctx))
}

// line is the line in the file of a row, counted from 0 with the header.
func (t *CSV) line(row int) int {
	lo, hi := 0, len(t.jumps)
	for lo < hi {
		if mid := (lo + hi) / 2; t.jumps[mid].row <= row {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return row + 1
	}
	j := t.jumps[lo-1]
	return j.line + row - j.row
}

// Line is the line of the file on which row i begins, counted from 1.
func (t *CSV) Line(i int) int { return t.line(i + t.skip) }

// inFile is the number that column j has in the file, from 0.
func (t *CSV) inFile(j int) int {
	if t.origin == nil {
		return j
	}
	return t.origin[j]
}

// Rows is the number of rows, without the header.
func (t *CSV) Rows() int { return len(t.ends)/t.cols - t.skip }

// Cols is the number of columns.
func (t *CSV) Cols() int { return t.cols }

// Field is the text in row i and column j.
func (t *CSV) Field(i, j int) string {
	k, start := (i+t.skip)*t.cols+j, uint32(0)
	if k > 0 {
		start = t.ends[k-1]
	}
	return t.text[start:t.ends[k]]
}

// Found says in a few words what was found in the file, or "" if it is plain: commas, points and no header.
func (t *CSV) Found() string {
	var found []string
	if t.mark {
		found = append(found, "a byte order mark")
	}
	if name := map[rune]string{',': "", '\t': "tabs", ';': "semicolons"}[t.sep]; name != "" {
		found = append(found, name)
	} else if t.sep != ',' {
		found = append(found, fmt.Sprintf("%q between fields", t.sep))
	}
	if t.decimal == ',' {
		found = append(found, "decimal commas")
	}
	if t.doubt != "" {
		found = append(found, quote(t.doubt)+" taken for "+strings.Replace(t.doubt, ",", ".", 1)+", not for thousands")
	}
	if t.Header != nil {
		names := strings.Join(t.Header, ", ")
		found = append(found, "a header ("+strings.Trim(quote(names), `"`)+")")
	}
	return strings.Join(found, ", ")
}

// number is the value of a field and reports whether it is a number.
func (t *CSV) number(field string, bits int) (float64, error) {
	field, ok := t.ungrouped(strings.TrimSpace(field))
	if !ok {
		return 0, strconv.ErrSyntax
	}
	if t.decimal == ',' {
		if strings.ContainsRune(field, '.') {
			return 0, strconv.ErrSyntax
		}
		field = strings.Replace(field, ",", ".", 1)
	}
	return parse(field, bits)
}

const twoHeaders = "; if the file has two headers, leave one out"

// twoHeaders reports whether the first two lines have no number, though the third has, as under names and units.
func (t *CSV) twoHeaders() bool {
	first := 2 - t.skip
	if t.Rows() <= first {
		return false
	}
	some := func(row int) bool {
		for j := range t.cols {
			if t.isNumber(t.Field(row, j)) {
				return true
			}
		}
		return false
	}
	for row := range first {
		if some(row) {
			return false
		}
	}
	return some(first)
}

// parse is strconv.ParseFloat of decimal numbers: no hexadecimal ones, and no underscores.
func parse(field string, bits int) (float64, error) {
	if strings.ContainsAny(field, "xX_") {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(field, bits)
}

func (t *CSV) isNumber(s string) bool {
	_, err := t.number(s, 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

// Numeric reports whether the table is one of numbers: in every column the first field that does
// not stand for a missing value is a number. A column of nothing else is text.
func (t *CSV) Numeric() bool {
	for j := range t.cols {
		if !t.numericColumn(j) {
			return false
		}
	}
	return true
}

func (t *CSV) numericColumn(j int) bool {
	for i := range t.Rows() {
		switch f := t.Field(i, j); {
		case t.isNumber(f):
			return true
		case !Missing(f):
			return false
		}
	}
	return false
}

// Numbers returns all fields as numbers, rounded once, in row-major order. A number that is too
// large for T is an error; written as infinity or NaN it is read as that. So is the end of ctx.
func Numbers[T asm.Float](ctx context.Context, t *CSV) ([]T, error) { return numbers[T](ctx, t, false) }

// numbers is Numbers, with NaN for gaps if these are allowed.
func numbers[T asm.Float](ctx context.Context, t *CSV, gaps bool) ([]T, error) {
	var zero T
	bits := 64
	if _, ok := any(zero).(float32); ok {
		bits = 32
	}
	data := make([]T, 0, t.Rows()*t.cols)
	for i := range t.Rows() {
		if err := stopped(ctx, i); err != nil {
			return nil, err
		}
		for j := range t.cols {
			field := t.Field(i, j)
			v, err := t.number(field, bits)
			if err != nil && gaps && Missing(field) {
				v, err = gap, nil
			}
			if errors.Is(err, strconv.ErrRange) {
				return nil, fmt.Errorf("csv: %w: line %d column %d: %s is too large for a number of %d bits", ErrFormat, t.Line(i), t.inFile(j)+1, quote(field), bits)
			}
			if err != nil {
				hint := ""
				if i == 0 && t.Header == nil && !Missing(field) {
					hint = "; if the line is a header, say so"
				}
				if i == 0 && t.twoHeaders() {
					hint = twoHeaders
				}
				return nil, fmt.Errorf("csv: %w: line %d column %d: %s is not a number%s", ErrFormat, t.Line(i), t.inFile(j)+1, quote(field), hint)
			}
			data = append(data, T(v))
		}
	}
	return data, nil
}
