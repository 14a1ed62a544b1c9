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
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"knotsandbox/admin"
	"knotsandbox/faults"
	"knotsandbox/knot"
	"knotsandbox/server"
)

// loadDescription reads the description of the control API, once.
var loadDescription = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(context.Background())
})

func description(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := loadDescription()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// describedRoutes returns the routes of the description as "METHOD /path".
func describedRoutes(doc *openapi3.T) []string {
	var list []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			list = append(list, method+" "+path)
		}
	}
	slices.Sort(list)
	return list
}

// The description has the routes that the router has, no more and no less.
func TestDescribedRoutes(t *testing.T) {
	t.Parallel()
	var want []string
	for _, route := range admin.New(nil, slog.New(slog.DiscardHandler)).Routes() {
		if route = strings.ReplaceAll(route, ":id", "{id}"); route == "GET "+admin.Prefix {
			route += "/" // one route, with and without its slash
		}
		want = append(want, route)
	}
	slices.Sort(want)
	want = slices.Compact(want)
	if got := describedRoutes(description(t)); !slices.Equal(got, want) {
		t.Errorf("described are\n%s\nthe router has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// An object whose fields are listed has no others, so that a field that is not
// described makes an answer fail.
func TestDescriptionIsStrict(t *testing.T) {
	t.Parallel()
	seen := map[*openapi3.Schema]bool{}
	var check func(where string, ref *openapi3.SchemaRef)
	check = func(where string, ref *openapi3.SchemaRef) {
		if ref == nil || seen[ref.Value] {
			return
		}
		s := ref.Value
		seen[s] = true
		closed := s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has
		if s.Type.Is("object") && len(s.Properties) > 0 && !closed {
			t.Errorf("%s: the object is open", where)
		}
		for name, p := range s.Properties {
			check(where+"."+name, p)
		}
		for _, list := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf, {s.Items}} {
			for i, p := range list {
				check(fmt.Sprintf("%s[%d]", where, i), p)
			}
		}
	}
	doc := description(t)
	for name, s := range doc.Components.Schemas {
		check(name, s)
	}
	for name, r := range doc.Components.Responses {
		for _, m := range r.Value.Content {
			check(name, m.Schema)
		}
	}
	for _, path := range doc.Paths.Map() {
		for _, op := range path.Operations() {
			for status, r := range op.Responses.Map() {
				for _, m := range r.Value.Content {
					check(op.OperationID+" "+status, m.Schema)
				}
			}
		}
	}
}

// sandbox is a sandbox whose control API is held to its description.
type sandbox struct {
	t   *testing.T
	url string
	doc *openapi3.T
}

// noon is when the tests take place.
var noon = time.Date(2025, 9, 10, 12, 0, 0, 0, time.UTC)

func config() server.Config {
	client := knot.Client{
		ID: "sandbox", SecretSHA256: knot.DigestOf("sandbox"), Products: knot.AllProducts(), Phone: knot.PhoneE164,
	}
	return server.Config{
		Listen: "127.0.0.1:0", Clients: []knot.Client{client}, Version: "test", Now: func() time.Time { return noon },
	}
}

// serve serves until the test ends.
func serve(t *testing.T, c server.Config) *sandbox {
	t.Helper()
	s, err := server.New(c)
	if err == nil {
		err = s.Listen()
	}
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve() = %v, want nil", err)
		}
	})
	return &sandbox{t, s.URL(), description(t)}
}

// reply is what came back of a control call.
type reply struct {
	status  int
	header  http.Header
	body    string
	problem admin.Problem
	// describedRequest is what the description has against the request.
	describedRequest error
}

// call makes a control call and holds request and answer to the description.
// route is "METHOD /path" below the prefix; a body that does not begin with an
// opening bracket goes as text.
func (s *sandbox) call(route, body string, headers ...string) reply {
	s.t.Helper()
	method, path, _ := strings.Cut(route, " ")
	r, err := http.NewRequest(method, s.url+admin.Prefix+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if body != "" && !strings.ContainsAny(body[:1], "{[") {
		r.Header.Set("Content-Type", "text/plain")
	}
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatalf("%s: read answer: %v", route, err)
	}
	a := reply{status: res.StatusCode, header: res.Header, body: string(content)}
	if a.status >= 400 {
		if err := json.Unmarshal(content, &struct{ Error *admin.Problem }{&a.problem}); err != nil {
			s.t.Fatalf("%s: %v", route, err)
		}
	}
	r.Body = io.NopCloser(strings.NewReader(body))
	s.check(route, r, &a)
	return a
}

