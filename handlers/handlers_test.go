package handlers_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"knotsandbox/handlers"
	"knotsandbox/knot"
	"knotsandbox/store"
	"knotsandbox/validation"
)

// newAPI returns an API with the clients sandbox and limited. Change what the
// test is about.
func newAPI(t testing.TB, change ...func(*handlers.Config)) *handlers.API {
	t.Helper()
	adviser, err := validation.NewPhoneAdviser()
	if err != nil {
		t.Fatal(err)
	}
	s := store.New(store.Config{})
	s.Put(knot.Client{ID: "sandbox", SecretSHA256: knot.DigestOf("sandbox"), Products: knot.AllProducts()})
	s.Put(knot.Client{ID: "limited", SecretSHA256: knot.DigestOf("a secret"), Products: knot.NewProductSet(knot.TransactionLink)})
	s.Put(knot.Client{ID: "strict", SecretSHA256: knot.DigestOf("strict"), Products: knot.AllProducts(), Phone: knot.PhoneValid})
	c := handlers.Config{Store: s, Validator: validation.New(), PhoneAdviser: adviser, OutOfBand: true}
	for _, f := range change {
		f(&c)
	}
	return handlers.New(c)
}

// newServer serves an API until the test ends.
func newServer(t testing.TB, change ...func(*handlers.Config)) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(newAPI(t, change...))
	t.Cleanup(s.Close)
	return s
}

// session is a valid body.
const session = `{"type":"link","external_user_id":"u"}`

