package fault

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// mostQuoted is how many characters of a quoted text an error shows. What is quoted comes from files, whose names and
	// fields may be as long as the file.
	mostQuoted = 200
	// mostWord is how many of what has no blanks and no quotes, such as a path.
	mostWord = 1024
	// mostText is how many of all: many names may be long together.
	mostText = 8192
)

// Brief returns err with the text that [Text] makes of its own; what it wraps stays wrapped. Packages that read files pass their
// errors through it.
func Brief(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if short := Text(text); short != text {
		return brief{short, err}
	}
	return err
}

type brief struct {
	text string
	err  error
}

func (b brief) Error() string { return b.text }
func (b brief) Unwrap() error { return b.err }

// Text shows an error's text in a way that is safe for a terminal and short enough to read: control characters and what is no UTF-8 are
// escaped as Go does, of a text in double quotes 200 characters are shown, of one without blanks 1,024, and of everything 8,192.
func Text(text string) string {
	var b strings.Builder
	quoted, cut := 0, false // characters since the opening quote, 0 outside
	word, all := 0, 0
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRuneInString(text[at:])
		piece := text[at : at+n]
		at += n
		if r == '\\' && quoted > 0 && at < len(text) { // an escape is not taken apart
			_, n := utf8.DecodeRuneInString(text[at:])
			piece, at = piece+text[at:at+n], at+n
		}
		switch {
		case piece == `"` && quoted > 0:
			quoted, cut = 0, false
		case piece == `"`:
			quoted = 1
		case quoted > mostQuoted || quoted == 0 && word >= mostWord && r != ' ' && r != '\n' && r != '\t':
			if !cut {
				b.WriteString("…")
			}
			cut = true
			continue
		case quoted > 0:
			quoted++
		case r == ' ' || r == '\n' || r == '\t':
			word, cut = 0, false
		default:
			word++
		}
		if all++; all > mostText {
			return b.String() + "…"
		}
		b.WriteString(Printable(piece))
	}
	return b.String()
}

// Printable escapes the characters of a text that a terminal would not show but obey, and what is no UTF-8. Line
// breaks and tabs stay.
func Printable(text string) string {
	ok := func(r rune) bool { return unicode.IsPrint(r) || r == '\n' || r == '\t' }
	if utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !ok(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		if ok(r) && (r != utf8.RuneError || n > 1) {
			b.WriteString(text[:n])
		} else {
			q := strconv.Quote(text[:n])
			b.WriteString(q[1 : len(q)-1])
		}
		text = text[n:]
	}
	return b.String()
}

// Name is a text of a file as it is, or quoted where it would break a listing: with line breaks, tabs, control characters or
// blanks at its ends.
func Name(text string) string {
	if Printable(text) == text && !strings.ContainsAny(text, "\n\t") && strings.TrimSpace(text) == text {
		return text
	}
	return strconv.Quote(text)
}
