package store

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"knotsandbox/knot"
)

// account is a client with what belongs to it.
type account struct {
	store  *Store
	client atomic.Pointer[knot.Client]
	clock  atomic.Pointer[knot.Clock] // nil follows the store's

	// Written under the store's lock.
	origin     knot.Client // what reset goes back to
	configured bool        // made by Put

	mu       sync.Mutex
	ids      idSource
	sessions []knot.Session // a ring once it holds MaxSessions
	oldest   int            // where the ring begins
	window   window
}

func (s *Store) newAccount(c knot.Client) *account {
	a := &account{store: s, origin: c}
	a.set(c)
	return a
}

// configure makes c what the client is and goes back to.
func (a *account) configure(c knot.Client) {
	a.origin, a.configured = c, true
	a.set(c)
}

// set changes the client. A new seed starts the ids anew.
func (a *account) set(c knot.Client) {
	if c.Phone == "" {
		c.Phone = knot.PhoneE164
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if old := a.client.Load(); old == nil || old.Seed != c.Seed {
		a.ids = newIDSource(c.ID, c.Seed)
	}
	a.client.Store(&c)
}

// reset forgets all that has happened.
func (a *account) reset() {
	a.set(a.origin)
	a.clock.Store(nil)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids = newIDSource(a.origin.ID, a.origin.Seed)
	a.sessions, a.oldest, a.window = nil, 0, window{}
}

// now returns the client's time.
func (a *account) now() time.Time {
	c := a.clock.Load()
	if c == nil {
		c = a.store.clock.Load()
	}
	return c.At(a.store.real())
}

// CreateSession issues a session to a client. It keeps its own copy of the
// request, long values cut off. The error is knot.ErrUnknownClient or that of the source of
// randomness.
func (s *Store) CreateSession(clientID string, r *knot.SessionRequest) (knot.Session, error) {
	a, err := s.account(clientID)
	if err != nil {
		return knot.Session{}, err
	}
	now := a.now()
	session := knot.Session{
		ClientID: a.client.Load().ID, Request: r.Kept(), CreatedAt: now, ExpiresAt: now.Add(knot.SessionLifetime),
	}
	session.Product = session.Request.Product() // r's would keep the body alive
	a.mu.Lock()
	defer a.mu.Unlock()
	id, err := a.ids()
	if err != nil {
		return knot.Session{}, fmt.Errorf("make session id: %w", err)
	}
	session.ID = id.String()
	a.keep(session)
	return session, nil
}

// keep stores a session, over the oldest one if there are too many.
func (a *account) keep(session knot.Session) {
	if len(a.sessions) < MaxSessions {
		a.sessions = append(a.sessions, session)
		return
	}
	a.sessions[a.oldest] = session
	a.oldest = (a.oldest + 1) % MaxSessions
}

// Sessions returns the sessions of a client that have not expired, oldest
// first, or knot.ErrUnknownClient.
func (s *Store) Sessions(clientID string) ([]knot.Session, error) {
	a, err := s.account(clientID)
	if err != nil {
		return nil, err
	}
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	inOrder := slices.Concat(a.sessions[a.oldest:], a.sessions[:a.oldest])
	return slices.DeleteFunc(inOrder, func(session knot.Session) bool { return !now.Before(session.ExpiresAt) }), nil
}

// Now returns the time of a client; of one that does not exist, the common time.
func (s *Store) Now(clientID string) time.Time {
	if a, err := s.account(clientID); err == nil {
		return a.now()
	}
	return s.clock.Load().At(s.real())
}

// Clock returns the clock of a client and what it shows; "" is the common
// clock, which every client follows that has none of its own.
func (s *Store) Clock(clientID string) (knot.Clock, time.Time, error) {
	if clientID == "" {
		c := *s.clock.Load()
		return c, c.At(s.real()), nil
	}
	a, err := s.account(clientID)
	if err != nil {
		return knot.Clock{}, time.Time{}, err
	}
	if c := a.clock.Load(); c != nil {
		return *c, c.At(s.real()), nil
	}
	return s.Clock("")
}

// ChangeClock changes the clock of a client, or for "" the common one; change
// is given the clock and real time.
func (s *Store) ChangeClock(clientID string, change func(knot.Clock, time.Time) knot.Clock) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	clock := &s.clock
	if clientID != "" {
		a, ok := s.clients[clientID]
		if !ok {
			return unknown(clientID)
		}
		clock = &a.clock
	}
	old := clock.Load()
	if old == nil {
		old = s.clock.Load()
	}
	changed := change(*old, s.real())
	clock.Store(&changed)
	return nil
}

// ReleaseClock lets a client follow the common clock again, or for "" the
// common clock real time.
func (s *Store) ReleaseClock(clientID string) error {
	if clientID == "" {
		s.clock.Store(&knot.Clock{})
		return nil
	}
	a, err := s.account(clientID)
	if err != nil {
		return err
	}
	a.clock.Store(nil)
	return nil
}

// window counts the requests of a client against a rate limit.
type window struct {
	began time.Time
	count int
}

// Take counts a request of a client against a limit. Callers that are no
// client share one count.
func (s *Store) Take(clientID string, l knot.RateLimit) knot.Quota {
	a, err := s.account(clientID)
	if err != nil {
		a = s.strangers
	}
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	w := &a.window
	if w.count == 0 || now.Before(w.began) || now.Sub(w.began) >= l.Per {
		*w = window{began: now}
	}
	q := knot.Quota{Limit: l.Requests, Reset: w.began.Add(l.Per), Exceeded: w.count >= l.Requests}
	if !q.Exceeded {
		w.count++
	}
	q.Remaining = l.Requests - w.count
	return q
}
