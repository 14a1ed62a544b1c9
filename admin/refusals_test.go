package admin_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"knotsandbox/faults"
	"knotsandbox/knot"
)

// large is a body over the limit.
var large = `{"client":"` + strings.Repeat("x", 1<<20) + `"}`

// refusal is a call that is refused.
type refusal struct {
	route, body string
	status      int
	code, field string
	// undescribed says that the description cannot tell that the request is
	// wrong: it takes the state, the fault language or the end of the body to
	// know.
	undescribed bool
}

var refusals = []refusal{
	{"POST /clients", "{", 400, "invalid_request", "", false},
	{"POST /clients", "[]", 400, "invalid_request", "", false},
	{"POST /clients", "{} {}", 400, "invalid_request", "", true},
	{"POST /clients", `{"nope":1}`, 400, "invalid_request", "nope", false},
	{"POST /clients", `{"client_id":5}`, 400, "invalid_request", "client_id", false},
	{"POST /clients", `{"client_id":"a:b"}`, 400, "invalid_request", "client_id", false},
	{"POST /clients", `{"products":"link"}`, 400, "invalid_request", "products", false},
	{"POST /clients", `{"products":["vault"]}`, 400, "invalid_request", "products", false},
	{"POST /clients", `{"phone":"loose"}`, 400, "invalid_request", "phone", false},
	{"POST /clients", `{"seed":-1}`, 400, "invalid_request", "seed", false},
	{"POST /clients", `{"seed":1.5}`, 400, "invalid_request", "seed", false},
	{"POST /clients", large, 413, "too_large", "", false},
	{"POST /clients", "{\"client_id\":\"\xff\"}", 400, "invalid_request", "", true},
	{"POST /clients", `{"client_id":"sandbox"}`, 409, "client_exists", "client_id", true},
	{"GET /clients?x=1", "", 400, "invalid_request", "x", false},
	{"GET /clients/sandbox?x=1", "", 400, "invalid_request", "x", false},
	{"DELETE /clients/sandbox?dry-run=1", "", 400, "invalid_request", "dry-run", false},
	{"POST /clients?client_id=x", "", 400, "invalid_request", "client_id", false},
	{"PATCH /clients/sandbox?seed=1", "", 400, "invalid_request", "seed", false},
	{"GET /clients/nope", "", 404, "unknown_client", "client", true},
	{"PATCH /clients/nope", "{}", 404, "unknown_client", "client", true},
	{"PATCH /clients/sandbox", "{", 400, "invalid_request", "", false},
	{"PATCH /clients/sandbox", `{"client_id":"x"}`, 400, "invalid_request", "client_id", false},
	{"PATCH /clients/sandbox", `{"products":[],"phone":"loose"}`, 400, "invalid_request", "phone", false},
	{"PATCH /clients/sandbox", `{"products":[],"enable":["vault"]}`, 400, "invalid_request", "enable", false},
	{"PATCH /clients/sandbox", `{"seed":1,"disable":["vault"]}`, 400, "invalid_request", "disable", false},
	{"PATCH /clients/sandbox", `{"phone":"valid","products":["vault"]}`, 400, "invalid_request", "products", false},
	{"PATCH /clients/sandbox", `{"phone":"valid","products":[5]}`, 400, "invalid_request", "products", false},
	{"PATCH /clients/sandbox", large, 413, "too_large", "", false},
	{"DELETE /clients/nope", "", 404, "unknown_client", "client", true},
	{"GET /sessions?client=nope", "", 404, "unknown_client", "client", true},
	{"GET /sessions?client=a&client=b", "", 400, "invalid_request", "client", false},
	{"GET /sessions?x", "", 400, "invalid_request", "x", false},
	{"GET /sessions?client=%zz", "", 400, "invalid_request", "", false},

	{"POST /faults", "", 400, "invalid_fault", "fault", false},
	{"POST /faults", "{", 400, "invalid_request", "", false},
	{"POST /faults", `{"fault":5}`, 400, "invalid_request", "fault", false},
	{"POST /faults", `{"fault":{}}`, 400, "invalid_request", "fault", false},
	{"POST /faults", `{"fault":{"effect":"NoAccess","times":true}}`, 400, "invalid_request", "fault.times", false},
	{"POST /faults", `{"fault":"NoAccess","nope":1}`, 400, "invalid_request", "nope", false},
	{"POST /faults", `{"fault":"NoAcess"}`, 400, "invalid_fault", "fault", true},
	{"POST /faults", `{"client":"sandbox"}`, 400, "invalid_fault", "fault", false},
	{"POST /faults", "times=2 NoAcess", 400, "invalid_fault", "fault", true},
	{"POST /faults", "NoAccess times=0", 400, "invalid_fault", "fault", true},
	{"POST /faults", strings.Repeat("x", 4097), 400, "invalid_fault", "fault", false},
	{"POST /faults", `{"fault":"NoAccess client=sandbox","client":"sandbox"}`, 400, "invalid_fault", "fault", true},
	{"POST /faults", `{"fault":"NoAccess","product":"vault"}`, 400, "invalid_fault", "product", false},
	{"POST /faults", `{"fault":"NoAccess","path":"x"}`, 400, "invalid_fault", "path", false},
	{"POST /faults", `{"fault":"NoAccess","method":"P0ST"}`, 400, "invalid_fault", "method", false},
	{"POST /faults", `{"fault":"NoAccess","header":":x"}`, 400, "invalid_fault", "header", false},
	{"POST /faults", `{"fault":"NoAccess","header":"Authorization"}`, 400, "invalid_fault", "header", true},
	{"POST /faults", `{"fault":"NoAccess","client":5}`, 400, "invalid_request", "client", false},
	{"POST /faults?client=sandbox", "NoAccess", 400, "invalid_request", "client", false},
	{"POST /faults", `{"fault":"NoAccess","client":"nope"}`, 404, "unknown_client", "client", true},
	{"POST /faults", "client=nope NoAccess", 404, "unknown_client", "client", true},
	{"POST /faults", large, 413, "too_large", "", false},
	{"GET /faults?met=maybe", "", 400, "invalid_request", "met", false},
	{"GET /faults?client=nope", "", 404, "unknown_client", "client", true},
	{"DELETE /faults?client=", "", 400, "invalid_request", "client", false},
	{"GET /faults/f1?x=1", "", 400, "invalid_request", "x", false},
	{"DELETE /faults/f1?x=1", "", 400, "invalid_request", "x", false},
	{"GET /faults?x=1", "", 400, "invalid_request", "x", false},
	{"GET /faults/f99", "", 404, "unknown_fault", "id", true},
	{"DELETE /faults/f99", "", 404, "unknown_fault", "id", true},
	{"DELETE /faults?client=nope", "", 404, "unknown_client", "client", true},
	{"DELETE /faults?id=f1", "", 400, "invalid_request", "id", false},
	{"POST /faults/plan", "", 400, "invalid_fault", "fault", false},
	{"POST /faults/plan", "{}", 400, "invalid_fault", "fault", false},
	{"POST /faults/plan", `{"id":"f99"}`, 404, "unknown_fault", "id", true},
	{"POST /faults/plan", `{"id":5}`, 400, "invalid_request", "id", false},
	{"POST /faults/plan", `{"id":"f1","fault":"NoAccess"}`, 400, "invalid_fault", "id", false},
	{"POST /faults/plan", `{"fault":"NoAcess"}`, 400, "invalid_fault", "fault", true},
	{"POST /faults/plan", `{"fault":"NoAccess","client":"nope"}`, 404, "unknown_client", "client", true},
	{"POST /faults/plan", `{"fault":"NoAccess","requests":0}`, 400, "invalid_request", "requests", false},
	{"POST /faults/plan", `{"fault":"NoAccess","requests":10001}`, 400, "invalid_request", "requests", false},
	{"POST /faults/plan", `{"fault":"NoAccess","requests":"5"}`, 400, "invalid_request", "requests", false},
	{"POST /faults/plan", `{"fault":"NoAccess","every":5}`, 400, "invalid_request", "every", false},
	{"POST /faults/plan", `{"fault":"NoAccess","nope":5}`, 400, "invalid_request", "nope", false},
	{"POST /faults/plan", `{"fault":"NoAccess","every":"often"}`, 400, "invalid_request", "every", false},
	{"POST /faults/plan", `{"fault":"NoAccess","every":"-1s"}`, 400, "invalid_request", "every", true},
	{"POST /faults/plan", `{"fault":"NoAccess","every":"25h"}`, 400, "invalid_request", "every", true},
	{"POST /faults/plan", `{"id":"f1","client":"other"}`, 400, "invalid_fault", "client", true},
	{"POST /faults/plan", `{"id":"f1","client":"nope"}`, 404, "unknown_client", "client", true},
	{"POST /faults/plan", `{"id":"f1","user":"u"}`, 400, "invalid_fault", "id", false},
	{"POST /faults/plan?requests=1", "NoAccess", 400, "invalid_request", "requests", false},
	{"POST /faults/plan", large, 413, "too_large", "", false},

	{"GET /clock?client=nope", "", 404, "unknown_client", "client", true},
	{"GET /clock?x=1", "", 400, "invalid_request", "x", false},
	{"PUT /clock", "", 400, "invalid_request", "", false},
	{"PUT /clock", "{}", 400, "invalid_request", "", false},
	{"PUT /clock", "{", 400, "invalid_request", "", false},
	{"PUT /clock", `{"release":false}`, 400, "invalid_request", "", false},
	{"PUT /clock", `{"release":true,"freeze":true}`, 400, "invalid_request", "release", false},
	{"PUT /clock", `{"advance":5}`, 400, "invalid_request", "advance", false},
	{"PUT /clock", `{"advance":"soon"}`, 400, "invalid_request", "advance", false},
	{"PUT /clock", `{"set":"tomorrow"}`, 400, "invalid_request", "set", false},
	{"PUT /clock", `{"set":5}`, 400, "invalid_request", "set", false},
	{"PUT /clock", `{"freeze":true,"set":"0001-01-01T00:00:00Z"}`, 400, "invalid_request", "set", true},
	{"PUT /clock?client=sandbox", `{"freeze":true}`, 400, "invalid_request", "client", false},
	{"PUT /clock", `{"advance":"900000h"}`, 400, "invalid_request", "advance", true},
	{"PUT /clock", `{"set":"1800-01-01T00:00:00Z"}`, 400, "invalid_request", "set", true},
	{"PUT /clock", `{"freeze":"yes"}`, 400, "invalid_request", "freeze", false},
	{"PUT /clock", `{"freeze":true,"nope":1}`, 400, "invalid_request", "nope", false},
	{"PUT /clock", `{"freeze":true,"client":"nope"}`, 404, "unknown_client", "client", true},
	{"PUT /clock", `{"release":true,"client":"nope"}`, 404, "unknown_client", "client", true},
	{"PUT /clock", large, 413, "too_large", "", false},
	{"POST /reset", "{", 400, "invalid_request", "", false},
	{"POST /reset", `{"client":5}`, 400, "invalid_request", "client", false},
	{"POST /reset", `{"nope":1}`, 400, "invalid_request", "nope", false},
	{"POST /reset", `{"client":"nope"}`, 404, "unknown_client", "client", true},
	{"POST /reset", `null`, 400, "invalid_request", "", false},
	{"POST /reset", `{"client":""}`, 400, "invalid_request", "client", false},
	{"POST /reset?client=sandbox", "", 400, "invalid_request", "client", false},
	{"POST /reset", large, 413, "too_large", "", false},

	{"GET /requests?nope=1", "", 400, "invalid_request", "nope", false},
	{"GET /requests?count=1", "", 400, "invalid_request", "count", false},
	{"GET /requests?user=a&user=b", "", 400, "invalid_request", "user", false},
	{"GET /requests?client=", "", 400, "invalid_request", "client", false},
	{"GET /requests?client=nope", "", 404, "unknown_client", "client", true},
	{"GET /requests?strangers=maybe", "", 400, "invalid_request", "strangers", false},
	{"GET /requests?product=vault", "", 400, "invalid_request", "product", false},
	{"GET /requests?outcome=created", "", 400, "invalid_request", "outcome", false},
	{"GET /requests?since=yesterday", "", 400, "invalid_request", "since", false},
	{"GET /requests?since=-5m", "", 400, "invalid_request", "since", false},
	{"GET /requests?until=2025-09-10", "", 400, "invalid_request", "until", false},
	{"GET /requests?after=-1", "", 400, "invalid_request", "after", false},
	{"GET /requests?before=r5", "", 400, "invalid_request", "before", false},
	{"GET /requests?before=18446744073709551616", "", 400, "invalid_request", "before", false},
	{"GET /requests?limit=0", "", 400, "invalid_request", "limit", false},
	{"GET /requests?limit=1001", "", 400, "invalid_request", "limit", false},
	{"GET /requests?limit=all", "", 400, "invalid_request", "limit", false},
	{"GET /requests?brief=1", "", 400, "invalid_request", "brief", false},
	{"GET /requests?text=%zz", "", 400, "invalid_request", "", false},
	{"GET /requests/r99", "", 404, "unknown_request", "id", true},
	{"GET /requests/f1", "", 404, "unknown_request", "id", true},
	{"GET /requests/r1?as=perl", "", 400, "invalid_request", "as", false},
	{"GET /requests/r1?brief=yes", "", 400, "invalid_request", "brief", false},
	{"DELETE /requests?client=nope", "", 404, "unknown_client", "client", true},
	{"DELETE /requests?outcome=Created", "", 400, "invalid_request", "outcome", false},
	{"GET /requests/wait?limit=1", "", 400, "invalid_request", "limit", false},
	{"GET /requests/wait?client=nope", "", 404, "unknown_client", "client", true},
	{"GET /requests/wait?count=0", "", 400, "invalid_request", "count", false},
	{"GET /requests/wait?count=1001", "", 400, "invalid_request", "count", false},
	{"GET /requests/wait?timeout=soon", "", 400, "invalid_request", "timeout", false},
	{"GET /requests/wait?timeout=10", "", 400, "invalid_request", "timeout", false},
	{"GET /requests/wait?timeout=0s", "", 400, "invalid_request", "timeout", true},
	{"GET /requests/wait?timeout=-1s", "", 400, "invalid_request", "timeout", true},
	{"GET /requests/wait?timeout=5m1s", "", 400, "invalid_request", "timeout", true},
	{"GET /requests/wait?outcome=Nope", "", 400, "invalid_request", "outcome", false},
	{"GET /requests/wait?brief=maybe", "", 400, "invalid_request", "brief", false},
	{"POST /verify", "", 400, "invalid_request", "", false},
	{"POST /verify", "{}", 400, "invalid_request", "", false},
	{"POST /verify", `{"order":[]}`, 400, "invalid_request", "order", false},
	{"GET /requests?fault=resett", "", 400, "invalid_request", "fault", true},
	{"POST /verify", "{", 400, "invalid_request", "", false},
	{"POST /verify", "[]", 400, "invalid_request", "", false},
	{"POST /verify", `{"count":1} {}`, 400, "invalid_request", "", true},
	{"POST /verify", `{"nope":1}`, 400, "invalid_request", "nope", false},
	{"POST /verify", `{"limit":1}`, 400, "invalid_request", "limit", false},
	{"POST /verify", `{"client":5}`, 400, "invalid_request", "client", false},
	{"POST /verify", `{"client":"nope"}`, 404, "unknown_client", "client", true},
	{"POST /verify", `{"strangers":true}`, 400, "invalid_request", "strangers", false},
	{"POST /verify", `{"strangers":"maybe"}`, 400, "invalid_request", "strangers", false},
	{"POST /verify", `{"product":"vault"}`, 400, "invalid_request", "product", false},
	{"POST /verify", `{"outcome":"Nope"}`, 400, "invalid_request", "outcome", false},
	{"POST /verify", `{"since":"yesterday"}`, 400, "invalid_request", "since", false},
	{"POST /verify", `{"until":"-1s"}`, 400, "invalid_request", "until", false},
	{"POST /verify", `{"after":-1}`, 400, "invalid_request", "after", false},
	{"POST /verify", `{"before":"5"}`, 400, "invalid_request", "before", false},
	{"POST /verify", `{"count":-1}`, 400, "invalid_request", "count", false},
	{"POST /verify", `{"count":1.5}`, 400, "invalid_request", "count", false},
	{"POST /verify", `{"at_least":-1}`, 400, "invalid_request", "at_least", false},
	{"POST /verify", `{"at_most":-1}`, 400, "invalid_request", "at_most", false},
	{"POST /verify", `{"count":1,"at_least":1}`, 400, "invalid_request", "count", false},
	{"POST /verify", `{"count":1,"at_most":1}`, 400, "invalid_request", "count", false},
	{"POST /verify", `{"at_least":3,"at_most":2}`, 400, "invalid_request", "at_least", true},
	{"POST /verify", `{"order":{}}`, 400, "invalid_request", "order", false},
	{"POST /verify", `{"order":[{}],"count":1}`, 400, "invalid_request", "order", false},
	{"POST /verify", `{"order":[{}],"at_least":1}`, 400, "invalid_request", "order", false},
	{"POST /verify", `{"order":[{}],"at_most":1}`, 400, "invalid_request", "order", false},
	{"POST /verify", `{"order":[{}` + strings.Repeat(",{}", 1000) + `]}`, 400, "invalid_request", "order", false},
	{"POST /verify", `{"order":[{"nope":1}]}`, 400, "invalid_request", "nope", false},
	{"POST /verify", `{"order":[{"count":1}]}`, 400, "invalid_request", "count", false},
	{"POST /verify", `{"order":[{"client":5}]}`, 400, "invalid_request", "order.client", false},
	{"POST /verify", `{"order":[{},{"outcome":"Nope"}]}`, 400, "invalid_request", "outcome", false},
	{"POST /verify", `{"order":[{"client":"nope"}]}`, 404, "unknown_client", "client", true},
	{"POST /verify?count=1", "", 400, "invalid_request", "count", false},
	{"POST /verify", large, 413, "too_large", "", false},
	{"GET /events?limit=1", "", 400, "invalid_request", "limit", false},
	{"GET /events?client=nope", "", 404, "unknown_client", "client", true},
	{"GET /events?brief=maybe", "", 400, "invalid_request", "brief", false},
	{"GET /events?after=x", "", 400, "invalid_request", "after", false},
	{"GET /events?last_event_id=x", "", 400, "invalid_request", "last_event_id", false},
	{"GET /events?last_event_id=-1", "", 400, "invalid_request", "last_event_id", false},
	{"GET /coverage?client=nope", "", 404, "unknown_client", "client", true},
	{"GET /coverage?as=yaml", "", 400, "invalid_request", "as", false},
	{"GET /coverage?outcome=Created", "", 400, "invalid_request", "outcome", false},
	{"DELETE /coverage?client=nope", "", 404, "unknown_client", "client", true},
	{"DELETE /coverage?as=text", "", 400, "invalid_request", "as", false},
	{"GET /conduct?client=nope", "", 404, "unknown_client", "client", true},
	{"GET /conduct?as=TEXT", "", 400, "invalid_request", "as", false},
	{"GET /conduct?since=5m", "", 400, "invalid_request", "since", false},
	{"GET /console/nope.js", "", 404, "unknown_route", "", true},
	{"GET /console/..%2fopenapi.yaml", "", 404, "unknown_route", "", false},
	{"GET /console/%2e%2e", "", 404, "unknown_route", "", false},
	{"GET /console/../clients", "", 404, "unknown_route", "", true},
	{"GET /console/", "", 404, "unknown_route", "", true},

	{"GET /nope", "", 404, "unknown_route", "", true},
	{"GET /clients/", "", 404, "unknown_route", "", true},
	{"GET /nope/sandbox", "", 404, "unknown_route", "", true},
	{"POST /health", "", 405, "unknown_method", "", true},
	{"DELETE /clients", "", 405, "unknown_method", "", true},
	{"DELETE /clock", "", 405, "unknown_method", "", true},
	{"DELETE /", "", 405, "unknown_method", "", true},
	{"POST /console/index.html", "", 405, "unknown_method", "", true},
	{"POST /metrics", "", 405, "unknown_method", "", true},
	{"POST /requests", "", 405, "unknown_method", "", true},
	{"POST /requests/wait", "", 405, "unknown_method", "", true},
	{"DELETE /requests/wait", "", 405, "unknown_method", "", true},
	{"DELETE /requests/r1", "", 405, "unknown_method", "", true},
	{"GET /verify", "", 405, "unknown_method", "", true},
	{"POST /events", "", 405, "unknown_method", "", true},
	{"PUT /coverage", "", 405, "unknown_method", "", true},
	{"DELETE /conduct", "", 405, "unknown_method", "", true},
}

