// Package glob matches texts against patterns in which * stands for any run of
// characters and ? for any one. There is no escape.
package glob

import (
	"strings"
	"unicode/utf8"
)

// Pattern is a text to equal or, if it holds * or ?, to match. The zero Pattern
// matches everything.
type Pattern struct {
	text string
	wild bool
}

// New returns the pattern of a text; the empty text matches everything.
func New(text string) Pattern {
	return Pattern{text: text, wild: strings.ContainsAny(text, "*?")}
}

// Only returns the one text that the pattern matches, and whether it is only one.
func (p Pattern) Only() (text string, ok bool) { return p.text, p.text != "" && !p.wild }

// Matches reports whether the pattern matches all of value.
func (p Pattern) Matches(value string) bool {
	switch {
	case p.text == "":
		return true
	case p.wild:
		return match(p.text, value)
	default:
		return p.text == value
	}
}

// match goes back, on a mismatch, to the last * and lets it swallow one character
// more.
func match(pattern, value string) bool {
	p, v, star, mark := 0, 0, -1, 0
	for v < len(value) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, v
			p++
		case p < len(pattern) && pattern[p] == '?':
			p, v = p+1, v+runeSize(value[v:])
		case p < len(pattern) && pattern[p] == value[v]:
			p, v = p+1, v+1
		case star >= 0:
			mark += runeSize(value[mark:])
			p, v = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

func runeSize(text string) int {
	_, size := utf8.DecodeRuneInString(text)
	return size
}
