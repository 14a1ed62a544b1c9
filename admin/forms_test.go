package admin_test

import (
	"cmp"
	"context"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"knotsandbox/knot"
	"knotsandbox/server"
)

// withForms is the configuration for exchanges that are made again: the client
// limited has no product.
func withForms() server.Config {
	c := config()
	limited := client("limited")
	limited.Products = 0
	c.Clients = append(c.Clients, limited)
	return c
}

// formCase is a request that is made again in another form.
type formCase struct {
	name    string
	outcome string
	sent
	raw string // in place of sent, as it goes over the wire
	// rule says whether a rule can give the answer once more.
	rule bool
}

// formCases are requests of all kinds. A secret is the id of its client.
func formCases() []formCase {
	header := func(pairs ...string) sent { return sent{header: pairs} }
	body := func(text string) sent { return sent{body: text} }
	typed := func(contentType, text string) sent {
		return sent{body: text, header: []string{"Content-Type", contentType}}
	}
	plain := func(method, target string) sent {
		return sent{method: method, target: target, header: []string{"Authorization", "", "Content-Type", ""}}
	}
	auth := "Authorization: " + basic("sandbox", "sandbox") + "\r\n"
	return []formCase{
		{name: "good", outcome: "Created", rule: true},
		{name: "every field", outcome: "Created", sent: body(`{"type":"card_switcher","external_user_id":5,"card_id":"c","phone_number":"+11234567890","email":"a@b.example","card":{"blocked":false}}`), rule: true},
		{name: "unknown product", outcome: "InvalidProductType", sent: body(`{"type":"vault","external_user_id":"u"}`), rule: true},
		{name: "no type", outcome: "TypeRequired", sent: body(`{"external_user_id":"u"}`), rule: true},
		{name: "no card", outcome: "CardIdRequired", sent: body(`{"type":"card_switcher","external_user_id":"u"}`), rule: true},
		{name: "bad email", outcome: "InvalidEmail", sent: body(`{"type":"link","external_user_id":"u","email":"nope"}`), rule: true},
		{name: "no product", outcome: "NoAccess", sent: header("Authorization", basic("limited", "limited")), rule: true},
		{name: "wrong secret", outcome: "AuthFailed", sent: header("Authorization", basic("sandbox", "wrong")), rule: true},
		{name: "unknown client", outcome: "AuthFailed", sent: header("Authorization", basic("it's \"me\"", "wrong")), rule: true},
		{name: "no credentials", outcome: "AuthFailed", sent: header("Authorization", ""), rule: true},
		{name: "other credentials", outcome: "AuthFailed", sent: header("Authorization", "Bearer nonsense"), rule: true},

		{name: "form", outcome: "Created", sent: typed("application/x-www-form-urlencoded", "type=link&external_user_id=a%20b+c"), rule: true},
		{name: "multipart", outcome: "Created", sent: typed(`multipart/form-data; boundary="x y"`, "--x y\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nlink\r\n"+
			"--x y\r\nContent-Disposition: form-data; name=\"external_user_id\"\r\n\r\nu\r\n--x y--\r\n"), rule: true},
		{name: "query", outcome: "Created", sent: sent{target: "/session/create?type=link&external_user_id=%5Bu%5D", method: "POST"}, rule: true},
		{name: "no body", outcome: "TypeRequired", sent: sent{method: "POST"}, rule: true},
		{name: "no content type", outcome: "TypeRequired", sent: header("Content-Type", ""), rule: true},
		{name: "other content type", outcome: "TypeRequired", sent: header("Content-Type", "text/plain"), rule: true},
		{name: "quotes", outcome: "Created", sent: body(`{"type":"link","external_user_id":"it's \"$HOME\" ` + "`id`" + ` \\ !!"}`), rule: true},
		{name: "lines", outcome: "Created", sent: body("{\n\t\"type\": \"link\",\r\n\t\"external_user_id\": \"a\\nb\"\n}\n"), rule: true},
		{name: "NUL", outcome: "TypeRequired", sent: body("{\"type\":\"link\",\x00\"external_user_id\":\"u\"}"), rule: true},
		{name: "not UTF-8", outcome: "TypeRequired", sent: body("{\"type\":\"link\",\"external_user_id\":\"\xff\xfe\"}"), rule: true},
		{name: "other letters", outcome: "Created", sent: body(`{"type":"link","external_user_id":"żółć 日本 😀"}`), rule: true},
		{name: "name of a file", outcome: "TypeRequired", sent: typed("text/plain", "@/dev/null"), rule: true},
		{name: "option", outcome: "TypeRequired", sent: typed("text/plain", "--version"), rule: true},
		{name: "method override", outcome: "MethodNotAllowed", sent: header("X-HTTP-Method-Override", "PATCH")},
		{name: "bad method override", outcome: "InvalidMethodOverride", sent: header("X-HTTP-Method-Override", "no way")},

		{name: "odd header", outcome: "Created", sent: header("X-Odd", "it's \"$HOME\" `id` \\ \xc3\xa9 \xff"), rule: true},
		{name: "accept", outcome: "RouteNotFound", sent: sent{method: "POST", target: "/nope", header: []string{"Accept", "application/json"}}},
		{name: "repeated header", outcome: "Created", rule: true,
			raw: "POST /session/create HTTP/1.1\r\nHost: x\r\n" + auth + "Content-Type: application/json\r\nX-Odd: a\r\nX-Odd: b\r\nContent-Length: 38\r\n\r\n" + userBody("u")},
		{name: "empty header", outcome: "Created", rule: true,
			raw: "POST /session/create HTTP/1.1\r\nHost: x\r\n" + auth + "Content-Type: application/json\r\nX-Odd:\r\nContent-Length: 38\r\n\r\n" + userBody("u")},

		{name: "HEAD", outcome: "MethodNotAllowed", sent: plain("HEAD", "")},
		{name: "HEAD of nothing", outcome: "RouteNotFound", sent: plain("HEAD", "/nope")},
		{name: "GET", outcome: "MethodNotAllowed", sent: plain("GET", "")},
		{name: "OPTIONS", outcome: "Preflight", sent: plain("OPTIONS", "")},
		{name: "PUT", outcome: "MethodNotAllowed", sent: sent{method: "PUT", body: `{"type":"link"}`}},
		{name: "DELETE", outcome: "MethodNotAllowed", sent: plain("DELETE", "")},
		{name: "GET with a body", outcome: "MethodNotAllowed", sent: sent{method: "GET", body: "{}"}},
		{name: "odd method", outcome: "MethodNotAllowed", sent: plain("M-SEARCH'S", "")},
		{name: "slash at the end", outcome: "Created", sent: sent{target: "/session/create/"}, rule: true},
		{name: "two slashes", outcome: "RouteNotFound", sent: plain("GET", "//session//create")},
		{name: "brackets", outcome: "RouteNotFound", sent: plain("GET", "/nope[1-3]?a=[1]&b={x,y}&c=%5B'$HOME'%22")},
		{name: "dots", outcome: "RouteNotFound", sent: plain("GET", "/a/../b/./c")},
		{name: "dots and brackets", outcome: "RouteNotFound", sent: plain("GET", "/a/../b?x=[1-3]&y={a,b}")},
		{name: "long path", outcome: "RouteNotFound", sent: sent{method: "GET", target: "/" + strings.Repeat("x", 1500), header: []string{"Accept", "application/json"}}},
		{name: "escapes", outcome: "RouteNotFound", sent: plain("GET", "/%00%ff%2F%C3%A9")},

		{name: "whole URL as the target", outcome: "RouteNotFound", raw: "GET http://example.com/nope HTTP/1.1\r\nHost: example.com\r\n\r\n"},
		{name: "asterisk as the target", outcome: "RouteNotFound", raw: "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"},
		{name: "fragment", outcome: "RouteNotFound", raw: "GET /nope#there HTTP/1.1\r\nHost: x\r\n\r\n"},
		{name: "bytes in the path", outcome: "RouteNotFound", raw: "GET /n\xc3\xb6pe\xff HTTP/1.1\r\nHost: x\r\n\r\n"},
		{name: "fault by header", outcome: "NoAccess", sent: header("X-Sandbox-Fault", "NoAccess"), rule: true},
		{name: "slow fault", outcome: "RateLimited", sent: header("X-Sandbox-Fault", "RateLimited retry-after=3s delay=1ms"), rule: true},
		{name: "fault after the work", outcome: "InternalServerError", sent: header("X-Sandbox-Fault", "InternalServerError phase=after"), rule: true},
		{name: "gateway", outcome: "BadGateway", sent: header("X-Sandbox-Fault", "BadGateway"), rule: true},
		{name: "delay", outcome: "Created", sent: header("X-Sandbox-Fault", "delay=1ms"), rule: true},
		{name: "reset", outcome: "reset", sent: header("X-Sandbox-Fault", "reset"), rule: true},
		{name: "close", outcome: "close", sent: header("X-Sandbox-Fault", "close"), rule: true},
		{name: "garbage", outcome: "garbage", sent: header("X-Sandbox-Fault", "garbage"), rule: true},
		{name: "truncate", outcome: "truncate", sent: header("X-Sandbox-Fault", "truncate=5"), rule: true},
		{name: "malformed", outcome: "malformed", sent: header("X-Sandbox-Fault", "malformed"), rule: true},
		{name: "empty", outcome: "empty", sent: header("X-Sandbox-Fault", "empty"), rule: true},
		{name: "fault in the user", outcome: "NoAccess", sent: body(`{"type":"link","external_user_id":"sandbox:NoAccess"}`), rule: true},
		{name: "no fault", outcome: "InvalidFault", sent: header("X-Sandbox-Fault", "NoAcess")},
	}
}

