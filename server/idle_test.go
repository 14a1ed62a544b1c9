package server_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"knotsandbox/knot"
	"knotsandbox/server"
	"knotsandbox/server/servertest"
	"knotsandbox/store"
)

// Tests that leave their clients behind do not fill the sandbox; a client that is in use
// never goes.
func TestIdleClientsMakeRoom(t *testing.T) {
	t.Parallel()
	var elapsed atomic.Int64
	now := func() time.Time {
		return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Add(time.Duration(elapsed.Load()))
	}
	s := servertest.Start(t, server.Config{Clients: clients(), Now: now})
	mint := func(id string) error { return s.AddClient(knot.Client{ID: id, Products: knot.AllProducts()}, id) }
	for i := len(clients()); i < store.MaxClients; i++ {
		elapsed.Add(int64(time.Millisecond))
		if err := mint(fmt.Sprint("minted-", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := mint("one too many"); !errors.Is(err, knot.ErrTooManyClients) {
		t.Errorf("AddClient() = %v, want ErrTooManyClients while all are in use", err)
	}
	oldest, next := fmt.Sprint("minted-", len(clients())), fmt.Sprint("minted-", len(clients())+1)
	elapsed.Add(int64(knot.SessionLifetime))
	if got := statuses(t, s, oldest, 1); got != "200" {
		t.Errorf("the oldest client gets %s, want 200", got)
	}
	if err := mint("one more"); err != nil {
		t.Errorf("AddClient() = %v, want the place of an idle client", err)
	}
	if _, err := s.Client(next); !errors.Is(err, knot.ErrUnknownClient) {
		t.Errorf("Client(%q) = %v, want that it has gone: no other was idle for so long", next, err)
	}
	if _, err := s.Client(oldest); err != nil {
		t.Errorf("Client(%q) = %v; it has just had a session", oldest, err)
	}
	for _, c := range clients() {
		if _, err := s.Client(c.ID); err != nil {
			t.Errorf("Client(%q) = %v; configured clients stay", c.ID, err)
		}
	}
}
