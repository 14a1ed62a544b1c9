package admin_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// hostileCase is a request whose sender means no good, or a broken client's.
type hostileCase struct {
	name string
	sent
}

func hostileCases() []hostileCase {
	const page = `</script><script>alert(1)</script><img src=x onerror=alert(2)>`
	control := strings.Map(func(r rune) rune {
		if r == '"' || r == '\\' {
			return -1
		}
		return r
	}, "\x01\x02\x07\x08\x0b\x0c\x1b[31m\x7f\u0085\u2028\u2029\u202e\ufeff")
	return []hostileCase{
		{"page in the user", sent{body: userBody(page)}},
		{"page in the product", sent{body: fmt.Sprintf(`{"type":%q,"external_user_id":"u"}`, page)}},
		{"page in the client", sent{header: []string{"Authorization", basic(page, "x")}}},
		{"page in the path", sent{method: "GET", target: "/%3Cscript%3E?" + strings.ReplaceAll(page, " ", "+"), header: []string{"Accept", "application/json"}}},
		{"page in a header", sent{header: []string{"X-Page", page, "User-Agent", page}}},
		{"controls in the body", sent{body: control}},
		{"controls in the user", sent{body: `{"type":"link","external_user_id":"\u0000\u001b[2J\u2028\u202e"}`}},
		{"controls in the client", sent{header: []string{"Authorization", basic(control, control)}}},
		{"controls in the type of the body", sent{body: userBody("u"), header: []string{"Content-Type", "application/json; a=\t\"\x80\xff"}}},
		{"event in the body", sent{body: "{}\n\nid: 99\nevent: gap\ndata: {}\n\n"}},
		{"event in the user", sent{body: `{"type":"link","external_user_id":"u\n\nevent: gap\ndata: {}\n\n"}`}},
		{"not UTF-8", sent{body: "{\"type\":\"link\",\"external_user_id\":\"\xff\xc0\xaf\xed\xa0\x80\"}", header: []string{"X-Bytes", "\xff\xfe"}}},
		{"not UTF-8 in the client", sent{header: []string{"Authorization", basic("\xff\xfe\x80", "\xff")}}},
		{"not UTF-8 in a form", sent{body: "type=link&external_user_id=%ff%fe%00", header: []string{"Content-Type", "application/x-www-form-urlencoded"}}},
		{"long header", sent{header: []string{"X-Long", strings.Repeat(`"\<`, 33<<10)}}},
		{"long client", sent{header: []string{"Authorization", basic(strings.Repeat("c", 100<<10), "x")}}},
		{"long path", sent{method: "GET", target: "/" + strings.Repeat("%22", 100<<10), header: []string{"Accept", "application/json"}}},
		{"long method", sent{method: strings.Repeat("M", 100<<10)}},
		{"long user", sent{body: userBody(strings.Repeat("\U0001f600", 100<<10))}},
		{"long product", sent{body: fmt.Sprintf(`{"type":%q,"external_user_id":"u"}`, strings.Repeat("<", 100<<10))}},
		{"long fault", sent{header: []string{"X-Sandbox-Fault", strings.Repeat("NoAcess ", 100<<10/8)}}},
		{"large body", sent{body: `{"type":"link","external_user_id":"u","x":"` + strings.Repeat("\x01", 8<<20-100) + `"}`}},
		{"too large body", sent{body: strings.Repeat("\xff", 8<<20+1)}},
		{"many headers", sent{header: manyHeaders(500)}},
	}
}

func manyHeaders(n int) []string {
	var pairs []string
	for i := range n {
		pairs = append(pairs, fmt.Sprintf("X-%d", i), strings.Repeat("v", 100))
	}
	return pairs
}

