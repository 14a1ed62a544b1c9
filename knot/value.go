package knot

import "strings"

// Value is one input value after decoding, however it was sent: its JSON text,
// with strings decoded and trimmed and without their closing quote.
//
//	""        null, or no value at all (the API does not tell them apart)
//	true, 1   a boolean, a number as it was written
//	"abc      the string abc
//	[]        an empty array or object (the API does not tell them apart)
//	[…, {…    any other array or object, undecoded
//	file      an uploaded file of a multipart form
//
// So the first byte is the kind, a decoded body is a handful of substrings of
// the text that came in, and the rules cost no allocation.
type Value string

// Null is the value that is null or was not sent.
const Null Value = ""

// EmptyArray is an array or object without members.
const EmptyArray Value = "[]"

// File is an uploaded file: to every rule a value of the wrong type (derived).
const File Value = "file"

// StringValue returns the Value of a string that is already trimmed. A string
// without characters is null, as it is to the API (derived).
func StringValue(text string) Value {
	if text == "" {
		return Null
	}
	return Value(`"` + text)
}

// IsString reports whether v is a string.
func (v Value) IsString() bool { return strings.HasPrefix(string(v), `"`) }

// IsArray reports whether v is an array or an object.
func (v Value) IsArray() bool { return v != "" && (v[0] == '[' || v[0] == '{') }

// IsNumber reports whether v is a number.
func (v Value) IsNumber() bool { return v != "" && (v[0] == '-' || '0' <= v[0] && v[0] <= '9') }

// Text returns the characters of a string and the JSON text of anything else.
func (v Value) Text() string { return strings.TrimPrefix(string(v), `"`) }

// IsBlank reports whether v counts as not sent: null, or a string of nothing
// but ASCII white space and NUL (derived: a NUL outlives the trimming of the
// input, but no rule other than "required" looks at such a string).
func (v Value) IsBlank() bool {
	switch {
	case v == Null:
		return true
	case v[0] != '"' || len(v) > 1 && v[1] > ' ': // almost all that is sent
		return false
	}
	return strings.Trim(v.Text(), " \t\n\v\r\x00") == ""
}

// IsFilled reports whether v satisfies "required": 0 and false do, a blank
// value and an empty array do not (derived).
func (v Value) IsFilled() bool { return !v.IsBlank() && v != EmptyArray }
