package admin_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// The secrets of these tests: of a client, of the control API, and one that no
// client has.
const (
	hush  = "hush-hush-hush"
	quiet = "quiet-quiet-quiet"
	mute  = "mute-mute-mute"
)

// record is a log that a test can read.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes a line.
func (r *record) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(line)
}

// String returns the lines.
func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// secretCases are requests with secrets in all places where callers put them.
func secretCases() map[string]sent {
	credentials := basic("shy", hush)
	with := func(pairs ...string) sent {
		return sent{header: append([]string{"Authorization", credentials}, pairs...)}
	}
	typed := func(contentType, body string) sent {
		r := with("Content-Type", contentType)
		r.body = body
		return r
	}
	asJSON := func(body string) sent { return typed("application/json", body) }
	part := func(name, value string) string {
		return fmt.Sprintf("--x\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", name, value)
	}
	return map[string]sent{
		"credentials":               with(),
		"wrong secret":              {header: []string{"Authorization", basic("shy", mute)}},
		"secret and id swapped":     {header: []string{"Authorization", basic(hush, "shy")}},
		"secret as the id":          {header: []string{"Authorization", basic(hush, hush)}},
		"secret as the id, a blank": {header: []string{"Authorization", basic(" "+hush+"\n", mute)}},
		"bearer":                    {header: []string{"Authorization", "Bearer " + mute}},
		"no scheme":                 {header: []string{"Authorization", hush}},
		"basic without base64":      {header: []string{"Authorization", "basic shy:" + hush}},
		"proxy":                     with("Proxy-Authorization", basic("shy", mute)),
		"cookie":                    with("Cookie", "session="+mute),
		"token of the control API":  with("X-Sandbox-Token", quiet),
		"headers like secrets":      with("X-Api-Key", mute, "X-Auth-Token", mute, "Client-Secret", mute, "X-Password", mute),

		"JSON":                  asJSON(`{"type":"link","external_user_id":"u","processor_token":"` + mute + `"}`),
		"JSON, spaced":          asJSON("{\n\t\"processor_token\" :\n\t\t\"" + mute + "\",\r\n\"type\":\"link\",\"external_user_id\":\"u\"}"),
		"JSON, escaped":         asJSON(`{"type":"link","external_user_id":"u","processor\u005ftoken":"` + mute + `"}`),
		"JSON, deeper":          asJSON(`{"type":"link","external_user_id":"u","card":{"token":"` + mute + `"},"tokens":["` + mute + `",{"a":"` + mute + `"}]}`),
		"JSON, an array":        asJSON(`{"type":"link","external_user_id":"u","processor_token":["` + mute + `"]}`),
		"JSON, refused":         asJSON(`{"type":"vault","processor_token":"` + mute + `"}`),
		"JSON, broken":          asJSON(`{"type":"link","processor_token":"` + mute + `",,}`),
		"JSON, breaks off":      asJSON(`{"type":"link","processor_token":"` + mute),
		"JSON behind something": asJSON("\ufeff \n" + `{"type":"link","processor_token":"` + mute + `"}`),
		"JSON as text":          typed("text/plain", `{"type":"link","processor_token":"`+mute+`"}`),
		"JSON as a form":        typed("application/x-www-form-urlencoded", `{"type":"link","processor_token":"`+mute+`"}`),
		"JSON, long":            asJSON(`{"type":"link","external_user_id":"u","x":"` + strings.Repeat("x", 8100) + `","processor_token":"` + mute + `"}`),
		"credentials in JSON":   asJSON(`{"client_id":"shy","client_secret":"` + hush + `","secret":"` + hush + `","password":"` + mute + `"}`),

		"form":                  typed("application/x-www-form-urlencoded", "type=link&external_user_id=u&processor_token="+mute),
		"form, escaped":         typed("application/x-www-form-urlencoded", "type=link&external_user_id=u&processor_%74oken="+mute),
		"form, in brackets":     typed("application/x-www-form-urlencoded", "type=link&external_user_id=u&card[token]="+mute+"&processor_token[]="+mute),
		"form as JSON":          asJSON("type=link&processor_token=" + mute),
		"multipart":             typed("multipart/form-data; boundary=x", part("type", "link")+part("processor_token", mute)+part("external_user_id", "u")+"--x--\r\n"),
		"multipart, at last":    typed("multipart/form-data; boundary=x", part("type", "link")+part("external_user_id", "u")+part("processor_token", mute)+"--x--\r\n"),
		"multipart, breaks off": typed("multipart/form-data; boundary=x", part("type", "link")+strings.TrimSuffix(part("processor_token", mute), "\r\n")),
		"query":                 {target: "/session/create?type=link&external_user_id=u&processor_token=" + mute, header: []string{"Authorization", credentials}},
		"query of nothing":      {method: "GET", target: "/nope?secret=" + mute + "&a=b", header: []string{"Authorization", ""}},
		"fault":                 with("X-Sandbox-Fault", "NoAccess"),
		"broken":                with("X-Sandbox-Fault", "reset"),
	}
}

