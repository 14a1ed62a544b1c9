package admin_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// events is an open stream of events.
type events struct {
	s      *sandbox
	reader *bufio.Reader
}

// event is one of them.
type event struct {
	id, name string
	data     string
	exchange exchange
}

// events opens a stream, which then has begun: whatever ends from now on comes
// in it.
func (s *sandbox) events(query string, headers ...string) *events {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	s.t.Cleanup(cancel)
	r := s.request(ctx, "GET /events?"+query, "", headers...)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { res.Body.Close() })
	e := &events{s, bufio.NewReader(res.Body)}
	head, err := readBlock(e.reader)
	if err != nil {
		s.t.Fatalf("GET /events?%s: %v", query, err)
	}
	s.check("GET /events?"+query, r, &reply{status: res.StatusCode, header: res.Header, body: head})
	return e
}

// next waits for the next event and holds it to the description.
func (e *events) next() event {
	e.s.t.Helper()
	for {
		block, err := readBlock(e.reader)
		if err != nil {
			e.s.t.Fatalf("next event: %v after %q", err, block)
		}
		if strings.HasPrefix(block, ":") {
			continue // a comment
		}
		return e.parse(block)
	}
}

func (e *events) parse(block string) event {
	e.s.t.Helper()
	var v event
	for line := range strings.Lines(block) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			v.id = value
		case "event":
			v.name = value
		case "data":
			v.data = value
		case "":
		default:
			e.s.t.Errorf("event with the line %q", line)
		}
	}
	var data any
	if err := json.Unmarshal([]byte(v.data), &data); err != nil {
		e.s.t.Fatalf("event %s with %q: %v", v.name, v.data, err)
	}
	schema := map[string]string{"exchange": "ListedExchange", "gap": "Gap", "cleared": "Cleared"}[v.name]
	if schema == "" {
		e.s.t.Fatalf("event %q is not described", v.name)
	}
	if err := e.s.doc.Components.Schemas[schema].Value.VisitJSON(data); err != nil {
		e.s.t.Errorf("event %s %s is not as described: %v", v.name, v.data, err)
	}
	if err := json.Unmarshal([]byte(v.data), &v.exchange); err != nil {
		e.s.t.Fatal(err)
	}
	return v
}

// positions waits for n exchanges and returns their positions.
func (e *events) positions(n int) []uint64 {
	e.s.t.Helper()
	var list []uint64
	for range n {
		v := e.next()
		if v.name != "exchange" || v.id != fmt.Sprint(v.exchange.Position) {
			e.s.t.Fatalf("event %s with the id %s: %.300s, want an exchange with its position", v.name, v.id, v.data)
		}
		list = append(list, v.exchange.Position)
	}
	return list
}

// A stream shows what ends after it has begun, as it ends.
func TestEventsAreLive(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	s.want(200, sent{})
	whole, brief := s.events(""), s.events("brief=yes")
	for i := range 3 {
		s.want(200, sent{body: userBody(fmt.Sprint("u-", i))})
		v, b := whole.next(), brief.next()
		if want := s.show(fmt.Sprint("r", i+2)); v.exchange.ID != want.ID || v.exchange.Body != want.Body || len(v.exchange.Headers) == 0 {
			t.Errorf("event %s, want %+v", v.data, want)
		}
		if v.id != fmt.Sprint(i+2) || b.id != v.id || b.exchange.ID != v.exchange.ID || b.exchange.Body != "" || b.exchange.Headers != nil {
			t.Errorf("brief event %s %s, want %s without its body", b.id, b.data, v.exchange.ID)
		}
	}
}

