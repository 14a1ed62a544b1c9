package server

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"knotsandbox/admin"
	"knotsandbox/conduct"
	"knotsandbox/faults"
	"knotsandbox/fixtures"
	"knotsandbox/journal"
	"knotsandbox/knot"
)

// The methods of this file are the control surface: the control API, the
// console and Go tests all come here.
var _ admin.Sandbox = (*Server)(nil)

// Health says how the sandbox is.
func (s *Server) Health() admin.Health {
	_, now, _ := s.store.Clock("") // the common clock is always there
	h := admin.Health{
		Status: "ready", Version: s.config.Version, Seed: s.seed, Started: s.started, Now: now, Faults: len(s.Faults()),
	}
	if s.base.Err() != nil {
		h.Status = "stopping"
	}
	if s.emulated.listener != nil {
		h.URL, h.TLSURL = s.URL(), s.TLSURL()
	}
	h.Clients, h.Sessions, h.DroppedSessions = s.store.Len(), s.store.CountSessions(), s.store.DroppedSessions()
	stats := s.journal.Stats()
	h.Requests, h.Kept = stats.Total, stats.Kept
	return h
}

// EmulatedAPI returns the OpenAPI description of what is emulated.
func (s *Server) EmulatedAPI() []byte { return fixtures.OpenAPI() }

// Clients returns the clients, ordered by id.
func (s *Server) Clients() []knot.Client { return s.store.Clients() }

// Client returns the client of that id, or knot.ErrUnknownClient.
func (s *Server) Client(id string) (knot.Client, error) { return s.store.Client(id) }

// AddClient adds a client with a secret. A client without a seed has the
// sandbox's own. If there are as many as there can be, the new one takes the place
// of an idle one. The error is knot.ErrClientExists or knot.ErrTooManyClients.
func (s *Server) AddClient(c knot.Client, secret string) error {
	c.SecretSHA256 = knot.DigestOf(secret)
	return s.store.Add(s.seeded(c))
}

// evicted forgets a client that has made room for another, and says so.
func (s *Server) evicted(id string) {
	s.forget(id)
	s.metrics.droppedClients.Inc()
	s.config.Log.Warn("there are too many clients; the one that was idle for the longest time has gone", "client", id)
}

// seeded gives a client the configured seed if it has none.
func (s *Server) seeded(c knot.Client) knot.Client {
	if !c.Seed.IsSet {
		c.Seed = s.config.Seed
	}
	return c
}

// UpdateClient changes a client and returns what it is now.
func (s *Server) UpdateClient(id string, change func(*knot.Client)) (knot.Client, error) {
	return s.store.Update(id, change)
}

// RemoveClient removes a client with all that belongs to it.
func (s *Server) RemoveClient(id string) error {
	if err := s.store.Remove(id); err != nil {
		return err
	}
	s.forget(id)
	return nil
}

// Sessions returns the live sessions of a client, oldest first.
func (s *Server) Sessions(clientID string) ([]knot.Session, error) { return s.store.Sessions(clientID) }

// Faults returns every rule and inline fault with its account, each by the
// clock of the client it is for.
func (s *Server) Faults() []faults.Report {
	list := s.faults.List(s.store.Now(""))
	for i, r := range list {
		if id := r.Match.Client; id != "" {
			if own, ok := s.faults.Lookup(s.store.Now(id), r.ID); ok {
				list[i] = own
			}
		}
	}
	return list
}

// Fault returns one of them, or faults.ErrNotFound.
func (s *Server) Fault(id string) (faults.Report, error) {
	r, ok := s.faults.Lookup(s.store.Now(""), id)
	if !ok {
		return faults.Report{}, fmt.Errorf("%w: %q", faults.ErrNotFound, id)
	}
	if own, ok := s.faults.Lookup(s.store.Now(r.Match.Client), id); ok {
		return own, nil
	}
	return r, nil
}

// Arm arms a rule given as text, with match or parts of it beside it. A client
// that it names has to exist.
func (s *Server) Arm(match faults.Match, text string) (faults.Report, error) {
	rule, err := s.rule(match, text)
	if err != nil {
		return faults.Report{}, err
	}
	return s.faults.Arm(s.store.Now(rule.Match.Client), rule)
}

// rule reads a rule and checks what the language cannot know.
func (s *Server) rule(match faults.Match, text string) (faults.Rule, error) {
	return readRule(s.language.Load(), s.store.Has, match, text)
}

func readRule(language *faults.Language, isClient func(string) bool, match faults.Match, text string) (faults.Rule, error) {
	rule, err := language.Rule(match, text)
	if err != nil {
		return faults.Rule{}, err
	}
	if id := rule.Match.Client; id != "" && !isClient(id) {
		return faults.Rule{}, fmt.Errorf("%w: %q", knot.ErrUnknownClient, id)
	}
	if name := rule.Match.Product; name != "" {
		if _, err := knot.ParseProduct(name); err != nil {
			return faults.Rule{}, &faults.MatchError{Field: "product", Reason: err.Error()}
		}
	}
	return rule, nil
}

