package e2e

import (
	"strings"
	"testing"
)

// Bodies whose length is in doubt, as request smuggling wants it: no byte of a body is
// ever read as a request, and no byte of a request as a body.
func TestHostileFraming(t *testing.T) {
	t.Parallel()
	const (
		smuggled = "GET /__sandbox/health HTTP/1.1\r\nHost: x\r\n\r\n"
		te       = "Transfer-Encoding: chunked\r\n"
		end      = "0\r\n\r\n"
	)
	good := withLength(jsonHead, session)
	unsupported := reply{status: "501", body: "Unsupported transfer encoding", closes: true}
	chunk := func(size, data string) string { return jsonHead + te + "\r\n" + size + "\r\n" + data + "\r\n" + end }
	startHostile(t).run(t, []shape{
		{name: "pipelining", send: strings.Repeat(good, 3), want: []reply{isSession, isSession, isSession}},
		{name: "pipelining, then noise", send: good + "\x00\x01\x02\r\n\r\n", want: []reply{isSession, badRequest}},
		{name: "equal lengths", send: jsonHead + "Content-Length: 38\r\nContent-Length: 38\r\n\r\n" + session, want: []reply{isSession}},
		{name: "two lengths", send: jsonHead + "Content-Length: 38\r\nContent-Length: 0\r\n\r\n" + session, want: []reply{badRequest}},
		{name: "list of lengths", send: jsonHead + "Content-Length: 38, 38\r\n\r\n" + session, want: []reply{badRequest}},
		{name: "length with a sign", send: jsonHead + "Content-Length: +38\r\n\r\n" + session, want: []reply{badRequest}},
		{name: "negative length", send: jsonHead + "Content-Length: -1\r\n\r\n" + session, want: []reply{badRequest}},
		{name: "hexadecimal length", send: jsonHead + "Content-Length: 0x26\r\n\r\n" + session, want: []reply{badRequest}},
		{name: "empty length", send: jsonHead + "Content-Length:\r\n\r\n", want: []reply{badRequest}},
		{name: "length beyond 64 bits", send: jsonHead + "Content-Length: 99999999999999999999\r\n\r\n", want: []reply{badRequest}},
		{name: "length of 63 bits", send: jsonHead + "Content-Length: 9223372036854775807\r\n\r\n", want: []reply{tooLarge}, halfOpen: true},
		{name: "blank before the colon", send: jsonHead + "Content-Length : 38\r\n\r\n" + session, want: []reply{bare("400 Bad Request: invalid header name")}},
		{name: "length and chunks", send: jsonHead + "Content-Length: 5\r\n" + te + "\r\n" + end + smuggled, want: []reply{typeRequired, {status: "200", body: `^(?s)\{.*"status": "ready".*\}\n$`}}},
		{name: "chunks and length", send: jsonHead + te + "Content-Length: 200\r\n\r\n26\r\n" + session + "\r\n" + end, want: []reply{isSession}},
		{name: "unknown coding", send: jsonHead + "Transfer-Encoding: xchunked\r\n\r\n" + end, want: []reply{unsupported}},
		{name: "two codings", send: jsonHead + "Transfer-Encoding: gzip, chunked\r\n\r\n" + end, want: []reply{unsupported}},
		{name: "coding twice", send: jsonHead + te + te + "\r\n" + end, want: []reply{unsupported}},
		{name: "coding and identity", send: jsonHead + te + "Transfer-Encoding: identity\r\n\r\n" + end, want: []reply{unsupported}},
		{name: "coding behind a tab", send: jsonHead + "Transfer-Encoding:\tchunked\r\n\r\n" + end, want: []reply{typeRequired}},
		{name: "coding behind a vertical tab", send: jsonHead + "Transfer-Encoding: \x0bchunked\r\n\r\n" + end, want: []reply{badRequest}},
		{name: "coding in capitals", send: strings.Replace(chunked(jsonHead, session), "chunked", "CHUNKED", 1), want: []reply{isSession}},
		{name: "coding with HTTP/1.0", send: strings.Replace(chunked(jsonHead, session), "1.1", "1.0", 1), want: []reply{typeRequired.closing()}},
		{name: "chunk extension", send: chunk("26;a=\"b\";c", session), want: []reply{isSession}},
		{name: "chunk extension of 1 MB", send: chunk("26;"+strings.Repeat("x", megabyte), session), want: []reply{badRequest}},
		{name: "chunk size with zeros", send: chunk("000026", session), want: []reply{isSession}},
		{name: "chunk size with blanks", send: chunk("26  ", session), want: []reply{isSession}},
		{name: "chunk size with a sign", send: chunk("+26", session), want: []reply{badRequest}},
		{name: "chunk size with 0x", send: chunk("0x26", session), want: []reply{badRequest}},
		{name: "chunk size beyond 64 bits", send: chunk("10000000000000026", session), want: []reply{badRequest}},
		{name: "chunk size beyond the limit", send: chunk("7fffffffffffffff", session), want: []reply{badRequest}, halfOpen: true},
		{name: "chunk longer than its size", send: chunk("25", session), want: []reply{badRequest}},
		{name: "chunk that breaks off", send: jsonHead + te + "\r\n26\r\n{", want: []reply{badRequest}, halfOpen: true},
		{name: "chunks without an end", send: jsonHead + te + "\r\n26\r\n" + session + "\r\n", want: []reply{badRequest}, halfOpen: true},
		{name: "LF alone in chunks", send: jsonHead + te + "\r\n26\n" + session + "\n0\n\n", want: []reply{badRequest}},
		{name: "100,000 chunks", send: jsonHead + te + "\r\n" + strings.Repeat("1\r\n \r\n", 100_000) + end, want: []reply{typeRequired}},
		{name: "trailer", send: jsonHead + te + "Trailer: X-A\r\n\r\n26\r\n" + session + "\r\n0\r\nX-A: 1\r\nContent-Length: 5\r\nHost: evil\r\n\r\n", want: []reply{isSession}},
		{name: "trailer of 1 MB", send: jsonHead + te + "\r\n26\r\n" + session + "\r\n0\r\nX-A: " + strings.Repeat("x", megabyte) + "\r\n\r\n", want: []reply{badRequest}},
		{name: "body that breaks off", send: jsonHead + "Content-Length: 39\r\n\r\n" + session, want: []reply{badRequest}, halfOpen: true},
		{name: "whole, half closed", send: good, want: []reply{isSession}, halfOpen: true},
		{name: "request behind a body", send: withLength(jsonHead, session+"\r\n"+smuggled), want: []reply{typeRequired}},
		{name: "GET with a request for a body", send: withLength("GET /nope HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n", smuggled),
			want: []reply{{status: "404", body: `{"message":"The route nope could not be found."}`}}},
	})
}

