package glob_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"knotsandbox/glob"
)

func TestOnly(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]bool{"": false, "ada": true, "ada*": false, "a?a": false} {
		if text, ok := glob.New(pattern).Only(); ok != want || text != pattern {
			t.Errorf("New(%q).Only() = %q, %t, want %t", pattern, text, ok, want)
		}
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, value string
		want           bool
	}{
		{"", "", true},
		{"", "anything", true},
		{"abc", "abc", true},
		{"abc", "abcd", false},
		{"abc", "", false},
		{"*", "", true},
		{"a*", "a", true},
		{"a*c", "abbbc", true},
		{"a*c", "abbb", false},
		{"*b*b", "abab", true},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"?", "é", true},
		{"?", "\xff", true},
		{"??", "é", false},
		{"*?", "", false},
		{"a**", "a", true},
		{"[ab]", "a", false},
	} {
		if got := glob.New(c.pattern).Matches(c.value); got != c.want {
			t.Errorf("New(%q).Matches(%q) = %t, want %t", c.pattern, c.value, got, c.want)
		}
	}
}

// A pattern matches what the regular expression does that says the same, if both are
// UTF-8.
func FuzzMatches(f *testing.F) {
	for _, seed := range [][2]string{{"a*c", "abbc"}, {"?", "é"}, {"*?*", ""}, {"**b?b*", "abab"}, {"[a]", "a"}, {"a\n", "a\n"}, {"*\xff", "\xfe\xff"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, value string) {
		got := glob.New(pattern).Matches(value)
		if !utf8.ValidString(pattern+value) || !utf8.ValidString(pattern) || len(pattern) > 1<<10 {
			return
		}
		quoted := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
		if want := pattern == "" || regexp.MustCompile(`(?s)^(?:`+quoted+`)$`).MatchString(value); got != want {
			t.Errorf("New(%q).Matches(%q) = %t, want %t", pattern, value, got, want)
		}
	})
}

// Many stars against a long value take time by the product of their lengths at
// most.
func BenchmarkManyStars(b *testing.B) {
	p, value := glob.New(strings.Repeat("*a", 50)+"b"), strings.Repeat("a", 4096)
	for b.Loop() {
		p.Matches(value)
	}
}
