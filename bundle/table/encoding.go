package table

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

const byteOrderMark = "\ufeff"

// maxLine bounds the memory that a file without line ends can take.
const maxLine = 1 << 26

// wide refuses the encodings that a file's first bytes tell.
func wide(head []byte) error {
	name := ""
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(head, []byte{0, 0, 0xfe, 0xff}):
		name = "UTF-32"
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		name = "UTF-16"
	case len(head) >= 4 && (head[0] == 0) != (head[1] == 0) && (head[2] == 0) != (head[3] == 0):
		name = "UTF-16"
	default:
		return nil
	}
	return fmt.Errorf("csv: %w: the file is %s; write it as UTF-8 (iconv -f %s -t UTF-8)", ErrFormat, name, name)
}

// checked passes on text and refuses what is not UTF-8, has no business in a table or never ends, with the line.
type checked struct {
	r      io.Reader
	line   int // of the next byte
	length int // of the line until now
	tail   [utf8.UTFMax]byte
	n      int // bytes of a rune that is not complete yet, in tail
	err    error
}

func (c *checked) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.r.Read(p)
	if bad := c.look(p[:n]); bad != nil {
		c.err = bad
		return 0, bad
	}
	if err == io.EOF && c.n > 0 {
		err = c.foreign(c.tail[0])
	}
	c.err = err
	return n, err
}

func (c *checked) foreign(b byte) error {
	return fmt.Errorf("csv: %w: line %d: byte 0x%02x is not UTF-8; if the file is Latin-1 or Windows-1252, write it as UTF-8 (iconv -f WINDOWS-1252 -t UTF-8)", ErrFormat, c.line, b)
}

func (c *checked) look(p []byte) error {
	for len(p) > 0 {
		if c.n > 0 { // a rune that the last call cut
			for c.n < utf8.UTFMax && len(p) > 0 && !utf8.FullRune(c.tail[:c.n]) {
				c.tail[c.n], p = p[0], p[1:]
				c.n++
			}
			if !utf8.FullRune(c.tail[:c.n]) {
				return nil
			}
			if r, size := utf8.DecodeRune(c.tail[:c.n]); r == utf8.RuneError && size == 1 {
				return c.foreign(c.tail[0])
			}
			c.length += c.n
			c.n = 0
			continue
		}
		b := p[0]
		switch {
		case b == '\n':
			c.line, c.length = c.line+1, 0
			p = p[1:]
		case b == 0:
			return fmt.Errorf("csv: %w: line %d: a byte that is 0, which no text has", ErrFormat, c.line)
		case b < utf8.RuneSelf:
			c.length++
			p = p[1:]
		case !utf8.FullRune(p):
			c.n = copy(c.tail[:], p)
			p = nil
		default:
			r, size := utf8.DecodeRune(p)
			if r == utf8.RuneError && size == 1 {
				return c.foreign(b)
			}
			c.length += size
			p = p[size:]
		}
		if c.length > maxLine {
			return fmt.Errorf("csv: %w: line %d: more than %d bytes", ErrFormat, c.line, maxLine)
		}
	}
	return nil
}

// quote is a field in quotes, of which no more is shown than a message of 200 characters can hold.
func quote(text string) string { return strconv.Quote(clip(text, 48)) }

// clip shortens a text to at most most bytes.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
