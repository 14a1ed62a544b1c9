package faults

import "time"

// Report is a rule with its account: what the Set knows of it at one moment.
type Report struct {
	ID      string    `json:"id"`              // f1, f2, …; i1, i2, … for inline faults; never reused
	Match   Match     `json:"match,omitzero"`  // of an inline fault: the client that sent it
	Fault   Fault     `json:"fault"`           // as text
	Inline  bool      `json:"inline"`          // came with requests rather than armed
	ArmedAt time.Time `json:"armed_at"`        // of an inline fault: first seen
	Stage   string    `json:"stage,omitempty"` // what holds now, if the fault is a timeline; empty when it is over

	Matched   int       `json:"matched"`           // requests that matched, hit or not
	Hit       int       `json:"hit"`               // requests that met the effect; 0: the fault was never met
	Remaining int       `json:"remaining"`         // hits left; -1 for no limit
	LastHit   time.Time `json:"last_hit,omitzero"` // zero if there was none
	Expired   bool      `json:"expired"`           // over by the clock, whatever remained
}

// report describes the rule at a moment.
func (a *armed) report(now time.Time) Report {
	a.mu.Lock()
	defer a.mu.Unlock()
	index := a.stageAt(now)
	r := Report{
		ID: a.id, Match: a.rule.Match, Fault: a.rule.Fault, Inline: a.inline, ArmedAt: a.at,
		Matched: a.tally.matched, Hit: a.tally.hit, LastHit: a.tally.lastHit,
		Remaining: a.tally.remaining(a.rule.Fault, index), Expired: index < 0,
	}
	if stages := a.rule.Fault.stages; len(stages) > 1 && index >= 0 {
		r.Stage = stages[index].String()
	}
	return r
}
