package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"knotsandbox/journal"
	"knotsandbox/knot"
	"knotsandbox/server"
	"knotsandbox/server/servertest"
)

// await returns the newest n exchanges that are meant, once they are there.
func await(t *testing.T, s *server.Server, f journal.Filter, n int) []journal.Exchange {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	list, err := s.Journal().Await(ctx, f, n)
	if err != nil {
		t.Fatalf("%d of %d exchanges of %+v: %v", len(list), n, f, err)
	}
	return list
}

// What went out and what was done, for each manner of answer.
func TestJournalTellsWhatWentOut(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	for _, c := range []struct{ fault, want string }{
		{"", `Created 200 work "" evidence documented fault ""`},
		{"NoAccess", `NoAccess 403 work "" evidence documented fault "NoAccess"`},
		{"NoAccess phase=after", `NoAccess 403 work "Created" evidence documented fault "NoAccess phase=after"`},
		{"RateLimited retry-after=3s", `RateLimited 429 work "" evidence derived fault "RateLimited retry-after=3s" retry 3s`},
		{"RateLimited", `RateLimited 429 work "" evidence derived fault "RateLimited" retry 1s`},
		{"ServiceUnavailable retry-after=2s", `ServiceUnavailable 503 work "" evidence assumed fault "ServiceUnavailable retry-after=2s" retry 2s`},
		{"delay=1ms", `Created 200 work "" evidence documented fault "delay=1ms"`},
		{"drip=1ms", `Created 200 work "" evidence documented fault "drip=1ms"`},
		{"truncate=5", `truncate 200 work "Created" evidence documented fault "truncate=5"`},
		{"malformed", `malformed 200 work "" evidence assumed fault "malformed"`},
		{"empty phase=after", `empty 200 work "Created" evidence assumed fault "empty phase=after"`},
		{"reset", `reset 0 work "" evidence assumed fault "reset"`},
		{"close phase=after", `close 0 work "Created" evidence assumed fault "close phase=after"`},
		{"garbage", `garbage 0 work "" evidence assumed fault "garbage"`},
		{"NoAcess", `InvalidFault 400 work "" evidence assumed fault ""`},
	} {
		after := s.Journal().Position()
		_, err := post(s, "a", session, "X-Sandbox-Fault", c.fault)
		e := await(t, s, journal.Filter{After: after}, 1)[0]
		got := fmt.Sprintf("%s %d work %q evidence %s fault %q", e.Outcome, e.Status, e.Work, e.Evidence, e.Fault)
		if e.RetryAfter > 0 {
			got += fmt.Sprint(" retry ", e.RetryAfter)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s (the caller got %v)", c.fault, got, c.want, err)
		}
		if isCreated := e.Outcome == "Created" || e.Work == "Created"; isCreated != (e.SessionID != "") {
			t.Errorf("%s: session %q", c.fault, e.SessionID)
		}
	}
}

// Who sees the end of an answer, or of the connection, finds the exchange.
func TestJournalHasWhatTheCallerHas(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	for _, fault := range []string{"", "NoAccess", "reset", "close", "garbage", "truncate=5", "drip=2ms", "malformed", "empty", "reset phase=after", "delay=1ms"} {
		for range 30 {
			after := s.Journal().Position()
			_, _ = post(s, "a", session, "X-Sandbox-Fault", fault) // whether it breaks is not the question here
			if got := s.Journal().Position(); got != after+1 {
				t.Fatalf("%s: %d exchanges more when the caller has the end, want one", fault, got-after)
			}
		}
	}
}

