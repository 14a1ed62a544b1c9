package faults

import (
	"errors"
	"strings"
)

// Errors of Set.Arm and Set.Plan.
var (
	// ErrNoFault refuses a rule without a fault: nothing could be rendered.
	ErrNoFault = errors.New("the rule has no fault")
	// ErrFull refuses a rule beyond MaxRules.
	ErrFull = errors.New("1000 rules are armed, and no more can be; disarm some first")
	// ErrNotFound is about an id under which nothing is armed.
	ErrNotFound = errors.New("no such rule")
)

// Rule is a fault and the requests it is for.
type Rule struct {
	Match Match `json:"match,omitzero"`
	Fault Fault `json:"fault"`
}

// String returns the canonical text: match words, then fault words.
func (r Rule) String() string {
	return strings.TrimSpace(r.Match.String() + " " + r.Fault.String())
}

// normal returns the rule in canonical form. Its error is ErrNoFault or a *MatchError.
func (r Rule) normal() (Rule, error) {
	if r.Fault.IsZero() {
		return Rule{}, ErrNoFault
	}
	match, err := r.Match.normal()
	return Rule{Match: match, Fault: r.Fault}, err
}