// No answer of the control API and no line of the log tells a secret, whatever
// it was sent in.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	var log record
	c := config()
	shy := client("shy")
	shy.SecretSHA256 = client(hush).SecretSHA256
	c.Clients = append(c.Clients, shy)
	c.Control.Token = quiet
	c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := serve(t, c)
	call := func(route, body string) reply { return s.call(route, body, "X-Sandbox-Token", quiet) }

	stream := s.events("", "Authorization", "Bearer "+quiet)
	cases := secretCases()
	for name, r := range cases {
		position := s.server.Journal().Position()
		_, _ = s.send(r)
		var p page
		a := call(fmt.Sprintf("GET /requests/wait?after=%d", position), "")
		if a.status != 200 {
			t.Fatalf("%s: %d %s", name, a.status, a.body)
		}
		a.decode(t, &p)
		id := p.Requests[0].ID
		for _, form := range []string{"", "?as=curl", "?as=go", "?as=fault"} {
			tellsNothing(t, name+form, call("GET /requests/"+id+form, "").body)
		}
		tellsNothing(t, name+", as an event", stream.next().data)
	}
	for _, route := range []string{
		"GET /", "GET /health", "GET /metrics", "GET /clients", "GET /clients/shy", "GET /sessions", "GET /faults", "GET /faults?met=yes",
		"GET /requests?limit=1000", "GET /requests?brief=yes", "GET /requests?strangers=yes", "GET /requests?text=token", "GET /requests/wait",
		"GET /requests/wait?timeout=1ms&user=nobody", "GET /coverage", "GET /coverage?as=text", "GET /coverage?client=shy",
		"GET /conduct", "GET /conduct?as=text", "GET /conduct?client=shy",
		"POST /verify", "DELETE /requests", "DELETE /coverage", "POST /reset",
	} {
		tellsNothing(t, route, call(route, "").body)
	}
	tellsNothing(t, "POST /verify", call("POST /verify", `{"user":"nobody"}`).body)
	tellsNothing(t, "the log", log.String())
	if lines := strings.Count(log.String(), "msg=request "); lines != len(cases) {
		t.Errorf("%d requests are in the log, want %d", lines, len(cases))
	}
}

// tellsNothing looks for secrets, as they are and in the ways they travel.
func tellsNothing(t *testing.T, where, text string) {
	t.Helper()
	for _, secret := range []string{hush, quiet, mute} {
		forms := []string{secret, url.QueryEscape(secret)}
		for _, pair := range []string{secret, "shy:" + secret, secret + ":shy", secret + ":" + secret, " " + secret + "\n:" + mute} {
			encoded := base64.StdEncoding.EncodeToString([]byte(pair))
			forms = append(forms, strings.TrimRight(encoded, "=")[:len(encoded)-4]) // the end depends on what follows
		}
		for _, form := range forms {
			if strings.Contains(text, form) {
				t.Errorf("%s: tells %s as %s: %s", where, secret, form, around(text, form))
			}
		}
	}
}

// around returns a piece of a text, with what is around it.
func around(text, piece string) string {
	at := strings.Index(text, piece)
	return text[max(0, at-100):min(len(text), at+len(piece)+20)]
}

// What is not secret stays to be seen.
func TestSecretsLeaveTheRest(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	s.want(200, sent{body: `{"type":"link","external_user_id":"u","processor_token":"` + mute + `","email":"a@b.example"}`, header: []string{"X-Trace", "trace"}})
	s.want(401, sent{header: []string{"Authorization", basic("nobody", mute)}})
	e := s.show("r1")
	if want := `{"type":"link","external_user_id":"u","processor_token":"***","email":"a@b.example"}`; e.Body != want {
		t.Errorf("body %s, want %s", e.Body, want)
	}
	if e.Headers["Authorization"][0] != "Basic ***" || e.Headers["X-Trace"][0] != "trace" {
		t.Errorf("headers %v, want the scheme and X-Trace", e.Headers)
	}
	for form, text := range map[string]string{"curl": e.As.Curl, "go": e.As.Go} {
		if !strings.Contains(text, "*** stands in place of a secret.") || !strings.Contains(text, "KNOT_SECRET") {
			t.Errorf("%s: %s, want it to tell what is missing", form, text)
		}
	}
	if e := s.show("r2"); e.GivenID != "nobody" || !strings.Contains(e.As.Curl, "-u 'nobody:not-the-secret'") {
		t.Errorf("given_id %q, as %s, want the id that was sent and a wrong secret", e.GivenID, e.As.Curl)
	}
}