// again makes a request and returns its exchange.
func (c *formCase) again(s *sandbox) exchange {
	s.t.Helper()
	position := s.server.Journal().Position()
	if c.raw != "" {
		conn := dial(s.t, s.url)
		fmt.Fprint(conn, c.raw)
	} else {
		_, _ = s.send(c.sent) // some break the connection
	}
	list := waited(s.t, s.call(fmt.Sprintf("GET /requests/wait?after=%d", position), ""))
	return s.show(list[0].ID)
}

// account is what two exchanges of the same request have in common.
func (e *exchange) account() string {
	answer := e.Answer
	if e.Session != "" {
		answer = "" // the session is another
	}
	return fmt.Sprintf("%s %d %s %s %s/%s %s %q body %q %d type %q answer %s", e.Outcome, e.Status, e.Method, e.Path,
		e.Client, e.GivenID, e.Product, e.User, e.Body+e.BodyBase64, e.BodySize, e.Headers["Content-Type"], answer)
}

// bash runs a command as a person would who has set the secret.
func bash(t *testing.T, command, secret string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	run := exec.CommandContext(ctx, "bash", "-c", command)
	run.Dir = t.TempDir()
	run.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + run.Dir, "KNOT_SECRET=" + secret}
	output, err := run.CombinedOutput()
	return string(output), err
}