// Every refused call is answered as described and changes nothing, and the
// description refuses it as well where it can.
func TestDescribedRefusals(t *testing.T) {
	t.Parallel()
	c := config()
	c.Clients = append(c.Clients, knot.Client{ID: "other", Phone: knot.PhoneE164})
	s := serve(t, c)
	s.prepare()
	before := s.state()
	for _, c := range refusals {
		a := s.call(c.route, c.body)
		request := fmt.Sprintf("%s %.80s", c.route, c.body)
		if p := a.problem; a.status != c.status || p.Code != c.code || p.Field != c.field {
			t.Errorf("%s: %d %s, want %d %s about %q", request, a.status, a.body, c.status, c.code, c.field)
		}
		// How large a body can be is not a thing that a schema says.
		if a.describedRequest == nil && !c.undescribed && c.status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: refused with %s, but the description takes it", request, a.body)
		}
		if a.describedRequest != nil && c.undescribed {
			t.Errorf("%s: the description was not expected to know: %v", request, a.describedRequest)
		}
		if after := s.state(); after != before {
			t.Fatalf("%s: refused, and yet the state went from\n%s\nto\n%s", request, before, after)
		}
	}
}

// The offset of a fault's wrong word is told.
func TestDescribedOffset(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	for text, want := range map[string]int{"NoAcess": 0, "times=2 NoAcess": 8, "NoAccess p=2": 9} {
		for _, route := range []string{"POST /faults", "POST /faults/plan"} {
			if p := s.call(route, text).problem; p.Offset == nil || *p.Offset != want {
				t.Errorf("%s %s: offset %v, want %d", route, text, p.Offset, want)
			}
		}
	}
}

