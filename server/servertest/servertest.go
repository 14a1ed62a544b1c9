// Package servertest runs the sandbox of one test, for the tests of the packages
// that need one.
package servertest

import (
	"cmp"
	"context"
	"testing"

	"knotsandbox/server"
)

// Start runs a sandbox until the test ends, on a free port unless c.Listen says where,
// prepared by what is given before it listens. A sandbox that cannot start ends the
// test; one that does not stop well fails it.
func Start(t testing.TB, c server.Config, prepare ...func(*server.Server)) *server.Server {
	t.Helper()
	c.Listen = cmp.Or(c.Listen, "127.0.0.1:0")
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range prepare {
		f(s)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve() = %v, want nil", err)
		}
	})
	return s
}
