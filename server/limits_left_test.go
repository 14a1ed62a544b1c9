package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"knotsandbox/knot"
)

// The connections that faults take away are not kept in mind.
func TestFaultsLeaveNoConnection(t *testing.T) {
	t.Parallel()
	s, err := New(Config{Listen: "127.0.0.1:0", Clients: []knot.Client{{ID: "a", Products: knot.AllProducts()}}, AnyCredentials: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	for _, fault := range []string{"reset", "close", "garbage", "truncate=5", "malformed"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/session/create", strings.NewReader(`{"type":"link","external_user_id":"u"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("a", "a")
		r.Header.Set("X-Sandbox-Fault", fault)
		r.Close = true
		if res, err := http.DefaultTransport.RoundTrip(r); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
	}
	if err := errors.Join(s.Shutdown(context.Background()), <-served); err != nil {
		t.Fatal(err)
	}
	if left := len(s.limits.conns); left != 0 {
		t.Errorf("%d connections are kept in mind after the last was closed", left)
	}
}
