package faults

import (
	"strconv"
	"strings"
	"time"
)

// Kind is what an effect does to the answer.
type Kind string

// The kinds of effect. Truncate and Drip shape the real answer; Proceed leaves it
// alone; all others take its place.
const (
	Proceed   Kind = ""          // go on as usual, after the delay
	Outcome   Kind = "outcome"   // an outcome of the error catalogue, by Effect.Name
	Gateway   Kind = "gateway"   // a proxy's HTML page, by Effect.Name
	Hang      Kind = "hang"      // accept and say nothing
	Reset     Kind = "reset"     // TCP reset
	Close     Kind = "close"     // clean close without a byte
	Truncate  Kind = "truncate"  // the whole length promised, Effect.Size bytes sent
	Malformed Kind = "malformed" // 200 with broken JSON
	Empty     Kind = "empty"     // 200 without a body
	Garbage   Kind = "garbage"   // bytes that are not HTTP
	Drip      Kind = "drip"      // the whole answer spread over Effect.Spread
)

// Names with a meaning of their own: the three pages of a proxy, and the one
// outcome that carries Retry-After. RateLimited is a fault only if the catalogue
// given to NewLanguage holds it.
const (
	BadGateway         = "BadGateway"
	ServiceUnavailable = "ServiceUnavailable"
	GatewayTimeout     = "GatewayTimeout"
	RateLimited        = "RateLimited"
)

// Effect is what happens to one request, with its delay drawn. The zero Effect
// does nothing.
type Effect struct {
	Kind       Kind
	Name       string        // of the outcome or gateway page; empty for other kinds
	Delay      time.Duration // to wait first; 0 for none
	RetryAfter time.Duration // whole seconds; 0 for the default: 1s for RateLimited, no header for ServiceUnavailable
	Size       int           // bytes of the body that Truncate sends
	Spread     time.Duration // how long Drip takes
	AfterWork  bool          // phase=after: do the request's work, then wait, then deliver
}

// String returns the effect in the words of the language, with its drawn delay:
// "delay=137ms NoAccess".
func (e Effect) String() string {
	words := e.words()
	if e.Delay > 0 {
		words = append([]string{"delay=" + duration(e.Delay)}, words...)
	}
	return strings.Join(words, " ")
}

// MarshalText returns String; in JSON an effect is a string.
func (e Effect) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// WorksFirst reports whether the request's real work is done although the effect
// hits: Deliver then wants the real answer, or comes after it.
func (e Effect) WorksFirst() bool {
	return e.AfterWork || e.Kind == Proceed || e.Kind == Truncate || e.Kind == Drip
}

// words returns the effect's canonical words but for the delay.
func (e Effect) words() []string {
	var words []string
	if word := e.word(); word != "" {
		words = append(words, word)
	}
	if e.RetryAfter > 0 {
		words = append(words, "retry-after="+duration(e.RetryAfter))
	}
	if e.AfterWork {
		words = append(words, "phase=after")
	}
	return words
}

// Word returns the one word that names the effect, without what is given to it; it
// is empty for Proceed.
func (e Effect) Word() string {
	if e.Kind == Outcome || e.Kind == Gateway {
		return e.Name
	}
	return string(e.Kind)
}

// word returns the one word that names the effect, with what is given to it.
func (e Effect) word() string {
	switch e.Kind {
	case Truncate:
		return e.Word() + "=" + strconv.Itoa(e.Size)
	case Drip:
		return e.Word() + "=" + duration(e.Spread)
	default:
		return e.Word()
	}
}

// takesRetryAfter reports whether Retry-After means something in the answer.
func (e Effect) takesRetryAfter() bool {
	return e.Kind == Outcome && e.Name == RateLimited || e.Kind == Gateway && e.Name == ServiceUnavailable
}
