package validation

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind says what a token is to the rules of contract section 4. A token that is one ASCII sign, blank, TAB, CR, LF
// or NUL has that character as its kind, so the rules read like their text; the other kinds are negative.
type tokenKind rune

const (
	tokenEnd         tokenKind = -1 - iota // behind the last character
	tokenPlain                             // letters, digits and the non-ASCII characters that rule 1 lets pass
	tokenCRLF                              // CR LF together
	tokenDoubleColon                       // "::", which the local part accepts although it refuses ":"
	tokenOdd                               // passes rule 1 but is not plain: the tag "IPv6", "¿" and "¡"
	tokenRefused                           // what rule 1 rejects
)

// ipv6Tag is the only word that is not plain: a domain made of it is refused.
const ipv6Tag = "IPv6"

// token is address[start:end] of the address it was scanned from.
type token struct {
	kind       tokenKind
	start, end int
}

// scanToken reads the token that starts at the given byte. It looks at no byte twice, apart from the one that follows a
// letter, a CR or a colon.
func scanToken(address string, start int) token {
	if start >= len(address) {
		return token{tokenEnd, start, start}
	}
	rest := address[start:]
	switch c := rest[0]; {
	case c >= utf8.RuneSelf:
		return scanRune(rest, start)
	case isASCIILetter(c):
		return scanWord(rest, start)
	case isASCIIDigit(c):
		return token{tokenPlain, start, start + runLength(rest, isASCIIDigit)}
	case strings.HasPrefix(rest, "\r\n"):
		return token{tokenCRLF, start, start + 2}
	case strings.HasPrefix(rest, "::"):
		return token{tokenDoubleColon, start, start + 2}
	default:
		return token{asciiKind(c), start, start + 1}
	}
}

// scanWord reads a run of ASCII letters and at most one 4 or 6. The digit belongs to the word so that "IPv6" is one
// token; "IPv65" is therefore that tag and a plain 5, and "xIPv6" is a plain word.
func scanWord(rest string, start int) token {
	length := runLength(rest, isASCIILetter)
	if length < len(rest) && (rest[length] == '4' || rest[length] == '6') {
		length++
	}
	if rest[:length] == ipv6Tag {
		return token{tokenOdd, start, start + length}
	}
	return token{tokenPlain, start, start + length}
}

// scanRune reads one non-ASCII code point. A byte that is not UTF-8 decodes to U+FFFD, a symbol, and so is refused.
func scanRune(rest string, start int) token {
	r, size := utf8.DecodeRuneInString(rest)
	return token{runeKind(r), start, start + size}
}

// runeKind is rule 1 of contract section 4 for non-ASCII code points.
//
// The categories are those of the Unicode version this Go release carries. A code point assigned later counts as
// unassigned, which is category C, and is refused until the toolchain knows it; the emulated server has the same limit
// with the tables of its own build, so only characters younger than either can be answered differently.
//
// "¿" and "¡" pass rule 1 and yet are not plain: the local part takes them, the domain does not (derived).
func runeKind(r rune) tokenKind {
	switch {
	case r == '¿' || r == '¡':
		return tokenOdd
	case unicode.In(r, unicode.S, unicode.C):
		return tokenRefused
	default:
		return tokenPlain
	}
}

// asciiKind is rule 1 of contract section 4 for ASCII: punctuation passes although some of it is of category S, and so
// do blank, TAB, CR, LF and NUL although most are of category C. VT, FF, DEL and the other controls are refused.
func asciiKind(c byte) tokenKind {
	switch {
	case c == 0, c == '\t', c == '\r', c == '\n':
		return tokenKind(c)
	case c < ' ', c == 0x7f:
		return tokenRefused
	default:
		return tokenKind(c)
	}
}

func isASCIILetter(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z'
}

func isASCIIDigit(c byte) bool {
	return '0' <= c && c <= '9'
}

// runLength counts the leading bytes of s that belong to the class.
func runLength(s string, class func(byte) bool) int {
	for i := range len(s) {
		if !class(s[i]) {
			return i
		}
	}
	return len(s)
}
