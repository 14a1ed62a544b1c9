package journal

import (
	"cmp"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// Exchange is one request to the emulated API and what went out as its answer.
// An empty text is something that was not there. What the journal hands out is a
// copy.
type Exchange struct {
	ID       string // r1, r2, …, in the order in which requests came in
	Position uint64 // 1, 2, …, in the order in which exchanges were recorded, that is, ended

	At       time.Time     // when the request came, by the client's clock
	Began    time.Time     // the same in real time
	Duration time.Duration // until the answer was over

	Client  string // the configured client that the request claimed to be
	GivenID string // the client_id that was sent, if no client has it

	Method   string
	Path     string // as it was sent, with its query
	Body     string // its first MaxBody bytes
	BodySize int    // of the whole body, in bytes

	Product        string // the field type, as it was sent
	ExternalUserID string // as it was sent

	Outcome string // what went out: Created, a name of the error catalogue, or the word of a fault's effect
	Status  int    // of the answer; 0 if no status line went out
	Answer  string // its body, the first bytes of it
	Work    string // the outcome of the real work, if something else went out in its place

	Evidence   string // how the answer is known
	Hint       string // what was said beside it
	Rule       string // id of the rule or inline fault that hit the request
	Fault      string // its effect, in the fault language
	SessionID  string // that was issued, whether or not the caller was told
	RetryAfter time.Duration

	header string // lines "Name: value", in no order
	isCut  bool   // Body is not all of it
}

// The bounds of what is kept of one exchange, in bytes.
const (
	MaxBody   = 8 << 10
	maxHeader = 8 << 10
	maxPath   = 2 << 10
	MaxAnswer = 1 << 10
	maxHint   = 1 << 10
	MaxName   = 256 // client, product, user and method
)

// Header returns the request's header, secrets masked; of a very long one, only
// the lines that fit.
func (e *Exchange) Header() http.Header {
	header := http.Header{}
	for line := range strings.Lines(e.header) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		header[name] = append(header[name], value)
	}
	return header
}

// Compare orders exchanges by when their requests came in: it is negative if the
// exchange came before the other.
func (e *Exchange) Compare(other *Exchange) int {
	return cmp.Or(e.Began.Compare(other.Began), cmp.Compare(e.number(), other.number()))
}

// number returns the number in the exchange's id.
func (e *Exchange) number() int {
	n := 0
	for _, digit := range strings.TrimPrefix(e.ID, "r") {
		n = n*10 + int(digit-'0')
	}
	return n
}

// Brief returns the exchange without header, body and answer, for lists.
func (e Exchange) Brief() Exchange {
	e.header, e.Body, e.Answer = "", "", ""
	return e
}

// BodyIsWhole reports whether all of the body was kept.
func (e *Exchange) BodyIsWhole() bool { return !e.isCut }

// UserAgent returns the program that the request says it came from.
func (e *Exchange) UserAgent() string {
	const name = "User-Agent: "
	for line := range strings.Lines(e.header) {
		if value, ok := strings.CutPrefix(line, name); ok {
			return strings.TrimSuffix(value, "\n")
		}
	}
	return ""
}

// clip cuts a text off, between characters.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for end := most; end > most-utf8.UTFMax; end-- {
		if utf8.RuneStart(text[end]) {
			return text[:end]
		}
	}
	return text[:most]
}
