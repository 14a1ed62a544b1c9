package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"knotsandbox/faults"
	"knotsandbox/server"
	"knotsandbox/server/servertest"
)

// A page of another origin is refused wherever it could learn something by waiting or
// by the time an answer takes, and where it gets an answer it may not read it.
func TestPagesCannotRead(t *testing.T) {
	t.Parallel()
	url := servertest.Start(t, server.Config{Clients: clients()}).URL()
	for _, site := range []string{"cross-site", "same-site"} {
		for _, path := range []string{"/clients", "/requests", "/requests/wait?timeout=1ms", "/events?client=nobody", "/sessions", "/metrics", "/openapi.yaml"} {
			if a := control(t, url, "GET", path, "Sec-Fetch-Site", site); a.status != 403 || !strings.Contains(a.body, "cross_origin") {
				t.Errorf("GET %s from a page that is %s: %d %s, want 403 cross_origin", path, site, a.status, a.body)
			}
		}
	}
	for _, path := range []string{"/session/create", "/nope", "/__sandbox/health", "/__sandbox/clients", "/__sandbox/console/index.html"} {
		for _, method := range []string{"GET", "POST", "OPTIONS"} {
			r, err := http.NewRequest(method, url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range map[string]string{
				"Origin": "https://evil.example", "Access-Control-Request-Method": "POST",
				"Access-Control-Request-Headers": "authorization", "Access-Control-Request-Private-Network": "true",
			} {
				r.Header.Set(name, value)
			}
			a, err := send(r)
			if err != nil {
				t.Fatal(err)
			}
			for name := range a.header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s %s: %d with %s, which lets pages in", method, path, a.status, name)
				}
			}
		}
	}
}

// What a page can send without asking, a form, reaches the emulated API as a stranger's.
func TestPagesAreStrangers(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	r, err := http.NewRequest("POST", s.URL()+"/session/create", strings.NewReader(`{"type":"link","external_user_id":"sandbox:InternalServerError times=5"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set("Origin", "https://evil.example")
	if _, err := send(r); err != nil {
		t.Fatal(err)
	}
	if got := statuses(t, s, "a", 3); got != "200 200 200" {
		t.Errorf("a client's calls after it: %s, want 200 200 200", got)
	}
	if c := s.Health(); c.Sessions != 3 {
		t.Errorf("%d sessions, want the client's three", c.Sessions)
	}
}

// A fault on a request is for that request: no other meets it, whoever sends it.
func TestInlineFaultStaysWithItsRequest(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	for _, by := range []string{"a", "stranger"} {
		a := mustPost(t, s, by, session, "X-Sandbox-Fault", "InternalServerError times=9")
		b := mustPost(t, s, by, `{"type":"link","external_user_id":"sandbox:InternalServerError times=9"}`)
		if a.status != 500 || by == "a" && b.status != 500 {
			t.Errorf("%s: %d and %d, want the faults that were sent", by, a.status, b.status)
		}
	}
	if got := statuses(t, s, "a", 2) + " " + statuses(t, s, "b", 2); got != "200 200 200 200" {
		t.Errorf("calls after it: %s, want 200 each", got)
	}
}

// Health, which is open to everybody, tells nothing of clients and their requests.
func TestHealthTellsNoNames(t *testing.T) {
	t.Parallel()
	const name = "a-client-of-that-name"
	s := servertest.Start(t, server.Config{Listen: "0.0.0.0:0", Clients: append(clients(), client(name, clients()[0].Seed))})
	mustPost(t, s, name, `{"type":"link","external_user_id":"a-user-of-that-name"}`)
	if a := control(t, s.URL(), "GET", "/health"); a.status != 200 || strings.Contains(a.body, "of-that-name") {
		t.Errorf("%d %s, want 200 without names", a.status, a.body)
	}
}

// Who reaches the control API reaches all of it: clients are no borders there.
func TestControlKnowsNoClients(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	mustPost(t, s, "a", session)
	for _, c := range []struct{ method, path string }{
		{"GET", "/requests?client=a"}, {"GET", "/sessions?client=a"}, {"DELETE", "/requests?client=a"}, {"DELETE", "/clients/a"},
	} {
		if a := control(t, s.URL(), c.method, c.path); a.status/100 != 2 {
			t.Errorf("%s %s: %d %s, want it done", c.method, c.path, a.status, a.body)
		}
	}
}

// Rules and the clients that come by themselves have an end.
func TestControlIsBounded(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients(), AnyCredentials: true})
	for i := range 1100 {
		id := fmt.Sprint("made-up-", i)
		if a := mustPost(t, s, id, session); i >= 1000 && a.status != 401 {
			t.Fatalf("client %d of those that come by themselves: %d, want 401", i, a.status)
		}
	}
	for range 2 * faults.MaxRules {
		if _, err := s.Arm(faults.Match{Client: "a"}, "NoAccess"); err != nil {
			return
		}
	}
	t.Errorf("more than %d rules could be armed", faults.MaxRules)
}
