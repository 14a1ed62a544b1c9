package faults

import (
	"fmt"
	"net/http"
	"net/textproto"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxValue is the longest match value, in bytes.
const maxValue = 256

// Match says which requests a rule is for. An empty field matches every request.
// In User, Path and the value of Header, * stands for any run of characters and ?
// for any one.
type Match struct {
	Client  string `json:"client,omitempty"`  // client id, exact; empty: a rule for everyone
	Product string `json:"product,omitempty"` // product, exact
	User    string `json:"user,omitempty"`    // external user id, exact or with * and ?
	Header  string `json:"header,omitempty"`  // "Name:value", value exact or with * and ?; "Name" for any value
	Method  string `json:"method,omitempty"`  // HTTP method in any case
	Path    string `json:"path,omitempty"`    // path, exact or with * and ?; a final slash in the request is ignored
}

// Request is what a match is held against. Header may be nil. Client must be "" for
// a request whose client id is not one of the configured ones.
type Request struct {
	Client  string
	Product string
	User    string // external user id
	Header  http.Header
	Method  string
	Path    string
}

// MatchError says which field of a Match is refused, and why.
type MatchError struct {
	Field  string `json:"field"` // its JSON name, which is also its word in the language
	Reason string `json:"reason"`
}

// Error returns field and reason.
func (e *MatchError) Error() string { return e.Field + ": " + e.Reason }

func matchWords() []string {
	return []string{"client", "product", "user", "header", "method", "path"}
}

// field returns the field of a match word, or nil if it is none.
func (m *Match) field(key string) *string {
	switch key {
	case "client":
		return &m.Client
	case "product":
		return &m.Product
	case "user":
		return &m.User
	case "header":
		return &m.Header
	case "method":
		return &m.Method
	case "path":
		return &m.Path
	default:
		return nil
	}
}

// String returns the match in the words of the language, empty if it matches all.
func (m Match) String() string {
	var words []string
	for _, key := range matchWords() {
		if value := *m.field(key); value != "" {
			words = append(words, key+"="+quote(value))
		}
	}
	return strings.Join(words, " ")
}

// take moves match words from words into m and returns the others.
func (m *Match) take(words []word) ([]word, error) {
	var rest []word
	for _, w := range words {
		field := m.field(w.key)
		if field == nil {
			rest = append(rest, w)
			continue
		}
		if *field != "" {
			return nil, refuse(w, "%s is given twice", w.key)
		}
		if w.value == "" {
			return nil, refuse(w, "%s wants a value, as in %s=…", show(w.raw), w.key)
		}
		value, err := normalField(w.key, w.value)
		if err != nil {
			return nil, refuse(w, "%s: %v", show(w.raw), err)
		}
		*field = value
	}
	return rest, nil
}

// normal returns the match in canonical form or says what is wrong with it.
func (m Match) normal() (Match, error) {
	for _, key := range matchWords() {
		field := m.field(key)
		if *field == "" {
			continue
		}
		value, err := normalField(key, *field)
		if err != nil {
			return Match{}, &MatchError{Field: key, Reason: err.Error()}
		}
		*field = value
	}
	return m, nil
}

// normalField returns one value in canonical form.
func normalField(key, value string) (string, error) {
	if len(value) > maxValue {
		return "", fmt.Errorf("at most %d bytes", maxValue)
	}
	if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		return "", fmt.Errorf("holds a control character or invalid UTF-8")
	}
	switch key {
	case "client", "product":
		return value, noPattern(value)
	case "header":
		return normalHeader(value)
	case "method":
		return normalMethod(value)
	case "path":
		if value[0] != '/' && value[0] != '*' {
			return "", fmt.Errorf("must start with / or *")
		}
	}
	return value, nil
}

func noPattern(value string) error {
	if strings.ContainsAny(value, "*?") {
		return fmt.Errorf("takes no * or ?; leave it out to match everything")
	}
	return nil
}

func normalMethod(value string) (string, error) {
	if strings.Trim(value, letters) != "" {
		return "", fmt.Errorf("want a method such as POST")
	}
	return strings.ToUpper(value), nil
}

// normalHeader returns Name:value. Host is kept apart from the headers by net/http
// and would never match; Authorization would put a secret into every listing.
func normalHeader(text string) (string, error) {
	name, value, hasValue := strings.Cut(text, ":")
	name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
	value = strings.TrimSpace(value)
	if !hasValue {
		value = "*"
	}
	switch {
	case name == "" || strings.Trim(name, letters+digits+"!#$%&'*+-.^_`|~") != "":
		return "", fmt.Errorf("want Name:value")
	case name == "Host":
		return "", fmt.Errorf("a rule cannot match the host")
	case name == "Authorization":
		return "", fmt.Errorf("a rule cannot hold credentials; match the client instead")
	case value == "":
		return "", fmt.Errorf("want Name:value, or Name alone for any value")
	}
	return name + ":" + value, nil
}
