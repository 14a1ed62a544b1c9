package knottest_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"knotsandbox/journal"
	"knotsandbox/knot"
	"knotsandbox/knottest"
	"knotsandbox/server"
	"knotsandbox/server/servertest"
)

// create lets the client of a sandbox make a session and wants it to succeed.
func create(t testing.TB, sb *knottest.Sandbox, user string) string {
	t.Helper()
	session, err := createSession(sb.URL, sb.ClientID, sb.Secret, user)
	if err != nil {
		t.Errorf("createSession(%q) = %v, want nil", user, err)
	}
	return session
}

// However a sandbox is had, it does the same.
func TestStartAndConnect(t *testing.T) {
	t.Parallel()
	shared := servertest.Start(t, server.Config{Clients: []knot.Client{{ID: "other", SecretSHA256: knot.DigestOf("other"), Products: knot.AllProducts()}}})
	for name, make := range map[string]func(t testing.TB, options ...knottest.Option) *knottest.Sandbox{
		"Start": knottest.Start,
		"Connect": func(t testing.TB, options ...knottest.Option) *knottest.Sandbox {
			return knottest.Connect(t, shared.URL()+"/", options...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := make(t, knottest.Products(knot.Link))
			if !strings.HasPrefix(sb.ClientID, "TestStartAndConnect-"+name) || sb.Secret == "" {
				t.Errorf("client = %q, %q, want one named after the test", sb.ClientID, sb.Secret)
			}
			useEverything(t, sb)
		})
	}
}

func useEverything(t *testing.T, sb *knottest.Sandbox) {
	t.Helper()
	sb.Fail("NoAccess times=1 user=a*")
	if _, err := createSession(sb.URL, sb.ClientID, sb.Secret, "ada"); err == nil {
		t.Error("the fault did not hit")
	}
	session := create(t, sb, "ada")
	want := journal.Filter{User: "ada", Outcome: "Created", Product: "link", SessionID: session, Fault: "none", Text: "ada", Since: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour), After: 1, Before: 1 << 40}
	sb.Verify(journal.Expectation{Filter: want, Count: new(1)})
	sb.Verify(journal.Expectation{AtLeast: new(1), AtMost: new(2)})
	sb.Verify(journal.Expectation{Order: []journal.Filter{{Outcome: "NoAccess"}, {Outcome: "Created"}}})
	if got := sb.WaitFor(2, journal.Filter{}); len(got) != 2 || got[0].Outcome != "NoAccess" || got[1].Outcome != "Created" {
		t.Errorf("WaitFor(2) = %v, want NoAccess, Created", outcomes(got))
	}
	if got := sb.Requests(journal.Filter{}); !slices.Equal(outcomes(got), []string{"NoAccess", "Created"}) {
		t.Errorf("Requests() = %v, want NoAccess, Created", outcomes(got))
	} else if e := got[1]; e.Client != sb.ClientID || e.Status != 200 || e.SessionID != session || e.Header().Get("Content-Type") != "application/json" {
		t.Errorf("Requests()[1] = %+v, want the session's request", e)
	}
	if c := sb.Coverage(); c.Documented.Met != 2 || c.Documented.Met+len(c.Missed()) != c.Documented.Of || c.All.Met != 2 || slices.Contains(c.Missed(), "NoAccess") {
		t.Errorf("Coverage() = %+v, want Created and NoAccess", c)
	}
	if r := sb.Conduct(); r.Client != sb.ClientID || r.Summary.Attempts != 2 || len(r.Rules) == 0 {
		t.Errorf("Conduct() = %+v, want two attempts", r)
	}
	sessions := sb.Sessions()
	if len(sessions) != 1 || sessions[0].ID != session || sessions[0].ExternalUserID != "ada" || sessions[0].ExpiresAt.Sub(sessions[0].CreatedAt) != knot.SessionLifetime {
		t.Errorf("Sessions() = %+v, want %s", sessions, session)
	}
	sb.Advance(31 * time.Minute)
	if got := sb.Sessions(); len(got) != 0 {
		t.Errorf("after Advance, Sessions() = %+v, want none", got)
	}
	changeProducts(t, sb)
}

