package admin_test

import (
	"bufio"
	"cmp"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// A long list is read page by page, the newest first, each exchange once, while
// others come in.
func TestPages(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	const n = 23
	for i := 1; i <= n; i++ {
		s.want(200, sent{body: userBody(fmt.Sprintf("u-%d", i))})
	}
	for _, c := range []struct {
		filter string
		limit  int
		want   []int // sizes of the pages
		first  int
	}{
		{"", 10, []int{10, 10, 3}, n},
		{"", n, []int{n}, n},
		{"", n - 1, []int{n - 1, 1}, n},
		{"user=u-1*", 4, []int{4, 4, 3}, 19}, // u-1 and u-10 to u-19
		{"user=u-1*&after=12", 3, []int{3, 3, 1}, 19},
		{"user=nobody", 4, []int{0}, 0},
	} {
		var sizes, numbers []int
		for before := ""; ; {
			p := s.list(fmt.Sprintf("before=%s&limit=%d&brief=yes&%s", cmp.Or(before, fmt.Sprint(n+1)), c.limit, c.filter))
			sizes = append(sizes, len(p.Requests))
			for _, e := range p.Requests {
				var number int
				if _, err := fmt.Sscanf(e.User, "u-%d", &number); err != nil {
					t.Fatalf("user %q: %v", e.User, err)
				}
				numbers = append(numbers, number)
			}
			if p.Next == 0 {
				break
			}
			before = fmt.Sprint(p.Next)
			s.want(401, sent{header: []string{"Authorization", ""}})
		}
		isOrdered := slices.IsSortedFunc(numbers, func(a, b int) int { return b - a })
		isOnce := len(slices.Compact(slices.Clone(numbers))) == len(numbers)
		if !slices.Equal(sizes, c.want) || !isOrdered || !isOnce || len(numbers) > 0 && numbers[0] != c.first {
			t.Errorf("%q by %d: pages of %v with %v, want %v beginning at %d", c.filter, c.limit, sizes, numbers, c.want, c.first)
		}
	}
}

// The order is that in which exchanges ended, and ids that in which they began.
func TestListIsInTheOrderOfEnds(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	slow := dial(t, s.url)
	body := userBody("slow")
	fmt.Fprintf(slow, "POST /session/create HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", basic("sandbox", "sandbox"), len(body))
	answers := bufio.NewReader(slow)
	if head, err := answers.ReadString('\n'); err != nil || !strings.Contains(head, "100") {
		t.Fatalf("interim answer %q, %v, want 100", head, err) // now the body is waited for
	}
	s.want(200, sent{body: userBody("fast")})
	if got := ids(s.list("").Requests); got != "r2" {
		t.Errorf("while r1 is under way: %s, want r2", got)
	}
	fmt.Fprint(slow, body)
	if _, err := answers.ReadString('\n'); err != nil { // the rest of the interim answer
		t.Fatal(err)
	}
	if _, err := http.ReadResponse(answers, nil); err != nil {
		t.Fatal(err)
	}
	list := s.list("").Requests
	if got := ids(list); got != "r1 r2" || list[0].Position != 2 || list[1].Position != 1 {
		t.Errorf("%s, want r1 at 2 before r2 at 1: %+v", got, list)
	}
}

// dial opens a connection to a sandbox for the length of the test.
func dial(t *testing.T, url string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err == nil {
		err = conn.SetDeadline(time.Now().Add(patience))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// withTraffic returns a sandbox with exchanges of every kind, all at noon but for
// those of the client other, which are an hour later by its clock, as now is an
// hour later still:
//
//	r1   sandbox  ada     link           Created
//	r2   sandbox  ada     card_switcher  Created
//	r3   other    bob     link           Created
//	r4   sandbox  bob     link           NoAccess, i1
//	r5   sandbox  ad*     link           Created
//	r6   sandbox  ada     link           AuthFailed
//	r7   nobody   ada     link           AuthFailed
//	r8   nobody at all                   RouteNotFound
//	r9   sandbox  carl    link           InternalServerError after the work, i2
//	r10  sandbox  carl    link           Created, delayed by i3
//	r11  sandbox  dora    link           RateLimited, f1
//	r12  sandbox          vault          InvalidProductType
//	r13  other    eve     link           reset, i4
func withTraffic(t *testing.T) *sandbox {
	t.Helper()
	c := config()
	c.Clients = append(c.Clients, client("other"))
	s := serve(t, c)
	s.arm("user=dora RateLimited retry-after=7s")
	moveOn := func() {
		if a := s.call("PUT /clock", `{"client":"other","advance":"1h"}`); a.status != 200 {
			t.Fatalf("PUT /clock: %d %s", a.status, a.body)
		}
	}
	moveOn()
	asOther := []string{"Authorization", basic("other", "other")}
	fault := func(text string) []string { return []string{"X-Sandbox-Fault", text} }
	s.want(200, sent{body: userBody("ada")})
	s.want(200, sent{body: `{"type":"card_switcher","external_user_id":"ada","card_id":"Card-7"}`})
	s.want(200, sent{body: userBody("bob"), header: asOther})
	s.want(403, sent{body: userBody("bob"), header: fault("NoAccess")})
	s.want(200, sent{body: userBody("ad*"), header: []string{"X-Trace", "Trace-Header"}})
	s.want(401, sent{body: userBody("ada"), header: []string{"Authorization", basic("sandbox", "wrong")}})
	s.want(401, sent{body: userBody("ada"), header: []string{"Authorization", basic("nobody", "wrong")}})
	s.want(404, sent{method: "GET", target: "/nope?q=Needle", header: []string{"Authorization", "", "Content-Type", ""}})
	s.want(500, sent{body: userBody("carl"), header: fault("InternalServerError phase=after")})
	s.want(200, sent{body: userBody("carl"), header: fault("delay=1ms")})
	s.want(429, sent{body: userBody("dora")})
	s.want(400, sent{body: `{"type":"vault"}`})
	s.want(0, sent{body: userBody("eve"), header: append(fault("reset"), asOther...)})
	if a := s.call("GET /requests/wait?count=13", ""); a.status != 200 { // a connection ends before its exchange
		t.Fatalf("GET /requests/wait: %d %s", a.status, a.body)
	}
	moveOn()
	return s
}

// filterCases are filters of withTraffic, with what they mean.
func filterCases(s *sandbox) []struct{ query, want string } {
	return []struct{ query, want string }{
		{"", "r13 r12 r11 r10 r9 r8 r7 r6 r5 r4 r3 r2 r1"},
		{"client=other", "r13 r3"},
		{"strangers=yes", "r8 r7"},
		{"strangers=no", "r13 r12 r11 r10 r9 r8 r7 r6 r5 r4 r3 r2 r1"},
		{"client=sandbox&strangers=yes", ""},
		{"product=card_switcher", "r2"},
		{"user=bob", "r4 r3"},
		{"user=ad*", "r7 r6 r5 r2 r1"},
		{"user=ad?", "r7 r6 r5 r2 r1"},
		{"user=??", ""},
		{"user=ADA", ""},
		{"outcome=Created", "r10 r5 r3 r2 r1"},
		{"outcome=reset", "r13"},
		{"outcome=RouteNotFound", "r8"},
		{"outcome=Abandoned", ""},
		{"fault=any", "r13 r11 r10 r9 r4"},
		{"fault=none", "r12 r8 r7 r6 r5 r3 r2 r1"},
		{"fault=f1", "r11"},
		{"fault=i2", "r9"},
		{"fault=delay", "r10"},
		{"fault=delay%3D1ms", "r10"},
		{"fault=delay%3D2ms", ""},
		{"fault=RateLimited", "r11"},
		{"fault=retry-after", "r11"},
		{"fault=reset", "r13"},
		{"fault=phase%3Dafter", "r9"},
		{"session=" + s.show("r9").Session, "r9"},
		{"session=" + s.show("r3").Session, "r3"},
		{"text=needle", "r8"},                      // path
		{"text=TRACE-header", "r5"},                // header
		{"text=card-7", "r2"},                      // body
		{"text=pRODUCT_not_vALID", "r12"},          // answer
		{"text=its%20secret%20is%20another", "r6"}, // hint
		{"text=nobody", "r7"},                      // client_id
		{"text=" + strings.ToUpper(s.show("r1").Session), "r1"},
		{"text=R13", "r13"},
		{"text=delay%3D", "r10"},
		{"text=%2F%2F%2F", ""},
		{"since=2025-09-10T12:00:01Z", "r13 r3"},
		{"since=2025-09-10T15:00:00%2B02:00", "r13 r3"},
		{"until=2025-09-10T12:00:01Z&outcome=Created", "r10 r5 r2 r1"},
		{"until=2025-09-10T13:00:00Z&client=other", ""}, // the moment itself is left out
		{"since=2025-09-10T13:00:00Z&client=other", "r13 r3"},
		{"since=30m&client=other", ""}, // by the client's clock, which shows 14:00
		{"since=60m&client=other", "r13 r3"},
		{"until=30m&client=other", "r13 r3"},
		{"until=60m&client=other", ""},
		{"until=30m", ""}, // by the common clock, which shows noon
		{"since=30m", "r13 r12 r11 r10 r9 r8 r7 r6 r5 r4 r3 r2 r1"},
		{"until=1s", ""},
		{"after=10", "r13 r12 r11"},
		{"before=3", "r2 r1"},
		{"after=3&before=6", "r5 r4"},
		{"after=13", ""},
		{"client=sandbox&product=link&user=carl&outcome=Created&fault=any&text=CARL&since=1h&until=2025-09-11T00:00:00Z&after=9&before=11", "r10"},
		{"client=sandbox&user=carl&outcome=Created&fault=none", ""},
		{"strangers=yes&product=link&user=a*&outcome=AuthFailed&fault=none&text=nobody", "r7"},
	}
}

// Each filter means what it says, alone and with others, for lists as for
// expectations.
func TestFilters(t *testing.T) {
	t.Parallel()
	s := withTraffic(t)
	for _, c := range filterCases(s) {
		if got := ids(s.list(c.query).Requests); got != c.want {
			t.Errorf("GET /requests?%s: %s, want %s", c.query, got, c.want)
		}
		var verified struct{ Requests []string }
		count := len(strings.Fields(c.want))
		a := s.call("POST /verify", expectationOf(t, c.query, count))
		a.decode(t, &verified)
		slices.Reverse(verified.Requests)
		if got := strings.Join(verified.Requests, " "); a.status != 200 || got != c.want {
			t.Errorf("POST /verify of %s: %d %s, want %s", c.query, a.status, a.body, c.want)
		}
	}
}

// A list can do without what is long.
func TestBrief(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	s.want(400, sent{body: `{"type":"vault"}`})
	whole, brief := s.list("").Requests[0], s.list("brief=yes").Requests[0]
	if whole.Body == "" || whole.Answer == "" || len(whole.Headers) == 0 {
		t.Errorf("whole: body %q, answer %q, headers %v, want all three", whole.Body, whole.Answer, whole.Headers)
	}
	if brief.Body != "" || brief.Answer != "" || brief.Headers != nil {
		t.Errorf("brief: body %q, answer %q, headers %v, want none", brief.Body, brief.Answer, brief.Headers)
	}
	whole.Body, whole.Answer, whole.Headers = "", "", nil
	if fmt.Sprint(whole) != fmt.Sprint(brief) {
		t.Errorf("brief: %+v, want the rest of %+v", brief, whole)
	}
}

// Numbers tell what was recorded, what is kept and what had to go.
func TestListNumbers(t *testing.T) {
	t.Parallel()
	c := config()
	c.Journal.PerClient = 3
	s := serve(t, c)
	for i := range 5 {
		s.want(200, sent{body: userBody(fmt.Sprint(i))})
	}
	numbers := func() string {
		p := s.list("user=4")
		var health struct{ Requests, Kept int }
		a := s.call("GET /health", "")
		a.decode(t, &health)
		return fmt.Sprint(len(p.Requests), p.Total, p.Kept, p.Dropped, health.Requests, health.Kept)
	}
	if got, want := numbers(), "1 5 3 2 5 3"; got != want {
		t.Errorf("after 5 with room for 3: listed, total, kept, dropped, health are %s, want %s", got, want)
	}
	s.call("DELETE /requests", "")
	if got, want := numbers(), "0 5 0 2 5 0"; got != want {
		t.Errorf("after DELETE: %s, want %s", got, want)
	}
	if a := s.call("GET /requests/r5", ""); a.status != 404 || a.problem.Code != "unknown_request" {
		t.Errorf("GET /requests/r5 after DELETE: %d %s, want 404 unknown_request", a.status, a.body)
	}
}

// What is forgotten is that of the client that was named, by DELETE, by reset
// and by removal.
func TestForgetting(t *testing.T) {
	t.Parallel()
	for route, want := range map[string]struct{ body, left string }{
		"DELETE /requests?client=other":   {"", "r3 r1"},
		"DELETE /requests?client=sandbox": {"", "r3 r2"},
		"DELETE /requests":                {"", ""},
		"POST /reset":                     {`{"client":"other"}`, "r3 r1"},
		"POST /reset ":                    {"", ""},
		"DELETE /clients/other":           {"", "r3 r1"},
	} {
		t.Run(route, func(t *testing.T) {
			t.Parallel()
			c := config()
			c.Clients = append(c.Clients, client("other"))
			s := serve(t, c)
			s.want(200, sent{})
			s.want(200, sent{header: []string{"Authorization", basic("other", "other")}})
			s.want(401, sent{header: []string{"Authorization", ""}})
			if a := s.call(strings.TrimSpace(route), want.body); a.status >= 300 {
				t.Fatalf("%s: %d %s", route, a.status, a.body)
			}
			if got := ids(s.list("").Requests); got != want.left {
				t.Errorf("after %s: %s, want %s", route, got, want.left)
			}
		})
	}
}

// What an exchange shows is what was sent and what went out.
func TestExchange(t *testing.T) {
	t.Parallel()
	s := withTraffic(t)
	for id, want := range map[string]string{
		"r1":  "sandbox  POST /session/create link ada Created 200  ",
		"r3":  "other  POST /session/create link bob Created 200  ",
		"r4":  "sandbox  POST /session/create link bob NoAccess 403 i1 NoAccess",
		"r7":  " nobody POST /session/create link ada AuthFailed 401  ",
		"r8":  "  GET /nope?q=Needle   RouteNotFound 404  ",
		"r9":  "sandbox  POST /session/create link carl InternalServerError 500 i2 InternalServerError phase=after",
		"r11": "sandbox  POST /session/create link dora RateLimited 429 f1 RateLimited retry-after=7s",
		"r12": "sandbox  POST /session/create vault  InvalidProductType 400  ",
		"r13": "other  POST /session/create link eve reset 0 i4 reset",
	} {
		e := s.show(id)
		got := fmt.Sprint(e.Client, " ", e.GivenID, " ", e.Method, " ", e.Path, " ", e.Product, " ", e.User, " ", e.Outcome, " ", e.Status, " ", e.Rule, " ", e.Fault)
		if got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	if e := s.show("r9"); e.Work != "Created" || e.Session == "" {
		t.Errorf("r9: work %q, session %q, want the session that was made behind the error", e.Work, e.Session)
	}
	if e := s.show("r11"); e.RetryAfter != 7 {
		t.Errorf("r11: retry_after_seconds = %v, want 7", e.RetryAfter)
	}
	if e := s.show("r3"); !e.At.Equal(noon.Add(time.Hour)) || !e.Began.Equal(noon) {
		t.Errorf("r3: at %v, began %v, want the client's time and real time", e.At, e.Began)
	}
}

// A caller knows from its answer which request to ask for.
func TestExchangeOfAnAnswer(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	for _, user := range []string{"ada", "bob"} {
		g, err := s.send(sent{body: userBody(user)})
		if err != nil {
			t.Fatal(err)
		}
		if e := s.show(g.id); e.User != user || e.Answer != g.body || e.Status != g.status {
			t.Errorf("X-Sandbox-Request-Id %s is of %+v, want the request of %s with the answer %d %s", g.id, e, user, g.status, g.body)
		}
	}
}
