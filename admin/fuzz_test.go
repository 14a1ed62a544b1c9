package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"knotsandbox/admin"
	"knotsandbox/knot"
	"knotsandbox/server"
)

// target is a sandbox without a listener whose control API is fuzzed.
type target struct {
	*sandbox
	errors bytes.Buffer // of its log
}

// newTarget returns one that keeps a few exchanges, rules and sessions.
func newTarget(f *testing.F) *target {
	f.Helper()
	fuzzed := &target{}
	c := config()
	c.Clients = append(c.Clients, client("other"))
	c.Control.Mode = server.ControlOn
	c.Log = slog.New(slog.NewTextHandler(&fuzzed.errors, &slog.HandlerOptions{Level: slog.LevelError}))
	s, err := server.New(c)
	if err != nil {
		f.Fatal(err)
	}
	fuzzed.sandbox = &sandbox{doc: description(f), server: s}
	fuzzed.restore()
	return fuzzed
}

// restore brings the target back to its beginning: what one input did, the next one
// does not see.
func (s *target) restore() {
	for _, c := range s.server.Clients() {
		if c.ID != "sandbox" && c.ID != "other" {
			_ = s.server.RemoveClient(c.ID)
		}
	}
	_, _ = s.server.Reset("")
	for i, user := range []string{"ada", "bob", "", "ada", "a\nb", "sandbox:NoAccess"} {
		id := []string{"sandbox", "other", "nobody"}[i%3]
		body := fmt.Sprintf(`{"type":%q,"external_user_id":%q}`, knot.Products()[i%3], user)
		s.answer("POST", "/session/create", "", body, "Authorization", basic(id, id))
	}
}

// recorder is a connection without time limits.
type recorder struct{ *httptest.ResponseRecorder }

// SetWriteDeadline is called by streams.
func (recorder) SetWriteDeadline(time.Time) error { return nil }

