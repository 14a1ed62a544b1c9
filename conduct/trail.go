package conduct

import (
	"cmp"
	"net/http"
	"slices"
	"sort"
	"time"

	"knotsandbox/journal"
	"knotsandbox/knot"
)

// trail is the attempts of one call, in the order in which they began.
type trail struct {
	steps  []step
	latest *journal.Exchange // the attempt that ended last
	given  time.Time         // when the caller was given a session; zero if it was not
	quiet  bool              // the quiet time was over before the next call began
	state  State
	broken []string // rules
}

// key is what the attempts of one call have in common. Two long bodies that
// differ only beyond what the journal keeps are the same, and so are two that differ
// only in a secret. The program is what it calls itself: who sends a call again by
// hand is another.
type key struct {
	client, user, product, body, program string
	size                                 int
}

// present is the moment of judging.
type present struct {
	real  time.Time
	clock func(client string) time.Time
}

// since returns how long ago an attempt ended.
func (p present) since(e *journal.Exchange) time.Duration {
	return waited(e, p.real, p.clock(e.Client))
}

// follow sorts exchanges into calls, in the order in which the calls began.
func follow(exchanges []journal.Exchange, now present) []*trail {
	var trails []*trail
	current := map[key]*trail{}
	for _, e := range attempts(exchanges) {
		k := key{clientOf(e), e.ExternalUserID, e.Product, e.Body, e.UserAgent(), e.BodySize}
		t := current[k]
		if t == nil || t.endsBefore(e) {
			t = &trail{}
			trails, current[k] = append(trails, t), t
		}
		t.add(e)
	}
	for _, t := range trails {
		t.state = t.stateAt(now)
	}
	return trails
}

// attempts returns the exchanges that reached the operation, in the order in
// which they began.
func attempts(exchanges []journal.Exchange) []*journal.Exchange {
	list := make([]*journal.Exchange, 0, len(exchanges))
	for i := range exchanges {
		if e := &exchanges[i]; isAttempt(e) {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, (*journal.Exchange).Compare)
	return list
}

func isAttempt(e *journal.Exchange) bool {
	return e.Method == http.MethodPost && knot.IsCall(e.Outcome)
}

// clientOf returns whom the request claimed to be, known or not.
func clientOf(e *journal.Exchange) string { return cmp.Or(e.Client, e.GivenID) }

// endsBefore reports whether the call was over when e began, and remembers it.
func (t *trail) endsBefore(e *journal.Exchange) bool {
	if !t.given.IsZero() {
		return !e.Began.Before(t.given)
	}
	t.quiet = !overlap(t.latest, e) && isQuiet(t.latest, gap(t.latest, e))
	return t.quiet
}

// isQuiet reports whether the time after an attempt is too long for a retry.
func isQuiet(e *journal.Exchange, waited time.Duration) bool { return waited > quiet+e.RetryAfter }

func (t *trail) add(e *journal.Exchange) {
	s := step{Exchange: e, after: t.latest}
	if s.after != nil {
		if s.overlaps = overlap(s.after, e); !s.overlaps {
			s.gap = gap(s.after, e)
		}
	}
	t.steps = append(t.steps, s)
	if t.latest == nil || !end(e).Before(end(t.latest)) {
		t.latest = e
	}
	if delivered(e) && (t.given.IsZero() || end(e).Before(t.given)) {
		t.given = end(e)
	}
}

func (t *trail) stateAt(now present) State {
	switch {
	case !t.given.IsZero():
		return Succeeded
	case final(t.latest):
		return Refused
	case t.quiet || isQuiet(t.latest, now.since(t.latest)):
		return GaveUp
	default:
		return Open
	}
}

// next returns the first attempt that began when the one at index i was over.
func (t *trail) next(i int) (step, bool) {
	later := t.steps[i+1:]
	n := sort.Search(len(later), func(n int) bool { return !overlap(t.steps[i].Exchange, later[n].Exchange) })
	if n == len(later) {
		return step{}, false
	}
	return later[n], true
}

// backoff returns the attempts before which the caller chose to wait.
func (t *trail) backoff() []step {
	var list []step
	for _, s := range t.steps {
		if s.backsOff() {
			list = append(list, s)
		}
	}
	return list
}

// failed reports whether an attempt failed.
func (t *trail) failed() bool {
	return slices.ContainsFunc(t.steps, func(s step) bool { return !delivered(s.Exchange) })
}