// What callers send cannot break an answer of the control API, nor make it
// large, nor pass for something else in it.
func TestHostileContent(t *testing.T) {
	t.Parallel()
	const most = 300 << 10 // bytes of one exchange with its forms
	s := serve(t, config())
	stream := s.events("")
	for _, c := range hostileCases() {
		position := s.server.Journal().Position()
		_, _ = s.send(c.sent)
		id := waited(t, s.call(fmt.Sprintf("GET /requests/wait?after=%d", position), ""))[0].ID
		for _, route := range []string{
			"GET /requests/" + id, "GET /requests/" + id + "?as=curl", "GET /requests/" + id + "?as=go", "GET /requests/" + id + "?as=fault",
			"GET /requests?limit=1", "GET /requests?limit=1&brief=yes", "GET /requests/wait",
			"GET /coverage", "GET /conduct", "GET /conduct?as=text", "GET /metrics", "GET /health",
		} {
			a := s.call(route, "")
			isText := strings.HasPrefix(a.header.Get("Content-Type"), "text/plain")
			if a.status != 200 || len(a.body) > most {
				t.Errorf("%s: %s: %d with %d bytes, want 200 with %d at most", c.name, route, a.status, len(a.body), most)
			}
			if !isText && strings.ContainsAny(a.body, "<>") {
				t.Errorf("%s: %s: the answer holds markup: %.500s", c.name, route, a.body)
			}
			if strings.Contains(route, "brief") && len(a.body) > 16<<10 {
				t.Errorf("%s: %s: %d bytes", c.name, route, len(a.body))
			}
			if isText && !strings.Contains(route, "metrics") && a.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %s: text that a browser may take for a page", c.name, route)
			}
		}
		v := stream.next()
		if v.name != "exchange" || v.exchange.ID != id || len(v.data) > most || strings.ContainsAny(v.data, "<>") {
			t.Errorf("%s: event %s with %d bytes: %.300s", c.name, v.name, len(v.data), v.data)
		}
	}
}

// A body that JSON cannot hold can be had to the byte.
func TestBodyToTheByte(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	const body = "\x00\xff\xfe\r\n<>&\"\\"
	s.want(400, sent{body: body})
	e := s.show("r1")
	got, err := base64.StdEncoding.DecodeString(e.BodyBase64)
	if err != nil || string(got) != body || e.BodySize != len(body) {
		t.Errorf("body_base64 %q of %d bytes, %v, want %q", got, e.BodySize, err, body)
	}
	s.want(400, sent{body: "\x00\r\n<>&\"\\é"})
	if e := s.show("r2"); e.Body != "\x00\r\n<>&\"\\é" || e.BodyBase64 != "" {
		t.Errorf("body %q, body_base64 %q, want the body as it was", e.Body, e.BodyBase64)
	}
}

// Of a large body the size is told, its beginning kept, and in its other forms
// that something is missing.
func TestLargeBody(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	const size = 8 << 20
	body := `{"type":"link","external_user_id":"u"}`
	s.want(200, sent{body: body + strings.Repeat(" ", size-len(body))})
	e := s.show("r1")
	if e.BodySize != size || len(e.Body) != 8<<10 || !strings.HasPrefix(e.Body, body) {
		t.Errorf("%d bytes of %d are kept, want the first 8 KiB of %d", len(e.Body), e.BodySize, size)
	}
	for form, text := range map[string]string{"curl": e.As.Curl, "go": e.As.Go} {
		if !strings.Contains(text, fmt.Sprintf("The body had %d bytes; these are the first of them.", size)) {
			t.Errorf("%s: %.200s, want it to tell that the body is not whole", form, text)
		}
	}
	s.want(413, sent{body: strings.Repeat(" ", size+1)})
	if e := s.show("r2"); e.BodySize != size+1 || e.As.Fault != "" {
		t.Errorf("%s of %d bytes, rule %q, want its size and no rule, since it was no call yet", e.Outcome, e.BodySize, e.As.Fault)
	}
}

// A refusal is short, whatever it is about, and its texts are whole characters.
func TestRefusalIsShort(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	long := strings.Repeat("é", 100<<10)
	for route, body := range map[string]string{
		"POST /clients":                      `{"` + long + `":1}`,
		"POST /clients?x":                    long,
		"POST /verify":                       `{"product":"` + long + `"}`,
		"POST /faults":                       `{"fault":{"` + long + `":true}}`,
		"PATCH /clients/sandbox":             `{"seed":` + strings.Repeat("9", 100<<10) + `}`,
		"GET /requests?outcome=" + long:      "",
		"GET /requests/" + long:              "",
		"GET /sessions?client=" + long:       "",
		"GET /requests?" + long + "=1":       "",
		"GET /requests/wait?timeout=" + long: "",
	} {
		a := s.call(route, body)
		if a.status < 400 || len(a.body) > 8<<10 || strings.Contains(a.body, `\ufffd`) {
			t.Errorf("%.40s %.40s: %d with %d bytes: %.300s", route, body, a.status, len(a.body), a.body)
		}
	}
}
