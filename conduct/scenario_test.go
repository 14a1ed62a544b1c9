package conduct_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"knotsandbox/conduct"
	"knotsandbox/journal"
)

// epoch is the real time at which every scenario begins.
func epoch() time.Time { return time.Date(2026, 11, 25, 15, 0, 0, 0, time.UTC) }

// statuses of the outcomes that scenarios use; 0 for the others.
func statusOf(outcome string) int {
	return map[string]int{
		"Created": 200, "InternalServerError": 500, "RateLimited": 429, "ServiceUnavailable": 503, "BadGateway": 502,
		"TypeRequired": 400, "AuthFailed": 401, "NoAccess": 403, "PayloadTooLarge": 413, "Unreadable": 400,
		"truncate": 200, "malformed": 200, "empty": 200, "RouteNotFound": 404, "MethodNotAllowed": 405,
		"InvalidMethodOverride": 404, "Preflight": 200,
	}[outcome]
}

type option func(*journal.Exchange)

// try is an attempt that begins at an offset and takes a millisecond, unless an
// option says otherwise.
func try(at time.Duration, outcome string, options ...option) journal.Exchange {
	e := journal.Exchange{
		Began: epoch().Add(at), At: epoch().Add(at), Duration: time.Millisecond,
		Client: "sandbox", Method: "POST", Path: "/session/create", Body: `{"type":"link"}`, BodySize: 15,
		Product: "link", ExternalUserID: "u-1", Outcome: outcome, Status: statusOf(outcome),
	}
	for _, o := range options {
		o(&e)
	}
	return e
}

func took(d time.Duration) option { return func(e *journal.Exchange) { e.Duration = d } }
func asks(d time.Duration) option { return func(e *journal.Exchange) { e.RetryAfter = d } }
func user(id string) option       { return func(e *journal.Exchange) { e.ExternalUserID = id } }
func client(id string) option     { return func(e *journal.Exchange) { e.Client = id } }
func fault(id, effect string) option {
	return func(e *journal.Exchange) { e.Rule, e.Fault = id, effect }
}
func clockAt(shows time.Duration) option {
	return func(e *journal.Exchange) { e.At = epoch().Add(shows) }
}

// issues is a session that the attempt made, and gave to the caller if its
// outcome is Created.
func issues(session string) option {
	return func(e *journal.Exchange) {
		e.SessionID = session
		if e.Outcome != "Created" {
			e.Work = "Created"
		}
	}
}

// number gives exchanges their ids and positions, unless they have them.
func number(exchanges ...journal.Exchange) []journal.Exchange {
	for i := range exchanges {
		if exchanges[i].ID == "" {
			exchanges[i].ID, exchanges[i].Position = fmt.Sprintf("r%d", i+1), uint64(i+1)
		}
	}
	return exchanges
}

// judge judges exchanges at an offset at which every clock shows real time.
func judge(at time.Duration, exchanges ...journal.Exchange) conduct.Report {
	now := epoch().Add(at)
	return conduct.Judge(number(exchanges...), now, func(string) time.Time { return now })
}

// finding returns what a report says of a rule.
func finding(t *testing.T, r conduct.Report, rule string) conduct.Finding {
	t.Helper()
	for _, f := range r.Rules {
		if f.Rule == rule {
			return f
		}
	}
	t.Fatalf("report has no rule %q: %+v", rule, r.Rules)
	return conduct.Finding{}
}

// policy says how long to wait before the retry of that number, from 1.
type policy func(random *rand.Rand, retry int, last time.Duration) time.Duration

// calls plays calls that each fail so many times and then succeed, with a timer
// that is up to a millisecond late.
func calls(seed uint64, n, failures int, wait policy) []journal.Exchange {
	random := rand.New(rand.NewPCG(seed, 0))
	var list []journal.Exchange
	for c := range n {
		at, last := time.Duration(c)*10*time.Minute, time.Duration(0)
		for retry := range failures + 1 {
			outcome := "InternalServerError"
			if retry == failures {
				outcome = "Created"
			}
			list = append(list, try(at, outcome, user(fmt.Sprint("u-", c))))
			last = wait(random, retry+1, last)
			at += time.Millisecond + last + time.Duration(random.Int64N(int64(time.Millisecond)))
		}
	}
	return number(list...)
}
