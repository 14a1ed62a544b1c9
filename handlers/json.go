package handlers

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"knotsandbox/knot"
)

// maxDepth is how many arrays and objects may stand inside each other; one
// more and the body does not decode (derived).
const maxDepth = 511

// jsonError says where and why a body is not the JSON that the API reads.
type jsonError struct {
	offset int // in bytes from the start of the body
	reason string
}

// Error returns the reason with the offset.
func (e *jsonError) Error() string { return fmt.Sprintf("%s at byte %d", e.reason, e.offset) }

// jsonReader decodes a body as the real API does, which is stricter than the
// standard decoder in some ways (UTF-8, surrogates, depth) and differs in
// others (keys are case-sensitive, a repeated key replaces, 1 is not 1.0).
// It makes one pass and keeps substrings; docs/decisions/0002-own-json-reader.md
// tells why it is our own.
type jsonReader struct {
	text  string
	pos   int
	depth int
}

// decodeJSON returns the fields of a body. An error means that the body counts
// as empty.
func decodeJSON(text string) (fields, error) {
	r := jsonReader{text: text}
	return r.document()
}

func (r *jsonReader) document() (fields, error) {
	var f fields
	if !utf8.ValidString(r.text) {
		return fields{}, r.invalidUTF8()
	}
	r.space()
	if r.pos == len(r.text) {
		return fields{}, r.fail("the body is empty")
	}
	if r.text[r.pos] != '{' {
		return fields{}, r.fail("expected an object, found " + r.found())
	}
	if err := r.object(f.set, &f); err != nil {
		return fields{}, err
	}
	r.space()
	if r.pos != len(r.text) {
		return fields{}, r.fail("expected the end, found " + r.found())
	}
	return f, nil
}

// object reads an object and tells member each key with its value. The members
// of "card" go to card as well, if it is not nil.
func (r *jsonReader) object(member func(string, knot.Value), card *fields) error {
	return r.sequence('}', func() error {
		if r.peek() != '"' {
			return r.fail("expected a key in double quotes, found " + r.found())
		}
		key, err := r.str()
		if err != nil {
			return err
		}
		r.space()
		if r.peek() != ':' {
			return r.fail("expected ':', found " + r.found())
		}
		r.pos++
		r.space()
		v, err := r.member(key, card)
		if err == nil && member != nil {
			member(key, v)
		}
		return err
	})
}

// member reads the value of key.
func (r *jsonReader) member(key string, card *fields) (knot.Value, error) {
	if card == nil || key != "card" || r.peek() != '{' {
		return r.value()
	}
	card.clearCard()
	start := r.pos
	return r.array(start, r.object(card.setCard, nil))
}

// sequence reads what stands between two brackets, separated by commas.
func (r *jsonReader) sequence(closing byte, element func() error) error {
	if r.depth++; r.depth > maxDepth {
		return r.fail(fmt.Sprintf("more than %d arrays and objects inside each other", maxDepth))
	}
	r.pos++
	r.space()
	for first := true; r.peek() != closing; first = false {
		if !first {
			if r.peek() != ',' {
				return r.fail(fmt.Sprintf("expected ',' or %q, found %s", closing, r.found()))
			}
			r.pos++
			r.space()
		}
		if err := element(); err != nil {
			return err
		}
		r.space()
	}
	r.pos++
	r.depth--
	return nil
}

// value reads any value.
func (r *jsonReader) value() (knot.Value, error) {
	start := r.pos
	switch c := r.peek(); {
	case c == '"':
		text, err := r.str()
		if err != nil {
			return knot.Null, err
		}
		return r.trimmed(start, text), nil
	case c == '{':
		return r.array(start, r.object(nil, nil))
	case c == '[':
		return r.array(start, r.sequence(']', func() error {
			_, err := r.value()
			return err
		}))
	case c == '-' || isDigit(c):
		return r.number()
	}
	return r.literal()
}

// array returns the array or object that began at start, unless reading it failed.
func (r *jsonReader) array(start int, err error) (knot.Value, error) {
	if err != nil {
		return knot.Null, err
	}
	if strings.Trim(r.text[start+1:r.pos-1], " \t\r\n") == "" {
		return knot.EmptyArray, nil
	}
	return knot.Value(r.text[start:r.pos]), nil
}

// literal reads true, false or null, in lower case only (derived).
func (r *jsonReader) literal() (knot.Value, error) {
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(r.text[r.pos:], word) {
			r.pos += len(word)
			if word == "null" {
				return knot.Null, nil
			}
			return knot.Value(word), nil
		}
	}
	return knot.Null, r.fail("expected a value, found " + r.found())
}

