package e2e

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// problem is a refusal of the control API. However much was sent, it is short.
func problem(status, code string) reply {
	return reply{status: status, body: `^(?s)\{\n  "error": \{\n    "code": "` + code + `",.{0,200}\n    "message": "[^\n]+",\n    "next": "[^\n]+"\n  \}\n\}\n$`, most: 8 << 10}
}

// control is a request to the control API that says what Host it means.
func control(line, host string, headers ...string) string {
	return line + " HTTP/1.1\r\nHost: " + host + "\r\n" + strings.Join(append(headers, "\r\n"), "\r\n")
}

// A page of a stranger's cannot have the control API do anything: not by a name that it
// lets point here (DNS rebinding), however that name is put, nor as itself.
func TestHostileHosts(t *testing.T) {
	t.Parallel()
	const local = "127.0.0.1:5668"
	var shapes []shape
	for _, host := range []string{
		"", "evil.example", "evil.example:5668", "EVIL.EXAMPLE", "evil.example.", "127.0.0.1.evil.example", "localhost.evil.example",
		"[evil.example]", "[::1].evil.example", "0x7f.1", "127.1", "localhost.", "evil.example:x:1", "a.localhost.evil.example",
	} {
		shapes = append(shapes, shape{name: "Host " + host, send: control("GET /__sandbox/clients", host), want: []reply{problem("403", "foreign_host")}})
	}
	for _, host := range []string{"127.0.0.1", local, "localhost:1", "LOCALHOST", "[::1]:5668", "::1", "knot", "a.localhost", "host.docker.internal"} {
		shapes = append(shapes, shape{name: "good Host " + host, send: control("GET /__sandbox/clients", host), want: []reply{{status: "200"}}})
	}
	malformed := bare("400 Bad Request: malformed Host header")
	shapes = append(shapes, shape{name: "Host behind an at sign", send: control("GET /__sandbox/clients", "127.0.0.1:80@evil.example"), want: []reply{malformed}})
	foreign, origin := problem("403", "foreign_host"), problem("403", "cross_origin")
	post := func(headers ...string) string {
		return withLength(control("POST /__sandbox/faults", local, headers...)[:len(control("POST /__sandbox/faults", local, headers...))-2], "NoAccess")
	}
	h := startHostile(t)
	h.run(t, append(shapes, []shape{
		{name: "whole target", send: control("GET http://evil.example/__sandbox/clients", local), want: []reply{foreign}},
		{name: "encoded path", send: control("GET /%5f%5fsandbox/clients", "evil.example"), want: []reply{foreign}},
		{name: "encoded slash", send: control("GET /__sandbox%2fclients", "evil.example"), want: []reply{foreign}},
		{name: "unknown route", send: control("GET /__sandbox/nope", "evil.example"), want: []reply{foreign}},
		{name: "forwarded Host", send: control("GET /__sandbox/clients", "evil.example", "X-Forwarded-Host: "+local), want: []reply{foreign}},
		{name: "two Hosts", send: control("GET /__sandbox/clients", local, "Host: evil.example"), want: []reply{badRequest}},
		{name: "origin of another", send: post("Origin: http://evil.example"), want: []reply{origin}},
		{name: "origin of nobody", send: post("Origin: null"), want: []reply{origin}},
		{name: "origin of another port", send: post("Origin: http://127.0.0.1:1"), want: []reply{origin}},
		{name: "origin that is none", send: post("Origin: \xff"), want: []reply{origin}},
		{name: "browser's word", send: post("Sec-Fetch-Site: cross-site"), want: []reply{origin}},
		{name: "browser's word of reading", send: control("GET /__sandbox/requests", local, "Sec-Fetch-Site: same-site"), want: []reply{origin}},
		{name: "other method by override", send: control("GET /__sandbox/faults", local, "X-HTTP-Method-Override: DELETE"), want: []reply{{status: "200", body: "{\n  \"faults\": []\n}\n"}}},
		{name: "dots in front", send: control("GET /x/../__sandbox/clients", local), want: []reply{{status: "404"}}},
		{name: "slashes in front", send: control("GET //__sandbox/clients", local), want: []reply{{status: "404"}}},
		{name: "encoded dots behind", send: control("GET /__sandbox/console/..%2f..%2fgo.mod", local), want: []reply{problem("404", "unknown_route")}},
		{name: "NUL behind", send: control("GET /__sandbox/console/console.js%00.html", local), want: []reply{problem("404", "unknown_route")}},
	}...))
	if a := h.exchange("GET", "/__sandbox/faults", ""); a.body != "{\n  \"faults\": []\n}\n" {
		t.Errorf("armed in the end: %s, want nothing", a.body)
	}
}