// Disarm disarms a rule and returns its last account, or faults.ErrNotFound.
func (s *Server) Disarm(id string) (faults.Report, error) {
	if r, ok := s.faults.Disarm(s.store.Now(""), id); ok {
		return r, nil
	}
	return faults.Report{}, fmt.Errorf("%w: %q", faults.ErrNotFound, id)
}

// DisarmAll disarms the rules of one client, or with "" all there are, and
// returns those that were never met.
func (s *Server) DisarmAll(clientID string) ([]faults.Report, error) {
	if clientID == "" {
		return s.faults.ClearAll(s.store.Now("")), nil
	}
	if !s.store.Has(clientID) {
		return nil, fmt.Errorf("%w: %q", knot.ErrUnknownClient, clientID)
	}
	return s.faults.Clear(s.store.Now(clientID), clientID), nil
}

// Plan says what the next requests will meet, of an armed rule if id is given,
// or else of a rule that is not armed.
func (s *Server) Plan(id string, match faults.Match, text string, t faults.Traffic) ([]faults.Step, error) {
	if id != "" && text != "" {
		return nil, &faults.MatchError{Field: "id", Reason: "give an id or a fault, not both"}
	}
	if id == "" {
		rule, err := s.rule(match, text)
		if err != nil {
			return nil, err
		}
		t.Client = rule.Match.Client
		t.Start, t.Seed = s.store.Now(t.Client), s.seedOf(t.Client)
		return s.faults.Preview(rule, t)
	}
	report, err := s.Fault(id)
	if err != nil {
		return nil, err
	}
	if match.Client = ""; match != (faults.Match{}) {
		return nil, &faults.MatchError{Field: "id", Reason: "an armed rule has its match; of the match words only client goes with an id"}
	}
	if t.Client != "" && !s.store.Has(t.Client) {
		return nil, fmt.Errorf("%w: %q", knot.ErrUnknownClient, t.Client)
	}
	if t.Client == "" {
		t.Client = report.Match.Client
	}
	t.Start, t.Seed = s.store.Now(t.Client), s.seedOf(t.Client)
	return s.faults.Plan(id, t)
}

// Clock returns the clock of a client, or with "" the common one, and what it
// shows.
func (s *Server) Clock(clientID string) (knot.Clock, time.Time, error) {
	return s.store.Clock(clientID)
}

// ChangeClock changes the clock of a client, or with "" the common one.
func (s *Server) ChangeClock(clientID string, change func(knot.Clock, time.Time) knot.Clock) error {
	return s.store.ChangeClock(clientID, change)
}

// ReleaseClock lets a client follow the common clock, and that real time.
func (s *Server) ReleaseClock(clientID string) error { return s.store.ReleaseClock(clientID) }

// Journal returns what was asked and answered.
func (s *Server) Journal() *journal.Journal { return s.journal }

// Conduct judges the callers of a client, or with "" all callers, by what the
// journal keeps.
func (s *Server) Conduct(clientID string) conduct.Report {
	report := conduct.Judge(s.journal.All(journal.Filter{Client: clientID}), s.realTime(), s.store.Now)
	report.Client, report.Dropped = clientID, s.journal.Dropped(clientID)
	return report
}

// EmulatedURL returns the base URL of the emulated API for the caller of a control
// request: where it called, if both are there.
func (s *Server) EmulatedURL(r *http.Request) string {
	switch {
	case s.control != nil || r.Host == "":
		return s.URL()
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// Reset brings a client, or with "" the whole sandbox, back to the beginning, with
// the faults of the configuration. It returns the faults that were never met, and logs
// them.
func (s *Server) Reset(clientID string) ([]faults.Report, error) {
	s.configured.mu.Lock()
	defer s.configured.mu.Unlock()
	var unmet []faults.Report
	if clientID == "" {
		unmet = s.faults.ClearAll(s.store.Now(""))
		s.store.ResetAll()
		s.journal.Clear("")
		s.journal.Retain(s.store.Has)
	} else {
		if err := s.store.Reset(clientID); err != nil {
			return nil, err
		}
		unmet = s.faults.Clear(s.store.Now(clientID), clientID)
		s.journal.Clear(clientID)
	}
	s.warnUnmet(unmet)
	return unmet, s.armMissing(clientID)
}

// Unmet returns the armed faults that no request has met.
func (s *Server) Unmet() []faults.Report {
	return slices.DeleteFunc(s.Faults(), func(r faults.Report) bool { return r.Hit > 0 || r.Inline })
}

// warnUnmet logs faults that were never met: the test that armed them did not
// test what it meant to.
func (s *Server) warnUnmet(reports []faults.Report) {
	for _, r := range reports {
		s.config.Log.Warn("fault was never met", "id", r.ID, "rule", faults.Rule{Match: r.Match, Fault: r.Fault}.String(), "matched", r.Matched)
	}
}