// answer lets the handlers answer one request, whose caller has no patience. The path
// is percent-encoded.
func (s *target) answer(method, path, query, body string, header ...string) (*http.Request, reply) {
	decoded, _ := url.PathUnescape(path) // a path of ours
	r := &http.Request{
		Method: method, URL: &url.URL{Path: decoded, RawPath: path, RawQuery: query}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Host: "localhost",
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
	r.RequestURI = r.URL.RequestURI()
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	ctx, cancel := context.WithCancel(context.Background())
	if cancel(); strings.HasSuffix(path, "/wait") || strings.HasSuffix(path, "/events") {
		r = r.WithContext(ctx)
	}
	w := recorder{httptest.NewRecorder()}
	s.server.Handler().ServeHTTP(w, r)
	a := reply{status: w.Code, header: w.Header(), body: w.Body.String()}
	_ = json.Unmarshal(w.Body.Bytes(), &struct{ Error *admin.Problem }{&a.problem}) // or it is none
	r.Body = io.NopCloser(strings.NewReader(body))
	return r, a
}

// Whatever is sent to whatever route of the control API, the answer is one that the
// description knows; a refusal says what is wrong and what to do, and changes nothing;
// nothing is ever the sandbox's own failure.
func FuzzControl(f *testing.F) {
	s := newTarget(f)
	routes := admin.New(s.server, slog.New(slog.DiscardHandler)).Routes()
	slices.Sort(routes)
	at := func(route string) byte { return byte(slices.Index(routes, route)) }
	for _, c := range []struct{ route, id, query, body string }{
		{"POST /__sandbox/clients", "", "", `{"client_id":"a","secret":"b","products":["link"],"phone":"valid","seed":1}`},
		{"POST /__sandbox/clients", "", "", `{"client_id":"\u0000","secret":":","seed":18446744073709551616}`},
		{"PATCH /__sandbox/clients/:id", "sandbox", "", `{"enable":["link"],"disable":["nope"],"phone":null}`},
		{"PATCH /__sandbox/clients/:id", "other", "", `{"products":[],"phone":"possible","seed":7}`},
		{"DELETE /__sandbox/clients/:id", "\xff/..%2f", "", ""},
		{"POST /__sandbox/faults", "", "", "client=sandbox NoAccess times=1"},
		{"POST /__sandbox/faults", "", "", `{"fault":{"effect":"NoAccess","times":1e400},"client":"sandbox"}`},
		{"POST /__sandbox/faults", "", "", `{"fault":{"":{}},"header":"X:\r\n"}`},
		{"POST /__sandbox/faults/plan", "", "", `{"id":"f1","requests":10,"every":"1ns"}`},
		{"POST /__sandbox/faults/plan", "", "", `{"fault":"delay=1ms..2ms for=1s then flaky","requests":1000,"every":"9000h"}`},
		{"POST /__sandbox/verify", "", "", `{"outcome":"Created","at_least":1,"order":[{"user":"a*"},{"since":"5m","after":1}]}`},
		{"POST /__sandbox/verify", "", "", `{"count":-1,"strangers":"yes","order":[]}`},
		{"PUT /__sandbox/clock", "", "", `{"client":"sandbox","set":"9999-12-31T23:59:59Z","advance":"876000h","freeze":true}`},
		{"PUT /__sandbox/clock", "", "", `{"set":"0001-01-01T00:00:00Z","advance":"-876000h"}`},
		{"POST /__sandbox/reset", "", "", strings.Repeat(`{"client":`, 20_000)},
		{"GET /__sandbox/requests", "", "client=sandbox&since=1h&limit=1000&brief=yes&text=%00", ""},
		{"GET /__sandbox/requests/:id", "r1", "as=curl", ""},
		{"GET /__sandbox/requests/wait", "", "count=1000&timeout=1ns", ""},
		{"GET /__sandbox/events", "", "last_event_id=18446744073709551615&fault=delay%3D1s", ""},
		{"GET /__sandbox/console/:file", "..%2fconsole.js", "", ""},
		{"GET /__sandbox/metrics", "", "a=%zz&a;b", "{"},
		{"GET /__sandbox/conduct", "", "as=text&client=nobody", "\xef\xbb\xbf"},
	} {
		f.Add(at(c.route), c.id, c.query, c.body)
	}
	f.Fuzz(func(t *testing.T, route byte, id, query, body string) {
		s.t = t
		method, path, _ := strings.Cut(routes[int(route)%len(routes)], " ")
		path = strings.NewReplacer(":id", url.PathEscape(id), ":file", url.PathEscape(id)).Replace(path)
		before := s.counts()
		r, a := s.answer(method, path, query, body)
		text := fmt.Sprintf("%s %s?%s %q", method, path, query, body)
		s.check(text, r, &a)
		if a.status >= 500 || s.errors.Len() > 0 {
			t.Errorf("%s: %d %s; log: %s", text, a.status, a.body, s.errors.String())
		}
		if p := a.problem; a.status >= 400 && (p.Code == "" || p.Message == "" || p.Next == "") {
			t.Errorf("%s: %d %s, want code, message and next", text, a.status, a.body)
		}
		if after := s.counts(); a.status >= 400 && after != before {
			t.Errorf("%s: refused with %d, and yet there are %s after %s", text, a.status, after, before)
		}
		if method != http.MethodGet && a.status < 400 {
			s.restore()
		}
	})
}

// counts is how much there is.
func (s *target) counts() string {
	h := s.server.Health()
	return fmt.Sprintf("%d clients, %d faults, %d sessions, %d requests kept", h.Clients, h.Faults, h.Sessions, h.Kept)
}

// A query gets what it asks for: no exchange that is not meant, and all that are. The
// criteria that need no knowledge of the sandbox are checked here once more.
func FuzzFilters(f *testing.F) {
	for _, seed := range []string{
		"", "client=sandbox", "product=link&user=a*", "outcome=Created&limit=1", "strangers=yes", "fault=none&before=4", "after=2&before=5&brief=yes",
		"user=%3F%3F%3F", "text=ADA", "since=2025-09-10T12:00:00Z", "until=1ns", "session=x", "user=a%0Ab", "client=nobody", "after=-1", "limit=0",
		"user=*&user=*", "outcome=", "%", "a;b", "since=9999-12-31T23:59:59.999999999Z", "until=2562047h47m16.854775807s", "after=18446744073709551615",
	} {
		f.Add(seed)
	}
	s := newTarget(f)
	f.Fuzz(func(t *testing.T, query string) {
		s.t = t
		r, a := s.answer("GET", admin.Prefix+"/requests", query, "")
		s.check("GET /requests?"+query, r, &a)
		values, err := url.ParseQuery(query)
		if a.status != http.StatusOK {
			if p := a.problem; a.status >= 500 || p.Code == "" || p.Message == "" || p.Next == "" {
				t.Errorf("%q: %d %s", query, a.status, a.body)
			}
			return
		}
		if err != nil {
			t.Fatalf("%q is answered, although it cannot be read: %v", query, err)
		}
		listed := map[string]bool{}
		for _, e := range s.listed(t, a) {
			listed[e.ID] = true
			if !isMeant(values, e) {
				t.Errorf("%q lists %+v", query, e)
			}
		}
		isKnown := !strings.ContainsAny(values.Get("user"), "*?")
		for _, name := range []string{"text", "fault", "since", "until", "limit"} {
			isKnown = isKnown && !values.Has(name)
		}
		if !isKnown {
			return // what else is meant
		}
		_, all := s.answer("GET", admin.Prefix+"/requests", "", "")
		for _, e := range s.listed(t, all) {
			if !listed[e.ID] && isMeant(values, e) {
				t.Errorf("%q does not list %+v", query, e)
			}
		}
	})
}

func (s *target) listed(t *testing.T, a reply) []exchange {
	t.Helper()
	var page struct{ Requests []exchange }
	a.decode(t, &page)
	return page.Requests
}

// isMeant reports whether an exchange has what a query asks for, as far as that is
// plain to see.
func isMeant(query url.Values, e exchange) bool {
	is := func(name, value string) bool { return !query.Has(name) || query.Get(name) == value }
	user := query.Get("user")
	position := func(name string) uint64 {
		n, _ := strconv.ParseUint(query.Get(name), 10, 64)
		return n
	}
	after, before := position("after"), position("before")
	return is("client", e.Client) && is("product", e.Product) && is("outcome", e.Outcome) && is("session", e.Session) &&
		(query.Get("strangers") != "yes" || e.Client == "") &&
		(strings.ContainsAny(user, "*?") || is("user", e.User)) &&
		e.Position > after && (before == 0 || e.Position < before)
}
