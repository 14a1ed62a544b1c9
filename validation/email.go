package validation

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Limits of contract section 4, rule 9, in bytes.
const (
	maxDomainLength = 253
	maxLabelLength  = 63
)

// aceProfile turns a label into its ACE form the way the emulated server does. Punycode alone would measure wrongly:
// the mapping of UTS 46 comes first and changes lengths. "．" and "。" separate labels, "Ⅷ" is four letters, a
// decomposed "é" is one character, "ß" is still "ss" (transitional processing). The tables cost no new dependency: the
// web framework's module already brings golang.org/x/net.
var aceProfile = idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.Transitional(true))

// isEmail reports whether the address passes the emulated server's e-mail rule (contract section 4, derived).
//
// The rule is far more lenient than RFC 5322 in some places and odd in others; both are meant. White space around the
// address is the caller's to trim.
//
// The address is read once, from left to right, with one token of lookahead. Where the rules demand "a later" closing
// quote, parenthesis or bracket, nobody searches for it: running into the end of the address without it gives the same
// answer, and many openers cannot make the work quadratic.
func isEmail(address string) bool {
	p := newEmailParser(address)
	return p.localPart() && p.domain() && p.restIsClean()
}

// emailParser walks over the tokens of one address.
type emailParser struct {
	address                      string
	previous, current, following token
	refused                      bool // a token seen so far is one that rule 1 rejects
}

func newEmailParser(address string) emailParser {
	p := emailParser{address: address}
	p.advance()
	p.advance()
	p.previous.kind = tokenEnd // nothing stands before the first token
	return p
}

func (p *emailParser) advance() {
	p.previous, p.current = p.current, p.following
	p.following = scanToken(p.address, p.following.end)
	p.refused = p.refused || p.following.kind == tokenRefused
}

// restIsClean reads what is left of the address and applies rule 1 to the whole: one refused token spoils the address,
// even inside a quote, inside a comment, or behind a domain literal where every other rule is off.
func (p *emailParser) restIsClean() bool {
	for p.current.kind != tokenEnd && !p.refused {
		p.advance()
	}
	return !p.refused
}

// localPart applies rules 2 to 5. When it passes, the current token is the "@" that ends the local part.
func (p *emailParser) localPart() bool {
	if p.current.kind == '@' || p.current.kind == '.' {
		return false
	}
	for p.current.kind != '@' {
		if !p.localSpan() || !p.localTokenAllowed() {
			return false
		}
		p.advance()
	}
	return true
}

// localSpan skips to the last token of the quote or the comment that opens at the current token, if one does.
func (p *emailParser) localSpan() bool {
	switch p.current.kind {
	case '"':
		return p.quote()
	case '(':
		return p.localComment()
	case ')', tokenEnd:
		return false
	default:
		return true
	}
}

// localTokenAllowed is rule 3. It has no length limit, and everything it does not name passes, NUL included.
func (p *emailParser) localTokenAllowed() bool {
	next := p.following.kind
	switch p.current.kind {
	case ',', '[', ']', '<', '>', ':', ';', '\r', '\n':
		return false
	case '.':
		return next != '.' && next != '@'
	case '\\':
		return next != tokenPlain
	case tokenCRLF:
		return next == ' ' || next == '\t'
	case ' ', '\t':
		return next != tokenPlain || p.previous.kind == '\\'
	default:
		return true
	}
}

// quote is rule 4; it leaves the closing quote current. Because "@" must follow that one, a quote is always the last
// thing in a local part. `\\"` does not close either: of two backslashes the second still escapes.
func (p *emailParser) quote() bool {
	if p.previous.kind == tokenPlain && p.following.kind == tokenPlain {
		return false
	}
	p.advance()
	for p.current.kind != '"' {
		if p.current.kind == tokenEnd {
			return false
		}
		if p.current.kind == '\\' && p.following.kind == '"' {
			p.advance()
		}
		p.advance()
		if p.breaksQuote() {
			return false
		}
	}
	return p.following.kind == '@'
}

// breaksQuote reports a control character that is not escaped. It is never asked about the first quoted token, so a
// quote may open with one; CR LF together is a token of its own and passes.
func (p *emailParser) breaksQuote() bool {
	switch p.current.kind {
	case 0, '\t', '\r', '\n':
		return p.previous.kind != '\\'
	default:
		return false
	}
}