// check holds an exchange to the description.
func (s *sandbox) check(route string, r *http.Request, a *reply) {
	s.t.Helper()
	input := &openapi3filter.RequestValidationInput{
		Request: r, Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	var response *openapi3.Response
	switch op := s.find(r, input); {
	case a.status == http.StatusNotFound && a.problem.Code == "unknown_route" && op == nil:
		response = s.doc.Components.Responses["UnknownRoute"].Value
	case a.status == http.StatusMethodNotAllowed && op == nil:
		response = s.doc.Components.Responses["UnknownMethod"].Value
	case op == nil || op.Responses.Status(a.status) == nil:
		s.t.Errorf("%s: %d %s is not described", route, a.status, a.body)
		return
	default:
		response = op.Responses.Status(a.status).Value
		a.describedRequest = s.againstRequest(op, input)
	}
	s.checkHeaders(route, response, a)
	status := fmt.Sprint(a.status)
	input.Route = &routers.Route{Spec: s.doc, Operation: &openapi3.Operation{
		Responses: openapi3.NewResponses(openapi3.WithName(status, response)),
	}}
	answer := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: a.status, Header: a.header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	answer.SetBodyBytes([]byte(a.body))
	if err := openapi3filter.ValidateResponse(context.Background(), answer); err != nil {
		s.t.Errorf("%s: answer %s %s\nis not as described: %v", route, status, a.body, err)
	}
}

// checkHeaders holds the headers of an answer to the description and to what
// is true of all answers.
func (s *sandbox) checkHeaders(route string, response *openapi3.Response, a *reply) {
	s.t.Helper()
	known := []string{"Content-Type", "Content-Length", "Date", "Cache-Control", "X-Content-Type-Options", "Connection"}
	for name := range response.Headers {
		known = append(known, http.CanonicalHeaderKey(name))
	}
	for name := range a.header {
		if !slices.Contains(known, name) {
			s.t.Errorf("%s: header %s is not described", route, name)
		}
	}
	if a.status == http.StatusNoContent {
		if a.body != "" || len(response.Content) > 0 {
			s.t.Errorf("%s: 204 with the body %q, described is %v", route, a.body, response.Content)
		}
		return
	}
	if contentType := a.header.Get("Content-Type"); response.Content[contentType] == nil {
		s.t.Errorf("%s: content type %q is not described", route, contentType)
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		s.t.Errorf("%s: Cache-Control = %q, want no-store", route, got)
	}
}

// find returns the described operation of a request, or nil, and says in input
// where it is.
func (s *sandbox) find(r *http.Request, input *openapi3filter.RequestValidationInput) *openapi3.Operation {
	for _, template := range s.doc.Paths.InMatchingOrder() {
		before, after, hasID := strings.Cut(template, "{id}")
		id, ok := strings.CutPrefix(r.URL.EscapedPath(), before)
		if hasID {
			ok = ok && id != "" && !strings.Contains(id, "/")
		} else {
			ok = ok && id == after
		}
		if !ok {
			continue
		}
		item := s.doc.Paths.Value(template)
		op := item.Operations()[r.Method]
		input.PathParams = map[string]string{"id": id}
		input.Route = &routers.Route{Spec: s.doc, Path: template, PathItem: item, Method: r.Method, Operation: op}
		return op
	}
	return nil
}

// againstRequest returns what the description has against a request: of body,
// parameters, or query parameters that it does not know, which the library
// lets pass.
func (s *sandbox) againstRequest(op *openapi3.Operation, input *openapi3filter.RequestValidationInput) error {
	query, err := url.ParseQuery(input.Request.URL.RawQuery)
	if err != nil {
		return fmt.Errorf("parse query: %w", err)
	}
	for name, values := range query {
		if op.Parameters.GetByInAndName("query", name) == nil || len(values) > 1 {
			return fmt.Errorf("query parameter %s is not described, or there more than once", name)
		}
	}
	return openapi3filter.ValidateRequest(context.Background(), input)
}

// state is all that a refused call must not change.
func (s *sandbox) state() string {
	s.t.Helper()
	var b strings.Builder
	for _, route := range []string{"GET /clients", "GET /sessions", "GET /faults", "GET /clock", "GET /clock?client=sandbox", "GET /health"} {
		b.WriteString(s.call(route, "").body)
	}
	return b.String()
}

// prepare makes something to list and to change: the rule f1, a session, a
// request that f1 hit, and one that brought its own fault, i1.
func (s *sandbox) prepare() {
	s.t.Helper()
	if a := s.call("POST /faults", "client=sandbox NoAccess times=3 after=1"); a.status != 201 {
		s.t.Fatalf("arm: %d %s", a.status, a.body)
	}
	for _, c := range []struct {
		fault string
		want  int
	}{{"", 200}, {"", 403}, {"InternalServerError", 500}} {
		r, err := http.NewRequest(http.MethodPost, s.url+"/session/create", strings.NewReader(`{"type":"link","external_user_id":"u","card_id":"c"}`))
		if err != nil {
			s.t.Fatal(err)
		}
		r.SetBasicAuth("sandbox", "sandbox")
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Sandbox-Fault", c.fault)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			s.t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != c.want {
			s.t.Fatalf("create a session with the fault %q: %d, want %d", c.fault, res.StatusCode, c.want)
		}
	}
}

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
		{"GET /health", "", 200, `"ready"`},
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

	{"GET /nope", "", 404, "unknown_route", "", true},
	{"GET /clients/", "", 404, "unknown_route", "", true},
	{"GET /nope/sandbox", "", 404, "unknown_route", "", true},
	{"POST /health", "", 405, "unknown_method", "", true},
	{"DELETE /clients", "", 405, "unknown_method", "", true},
	{"DELETE /clock", "", 405, "unknown_method", "", true},
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

