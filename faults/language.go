package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// MaxText is the longest fault or rule, in bytes, as written and as printed.
const MaxText = 4096

// maxName is the longest name of an outcome or incident, in bytes.
const maxName = 64

// Language is the fault language with the names of one catalogue. It never
// changes and is safe for concurrent use.
type Language struct {
	outcomes  map[string]bool
	incidents map[string]Fault
}

// NewLanguage returns the language in which outcomes are the catalogue's names
// and incidents are timelines under names of their own; both may be nil. It
// refuses a name that is not letters, digits, - and _, starting with a letter and
// at most 64 bytes long, a name the language has already, and, with a wrapped
// *SyntaxError, an incident that does not parse. Incidents cannot hold incidents.
func NewLanguage(outcomes []string, incidents map[string]string) (*Language, error) {
	l := &Language{outcomes: map[string]bool{}, incidents: map[string]Fault{}}
	for _, name := range outcomes {
		if err := l.checkName(name); err != nil {
			return nil, fmt.Errorf("outcome %q: %w", name, err)
		}
		l.outcomes[name] = true
	}
	parsed := map[string]Fault{}
	for _, name := range slices.Sorted(maps.Keys(incidents)) {
		fault, err := l.incident(name, incidents[name])
		if err != nil {
			return nil, fmt.Errorf("incident %q: %w", name, err)
		}
		parsed[name] = fault
	}
	l.incidents = parsed
	return l, nil
}

// incident parses a timeline and puts it under its name.
func (l *Language) incident(name, text string) (Fault, error) {
	if err := l.checkName(name); err != nil {
		return Fault{}, err
	}
	fault, err := l.Parse(text)
	fault.text = name
	return fault, err
}

// Names returns every name a fault can be called by, sorted: outcomes, gateway
// pages, effects that take no value, and incidents.
func (l *Language) Names() []string {
	return sorted(slices.Collect(maps.Keys(l.outcomes)), gateways(), bareEffects(), slices.Collect(maps.Keys(l.incidents)))
}

// Parse reads a fault: an incident's name, or a timeline of one or more stages.
// Match words are refused, because a fault alone comes with the request it is for.
// The error is a *SyntaxError.
func (l *Language) Parse(text string) (Fault, error) {
	words, err := split(text)
	if err != nil {
		return Fault{}, err
	}
	return l.fault(words, len(text))
}

// ParseRule reads a rule: a fault with match words before or after it. The error
// is a *SyntaxError.
func (l *Language) ParseRule(text string) (Rule, error) {
	return l.Rule(Match{}, text)
}

// Rule reads a rule whose match, or part of it, is given beside the text, as JSON
// does. A field given in both is refused. The error is a *SyntaxError about a word
// of the text or a *MatchError about a field of match.
func (l *Language) Rule(match Match, text string) (Rule, error) {
	match, err := match.normal()
	if err != nil {
		return Rule{}, err
	}
	words, err := split(text)
	if err != nil {
		return Rule{}, err
	}
	if words, err = match.take(words); err != nil {
		return Rule{}, err
	}
	fault, err := l.fault(words, len(text))
	if err != nil {
		return Rule{}, err
	}
	rule := Rule{Match: match, Fault: fault}
	if len(rule.String()) > MaxText {
		return Rule{}, refuse(word{}, "the rule is longer than %d bytes when printed", MaxText)
	}
	return rule, nil
}

// checkName refuses a name that could not be told from a word of the language.
func (l *Language) checkName(name string) error {
	if !isName(name) {
		return fmt.Errorf("want a letter, then letters, digits, - and _, at most %d in all", maxName)
	}
	if l.outcomes[name] || slices.Contains(reserved(), name) {
		return fmt.Errorf("the name is taken by the fault language")
	}
	return nil
}

// reserved returns the words of the language itself, without the names of outcomes and
// incidents.
func reserved() []string {
	return slices.Concat(gateways(), bareEffects(), settings(), matchWords(), []string{wordThen, wordWell})
}

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits  = "0123456789"
)

func isName(name string) bool {
	if name == "" || len(name) > maxName || !strings.ContainsRune(letters, rune(name[0])) {
		return false
	}
	return strings.Trim(name, letters+digits+"-_") == ""
}
