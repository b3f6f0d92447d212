package table

import (
	"bufio"
	"io"
	"strings"
)

// blanksSeparate reports whether the fields of a file's head are numbers with blanks between them, two or more on each line, as
// numpy.savetxt writes them; its first line may be one of names.
func blanksSeparate(head string, whole bool) bool {
	if strings.ContainsAny(head, ";\t|") {
		return false
	}
	lines := strings.Split(head, "\n")
	if !whole && len(lines) > 1 {
		lines = lines[:len(lines)-1]
	}
	width, rows, names := 0, 0, 0
	for i, line := range lines[:min(len(lines), 100)] {
		fields := strings.Fields(line)
		numbers := true
		for _, f := range fields {
			_, err := parse(strings.Replace(f, ",", ".", 1), 64)
			numbers = numbers && err == nil && f[0] != ',' && f[len(f)-1] != ','
		}
		if i == 0 && !numbers {
			if names = len(fields); line[0] == '#' {
				names = 0 // it may be a comment, which has any number of words
			}
			continue
		}
		if len(fields) == 0 {
			continue
		}
		if !numbers || len(fields) < 2 || width != 0 && len(fields) != width {
			return false
		}
		width, rows = len(fields), rows+1
	}
	return rows > 0 && (names == 0 || names == width)
}

// hashed returns the bytes of the sign # and the blanks after it at the start of a file, if they stand before a line of names as numpy.savetxt
// writes it, else 0: before a line with as many fields as the next, of which none is a number or a gap.
func hashed(head string, sep rune) int {
	if !strings.HasPrefix(head, "#") {
		return 0
	}
	first, rest, _ := strings.Cut(head, "\n")
	second, _, _ := strings.Cut(rest, "\n")
	names := strings.TrimLeft(first[1:], " \t")
	fields := fieldsOf(names, sep)
	if strings.HasPrefix(second, "#") || len(fields) != len(fieldsOf(second, sep)) || Missing(fieldsOf(first, sep)[0]) {
		return 0
	}
	for _, f := range fields {
		if _, err := parse(strings.TrimSpace(f), 64); err == nil || Missing(f) {
			return 0
		}
	}
	return len(first) - len(names)
}

// fieldsOf are the fields of a line, without regard to quotes; at least one.
func fieldsOf(line string, sep rune) []string {
	if sep != ' ' {
		return strings.Split(line, string(sep))
	}
	if fields := strings.Fields(line); len(fields) > 0 {
		return fields
	}
	return []string{""}
}

// blanks reads a file in which blanks and tabs separate fields as one in which a single blank does: none begins or
// ends a line. What stands in quotes stays.
type blanks struct {
	r                       *bufio.Reader
	begun, waiting, inQuote bool // a line has begun; a blank waits for what comes after it
}

func (b *blanks) Read(p []byte) (int, error) {
	n := 0
	for n < len(p)-1 {
		c, err := b.r.ReadByte()
		if err != nil {
			if n > 0 && err == io.EOF {
				return n, nil
			}
			return n, err
		}
		switch {
		case b.inQuote:
		case c == ' ' || c == '\t':
			b.waiting = b.begun
			continue
		case c == '\r' || c == '\n':
			b.begun, b.waiting = false, false
		default:
			if b.waiting {
				p[n] = ' '
				n++
			}
			b.begun, b.waiting = true, false
		}
		if c == '"' {
			b.inQuote = !b.inQuote
		}
		p[n] = c
		n++
	}
	return n, nil
}