// newRequest returns a good call; headers are pairs that override.
func newRequest(t testing.TB, url, body string, headers ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("sandbox", "sandbox")
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func send(t testing.TB, r *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// basic returns a Basic header.
func basic(id, secret string) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(id, secret)
	return r.Header.Get("Authorization")
}

func TestHints(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const path = "/session/create"
	for _, c := range []struct {
		name, path, body string
		headers          []string
		status           int
		want             string
	}{
		{"nothing to say", path, session, nil, 200, ""},
		{"not JSON", path, "{\n  \"type\": link}", nil, 400, "the body is not the JSON that is read: expected a value, found 'l' at byte 12 (line 2, column 11); such a body counts as empty"},
		{"not UTF-8", path, "{\"a\":\"\xff\"}", nil, 400, "the body is not the JSON that is read: not UTF-8 at byte 6 (line 1, column 7); such a body counts as empty"},
		{"array", path, "[]", nil, 400, "the body is not the JSON that is read: expected an object, found '[' at byte 0 (line 1, column 1); such a body counts as empty"},
		{"empty body", path, "", nil, 400, "the body is empty"},
		{"content type", path, session, []string{"Content-Type", "text/plain"}, 400, "the body was ignored because of its Content-Type `text/plain`; send application/json"},
		{"JSON sent as a form", path, session, []string{"Content-Type", "application/x-www-form-urlencoded"}, 400, "the body looks like JSON and was read as a form because of its Content-Type; send application/json"},
		{"multipart without boundary", path, "x", []string{"Content-Type", "multipart/form-data"}, 400, "the form could not be read: the Content-Type has no boundary; such a body counts as empty"},
		{"camel case", path, `{"type":"link","externalUserId":"u"}`, nil, 400, "the unknown field `externalUserId` was ignored; did you mean external_user_id?"},
		{"camel case, accepted", path, `{"type":"link","external_user_id":"u","phoneNumber":"1"}`, nil, 200, "the unknown field `phoneNumber` was ignored; did you mean phone_number?"},
		{"blank", path, `{"type":" ","external_user_id":"u"}`, nil, 400, "type is not sent, null or blank"},
		{"product", path, `{"type":"Link","external_user_id":"u"}`, nil, 400, "type is the string `Link`; the products are card_switcher, transaction_link, link, in lower case"},
		{"phone", path, `{"type":"link","external_user_id":"u","phone_number":1}`, nil, 400, "phone_number is the number `1`; it has to be +, the country code and the number, digits only"},
		{"email", path, `{"type":"link","external_user_id":"u","email":"ada"}`, nil, 400, "email is the string `ada`; it has to be an address by RFC syntax"},
		{"card", path, `{"type":"link","external_user_id":"u","card":true}`, nil, 400, "card is true; it has to be an object"},
		{"card.blocked", path, `{"type":"link","external_user_id":"u","card":{"blocked":[]}}`, nil, 400, "card.blocked is an empty array or object; true, false, 1 and 0 are accepted, also as strings of one digit"},
		{"token", path, `{"type":"link","external_user_id":"u","processor_token":[1]}`, nil, 400, "processor_token is an array or object; it has to be a string"},
		{"unknown field in a form", path, "type=link&externalUserId=u", []string{"Content-Type", "application/x-www-form-urlencoded"}, 400, "the unknown field `externalUserId` was ignored; did you mean external_user_id?"},
		{"unknown field in the query", path + "?externalUserId=u", `{"type":"link"}`, nil, 400, "the unknown field `externalUserId` was ignored; did you mean external_user_id?"},
		{"lookalike beside the field", path, `{"type":"link","external_user_id":"u","externalUserId":"v"}`, nil, 200, ""},
		{"no Content-Type", path, session, []string{"Content-Type", ""}, 400, "the body was ignored because it has no Content-Type; send application/json"},
		{"stricter level", path, `{"type":"link","external_user_id":"u","phone_number":"+11234567890"}`, []string{"Authorization", basic("strict", "strict")}, 400, "the real API accepts the string `+11234567890`; this client's phone level valid does not"},
		{"swapped, with a newline", path, session, []string{"Authorization", basic("a secret\n", "limited")}, 401, "client_id and secret are swapped"},
		{"unassigned phone", path, `{"type":"link","external_user_id":"u","phone_number":"+11234567890"}`, nil, 200, "accepted, but libphonenumber calls +11234567890 possible and not assigned in region US"},
		{"no credentials", path, session, []string{"Authorization", ""}, 401, "no Authorization header was sent; send Authorization: Basic base64(client_id:secret)"},
		{"bearer", path, session, []string{"Authorization", "Bearer x"}, 401, "the Authorization header is not of the Basic scheme; send Authorization: Basic base64(client_id:secret)"},
		{"no colon", path, session, []string{"Authorization", "Basic c2FuZGJveA=="}, 401, "the Basic credentials hold no colon between client_id and secret; send Authorization: Basic base64(client_id:secret)"},
		{"newline", path, session, []string{"Authorization", basic("sandbox", "sandbox\n")}, 401, "the credentials are right but for white space around client_id or secret; a trailing newline from `echo` or a file is the usual cause"},
		{"wrong secret", path, session, []string{"Authorization", basic("sandbox", "x")}, 401, "client `sandbox` exists, its secret is another one"},
		{"swapped", path, session, []string{"Authorization", basic("a secret", "limited")}, 401, "client_id and secret are swapped"},
		{"secret as id", path, session, []string{"Authorization", basic("a secret", "")}, 401, "a secret was given as client_id"},
		{"empty id", path, session, []string{"Authorization", basic("", "x")}, 401, "the client_id is empty; is the variable that holds it set?"},
		{"unknown client", path, session, []string{"Authorization", basic("nobody", "x")}, 401, "no client `nobody` is configured; add it with --client ID:SECRET or in the config file"},
		{"product", path, session, []string{"Authorization", basic("limited", "a secret")}, 403, "client `limited` has these products enabled: transaction_link; enable link in its products to allow it"},
		{"double slash", "//session/create", session, nil, 404, "the path has a double slash; a base URL that ends in a slash is the usual cause"},
		{"case", "/Session/create", session, nil, 404, "the path is case-sensitive; the route is POST /session/create"},
		{"prefix", "/api/v1/session/create", session, nil, 404, "the path has an extra prefix; the route is POST /session/create at the root of the host"},
		{"no prefix", "/create", session, nil, 404, "the path lacks its beginning; the route is POST /session/create"},
		{"elsewhere", "/", session, nil, 404, "the only route is POST /session/create"},
		{"override", path, session, []string{"X-HTTP-Method-Override", "PUT"}, 405, "the method was overridden by X-HTTP-Method-Override or _method; the route takes POST alone"},
		{"odd override", path, session, []string{"X-HTTP-Method-Override", "5"}, 404, "the overriding method, in X-HTTP-Method-Override or _method, is not a word of letters"},
	} {
		res, _ := send(t, newRequest(t, s.URL+c.path, c.body, c.headers...))
		if got := res.Header.Get("X-Sandbox-Hint"); res.StatusCode != c.status || got != c.want {
			t.Errorf("%s: %d %q, want %d %q", c.name, res.StatusCode, got, c.status, c.want)
		}
	}
}

// Whatever a client sends, a hint is one line of printable ASCII of bounded
// length.
func TestHintIsHarmless(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, value := range []string{`a\r\nX-Injected: 1`, `\u0000\u001b[31m`, "é漢字", strings.Repeat("x", 10_000), `\"<script>`} {
		res, _ := send(t, newRequest(t, s.URL+"/session/create", `{"type":"`+value+`","external_user_id":"u"}`))
		hint := res.Header.Get("X-Sandbox-Hint")
		isPrintable := strings.Trim(hint, string(printable())) == ""
		if hint == "" || len(hint) > 400 || !isPrintable || res.Header.Get("X-Injected") != "" {
			t.Errorf("type %q: hint %q", value, hint)
		}
	}
}

func printable() []byte {
	var all []byte
	for c := byte(' '); c < 0x7f; c++ {
		all = append(all, c)
	}
	return all
}

func TestOutOfBandOff(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(c *handlers.Config) { c.OutOfBand = false })
	for _, body := range []string{session, "", `{"type":"link","external_user_id":"u","phone_number":"+11234567890"}`} {
		for _, path := range []string{"/session/create", "/nope"} {
			res, _ := send(t, newRequest(t, s.URL+path, body))
			for name := range res.Header {
				if strings.HasPrefix(name, "X-Sandbox") {
					t.Errorf("%s %q: header %s", path, body, name)
				}
			}
		}
	}
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for body, want := range map[string]string{
		session: "documented",
		"":      "documented",
		`{"type":"link","external_user_id":true}`:                      "derived",
		`{"type":"link","external_user_id":"u","_method":"OPTIONS"}`:   "derived",
		`{"type":"link","external_user_id":"u","_method":"PUT"}`:       "derived",
		`{"type":"link","external_user_id":"u","card":{"blocked":""}}`: "documented",
	} {
		res, _ := send(t, newRequest(t, s.URL+"/session/create", body))
		if got := res.Header.Get("X-Sandbox-Evidence"); got != want {
			t.Errorf("%s: evidence %q, want %q", body, got, want)
		}
	}
}

