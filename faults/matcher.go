package faults

import (
	"strings"

	"knotsandbox/glob"
)

// matcher is a match made ready for the hot path. The client is not in it: rules
// are kept by client.
type matcher struct {
	product, method    string
	user, path, header glob.Pattern
	headerName         string
}

func newMatcher(m Match) matcher {
	name, value, _ := strings.Cut(m.Header, ":")
	return matcher{
		product: m.Product, method: m.Method, headerName: name,
		user: glob.New(m.User), path: glob.New(m.Path), header: glob.New(value),
	}
}

func (m *matcher) matches(r *Request) bool {
	return (m.product == "" || m.product == r.Product) &&
		(m.method == "" || m.method == r.Method) &&
		m.user.Matches(r.User) &&
		m.matchesPath(r.Path) &&
		m.matchesHeader(r)
}

// matchesPath also tries the path without its final slash: the API answers both
// alike.
func (m *matcher) matchesPath(path string) bool {
	if m.path.Matches(path) {
		return true
	}
	short := strings.TrimSuffix(path, "/")
	return short != path && short != "" && m.path.Matches(short)
}

func (m *matcher) matchesHeader(r *Request) bool {
	if m.headerName == "" {
		return true
	}
	for _, value := range r.Header[m.headerName] {
		if m.header.Matches(value) {
			return true
		}
	}
	return false
}