// changeProducts begins with the product link alone.
func changeProducts(t *testing.T, sb *knottest.Sandbox) {
	t.Helper()
	sb.DisableProduct("link")
	if _, err := createSession(sb.URL, sb.ClientID, sb.Secret, "bob"); err == nil {
		t.Error("the product was not disabled")
	}
	sb.EnableProduct("link")
	create(t, sb, "bob")
	sb.DisableProduct("link")
	sb.Reset()
	create(t, sb, "eve")
	if got := sb.Requests(journal.Filter{}); len(got) != 1 || got[0].ExternalUserID != "eve" {
		t.Errorf("after Reset, Requests() = %v, want that of eve", outcomes(got))
	}
}

func outcomes(list []journal.Exchange) []string {
	var names []string
	for _, e := range list {
		names = append(names, e.Outcome)
	}
	return names
}

// A connection leaves the sandbox as it found it.
func TestConnectRemovesItsClient(t *testing.T) {
	t.Parallel()
	shared := servertest.Start(t, server.Config{})
	clients := 0
	got := outcomeOf(func(t *T) {
		sb := knottest.Connect(t, shared.URL())
		create(t, sb, "ada")
		_, _ = createSession(sb.URL, "someone", "else", "ada") // another test's business
		clients = len(shared.Clients())
	})
	if got.failed || clients != 1 || len(shared.Clients()) != 0 {
		t.Errorf("%d clients, then %d, want 1, 0; log:\n%s", clients, len(shared.Clients()), got.text.String())
	}
}

// The control API may be elsewhere and want a token; the sandbox says where the API is.
func TestConnectToControl(t *testing.T) {
	t.Parallel()
	shared := servertest.Start(t, server.Config{Control: server.Control{Mode: server.ControlElsewhere, Listen: "127.0.0.1:0", Token: "open"}})
	sb := knottest.Connect(t, shared.ControlURL(), knottest.Token("open"))
	if sb.URL != shared.URL() || sb.URL == shared.ControlURL() {
		t.Errorf("URL = %s, want %s", sb.URL, shared.URL())
	}
	create(t, sb, "ada")
	sb.Verify(journal.Expectation{Count: new(1)})
}