// OPTIONS says what a route takes, as the introduction tells.
func TestDescribedOptions(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	r, err := http.NewRequest(http.MethodOptions, s.url+admin.Prefix+"/clock", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := res.Header.Get("Allow"); res.StatusCode != 204 || got != "OPTIONS, GET, PUT" {
		t.Errorf("OPTIONS /clock: %d with Allow: %s, want 204 with OPTIONS, GET, PUT", res.StatusCode, got)
	}
}

// Who may not call is told so in the described manner, on every route but
// health.
func TestDescribedGuard(t *testing.T) {
	t.Parallel()
	open := serve(t, config())
	withToken := config()
	withToken.Control.Token = "secret"
	locked := serve(t, withToken)
	elsewhere, err := server.New(config()) // not listening, it is not on a loopback address
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(elsewhere.Handler())
	t.Cleanup(front.Close)
	closed := &sandbox{t, front.URL, description(t)}

	for _, route := range describedRoutes(open.doc) {
		method, path, _ := strings.Cut(route, " ")
		route = method + " " + strings.ReplaceAll(strings.TrimPrefix(path, admin.Prefix), "{id}", "sandbox")
		if route == "GET /health" {
			for _, s := range []*sandbox{open, locked, closed} {
				if a := s.call(route, "", "Host", "evil.example"); a.status != 200 {
					t.Errorf("%s: %d %s, want 200", route, a.status, a.body)
				}
			}
			continue
		}
		for _, c := range []struct {
			s       *sandbox
			headers []string
			status  int
			code    string
		}{
			{locked, nil, 401, "token_required"},
			{locked, []string{"Authorization", "Bearer wrong"}, 401, "token_required"},
			{closed, nil, 403, "closed"},
			{open, []string{"Host", "evil.example"}, 403, "foreign_host"},
			{open, []string{"Sec-Fetch-Site", "cross-site"}, 403, "cross_origin"},
		} {
			if c.code == "cross_origin" && method == http.MethodGet {
				continue // changes nothing, and another page cannot read the answer
			}
			a := c.s.call(route, "", c.headers...)
			if a.status != c.status || a.problem.Code != c.code {
				t.Errorf("%s %v: %d %s, want %d %s", route, c.headers, a.status, a.body, c.status, c.code)
			}
		}
	}
	for _, headers := range [][]string{{"Authorization", "Bearer secret"}, {"X-Sandbox-Token", "secret"}} {
		if a := locked.call("GET /clients", "", headers...); a.status != 200 {
			t.Errorf("%v: %d %s, want 200", headers, a.status, a.body)
		}
	}
}

// The examples of the description work as they stand, each in a sandbox that
// has the client sandbox and the rule f1.
func TestDescribedExamples(t *testing.T) {
	t.Parallel()
	count := 0
	for path, item := range description(t).Paths.Map() {
		for method, op := range item.Operations() {
			route := method + " " + strings.TrimPrefix(path, admin.Prefix)
			route += exampleQuery(op)
			for _, p := range item.Parameters {
				route = strings.ReplaceAll(route, "{id}", fmt.Sprint(p.Value.Example))
			}
			for _, body := range exampleBodies(t, op) {
				count++
				t.Run(op.OperationID, func(t *testing.T) {
					t.Parallel()
					s := serve(t, config())
					s.prepare()
					a := s.call(route, body)
					if a.status >= 300 || a.describedRequest != nil {
						t.Errorf("%s %s: %d %s, %v", route, body, a.status, a.body, a.describedRequest)
					}
				})
			}
		}
	}
	if count < 30 {
		t.Errorf("%d examples, want at least 30", count)
	}
}

// exampleQuery returns the query that the examples of the parameters make.
func exampleQuery(op *openapi3.Operation) string {
	query := url.Values{}
	for _, p := range op.Parameters {
		query.Set(p.Value.Name, fmt.Sprint(p.Value.Example))
	}
	if len(query) == 0 {
		return ""
	}
	return "?" + query.Encode()
}

// exampleBodies returns the bodies that the examples are, or one empty body.
func exampleBodies(t *testing.T, op *openapi3.Operation) []string {
	t.Helper()
	if op.RequestBody == nil {
		return []string{""}
	}
	var list []string
	for mediaType, content := range op.RequestBody.Value.Content {
		if len(content.Examples) == 0 {
			t.Errorf("%s: %s has no example", op.OperationID, mediaType)
		}
		for _, e := range content.Examples {
			if text, ok := e.Value.Value.(string); ok && mediaType == "text/plain" {
				list = append(list, text)
				continue
			}
			body, err := json.Marshal(e.Value.Value)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, string(body))
		}
	}
	return list
}

// The description that the server gives is this one.
func TestDescriptionIsServed(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if a := serve(t, config()).call("GET /control.yaml", ""); !bytes.Equal([]byte(a.body), want) {
		t.Error("GET /control.yaml is not openapi.yaml")
	}
}
