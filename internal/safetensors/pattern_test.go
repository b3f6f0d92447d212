package safetensors

import (
	"strings"
	"testing"
)

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"a", "a", true}, {"a", "ab", false}, {"*", "", true}, {"*", "a.b/c", true}, {"a*", "a", true}, {"*a", "ba", true},
		{"a*c", "abbc", true}, {"a*c", "abcb", false}, {"a*b*c", "axbxbxc", true}, {"a*b*c", "axbxx", false}, {"?", "", false}, {"a?c", "abc", true}, {"**", "x", true}, {"*.bias", "0.bias", true}, {"0.*", "10.bias", false},
		{strings.Repeat("*a", 50) + "b", strings.Repeat("a", 1000), false},
	} {
		if got := Matches(c.pattern, c.name); got != c.want {
			t.Errorf("Matches(%.20q, %.20q) = %v", c.pattern, c.name, got)
		}
	}
}
