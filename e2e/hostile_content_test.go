package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// Bodies, paths, queries and headers that are read, and hold what no reader likes.
func TestHostileContent(t *testing.T) {
	t.Parallel()
	const (
		form  = endpoint + "Content-Type: application/x-www-form-urlencoded\r\n"
		parts = endpoint + "Content-Type: multipart/form-data; boundary=x\r\n"
	)
	limit := 8 * megabyte
	if raceFlags != nil { // with which each byte costs ten times as much
		limit = megabyte
	}
	body := func(text string) string { return withLength(jsonHead, text) }
	user := func(value string) string { return body(`{"type":"link","external_user_id":` + value + `}`) }
	query := func(q string) string {
		return withLength(strings.Replace(jsonHead, "create ", "create?"+q+" ", 1), "")
	}
	pair := func(id, secret string) string {
		return withLength(strings.Replace(jsonHead, "c2FuZGJveDpzYW5kYm94", base64.StdEncoding.EncodeToString([]byte(id+":"+secret)), 1), session)
	}
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	wrongEmail := reply{status: "400", body: `^\{.*"The email must be a valid email address\."\}$`}
	wrongPhone := reply{status: "400", body: `^\{.*"The phone number format is invalid\."\}$`}
	noUser := reply{status: "400", body: `^\{.*"The external user id field is required\."\}$`}
	noArray := reply{status: "400", body: `^\{.*"The card must be an array\."\}$`}
	startHostile(t).run(t, []shape{
		{name: "not UTF-8 in JSON", send: user("\"\xff\""), want: []reply{typeRequired}},
		{name: "not UTF-8 in a form", send: withLength(form, "type=link&external_user_id=%ff\xfe"), want: []reply{isSession}},
		{name: "not UTF-8 in a part", send: withLength(parts, "--x\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\n\xff\r\n--x--\r\n"), want: []reply{typeRequired}},
		{name: "not UTF-8 in the query", send: query("type=link&external_user_id=%ff"), want: []reply{isSession}},
		{name: "bytes in the query", send: query("type=link&external_user_id=\xff\xfe"), want: []reply{isSession}},
		{name: "bad percent in the query", send: query("type=link&external_user_id=%zz%"), want: []reply{isSession}},
		{name: "not UTF-8 in the path", send: "GET /%ff%c0%af HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n", want: []reply{{status: "404", body: `{"message":"The route %ff%c0%af could not be found."}`}}},
		{name: "bytes in the path", send: "GET /\xff\xc0\xaf HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n", want: []reply{{status: "404", body: `{"message":"The route \ufffd\ufffd\ufffd could not be found."}`}}},
		{name: "line ends in the path", send: "GET /%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n", want: []reply{{status: "404", body: `{"message":"The route %0d%0aSet-Cookie:%20a=b could not be found."}`}}},
		{name: "bytes in a header", send: withLength(jsonHead+"X-A: \xff\xfe\x80\r\nAccept: \xff\r\nUser-Agent: \xc0\xaf\r\n", session), want: []reply{isSession}},
		{name: "bytes in the type", send: withLength(endpoint+"Content-Type: application/json; charset=\xff\r\n", session), want: []reply{isSession}},
		{name: "bytes in the fault", send: withLength(jsonHead+"X-Sandbox-Fault: \xff\xfe\r\n", session), want: []reply{{status: "400", body: `^(?s)\{.*"code": "invalid_fault".*\}\n$`}}},
		{name: "bytes in the credentials", send: pair("\xff\xfe", "\x80"), want: []reply{authFailed}},
		{name: "credentials that are bytes", send: strings.Replace(body(session), "c2FuZGJveDpzYW5kYm94", "\xff\xfe\x80", 1), want: []reply{authFailed}},
		{name: "credentials of 1 MB", send: pair(strings.Repeat("c", 3*megabyte/4-1024), "x"), want: []reply{authFailed}},
		{name: "credentials twice", send: body(session)[:0] + withLength("POST /session/create HTTP/1.1\r\nHost: x\r\nAuthorization: x\r\n"+jsonHead[strings.Index(jsonHead, "Auth"):], session), want: []reply{authFailed}},
		{name: "controls in a field", send: user(`"\u0000\u001b[2J\u202e"`), want: []reply{isSession}},
		{name: "half a surrogate pair", send: user(`"\ud800"`), want: []reply{typeRequired}},
		{name: "byte order mark", send: body("\xef\xbb\xbf" + session), want: []reply{typeRequired}},
		{name: "UTF-16", send: body(strings.Join(strings.Split(session, ""), "\x00")), want: []reply{typeRequired}},

		{name: "511 levels", send: body(`{"type":"link","external_user_id":"u","x":` + deep(510) + `}`), want: []reply{isSession}},
		{name: "512 levels", send: body(`{"type":"link","external_user_id":"u","x":` + deep(511) + `}`), want: []reply{typeRequired}},
		{name: "millions of levels", send: body(deep(limit / 2)), want: []reply{typeRequired}},
		{name: "levels without an end", send: body(strings.Repeat(`{"a":`, limit/5)), want: []reply{typeRequired}},
		{name: "millions of elements", send: user("[" + strings.Repeat("0,", limit/2-100) + "0]"), want: []reply{{status: "400", body: `^\{.*"The external user id must be a string\."\}$`}}},
		{name: "millions of empty objects", send: user("[" + strings.Repeat("{},", limit/3-100) + "{}]"), want: []reply{{status: "400", body: `^\{.*"The external user id must be a string\."\}$`}}},
		{name: "a million keys", send: body(`{"type":"link","external_user_id":"u"` + manyKeys(limit/14) + `}`), want: []reply{isSession}},
		{name: "a million times the same key", send: body(`{"external_user_id":"u"` + strings.Repeat(`,"type":"x"`, limit/12) + `,"type":"link"}`), want: []reply{isSession}},
		{name: "a million cards", send: body(`{"type":"link","external_user_id":"u"` + strings.Repeat(`,"card":{"blocked":9}`, limit/24) + `,"card":{}}`), want: []reply{isSession}},
		{name: "number of 8 MB", send: user(strings.Repeat("9", limit-100)), want: []reply{isSession}},
		{name: "exponent of 8 MB", send: user("1e" + strings.Repeat("9", limit-100)), want: []reply{isSession}},
		{name: "huge exponent", send: user("1e999999999"), want: []reply{isSession}},
		{name: "string of 8 MB", send: user(`"` + strings.Repeat("u", limit-100) + `"`), want: []reply{isSession}},
		{name: "string of escapes", send: user(`"` + strings.Repeat(`\u00e9`, limit/6-100) + `"`), want: []reply{isSession}},
		{name: "string of blanks", send: user(`"` + strings.Repeat("\u3000", limit/3-100) + `"`), want: []reply{noUser}},
		{name: "string without an end", send: body(`{"type":"` + strings.Repeat(`\\`, limit/2-100)), want: []reply{typeRequired}},
		{name: "card of 8 MB", send: body(`{"type":"link","external_user_id":"u","card":"` + strings.Repeat("c", limit-100) + `"}`), want: []reply{noArray}},
		{name: "e-mail of 8 MB", send: body(`{"type":"link","external_user_id":"u","email":"` + strings.Repeat("(", limit-100) + `"}`), want: []reply{wrongEmail}},
		{name: "phone number of 8 MB", send: body(`{"type":"link","external_user_id":"u","phone_number":"+` + strings.Repeat("1", limit-100) + `"}`), want: []reply{wrongPhone}},
		{name: "type of 8 MB", send: body(`{"type":"` + strings.Repeat("<", limit-100) + `"}`), want: []reply{{status: "400", body: `^\{.*"PRODUCT_NOT_VALID".*\}$`}}},

		{name: "millions of variables", send: withLength(form, "type=link&external_user_id=u"+strings.Repeat("&", limit-100)), want: []reply{isSession}},
		{name: "variables inside each other", send: withLength(form, "type=link&external_user_id=u&card"+strings.Repeat("[a]", limit/3-100)+"=1"), want: []reply{isSession}},
		{name: "brackets that do not close", send: withLength(form, "type=link&external_user_id=u&"+strings.Repeat("a[", limit/2-100)), want: []reply{isSession}},
		{name: "a million parts", send: withLength(parts, strings.Repeat("--x\r\n\r\n\r\n", limit/9-100)), want: []reply{typeRequired}},
		{name: "part with a million headers", send: withLength(parts, "--x\r\n"+strings.Repeat("a:b\r\n", limit/5-100)), want: []reply{typeRequired}},
		{name: "folded header of 8 MB", send: withLength(parts, "--x\r\na:b\r\n"+strings.Repeat(" c\r\n", limit/4-100)), want: []reply{typeRequired}},
		{name: "boundary everywhere", send: withLength(endpoint+"Content-Type: multipart/form-data; boundary=\"\"\r\n", strings.Repeat("--\r\n", limit/4-100)), want: []reply{typeRequired}},
		{name: "zip bomb", send: withLength(jsonHead+"Content-Encoding: gzip\r\n", zipped(64*megabyte)), want: []reply{typeRequired}},
	})
}

