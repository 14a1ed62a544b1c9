package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/goccy/go-yaml"
)

const (
	descriptionFile = "../fixtures/openapi.yaml"
	operationPath   = "/session/create"
)

// described is the OpenAPI description of the emulated API, loaded once.
var described = sync.OnceValues(func() (*openapi3.T, error) {
	// Pages are text, which the library does not know.
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.PlainBodyDecoder)
	return loadDescription(descriptionFile)
})

// loadDescription reads and checks an OpenAPI description.
func loadDescription(file string) (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(context.Background())
}

func description(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := described()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// checkDescribed holds an answer of the emulated API to its description:
// status, content type, headers and body. The method and path are those that
// were sent. The control API has a description and a test of its own.
func checkDescribed(t *testing.T, request, method, path string, a answer) {
	t.Helper()
	if strings.HasPrefix(path, "/__sandbox/") {
		return
	}
	doc, err := described()
	if err != nil {
		t.Error(err)
		return
	}
	op := operation(doc, method, path)
	response := op.Responses.Status(a.status)
	switch {
	case response == nil:
		t.Errorf("%s: status %d is not described", request, a.status)
		return
	case !isRoute(path) && !slices.Contains([]int{400, 404, 413}, a.status):
		t.Errorf("%s: status %d off the route", request, a.status)
		return
	}
	for _, problem := range differences(op, method, a) {
		t.Errorf("%s: the description of %d says otherwise: %s", request, a.status, problem)
	}
}

// operation returns the description of a method on the route. Another path is
// described along with POST, a method that OpenAPI cannot name is answered as
// GET is.
func operation(doc *openapi3.T, method, path string) *openapi3.Operation {
	item := doc.Paths.Value(operationPath)
	if !isRoute(path) {
		return item.Post
	}
	if op := item.Operations()[method]; op != nil {
		return op
	}
	return item.Get
}

// isRoute reports whether a path, as it was sent, is that of the operation.
func isRoute(path string) bool {
	path, _, _ = strings.Cut(path, "?")
	path = strings.TrimRight(strings.TrimPrefix(path, "/index.php"), "/")
	decoded, err := url.PathUnescape(path)
	return err == nil && decoded == operationPath
}

// differences tells how an answer differs from what is described for its
// status.
func differences(op *openapi3.Operation, method string, a answer) []string {
	response := op.Responses.Status(a.status).Value
	var list []string
	for name := range a.header {
		isFraming := slices.Contains([]string{"Content-Type", "Content-Length", "Date", "Connection"}, name)
		if !isFraming && !hasHeader(response, name) {
			list = append(list, "no header "+name)
		}
	}
	if contentType := a.header.Get("Content-Type"); response.Content[contentType] == nil {
		return append(list, fmt.Sprintf("no content type %q", contentType))
	}
	// ValidateResponse takes everything for right after HEAD.
	r, err := http.NewRequest(http.MethodPost, "http://sandbox"+operationPath, nil)
	if err != nil {
		return append(list, err.Error())
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: r, Route: &routers.Route{Spec: &openapi3.T{OpenAPI: "3.0.3"}, Operation: op},
		},
		Status: a.status, Header: a.header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: isBodiless(method, a)},
	}
	input.SetBodyBytes([]byte(a.body))
	if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
		list = append(list, err.Error())
	}
	return list
}

func hasHeader(r *openapi3.Response, name string) bool {
	for described := range r.Headers {
		if http.CanonicalHeaderKey(described) == name {
			return true
		}
	}
	return false
}

// brokenBody are the faults whose point is a body that is not described.
var brokenBody = regexp.MustCompile(`\b(malformed|empty)\b`)

// isBodiless reports whether the body of an answer is not the described one
// for a reason: after HEAD, sent or by override, or by a fault.
func isBodiless(method string, a answer) bool {
	isHead := method == http.MethodHead || method == http.MethodPost && a.status == http.StatusMethodNotAllowed
	return isHead && a.body == "" || brokenBody.MatchString(a.header.Get("X-Sandbox-Fault"))
}

// example is an example of an answer in the description, its bytes in the
// order in which they stand there.
type example struct {
	name     string
	status   string
	body     string
	Evidence string          `json:"x-evidence"`
	Value    json.RawMessage `json:"value"`
}

