package knottest_test

import (
	"fmt"
	"strings"
	"time"

	"knotsandbox/journal"
	"knotsandbox/knottest"
)

// In the examples, t is the *testing.T of a test, and signUp the program that is tested.
func Example() {
	t.Parallel()
	sb := knottest.Start(t)                // in this process, on a free port, until the test ends
	sb.Fail("InternalServerError times=2") // the next two requests of this test

	if _, err := signUp(sb.URL, sb.ClientID, sb.Secret, "ada"); err != nil {
		t.Errorf("signUp: %v", err)
	}
	sb.Verify(journal.Expectation{Filter: journal.Filter{User: "ada"}, Count: new(3)})
	for _, r := range sb.Requests(journal.Filter{}) {
		t.Log(r.ID, r.Status, r.Outcome)
	}
	// Output:
	// r1 500 InternalServerError
	// r2 500 InternalServerError
	// r3 200 Created
}

// A test in which all goes well.
func ExampleStart() {
	sb := knottest.Start(t, knottest.Seed(1), knottest.Products("link"))

	session, err := signUp(sb.URL, sb.ClientID, sb.Secret, "ada")
	t.Log(session, err)
	t.Log(sb.Sessions()[0].ID == session)
	// Output:
	// b9ac22a6-9403-49d4-8030-6276925c0fd8 <nil>
	// true
}

// Parallel subtests share a sandbox and nothing else: each has a client of its own.
func ExampleConnect() {
	sb := knottest.Start(t) // or one that runs already: only its URL is needed

	for _, outcome := range []string{"NoAccess", "RateLimited", "BadGateway"} {
		t.Run(outcome, func(t *T) { // *testing.T
			t.Parallel()
			own := knottest.Connect(t, sb.URL)
			own.Fail(outcome)
			_, err := signUp(own.URL, own.ClientID, own.Secret, "ada")
			t.Log(outcome, "is", err)
		})
	}
	// Output:
	// NoAccess is 403 Forbidden
	// RateLimited is 429 Too Many Requests
	// BadGateway is the API is not well
}

// A program that tries again makes two sessions if the first answer is lost.
func ExampleSandbox_Fail() {
	sb := knottest.Start(t)
	sb.Fail("reset phase=after times=1") // the session is made, and the connection breaks

	if _, err := signUp(sb.URL, sb.ClientID, sb.Secret, "ada"); err != nil {
		t.Errorf("signUp: %v", err)
	}
	t.Log(len(sb.Sessions()), "sessions")
	// Output:
	// 2 sessions
}

// Whether requests came, and in which order.
func ExampleSandbox_Verify() {
	sb := knottest.Start(t)
	sb.Fail("GatewayTimeout times=1 user=bob")
	for _, user := range []string{"ada", "bob"} {
		if _, err := signUp(sb.URL, sb.ClientID, sb.Secret, user); err != nil {
			t.Errorf("signUp: %v", err)
		}
	}

	sb.Verify(journal.Expectation{Count: new(3)})
	sb.Verify(journal.Expectation{Filter: journal.Filter{User: "ada"}}) // at least one
	sb.Verify(journal.Expectation{Order: []journal.Filter{
		{User: "bob", Outcome: "GatewayTimeout"},
		{User: "bob", Outcome: "Created"},
	}})
	t.Log("as expected")
	// Output:
	// as expected
}

// What a verification that fails writes into the test's log.
func ExampleSandbox_Verify_failing() {
	failing := outcomeOf(func(t *T) {
		sb := knottest.Start(t)
		sb.Fail("NoAccess times=1")
		_, _ = signUp(sb.URL, sb.ClientID, sb.Secret, "ada")
		sb.Verify(journal.Expectation{Filter: journal.Filter{User: "ada", Outcome: "Created"}})
	})
	fmt.Println(strings.ReplaceAll(failing.text.String(), "\t", "    "))
	// Output:
	// knottest: Verify: 0 requests are as described, want at least 1
	//     wanted: {"client":"Test","outcome":"Created","user":"ada"}
	//     near: r1: outcome is "NoAccess", not "Created"
	//     last requests:
	//       r1 POST /session/create type "link" user "ada": NoAccess 403, by fault f1 NoAccess
}

// A program that works in the background is waited for, never slept for.
func ExampleSandbox_WaitFor() {
	sb := knottest.Start(t)
	for _, user := range []string{"ada", "bob"} {
		go func() { _, _ = signUp(sb.URL, sb.ClientID, sb.Secret, user) }()
	}

	both := sb.WaitFor(2, journal.Filter{Outcome: "Created"})
	t.Log(len(both), "sessions were made")
	// Output:
	// 2 sessions were made
}

// Half an hour passes at once.
func ExampleSandbox_Advance() {
	sb := knottest.Start(t)
	if _, err := signUp(sb.URL, sb.ClientID, sb.Secret, "ada"); err != nil {
		t.Errorf("signUp: %v", err)
	}

	t.Log(len(sb.Sessions()), "session")
	sb.Advance(31 * time.Minute)
	t.Log(len(sb.Sessions()), "sessions")
	// Output:
	// 1 session
	// 0 sessions
}

// Does the program wait as long as it is asked to? Advance waits for it.
func ExampleSandbox_Conduct() {
	sb := knottest.Start(t)
	sb.Fail("RateLimited retry-after=30s times=1")
	_, err := signUp(sb.URL, sb.ClientID, sb.Secret, "ada")
	t.Log(err)
	sb.Advance(30 * time.Second)
	_, err = signUp(sb.URL, sb.ClientID, sb.Secret, "ada")
	t.Log(err)

	for _, rule := range sb.Conduct().Rules {
		if rule.Rule == "retry_after" {
			t.Log(rule.Verdict+":", rule.Title)
		}
	}
	// Output:
	// 429 Too Many Requests
	// <nil>
	// pass: Waits as long as Retry-After asks
}
