package safetensors

import "strings"

// Matches reports whether the name of a tensor is the pattern, in which * stands for any text and ? for any
// byte.
func Matches(pattern, name string) bool {
	star, from := -1, 0 // the last * of the pattern, and where what it stands for ends
	p, n := 0, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			from++
			p, n = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
