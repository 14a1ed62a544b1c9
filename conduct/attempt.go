package conduct

import (
	"net/http"
	"time"

	"knotsandbox/journal"
	"knotsandbox/knot"
)

// truncate is the outcome of an answer that breaks off.
const truncate = "truncate"

// step is an attempt in its place among the attempts of a call.
type step struct {
	*journal.Exchange
	after    *journal.Exchange // of the attempts before, the one that ended last; nil for the first
	gap      time.Duration     // since after ended; 0 if it had not
	overlaps bool              // after had not ended
}

// backsOff reports whether the gap before the attempt was the caller's to choose.
func (s step) backsOff() bool {
	return s.after != nil && !s.overlaps && !final(s.after) && s.after.RetryAfter == 0
}

// delivered reports whether the caller was given a session.
func delivered(e *journal.Exchange) bool {
	return e.Outcome == knot.Created && e.Work == ""
}

// final reports whether the answer says that a retry cannot help.
func final(e *journal.Exchange) bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	brokenOff := e.Outcome == truncate || e.Outcome == knot.Unreadable
	return e.Status >= 400 && e.Status < 500 && !brokenOff
}

// end returns when the attempt was over, in real time.
func end(e *journal.Exchange) time.Time { return e.Began.Add(e.Duration) }

// overlap reports whether b began before a was over. Of a broken connection the
// caller may know sooner than the sandbox.
func overlap(a, b *journal.Exchange) bool {
	over := end(a)
	if a.Status == 0 || a.Outcome == truncate {
		over = over.Add(-slack)
	}
	return b.Began.Before(over)
}

// gap returns how long after a had ended b began.
func gap(a, b *journal.Exchange) time.Duration { return waited(a, b.Began, b.At) }

// waited returns how long ago an attempt had ended at a moment that is given in
// real time and by the client's clock.
func waited(e *journal.Exchange, now, clock time.Time) time.Duration {
	return max(0, now.Sub(end(e)), clock.Sub(e.At.Add(e.Duration)))
}
