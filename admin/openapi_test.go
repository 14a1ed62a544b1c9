package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"knotsandbox/admin"
	"knotsandbox/faults"
	"knotsandbox/knot"
	"knotsandbox/server"
)

// loadDescription reads the description of the control API, once, and teaches
// the library the kinds of text that answers have.
var loadDescription = sync.OnceValues(func() (*openapi3.T, error) {
	for _, kind := range []string{"text/html", "text/css", "text/javascript", "text/event-stream"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.PlainBodyDecoder)
	}
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(context.Background())
})

func description(t testing.TB) *openapi3.T {
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
		if before, name, ok := strings.Cut(route, ":"); ok {
			route = before + "{" + name + "}"
		}
		if route == "GET "+admin.Prefix {
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

// filterNames are the filters, by name.
func filterNames() []string {
	return []string{"client", "strangers", "product", "user", "outcome", "fault", "session", "text", "since", "until", "after", "before"}
}

// The names that the description lists are all there are.
func TestDescribedNames(t *testing.T) {
	t.Parallel()
	doc := description(t)
	enum := func(schema string) []string {
		var names []string
		for _, name := range doc.Components.Schemas[schema].Value.Enum {
			names = append(names, fmt.Sprint(name))
		}
		return names
	}
	if got, want := enum("Outcome"), append(knot.Outcomes(), faults.Outcomes()...); !slices.Equal(got, want) {
		t.Errorf("outcomes: described are %v, there are %v", got, want)
	}
	var rules []string
	var report struct{ Rules []struct{ Rule string } }
	a := serve(t, config()).call("GET /conduct", "")
	a.decode(t, &report)
	for _, r := range report.Rules {
		rules = append(rules, r.Rule)
	}
	if got := enum("ConductRule"); !slices.Equal(got, rules) {
		t.Errorf("rules of conduct: described are %v, there are %v", got, rules)
	}

	filters := slices.Sorted(slices.Values(filterNames()))
	for _, path := range []string{"/requests", "/requests/wait", "/events"} {
		var names []string
		for _, p := range doc.Paths.Value(admin.Prefix + path).Get.Parameters {
			if p.Value.In == "query" && !slices.Contains([]string{"limit", "brief", "count", "timeout", "last_event_id"}, p.Value.Name) {
				names = append(names, p.Value.Name)
			}
		}
		if slices.Sort(names); !slices.Equal(names, filters) {
			t.Errorf("GET %s: described are the filters %v, there are %v", path, names, filters)
		}
	}
	for _, schema := range []string{"Filter", "Expectation"} {
		for _, name := range filters {
			if doc.Components.Schemas[schema].Value.Properties[name] == nil {
				t.Errorf("%s has no %s", schema, name)
			}
		}
	}
	if got := doc.Components.Schemas["Difference"].Value.Properties["field"].Value.Enum; len(got) != len(filters)+1 {
		t.Errorf("a difference is in one of %v, want the filters %v and order", got, filters)
	}
}

// Parameters, headers and answers are told with a sentence and an example.
func TestDescriptionIsComplete(t *testing.T) {
	t.Parallel()
	check := func(where, text string, example any) {
		if text == "" || example == nil {
			t.Errorf("%s: described as %q, example %v; want both", where, text, example)
		}
	}
	for path, item := range description(t).Paths.Map() {
		for _, op := range item.Operations() {
			for _, p := range append(item.Parameters, op.Parameters...) {
				check(path+" "+p.Value.Name, p.Value.Description, p.Value.Example)
			}
			for status, r := range op.Responses.Map() {
				for name, h := range r.Value.Headers {
					check(path+" "+status+" "+name, h.Value.Description, h.Value.Example)
				}
				if r.Value.Description == nil || *r.Value.Description == "" {
					t.Errorf("%s %s is not described", path, status)
				}
			}
			if op.OperationID == "" || op.Summary == "" || len(op.Tags) != 1 {
				t.Errorf("%s: id %q, summary %q, tags %v; want all three", path, op.OperationID, op.Summary, op.Tags)
			}
		}
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
// health and, for want of a token, the console.
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
	closed := &sandbox{t, front.URL, description(t), elsewhere}

	for _, route := range describedRoutes(open.doc) {
		method, path, _ := strings.Cut(route, " ")
		path, isConsole := strings.CutSuffix(strings.TrimPrefix(path, admin.Prefix), "{file}")
		if route = method + " " + strings.ReplaceAll(path, "{id}", "sandbox"); isConsole {
			route += "index.html"
		}
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
			if isConsole && c.code == "token_required" {
				c.status, c.code = 200, "" // the page asks for the token
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
// has the client sandbox, the rule f1 and the seed 1.
func TestDescribedExamples(t *testing.T) {
	t.Parallel()
	count := 0
	for path, item := range description(t).Paths.Map() {
		for method, op := range item.Operations() {
			route := method + " " + strings.TrimPrefix(path, admin.Prefix)
			for _, p := range item.Parameters {
				route = strings.ReplaceAll(route, "{"+p.Value.Name+"}", fmt.Sprint(p.Value.Example))
			}
			query, headers := exampleParameters(op)
			for _, body := range exampleBodies(t, op) {
				count++
				t.Run(op.OperationID, func(t *testing.T) {
					t.Parallel()
					c := config()
					c.Seed = knot.NewSeed(1)
					s := serve(t, c)
					s.prepare()
					a := s.call(route+query, body, headers...)
					if a.status >= 300 || a.describedRequest != nil {
						t.Errorf("%s%s %s: %d %s, %v", route, query, body, a.status, a.body, a.describedRequest)
					}
				})
			}
		}
	}
	if count < 50 {
		t.Errorf("%d examples, want at least 50", count)
	}
}

// exampleParameters returns the query and the headers that the examples of the
// parameters make.
func exampleParameters(op *openapi3.Operation) (query string, headers []string) {
	values := url.Values{}
	for _, p := range op.Parameters {
		if example := fmt.Sprint(p.Value.Example); p.Value.In == "header" {
			headers = append(headers, p.Value.Name, example)
		} else {
			values.Set(p.Value.Name, example)
		}
	}
	if len(values) > 0 {
		query = "?" + values.Encode()
	}
	return query, headers
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
