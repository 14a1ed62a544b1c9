package faults

import (
	"fmt"
	"time"
)

// MaxPlan is how many requests a plan can look ahead.
const MaxPlan = 10_000

// MaxEvery is how far apart the requests of a plan can be.
const MaxEvery = maxSpan

// Traffic is what a plan assumes: one client's matching requests, evenly spaced,
// with nobody else's in between.
type Traffic struct {
	Client   string        // may be empty if the rule names one
	Seed     uint64        // the client's
	Start    time.Time     // of the first request
	Every    time.Duration // between requests; 0: all at Start
	Requests int           // up to MaxPlan
}

// Step is what one request of a plan will meet.
type Step struct {
	Request int       `json:"request"` // from 1
	At      time.Time `json:"at"`
	Hit     bool      `json:"hit"`
	Effect  Effect    `json:"effect,omitzero"`  // as text, with its drawn delay
	Reason  string    `json:"reason,omitempty"` // why the request is not hit
}

// Plan says what the next requests that reach an armed rule or inline fault will
// meet, from its present counts on, and changes nothing. It looks at this rule
// alone: a request that an earlier rule hits does not reach it. The error is
// ErrNotFound, or says what about the traffic cannot be.
func (s *Set) Plan(id string, t Traffic) ([]Step, error) {
	a := s.find(id)
	if a == nil {
		return nil, fmt.Errorf("plan %q: %w", id, ErrNotFound)
	}
	return a.plan(t)
}

// Preview is Plan for a rule that would be armed at the traffic's start. Its error
// may also be one of Arm's.
func (s *Set) Preview(rule Rule, t Traffic) ([]Step, error) {
	rule, err := rule.normal()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	nth := occurrence(s.all(), rule.String())
	s.mu.Unlock()
	return newArmed(rule, t.Start, nth).plan(t)
}

func (a *armed) plan(t Traffic) ([]Step, error) {
	own := a.rule.Match.Client
	switch {
	case t.Requests < 0 || t.Requests > MaxPlan:
		return nil, fmt.Errorf("plan %d requests: want 0 to %d", t.Requests, MaxPlan)
	case t.Every < 0 || t.Every > MaxEvery:
		return nil, fmt.Errorf("plan requests every %s: want 0 to %s", t.Every, duration(MaxEvery))
	case own != "" && t.Client != "" && own != clip(t.Client):
		return nil, &MatchError{Field: "client", Reason: fmt.Sprintf("the rule is for client %q", own)}
	case t.Client == "":
		t.Client = own
	}
	return a.walk(t), nil
}

// walk plays the traffic on a copy of the counts.
func (a *armed) walk(t Traffic) []Step {
	tally, ordinal := a.state(t.Client)
	c := chance{stream: newStream(t.Seed, digest(t.Client), a.identity), ordinal: ordinal}
	steps := make([]Step, t.Requests)
	for i := range steps {
		at := t.Start.Add(time.Duration(i) * t.Every)
		index := a.stageAt(at)
		if index >= 0 {
			c.ordinal++
		}
		effect, reason := tally.next(a.rule.Fault, index, at, c)
		steps[i] = Step{Request: i + 1, At: at, Hit: reason == "", Effect: effect, Reason: reason}
	}
	return steps
}