// With a seed, a test is the same in every run, wherever its sandbox is.
func TestSeed(t *testing.T) {
	t.Parallel()
	run := func(make func(t *T) *knottest.Sandbox) string {
		var drawn []string
		got := outcomeOf(func(t *T) {
			sb := make(t)
			sb.Fail("NoAccess p=0.5")
			for range 20 {
				session, err := createSession(sb.URL, sb.ClientID, sb.Secret, "ada")
				drawn = append(drawn, session)
				if err != nil {
					drawn = append(drawn, err.Error())
				}
			}
		})
		if got.failed {
			t.Error(got.text.String())
		}
		return strings.Join(drawn, " ")
	}
	seeded := func(n uint64) func(t *T) *knottest.Sandbox {
		return func(t *T) *knottest.Sandbox { return knottest.Start(t, knottest.Seed(n)) }
	}
	shared := servertest.Start(t, server.Config{})
	first := run(seeded(1))
	if again := run(seeded(1)); again != first {
		t.Errorf("with the same seed:\n%s\nand\n%s", first, again)
	}
	if other := run(seeded(2)); other == first {
		t.Error("another seed gives the same")
	}
	for range 2 {
		there := run(func(t *T) *knottest.Sandbox { return knottest.Connect(t, shared.URL(), knottest.Seed(1)) })
		if there != first {
			t.Errorf("on a running sandbox:\n%s\nwant\n%s", there, first)
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	sb := knottest.Start(t, knottest.RateLimit("1/h"), knottest.Products(), knottest.Phone(knot.PhoneValid), knottest.Token("t"))
	if got := clientOf(t, sb, ""); !strings.Contains(got, "token_required") {
		t.Errorf("without the token, the client is %s, want token_required", got)
	}
	if got := clientOf(t, sb, "t"); !strings.Contains(got, `"products": []`) || !strings.Contains(got, `"phone": "valid"`) {
		t.Errorf("client = %s, want no products, phone valid", got)
	}
	sb.EnableProduct("link")
	create(t, sb, "ada")
	if _, err := createSession(sb.URL, sb.ClientID, sb.Secret, "ada"); err == nil {
		t.Error("the second call was let in, want 429")
	}
	sb.Advance(time.Hour)
	create(t, sb, "ada")
}

// clientOf returns what the control API shows of the client to who has a token.
func clientOf(t *testing.T, sb *knottest.Sandbox, token string) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, sb.URL+"/__sandbox/clients/"+sb.ClientID, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Sandbox-Token", token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// What is done to one client of a sandbox, another does not notice.
func TestClientsAreApart(t *testing.T) {
	t.Parallel()
	a := knottest.Start(t, knottest.AllowUnmet())
	b := knottest.Connect(t, a.URL)
	create(t, a, "ada")
	create(t, b, "bob")
	a.Fail("InternalServerError")
	a.DisableProduct("link")
	a.Advance(time.Hour)
	create(t, b, "bob")
	a.Reset()
	if got := b.Requests(journal.Filter{}); len(got) != 2 || len(b.Sessions()) != 2 || b.Coverage().Documented.Met != 1 {
		t.Errorf("b has %d requests, %d sessions, %+v; want 2, 2, Created alone", len(got), len(b.Sessions()), b.Coverage().Documented)
	}
	if got := a.Requests(journal.Filter{Client: b.ClientID}); len(got) != 2 {
		t.Errorf("asked for b's by name, a sees %d requests, want 2", len(got))
	}
}

// A test that has cleanups of its own may ask in them.
func TestCleanup(t *testing.T) {
	t.Parallel()
	sb := knottest.Start(t)
	t.Cleanup(func() { sb.Verify(journal.Expectation{Count: new(1)}) })
	create(t, sb, "ada")
}

// More requests than the control API gives at once, in the order in which they came.
func TestManyRequests(t *testing.T) {
	t.Parallel()
	const many = 1003
	sb := knottest.Start(t)
	for range many {
		create(t, sb, "ada")
	}
	got := sb.Requests(journal.Filter{})
	if len(got) != many || got[0].ID != "r1" || !slices.IsSortedFunc(got, func(a, b journal.Exchange) int { return int(a.Position) - int(b.Position) }) {
		t.Errorf("%d requests from %s, want %d in order", len(got), got[0].ID, many)
	}
}

// A sandbox does not wait for what a program has left open: an answer that still
// drips, and a connection that was never used.
func TestOpenConnections(t *testing.T) {
	t.Parallel()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	began := time.Now()
	got := outcomeOf(func(t *T) {
		sb := knottest.Start(t)
		sb.Fail("drip=10m")
		r, err := http.NewRequest(http.MethodPost, sb.URL+"/session/create", strings.NewReader(`{"type":"link","external_user_id":"ada"}`))
		if err != nil {
			t.Fatalf("NewRequest: %v", err)
		}
		r.SetBasicAuth(sb.ClientID, sb.Secret)
		res, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatalf("RoundTrip: %v", err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		if _, err := net.Dial("tcp", r.URL.Host); err != nil {
			t.Fatalf("Dial: %v", err)
		}
	})
	if took := time.Since(began); got.failed || took > 5*time.Minute {
		t.Errorf("failed = %v after %v:\n%s", got.failed, took, got.text.String())
	}
}

// A URL where something else is.
func elsewhere(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	return s.URL
}