// A caller that leaves has not been told, whatever was done for it.
func TestAbandoned(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	for _, c := range []struct{ fault, want string }{
		{"delay=1h", `Abandoned 0 work "Created"`},
		{"delay=1h phase=after", `Abandoned 0 work "Created"`},
		{"delay=1h NoAccess", `Abandoned 0 work ""`},
		{"drip=1h", `Abandoned 0 work "Created"`},
		{"hang", `hang 0 work ""`},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL()+"/session/create", strings.NewReader(session))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("a", "a")
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Sandbox-Fault", c.fault)
		after := s.Journal().Position()
		met := make(chan bool)
		go func() { // leaves as soon as the fault has been met
			for hit := false; !hit; runtime.Gosched() {
				for _, f := range s.Faults() {
					hit = hit || f.Inline && f.Fault.String() == c.fault && f.Hit > 0
				}
			}
			cancel()
			close(met)
		}()
		if res, err := http.DefaultClient.Do(r); err == nil {
			_, err = io.ReadAll(res.Body)
			res.Body.Close()
			if err == nil {
				t.Errorf("%s: the answer came whole", c.fault)
			}
		}
		<-met
		e := await(t, s, journal.Filter{After: after}, 1)[0]
		if got := fmt.Sprintf("%s %d work %q", e.Outcome, e.Status, e.Work); got != c.want {
			t.Errorf("%s: %s, want %s", c.fault, got, c.want)
		}
	}
}

// A delay comes before the work: while it lasts there is no session yet.
func TestDelayComesBeforeTheWork(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	arm(t, s, "delay=1h")
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /session/create HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YTph\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(session), session)
	for s.Faults()[0].Hit == 0 { // it is met before anything else happens
		runtime.Gosched()
	}
	if sessions, err := s.Sessions("a"); err != nil || len(sessions) != 0 {
		t.Errorf("during the delay: sessions %v, %v, want none", sessions, err)
	}
	conn.Close()
	if e := await(t, s, journal.Filter{}, 1)[0]; e.SessionID == "" {
		t.Errorf("after the caller has gone: %+v, want a session, as a slow server would make one", e)
	}
}

// The client's clock tells when a request came, and real time how long it took.
func TestJournalTime(t *testing.T) {
	t.Parallel()
	noon := time.Date(2025, 9, 10, 12, 0, 0, 0, time.UTC)
	s := servertest.Start(t, server.Config{Clients: clients(), Now: func() time.Time { return noon }})
	if err := s.ChangeClock("a", func(c knot.Clock, real time.Time) knot.Clock { return c.Advance(real, time.Hour) }); err != nil {
		t.Fatal(err)
	}
	create(t, s, "a")
	create(t, s, "b")
	list := await(t, s, journal.Filter{}, 2)
	b, a := list[0], list[1]
	if !a.At.Equal(noon.Add(time.Hour)) || !a.Began.Equal(noon) || !b.At.Equal(noon) {
		t.Errorf("a came at %v, by real time at %v; b at %v", a.At, a.Began, b.At)
	}
}

// Strangers are kept, those who were adopted under their name.
func TestJournalOfStrangers(t *testing.T) {
	t.Parallel()
	strict, lax := servertest.Start(t, server.Config{Clients: clients()}), servertest.Start(t, server.Config{AnyCredentials: true})
	mustPost(t, strict, "typo", session)
	mustPost(t, lax, "anybody", session)
	if e := await(t, strict, journal.Filter{Strangers: true}, 1)[0]; e.Client != "" || e.GivenID != "typo" {
		t.Errorf("a stranger is kept as client %q, given %q", e.Client, e.GivenID)
	}
	if e := await(t, lax, journal.Filter{}, 1)[0]; e.Client != "anybody" || e.GivenID != "" {
		t.Errorf("an adopted one is kept as client %q, given %q", e.Client, e.GivenID)
	}
}

// Resets and removals take exchanges with them; what was met stays met.
func TestJournalIsReset(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	if err := s.AddClient(client("minted", knot.Seed{}), "minted"); err != nil {
		t.Fatal(err)
	}
	count := func() string {
		j := s.Journal()
		return fmt.Sprint(len(j.All(journal.Filter{})), j.Coverage("")["Created"].Times, j.Coverage("a")["Created"].Times, j.Coverage("minted")["Created"].Times)
	}
	for _, id := range []string{"a", "b", "minted"} {
		create(t, s, id)
	}
	await(t, s, journal.Filter{}, 3)
	for _, c := range []struct {
		what string
		do   func() error
		want string
	}{
		{"nothing", func() error { return nil }, "3 3 1 1"},
		{"reset of a", func() error { _, err := s.Reset("a"); return err }, "2 3 1 1"},
		{"reset of all", func() error { _, err := s.Reset(""); return err }, "0 3 1 0"},
	} {
		if err := c.do(); err != nil || count() != c.want {
			t.Errorf("after %s: exchanges, coverage of all, a, minted = %s, %v, want %s", c.what, count(), err, c.want)
		}
	}
	create(t, s, "b")
	await(t, s, journal.Filter{}, 1)
	if err := s.RemoveClient("b"); err != nil || count() != "0 4 1 0" {
		t.Errorf("after removal of b: %s, %v, want 0 4 1 0", count(), err)
	}
}

