package faults

import (
	"strings"
	"unicode/utf8"
)

// word is one word of the language with its place in the text.
type word struct {
	offset  int
	raw     string // as written
	key     string // before the =, or the whole word
	value   string // after the =, unquoted
	setting bool   // has a =
}

const blanks = " \t\r\n"

// split cuts a text into words. They share a copy of the text: a fault that is kept
// must not keep the request it came with.
func split(text string) ([]word, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	text = strings.Clone(text)
	var words []word
	for at := 0; ; {
		at += len(text[at:]) - len(strings.TrimLeft(text[at:], blanks))
		if at == len(text) {
			return words, nil
		}
		w, err := readWord(text, at)
		if err != nil {
			return nil, err
		}
		words = append(words, w)
		at += len(w.raw)
	}
}

// checkText refuses what no word may hold.
func checkText(text string) error {
	if len(text) > MaxText {
		return refuse(word{offset: MaxText}, "the fault is %d bytes long; at most %d", len(text), MaxText)
	}
	if !utf8.ValidString(text) {
		return refuse(word{}, "the fault is not valid UTF-8")
	}
	if at := strings.IndexFunc(text, isControl); at >= 0 {
		return refuse(word{offset: at}, "control character %q in the fault", text[at])
	}
	return nil
}

// isControl reports whether r is a control character other than a blank.
func isControl(r rune) bool {
	return (r < ' ' || r == 0x7f) && !strings.ContainsRune(blanks, r)
}

// readWord reads the word that starts at the offset.
func readWord(text string, at int) (word, error) {
	rest := text[at:]
	end := strings.IndexAny(rest, blanks)
	if end < 0 {
		end = len(rest)
	}
	w := word{offset: at, raw: rest[:end]}
	w.key, w.value, w.setting = strings.Cut(w.raw, "=")
	if !w.setting || !strings.HasPrefix(w.value, `"`) {
		return w, nil
	}
	opening := len(w.key) + 1
	value, size, closed := unquote(rest[opening:])
	w.raw, w.value = rest[:opening+size], value
	if !closed {
		return w, refuse(w, "%s has no closing quote", show(w.raw))
	}
	if after := rest[opening+size:]; after != "" && !strings.ContainsRune(blanks, rune(after[0])) {
		return w, refuse(w, "%s is followed by %q; a blank must come after the closing quote", show(w.raw), after[0])
	}
	return w, nil
}

// unquote reads a quoted value and returns it with its size in the text, quotes
// included. Inside, \" and \\ stand for the second of the two.
func unquote(text string) (value string, size int, closed bool) {
	var plain strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return plain.String(), i + 1, true
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
		}
		plain.WriteByte(text[i])
	}
	return plain.String(), len(text), false
}

// quote writes a value as split reads it: bare if it can be.
func quote(value string) string {
	if !strings.ContainsAny(value, blanks+`"\`) {
		return value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}
