// Package store is what the sandbox remembers: clients with their sessions,
// clocks and quotas, in memory. Values go in and values come out; nothing that
// is kept can be changed from outside.
package store

import (
	"cmp"
	"crypto/subtle"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"knotsandbox/knot"
)

// The bounds of what is remembered, unless Config says otherwise.
const (
	// MaxClients is how many clients there can be.
	MaxClients = 10_000
	// MaxAdopted is how many of them Adopt makes.
	MaxAdopted = 1_000
	// MaxSessionsPerClient is how many sessions are kept for one client; the oldest
	// go first.
	MaxSessionsPerClient = 10_000
	// MaxSessions is how many are kept for all of them. Above it, clients that have
	// many lose their oldest ones.
	MaxSessions = 100_000
)

// IdleTime is how long a client that was minted or adopted has to be without a session
// before another may take its place.
const IdleTime = knot.SessionLifetime

// Config is what a store needs to know. The zero value is ready.
type Config struct {
	Now                               func() time.Time // real time; nil is time.Now
	MaxSessions, MaxSessionsPerClient int              // 0 is the constant of that name
	// Evicted, if not nil, is told of each client that has made room for another.
	Evicted func(id string)
}

// Store holds the clients. It is safe for concurrent use; make one with New.
type Store struct {
	config Config
	clock  atomic.Pointer[knot.Clock] // of every client without one of its own

	mu        sync.Mutex // held by who changes the clients
	clients   accounts
	adopted   int       // of them made by Adopt
	allInUse  time.Time // until then none of these can be idle; spares callers who are too many the search
	strangers *account  // stands in for callers that are no client
	dropped   uint64    // sessions that clients had lost which are gone themselves

	secrets secrets

	issued  atomic.Int64 // sessions that are kept, or more
	crowded sync.Mutex   // held by who makes room for more
}

// New returns an empty store.
func New(c Config) *Store {
	if c.Now == nil {
		c.Now = time.Now
	}
	c.MaxSessions = cmp.Or(c.MaxSessions, MaxSessions)
	c.MaxSessionsPerClient = cmp.Or(c.MaxSessionsPerClient, MaxSessionsPerClient)
	s := &Store{config: c}
	s.clock.Store(&knot.Clock{})
	s.strangers = s.newAccount(knot.Client{})
	return s
}

// Put adds a client, or changes the one of that id, which keeps its sessions.
// Reset brings a client back to what Put said last.
func (s *Store) Put(c knot.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(c)
}

func (s *Store) put(c knot.Client) {
	a, ok := s.clients.get(c.ID)
	if !ok {
		a = s.newAccount(c)
	}
	a.configure(c)
	s.clients.put(c.ID, a) // now that it is what it shall be
}

// Configure makes clients the configured ones: new ones are added, those that are to
// be otherwise are changed and keep what belongs to them, others that were configured
// are removed and their ids returned. Minted and adopted ones stay.
func (s *Store) Configure(clients []knot.Client) (removed []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := map[string]bool{}
	for _, c := range clients {
		wanted[c.ID] = true
		if a, ok := s.clients.get(c.ID); !ok || !a.configured.Load() || a.home() != c {
			s.put(c)
		}
	}
	for id, a := range s.clients.all() {
		if a.configured.Load() && !wanted[id] {
			s.remove(id)
			removed = append(removed, id)
		}
	}
	slices.Sort(removed)
	return removed
}

// Add adds a client that must not exist yet. Reset removes it. If there are as many
// clients as there can be, it takes the place of the idlest that was minted or adopted,
// so that tests which leave their clients behind do not fill the store; if none was
// idle for IdleTime, the error is knot.ErrTooManyClients.
func (s *Store) Add(c knot.Client) error {
	evicted, err := s.add(c)
	s.tellEvicted(evicted)
	return err
}

func (s *Store) add(c knot.Client) (evicted string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.clients.get(c.ID); ok {
		return "", fmt.Errorf("%w: %q", knot.ErrClientExists, c.ID)
	}
	if s.clients.len() >= MaxClients {
		if evicted, _ = s.evictIdlest(func(a *account) bool { return !a.configured.Load() }); evicted == "" {
			return "", fmt.Errorf("%w: %d", knot.ErrTooManyClients, MaxClients)
		}
	}
	s.clients.put(c.ID, s.newOwn(c))
	return evicted, nil
}

// evictIdlest removes the client, of those meant, that has had no session for the
// longest time, if that is as long as IdleTime, and returns its id. Else it returns ""
// and when that will be so at the earliest.
func (s *Store) evictIdlest(isMeant func(*account) bool) (id string, next time.Time) {
	idlest, since := "", int64(math.MaxInt64)
	for id, a := range s.clients.all() {
		if used := a.used.Load(); used < since && isMeant(a) {
			idlest, since = id, used
		}
	}
	if idlest == "" {
		return "", time.Time{}
	}
	if next = time.Unix(0, since).Add(IdleTime); next.After(s.config.Now()) {
		return "", next
	}
	s.remove(idlest)
	return idlest, time.Time{}
}