// A handler that panics answers 500 in the API's words and the server lives on.
func TestPanicIsInternalServerError(t *testing.T) {
	t.Parallel()
	var log syncBuffer
	s := newServer(t, func(c *handlers.Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		c.Around = func(http.ResponseWriter, *handlers.Call) { panic("something is broken") }
	})
	for range 2 {
		res, body := send(t, newRequest(t, s.URL+"/session/create", session))
		if res.StatusCode != 500 || body != `{"message":"Server Error"}` {
			t.Errorf("%d %s, want 500", res.StatusCode, body)
		}
	}
	if !strings.Contains(log.String(), "something is broken") {
		t.Errorf("log %q, want the panic", log.String())
	}
}

// A handler that panics with http.ErrAbortHandler hangs up, as it means to.
func TestAbortPasses(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(c *handlers.Config) {
		c.Around = func(http.ResponseWriter, *handlers.Call) { panic(http.ErrAbortHandler) }
	})
	res, err := http.DefaultClient.Do(newRequest(t, s.URL+"/session/create", session))
	if err == nil {
		_ = res.Body.Close()
		t.Errorf("%s, want no answer", res.Status)
	}
}

// syncBuffer is a buffer for a log.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// The paths and methods as the client sent them: what is routed is decoded,
// what is said is not.
func TestSentPath(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, c := range []struct {
		method, target, override string
		want                     string
	}{
		{"POST", "/session%2Fcreate", "", "200"},
		{"POST", "/session/create#x", "", "200"},
		{"POST", "/index.php/session/create/", "", "200"},
		{"POST", "/session/create%2F", "", "404 The route session/create%2F could not be found."},
		{"POST", "/session/create/%2f", "", "404 The route session/create/%2f could not be found."},
		{"POST", "/index.phpx/session/create", "", "404 The route index.phpx/session/create could not be found."},
		{"POST", "http://u:p@x/nope", "", "404 The route nope could not be found."},
		{"POST", "http://x", "", "404 The route / could not be found."},
		{"POST", "http://x/session/create", "", "200"},
		{"GET", "/session/%63reate/", "", "405 The GET method is not supported for route session/%63reate. Supported methods: POST."},
		{"POST", "/session/create", "put", "405 The PUT method is not supported for route session/create. Supported methods: POST."},
		{"POST", "/session/create", "0", "200"},
		{"POST", "/session/create", "po\xc5\xbft", "404 Bad hostname provided."},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nAccept: application/json\r\nX-HTTP-Method-Override: %s\r\n"+
			"Content-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", c.method, c.target, basic("sandbox", "sandbox"), c.override, len(session), session)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		var body struct{ Message string }
		if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
			t.Errorf("%s %s: %v", c.method, c.target, err)
		}
		_ = res.Body.Close()
		_ = conn.Close()
		if got := strings.TrimSpace(fmt.Sprint(res.StatusCode, " ", body.Message)); got != c.want {
			t.Errorf("%s %s, override %q: %s, want %s", c.method, c.target, c.override, got, c.want)
		}
	}
}

