package admin_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"knotsandbox/server"
)

// waited returns what a wait was answered with.
func waited(t *testing.T, a reply) []exchange {
	t.Helper()
	var p page
	if a.status != 200 || a.describedRequest != nil {
		t.Fatalf("GET /requests/wait: %d %s, %v, want 200", a.status, a.body, a.describedRequest)
	}
	a.decode(t, &p)
	return p.Requests
}

// What is there already need not be waited for.
func TestWaitForWhatIsThere(t *testing.T) {
	t.Parallel()
	s := withTraffic(t)
	for query, want := range map[string]string{
		"":                                 "r13",
		"count=3":                          "r13 r12 r11",
		"user=ad*&count=2":                 "r7 r6",
		"user=ad*&count=5":                 "r7 r6 r5 r2 r1",
		"outcome=Created&before=4&count=2": "r3 r2",
		"after=3&client=sandbox&count=7":   "r12 r11 r10 r9 r6 r5 r4",
	} {
		a := s.call("GET /requests/wait?timeout=1ms&"+query, "")
		if got := ids(waited(t, a)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if e := waited(t, s.call("GET /requests/wait?brief=yes", ""))[0]; e.Body != "" || e.Headers != nil {
		t.Errorf("brief: %+v, want neither body nor headers", e)
	}
}

// A wait ends with the last request that it needs, be it there before or after
// the wait began.
func TestWaitForWhatComes(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	const n = 20
	s.want(200, sent{body: userBody("u-0")})
	var finish []func() reply
	for i := range n {
		finish = append(finish, s.begin(fmt.Sprintf("GET /requests/wait?user=u-%d&outcome=Created&count=3&timeout=30s", i)))
	}
	for range 3 {
		for i := range n {
			s.want(200, sent{body: userBody(fmt.Sprintf("u-%d", i))})
			s.want(401, sent{body: userBody(fmt.Sprintf("u-%d", i)), header: []string{"Authorization", ""}})
		}
	}
	for i := range n {
		list := waited(t, finish[i]())
		user := fmt.Sprintf("u-%d", i)
		isOrdered := slices.IsSortedFunc(list, func(a, b exchange) int { return int(b.Position) - int(a.Position) })
		isMeant := !slices.ContainsFunc(list, func(e exchange) bool { return e.User != user || e.Outcome != "Created" })
		if len(list) != 3 || !isOrdered || !isMeant {
			t.Errorf("%s: %+v, want its 3 sessions, the newest first", user, list)
		}
	}
}

// A wait in vain tells what came nearest.
func TestWaitInVain(t *testing.T) {
	t.Parallel()
	s := withTraffic(t)
	for query, want := range map[string]string{
		"user=carl&outcome=RateLimited":                                            "0: r11(user) r10(outcome) r9(outcome)",
		"user=carl&outcome=Created&count=2":                                        "1: r9(outcome) r5(user) r3(user)",
		"client=other&count=3":                                                     "2:",
		"client=other&user=bob&outcome=reset":                                      "0: r13(user) r3(outcome)",
		"after=12&outcome=Created":                                                 "0: r13(outcome)",
		"strangers=yes&product=link&user=x*&text=wrong&since=2031-01-01T00:00:00Z": "0: r7(user text since) r13(strangers user text since) r11(strangers user text since)",
	} {
		a := s.call("GET /requests/wait?timeout=1ms&"+query, "")
		if got := missed(t, a); a.problem.Code != "not_met" || got != want {
			t.Errorf("%s: %d %s, nearest %s, want not_met with %s", query, a.status, a.body, got, want)
		}
	}
	if p := s.call("GET /requests/wait?timeout=1ms&user=nobody&count=2", "").problem; p.Message != "0 of 2 requests came within 1ms" {
		t.Errorf("message %q, want it to tell how many came and how long that took", p.Message)
	}
}

// failure is the answer no to a question to the journal.
type failure struct {
	Count    int
	Requests []string
	Nearest  []struct {
		Request     string
		Differences []struct{ Field, Want, Got string }
	}
}

// missed shows a failure as "COUNT: ID(FIELD …) …".
func missed(t *testing.T, a reply) string {
	t.Helper()
	var f failure
	a.decode(t, &f)
	text := fmt.Sprintf("%d:", f.Count)
	for _, m := range f.Nearest {
		var fields []string
		for _, d := range m.Differences {
			fields = append(fields, d.Field)
		}
		text += fmt.Sprintf(" %s(%s)", m.Request, strings.Join(fields, " "))
	}
	return text
}

// watched is a sandbox behind a listener that tells which control requests have
// come to their end.
func watched(t *testing.T, c server.Config) (s *sandbox, ended chan string) {
	t.Helper()
	c.Control.Mode = server.ControlOn
	inner, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ended = make(chan string, 1000)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { ended <- r.URL.String() }()
		inner.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return &sandbox{t, front.URL, description(t), inner}, ended
}

// until waits until a request has come to its end.
func until(t *testing.T, ended <-chan string, route string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case got := <-ended:
			if strings.HasSuffix(got, route) {
				return
			}
		case <-deadline:
			t.Fatalf("%s has not come to its end", route)
		}
	}
}

// Who leaves leaves nothing behind that waits.
func TestCallerLeaves(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/requests/wait?timeout=5m", "/events", "/events?last_event_id=0"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s, ended := watched(t, config())
			conn := dial(t, s.url)
			fmt.Fprintf(conn, "GET /__sandbox%s HTTP/1.1\r\nHost: localhost\r\n\r\n", path)
			s.want(200, sent{header: []string{"Authorization", basic("sandbox", "sandbox")}, target: "/session/create?unrelated"})
			until(t, ended, "?unrelated")
			conn.Close()
			until(t, ended, path)
		})
	}
}

// A stop does not wait for those who wait; they are told that it did not come.
func TestShutdownWhileWaiting(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	var finish []func() reply
	for range 5 {
		finish = append(finish, s.begin("GET /requests/wait?timeout=5m"))
	}
	stream := s.events("")
	ctx, cancel := context.WithTimeout(t.Context(), server.DrainTimeout/2)
	defer cancel()
	if err := s.server.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown() = %v, want nil", err)
	}
	for _, f := range finish {
		if a := f(); a.status != 409 || a.problem.Code != "not_met" {
			t.Errorf("%d %s, want 409 not_met", a.status, a.body)
		}
	}
	if rest, err := io.ReadAll(stream.reader); err != nil || len(rest) > 0 {
		t.Errorf("the stream ends with %q, %v, want it to end in order", rest, err)
	}
}
