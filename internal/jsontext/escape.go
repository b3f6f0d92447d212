package jsontext

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// short are the escapes of one letter, and what they stand for.
const short, meant = `"\/bfnrt`, "\"\\/\b\f\n\r\t"

// unescape replaces the escapes in v, the text between the quotes of a string. It is false for one that JSON does not have, and
// for half of a surrogate pair, which is no character.
func unescape(v []byte) ([]byte, bool) {
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] != '\\' {
			out = append(out, v[i])
			continue
		}
		i++
		if v[i] == 'u' {
			r, ok := hex(v[i+1:])
			i += 4
			if ok && utf16.IsSurrogate(r) {
				var low rune
				if i+2 >= len(v) || v[i+1] != '\\' || v[i+2] != 'u' {
					return nil, false
				}
				if low, ok = hex(v[i+3:]); ok {
					r = utf16.DecodeRune(r, low)
					ok = r != utf8.RuneError
				}
				i += 6
			}
			if !ok {
				return nil, false
			}
			out = utf8.AppendRune(out, r)
			continue
		}
		at := 0
		for at < len(short) && short[at] != v[i] {
			at++
		}
		if at == len(short) {
			return nil, false
		}
		out = append(out, meant[at])
	}
	return out, true
}

// hex is the number of the four digits that v begins with.
func hex(v []byte) (rune, bool) {
	if len(v) < 4 {
		return 0, false
	}
	r := rune(0)
	for _, c := range v[:4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 + rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 + rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become the replacement character.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ':
			b = append(b, `\u00`...)
			b = append(b, "0123456789abcdef"[r>>4], "0123456789abcdef"[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// AppendStrings appends list as a JSON list of strings.
func AppendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendString(b, s)
	}
	return append(b, ']')
}

// AppendNumber appends the shortest text that [Scanner.Number] reads as x again. x must be finite.
func AppendNumber(b []byte, x float64) []byte { return strconv.AppendFloat(b, x, 'g', -1, 64) }

// AppendKey appends what stands before the value of a key: a comma unless the object that b ends with is empty yet, the key, a colon.
func AppendKey(b []byte, key string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(AppendString(b, key), ':')
}