// The command that an exchange can be made again with gives the same outcome.
func TestCurlMakesItAgain(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	for _, c := range formCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, withForms())
			first := c.again(s)
			if first.Outcome != c.outcome {
				t.Fatalf("%+v: %s, want %s", c, first.account(), c.outcome)
			}
			output, err := bash(t, first.As.Curl, first.Client)
			if isBroken := first.Status == 0 || first.Outcome == "truncate"; (err != nil) != isBroken {
				t.Errorf("%s\n%v:\n%s", first.As.Curl, err, output)
			}
			s.call("GET /requests/wait?count=2", "") // a connection ends before its exchange
			list := s.list("").Requests
			if len(list) != 2 {
				t.Fatalf("%s\nasked %d times, want once:\n%s", first.As.Curl, len(list)-1, output)
			}
			if got, want := list[0].account(), first.account(); got != want {
				t.Errorf("%s\ngives %s\nwant  %s", first.As.Curl, got, want)
			}
			if got, want := fmt.Sprintf("%q", list[0].Headers["X-Odd"]), fmt.Sprintf("%q", first.Headers["X-Odd"]); got != want {
				t.Errorf("%s\nsends the header %s, want %s", first.As.Curl, got, want)
			}
			if text := s.call("GET /requests/"+first.ID+"?as=curl", "").body; text != first.As.Curl {
				t.Errorf("as=curl is %s, want %s", text, first.As.Curl)
			}
		})
	}
}

// curl sends no body with HEAD, and refuses to be asked to.
func TestCurlMakesHEADAgain(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	c := formCase{sent: sent{method: "HEAD", body: "{}"}}
	first := c.again(s)
	output, err := bash(t, first.As.Curl, "sandbox")
	if list := s.list("").Requests; err != nil || len(list) != 2 || list[0].Outcome != first.Outcome || first.BodySize != 2 {
		t.Errorf("%s\ngives %+v\nwant the outcome of %+v\n%v:\n%s", first.As.Curl, list, first, err, output)
	}
}

