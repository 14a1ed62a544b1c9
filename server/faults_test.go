package server_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"knotsandbox/faults"
	"knotsandbox/knot"
	"knotsandbox/server"
	"knotsandbox/server/servertest"
)

// clients are the usual clients of a test.
func clients() []knot.Client {
	return []knot.Client{client("a", knot.Seed{}), client("b", knot.Seed{})}
}

// arm arms a rule.
func arm(t *testing.T, s *server.Server, text string) faults.Report {
	t.Helper()
	r, err := s.Arm(faults.Match{}, text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// statuses returns the statuses of n calls.
func statuses(t *testing.T, s *server.Server, id string, n int) string {
	t.Helper()
	var list []string
	for range n {
		list = append(list, fmt.Sprint(mustPost(t, s, id, session).status))
	}
	return strings.Join(list, " ")
}

// Each name of the catalogue can be had from each door, byte for byte.
func TestCatalogueFromEachDoor(t *testing.T) {
	t.Parallel()
	for _, e := range knot.Errors() {
		fromStart := servertest.Start(t, server.Config{Clients: clients(), Faults: []string{e.Name}})
		s := servertest.Start(t, server.Config{Clients: clients()})
		doors := map[string]answer{
			"start":  mustPost(t, fromStart, "a", session),
			"header": mustPost(t, s, "a", session, "X-Sandbox-Fault", e.Name),
			"value":  mustPost(t, s, "a", `{"type":"link","external_user_id":"sandbox:`+e.Name+`"}`),
		}
		arm(t, s, e.Name)
		doors["control"] = mustPost(t, s, "a", session)
		for door, got := range doors {
			if got.status != e.Status || got.body != e.Body() || got.header.Get("Content-Type") != "application/json" {
				t.Errorf("%s by %s: %d %s, want %d %s", e.Name, door, got.status, got.body, e.Status, e.Body())
			}
			if got.header.Get("X-Sandbox-Evidence") != string(e.Evidence) || !strings.HasSuffix(got.header.Get("X-Sandbox-Fault"), " "+e.Name) {
				t.Errorf("%s by %s: evidence %q, fault %q", e.Name, door, got.header.Get("X-Sandbox-Evidence"), got.header.Get("X-Sandbox-Fault"))
			}
		}
	}
}

func TestRateLimitedFault(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := servertest.Start(t, server.Config{Clients: clients(), Now: func() time.Time { return now }})
	h := mustPost(t, s, "a", session, "X-Sandbox-Fault", "RateLimited retry-after=3s").header
	got := fmt.Sprint(h["Retry-After"], h["X-Ratelimit-Remaining"], h["X-Ratelimit-Reset"], len(h["X-Ratelimit-Limit"]))
	if want := fmt.Sprintf("[3] [0] [%d] 1", now.Unix()+3); got != want {
		t.Errorf("Retry-After, Remaining, Reset, number of Limits = %s, want %s", got, want)
	}
}

// The doors in their order: each rule is armed before those that beat it.
func TestPrecedenceOfDoors(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	const value = `{"type":"link","external_user_id":"sandbox:InvalidEmail"}`
	arm(t, s, "NoAccess") // everyone's
	arm(t, s, "TypeRequired")
	if got := mustPost(t, s, "a", session).status; got != 403 {
		t.Errorf("two rules for everyone: %d, want the first's 403", got)
	}
	arm(t, s, "InternalServerError client=a")
	for _, c := range []struct {
		name, id, body, header string
		want                   int
	}{
		{"everyone's rule", "b", session, "", 403},
		{"the client's rule", "a", session, "", 500},
		{"the value", "a", value, "", 400},
		{"the header", "a", value, "AuthFailed", 401},
		{"a header whose schedule says no", "a", value, "AuthFailed after=1", 400},
	} {
		if got := mustPost(t, s, c.id, c.body, "X-Sandbox-Fault", c.header).status; got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestInlineFaultsOff(t *testing.T) {
	t.Parallel()
	const value = `{"type":"link","external_user_id":"sandbox:NoAccess"}`
	for _, c := range []struct {
		doors         server.InlineFaults
		header, value int
	}{
		{server.InlineFaults{}, 500, 403},
		{server.InlineFaults{HeaderOff: true}, 200, 403},
		{server.InlineFaults{ValueOff: true}, 500, 200},
		{server.InlineFaults{HeaderOff: true, ValueOff: true}, 200, 200},
	} {
		s := servertest.Start(t, server.Config{Clients: clients(), InlineFaults: c.doors})
		header := mustPost(t, s, "a", session, "X-Sandbox-Fault", "InternalServerError").status
		if got := mustPost(t, s, "a", value).status; header != c.header || got != c.value {
			t.Errorf("%+v: header %d, value %d, want %d, %d", c.doors, header, got, c.header, c.value)
		}
	}
}

// A fault on a request that cannot be had is said, not ignored, in the control
// API's shape: it is the sandbox that was spoken to.
func TestInvalidInlineFault(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	for door, got := range map[string]answer{
		"X-Sandbox-Fault":  mustPost(t, s, "a", session, "X-Sandbox-Fault", "NoAcess"),
		"external_user_id": mustPost(t, s, "a", `{"type":"link","external_user_id":"sandbox:NoAcess"}`),
	} {
		if got.status != 400 || !strings.Contains(got.body, `"field": "`+door+`"`) || !strings.Contains(got.body, `did you mean \"NoAccess\"?`) {
			t.Errorf("%s: %d %s, want a 400 that names the door and the fault that was meant", door, got.status, got.body)
		}
	}
	if sessions, _ := s.Sessions("a"); len(sessions) != 0 {
		t.Errorf("%d sessions, want none", len(sessions))
	}
}

// phase=after does the work: the session is there although the caller never
// heard of it.
func TestPhaseAfter(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	for i, fault := range []string{"InternalServerError", "reset", "close", "GatewayTimeout", "malformed", "empty", "garbage"} {
		before, err := post(s, "a", session, "X-Sandbox-Fault", fault)
		if err == nil && strings.Contains(before.body, `"session":"`+"0") {
			t.Errorf("%s: %s", fault, before.body)
		}
		if sessions, _ := s.Sessions("a"); len(sessions) != i {
			t.Errorf("%s: %d sessions, want %d: the work was done", fault, len(sessions), i)
		}
		_, _ = post(s, "a", session, "X-Sandbox-Fault", fault+" phase=after") // what comes back is the effect's test
		if sessions, _ := s.Sessions("a"); len(sessions) != i+1 {
			t.Errorf("%s phase=after: %d sessions, want %d: the work was not done", fault, len(sessions), i+1)
		}
	}
}

// A refused request is refused behind a fault that shapes the real answer, too.
func TestShapedAnswerIsTheRealOne(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	got := mustPost(t, s, "a", "{}", "X-Sandbox-Fault", "drip=1ms")
	if got.status != 400 || got.body != knot.TypeRequired.Body() || got.header.Get("X-Sandbox-Evidence") != "documented" {
		t.Errorf("drip: %d %s, want TypeRequired", got.status, got.body)
	}
	got, err := post(s, "a", session, "X-Sandbox-Fault", "truncate=5")
	if err == nil || got.status != 200 || got.body != `{"ses` {
		t.Errorf("truncate: %d %q, %v, want 200, the first five bytes and an error", got.status, got.body, err)
	}
}

func TestScheduleAndAccount(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	rule := arm(t, s, "InternalServerError times=2 after=1 client=a")
	if got, want := statuses(t, s, "a", 4)+" "+statuses(t, s, "b", 1), "200 500 500 200 200"; got != want {
		t.Errorf("statuses %s, want %s", got, want)
	}
	got, err := s.Fault(rule.ID)
	if err != nil || got.Matched != 4 || got.Hit != 2 || got.Remaining != 0 || got.LastHit.IsZero() {
		t.Errorf("account = %+v, %v, want matched 4, hit 2, remaining 0", got, err)
	}
}

// What plan prints is what happens.
func TestPlanHolds(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients(), Seed: knot.NewSeed(42)})
	const text = "NoAccess p=0.4 after=2 times=8 client=a"
	preview, err := s.Plan("", faults.Match{}, text, faults.Traffic{Requests: 40})
	if err != nil {
		t.Fatal(err)
	}
	rule := arm(t, s, text)
	plan, err := s.Plan(rule.ID, faults.Match{}, "", faults.Traffic{Requests: 40})
	if err != nil {
		t.Fatal(err)
	}
	hits := 0
	for i := range plan {
		got := mustPost(t, s, "a", session).status == 403
		if plan[i].Hit != got || preview[i].Hit != got {
			t.Errorf("request %d: hit %v, plan says %v, preview %v", i+1, got, plan[i].Hit, preview[i].Hit)
		}
		if got {
			hits++
		}
	}
	if hits != 8 {
		t.Errorf("%d hits, want 8", hits)
	}
}

// A timeline and for= go by the client's clock.
func TestIncidentByTheClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := servertest.Start(t, server.Config{Clients: clients(), Now: func() time.Time { return now }, Incidents: map[string]string{
		"deploy": "ServiceUnavailable for=10s then InternalServerError for=5s",
	}})
	arm(t, s, "deploy client=a")
	arm(t, s, "NoAccess for=10s client=b")
	at := time.Duration(0)
	for _, step := range []struct {
		at   time.Duration
		a, b int
	}{{0, 503, 403}, {10*time.Second - 1, 503, 403}, {10 * time.Second, 500, 200}, {15*time.Second - 1, 500, 200}, {15 * time.Second, 200, 200}} {
		for _, id := range []string{"a", "b"} {
			err := s.ChangeClock(id, func(c knot.Clock, real time.Time) knot.Clock { return c.Advance(real, step.at-at) })
			if err != nil {
				t.Fatal(err)
			}
		}
		at = step.at
		if a, b := mustPost(t, s, "a", session).status, mustPost(t, s, "b", session).status; a != step.a || b != step.b {
			t.Errorf("after %v: a %d, b %d, want %d, %d", step.at, a, b, step.a, step.b)
		}
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := servertest.Start(t, server.Config{Clients: clients(), Now: func() time.Time { return now }, RateLimit: knot.RateLimit{Requests: 2, Per: time.Minute}})
	for i, want := range []string{"200 [2] [1] [] []", "400 [2] [0] [] []", fmt.Sprintf("429 [2] [0] [60] [%d]", now.Unix()+60)} {
		body := session
		if i == 1 {
			body = "{}" // a refused request counts, too
		}
		a := mustPost(t, s, "a", body)
		h := a.header
		got := fmt.Sprint(a.status, " ", h["X-Ratelimit-Limit"], " ", h["X-Ratelimit-Remaining"], " ", h["Retry-After"], " ", h["X-Ratelimit-Reset"])
		if got != want {
			t.Errorf("request %d: %s, want %s", i+1, got, want)
		}
		if a.status == 429 && a.body != knot.RateLimited.Body() {
			t.Errorf("429 with %s", a.body)
		}
	}
	if got := mustPost(t, s, "b", session).status; got != 200 {
		t.Errorf("another client: %d, want 200", got)
	}
	if err := s.ChangeClock("a", func(c knot.Clock, real time.Time) knot.Clock { return c.Advance(real, time.Minute) }); err != nil {
		t.Fatal(err)
	}
	if got := mustPost(t, s, "a", session).status; got != 200 {
		t.Errorf("a minute later: %d, want 200", got)
	}
}

// Faults never apply to control routes, nor to paths that are no route.
func TestFaultsStayOnTheirRoutes(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients(), Faults: []string{"InternalServerError"}})
	for path, want := range map[string]int{"/__sandbox/health": 200, "/__sandbox/faults": 200, "/nope": 404} {
		r, err := http.NewRequest(http.MethodGet, s.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Sandbox-Fault", "reset")
		if got, err := send(r); err != nil || got.status != want {
			t.Errorf("GET %s: %d, %v, want %d", path, got.status, err, want)
		}
	}
}

// A pending hang or delay neither stops the shutdown nor leaves anything behind.
func TestShutdownReleasesSlowFaults(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	results := make(chan string, 20)
	for i := range 20 {
		fault := []string{"hang", "delay=1h", "drip=1h", "delay=1h phase=after"}[i%4]
		go func() {
			a, err := post(s, "a", session, "X-Sandbox-Fault", fault)
			results <- fmt.Sprint(fault, " ", a.status, " ", err != nil)
		}()
	}
	for met := 0; met < 20; runtime.Gosched() { // until all are under way
		met = 0
		for _, r := range s.Faults() {
			met += r.Hit
		}
	}
	began := time.Now()
	if err := s.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown() = %v after %v, want nil", err, time.Since(began))
	}
	for range 20 {
		<-results // every caller was let go
	}
	l, err := net.Listen("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	_ = l.Close()
}

// Faults that no request met are named when they go, and at the end.
func TestUnmetFaultsAreNamed(t *testing.T) {
	t.Parallel()
	var log syncBuffer
	s := servertest.Start(t, server.Config{Clients: clients(), Faults: []string{"AuthFailed client=b"}, Log: slog.New(slog.NewTextHandler(&log, nil))})
	arm(t, s, "NoAccess client=a times=1")
	arm(t, s, "TypeRequired client=a")
	mustPost(t, s, "a", session)
	unmet, err := s.Reset("a")
	if err != nil || len(unmet) != 1 || unmet[0].Fault.String() != "TypeRequired" {
		t.Errorf("Reset(a) = %v, %v, want TypeRequired", unmet, err)
	}
	if !strings.Contains(log.String(), `fault was never met`) || !strings.Contains(log.String(), `rule="client=a TypeRequired"`) {
		t.Errorf("log:\n%s\nwant the fault that was never met", log.String())
	}
	unmet, err = s.Reset("")
	if err != nil || len(unmet) != 1 || unmet[0].Fault.String() != "AuthFailed" {
		t.Errorf("Reset() = %v, %v, want AuthFailed", unmet, err)
	}
	if left := s.Unmet(); len(left) != 1 || left[0].Fault.String() != "AuthFailed" || left[0].ID == unmet[0].ID {
		t.Errorf("Unmet() after Reset() = %v, want the first faults armed anew", left)
	}
}

// syncBuffer is a buffer for a log.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// Two hundred tests at once, each with its own client and faults, against one
// process: none meets another.
func TestTwoHundredTestsAtOnce(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{})
	catalogue := knot.Errors()
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			id := fmt.Sprint("test-", i)
			if err := s.AddClient(knot.Client{ID: id, Products: knot.AllProducts()}, id); err != nil {
				t.Error(err)
				return
			}
			e := catalogue[i%len(catalogue)]
			times := 1 + i%3
			if _, err := s.Arm(faults.Match{Client: id}, fmt.Sprintf("%s times=%d", e.Name, times)); err != nil {
				t.Error(err)
				return
			}
			for n := range 5 {
				want := http.StatusOK
				if n < times {
					want = e.Status
				}
				if a, err := post(s, id, session); err != nil || a.status != want {
					t.Errorf("%s, request %d: %d, %v, want %d", id, n+1, a.status, err, want)
				}
			}
			if sessions, err := s.Sessions(id); err != nil || len(sessions) != 5-times {
				t.Errorf("%s: %d sessions, %v, want %d", id, len(sessions), err, 5-times)
			}
			if unmet, err := s.Reset(id); err != nil || len(unmet) != 0 {
				t.Errorf("%s: never met %v, %v", id, unmet, err)
			}
		})
	}
	wg.Wait()
	if left := s.Faults(); len(left) != 0 {
		t.Errorf("%d faults are left, want none", len(left))
	}
}

func TestBadFaultSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config server.Config
		want   string
	}{
		{server.Config{Faults: []string{"NoAcess"}}, `fault: unknown fault "NoAcess"; did you mean "NoAccess"?`},
		{server.Config{Faults: []string{"NoAccess client=nobody"}}, `fault: unknown client: "nobody"`},
		{server.Config{Faults: []string{"NoAccess product=vault"}}, `fault: product: unknown product "vault"`},
		{server.Config{Incidents: map[string]string{"x": "nope"}}, "incidents: "},
	} {
		if _, err := server.New(c.config); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("New(%v %v) = %v, want %s", c.config.Faults, c.config.Incidents, err, c.want)
		}
	}
}