// number reads a number and keeps it as it is written.
func (r *jsonReader) number() (knot.Value, error) {
	start := r.pos
	if r.peek() == '-' {
		r.pos++
	}
	if r.peek() == '0' {
		r.pos++
	} else if !r.digits() {
		return knot.Null, r.fail("expected a digit, found " + r.found())
	}
	if r.peek() == '.' {
		r.pos++
		if !r.digits() {
			return knot.Null, r.fail("expected a digit, found " + r.found())
		}
	}
	if c := r.peek(); c == 'e' || c == 'E' {
		r.pos++
		if c := r.peek(); c == '+' || c == '-' {
			r.pos++
		}
		if !r.digits() {
			return knot.Null, r.fail("expected a digit, found " + r.found())
		}
	}
	return knot.Value(r.text[start:r.pos]), nil
}

// digits skips digits and reports whether there were any.
func (r *jsonReader) digits() bool {
	start := r.pos
	for isDigit(r.peek()) {
		r.pos++
	}
	return r.pos > start
}

// str reads a string. Without escapes the result is a substring of the body.
func (r *jsonReader) str() (string, error) {
	r.pos++
	start := r.pos
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case c == '"':
			r.pos++
			return r.text[start : r.pos-1], nil
		case c == '\\':
			return r.escaped(start)
		case c < ' ':
			return "", r.fail("a control character inside a string has to be escaped: " + r.found())
		default:
			r.pos++
		}
	}
	return "", r.fail("a string without closing quote")
}

// escaped reads the rest of a string that began at start and stands at its
// first escape.
func (r *jsonReader) escaped(start int) (string, error) {
	var b strings.Builder
	b.WriteString(r.text[start:r.pos])
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case c == '"':
			r.pos++
			return b.String(), nil
		case c == '\\':
			char, err := r.escape()
			if err != nil {
				return "", err
			}
			b.WriteRune(char)
		case c < ' ':
			return "", r.fail("a control character inside a string has to be escaped: " + r.found())
		default:
			b.WriteByte(c)
			r.pos++
		}
	}
	return "", r.fail("a string without closing quote")
}

// escape reads one escape sequence, or the two of a surrogate pair.
func (r *jsonReader) escape() (rune, error) {
	const letters, meaning = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if r.pos+1 < len(r.text) {
		if i := strings.IndexByte(letters, r.text[r.pos+1]); i >= 0 {
			r.pos += 2
			return rune(meaning[i]), nil
		}
	}
	char, ok := r.unit()
	if !ok {
		return 0, r.fail("not an escape sequence")
	}
	if !utf16.IsSurrogate(char) {
		r.pos += 6
		return char, nil
	}
	r.pos += 6
	low, _ := r.unit()
	pair := utf16.DecodeRune(char, low)
	if pair == utf8.RuneError {
		r.pos -= 6
		return 0, r.fail("half of a surrogate pair")
	}
	r.pos += 6
	return pair, nil
}

// unit returns the \uXXXX at the present place, without moving.
func (r *jsonReader) unit() (rune, bool) {
	rest := r.text[r.pos:]
	if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
		return 0, false
	}
	var char rune
	for _, c := range []byte(rest[2:6]) {
		digit := strings.IndexByte("0123456789abcdef", lower(c))
		if digit < 0 {
			return 0, false
		}
		char = char<<4 | rune(digit)
	}
	return char, true
}

// trimmed returns a string value; start is where its opening quote stands.
func (r *jsonReader) trimmed(start int, text string) knot.Value {
	short := trim(text)
	if short != "" && len(short) == r.pos-start-2 {
		return knot.Value(r.text[start : r.pos-1]) // the body has it as it is
	}
	return knot.StringValue(short)
}

// space skips white space; JSON knows four kinds.
func (r *jsonReader) space() {
	for r.pos < len(r.text) {
		switch r.text[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

// peek returns the next byte, or 0 at the end.
func (r *jsonReader) peek() byte {
	if r.pos < len(r.text) {
		return r.text[r.pos]
	}
	return 0
}

// found describes what stands at the present place.
func (r *jsonReader) found() string {
	if r.pos >= len(r.text) {
		return "the end of the body"
	}
	char, _ := utf8.DecodeRuneInString(r.text[r.pos:])
	return fmt.Sprintf("%q", char)
}

func (r *jsonReader) fail(reason string) error { return &jsonError{offset: r.pos, reason: reason} }

// invalidUTF8 finds the first byte that is not UTF-8.
func (r *jsonReader) invalidUTF8() error {
	for i, char := range r.text {
		if char == utf8.RuneError && !strings.HasPrefix(r.text[i:], "\uFFFD") {
			r.pos = i
			return r.fail("not UTF-8")
		}
	}
	return nil
}
