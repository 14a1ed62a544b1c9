package knottest_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"knotsandbox/journal"
	"knotsandbox/knottest"
	"knotsandbox/server"
	"knotsandbox/server/servertest"
)

// variable is what differs from run to run.
var variable = regexp.MustCompile(`127\.0\.0\.1:\d+|Test-[A-Z2-7]{10}`)

// What a failing test says.
func TestMessages(t *testing.T) {
	t.Parallel()
	notFound := elsewhere(t)
	shared := servertest.Start(t, server.Config{Control: server.Control{Token: "open"}})
	for name, c := range map[string]struct {
		run  func(*T)
		want string
	}{
		"fault misspelt": {
			func(t *T) { knottest.Start(t).Fail("InternalServerEror times=2") },
			`knottest: Fail("InternalServerEror times=2"): *did you mean "InternalServerError"?*
	correct the text; *`,
		},
		"product misspelt": {
			func(t *T) { knottest.Start(t).EnableProduct("links") },
			`knottest: EnableProduct("links"): unknown product "links"; the products are card_switcher, transaction_link, link
	give some of these`,
		},
		"rate misspelt": {
			func(t *T) { knottest.Start(t, knottest.RateLimit("often")) },
			`knottest: RateLimit: "often" is not a rate such as 60/min; *`,
		},
		"outcome misspelt": {
			func(t *T) { knottest.Start(t).Requests(journal.Filter{Outcome: "Creatd"}) },
			`knottest: Requests: there is no outcome "Creatd"
	the outcomes are Created, *`,
		},
		"expectation that cannot be": {
			func(t *T) { knottest.Start(t).Verify(journal.Expectation{Count: new(1), AtMost: new(2)}) },
			`knottest: Verify: count is exact and goes alone
	give count, or at_least and at_most`,
		},
		"limit on a running sandbox": {
			func(t *T) { knottest.Connect(t, notFound, knottest.RateLimit("1/s")) },
			`knottest: Connect: RateLimit is for Start alone, a running sandbox has its own limit
	arm RateLimited with Fail instead`,
		},
		"no sandbox": {
			func(t *T) { knottest.Connect(t, notFound) },
			`knottest: Connect: http://ADDRESS answered 404 Not Found, and not as a sandbox of this version does
*`,
		},
		"nothing": {
			func(t *T) { knottest.Connect(t, "http://127.0.0.1:1") },
			`knottest: Connect: no sandbox answers: *connection refused
	start one, or give the base URL of one that runs`,
		},
		"no token": {
			func(t *T) { knottest.Connect(t, shared.URL()) },
			`knottest: Connect: the control API wants its token
	*`,
		},
		"fault without request": {
			func(t *T) { knottest.Start(t).Fail("NoAccess product=link times=1") },
			`knottest: the fault "product=link NoAccess times=1" was never met: no request was one that it is for
	let the program make the request, arm no such fault, or allow it with knottest.AllowUnmet()`,
		},
		"fault that came too late": {
			func(t *T) {
				sb := knottest.Connect(t, shared.URL(), knottest.Token("open"))
				sb.Fail("NoAccess after=5")
				create(t, sb, "ada")
			},
			`knottest: the fault "NoAccess after=5" was never met: it was for 1 request, and its schedule or chance let them pass
	*`,
		},
		"fault lost in a reset": {
			func(t *T) {
				sb := knottest.Start(t)
				sb.Fail("NoAccess")
				sb.Reset()
			},
			`knottest: the fault "NoAccess" was never met: no request was one that it is for
	*`,
		},
		"strangers": {
			func(t *T) {
				sb := knottest.Start(t)
				_, _ = createSession(sb.URL, "sandbox", "secret", "ada")
				res, err := http.Get(sb.URL + "/health")
				if err != nil {
					t.Fatalf("Get: %v", err)
				}
				_ = res.Body.Close()
			},
			`knottest: 2 requests came from a caller that is no client of this sandbox:
	  r1 POST /session/create client_id "sandbox" type "link" user "ada": AuthFailed 401*
	  r2 GET /health without credentials: RouteNotFound 404*
	let the program use the client_id "Test" and its secret, or allow it with knottest.AllowStrangers()`,
		},
		"wait in vain": {
			func(t *T) {
				sb := knottest.Start(t, knottest.WaitLimit(time.Millisecond))
				create(t, sb, "ada")
				sb.WaitFor(2, journal.Filter{User: "a*"})
				t.Log("not reached")
			},
			`knottest: WaitFor: 1 of 2 requests came within 1ms
	wanted: {"client":"Test","user":"a*"}
*	last requests:
	  r1 POST /session/create type "link" user "ada": Created 200`,
		},
		"no request at all": {
			func(t *T) { knottest.Start(t).Verify(journal.Expectation{}) },
			`knottest: Verify: 0 requests are as described, want at least 1
	wanted: {"client":"Test"}
	no request has come from client_id "Test"; does the program use it, and http://ADDRESS?`,
		},
		"no stranger": {
			func(t *T) {
				knottest.Start(t).Verify(journal.Expectation{Filter: journal.Filter{Strangers: true}, Count: new(1)})
			},
			`knottest: Verify: 0 requests are as described, want exactly 1
	wanted: {"count":1,"strangers":"yes"}
	no request has come`,
		},
		"too many": {
			func(t *T) {
				sb := knottest.Start(t)
				for range 12 {
					create(t, sb, "ada")
				}
				sb.Verify(journal.Expectation{AtMost: new(1)})
			},
			`knottest: Verify: 12 requests are as described, want at most 1
	wanted: {"at_most":1,"client":"Test"}
	found: r1, r2, r3, r4, r5, r6, r7, r8, r9, r10
	last requests:
	  r3 *
	  r12 POST /session/create type "link" user "ada": Created 200`,
		},
		"in the wrong order": {
			func(t *T) {
				sb := knottest.Start(t)
				create(t, sb, "ada")
				create(t, sb, "bob")
				sb.Verify(journal.Expectation{Order: []journal.Filter{{User: "bob"}, {User: "ada", Text: "x y"}}})
			},
			`knottest: Verify: step 2 of 2 was not found after r2
	wanted: {"client":"Test","order":[{"client":"Test","user":"bob"},{"client":"Test","text":"x y","user":"ada"}]}
	found: r2
	last requests:
	  r1 *
	  r2 *`,
		},
		"near": {
			func(t *T) {
				sb := knottest.Start(t)
				create(t, sb, "ada")
				sb.Verify(journal.Expectation{Filter: journal.Filter{User: "bob", Text: "x y", Product: "link"}})
			},
			`*
	near: r1: user is "ada", not "bob"; nowhere is the text "x y"
	*`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := outcomeOf(c.run)
			text := strings.TrimSuffix(variable.ReplaceAllString(got.text.String(), "ADDRESS"), "\n")
			if pattern := like(c.want); !got.failed || !pattern.MatchString(text) {
				t.Errorf("failed = %v, log\n%s\nwant\n%s", got.failed, text, c.want)
			}
		})
	}
}