// The tests that exchanges can be made again with compile, are formatted, pass,
// and give the same outcomes.
func TestGoMakesItAgain(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it compiles a program")
	}
	s := serve(t, withForms())
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module again\n\ngo 1.24\n")
	var want []exchange
	for i, c := range formCases() {
		if c.name == "no product" {
			continue // there is one secret for all
		}
		e := c.again(s)
		want = append(want, e)
		formatted, err := format.Source([]byte(e.As.Go))
		if err != nil || string(formatted) != e.As.Go {
			t.Errorf("%s: %v, or not formatted:\n%s", c.name, err, e.As.Go)
		}
		if text := s.call("GET /requests/"+e.ID+"?as=go", "").body; text != e.As.Go {
			t.Errorf("%s: as=go is %s, want %s", c.name, text, e.As.Go)
		}
		name := fmt.Sprintf("func Test%s(", strings.ToUpper(c.outcome[:1])+c.outcome[1:])
		if !strings.Contains(e.As.Go, name) {
			t.Errorf("%s: no %s in\n%s", c.name, name, e.As.Go)
		}
		text := strings.Replace(e.As.Go, "func Test", fmt.Sprintf("func Test%d_", i), 1) // apart from others of the outcome
		write(t, filepath.Join(dir, fmt.Sprintf("case%03d_test.go", i)), text)
	}
	program := filepath.Join(dir, "again.test")
	if output, err := goCommand(t, dir, nil, "go", "test", "-c", "-o", program, "."); err != nil {
		t.Fatalf("go test -c: %v\n%s", err, output)
	}
	position := s.server.Journal().Position()
	output, err := goCommand(t, dir, []string{"KNOT_BASE_URL=" + s.url, "KNOT_SECRET=sandbox"}, program)
	if err != nil {
		t.Errorf("the tests fail: %v\n%s", err, output)
	}
	a := s.call(fmt.Sprintf("GET /requests/wait?after=%d&count=%d", position, len(want)), "")
	list := waited(t, a)
	slices.SortFunc(list, func(a, b exchange) int { // as they came: a connection ends before its exchange
		return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	for i, e := range want {
		if got := list[i]; got.account() != e.account() {
			t.Errorf("%s\ngives %s\nwant  %s", e.As.Go, got.account(), e.account())
		}
	}
	output, err = goCommand(t, dir, []string{"KNOT_BASE_URL=" + s.url, "KNOT_SECRET=wrong"}, program, "-test.run", "Created")
	if err == nil || !strings.Contains(output, "status 401") {
		t.Errorf("with a wrong secret the tests pass, or fail for another reason: %v\n%s", err, output)
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// goCommand runs a program in a module of its own.
func goCommand(t *testing.T, dir string, env []string, words ...string) (string, error) {
	t.Helper()
	run := exec.CommandContext(t.Context(), words[0], words[1:]...)
	run.Dir = dir
	run.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOPROXY=off", "GOTOOLCHAIN=local")
	run.Env = append(run.Env, env...)
	output, err := run.CombinedOutput()
	return string(output), err
}

// The rule that an exchange can be had again with gives the answer to the same
// call, once; of a call that went well it makes one that fails.
func TestRuleGivesItAgain(t *testing.T) {
	t.Parallel()
	for _, c := range formCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, withForms())
			first := c.again(s)
			if text := s.call("GET /requests/"+first.ID+"?as=fault", "").body; text != first.As.Fault {
				t.Errorf("as=fault is %s, want %s", text, first.As.Fault)
			}
			if !c.rule {
				if first.As.Fault != "" {
					t.Errorf("rule %q for %s, want none", first.As.Fault, first.account())
				}
				return
			}
			want := first.Outcome
			if want == knot.Created && first.Rule == "" {
				want = knot.InternalServerError.Name
			}
			s.arm(first.As.Fault)
			c.header = append(c.header, "X-Sandbox-Fault", "") // else that would hit first
			c.body = strings.Replace(c.body, "sandbox:", "", 1)
			if strings.Contains(first.User, "sandbox:") {
				s.call("DELETE /faults", "")
				s.arm(strings.Replace(first.As.Fault, "sandbox:", "", 1))
			}
			for _, isHit := range []bool{true, false} {
				e := c.again(s)
				if isHit && e.Outcome != want || (e.Rule == "f1" || e.Rule == "f2") != isHit {
					t.Errorf("%s: %s by %q, want %s by the rule once", first.As.Fault, e.account(), e.Rule, want)
				}
			}
		})
	}
}

// A long text of the caller's stands in no rule, for which it may be too long.
func TestRuleForLongTexts(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	for _, user := range []string{strings.Repeat("u", 256), strings.Repeat("u", 257), strings.Repeat("é", 200), "a\x01b", "a*b?c", `a "b" \c`} {
		c := formCase{sent: sent{body: fmt.Sprintf(`{"type":"link","external_user_id":%q}`, user)}}
		if user == "a\x01b" {
			c.body = `{"type":"link","external_user_id":"a\u0001b"}`
		}
		s.arm(c.again(s).As.Fault)
		if e := c.again(s); e.Outcome != knot.InternalServerError.Name {
			t.Errorf("%.20q, %d bytes: %s, want %s", user, len(user), e.Outcome, knot.InternalServerError.Name)
		}
		s.call("DELETE /faults", "")
	}
}
