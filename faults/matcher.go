package faults

import (
	"strings"
	"unicode/utf8"
)

// matcher is a match made ready for the hot path. The client is not in it: rules
// are kept by client.
type matcher struct {
	product, method    string
	user, path, header pattern
	headerName         string
}

func newMatcher(m Match) matcher {
	name, value, _ := strings.Cut(m.Header, ":")
	return matcher{
		product: m.Product, method: m.Method, headerName: name,
		user: newPattern(m.User), path: newPattern(m.Path), header: newPattern(value),
	}
}

func (m *matcher) matches(r *Request) bool {
	return (m.product == "" || m.product == r.Product) &&
		(m.method == "" || m.method == r.Method) &&
		m.user.matches(r.User) &&
		m.matchesPath(r.Path) &&
		m.matchesHeader(r)
}

// matchesPath also tries the path without its final slash: the API answers both
// alike.
func (m *matcher) matchesPath(path string) bool {
	if m.path.matches(path) {
		return true
	}
	short := strings.TrimSuffix(path, "/")
	return short != path && short != "" && m.path.matches(short)
}

func (m *matcher) matchesHeader(r *Request) bool {
	if m.headerName == "" {
		return true
	}
	for _, value := range r.Header[m.headerName] {
		if m.header.matches(value) {
			return true
		}
	}
	return false
}

// pattern is a text to equal or, if it holds * or ?, to match. An empty pattern
// matches everything.
type pattern struct {
	text string
	glob bool
}

func newPattern(text string) pattern {
	return pattern{text: text, glob: strings.ContainsAny(text, "*?")}
}

func (p pattern) matches(value string) bool {
	switch {
	case p.text == "":
		return true
	case p.glob:
		return glob(p.text, value)
	default:
		return p.text == value
	}
}

// glob matches a value against a pattern with * and ?. On a mismatch it goes back
// to the last * and lets it swallow one character more.
func glob(pattern, value string) bool {
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