// A stream shows what its filters mean and nothing else.
func TestEventsAreFiltered(t *testing.T) {
	t.Parallel()
	s := withTraffic(t)
	type filtered struct {
		query, want string
		stream      *events
	}
	var list []filtered
	for _, c := range filterCases(s) {
		if !strings.Contains(c.query, "before=") && !strings.Contains(c.query, "after=") {
			list = append(list, filtered{c.query, c.want, s.events(c.query + "&last_event_id=0")})
		}
	}
	for _, c := range list {
		var got []exchange
		for range strings.Fields(c.want) {
			got = append(got, c.stream.next().exchange)
		}
		slices.Reverse(got)
		if ids(got) != c.want {
			t.Errorf("GET /events?%s: %s, want %s", c.query, ids(got), c.want)
		}
	}
	if err := s.server.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown() = %v, want nil", err)
	}
	for _, c := range list {
		if rest, err := io.ReadAll(c.stream.reader); err != nil || len(rest) > 0 {
			t.Errorf("GET /events?%s: %.300s, %v behind the last event, want nothing", c.query, rest, err)
		}
	}
}

// A stream goes on where its reader was.
func TestEventsResume(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	for range 5 {
		s.want(200, sent{})
	}
	for _, c := range []struct {
		query   string
		headers []string
		first   uint64 // of what comes; 0 is what has not come yet
	}{
		{"", nil, 0},
		{"last_event_id=0", nil, 1},
		{"last_event_id=3", nil, 4},
		{"after=2", nil, 3},
		{"", []string{"Last-Event-ID", "4"}, 5},
		{"", []string{"Last-Event-ID", "0"}, 1},
		{"after=1", []string{"Last-Event-ID", "4"}, 5},
		{"after=4", []string{"Last-Event-ID", "1"}, 2},
		{"last_event_id=1", []string{"Last-Event-ID", "4"}, 5}, // a browser comes back
	} {
		stream := s.events(c.query, c.headers...)
		if c.first == 0 {
			s.want(200, sent{})
			c.first = uint64(s.list("").Total)
		}
		if got := stream.positions(1)[0]; got != c.first {
			t.Errorf("%s %v: begins at %d, want %d", c.query, c.headers, got, c.first)
		}
	}
}

// A position that is none is refused, wherever it stands.
func TestEventsRefusePosition(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	for _, text := range []string{"x", "-1", "1.5", "r5"} {
		a := s.call("GET /events", "", "Last-Event-ID", text)
		if p := a.problem; a.status != 400 || p.Field != "last_event_id" || a.describedRequest == nil {
			t.Errorf("Last-Event-ID: %s: %d %s, want 400 about last_event_id, described %v", text, a.status, a.body, a.describedRequest)
		}
	}
}

// An id of an earlier run of the sandbox is not gone on from without a word.
func TestEventsOfAnotherRun(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	s.want(200, sent{})
	stream := s.events("last_event_id=1000")
	if v := stream.next(); v.name != "gap" || v.data != `{"up_to": 1}` {
		t.Errorf("event %s %s, want a gap up to 1", v.name, v.data)
	}
	s.want(200, sent{})
	if got := stream.positions(1)[0]; got != 2 {
		t.Errorf("goes on at %d, want 2", got)
	}
}

// Who asks for what is no longer kept is told so, and who lost nothing is not.
func TestEventsTellOfGaps(t *testing.T) {
	t.Parallel()
	c := config()
	c.Clients, c.Journal.PerClient = append(c.Clients, client("other")), 3
	s := serve(t, c)
	s.want(200, sent{header: []string{"Authorization", basic("other", "other")}})
	for range 6 {
		s.want(200, sent{})
	}
	for query, want := range map[string]string{ // up to 4 all of sandbox went
		"last_event_id=0":                "gap 1 5 6 7",
		"last_event_id=3":                "gap 5 6 7",
		"last_event_id=4":                "5 6 7",
		"last_event_id=6":                "7",
		"client=sandbox&last_event_id=0": "gap 5 6 7",
		"client=other&last_event_id=0":   "1",
		"user=nobody&last_event_id=0":    "gap",
	} {
		stream := s.events(query)
		var got []string
		for range strings.Fields(want) {
			v := stream.next()
			if v.name == "gap" {
				if v.data != `{"up_to": 4}` || v.id != "4" {
					t.Errorf("%s: gap %s with the id %s, want it up to 4", query, v.data, v.id)
				}
				v.id = "gap"
			}
			got = append(got, v.id)
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s: %s, want %s", query, text, want)
		}
	}
}

