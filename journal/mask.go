package journal

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// Mask stands in place of a secret.
const Mask = "***"

// isSecret reports whether a field or header of that name holds a secret: the
// documented processor_token does. It is asked of every name in every request.
func isSecret(name string) bool {
	for i := range len(name) {
		if beginsSecret(name[i:]) {
			return true
		}
	}
	return false
}

func beginsSecret(text string) bool {
	switch lower(text[0]) {
	case 't':
		return begins(text, "token")
	case 's':
		return begins(text, "secret")
	case 'p':
		return begins(text, "passw") // password, passwd
	case 'a':
		return begins(text, "authorization") || begins(text, "apikey") || begins(text, "api_key") || begins(text, "api-key")
	}
	return false
}

// begins reports whether text begins with a word of lower case, in any case.
func begins(text, word string) bool {
	if len(text) < len(word) {
		return false
	}
	for i := range len(word) {
		if lower(text[i]) != word[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func headerSize(header http.Header) int {
	size := 0
	for name, values := range header {
		for _, value := range values {
			size += len(name) + len(": \n") + len(value)
		}
	}
	return min(size, maxHeader)
}

// maskHeader writes the lines of a header, but for those that go beyond maxHeader.
func maskHeader(w *strings.Builder, header http.Header) {
	end := w.Len() + maxHeader
	for name, values := range header {
		for _, value := range values {
			if isSecret(name) || name == "Cookie" {
				value = maskedValue(value)
			}
			if w.Len()+len(name)+len(": \n")+len(value) > end {
				continue
			}
			w.WriteString(name)
			w.WriteString(": ")
			writeLine(w, value)
		}
	}
}

// writeLine writes a value as one line. The HTTP layer lets no line end through;
// a handler that is called without it might.
func writeLine(w *strings.Builder, value string) {
	if strings.ContainsAny(value, "\r\n") {
		value = strings.NewReplacer("\r", " ", "\n", " ").Replace(value)
	}
	w.WriteString(value)
	w.WriteByte('\n')
}

// maskedValue returns the mask, behind the scheme if the value names a known one.
func maskedValue(value string) string {
	switch {
	case begins(value, "basic "):
		return "Basic " + Mask
	case begins(value, "bearer "):
		return "Bearer " + Mask
	}
	return Mask
}

// maskPath writes a path, secrets in its query masked.
func maskPath(w *strings.Builder, path string) {
	before, query, ok := strings.Cut(path, "?")
	w.WriteString(before)
	if ok {
		w.WriteByte('?')
		maskForm(w, query)
	}
}

// maskBody writes a body, secrets in it masked. How a body is to be read is not
// asked, since a secret sent in the wrong way is one, too: what looks like JSON,
// a multipart form or fields is masked as such.
func maskBody(w *strings.Builder, body string) {
	switch {
	case body == "":
	case strings.HasPrefix(body, "--"):
		maskMultipart(w, body)
	case body[0] == '{' || body[0] == '[':
		maskJSON(w, body)
	default:
		var fields strings.Builder
		maskForm(&fields, body)
		maskJSON(w, fields.String())
	}
}

// maskForm writes the fields of a query or an URL-encoded form.
func maskForm(w *strings.Builder, form string) {
	for i, field := range strings.Split(form, "&") {
		if i > 0 {
			w.WriteByte('&')
		}
		name, value, ok := strings.Cut(field, "=")
		if ok && value != "" && isSecret(unescaped(name)) {
			field = name + "=" + Mask
		}
		w.WriteString(field)
	}
}

func unescaped(name string) string {
	if plain, err := url.QueryUnescape(name); err == nil {
		return plain
	}
	return name
}

// maskMultipart writes a multipart form: of a part whose header speaks of a
// secret, the header alone.
func maskMultipart(w *strings.Builder, body string) {
	for i, part := range strings.Split(body, "\n--") {
		if i > 0 {
			w.WriteString("\n--")
		}
		header, _, ok := cutEmptyLine(part)
		if ok && isSecret(header) {
			part = part[:len(header)] + Mask + "\r"
		}
		w.WriteString(part)
	}
}

// cutEmptyLine cuts a part behind the empty line that ends its header.
func cutEmptyLine(part string) (header, content string, ok bool) {
	for _, end := range [...]string{"\r\n\r\n", "\n\n"} {
		if at := strings.Index(part, end); at >= 0 {
			return part[:at+len(end)], part[at+len(end):], true
		}
	}
	return part, "", false
}

// maskJSON writes JSON, or what is not quite JSON: it only tells strings from the
// rest. Strings under a name of a secret are masked, also those deeper inside;
// other types stay, because they are often what was wrong.
func maskJSON(w *strings.Builder, text string) {
	var (
		written  int  // how much of text
		isNext   bool // the next value is a secret
		depth    int
		allBelow int // the depth from which on every string is secret; 0 for none
	)
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			end := i + stringEnd(text[i:])
			if isName(text[end:]) {
				isNext = isSecret(unquoted(text[i:end]))
			} else if isNext || allBelow > 0 {
				w.WriteString(text[written:i])
				w.WriteString(`"` + Mask + `"`)
				written, isNext = end, false
			}
			i = end - 1
		case '[', '{':
			if depth++; isNext && allBelow == 0 {
				allBelow = depth
			}
			isNext = false
		case ']', '}':
			if depth--; depth < allBelow {
				allBelow = 0
			}
		case ',':
			isNext = false
		}
	}
	w.WriteString(text[written:])
}

// isName reports whether a string is a name, by what stands behind it.
func isName(after string) bool {
	for i := range len(after) {
		switch after[i] {
		case ' ', '\t', '\r', '\n':
		default:
			return after[i] == ':'
		}
	}
	return false
}

// stringEnd returns where the JSON string ends that text begins with.
func stringEnd(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// unquoted returns the characters of a JSON string.
func unquoted(quoted string) string {
	if !strings.Contains(quoted, `\`) {
		return strings.Trim(quoted, `"`)
	}
	var text string
	if err := json.Unmarshal([]byte(quoted), &text); err != nil {
		return quoted
	}
	return text
}
