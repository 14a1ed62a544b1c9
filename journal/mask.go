package journal

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// Mask stands in place of a secret.
const Mask = "***"

// isSecret reports whether a field or header of that name holds a secret: the
// documented processor_token does. It is asked of every name in every request.
func isSecret(name string) bool {
	switch name { // what almost every request has
	case "type", "external_user_id", "card_id", "phone_number", "email", "card", "blocked", "has_funds":
		return false
	}
	for i := range len(name) {
		if mayBegin[name[i]] && beginsSecret(name[i:]) {
			return true
		}
	}
	return false
}

// mayBegin are the letters with which the words of a secret begin, isLetter those
// that in JSON stand in strings only, or in a literal.
var mayBegin, isLetter = letters("acpst"), letters("abcdefghijklmnopqrstuvwxyz'")

func letters(lower string) (table [256]bool) {
	for _, c := range []byte(lower + strings.ToUpper(lower)) {
		table[c] = true
	}
	return table
}

// beginsSecret reports whether a text begins with a word that names a secret.
func beginsSecret(text string) bool {
	switch lower(text[0]) {
	case 't':
		return begins(text, "token")
	case 's':
		return begins(text, "secret")
	case 'c':
		return begins(text, "credential")
	case 'p':
		return begins(text, "passw") || begins(text, "passphrase") || begins(text, "pwd") || beginsKey(text, "private")
	case 'a':
		return begins(text, "authorization") || beginsKey(text, "api") || beginsKey(text, "access")
	}
	return false
}

