package faults

import (
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// MaxRules is how many rules can be armed at once.
const MaxRules = 1000

// Set holds the armed rules and what they have counted. The zero Set is empty and
// ready; it is safe for concurrent use and must not be copied.
//
// It remembers a bounded number of strangers: per rule the ordinals of the 4,096
// clients met last, at least, and the state of the 4,096 inline faults met last. A
// client or inline fault met again after it was forgotten starts anew.
//
// Time comes in with every call and may stand still or go back: whether a rule has
// expired is asked of the clock each time, never kept.
type Set struct {
	rules atomic.Pointer[snapshot] // nil while none is armed

	mu         sync.Mutex // for changing rules, and for what follows
	lastID     int
	lastInline int
	inline     recent[inlineKey, *armed]
}

// snapshot is the armed rules of one moment. It never changes; the rules' counters
// do.
type snapshot struct {
	all      []*armed           // in order of arming
	own      map[string]*lineup // by client
	everyone lineup
}

// Decision says that a request is hit.
type Decision struct {
	ID     string // of the rule that hits
	Fault  Fault  // of that rule
	Effect Effect // what to do, its delay drawn
}

// Armed reports whether any rule is armed, at the price of one atomic load, so that
// a caller need not gather a Request for nothing.
func (s *Set) Armed() bool { return s.rules.Load() != nil }

// Len returns how many rules are armed.
func (s *Set) Len() int { return len(s.all()) }

// Decide counts a request and returns the effect it meets, if any. The rules of the
// request's client are asked before those for everyone, the one armed first before
// the others; one that matches but whose schedule says no counts the match and does
// not stop the search. A rule that has expired does not match.
func (s *Set) Decide(now time.Time, seed uint64, r Request) (Decision, bool) {
	rules := s.rules.Load()
	if rules == nil {
		return Decision{}, false
	}
	client := digest(r.Client)
	for _, list := range [...]*lineup{rules.own[r.Client], &rules.everyone} {
		for a := range list.of(r.User) {
			if !a.matcher.matches(&r) {
				continue
			}
			if effect, hit := a.meet(now, seed, r.Client, client); hit {
				return Decision{ID: a.id, Fault: a.rule.Fault, Effect: effect}, true
			}
		}
	}
	return Decision{}, false
}

// Arm adds a rule and returns it with its id. It fails with ErrNoFault, ErrFull or a
// *MatchError and then changes nothing.
func (s *Set) Arm(now time.Time, rule Rule) (Report, error) {
	rule, err := rule.normal()
	if err != nil {
		return Report{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.all()
	if len(all) >= MaxRules {
		return Report{}, ErrFull
	}
	a := newArmed(rule, now, occurrence(all, rule.String()))
	s.lastID++
	a.id, a.place = "f"+strconv.Itoa(s.lastID), s.lastID
	s.publish(append(slices.Clip(all), a))
	return a.report(now), nil
}

// Disarm removes a rule, or forgets an inline fault, and returns its last report.
// When it returns the rule hits no more.
func (s *Set) Disarm(now time.Time, id string) (Report, bool) {
	removed := s.remove(now, func(a *armed) bool { return a.id == id })
	if len(removed) == 0 {
		return Report{}, false
	}
	return removed[0], true
}

// Clear removes the rules and inline faults of one client, lets the others forget
// its ordinals, and returns those removed that were never met. With "" it removes
// the rules for everyone.
func (s *Set) Clear(now time.Time, client string) []Report {
	removed := s.remove(now, func(a *armed) bool { return a.rule.Match.Client == clip(client) })
	if rules := s.rules.Load(); rules != nil {
		for _, a := range rules.all {
			if a.rule.Match.Client == "" {
				a.forget(client)
			}
		}
	}
	return unmet(removed)
}

// ClearAll removes every rule and inline fault and returns those that were never
// met. Ids go on where they were.
func (s *Set) ClearAll(now time.Time) []Report {
	return unmet(s.remove(now, func(*armed) bool { return true }))
}

// List returns every rule, first armed first, then every inline fault, first seen
// first.
func (s *Set) List(now time.Time) []Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	reports := []Report{}
	for _, a := range slices.Concat(s.all(), s.inlines()) {
		reports = append(reports, a.report(now))
	}
	return reports
}

// Lookup returns one rule or inline fault.
func (s *Set) Lookup(now time.Time, id string) (Report, bool) {
	if a := s.find(id); a != nil {
		return a.report(now), true
	}
	return Report{}, false
}

func (s *Set) find(id string) *armed {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := slices.Concat(s.all(), s.inlines())
	if i := slices.IndexFunc(known, func(a *armed) bool { return a.id == id }); i >= 0 {
		return known[i]
	}
	return nil
}

// remove takes away what drop says and returns the last reports.
func (s *Set) remove(now time.Time, drop func(*armed) bool) []Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kept []*armed
	removed := []Report{}
	for _, a := range s.all() {
		if !drop(a) {
			kept = append(kept, a)
			continue
		}
		removed = append(removed, a.retire(now))
	}
	s.publish(kept)
	for _, a := range s.inlines() {
		if drop(a) {
			s.inline.remove(inlineKey{a.rule.Match.Client, a.rule.Fault.text})
			removed = append(removed, a.retire(now))
		}
	}
	return removed
}

// all returns the armed rules. The slice is a snapshot's: not to be written to.
func (s *Set) all() []*armed {
	if rules := s.rules.Load(); rules != nil {
		return rules.all
	}
	return nil
}

// publish makes the rules the ones that are asked from now on.
func (s *Set) publish(all []*armed) {
	if len(all) == 0 {
		s.rules.Store(nil)
		return
	}
	next := &snapshot{all: all, own: map[string]*lineup{}}
	for _, a := range all {
		next.lineup(a.rule.Match.Client).add(a)
	}
	s.rules.Store(next)
}

// lineup returns the rules for a client, or with "" those for everyone.
func (s *snapshot) lineup(client string) *lineup {
	if client == "" {
		return &s.everyone
	}
	if s.own[client] == nil {
		s.own[client] = new(lineup)
	}
	return s.own[client]
}

// occurrence returns the smallest number that tells a rule from the armed ones of
// equal text.
func occurrence(all []*armed, text string) int {
	taken := map[int]bool{}
	for _, a := range all {
		if a.text == text {
			taken[a.nth] = true
		}
	}
	nth := 0
	for taken[nth] {
		nth++
	}
	return nth
}

// unmet keeps the reports of faults that were never met.
func unmet(reports []Report) []Report {
	return slices.DeleteFunc(reports, func(r Report) bool { return r.Hit > 0 })
}