// localComment is rule 5; it leaves the last token before the "@" current, which is then judged by rule 3.
func (p *emailParser) localComment() bool {
	depth := 1
	for p.following.kind != '@' {
		if p.following.kind == tokenEnd {
			return false
		}
		p.advance()
		depth += nesting(p.current.kind)
	}
	return depth == 0
}

// nesting is what a token adds to the count of open parentheses.
func nesting(kind tokenKind) int {
	switch kind {
	case '(':
		return 1
	case ')':
		return -1
	default:
		return 0
	}
}

// domain applies rules 6 to 9 to what follows the "@".
func (p *emailParser) domain() bool {
	p.advance()
	start := p.current.start
	if !p.domainStartAllowed() {
		return false
	}
	var label domainLabel
	for p.current.kind != tokenEnd {
		if !p.domainSpan() {
			return false
		}
		if p.current.kind == '[' {
			return p.literal() && p.domainFits(start)
		}
		if !p.domainTokenAllowed() || !p.domainFits(start) || !label.add(p.address[p.current.start:p.current.end]) {
			return false
		}
		p.advance()
	}
	return label.fits()
}

func (p *emailParser) domainStartAllowed() bool {
	switch p.current.kind {
	case tokenEnd, '.', '-', '@':
		return false
	default:
		return true
	}
}

// domainSpan skips to the last token of the comment that opens at the current token, if one does.
func (p *emailParser) domainSpan() bool {
	switch p.current.kind {
	case '(':
		return p.domainComment()
	case ')':
		return false
	default:
		return true
	}
}

// domainTokenAllowed is rule 6. Parentheses pass: one that opens or wants to close a comment never comes here, so this
// is the last token a comment swallowed (rule 7).
func (p *emailParser) domainTokenAllowed() bool {
	next := p.following.kind
	switch p.current.kind {
	case tokenPlain, '(', ')':
		return true
	case '.', '-':
		return next != '.' && next != tokenEnd
	default:
		return false
	}
}

// domainComment is rule 7: it goes on past the closing parenthesis until a "." comes next, and leaves the token before
// that "." current.
func (p *emailParser) domainComment() bool {
	depth := 1
	for depth != 0 || p.following.kind != '.' {
		if p.following.kind == tokenEnd {
			return false
		}
		p.advance()
		depth += nesting(p.current.kind)
	}
	return true
}

// literal is rule 8; it leaves the first "]" current. The label before the "[" was ended by no dot and is not measured.
func (p *emailParser) literal() bool {
	for p.current.kind != ']' {
		p.advance()
		switch p.current.kind {
		case tokenEnd, 0, '\\', '\r', '[':
			return false
		}
	}
	return p.previous.kind != '.' && p.previous.kind != '-'
}

// domainFits is rule 9 for the domain that starts at the given byte. It counts comments, and of a literal everything up
// to the first "]".
func (p *emailParser) domainFits(start int) bool {
	return p.current.end-start <= maxDomainLength
}

// domainLabel is the label being read. It is collected rather than sliced because the text of a comment, all but its
// last token, is not part of it. A label is never longer than a domain may be: domainFits is asked first.
type domainLabel struct {
	buffer [maxDomainLength]byte
	length int
}

// add appends a token's text; a dot ends the label and starts the next. It reports whether an ended label fits.
func (l *domainLabel) add(text string) bool {
	if text == "." {
		if !l.fits() {
			return false
		}
		l.length = 0
	}
	l.length += copy(l.buffer[l.length:], text)
	return true
}

// fits is rule 9 for one label. Every label but the first holds the dot before it, which the emulated server counts:
// that is why ASCII allows the first one 63 bytes and the later ones 62. The ACE form does not count the dot.
func (l *domainLabel) fits() bool {
	label := l.buffer[:l.length]
	for _, c := range label {
		if c >= utf8.RuneSelf {
			return aceFits(string(label))
		}
	}
	return l.length <= maxLabelLength
}

// aceFits measures the ACE form of a label, which the mapping may have split into several. The error is dropped on
// purpose: it reports what IDNA forbids, and the rule asks for the length only.
func aceFits(label string) bool {
	ace, _ := aceProfile.ToASCII(label)
	for part := range strings.SplitSeq(ace, ".") {
		if len(part) > maxLabelLength {
			return false
		}
	}
	return true
}
