package knottest

import (
	"net/http"
	"time"

	"knotsandbox/conduct"
	"knotsandbox/knot"
)

// Session is an issued session that has not expired.
type Session struct {
	ID             string       `json:"session"`
	Product        knot.Product `json:"product"`
	ExternalUserID string       `json:"external_user_id"`
	CardID         string       `json:"card_id"`
	CreatedAt      time.Time    `json:"created_at"` // by the client's clock
	ExpiresAt      time.Time    `json:"expires_at"`
}

// Sessions returns the client's sessions that have not expired, the oldest first.
func (s *Sandbox) Sessions() []Session {
	s.t.Helper()
	var answer struct {
		Sessions []Session `json:"sessions"`
	}
	s.must("Sessions", s.call(http.MethodGet, "/sessions"+s.ofClient(), nil, &answer))
	return answer.Sessions
}

// Coverage is which outcomes the client has met.
type Coverage struct {
	Outcomes   []Outcome `json:"outcomes"`   // every one that there is
	Documented Share     `json:"documented"` // of those on the vendor's page
	All        Share     `json:"all"`        // of success and the whole error catalogue
}

// Outcome is what a request can come to, and how often it did.
type Outcome struct {
	Name     string        `json:"name"`
	Group    string        `json:"group"`  // documented, undocumented, or failure: of a proxy or the connection
	Status   int           `json:"status"` // 0 if it has none, or not always the same
	Evidence knot.Evidence `json:"evidence"`
	Count    uint64        `json:"count"`
	Last     string        `json:"last_request"` // id
}

// Share is how many of a set of outcomes were met.
type Share struct {
	Met int `json:"met"`
	Of  int `json:"of"`
}

// Missed returns the names of the documented outcomes that were not met.
func (c Coverage) Missed() []string {
	var names []string
	for _, o := range c.Outcomes {
		if o.Group == "documented" && o.Count == 0 {
			names = append(names, o.Name)
		}
	}
	return names
}

// Coverage returns which outcomes the client has met since it was minted.
func (s *Sandbox) Coverage() Coverage {
	s.t.Helper()
	var c Coverage
	s.must("Coverage", s.call(http.MethodGet, "/coverage"+s.ofClient(), nil, &c))
	return c
}

// Conduct judges how the program behaved while the API failed: whether it waited as
// long as Retry-After asked, backed off, gave up, left alone what was refused for
// good, and made one session a call. Its Text is a page for the test's log.
func (s *Sandbox) Conduct() conduct.Report {
	s.t.Helper()
	var r conduct.Report
	s.must("Conduct", s.call(http.MethodGet, "/conduct"+s.ofClient(), nil, &r))
	return r
}
