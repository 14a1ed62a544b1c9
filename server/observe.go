package server

import (
	"cmp"
	"context"
	"log/slog"

	"knotsandbox/faults"
	"knotsandbox/handlers"
	"knotsandbox/journal"
	"knotsandbox/knot"
)

// observe records what became of a request, counts it, and tells a debugger.
func (s *Server) observe(o *handlers.Observation) {
	e := s.exchangeOf(o)
	s.metrics.observe(&e, o.Fault.Word)
	recorded := s.journal.Record(&e, o.Request.Header, o.Secrets[:]...)
	if ctx := context.Background(); s.config.Log.Enabled(ctx, slog.LevelDebug) {
		kept := recorded.Exchange() // secrets are masked in it
		s.config.Log.DebugContext(ctx, "request", "request", kept.ID, "method", kept.Method, "path", kept.Path,
			"client", kept.Client, "outcome", kept.Outcome, "status", kept.Status, "duration", kept.Duration,
			"fault", kept.Fault, "hint", kept.Hint)
	}
}

// exchangeOf returns what the journal shall keep: what went out, and what was done
// if that is something else.
func (s *Server) exchangeOf(o *handlers.Observation) journal.Exchange {
	e := journal.Exchange{
		ID: o.ID, At: o.At, Began: o.Began, Duration: o.Duration,
		Client: o.ClientID, GivenID: o.GivenID, Method: o.Request.Method, Path: o.Path,
		Body: o.Body, BodySize: int(o.BodySize), Product: o.Product, ExternalUserID: o.ExternalUserID,
		Outcome: o.Outcome, Status: o.Status, Answer: o.Answer, Evidence: string(o.Evidence), Hint: o.Hint,
		Rule: o.Fault.Rule, Fault: o.Fault.Effect, SessionID: o.SessionID, RetryAfter: o.RetryAfter,
	}
	switch f := o.Fault; {
	case s.wasAbandoned(o):
		e.Work, e.Outcome, e.Status, e.Answer, e.RetryAfter = o.Outcome, knot.Abandoned, 0, "", 0
	case f.Outcome == string(faults.Truncate):
		e.Work, e.Outcome = o.Outcome, f.Outcome
	case f.Outcome != "":
		e.Work, e.Outcome, e.Status, e.Answer = o.Outcome, f.Outcome, f.Status, f.Answer
		e.Evidence, e.RetryAfter = string(f.Evidence), f.RetryAfter
		e.Hint = cmp.Or(f.Hint, e.Hint)
	}
	return e
}

// wasAbandoned reports whether the caller left before it could have the answer. An
// answer that is not over yet when this is asked waits in the connection's buffer,
// but for one that drips; one that never was to come was not waited for in vain.
func (s *Server) wasAbandoned(o *handlers.Observation) bool {
	switch {
	case o.Fault.Outcome == string(faults.Hang):
		return false
	case o.Fault.Word == string(faults.Drip):
		return o.Fault.CutShort
	}
	return o.Request.Context().Err() != nil && s.base.Err() == nil
}