func (s *Store) tellEvicted(id string) {
	if id != "" && s.config.Evicted != nil {
		s.config.Evicted(id)
	}
}

// remove removes a client, if it is there. The caller holds the lock.
func (s *Store) remove(id string) {
	a, ok := s.clients.get(id)
	if !ok {
		return
	}
	s.clients.remove(id)
	s.secrets.drop(a.client.Load().SecretSHA256)
	s.dropped += a.countDropped()
	if a.adopted {
		s.adopted--
	}
}

// Update changes a client and returns what it is now. Its id cannot change.
func (s *Store) Update(id string, change func(*knot.Client)) (knot.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.clients.get(id)
	if !ok {
		return knot.Client{}, unknown(id)
	}
	c := *a.client.Load()
	change(&c)
	c.ID = id
	a.set(c)
	return c, nil
}

// Remove removes a client with all that belongs to it.
func (s *Store) Remove(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.clients.get(id); !ok {
		return unknown(id)
	}
	s.remove(id)
	return nil
}

// Reset brings one client back to its beginning: its settings as Put or Add
// gave them, no sessions, the common clock, a new quota, the first id.
func (s *Store) Reset(id string) error {
	a, err := s.account(id)
	if err != nil {
		return err
	}
	a.reset()
	return nil
}

// ResetAll resets every client, removes those that Put did not make, and
// releases the common clock.
func (s *Store) ResetAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, a := range s.clients.all() {
		if !a.configured.Load() {
			s.remove(id)
			continue
		}
		a.reset()
	}
	s.strangers.reset()
	s.clock.Store(&knot.Clock{})
}

// Client returns the client of that id, or knot.ErrUnknownClient.
func (s *Store) Client(id string) (knot.Client, error) {
	a, err := s.account(id)
	if err != nil {
		return knot.Client{}, err
	}
	return *a.client.Load(), nil
}

// Has reports whether there is a client of that id.
func (s *Store) Has(id string) bool {
	_, ok := s.clients.get(id)
	return ok
}

// IsOwn reports whether there is a client of that id that was minted or adopted, not
// configured.
func (s *Store) IsOwn(id string) bool {
	a, ok := s.clients.get(id)
	return ok && !a.configured.Load()
}

// Len returns the number of clients.
func (s *Store) Len() int {
	return s.clients.len()
}

// Clients returns every client, ordered by id.
func (s *Store) Clients() []knot.Client {
	list := make([]knot.Client, 0, s.clients.len())
	for _, a := range s.clients.all() {
		list = append(list, *a.client.Load())
	}
	slices.SortFunc(list, func(a, b knot.Client) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Authenticate returns the client of a credential pair. Both an unknown id and
// a wrong secret are knot.AuthFailed; the digests are compared in constant
// time, also for an id that does not exist.
func (s *Store) Authenticate(id, secret string) (knot.Client, error) {
	digest := knot.DigestOf(secret)
	a, ok := s.clients.get(id)
	var c knot.Client
	if ok {
		c = *a.client.Load()
	}
	if subtle.ConstantTimeCompare(digest[:], c.SecretSHA256[:]) != 1 || !ok {
		return knot.Client{}, knot.AuthFailed
	}
	return c, nil
}

// Adopt returns the client of that id, and makes one with every product if
// there is none, up to MaxAdopted of them, of which idle ones make room for others. It
// serves the mode that accepts any credentials; an id that no client can have, or one
// too many, is knot.AuthFailed.
func (s *Store) Adopt(id string) (knot.Client, error) {
	if c, err := s.Client(id); err == nil {
		return c, nil
	}
	if knot.CheckClientID(id) != nil {
		return knot.Client{}, knot.AuthFailed
	}
	c, evicted, err := s.adopt(strings.Clone(id))
	s.tellEvicted(evicted)
	return c, err
}

func (s *Store) adopt(id string) (c knot.Client, evicted string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.clients.get(id); ok {
		return *a.client.Load(), "", nil
	}
	if s.adopted >= MaxAdopted || s.clients.len() >= MaxClients {
		if s.adopted == 0 || s.config.Now().Before(s.allInUse) {
			return knot.Client{}, "", knot.AuthFailed
		}
		if evicted, s.allInUse = s.evictIdlest(func(a *account) bool { return a.adopted }); evicted == "" {
			return knot.Client{}, "", knot.AuthFailed
		}
	}
	s.adopted++
	c = knot.Client{ID: id, Products: knot.AllProducts(), Phone: knot.PhoneE164}
	a := s.newOwn(c)
	a.adopted = true
	s.clients.put(id, a)
	return c, evicted, nil
}

// HasSecret reports whether some client has that secret. It tells the caller
// who mixed up id and secret, and is no way to authenticate.
func (s *Store) HasSecret(secret string) bool { return s.secrets.has(knot.DigestOf(secret)) }

func (s *Store) account(id string) (*account, error) {
	if a, ok := s.clients.get(id); ok {
		return a, nil
	}
	return nil, unknown(id)
}

func unknown(id string) error { return fmt.Errorf("%w: %q", knot.ErrUnknownClient, id) }