// There is an end to the number of rules.
func TestDescribedFull(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	for range faults.MaxRules {
		if a := s.call("POST /faults", "NoAccess"); a.status != 201 {
			t.Fatalf("%d %s, want 201", a.status, a.body)
		}
	}
	before := s.state()
	if a := s.call("POST /faults", "NoAccess"); a.status != 409 || a.problem.Code != "full" {
		t.Errorf("one rule more: %d %s, want 409 full", a.status, a.body)
	}
	if s.state() != before {
		t.Error("the refused rule changed something")
	}
}

// Who misspells a filter is told the names of all, and who misspells an outcome
// the outcomes.
func TestDescribedNext(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	for route, names := range map[string][]string{
		"GET /requests?clientt=sandbox":      append(filterNames(), "limit", "brief"),
		"GET /requests/wait?clientt=sandbox": append(filterNames(), "count", "timeout", "brief"),
		"GET /events?clientt=sandbox":        append(filterNames(), "last_event_id", "brief"),
		"GET /coverage?clientt=sandbox":      {"client", "as"},
		"DELETE /requests?clientt=sandbox":   {"client"},
		"GET /requests?outcome=Createt":      append(knot.Outcomes(), faults.Outcomes()...),
		"GET /requests?strangers=true":       {"yes", "no"},
		"GET /requests?since=today":          {"2030-01-01T00:00:00Z", "5m"},
		"GET /requests/r1":                   {"GET /__sandbox/requests"},
	} {
		p := s.call(route, "").problem
		words := strings.FieldsFunc(p.Next, func(r rune) bool { return r == ' ' || r == ',' })
		for _, name := range names {
			if !strings.Contains(p.Next, name) || len(names) > 2 && !slices.Contains(words, name) {
				t.Errorf("%s: next is %q, want %s in it", route, p.Next, name)
			}
		}
	}
}
