package server_test

import (
	"net/http"
	"strings"
	"testing"

	"knotsandbox/server"
	"knotsandbox/server/servertest"
)

// control calls a control route; headers are pairs, of which Host is the host.
func control(t *testing.T, url, method, path string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequest(method, url+"/__sandbox"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	a, err := send(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// What a browser, a neighbour and a forged name can do.
func TestGuard(t *testing.T) {
	t.Parallel()
	open := servertest.Start(t, server.Config{}).URL()
	token := servertest.Start(t, server.Config{Control: server.Control{Token: "open sesame"}}).URL()
	for _, c := range []struct {
		name, url, method, path string
		headers                 []string
		status                  int
		code                    string
	}{
		{"loopback", open, "GET", "/clients", nil, 200, ""},
		{"no slash", open, "GET", "", nil, 200, ""},
		{"localhost", open, "GET", "/clients", []string{"Host", "localhost:5668"}, 200, ""},
		{"IPv6", open, "GET", "/clients", []string{"Host", "[::1]:5668"}, 200, ""},
		{"container name", open, "GET", "/clients", []string{"Host", "knot-sandbox:5668"}, 200, ""},
		{"rebound name", open, "GET", "/clients", []string{"Host", "evil.example"}, 403, "foreign_host"},
		{"rebound name with port", open, "POST", "/reset", []string{"Host", "evil.example:5668"}, 403, "foreign_host"},
		{"look-alike name", open, "GET", "/clients", []string{"Host", "127.0.0.1.evil.example"}, 403, "foreign_host"},
		{"health of any name", open, "GET", "/health", []string{"Host", "evil.example"}, 200, ""},
		{"page of another origin", open, "POST", "/reset", []string{"Origin", "https://evil.example"}, 403, "cross_origin"},
		{"page of another site", open, "POST", "/reset", []string{"Sec-Fetch-Site", "cross-site"}, 403, "cross_origin"},
		{"opaque origin", open, "DELETE", "/faults", []string{"Origin", "null"}, 403, "cross_origin"},
		{"own page", open, "POST", "/reset", []string{"Sec-Fetch-Site", "same-origin"}, 200, ""},
		{"no token", token, "GET", "/clients", nil, 401, "token_required"},
		{"wrong token", token, "GET", "/clients", []string{"X-Sandbox-Token", "open"}, 401, "token_required"},
		{"token", token, "GET", "/clients", []string{"X-Sandbox-Token", "open sesame"}, 200, ""},
		{"bearer", token, "GET", "/clients", []string{"Authorization", "Bearer open sesame"}, 200, ""},
		{"token by another name", token, "GET", "/clients", []string{"X-Sandbox-Token", "open sesame", "Host", "sandbox.example"}, 200, ""},
		{"token from another origin", token, "POST", "/reset", []string{"X-Sandbox-Token", "open sesame", "Origin", "https://evil.example"}, 403, "cross_origin"},
		{"health without token", token, "GET", "/health", nil, 200, ""},
		{"health is only read", token, "POST", "/health", nil, 401, "token_required"},
		{"prefix of another path", open, "GET", "x", nil, 404, ""},
	} {
		a := control(t, c.url, c.method, c.path, c.headers...)
		if a.status != c.status || !strings.Contains(a.body, c.code) {
			t.Errorf("%s: %d %s, want %d %s", c.name, a.status, a.body, c.status, c.code)
		}
	}
}

// On an address that others can reach, the control API is closed until it is
// opened.
func TestControlModes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		control server.Control
		status  int
	}{
		{"auto", server.Control{}, 403},
		{"on", server.Control{Mode: server.ControlOn}, 200},
		{"off", server.Control{Mode: server.ControlOff}, 404},
		{"token", server.Control{Token: "x"}, 401},
	} {
		s := servertest.Start(t, server.Config{Listen: "0.0.0.0:0", Control: c.control})
		if a := control(t, s.URL(), "GET", "/clients"); a.status != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, a.status, a.body, c.status)
		}
		health := control(t, s.URL(), "GET", "/health").status
		if want := map[bool]int{true: 404, false: 200}[c.name == "off"]; health != want {
			t.Errorf("%s: health %d, want %d", c.name, health, want)
		}
	}
}

func TestControlElsewhere(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Control: server.Control{Mode: server.ControlElsewhere, Listen: "127.0.0.1:0"}})
	address := strings.TrimPrefix(s.ControlURL(), "http://")
	if a := control(t, s.URL(), "GET", "/clients"); a.status != 404 {
		t.Errorf("beside the emulated API: %d, want 404", a.status)
	}
	if a := control(t, "http://"+address, "GET", "/clients"); a.status != 200 {
		t.Errorf("at its own address: %d, want 200", a.status)
	}
	busy, err := server.New(server.Config{Listen: "127.0.0.1:0", Control: server.Control{Mode: server.ControlElsewhere, Listen: address}})
	if err != nil {
		t.Fatal(err)
	}
	if err := busy.Listen(); err == nil || !strings.HasPrefix(err.Error(), "control API: listen on "+address) {
		t.Errorf("Listen() with a busy control address = %v", err)
	}
}
