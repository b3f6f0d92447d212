package checkpoint

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A part is what stands between the dots or slashes of a tensor's name: "fc2" has the stem "fc"
// and the number 2, "dense" the stem "dense" and no number, "0" an empty stem.
type part struct {
	text    string
	stem    string
	numbers []int
}

// index reports whether the part is a number alone, as the members of an nn.Sequential are called,
// and which.
func (p part) index() (int, bool) {
	if p.stem == "" && len(p.numbers) == 1 {
		return p.numbers[0], true
	}
	return 0, false
}

// compare orders parts of one stem by their numbers; none comes before all.
func (p part) compare(q part) int {
	if c := slices.Compare(p.numbers, q.numbers); c != 0 {
		return c
	}
	return strings.Compare(p.text, q.text)
}

func parsePart(text string) part {
	p := part{text: text}
	for rest := text; rest != ""; {
		n := 0
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if v, err := strconv.Atoi(rest[:n]); err == nil {
			p.numbers = append(p.numbers, v)
		} else {
			n = max(n, 1) // a letter, or a number too long to be one
			p.stem += rest[:n]
		}
		rest = rest[n:]
	}
	p.stem = strings.TrimRight(p.stem, "_-")
	return p
}

// words are the words of a name in lower case: "inputLayer_2" is input and layer.
func words(name string) []string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r):
			r = ' '
		case unicode.IsUpper(r) && lower:
			b.WriteByte(' ')
		}
		lower = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Fields(b.String())
}

// hasWord reports whether a name has one of the words, separated by blanks.
func hasWord(name, list string) bool {
	known := strings.Fields(list)
	return slices.ContainsFunc(words(name), func(w string) bool { return slices.Contains(known, w) })
}

// separated are the parts of a tensor's name, without the ":0" that TensorFlow ends it with.
func separated(name string) []string {
	name, _, _ = strings.Cut(name, ":")
	return strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '/' })
}