// The log tells of each request at debug level, with its id and without secrets.
func TestRequestLog(t *testing.T) {
	t.Parallel()
	var log syncBuffer
	s := servertest.Start(t, server.Config{Clients: clients(), Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	a := mustPost(t, s, "a", `{"type":"link","external_user_id":"u\n{\"evil\":1}"}`, "X-Sandbox-Fault", "InternalServerError phase=after")
	await(t, s, journal.Filter{}, 1)
	found := false
	for line := range strings.Lines(log.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Errorf("%q: %v", line, err)
		}
		if entry["msg"] == "request" {
			found = true
			got := fmt.Sprint(entry["request"], entry["outcome"], entry["status"], entry["client"], entry["fault"])
			if want := a.header.Get("X-Sandbox-Request-Id") + "InternalServerError500aInternalServerError phase=after"; got != want {
				t.Errorf("logged is %s, want %s", got, want)
			}
		}
	}
	if !found {
		t.Errorf("no line of the request in\n%s", log.String())
	}
}

// An event stream ends with the server, which does not wait for it.
func TestShutdownEndsEventStreams(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	res, err := http.Get(s.URL() + "/__sandbox/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	events := bufio.NewReader(res.Body)
	if line, err := events.ReadString('\n'); err != nil || line != "retry: 1000\n" {
		t.Fatalf("the stream begins with %q, %v", line, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), server.DrainTimeout/2)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown() = %v", err)
	}
	if _, err := io.ReadAll(events); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the stream ends with %v", err)
	}
}

// The numbers that Prometheus reads agree with what happened; none of them has a
// label that a caller can choose.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients(), Version: "v1", Journal: journal.Config{PerClient: 2}})
	arm(t, s, "client=b reset")
	for range 3 {
		create(t, s, "a")
	}
	mustPost(t, s, "evil{} \"id\"", `{"type":"evil type","external_user_id":"evil user"}`)
	mustPost(t, s, "a", session, "X-Sandbox-Fault", "delay=1ms NoAccess phase=after")
	mustPost(t, s, "a", session, "X-Sandbox-Fault", "delay=1ms")
	res, err := http.Get(s.URL() + "/__sandbox/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`knot_sandbox_requests_total{outcome="Created"} 4`,
		`knot_sandbox_requests_total{outcome="AuthFailed"} 1`,
		`knot_sandbox_requests_total{outcome="NoAccess"} 1`,
		`knot_sandbox_fault_hits_total{effect="NoAccess"} 1`,
		`knot_sandbox_fault_hits_total{effect="delay"} 1`,
		`knot_sandbox_request_duration_seconds_count{fault="no"} 4`,
		`knot_sandbox_request_duration_seconds_count{fault="yes"} 2`,
		`knot_sandbox_sessions 5`,
		`knot_sandbox_clients 2`,
		`knot_sandbox_faults_armed 1`,
		`knot_sandbox_journal_exchanges 3`,
		`knot_sandbox_journal_recorded_total 6`,
		`knot_sandbox_journal_dropped_total 3`,
		`,version="v1"} 1`,
		"go_goroutines ",
	} {
		if !strings.Contains(string(content), want+"\n") && !strings.Contains(string(content), "\n"+want) {
			t.Errorf("the metrics have no line %s", want)
		}
	}
	if strings.Contains(string(content), "evil") {
		t.Error("the metrics repeat what a caller sent")
	}
}
