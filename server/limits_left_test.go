package server_test

import (
	"context"
	"testing"

	"knotsandbox/server"
	"knotsandbox/server/servertest"
)

// The connections that faults take away are not kept in mind.
func TestFaultsLeaveNoConnection(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Clients: clients()})
	for _, fault := range []string{"reset", "close", "garbage", "truncate=5", "malformed"} {
		_, _ = post(s, "a", session, "X-Sandbox-Fault", fault, "Connection", "close")
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left := s.CountConnections(); left != 0 {
		t.Errorf("%d connections are kept in mind after the last was closed", left)
	}
}
