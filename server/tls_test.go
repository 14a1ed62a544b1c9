package server_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"knotsandbox/certs"
	"knotsandbox/journal"
	"knotsandbox/server"
	"knotsandbox/server/servertest"
)

// trusting returns a client that trusts the authority of a folder, and calls every
// host at the sandbox's HTTPS address, as a network alias would let it.
func trusting(t *testing.T, s *server.Server, dir string) *http.Client {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(dir, certs.CertFile))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	address := strings.TrimPrefix(s.TLSURL(), "https://")
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", address)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func startTLS(t *testing.T, names ...string) (*server.Server, string) {
	t.Helper()
	dir := t.TempDir()
	return servertest.Start(t, server.Config{Clients: clients(), TLS: server.TLS{Listen: "127.0.0.1:0", Dir: dir, Names: names}}), dir
}

// A program whose base URL is the API's own is served as it is, by HTTP/2.
func TestTLSUnderTheAPIsNames(t *testing.T) {
	t.Parallel()
	s, dir := startTLS(t, "knot.test")
	client := trusting(t, s, dir)
	for _, base := range []string{"https://development.knotapi.com", "https://production.knotapi.com", "https://localhost", "https://127.0.0.1", "https://knot.test"} {
		r, err := http.NewRequest(http.MethodPost, base+"/session/create", strings.NewReader(session))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("a", "a")
		r.Header.Set("Content-Type", "application/json")
		res, err := client.Do(r)
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != 200 || res.ProtoMajor != 2 || err != nil {
			t.Errorf("%s: %s %s %s, %v, want 200 by HTTP/2", base, res.Proto, res.Status, body, err)
		}
	}
	if _, err := client.Get("https://other.example/"); err == nil {
		t.Error("a name that the certificate is not for was accepted")
	}
	if a := mustPost(t, s, "a", session); a.status != 200 {
		t.Errorf("by HTTP beside it: %d", a.status)
	}
}

// Every effect has a meaning by HTTP/2: an answer, or a stream that ends early while
// the connection stays for others.
func TestTLSFaults(t *testing.T) {
	t.Parallel()
	s, dir := startTLS(t)
	client := trusting(t, s, dir)
	for fault, want := range map[string]int{
		"NoAccess": 403, "BadGateway": 502, "delay=1ms": 200, "drip=1ms": 200, "malformed": 200, "empty": 200,
		"reset": 0, "close": 0, "garbage": 0, "truncate=5": 0,
	} {
		r, err := http.NewRequest(http.MethodPost, "https://localhost/session/create", strings.NewReader(session))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("a", "a")
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Sandbox-Fault", fault)
		got := 0
		if res, err := client.Do(r); err == nil {
			if _, err = io.ReadAll(res.Body); err == nil {
				got = res.StatusCode
			}
			res.Body.Close()
		}
		if got != want {
			t.Errorf("%s: %d, want %d (0 is an error)", fault, got, want)
		}
	}
	list := await(t, s, journal.Filter{Fault: journal.AnyFault}, 10)
	for _, e := range list {
		if e.Outcome == "Abandoned" {
			t.Errorf("%s was taken for a caller that left", e.Fault)
		}
	}
}

// What cannot be is refused as the setting that it is, and nothing stays open.
func TestTLSRefusals(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Config{Listen: "127.0.0.1:0", TLS: server.TLS{Listen: "127.0.0.1:0", Dir: file}})
	if err != nil {
		t.Fatal(err)
	}
	var setting *server.SettingError
	if err := s.Listen(); !errors.As(err, &setting) || setting.Setting != "tls-dir" {
		t.Errorf("Listen() = %v, want an error about tls-dir", err)
	}
	busy := servertest.Start(t, server.Config{})
	s, err = server.New(server.Config{Listen: "127.0.0.1:0", TLS: server.TLS{Listen: strings.TrimPrefix(busy.URL(), "http://"), Dir: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err == nil || !strings.HasPrefix(err.Error(), "tls: listen on ") {
		t.Errorf("Listen() on a busy port = %v", err)
	}
	if conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://")); err == nil {
		conn.Close()
		t.Error("after the refusal, the other address is still taken")
	}
}
