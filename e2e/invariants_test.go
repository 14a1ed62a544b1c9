package e2e

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// known are the headers that an answer may have.
var known = []string{
	"Content-Type", "Content-Length", "Cache-Control", "Date", "Allow", "Connection",
	"X-Sandbox-Evidence", "X-Sandbox-Hint", "X-Sandbox-Fault", "X-Sandbox-Request-Id",
}

// envelope is the error envelope with its order of keys.
var envelope = regexp.MustCompile(`^\{"error_type":"[A-Z_]+","error_code":"[A-Z_]+","error_message":"[^"]+"\}$`)

// created is the body of a 200.
var created = regexp.MustCompile(`^\{"session":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"\}$`)

// checkInvariants holds an answer to what is true of all answers: nothing of
// the web framework's own shape is ever on the wire.
func checkInvariants(t *testing.T, request, method string, a answer) {
	t.Helper()
	for name := range a.header {
		if !slices.Contains(known, name) {
			t.Errorf("%s: unexpected header %s: %v", request, name, a.header[name])
		}
	}
	contentType := a.header.Get("Content-Type")
	switch contentType {
	case "application/json":
		checkJSON(t, request, method, a)
	case "text/html; charset=UTF-8":
		isPage := strings.HasPrefix(a.body, "<!DOCTYPE html>") && strings.HasSuffix(a.body, "</html>\n")
		isEmpty := a.body == "" && (a.status == 200 || method == http.MethodHead)
		if !isPage && !isEmpty || isPage && a.status != 404 && a.status != 405 {
			t.Errorf("%s: status %d with the page %q", request, a.status, a.body)
		}
	case "text/plain; charset=utf-8":
		if a.status != 400 || a.body != "400 Bad Request" {
			t.Errorf("%s: status %d with the text %q", request, a.status, a.body)
		}
	default:
		t.Errorf("%s: Content-Type = %q", request, contentType)
	}
	if got := a.header.Get("Cache-Control"); got != "no-cache, private" {
		t.Errorf("%s: Cache-Control = %q, want no-cache, private", request, got)
	}
	if a.status == http.StatusMethodNotAllowed && a.header.Get("Allow") != "POST" {
		t.Errorf("%s: 405 with Allow: %q, want POST", request, a.header.Get("Allow"))
	}
}

// checkJSON holds a JSON answer to the shapes of the contract.
func checkJSON(t *testing.T, request, method string, a answer) {
	t.Helper()
	if method == http.MethodHead {
		return
	}
	shapes := map[int]func(string) bool{
		200: created.MatchString, 400: envelope.MatchString, 401: envelope.MatchString, 403: envelope.MatchString,
		404: isMessage, 405: isMessage, 413: isMessage, 429: isMessage, 500: isMessage,
	}
	if shape, ok := shapes[a.status]; !ok || !shape(a.body) {
		t.Errorf("%s: status %d with the body %q is no answer of the API", request, a.status, a.body)
	}
}

// frameworkWords are what the web framework says when left to itself.
var frameworkWords = []string{"Not Found", "Method Not Allowed", "Internal Server Error", "Unsupported Media Type", "code=", "Unauthorized"}

// isMessage reports whether body is an object of one message, compact, and not
// in the framework's words.
func isMessage(body string) bool {
	var m map[string]string
	if json.Unmarshal([]byte(body), &m) != nil || len(m) != 1 || slices.Contains(frameworkWords, m["message"]) {
		return false
	}
	return strings.HasPrefix(body, `{"message":"`) && strings.HasSuffix(body, `"}`)
}

// Requests of every sort, held to the invariants by the client itself.
func TestInvariants(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"} {
		for _, path := range []string{"/session/create", "/", "/nope", "/session/create/", "/__sandbox_/"} {
			for _, accept := range []string{"", "application/json", "text/html", "*/*"} {
				a := p.send(method, path, session, "Accept", accept)
				if a.header.Get("X-Sandbox-Evidence") == "" {
					t.Errorf("%s %s: no X-Sandbox-Evidence", method, path)
				}
			}
		}
	}
	for _, body := range []string{"", "null", "[]", "{", "\x00", `{"type":{}}`, strings.Repeat("[", 100_000), `{"type":"link","external_user_id":"\ud800"}`} {
		for _, contentType := range []string{"", "application/json", "text/xml", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", ";", "/"} {
			p.post(body, "Content-Type", contentType)
			p.post(body, "Content-Type", contentType, "Authorization", "Basic !")
		}
	}
}