// like matches texts in which * stands for anything.
func like(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)^` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `$`)
}

// What is allowed, or would only add to what has been said, does not fail a test.
func TestAllowed(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(*T){
		"unmet": func(t *T) {
			sb := knottest.Start(t, knottest.AllowUnmet())
			sb.Fail("NoAccess")
			sb.Reset()
			sb.Fail("NoAccess")
		},
		"strangers": func(t *T) {
			sb := knottest.Start(t, knottest.AllowStrangers())
			_, _ = createSession(sb.URL, "who", "who", "ada")
		},
		"skipped": func(t *T) {
			sb := knottest.Start(t)
			sb.Fail("NoAccess")
			_, _ = createSession(sb.URL, "who", "who", "ada")
			t.skipped = true
		},
		"wrong secret": func(t *T) { // the program has the client, and is told
			sb := knottest.Start(t)
			_, _ = createSession(sb.URL, sb.ClientID, "wrong", "ada")
			sb.Verify(journal.Expectation{Filter: journal.Filter{Outcome: "AuthFailed"}})
		},
		"fault of a request": func(t *T) { // nobody has armed it
			sb := knottest.Start(t)
			create(t, sb, "sandbox:NoAccess after=3")
		},
	} {
		if got := outcomeOf(run); got.failed {
			t.Errorf("%s: the test failed:\n%s", name, got.text.String())
		}
	}
}

// A verification that fails lets the test go on, so that the others are heard, too.
func TestVerifyGoesOn(t *testing.T) {
	t.Parallel()
	got := outcomeOf(func(t *T) {
		sb := knottest.Start(t)
		sb.Verify(journal.Expectation{})
		sb.Verify(journal.Expectation{})
	})
	if n := strings.Count(got.text.String(), "knottest: Verify: "); n != 2 {
		t.Errorf("%d verifications were reported, want 2:\n%s", n, got.text.String())
	}
}

// A request whose connection was broken may be over for its caller before the sandbox
// knows. Verify waits for it.
func TestVerifyWaits(t *testing.T) {
	t.Parallel()
	sb := knottest.Start(t)
	sb.Fail("reset")
	for n := range 200 {
		if _, err := createSession(sb.URL, sb.ClientID, sb.Secret, "ada"); err == nil {
			t.Fatal("the connection was not reset")
		}
		sb.Verify(journal.Expectation{Count: new(n + 1)})
	}
}