// A reader is told when something that it may have seen is forgotten, whoever forgets
// it, but not of what was forgotten before it came.
func TestEventsTellOfClearing(t *testing.T) {
	t.Parallel()
	c := config()
	c.Clients = append(c.Clients, client("other"))
	s := serve(t, c)
	for _, clear := range []struct{ route, body string }{
		{"DELETE /requests", ""},
		{"DELETE /requests?client=sandbox", ""},
		{"POST /reset", `{"client":"sandbox"}`},
		{"POST /reset", ""},
		{"DELETE /clients/other", ""},
	} {
		s.want(200, sent{header: []string{"Authorization", basic("other", "other")}})
		s.want(200, sent{})
		last := s.list("limit=1").Requests[0].Position
		all, one := s.events(fmt.Sprintf("last_event_id=%d", last)), s.events("client=sandbox")
		if a := s.call(clear.route, clear.body); a.status >= 300 {
			t.Fatalf("%s: %d %s", clear.route, a.status, a.body)
		}
		s.want(200, sent{})
		for _, stream := range []*events{all, one} {
			isOthers := stream == one && strings.Contains(clear.route, "other")
			if isOthers {
				if v := stream.next(); v.name != "exchange" || v.exchange.Position != last+1 {
					t.Errorf("%s: event %s %s, want the exchange at %d alone", clear.route, v.name, v.data, last+1)
				}
				continue
			}
			if v := stream.next(); v.name != "cleared" || v.data != "{}" || v.id != "" {
				t.Errorf("%s %s: event %s %s, want cleared", clear.route, clear.body, v.name, v.data)
				continue
			}
			if v := stream.next(); v.name != "exchange" || v.exchange.Position != last+1 {
				t.Errorf("%s %s: event %s %s after that, want the exchange at %d", clear.route, clear.body, v.name, v.data, last+1)
			}
		}
	}
}

// Many at once come complete, each once and in order, to a reader that was there
// before as to one that comes after.
func TestEventsOfABurst(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	const workers, each = 4, 300
	before := s.events("brief=yes")
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for range each {
				if g, err := s.send(sent{}); err != nil || g.status != 200 {
					t.Errorf("%d %s, %v, want 200", g.status, g.body, err)
				}
			}
		})
	}
	live := before.positions(workers * each)
	wait.Wait()
	late := s.events("brief=yes&last_event_id=0").positions(workers * each)
	for i := range live {
		if want := uint64(i + 1); live[i] != want || late[i] != want {
			t.Fatalf("number %d is %d for who was there, %d for who came after, want %d", i, live[i], late[i], want)
		}
	}
}

// A reader that does not read is let go, and nobody else waits for it.
func TestEventsLetGoOfWhoDoesNotRead(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes the five seconds that a reader has")
	}
	s, ended := watched(t, config())
	slow := dial(t, s.url)
	if err := slow.(*net.TCPConn).SetReadBuffer(1); err != nil {
		t.Fatal(err)
	}
	other := s.events("")
	fmt.Fprint(slow, "GET /__sandbox/events?last_event_id=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
	const n = 300 // too much for the buffers in between
	for i := range n {
		s.want(400, sent{body: strings.Repeat("\x00", 8<<10)})
		if got := other.positions(1); got[0] != uint64(i+1) { // it reads all the time, however slow the machine
			t.Fatalf("another reader gets %d as number %d", got[0], i+1)
		}
	}
	until(t, ended, "last_event_id=0")
	s.want(200, sent{})
	if got := other.positions(1); got[0] != n+1 {
		t.Errorf("afterwards another reader gets %v, want %d", got, n+1)
	}
}