// manyKeys is as many members of an object.
func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":0`, i)
	}
	return b.String()
}

// zipped is so many zeros.
func zipped(n int) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(make([]byte, n))
	_ = w.Close()
	return b.String()
}

// Heads and bodies that are too much, and those that are just not.
func TestHostileSizes(t *testing.T) {
	t.Parallel()
	const accept = "Host: x\r\nAccept: application/json\r\n\r\n"
	with := func(headers string) string { return withLength(jsonHead+headers, session) }
	head := func(size int) string { return with("X-A: " + strings.Repeat("x", size) + "\r\n") }
	huge := func(head string, size int) string { return withLength(head, strings.Repeat(" ", size)) }
	startHostile(t).run(t, []shape{
		{name: "value of 1 MB", send: head(megabyte), want: []reply{isSession}},
		{name: "value of 1 MB and 8 KB", send: head(megabyte + 8<<10), want: []reply{headTooLarge}},
		{name: "value of 64 MB", send: head(64 * megabyte), want: []reply{headTooLarge}},
		{name: "name of 100 KB", send: with(strings.Repeat("n", 100<<10) + ": x\r\n"), want: []reply{isSession}},
		{name: "10,000 headers", send: with(manyFields(10_000)), want: []reply{isSession}},
		{name: "a million headers", send: with(manyFields(1_000_000)), want: []reply{headTooLarge}},
		{name: "the same header 100,000 times", send: with(strings.Repeat("X: y\r\n", 100_000)), want: []reply{isSession}},
		{name: "Accept of 1 MB", send: "GET /nope HTTP/1.1\r\nHost: x\r\nAccept: " + strings.Repeat("text/html;q=0.1,", 65_000) + "a/json\r\n\r\n", want: []reply{{status: "404", body: `{"message":"The route nope could not be found."}`}}},
		{name: "path of 1 MB", send: "GET /" + strings.Repeat("x", megabyte) + " HTTP/1.1\r\n" + accept, want: []reply{{status: "404", body: `^\{"message":"The route xxx.*xxx could not be found\."\}$`}}},
		{name: "path of 2 MB", send: "GET /" + strings.Repeat("x", 2*megabyte) + " HTTP/1.1\r\n" + accept, want: []reply{headTooLarge}},
		{name: "fault of 1 MB", send: with("X-Sandbox-Fault: " + strings.Repeat("NoAcess ", megabyte/8) + "\r\n"), want: []reply{{status: "400", body: `^(?s)\{.*"code": "invalid_fault".*\}\n$`}}},
		{name: "override of 1 MB", send: with("X-HTTP-Method-Override: " + strings.Repeat("P", megabyte) + "\r\n"), want: []reply{{status: "405"}}},
		{name: "body of 8 MB", send: huge(jsonHead, 8*megabyte), want: []reply{typeRequired}},
		{name: "body of 8 MB and a byte", send: huge(jsonHead, 8*megabyte+1), want: []reply{{status: "413", body: `{"message":""}`}}},
		{name: "body of 100 MB", send: huge(jsonHead, 100*megabyte), want: []reply{tooLarge}},
		{name: "body of 100 MB to another path", send: huge("PUT /nope HTTP/1.1\r\nHost: x\r\n", 100*megabyte), want: []reply{tooLarge}},
		{name: "body of 100 MB in chunks", send: chunked(jsonHead, strings.Repeat(" ", 100*megabyte)), want: []reply{tooLarge}},
		{name: "100 MB promised", send: jsonHead + "Content-Length: 104857600\r\n\r\n{}", want: []reply{tooLarge}, halfOpen: true},
	})
}

// manyFields is as many header fields.
func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "X-%d: v\r\n", i)
	}
	return b.String()
}