// answerExamples returns the examples of the JSON answers to POST.
func answerExamples(t *testing.T) []example {
	t.Helper()
	type content map[string]struct {
		Examples map[string]example `json:"examples"`
	}
	type response struct {
		Ref     string  `json:"$ref"`
		Content content `json:"content"`
	}
	var doc struct {
		Paths map[string]struct {
			Post struct {
				Responses map[string]response `json:"responses"`
			} `json:"post"`
		} `json:"paths"`
		Components struct {
			Responses map[string]response `json:"responses"`
		} `json:"components"`
	}
	text, err := os.ReadFile(descriptionFile)
	if err != nil {
		t.Fatal(err)
	}
	if text, err = yaml.YAMLToJSON(text); err == nil {
		err = json.Unmarshal(text, &doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	var list []example
	for status, r := range doc.Paths[operationPath].Post.Responses {
		if r.Ref != "" {
			r = doc.Components.Responses[strings.TrimPrefix(r.Ref, "#/components/responses/")]
		}
		for name, e := range r.Content["application/json"].Examples {
			var body bytes.Buffer
			if err := json.Compact(&body, e.Value); err != nil {
				t.Fatalf("example %s: %v", name, err)
			}
			e.name, e.status, e.body = name, status, body.String()
			list = append(list, e)
		}
	}
	return list
}

// The description has one example for each entry of the catalogue, byte for
// byte, with its status and evidence.
func TestDescribedExamples(t *testing.T) {
	t.Parallel()
	var catalogue struct {
		Errors []struct {
			Name, Body, Evidence string
			Status               int
		}
	}
	res, err := http.Get(start(t, nil).url + "/__sandbox/errors")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&catalogue); err != nil {
		t.Fatal(err)
	}
	const entries = 17
	if len(catalogue.Errors) != entries {
		t.Errorf("%d entries in the catalogue, want %d", len(catalogue.Errors), entries)
	}
	examples := answerExamples(t)
	for _, e := range catalogue.Errors {
		i := slices.IndexFunc(examples, func(x example) bool { return x.name == e.Name })
		if i < 0 {
			t.Errorf("%s: there is no example", e.Name)
			continue
		}
		x := examples[i]
		if x.status != fmt.Sprint(e.Status) || x.body != e.Body || x.Evidence != e.Evidence {
			t.Errorf("%s: the example is %s %s %s, the catalogue has %d %s %s", e.Name, x.status, x.body, x.Evidence, e.Status, e.Body, e.Evidence)
		}
	}
	// What is not in the catalogue depends on the request.
	others := []string{"Created", "RouteNotFound", "InvalidMethodOverride", "MethodNotAllowed"}
	if want := entries + len(others); len(examples) != want {
		t.Errorf("%d examples, want %d: one for each entry, and %v", len(examples), want, others)
	}
}

// The golden files, which hold the bytes of the documented page, are the
// examples of their names.
func TestDescribedGolden(t *testing.T) {
	t.Parallel()
	examples := map[string]example{}
	for _, e := range answerExamples(t) {
		examples[e.name] = e
	}
	files, err := filepath.Glob("testdata/golden/*.json")
	if err != nil {
		t.Fatal(err)
	}
	const documented = 11
	if len(files) != documented {
		t.Errorf("%d golden files, want %d", len(files), documented)
	}
	for _, file := range files {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if got := examples[name]; got.body != string(want) || got.Evidence != "documented" {
			t.Errorf("%s: the example is %s %s, want documented %s", name, got.Evidence, got.body, want)
		}
	}
}

// The description takes the requests that the sandbox takes, and no others.
func TestDescribedRequests(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	schema := description(t).Components.Schemas["SessionRequest"].Value
	bodies := []string{
		session,
		`{"type":"link","external_user_id":7}`,
		`{"type":"card_switcher","external_user_id":"u","card_id":"c"}`,
		`{"type":"card_switcher","external_user_id":"u","card_id":5}`,
		`{"type":"link","external_user_id":"u","card_id":null,"phone_number":null,"email":null,"card":null,"processor_token":null}`,
		`{"type":"link","external_user_id":"u","card":{"blocked":1,"has_funds":"0","other":[]},"other":{}}`,
		`{"type":"link","external_user_id":"u","phone_number":"+11234567890","email":"ada@localhost"}`,
		`{}`,
		`{"type":"vault","external_user_id":"u"}`,
		`{"type":"Link","external_user_id":"u"}`,
		`{"type":5,"external_user_id":"u"}`,
		`{"type":null,"external_user_id":"u"}`,
		`{"external_user_id":"u"}`,
		`{"type":"link"}`,
		`{"type":"link","external_user_id":" "}`,
		`{"type":"link","external_user_id":true}`,
		`{"type":"card_switcher","external_user_id":"u"}`,
		`{"type":"card_switcher","external_user_id":"u","card_id":" "}`,
		`{"type":"link","external_user_id":"u","card_id":true}`,
		`{"type":"link","external_user_id":"u","phone_number":"1234567890"}`,
		`{"type":"link","external_user_id":"u","phone_number":11234567890}`,
		`{"type":"link","external_user_id":"u","email":"ada.lovelace"}`,
		`{"type":"link","external_user_id":"u","card":"c"}`,
		`{"type":"link","external_user_id":"u","card":{"blocked":"true"}}`,
		`{"type":"link","external_user_id":"u","card":{"has_funds":2}}`,
		`{"type":"link","external_user_id":"u","processor_token":5}`,
	}
	for _, e := range description(t).Paths.Value(operationPath).Post.RequestBody.Value.Content["application/json"].Examples {
		body, err := json.Marshal(e.Value.Value)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(body, []byte("sandbox:")) { // that one asks for a failure
			bodies = append(bodies, string(body))
		}
	}
	for _, body := range bodies {
		var value any
		if err := json.Unmarshal([]byte(body), &value); err != nil {
			t.Fatal(err)
		}
		err := schema.VisitJSON(value)
		if a := p.post(body); (a.status == http.StatusOK) != (err == nil) {
			t.Errorf("%s: answered %d, the description says %v", body, a.status, err)
		}
	}
}

// Each described status of the operation is met, those that only a fault or a
// setting brings about among them; all answers are held to the description.
func TestDescribedStatuses(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--rate-limit", "1000/min", "--max-body", "1000")
	const faultHeader = "X-Sandbox-Fault"
	met := map[string]bool{}
	for _, c := range []struct {
		header, value, body string
		want                int
	}{
		{"", "", session, 200},
		{"", "", "{}", 400},
		{"", "", strings.Repeat(" ", 1001), 413},
		{"Authorization", "", session, 401},
		{"Authorization", basic("limited", "limited"), session, 403},
		{"X-HTTP-Method-Override", "1", session, 404},
		{"X-HTTP-Method-Override", "PUT", session, 405},
		{"X-HTTP-Method-Override", "HEAD", session, 405},
		{"X-HTTP-Method-Override", "OPTIONS", session, 200},
		{faultHeader, "NoAcess", session, 400},
		{faultHeader, "delay=1ms", session, 200},
		{faultHeader, "malformed", session, 200},
		{faultHeader, "empty", session, 200},
		{faultHeader, "drip=1ms", session, 200},
		{faultHeader, "InvalidEmail", session, 400},
		{faultHeader, "AuthFailed", session, 401},
		{faultHeader, "NoAccess phase=after", session, 403},
		{faultHeader, "PayloadTooLarge", session, 413},
		{faultHeader, "RateLimited retry-after=3s", session, 429},
		{faultHeader, "InternalServerError", session, 500},
		{faultHeader, "BadGateway", session, 502},
		{faultHeader, "ServiceUnavailable", session, 503},
		{faultHeader, "ServiceUnavailable retry-after=3s", session, 503},
		{faultHeader, "GatewayTimeout", session, 504},
		{"", "", `{"type":"link","external_user_id":"sandbox:RateLimited"}`, 429},
		{"", "", `{"type":"link","external_user_id":"sandbox:nonsense"}`, 400},
	} {
		a := p.fault(c.body, c.header, c.value)
		if a.status != c.want {
			t.Errorf("%s: %s, body %.80s: %d %s, want %d", c.header, c.value, c.body, a.status, a.body, c.want)
		}
		met[fmt.Sprint(a.status)] = true
	}
	for status := range description(t).Paths.Value(operationPath).Post.Responses.Map() {
		if !met[status] {
			t.Errorf("status %s is described, but no request brings it about", status)
		}
	}
}

// The limiter's own refusal is as described, too.
func TestDescribedRateLimit(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--rate-limit", "1/h")
	for _, want := range []int{200, 429} {
		if a := p.fault(session); a.status != want || a.header.Get("X-RateLimit-Limit") != "1" {
			t.Errorf("%d with the header %v, want %d and the limit", a.status, a.header, want)
		}
	}
}
