package server_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"knotsandbox/admin"
	"knotsandbox/journal"
	"knotsandbox/knot"
	"knotsandbox/server"
)

// bodies are what the emulated API says, by status. Messages of routing hold what was
// sent, so of those only the form is known.
var bodies = map[int]*regexp.Regexp{
	200: regexp.MustCompile(`^(\{"session":"[0-9a-f-]{36}"\})?$`),
	400: regexp.MustCompile(`^(\{"error_type":"INVALID_(INPUT|REQUEST)","error_code":"[A-Z_]+","error_message":"[^"]+"\}|400 Bad Request)$`),
	401: regexp.MustCompile(`^\{"error_type":"INVALID_INPUT","error_code":"INVALID_API_KEYS","error_message":"[^"]+"\}$`),
	403: regexp.MustCompile(`^\{"error_type":"INVALID_REQUEST","error_code":"NO_ACCESS","error_message":"[^"]+"\}$`),
	404: regexp.MustCompile(`(?s)^(\{"message":".*"\}|<!DOCTYPE html>.*</html>\n)?$`),
	405: regexp.MustCompile(`(?s)^(\{"message":".*"\}|<!DOCTYPE html>.*</html>\n)?$`),
	413: regexp.MustCompile(`^\{"message":""\}$`),
}

// newFuzzed returns a sandbox without a listener, and what it logs of its own
// failures.
func newFuzzed(f *testing.F) (*server.Server, *bytes.Buffer) {
	f.Helper()
	var failures bytes.Buffer
	limited := client("b", knot.Seed{})
	limited.Products = 0
	s, err := server.New(server.Config{
		Clients: []knot.Client{client("a", knot.Seed{}), limited}, MaxBody: 1 << 10, InlineFaults: server.InlineFaults{HeaderOff: true, ValueOff: true},
		Journal: journal.Config{PerClient: 10}, Log: slog.New(slog.NewTextHandler(&failures, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		f.Fatal(err)
	}
	return s, &failures
}

// Whatever the HTTP layer takes for a request, the answer is one of the API's own, with
// headers that are text, and the journal shows it as JSON.
func FuzzRequest(f *testing.F) {
	const head = "POST /session/create HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YTph\r\n"
	const json = head + "Content-Type: application/json\r\n"
	for _, seed := range []string{
		json + "Content-Length: 38\r\n\r\n" + session,
		json + "Transfer-Encoding: chunked\r\n\r\n26;a=b\r\n" + session + "\r\n0\r\nX-Trailer: 1\r\n\r\n",
		json + "Content-Length: 9\r\n\r\n{\"\xff\":1}\r\n",
		json + "Content-Length: 1025\r\n\r\n",
		json + "Content-Length: 16\r\n\r\n{\"type\":\"é\u202e\"}",
		head + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 23\r\n\r\ntype=link&_method=\xff%00&&",
		head + "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 8\r\n\r\n--x\r\n\r\n\r\n",
		head + "X-HTTP-Method-Override: put\r\nAccept: a/json;q=1e400\r\n\r\n",
		"POST /session/create?type=link&external_user_id=%ff&card[has_funds]=2 HTTP/1.0\r\nAuthorization: basic YjpiYg\r\nX-Sandbox-Fault: hang\r\n\r\n",
		"HEAD /index.php//session/create/%2f HTTP/1.1\r\nHost: \xff\r\n\r\n",
		"GET http://u:p@evil/%00%0d%0aX:%201?secret=1 HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nX-Requested-With: XMLHttpRequest\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"GET /__sandbox/requests HTTP/1.1\r\nHost: evil.example\r\n\r\n", "M\x80\xff / HTTP/1.1\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	s, failures := newFuzzed(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil || r.URL.Path == admin.Prefix || strings.HasPrefix(r.URL.Path, admin.Prefix+"/") {
			return
		}
		before := s.Journal().Position()
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if shape := bodies[w.Code]; shape == nil || !shape.Match(w.Body.Bytes()) {
			t.Errorf("%q: %d %s", raw, w.Code, w.Body)
		}
		if failures.Len() > 0 {
			t.Errorf("%q: log: %s", raw, failures)
		}
		checkHeader(t, raw, w.Header())
		if got := s.Journal().Position(); got != before+1 {
			t.Errorf("%q: %d exchanges were recorded, want one", raw, got-before)
		}
		checkExchange(t, raw, s.Journal().Find(journal.Filter{}, 1).Exchanges[0])
	})
}

// checkHeader holds the headers of an answer to what can stand on the wire.
func checkHeader(t *testing.T, raw []byte, h http.Header) {
	t.Helper()
	for name, values := range h {
		for _, value := range values {
			if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) || len(value) > 1<<10 {
				t.Errorf("%q: header %s: %q", raw, name, value)
			}
		}
	}
}

// checkExchange holds what the journal keeps to its bounds and its form.
func checkExchange(t *testing.T, raw []byte, e journal.Exchange) {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil || len(text) > 200<<10 {
		t.Errorf("%q: the journal keeps %d bytes of JSON, %v", raw, len(text), err)
	}
	if strings.Contains(e.Header().Get("Authorization"), "YTph") {
		t.Errorf("%q: the journal keeps %q", raw, e.Header())
	}
}
