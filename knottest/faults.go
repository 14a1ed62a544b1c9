package knottest

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"knotsandbox/faults"
	"knotsandbox/knot"
)

// Fail arms a fault for the client's requests, in the language of the sandbox:
//
//	InternalServerError times=2          an answer of the error catalogue, twice
//	RateLimited retry-after=3s           429 with Retry-After
//	GatewayTimeout phase=after           the session is made, and the answer lost
//	reset user=ada product=link          a broken connection, for some requests
//	ServiceUnavailable for=10s           until Advance has moved the clock on
//	delay=2s, hang, truncate=20, outage  and more, which the README lists
//
// Of several faults that could hit a request, the one armed first does.
func (s *Sandbox) Fail(fault string) {
	s.t.Helper()
	rule := map[string]string{"client": s.ClientID, "fault": fault}
	s.must(fmt.Sprintf("Fail(%q)", fault), s.call(http.MethodPost, "/faults", rule, nil))
}

// EnableProduct lets the client make sessions of a product.
func (s *Sandbox) EnableProduct(p knot.Product) {
	s.t.Helper()
	s.change("EnableProduct", "enable", p)
}

// DisableProduct lets requests for a product answer NoAccess.
func (s *Sandbox) DisableProduct(p knot.Product) {
	s.t.Helper()
	s.change("DisableProduct", "disable", p)
}

func (s *Sandbox) change(method, what string, p knot.Product) {
	s.t.Helper()
	change := map[string][]knot.Product{what: {p}}
	s.must(fmt.Sprintf("%s(%q)", method, p), s.call(http.MethodPatch, "/clients/"+s.ClientID, change, nil))
}

// Advance moves the client's clock on: sessions expire, quotas begin anew, faults with
// for= end, and the sandbox sees a caller that has waited so long. Nothing else in the
// test's process notices.
func (s *Sandbox) Advance(d time.Duration) {
	s.t.Helper()
	change := map[string]string{"client": s.ClientID, "advance": d.String()}
	s.must(fmt.Sprintf("Advance(%v)", d), s.call(http.MethodPut, "/clock", change, nil))
}

// Reset brings the client back to its beginning: no faults, requests or sessions, the
// first products, real time. Faults that no request has met fail the test as they do
// at its end. What Coverage counts stays.
func (s *Sandbox) Reset() {
	s.t.Helper()
	var answer struct {
		Unmet []fault `json:"never_met"`
	}
	s.must("Reset", s.call(http.MethodPost, "/reset", map[string]string{"client": s.ClientID}, &answer))
	s.reportUnmet(answer.Unmet)
}

// fault is an armed fault with its account.
type fault struct {
	ID      string       `json:"id"`
	Match   faults.Match `json:"match"`
	Text    string       `json:"fault"`
	Inline  bool         `json:"inline"` // came with a request, which has met it
	Matched int          `json:"matched"`
}

// refuseUnmet lets the test fail if the client's faults were in vain.
func (s *Sandbox) refuseUnmet() {
	s.t.Helper()
	if s.settings.allowUnmet || s.t.Skipped() {
		return
	}
	var answer struct {
		Unmet []fault `json:"faults"`
	}
	s.must("faults never met", s.call(http.MethodGet, "/faults"+s.ofClient("met", "no"), nil, &answer))
	s.reportUnmet(answer.Unmet)
}

func (s *Sandbox) reportUnmet(unmet []fault) {
	s.t.Helper()
	if s.settings.allowUnmet {
		return
	}
	for _, f := range unmet {
		if f.Inline {
			continue
		}
		f.Match.Client = ""
		rule := strings.TrimSpace(f.Match.String() + " " + f.Text)
		s.t.Errorf("knottest: the fault %q was never met: %s\n\tlet the program make the request, arm no such fault, or allow it with knottest.AllowUnmet()",
			rule, howUnmet(f.Matched))
	}
}

func howUnmet(matched int) string {
	if matched == 0 {
		return "no request was one that it is for"
	}
	return fmt.Sprintf("it was for %s, and its schedule or chance let them pass", plural(matched, "request"))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