// Heads that are none, or nearly.
func TestHostileHeads(t *testing.T) {
	t.Parallel()
	const accept = "Host: x\r\nAccept: application/json\r\nContent-Length: 0\r\n\r\n"
	fields := jsonHead[strings.Index(jsonHead, "\r\n")+2:] + "Accept: application/json\r\n"
	with := func(line string) string { return withLength(line+"\r\n"+fields, session) }
	notFound := func(path string) reply {
		return reply{status: "404", body: `{"message":"The route ` + path + ` could not be found."}`}
	}
	noMethod := func(method string) reply {
		return reply{status: "405", body: `{"message":"The ` + method + ` method is not supported for route session/create. Supported methods: POST."}`}
	}
	startHostile(t).run(t, []shape{
		{name: "nothing", halfOpen: true},
		{name: "noise", send: "\xff\xfe\x00\r\n\r\n", want: []reply{badRequest}},
		{name: "noise without an end", send: strings.Repeat("\x00", 2*megabyte), want: []reply{headTooLarge}},
		{name: "TLS", send: "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + strings.Repeat("\x5a", 160) + "\n", want: []reply{badRequest}},
		{name: "SSH", send: "SSH-2.0-OpenSSH_9.9\r\n", want: []reply{badRequest}},
		{name: "HTTP/2", send: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", want: []reply{{status: "404", closes: true}}},
		{name: "HTTP/0.9", send: "GET /\r\n", want: []reply{badRequest}},
		{name: "HTTP/1.0", send: with("POST /session/create HTTP/1.0"), want: []reply{isSession.closing()}},
		{name: "HTTP/1.0 without a Host", send: "GET /nope HTTP/1.0\r\nAccept: application/json\r\n\r\n", want: []reply{notFound("nope").closing()}},
		{name: "HTTP/1.9", send: with("POST /session/create HTTP/1.9"), want: []reply{isSession}},
		{name: "HTTP/2.0", send: with("POST /session/create HTTP/2.0"), want: []reply{bare("505 HTTP Version Not Supported: unsupported protocol version")}},
		{name: "HTTP/11.1", send: with("POST /session/create HTTP/11.1"), want: []reply{badRequest}},
		{name: "http/1.1", send: with("POST /session/create http/1.1"), want: []reply{badRequest}},
		{name: "no version", send: with("POST /session/create "), want: []reply{badRequest}},
		{name: "two blanks", send: with("POST  /session/create HTTP/1.1"), want: []reply{badRequest}},
		{name: "tabs", send: with("POST\t/session/create\tHTTP/1.1"), want: []reply{badRequest}},
		{name: "blank in the target", send: with("POST /session /create HTTP/1.1"), want: []reply{badRequest}},
		{name: "lines in front", send: "\r\n\r\n" + with("POST /session/create HTTP/1.1"), want: []reply{badRequest}},
		{name: "LF alone", send: strings.ReplaceAll(with("POST /session/create HTTP/1.1"), "\r", ""), want: []reply{isSession}},
		{name: "CR alone", send: with("POST /session/create HTTP/1.1\rX: y"), want: []reply{badRequest}},
		{name: "CR in a value", send: with("POST /session/create HTTP/1.1\r\nX: a\rb"), want: []reply{badRequest}},
		{name: "NUL in a value", send: with("POST /session/create HTTP/1.1\r\nX: a\x00b"), want: []reply{badRequest}},
		{name: "NUL in a name", send: with("POST /session/create HTTP/1.1\r\nX\x00: a"), want: []reply{badRequest}},
		{name: "NUL in the target", send: with("POST /session/\x00create HTTP/1.1"), want: []reply{badRequest}},
		{name: "NUL in the method", send: with("PO\x00ST /session/create HTTP/1.1"), want: []reply{badRequest}},
		{name: "empty name", send: with("POST /session/create HTTP/1.1\r\n: a"), want: []reply{badRequest}},
		{name: "no colon", send: with("POST /session/create HTTP/1.1\r\nX"), want: []reply{badRequest}},
		{name: "name that is not ASCII", send: with("POST /session/create HTTP/1.1\r\nX-é: a"), want: []reply{badRequest}},
		{name: "folded first header", send: with("POST /session/create HTTP/1.1\r\n a: b"), want: []reply{badRequest}},
		{name: "folded header", send: with("POST /session/create HTTP/1.1\r\nX: a\r\n\tb"), want: []reply{isSession}},
		{name: "method in small letters", send: with("post /session/create HTTP/1.1"), want: []reply{noMethod("post")}},
		{name: "method in mixed letters", send: with("PoST /session/create HTTP/1.1"), want: []reply{noMethod("PoST")}},
		{name: "method with a hyphen", send: with("PO-ST /session/create HTTP/1.1"), want: []reply{noMethod("PO-ST")}},
		{name: "method with a bracket", send: with("POST[ /session/create HTTP/1.1"), want: []reply{badRequest}},
		{name: "method of 100 KB", send: with(strings.Repeat("M", 100<<10) + " /session/create HTTP/1.1"), want: []reply{noMethod(strings.Repeat("M", 100<<10))}},
		{name: "TRACE", send: "TRACE /session/create HTTP/1.1\r\n" + accept, want: []reply{noMethod("TRACE")}},
		{name: "whole target", send: with("POST http://x/session/create HTTP/1.1"), want: []reply{isSession}},
		{name: "whole target of another", send: with("POST https://u:p@evil.example:1/session/create HTTP/1.1"), want: []reply{isSession}},
		{name: "whole target without a host", send: with("POST http:///session/create HTTP/1.1"), want: []reply{isSession}},
		{name: "target of another scheme", send: with("POST file:///session/create HTTP/1.1"), want: []reply{isSession}},
		{name: "authority", send: with("POST x:443 HTTP/1.1"), want: []reply{notFound("/")}},
		{name: "CONNECT", send: "CONNECT x:443 HTTP/1.1\r\n" + accept, want: []reply{notFound("/")}},
		{name: "star", send: "POST * HTTP/1.1\r\n" + accept, want: []reply{notFound("*")}},
		{name: "no slash", send: with("POST session/create HTTP/1.1"), want: []reply{badRequest}},
		{name: "dots", send: "POST /x/../session/create HTTP/1.1\r\n" + accept, want: []reply{notFound("x/../session/create")}},
		{name: "backslash", send: "POST /session\\create HTTP/1.1\r\n" + accept, want: []reply{notFound(`session\\create`)}},
		{name: "slashes", send: "POST //session/create HTTP/1.1\r\n" + accept, want: []reply{notFound("session/create")}},
		{name: "no Host", send: "POST /session/create HTTP/1.1\r\n\r\n", want: []reply{bare("400 Bad Request: missing required Host header")}},
		{name: "two Hosts", send: with("POST /session/create HTTP/1.1\r\nHost: y"), want: []reply{badRequest}},
		{name: "Host with a blank", send: withLength("POST / HTTP/1.1\r\nHost: a b\r\n", ""), want: []reply{bare("400 Bad Request: malformed Host header")}},
		{name: "Host that is not ASCII", send: withLength("POST / HTTP/1.1\r\nHost: evil\u3002example\r\n", ""), want: []reply{bare("400 Bad Request: malformed Host header")}},
		{name: "Host of a stranger", send: strings.Replace(with("POST /session/create HTTP/1.1"), "Host: x", "Host: evil.example", 1), want: []reply{isSession}},
		{name: "empty Host", send: strings.Replace(with("POST /session/create HTTP/1.1"), "Host: x", "Host:", 1), want: []reply{isSession}},
		{name: "Host of 100 KB", send: strings.Replace(with("POST /session/create HTTP/1.1"), "Host: x", "Host: "+strings.Repeat("h", 100<<10), 1), want: []reply{isSession}},
		{name: "upgrade to HTTP/2", send: with("POST /session/create HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk"), want: []reply{isSession}},
		{name: "upgrade to a web socket", send: with("POST /session/create HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket"), want: []reply{isSession}},
		{name: "headers that the connection owns", send: with("POST /session/create HTTP/1.1\r\nConnection: Content-Length, Authorization"), want: []reply{isSession}},
		{name: "unknown expectation", send: with("POST /session/create HTTP/1.1\r\nExpect: 200-ok"), want: []reply{{status: "417", closes: true}}},
		{name: "expectation of HTTP/1.0", send: with("POST /session/create HTTP/1.0\r\nExpect: 100-continue"), want: []reply{isSession.closing()}},
		{name: "expectation", send: with("POST /session/create HTTP/1.1\r\nExpect: 100-continue"), want: []reply{{status: "100"}, isSession}},
		{name: "expectation of too much", send: jsonHead + "Expect: 100-continue\r\nContent-Length: 8388609\r\n\r\n", want: []reply{tooLarge}},
	})
}