// Bodies and queries of the control API.
func TestHostileControl(t *testing.T) {
	t.Parallel()
	const limit = megabyte
	to := func(line, body string) string { return withLength(line+" HTTP/1.1\r\nHost: localhost\r\n", body) }
	clients := func(body string) string { return to("POST /__sandbox/clients", body) }
	get := func(target string) string { return control("GET /__sandbox/"+target, "localhost") }
	invalid, large := problem("400", "invalid_request"), problem("413", "too_large").closing()
	fault := problem("400", "invalid_fault")
	startHostile(t).run(t, []shape{
		{name: "body of 1 MB", send: clients(strings.Repeat(" ", limit)), want: []reply{{status: "201"}}},
		{name: "body of 1 MB and a byte", send: clients(strings.Repeat(" ", limit+1)), want: []reply{large}},
		{name: "body of 100 MB", send: clients(strings.Repeat(" ", 100*megabyte)), want: []reply{large}},
		{name: "body of 100 MB in chunks", send: chunked("POST /__sandbox/faults HTTP/1.1\r\nHost: localhost\r\n", strings.Repeat("x", 100*megabyte)), want: []reply{large}},
		{name: "body that breaks off", send: "POST /__sandbox/clients HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{", want: []reply{invalid}, halfOpen: true},
		{name: "not UTF-8", send: clients("{\"client_id\":\"\xff\"}"), want: []reply{invalid}},
		{name: "byte order mark", send: clients("\xef\xbb\xbf{}"), want: []reply{invalid}},
		{name: "NUL", send: clients(`{"client_id":"\u0000"}`), want: []reply{invalid}},
		{name: "bytes for a rule", send: to("POST /__sandbox/faults", "\xff\xfe\x00"), want: []reply{fault}},
		{name: "bytes in a rule", send: to("POST /__sandbox/faults", "user=\xff NoAccess"), want: []reply{fault}},
		{name: "rule of 1 MB", send: to("POST /__sandbox/faults", strings.Repeat("NoAccess then ", limit/14)), want: []reply{fault}},
		{name: "rule of one word", send: to("POST /__sandbox/faults", strings.Repeat("N", limit)), want: []reply{fault}},
		{name: "deep objects", send: clients(strings.Repeat(`{"client_id":`, limit/13)), want: []reply{invalid}},
		{name: "deep arrays", send: clients(`{"client_id":` + strings.Repeat("[", limit-100)), want: []reply{invalid}},
		{name: "deep fault", send: to("POST /__sandbox/faults", `{"fault":{"effect":`+strings.Repeat(`{"a":`, 5_000)+"1"+strings.Repeat("}", 5_002)), want: []reply{invalid}},
		{name: "deep order", send: to("POST /__sandbox/verify", `{"order":[`+strings.Repeat(`{"order":[`, 1_000)), want: []reply{invalid}},
		{name: "long order", send: to("POST /__sandbox/verify", `{"order":[`+strings.Repeat(`{},`, limit/3-100)+`{}]}`), want: []reply{invalid}},
		{name: "wide", send: clients(`{"seed":1` + manyKeys(80_000) + `}`), want: []reply{invalid}},
		{name: "many products", send: clients(`{"products":[` + strings.Repeat(`"link",`, limit/7-100) + `"link"]}`), want: []reply{{status: "201"}}},
		{name: "huge number", send: clients(`{"seed":` + strings.Repeat("9", limit-100) + `}`), want: []reply{invalid}},
		{name: "huge exponent", send: clients(`{"seed":1e999999999}`), want: []reply{invalid}},
		{name: "huge count", send: to("POST /__sandbox/faults/plan", `{"fault":"NoAccess","requests":999999999999999999}`), want: []reply{invalid}},
		{name: "huge id", send: clients(`{"client_id":"` + strings.Repeat("c", limit-100) + `"}`), want: []reply{invalid}},
		{name: "huge secret", send: clients(`{"secret":"` + strings.Repeat("s", limit-100) + `"}`), want: []reply{{status: "201"}}},
		{name: "huge name", send: clients(`{"` + strings.Repeat("n", limit-100) + `":1}`), want: []reply{invalid}},
		{name: "same key again and again", send: clients(`{"phone":"valid"` + strings.Repeat(`,"phone":"nope"`, 60_000) + `}`), want: []reply{invalid}},
		{name: "two documents", send: clients(`{}{}`), want: []reply{invalid}},
		{name: "not UTF-8 in the query", send: get("requests?client=%ff"), want: []reply{problem("404", "unknown_client")}},
		{name: "bytes in the query", send: get("requests?user=\xff"), want: []reply{{status: "200"}}},
		{name: "bad percent in the query", send: get("requests?client=%zz"), want: []reply{invalid}},
		{name: "query of 1 MB", send: get("requests?text=" + strings.Repeat("x", megabyte)), want: []reply{{status: "200"}}},
		{name: "pattern of stars", send: get("requests?user=" + strings.Repeat("*a", megabyte/2)), want: []reply{{status: "200"}}},
		{name: "many parameters", send: get("requests?" + strings.Repeat("a=b&", megabyte/4)), want: []reply{invalid}},
		{name: "not UTF-8 in the path", send: get("clients/%ff%00"), want: []reply{problem("404", "unknown_client")}},
		{name: "id of 1 MB", send: get("requests/" + strings.Repeat("r", megabyte)), want: []reply{problem("404", "unknown_request")}},
		{name: "position beyond 64 bits", send: get("requests?after=18446744073709551616"), want: []reply{invalid}},
		{name: "long wait", send: get("requests/wait?timeout=9999h"), want: []reply{invalid}},
		{name: "HEAD", send: "HEAD /__sandbox/clients HTTP/1.1\r\nHost: localhost\r\n\r\n", want: []reply{{status: "405"}}},
		{name: "small letters", send: control("get /__sandbox/clients", "localhost"), want: []reply{problem("405", "unknown_method")}},
		{name: "expectation of too much", send: "POST /__sandbox/clients HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 104857600\r\n\r\n", want: []reply{large}},
	})
}

