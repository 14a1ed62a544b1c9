package admin_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"knotsandbox/admin"
	"knotsandbox/knot"
	"knotsandbox/server"
	"knotsandbox/server/servertest"
)

// patience is how long a test waits for what should come at once.
const patience = 30 * time.Second

// noon is when the tests take place.
var noon = time.Date(2025, 9, 10, 12, 0, 0, 0, time.UTC)

func config() server.Config {
	return server.Config{
		Listen: "127.0.0.1:0", Clients: []knot.Client{client("sandbox")}, Version: "test",
		Now: func() time.Time { return noon },
	}
}

// client returns a client whose secret is its id.
func client(id string) knot.Client {
	return knot.Client{ID: id, SecretSHA256: knot.DigestOf(id), Products: knot.AllProducts(), Phone: knot.PhoneE164}
}

// sandbox is a sandbox whose control API is held to its description.
type sandbox struct {
	t      *testing.T
	url    string
	doc    *openapi3.T
	server *server.Server
}

// serve serves until the test ends.
func serve(t *testing.T, c server.Config) *sandbox {
	t.Helper()
	s := servertest.Start(t, c)
	return &sandbox{t, s.URL(), description(t), s}
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

// decode reads the answer into v.
func (a *reply) decode(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("decode %.300s: %v", a.body, err)
	}
}

// call makes a control call and holds request and answer to the description.
// route is "METHOD /path" below the prefix; a body that does not begin with an
// opening bracket goes as text. Of a stream the answer is its first piece.
func (s *sandbox) call(route, body string, headers ...string) reply {
	s.t.Helper()
	r := s.request(s.t.Context(), route, body, headers...)
	a, err := answerTo(r, http.DefaultTransport)
	if err != nil {
		s.t.Fatalf("%s: %v", route, err)
	}
	r.Body = io.NopCloser(strings.NewReader(body))
	s.check(route, r, &a)
	return a
}

// begin makes a control call without a body whose answer takes its time, on a
// connection of its own. When it returns, the request is on its way; the
// returned function waits for the answer.
func (s *sandbox) begin(route string) func() reply {
	s.t.Helper()
	written, done := make(chan bool), make(chan error, 1)
	var once sync.Once
	goOn := func() { once.Do(func() { close(written) }) }
	r := s.request(httptrace.WithClientTrace(s.t.Context(), &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { goOn() },
	}), route, "")
	var a reply
	go func() {
		defer goOn()
		var err error
		a, err = answerTo(r, &http.Transport{DisableKeepAlives: true})
		done <- err
	}()
	<-written
	return func() reply {
		s.t.Helper()
		if err := <-done; err != nil {
			s.t.Fatalf("%s: %v", route, err)
		}
		s.check(route, r, &a)
		return a
	}
}

// request makes the request of a control call.
func (s *sandbox) request(ctx context.Context, route, body string, headers ...string) *http.Request {
	s.t.Helper()
	method, path, _ := strings.Cut(route, " ")
	r, err := http.NewRequestWithContext(ctx, method, s.url+admin.Prefix+path, strings.NewReader(body))
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
	return r
}

