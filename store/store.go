// Package store is what the sandbox remembers: clients and their sessions, in
// memory. Values go in and values come out; nothing that is kept can be
// changed from outside.
package store

import (
	"cmp"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"knotsandbox/knot"
)

// ErrUnknownClient is returned for a client id that is not in the store.
var ErrUnknownClient = errors.New("unknown client")

// The bounds of what is remembered.
const (
	// MaxSessions is how many sessions are kept for one client; the oldest go first.
	MaxSessions = 10_000
	// MaxAdopted is how many clients Adopt makes.
	MaxAdopted = 1_000
)

// Options are what the store needs from outside.
type Options struct {
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Store holds clients and sessions. It is safe for concurrent use; make one
// with New.
type Store struct {
	now func() time.Time

	mu      sync.RWMutex
	clients map[string]*account
	adopted int // clients made by Adopt
}

// account is a client with what belongs to it.
type account struct {
	client knot.Client

	mu       sync.Mutex
	ids      idSource
	sessions []knot.Session // a ring once it holds MaxSessions
	oldest   int            // where the ring begins
}

func newAccount(c knot.Client) *account {
	return &account{client: c, ids: newIDSource(c.ID, c.Seed)}
}

// New returns an empty store.
func New(o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Store{now: o.Now, clients: map[string]*account{}}
}

// Put adds a client. A client of the same id is replaced and keeps its sessions.
func (s *Store) Put(c knot.Client) {
	if c.Phone == "" {
		c.Phone = knot.PhoneE164
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := newAccount(c)
	if old, ok := s.clients[c.ID]; ok {
		a.sessions, a.oldest = old.takeSessions()
	}
	s.clients[c.ID] = a
}

// Client returns the client of that id.
func (s *Store) Client(id string) (knot.Client, error) {
	a, err := s.account(id)
	if err != nil {
		return knot.Client{}, err
	}
	return a.client, nil
}

// Clients returns every client, ordered by id.
func (s *Store) Clients() []knot.Client {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]knot.Client, 0, len(s.clients))
	for _, a := range s.clients {
		list = append(list, a.client)
	}
	slices.SortFunc(list, func(a, b knot.Client) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Authenticate returns the client of a credential pair. Both an unknown id and
// a wrong secret are knot.AuthFailed; the digests are compared in constant
// time, also for an id that does not exist.
func (s *Store) Authenticate(id, secret string) (knot.Client, error) {
	digest := knot.DigestOf(secret)
	var c knot.Client
	a, err := s.account(id)
	if err == nil {
		c = a.client
	}
	if subtle.ConstantTimeCompare(digest[:], c.SecretSHA256[:]) != 1 || err != nil {
		return knot.Client{}, knot.AuthFailed
	}
	return c, nil
}

// Adopt returns the client of that id, and makes one with every product if
// there is none, up to MaxAdopted of them. It serves the mode that accepts any
// credentials; an id that no client can have, or one too many, is knot.AuthFailed.
func (s *Store) Adopt(id string) (knot.Client, error) {
	if c, err := s.Client(id); err == nil {
		return c, nil
	}
	if knot.CheckClientID(id) != nil {
		return knot.Client{}, knot.AuthFailed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.clients[id]; ok {
		return a.client, nil
	}
	if s.adopted == MaxAdopted {
		return knot.Client{}, knot.AuthFailed
	}
	s.adopted++
	c := knot.Client{ID: strings.Clone(id), Products: knot.AllProducts(), Phone: knot.PhoneE164}
	s.clients[c.ID] = newAccount(c)
	return c, nil
}

// HasSecret reports whether some client has that secret. It tells the caller
// who mixed up id and secret, and is no way to authenticate.
func (s *Store) HasSecret(secret string) bool {
	digest := knot.DigestOf(secret)
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, a := range s.clients {
		if subtle.ConstantTimeCompare(digest[:], a.client.SecretSHA256[:]) == 1 {
			return true
		}
	}
	return false
}

// CreateSession issues a session to a client. It keeps its own copy of the
// request. The error is ErrUnknownClient or that of the source of randomness.
func (s *Store) CreateSession(clientID string, r *knot.SessionRequest) (knot.Session, error) {
	a, err := s.account(clientID)
	if err != nil {
		return knot.Session{}, err
	}
	now := s.now()
	session := knot.Session{
		ClientID: a.client.ID, Request: r.Clone(),
		CreatedAt: now, ExpiresAt: now.Add(knot.SessionLifetime),
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

// Sessions returns the sessions of a client that have not expired, oldest first.
func (s *Store) Sessions(clientID string) ([]knot.Session, error) {
	a, err := s.account(clientID)
	if err != nil {
		return nil, err
	}
	now := s.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]knot.Session, 0, len(a.sessions))
	for i := range a.sessions {
		session := a.sessions[(a.oldest+i)%len(a.sessions)]
		if now.Before(session.ExpiresAt) {
			list = append(list, session)
		}
	}
	return list, nil
}

func (s *Store) account(id string) (*account, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if a, ok := s.clients[id]; ok {
		return a, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrUnknownClient, id)
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

// takeSessions returns a copy of the ring.
func (a *account) takeSessions() ([]knot.Session, int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.sessions), a.oldest
}