// Readers of events that do not read, and waiters that leave, take a bounded room, and
// give it back.
func TestHostileReaders(t *testing.T) {
	t.Parallel()
	const streams = 100
	h := startHostile(t)
	ask := control("GET /__sandbox/events", "localhost")
	refused := problem("503", "too_many_streams")
	conns, closeAll := h.open(t, streams, func(int) string { return ask })
	for _, conn := range conns {
		awaitText(t, conn, "retry: 1000\n\n")
	}
	h.shape(t, shape{send: ask, want: []reply{refused}})
	_, leave := h.open(t, 200, func(int) string { return control("GET /__sandbox/requests/wait?timeout=5m&count=1000", "localhost") })
	long := `{"type":"link","external_user_id":"u","x":"` + strings.Repeat(`\"`, 4<<10) + `"}`
	for range 50 { // of which each stream has a copy
		h.post(long)
	}
	h.serves(t)
	closeAll()
	leave()
	for end := time.Now().Add(patience); ; { // a stream sees that its reader has gone
		conn := dial(t, h.url)
		write(conn, ask, false)
		line := readLine(t, conn)
		conn.Close()
		if strings.Contains(line, " 200 ") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%q, want a stream, since there is none any more", line)
		}
	}
}

// awaitText reads until a text has come.
func awaitText(t *testing.T, r io.Reader, text string) {
	t.Helper()
	lines := bufio.NewReaderSize(r, 16) // so that little is read on
	var seen strings.Builder
	for !strings.Contains(seen.String(), text) {
		c, err := lines.ReadByte()
		if err != nil {
			t.Fatal(fmt.Errorf("after %q: %w", seen.String(), err))
		}
		seen.WriteByte(c)
	}
}