// answerTo makes a request and returns its answer, wherever that points to.
func answerTo(r *http.Request, over http.RoundTripper) (reply, error) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	client := http.Client{Transport: over, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r.WithContext(ctx))
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	a := reply{status: res.StatusCode, header: res.Header}
	if res.Header.Get("Content-Type") == "text/event-stream" {
		a.body, err = readBlock(bufio.NewReader(res.Body))
		return a, err
	}
	content, err := io.ReadAll(res.Body)
	if err != nil {
		return a, fmt.Errorf("read answer: %w", err)
	}
	if a.body = string(content); a.status >= 400 {
		err = json.Unmarshal(content, &struct{ Error *admin.Problem }{&a.problem})
	}
	return a, err
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
	if a.status == http.StatusNoContent || a.status == http.StatusFound {
		if a.body != "" || len(response.Content) > 0 {
			s.t.Errorf("%s: %d with the body %q, described is %v", route, a.status, a.body, response.Content)
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
	path := r.URL.EscapedPath()
	if path == admin.Prefix {
		path += "/" // one route, with and without its slash
	}
	for _, template := range s.doc.Paths.InMatchingOrder() {
		parameters, ok := parametersOf(template, path)
		if !ok {
			continue
		}
		item := s.doc.Paths.Value(template)
		op := item.Operations()[r.Method]
		input.PathParams = parameters
		input.Route = &routers.Route{Spec: s.doc, Path: template, PathItem: item, Method: r.Method, Operation: op}
		return op
	}
	return nil
}

// parametersOf returns the parameters of a path, if the template is its own.
func parametersOf(template, path string) (map[string]string, bool) {
	before, rest, hasParameter := strings.Cut(template, "{")
	if !hasParameter {
		return nil, path == template
	}
	name, after, _ := strings.Cut(rest, "}")
	if !strings.HasPrefix(path, before) || !strings.HasSuffix(path, after) {
		return nil, false
	}
	value := path[len(before) : len(path)-len(after)]
	return map[string]string{name: value}, value != "" && !strings.Contains(value, "/")
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
	for _, route := range []string{
		"GET /clients", "GET /sessions", "GET /faults", "GET /clock", "GET /clock?client=sandbox", "GET /health",
		"GET /requests", "GET /coverage",
	} {
		b.WriteString(s.call(route, "").body)
	}
	return b.String()
}

// prepare makes something to list and to change: the rule f1, a session, a
// request that f1 hit, and one that brought its own fault, i1.
func (s *sandbox) prepare() {
	s.t.Helper()
	s.arm("client=sandbox NoAccess times=3 after=1")
	for _, c := range []struct {
		fault string
		want  int
	}{{"", 200}, {"", 403}, {"InternalServerError", 500}} {
		s.want(c.want, sent{body: `{"type":"link","external_user_id":"u","card_id":"c"}`, header: []string{"X-Sandbox-Fault", c.fault}})
	}
}

// arm arms a rule.
func (s *sandbox) arm(rule string) {
	s.t.Helper()
	if a := s.call("POST /faults", rule); a.status != 201 {
		s.t.Fatalf("arm %s: %d %s", rule, a.status, a.body)
	}
}

// sent is a request to the emulated API. What is left out is as in a good call.
type sent struct {
	method, target string
	body           string   // of a request with a method none if it is empty
	header         []string // pairs; a field that is empty is taken away
}

// got is what came back of it.
type got struct {
	id     string
	status int
	body   string
}

// send makes a request to the emulated API.
func (s *sandbox) send(r sent) (got, error) {
	if r.method == "" {
		r.method = http.MethodPost
		if r.body == "" {
			r.body = userBody("u")
		}
	}
	if r.target == "" {
		r.target = "/session/create"
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, r.method, s.url+r.target, strings.NewReader(r.body))
	if err != nil {
		return got{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", basic("sandbox", "sandbox"))
	for i := 0; i < len(r.header); i += 2 {
		if request.Header.Set(r.header[i], r.header[i+1]); r.header[i+1] == "" {
			request.Header.Del(r.header[i])
		}
	}
	res, err := http.DefaultClient.Do(request)
	if err != nil {
		return got{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return got{id: res.Header.Get("X-Sandbox-Request-Id"), status: res.StatusCode, body: string(body)}, err
}

// want makes a request to the emulated API that has to be answered with a
// status, or with 0 not at all.
func (s *sandbox) want(status int, r sent) {
	s.t.Helper()
	g, err := s.send(r)
	if status == 0 && err == nil || status != 0 && (err != nil || g.status != status) {
		s.t.Fatalf("%+.300v: %d %s, %v, want %d", r, g.status, g.body, err, status)
	}
}

// userBody returns the body of a good call for a user.
func userBody(user string) string { return fmt.Sprintf(`{"type":"link","external_user_id":%q}`, user) }

// basic returns Basic credentials.
func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

// exchange is what the tests look at of an exchange.
type exchange struct {
	ID         string              `json:"id"`
	Position   uint64              `json:"position"`
	At         time.Time           `json:"at"`
	Began      time.Time           `json:"began"`
	Client     string              `json:"client"`
	GivenID    string              `json:"given_id"`
	Method     string              `json:"method"`
	Path       string              `json:"path"`
	Headers    map[string][]string `json:"headers"`
	Body       string              `json:"body"`
	BodyBase64 string              `json:"body_base64"`
	BodySize   int                 `json:"body_size"`
	Product    string              `json:"product"`
	User       string              `json:"external_user_id"`
	Outcome    string              `json:"outcome"`
	Status     int                 `json:"status"`
	Answer     string              `json:"answer"`
	Work       string              `json:"work"`
	Rule       string              `json:"rule"`
	Fault      string              `json:"fault"`
	Session    string              `json:"session"`
	RetryAfter float64             `json:"retry_after_seconds"`
	As         struct{ Curl, Go, Fault string }
}

// page is a list of exchanges.
type page struct {
	Requests             []exchange
	Total, Kept, Dropped int
	Next                 uint64
}

// list returns the exchanges that a query means.
func (s *sandbox) list(query string) page {
	s.t.Helper()
	var p page
	a := s.call("GET /requests?"+query, "")
	if a.status != 200 || a.describedRequest != nil {
		s.t.Fatalf("GET /requests?%s: %d %.500s, %v", query, a.status, a.body, a.describedRequest)
	}
	a.decode(s.t, &p)
	return p
}

// show returns one exchange with its forms.
func (s *sandbox) show(id string) exchange {
	s.t.Helper()
	var e exchange
	a := s.call("GET /requests/"+id, "")
	if a.status != 200 {
		s.t.Fatalf("GET /requests/%s: %d %s", id, a.status, a.body)
	}
	a.decode(s.t, &e)
	return e
}

// ids returns the ids of exchanges, in order.
func ids(list []exchange) string {
	names := make([]string, 0, len(list))
	for _, e := range list {
		names = append(names, e.ID)
	}
	return strings.Join(names, " ")
}

// readBlock reads up to an empty line, which it takes as well.
func readBlock(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		b.WriteString(line)
		if err != nil || line == "\n" {
			return b.String(), err
		}
	}
}