// beginsKey reports whether a text begins with such a key: api_key, api-key, apikey.
func beginsKey(text, of string) bool {
	if !begins(text, of) {
		return false
	}
	rest := text[len(of):]
	if rest != "" && (rest[0] == '_' || rest[0] == '-') {
		rest = rest[1:]
	}
	return begins(rest, "key")
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

// maskHeader writes the lines of a header, but for those that go beyond maxHeader.
func maskHeader(w *bytes.Buffer, header http.Header) {
	end := w.Len() + maxHeader
	for name, values := range header {
		isHidden := hides(name)
		for _, value := range values {
			if isHidden {
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

// hides reports whether a header of that name is hidden whole.
func hides(name string) bool {
	switch name { // what almost every request has
	case "Accept", "Accept-Encoding", "Content-Length", "Content-Type", "User-Agent":
		return false
	}
	for i := range len(name) {
		rest := name[i:]
		if mayBegin[name[i]] && (begins(rest, "auth") || begins(rest, "cookie") || beginsSecret(rest)) {
			return true
		}
	}
	return false
}

// writeLine writes a value as one line. The HTTP layer lets no line end through;
// a handler that is called without it might.
func writeLine(w *bytes.Buffer, value string) {
	switch oddity(value) {
	case '\r', '\n':
		value = strings.NewReplacer("\r", " ", "\n", " ").Replace(value)
		maskLoosely(w, value)
	case '=': // an address with a query, or something like it
		maskLoosely(w, value)
	default:
		w.WriteString(value)
	}
	w.WriteByte('\n')
}

// oddity returns the line end that a value holds, or else the equals sign, or 0.
func oddity(value string) byte {
	var found byte
	for i := range len(value) {
		switch value[i] {
		case '\r', '\n':
			return value[i]
		case '=':
			found = '='
		}
	}
	return found
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

// maskPath writes a path, secrets in it masked. It may be a whole address.
func maskPath(w *bytes.Buffer, path string) {
	if strings.IndexByte(path, '@') < 0 && strings.IndexByte(path, '%') < 0 && !isSecret(path) {
		w.WriteString(path)
		return
	}
	if scheme, rest, ok := strings.Cut(path, "://"); ok {
		if _, host, ok := strings.Cut(rest, "@"); ok {
			path = scheme + "://" + Mask + "@" + host
		}
	}
	before, query, ok := strings.Cut(path, "?")
	maskLoosely(w, before)
	if ok {
		w.WriteByte('?')
		maskForm(w, query)
	}
}

// maskBody writes a body, secrets in it masked. How a body is to be read is not
// asked, since a secret sent in the wrong way is one, too.
func maskBody(w *bytes.Buffer, body string) {
	start := strings.TrimLeft(body, " \t\r\n")
	switch {
	case start == "":
		w.WriteString(body)
	case strings.IndexByte(`{["`, start[0]) >= 0:
		maskJSON(w, body)
	case strings.Contains(body, "--") && strings.Contains(body, "\n\r\n"):
		maskMultipart(w, body)
	default:
		maskForm(w, body)
	}
}

// maskForm writes the fields of a query or an URL-encoded form, or of what was sent
// as one.
func maskForm(w *bytes.Buffer, form string) {
	for i, field := range strings.Split(form, "&") {
		if i > 0 {
			w.WriteByte('&')
		}
		name, value, ok := strings.Cut(field, "=")
		switch {
		case ok && value != "" && isSecret(unescaped(name)), strings.Contains(value, "%") && isSecret(unescaped(value)):
			w.WriteString(name + "=" + Mask)
		default:
			maskLoosely(w, field)
		}
	}
}

// unescaped decodes what is percent-encoded and leaves the rest as it is.
func unescaped(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if c, err := strconv.ParseUint(text[min(i+1, len(text)):min(i+3, len(text))], 16, 8); err == nil && text[i] == '%' && i+2 < len(text) {
			b.WriteByte(byte(c))
			i += 2
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// maskMultipart writes a multipart form: of a part whose header speaks of a
// secret, the header alone.
func maskMultipart(w *bytes.Buffer, body string) {
	start := strings.Index(body, "--")
	delimiter, _, _ := strings.Cut(body[start:], "\r\n")
	maskLoosely(w, body[:start])
	for i, part := range strings.Split(body[start:], delimiter) {
		if i > 0 {
			w.WriteString(delimiter)
		}
		header, content, ok := cutEmptyLine(part)
		if ok && isSecret(header) {
			w.WriteString(header)
			w.WriteString(Mask + "\r\n")
			continue
		}
		w.WriteString(header)
		maskLoosely(w, content)
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
// other types stay, because they are often what was wrong. What is no JSON after
// all, and JSON inside of a string, is masked loosely as well.
func maskJSON(w *bytes.Buffer, text string) {
	var room [4]piece
	secrets, isPlain := jsonSecrets(text, room[:0])
	if !isPlain {
		var masked bytes.Buffer
		writeMasked(&masked, text, secrets)
		maskLoosely(w, masked.String())
		return
	}
	writeMasked(w, text, secrets)
}

// piece is a piece of a text.
type piece struct{ start, end int }

// writeMasked writes a text with masked strings in place of some pieces.
func writeMasked(w *bytes.Buffer, text string, pieces []piece) {
	written := 0
	for _, p := range pieces {
		w.WriteString(text[written:p.start])
		w.WriteString(`"` + Mask + `"`)
		written = p.end
	}
	w.WriteString(text[written:])
}

// jsonSecrets adds the strings of a text that are secrets, and reports whether it is
// plain JSON: all words stand in strings, and no string looks like a text with names
// and values of its own.
func jsonSecrets(text string, secrets []piece) (_ []piece, isPlain bool) {
	scan := jsonScan{isPlain: true}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			end := i + stringEnd(text[i:])
			if scan.isSecret(text[i:end], isName(text[end:])) {
				secrets = append(secrets, piece{i, end})
			}
			i = end - 1
		case '[', '{':
			scan.open()
		case ']', '}':
			scan.close()
		case ',':
			scan.isNext = false
		case 't', 'f', 'n':
			i += literalEnd(text[i:])
		default:
			scan.isPlain = scan.isPlain && !isLetter[c]
		}
	}
	return secrets, scan.isPlain
}

// jsonScan is how far the secrets of a text were found.
type jsonScan struct {
	isPlain  bool
	isNext   bool // the next value is one
	depth    int
	allBelow int // from this depth on all are; 0 for none
}

// isSecret takes a string, which may be a name, and reports whether it is a secret.
func (s *jsonScan) isSecret(quoted string, isName bool) bool {
	switch {
	case isName:
		s.isNext = isSecret(unquoted(quoted))
	case s.isNext || s.allBelow > 0:
		s.isNext = false
		return true
	default:
		s.isPlain = s.isPlain && !hasFields(quoted)
	}
	return false
}

func (s *jsonScan) open() {
	if s.depth++; s.isNext && s.allBelow == 0 {
		s.allBelow = s.depth
	}
	s.isNext = false
}

func (s *jsonScan) close() {
	if s.depth = max(0, s.depth-1); s.depth < s.allBelow {
		s.allBelow = 0
	}
}

// separates are the characters that stand between names and values.
var separates = [256]bool{'"': true, '=': true, ':': true}

// hasFields reports whether a string may hold names and values: quotes, or an equals
// sign.
func hasFields(quoted string) bool {
	for i := 1; i < len(quoted)-1; i++ {
		if separates[quoted[i]] {
			return true
		}
	}
	return false
}

// literalEnd returns the place of the last letter of a literal, 0 if text begins with
// none.
func literalEnd(text string) int {
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(text, word) {
			return len(word) - 1
		}
	}
	return 0
}

// maskLoosely writes a text of any form: what follows the name of a secret and
// something that separates the two, as in YAML, XML or a field of a form, is masked.
// It rather masks too much.
func maskLoosely(w *bytes.Buffer, text string) {
	written := 0
	for i := 0; i < len(text); i++ {
		if !mayBegin[text[i]] || !beginsSecret(text[i:]) {
			continue
		}
		start := valueStart(text, i)
		if start < 0 {
			continue
		}
		end := valueEnd(text, start)
		if value := text[start:end]; value != "" && value != Mask {
			w.WriteString(text[written:start])
			w.WriteString(Mask)
			written = end
		}
		i = end - 1
	}
	w.WriteString(text[written:])
}

// valueStart returns where the value of the name at i begins, or -1 if nothing
// separates it from its name.
func valueStart(text string, i int) int {
	for i < len(text) && (isWordByte(text[i]) || text[i] == ']') {
		i++
	}
	isSeparated := false
	for ; i < len(text) && strings.IndexByte("\"'\\ \t\r\n:=>/", text[i]) >= 0; i++ {
		isSeparated = isSeparated || strings.IndexByte("\n:=>/", text[i]) >= 0
	}
	if !isSeparated {
		return -1
	}
	return i
}

func isWordByte(c byte) bool {
	return isLetter[c] && c != '\'' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.' || c >= 0x80
}

// valueEnd returns where a value ends: at its closing quote, if it stands in quotes.
func valueEnd(text string, start int) int {
	quote := text[start-1]
	if quote != '"' && quote != '\'' {
		if end := strings.IndexAny(text[start:], "&;,\"'<>{}\r\n"); end >= 0 {
			return start + end
		}
		return len(text)
	}
	isInside := start >= 2 && text[start-2] == '\\' // the quotes stand in a string
	for i := start; i < len(text); i++ {
		switch {
		case text[i] == quote, isInside && text[i] == '\\' && strings.HasPrefix(text[i+1:], string(quote)):
			return i
		case text[i] == '\\':
			i++
		}
	}
	return len(text)
}

// isName reports whether a string is a name, by what stands behind it.
func isName(after string) bool {
	if after != "" && after[0] > ' ' {
		return after[0] == ':'
	}
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
	end := 1 + strings.IndexByte(text[1:], '"')
	if end > 0 && strings.IndexByte(text[1:end], '\\') < 0 {
		return end + 1
	}
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
	if strings.IndexByte(quoted, '\\') < 0 {
		return strings.TrimSuffix(quoted[1:], `"`)
	}
	var text string
	if err := json.Unmarshal([]byte(quoted), &text); err != nil {
		return quoted
	}
	return text
}
