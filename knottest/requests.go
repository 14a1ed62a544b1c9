package knottest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"knotsandbox/journal"
)

const (
	defaultWait = 10 * time.Second

	// settleTime is how long a verification that fails waits for requests that are
	// about to end.
	settleTime = 250 * time.Millisecond

	pageSize = 1000
)

// Requests returns the client's requests that a filter means, in the order in which
// they came; the zero filter means all. A filter with Strangers means those of
// callers that are no client instead.
func (s *Sandbox) Requests(f journal.Filter) []journal.Exchange {
	s.t.Helper()
	list := []journal.Exchange{}
	for {
		page, err := s.page(f, pageSize)
		s.must("Requests", err)
		list = append(list, page.Requests...)
		if f.Before = page.Next; page.Next == 0 {
			return inOrder(list)
		}
	}
}

// page is a part of a list of requests, the newest first.
type page struct {
	Requests []journal.Exchange `json:"requests"`
	Next     uint64             `json:"next"`
}

// page returns the newest requests.
func (s *Sandbox) page(f journal.Filter, limit int) (page, error) {
	var p page
	err := s.call(http.MethodGet, "/requests"+query(s.form(f), "limit", strconv.Itoa(limit)), nil, &p)
	return p, err
}

// inOrder sorts requests by when they came.
func inOrder(list []journal.Exchange) []journal.Exchange {
	slices.SortFunc(list, func(a, b journal.Exchange) int { return a.Compare(&b) })
	return list
}

// WaitFor waits until n of the client's requests are over that a filter means, those
// before the call included, and returns the newest n in the order in which they came.
// If they have not come within the WaitLimit, it ends the test and says what has.
func (s *Sandbox) WaitFor(n int, f journal.Filter) []journal.Exchange {
	s.t.Helper()
	limit := s.settings.waitLimit
	list, err := s.await(n, f, limit)
	if hasCode(err, "not_met") {
		s.t.Fatalf("knottest: WaitFor: %s", s.explain(err, s.form(f)))
	}
	s.must("WaitFor", err)
	return inOrder(list)
}

// await asks the sandbox to wait.
func (s *Sandbox) await(n int, f journal.Filter, limit time.Duration) ([]journal.Exchange, error) {
	var p page
	question := query(s.form(f), "count", strconv.Itoa(n), "timeout", limit.String())
	err := s.callWithin(limit+callTimeout, http.MethodGet, "/requests/wait"+question, nil, &p)
	return p.Requests, err
}

// Verify holds the client's requests to an expectation: how many there are of those
// that its filter means, or in which order. If it is not met, the test fails and its
// log says why; the test goes on.
func (s *Sandbox) Verify(x journal.Expectation) {
	s.t.Helper()
	form := s.expectation(x)
	err := s.verdict(form, x.Filter)
	if hasCode(err, "verification_failed") {
		s.t.Errorf("knottest: Verify: %s", s.explain(err, form))
		return
	}
	s.must("Verify", err)
}

// verdict asks for a verdict, and again if it is no while requests still come in: to
// its caller, a connection that was broken is over before the sandbox knows.
func (s *Sandbox) verdict(form map[string]any, f journal.Filter) error {
	callers := journal.Filter{Client: f.Client, Strangers: f.Strangers}
	until := time.Now().Add(settleTime)
	for {
		seen, err := s.page(callers, 1)
		if err != nil {
			return err
		}
		if len(seen.Requests) > 0 {
			callers.After = seen.Requests[0].Position
		}
		err = s.call(http.MethodPost, "/verify", form, nil)
		left := time.Until(until)
		if !hasCode(err, "verification_failed") || left <= 0 {
			return err
		}
		if _, late := s.await(1, callers, left); late != nil {
			return err
		}
	}
}

// expectation returns an expectation as the control API takes it.
func (s *Sandbox) expectation(x journal.Expectation) map[string]any {
	form := s.form(x.Filter)
	for name, n := range map[string]*int{"count": x.Count, "at_least": x.AtLeast, "at_most": x.AtMost} {
		if n != nil {
			form[name] = *n
		}
	}
	var order []map[string]any
	for _, step := range x.Order {
		order = append(order, s.form(step))
	}
	if order != nil {
		form["order"] = order
	}
	return form
}

// form returns a filter as the control API takes it. Unless it says otherwise, it is
// about the client of the Sandbox.
func (s *Sandbox) form(f journal.Filter) map[string]any {
	form := map[string]any{}
	if f.Client == "" && !f.Strangers {
		f.Client = s.ClientID
	}
	for name, text := range map[string]string{
		"client": f.Client, "product": f.Product, "user": f.User, "outcome": f.Outcome, "fault": f.Fault,
		"session": f.SessionID, "text": f.Text,
	} {
		if text != "" {
			form[name] = text
		}
	}
	if f.Strangers {
		form["strangers"] = "yes"
	}
	for name, t := range map[string]time.Time{"since": f.Since, "until": f.Until} {
		if !t.IsZero() {
			form[name] = t.Format(time.RFC3339Nano)
		}
	}
	for name, position := range map[string]uint64{"after": f.After, "before": f.Before} {
		if position != 0 {
			form[name] = position
		}
	}
	return form
}

// refuseStrangers lets the test fail if someone called who is no client.
func (s *Sandbox) refuseStrangers() {
	s.t.Helper()
	if s.settings.allowStrangers || s.t.Skipped() {
		return
	}
	strangers := s.Requests(journal.Filter{Strangers: true})
	if len(strangers) == 0 {
		return
	}
	text := fmt.Sprintf("%s came from a caller that is no client of this sandbox:", plural(len(strangers), "request"))
	s.t.Errorf("knottest: %s\n\tlet the program use the client_id %q and its secret, or allow it with knottest.AllowStrangers()",
		lines(append([]string{text}, shown(strangers)...)...), s.ClientID)
}