func TestAnyCredentials(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(c *handlers.Config) { c.AnyCredentials = true })
	for _, c := range []struct {
		authorization string
		want          int
	}{
		{basic("whoever", "whatever"), 200},
		{basic("sandbox", "not its secret"), 200},
		{basic("limited", "x"), 403},
		{"", 401},
		{"Bearer x", 401},
		{basic("", ""), 401},
	} {
		res, _ := send(t, newRequest(t, s.URL+"/session/create", session, "Authorization", c.authorization))
		if res.StatusCode != c.want {
			t.Errorf("Authorization %q: %d, want %d", c.authorization, res.StatusCode, c.want)
		}
	}
}

// Two clients at the same time: neither sees anything of the other.
func TestClientsAreApart(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 20 {
				res, _ := send(t, newRequest(t, s.URL+"/session/create", session))
				limited, _ := send(t, newRequest(t, s.URL+"/session/create", session, "Authorization", basic("limited", "a secret")))
				if res.StatusCode != 200 || limited.StatusCode != 403 {
					t.Errorf("sandbox %d, limited %d, want 200, 403", res.StatusCode, limited.StatusCode)
				}
			}
		})
	}
	wg.Wait()
}

// Each request has an id of its own, which the caller gets and the observer, too.
func TestRequestID(t *testing.T) {
	t.Parallel()
	observed := make(chan string, 1)
	s := newServer(t, func(c *handlers.Config) {
		c.Observe = func(o *handlers.Observation) { observed <- fmt.Sprint(o.ID, o.Status, o.Outcome) }
	})
	for i, c := range []struct{ path, body, want string }{
		{"/session/create", session, "200Created"},
		{"/session/create", "", "400TypeRequired"},
		{"/nope", session, "404RouteNotFound"},
	} {
		res, _ := send(t, newRequest(t, s.URL+c.path, c.body))
		id := fmt.Sprint("r", i+1)
		if got, seen := res.Header.Get("X-Sandbox-Request-Id"), <-observed; got != id || seen != id+c.want {
			t.Errorf("%s %q: id %q, observed %q, want %s and %s", c.path, c.body, got, seen, id, id+c.want)
		}
	}
}

// The observer is told who called and why it was refused, also where the caller is
// not; of a secret that was sent as an id it is told nothing.
func TestObservation(t *testing.T) {
	t.Parallel()
	observed := make(chan handlers.Observation, 1)
	s := newServer(t, func(c *handlers.Config) {
		c.OutOfBand = false
		c.Observe = func(o *handlers.Observation) { observed <- *o }
	})
	for _, c := range []struct{ authorization, body, want string }{
		{basic("sandbox", "sandbox"), session, `client "sandbox" given "" product "link" user "u" size 38 hint "" evidence "documented"`},
		{basic("sandbox", "x"), session, `client "sandbox" given "" product "link" user "u" size 38 hint "client ` + "`sandbox`" + ` exists, its secret is another one" evidence "documented"`},
		{basic("nobody", "x"), "", `client "" given "nobody" product "" user "" size 0 hint "no client ` + "`nobody`" + ` is configured; add it with --client ID:SECRET or in the config file" evidence "documented"`},
		{basic("a secret", "limited"), "", `client "" given "***" product "" user "" size 0 hint "client_id and secret are swapped" evidence "documented"`},
		{basic(" a secret\n", ""), "", `client "" given "***" product "" user "" size 0 hint "a secret was given as client_id" evidence "documented"`},
	} {
		send(t, newRequest(t, s.URL+"/session/create", c.body, "Authorization", c.authorization))
		o := <-observed
		got := fmt.Sprintf("client %q given %q product %q user %q size %d hint %q evidence %q",
			o.ClientID, o.GivenID, o.Product, o.ExternalUserID, o.BodySize, o.Hint, o.Evidence)
		if got != c.want {
			t.Errorf("%s %s:\n%s, want\n%s", c.authorization, c.body, got, c.want)
		}
	}
}
