package faults

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ValuePrefix is how an external user id begins that brings a fault.
const ValuePrefix = "sandbox:"

// maxInline is how many inline faults are remembered, at least.
const maxInline = 4096

// inlineKey tells inline faults apart: the same text from the same client is the
// same fault.
type inlineKey struct{ client, text string }

// DecideInline is Decide for a fault that came with the request itself. Its
// schedule runs across the requests of one client that carry the same fault: with
// times=2 the first two fail and later ones pass, until the client is cleared. for=
// and timelines start with the first. A zero fault hits nothing.
func (s *Set) DecideInline(now time.Time, seed uint64, r Request, fault Fault) (Decision, bool) {
	if fault.IsZero() {
		return Decision{}, false
	}
	a := s.inlineOf(now, clip(r.Client), fault)
	effect, hit := a.meet(now, seed, r.Client, digest(r.Client))
	if !hit {
		return Decision{}, false
	}
	return Decision{ID: a.id, Fault: fault, Effect: effect}, true
}

// inlineOf returns the state of an inline fault, new if it was never met.
func (s *Set) inlineOf(now time.Time, client string, fault Fault) *armed {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, known := s.inline.use(inlineKey{client, fault.text}, maxInline); known {
		return a
	}
	client = strings.Clone(client) // not the request's buffer
	a := newInline(now, client, fault)
	s.lastInline++
	a.id, a.place = "i"+strconv.Itoa(s.lastInline), s.lastInline
	s.inline.put(inlineKey{client, fault.text}, a, maxInline)
	return a
}

// newInline makes a rule of an inline fault. Its draws are not those of an armed
// rule with the same text.
func newInline(now time.Time, client string, fault Fault) *armed {
	a := newArmed(Rule{Match: Match{Client: client}, Fault: fault}, now, 0)
	a.inline = true
	a.identity = mix(^a.identity)
	return a
}

// inlines returns the inline faults, first seen first.
func (s *Set) inlines() []*armed {
	return slices.SortedFunc(s.inline.values(), func(a, b *armed) int { return cmp.Compare(a.place, b.place) })
}
