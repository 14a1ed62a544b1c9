package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"

	"knotsandbox/admin"
)

// Every good call is answered as described, and is itself described.
func TestDescribedCalls(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	s.prepare()
	met := map[string]bool{}
	for _, c := range []struct {
		route, body string
		want        int
		contains    string
	}{
		{"GET /", "", 200, "POST /__sandbox/reset"},
		{"GET /console/index.html", "", 200, "<html"},
		{"GET /health", "", 200, `"requests": 3`},
		{"GET /metrics", "", 200, `knot_sandbox_requests_total{outcome="NoAccess"} 1`},
		{"GET /errors", "", 200, `"PayloadTooLarge"`},
		{"GET /fidelity", "", 200, `"derived"`},
		{"GET /openapi.yaml", "", 200, "/session/create"},
		{"GET /control.yaml", "", 200, "/__sandbox/faults/plan"},
		{"POST /clients", "", 201, `"client_id": "client-`},
		{"POST /clients", "{}", 201, `"secret"`},
		{"POST /clients", `{"client_id":"a","secret":"b","products":[],"phone":"valid","seed":18446744073709551615}`, 201, `"seed": 18446744073709551615`},
		{"GET /clients", "", 200, `"client_id": "a"`},
		{"GET /clients/a", "", 200, `"phone": "valid"`},
		{"PATCH /clients/a", `{"products":["link"],"enable":["card_switcher"],"disable":["link"],"phone":"e164","seed":1}`, 200, `"card_switcher"`},
		{"PATCH /clients/a", "", 200, `"seed": 1`},
		{"GET /sessions", "", 200, `"card_id": "c"`},
		{"GET /sessions?client=sandbox", "", 200, `"seconds_left": 1800`},
		{"GET /sessions?client=a", "", 200, `"sessions": []`},
		{"GET /requests", "", 200, `"id": "r3"`},
		{"GET /requests?limit=2&brief=no", "", 200, `"next": 2`},
		{"GET /requests?client=sandbox&strangers=no&product=link&user=u*&outcome=NoAccess&fault=f1&text=CARD_ID&since=5m&until=2030-01-01T00:00:00Z&after=1&before=3&limit=1000&brief=yes", "", 200, `"id": "r2"`},
		{"GET /requests?fault=none&since=2025-09-10T12:00:00Z&until=1h", "", 200, `"requests": []`},
		{"GET /requests?strangers=yes&session=none", "", 200, `"kept": 3`},
		{"GET /requests/r2", "", 200, `"as": {`},
		{"GET /requests/r2?as=curl", "", 200, "curl -i"},
		{"GET /requests/r2?as=go", "", 200, "func TestNoAccess("},
		{"GET /requests/r2?as=fault", "", 200, "NoAccess times=1"},
		{"GET /requests/wait", "", 200, `"r3"`},
		{"GET /requests/wait?count=3&timeout=1ms&client=sandbox&brief=yes", "", 200, `"r1"`},
		{"GET /requests/wait?outcome=reset&fault=any&timeout=1ms", "", 409, `"field": "outcome"`},
		{"POST /verify", `{"at_least":0}`, 200, `"count": 3`},
		{"POST /verify", `{"client":"sandbox","strangers":"no","product":"link","user":"?","outcome":"Created","fault":"none","text":"session","since":"0s","until":"2025-09-10T12:00:01Z","after":0,"before":9,"count":1}`, 200, `"r1"`},
		{"POST /verify", `{"at_least":1,"at_most":3}`, 200, `"verified": true`},
		{"POST /verify", `{"order":[{"outcome":"Created"},{"fault":"i1"}]}`, 200, `"count": 2`},
		{"POST /verify", `{"session":"none","count":2}`, 409, "want exactly 2"},
		{"POST /verify", `{"order":[{"outcome":"NoAccess"},{"outcome":"Created"}]}`, 409, "step 2 of 2"},
		{"GET /events", "", 200, "retry: "},
		{"GET /events?client=sandbox&outcome=Created&last_event_id=0&brief=yes", "", 200, "retry: "},
		{"GET /coverage", "", 200, `"last_request": "r3"`},
		{"GET /coverage?client=sandbox&as=json", "", 200, `"client": "sandbox"`},
		{"GET /coverage?as=text", "", 200, "3 of 12 documented outcomes met"},
		{"GET /conduct", "", 200, `"outcome": "NoAccess"`},
		{"GET /conduct?client=sandbox&as=json", "", 200, `"client": "sandbox"`},
		{"GET /conduct?client=sandbox&as=text", "", 200, "Conduct of sandbox"},
		{"DELETE /coverage?client=sandbox", "", 204, ""},
		{"GET /coverage?client=sandbox&as=text", "", 200, "0 of 12 documented outcomes met"},
		{"DELETE /coverage", "", 204, ""},
		{"DELETE /requests?client=sandbox", "", 204, ""},
		{"DELETE /requests", "", 204, ""},
		{"GET /requests", "", 200, `"requests": []`},
		{"POST /faults", `{"fault":{"effect":"NoAccess","times":2},"client":"a","product":"link","user":"x*","header":"x-test","method":"post","path":"/*"}`, 201, `"X-Test:*"`},
		{"POST /faults", `{"fault":"brownout"}`, 201, `"stage": "delay`},
		{"POST /faults", "delay=1ms then BadGateway", 400, "invalid_fault"},
		{"POST /faults", "delay=1ms for=1s then BadGateway", 201, `"remaining": -1`},
		{"GET /faults", "", 200, `"f2"`},
		{"GET /faults?met=no", "", 200, `"f3"`},
		{"GET /faults?met=yes", "", 200, `"last_hit": "2025-09-10T12:00:00Z"`},
		{"GET /faults?client=a&met=no", "", 200, `"f2"`},
		{"GET /faults/f1", "", 200, `"remaining": 2`},
		{"GET /faults/i1", "", 200, `"inline": true`},
		{"POST /faults/plan", `{"id":"f1","requests":3}`, 200, `"reason"`},
		{"POST /faults/plan", `{"fault":"NoAccess p=0.5","client":"a","requests":10000,"every":"1s"}`, 200, `"effect": "NoAccess"`},
		{"POST /faults/plan", "user=u delay=1ms..2ms", 200, `"effect": "delay=`},
		{"DELETE /faults/f1", "", 200, `"f1"`},
		{"DELETE /faults?client=a", "", 200, `"f2"`},
		{"DELETE /faults", "", 200, `"never_met"`},
		{"GET /clock", "", 200, `"offset": "0s"`},
		{"PUT /clock", `{"client":"sandbox","set":"2030-01-01T00:00:00Z","advance":"-1h","freeze":true}`, 200, `"2029-12-31T23:00:00Z"`},
		{"GET /clock?client=sandbox", "", 200, `"frozen": true`},
		{"PUT /clock", `{"client":"sandbox","release":true}`, 200, `"frozen": false`},
		{"PUT /clock", `{"advance":"31m"}`, 200, `"offset": "31m0s"`},
		{"GET /sessions", "", 200, `"sessions": []`},
		{"POST /clients", `{"client_id":"x/y z"}`, 201, `"x/y z"`},
		{"GET /clients/x%2Fy%20z", "", 200, `"x/y z"`},
		{"DELETE /clients/a", "", 204, ""},
		{"POST /reset", `{"client":"sandbox"}`, 200, `"never_met": []`},
		{"POST /reset", "", 200, `"never_met": []`},
	} {
		a := s.call(c.route, c.body)
		if a.status != c.want || !strings.Contains(a.body, c.contains) {
			t.Errorf("%s %s: %d %s, want %d with %s", c.route, c.body, a.status, a.body, c.want, c.contains)
		}
		if a.describedRequest != nil && c.want < 300 {
			t.Errorf("%s %s: answered %d, but is not as described: %v", c.route, c.body, a.status, a.describedRequest)
		}
		method, path, _ := strings.Cut(c.route, " ")
		var at openapi3filter.RequestValidationInput
		if s.find(&http.Request{Method: method, URL: &url.URL{Path: admin.Prefix + strings.Split(path, "?")[0]}}, &at) != nil {
			met[method+" "+at.Route.Path] = true
		}
	}
	for _, route := range describedRoutes(s.doc) {
		if !met[route] {
			t.Errorf("%s: no good call", route)
		}
	}
}
