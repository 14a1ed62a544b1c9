package server_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"knotsandbox/knot"
	"knotsandbox/server"
	"knotsandbox/server/servertest"
)

func client(id string, seed knot.Seed) knot.Client {
	return knot.Client{ID: id, SecretSHA256: knot.DigestOf(id), Products: knot.AllProducts(), Seed: seed}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

const session = `{"type":"link","external_user_id":"u"}`

// post calls the operation as a client whose secret is its id; headers are
// pairs. The error is the transport's.
func post(s *server.Server, id, body string, headers ...string) (answer, error) {
	r, err := http.NewRequest(http.MethodPost, s.URL()+"/session/create", strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.SetBasicAuth(id, id)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return send(r)
}

func send(r *http.Request) (answer, error) {
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(body)}, err
}

// mustPost is post for answers that have to come.
func mustPost(t *testing.T, s *server.Server, id, body string, headers ...string) answer {
	t.Helper()
	a, err := post(s, id, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// create asks for a session and returns the answer's body.
func create(t *testing.T, s *server.Server, id string) string {
	t.Helper()
	return mustPost(t, s, id, session).body
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	one, two := knot.NewSeed(1), knot.NewSeed(2)
	config := server.Config{Seed: one, Clients: []knot.Client{client("a", knot.Seed{}), client("b", two)}}
	first, second := servertest.Start(t, config), servertest.Start(t, config)
	if a, again := create(t, first, "a"), create(t, second, "a"); a != again || a == "" {
		t.Errorf("the same seed gives %s and %s", a, again)
	}
	config.Seed = two
	third := servertest.Start(t, config)
	if a, other := create(t, first, "a"), create(t, third, "a"); a == other {
		t.Errorf("different seeds give the same %s", a)
	}
	if b, same := create(t, first, "b"), create(t, third, "b"); b != same {
		t.Errorf("a client's own seed gives %s and %s", b, same)
	}
}

func TestAddressFileOfAnother(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "address")
	s := servertest.Start(t, server.Config{AddressFile: path})
	if content, err := os.ReadFile(path); err != nil || string(content) != s.URL()+"\n" {
		t.Fatalf("address file = %q, %v, want %s", content, err, s.URL())
	}
	const another = "http://127.0.0.1:1\n"
	if err := os.WriteFile(path, []byte(another), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if content, err := os.ReadFile(path); err != nil || string(content) != another {
			t.Errorf("address file after another server wrote it = %q, %v, want it left alone", content, err)
		}
	})
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestListenTwice(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{})
	other, err := server.New(server.Config{Listen: strings.TrimPrefix(s.URL(), "http://")})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Listen(); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("Listen() on a busy port = %v, want an error that says so", err)
	}
}
