package store

import (
	"fmt"
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

	configured atomic.Bool // made by Put
	adopted    bool        // made by Adopt; never changes

	// The origin, which no request looks at, keeps what each request reads apart from what
	// each changes: two processors that share a line of memory wait for each other.
	origin knot.Client // what reset goes back to; changes under mu

	mu       sync.Mutex
	used     atomic.Int64 // real time of the last session, or of its making, in nanoseconds; changes without mu
	ids      idSource
	sessions sessions
	dropped  uint64 // sessions that went because of a bound
	window   window
}

func (s *Store) newAccount(c knot.Client) *account {
	a := &account{store: s, origin: c}
	a.set(c)
	return a
}

// newOwn makes the account of a client that was minted or adopted just now.
func (s *Store) newOwn(c knot.Client) *account {
	a := s.newAccount(c)
	a.used.Store(s.config.Now().UnixNano())
	return a
}

// configure makes c what the client is and goes back to.
func (a *account) configure(c knot.Client) {
	a.configured.Store(true)
	a.mu.Lock()
	a.origin = c
	a.mu.Unlock()
	a.set(c)
}

// set changes the client. A new seed starts the ids anew.
func (a *account) set(c knot.Client) {
	if c.Phone == "" {
		c.Phone = knot.PhoneE164
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	old := a.client.Swap(&c)
	if old == nil || old.Seed != c.Seed {
		a.ids = newIDSource(c.ID, c.Seed)
	}
	a.store.secrets.add(c.SecretSHA256)
	if old != nil {
		a.store.secrets.drop(old.SecretSHA256)
	}
}

// home returns what reset goes back to.
func (a *account) home() knot.Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.origin
}

// reset forgets all that has happened.
func (a *account) reset() {
	a.set(a.home())
	a.clock.Store(nil)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids = newIDSource(a.origin.ID, a.origin.Seed)
	a.sessions, a.window = sessions{}, window{}
}

// now returns the client's time.
func (a *account) now() time.Time { return a.at(a.store.config.Now()) }

// at returns what the client's clock shows at a point of real time.
func (a *account) at(real time.Time) time.Time {
	c := a.clock.Load()
	if c == nil {
		c = a.store.clock.Load()
	}
	return c.At(real)
}

// CreateSession issues a session to a client at a point of real time, and returns its
// id. It keeps its own copy of the product, the user and the card, long ones cut off. The
// error is knot.ErrUnknownClient or that of the source of randomness.
func (s *Store) CreateSession(clientID string, r *knot.SessionRequest, now time.Time) (string, error) {
	a, err := s.account(clientID)
	if err != nil {
		return "", err
	}
	a.used.Store(now.UnixNano())
	id, err := a.issue(r, a.at(now))
	if err == nil && s.issued.Load() > int64(s.config.MaxSessions) {
		s.makeRoom()
	}
	return id, err
}

// issue makes a session and keeps it.
func (a *account) issue(r *knot.SessionRequest, now time.Time) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id, err := a.ids()
	if err != nil {
		return "", fmt.Errorf("make session id: %w", err)
	}
	kept := newRecord(id.String(), r, now)
	if a.sessions.keep(kept, a.store.config.MaxSessionsPerClient) {
		a.store.issued.Add(1)
	} else {
		a.dropped++
	}
	return kept.id(), nil
}

// makeRoom brings the number of all sessions under its bound: those who have at least
// half as many as clients have on average lose the oldest eighth of theirs. That is a
// sixteenth of all at least, so it does not happen often.
func (s *Store) makeRoom() {
	if !s.crowded.TryLock() {
		return // somebody is at it
	}
	defer s.crowded.Unlock()
	before, total := s.issued.Load(), 0
	for _, a := range s.clients.all() {
		total += a.count()
	}
	if total > s.config.MaxSessions {
		fair := total / max(1, s.clients.len()) / 2
		for _, a := range s.clients.all() {
			total -= a.thin(fair)
		}
	}
	s.issued.Add(int64(total) - before) // exact again, after clients were removed or reset
}

func (a *account) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.sessions.ring)
}

// thin drops the oldest eighth of a client's sessions, if it has as many as is fair,
// and returns how many those are.
func (a *account) thin(fair int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := len(a.sessions.ring)
	if n == 0 || n < fair {
		return 0
	}
	n = (n + 7) / 8
	a.sessions.drop(n)
	a.dropped += uint64(n)
	return n
}

// Sessions returns the sessions of a client that have not expired, oldest
// first, or knot.ErrUnknownClient.
func (s *Store) Sessions(clientID string) ([]knot.Session, error) {
	a, err := s.account(clientID)
	if err != nil {
		return nil, err
	}
	list := []knot.Session{}
	now := a.now()
	for _, r := range a.records() {
		if r.isAlive(now) {
			list = append(list, r.session(a.client.Load().ID))
		}
	}
	return list, nil
}

func (a *account) records() []record {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sessions.inOrder()
}

// CountSessions returns how many sessions of all clients have not expired.
func (s *Store) CountSessions() int {
	count := 0
	for _, a := range s.clients.all() {
		count += a.countAlive()
	}
	return count
}

func (a *account) countAlive() int {
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	count := 0
	for _, r := range a.sessions.ring {
		if r.isAlive(now) {
			count++
		}
	}
	return count
}

// DroppedSessions returns how many sessions were ever dropped because of a bound.
func (s *Store) DroppedSessions() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	dropped := s.dropped
	for _, a := range s.clients.all() {
		dropped += a.countDropped()
	}
	return dropped
}

func (a *account) countDropped() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.dropped
}

// Now returns the time of a client; of one that does not exist, the common time.
func (s *Store) Now(clientID string) time.Time {
	now, _ := s.At(clientID, s.config.Now())
	return now
}

// At returns what the clock of a client shows at a point of real time; of a client that
// does not exist, what the common clock shows, and false.
func (s *Store) At(clientID string, real time.Time) (time.Time, bool) {
	a, ok := s.clients.get(clientID)
	if !ok {
		return s.clock.Load().At(real), false
	}
	return a.at(real), true
}

// Clock returns the clock of a client and what it shows; "" is the common
// clock, which every client follows that has none of its own.
func (s *Store) Clock(clientID string) (knot.Clock, time.Time, error) {
	if clientID == "" {
		c := *s.clock.Load()
		return c, c.At(s.config.Now()), nil
	}
	a, err := s.account(clientID)
	if err != nil {
		return knot.Clock{}, time.Time{}, err
	}
	if c := a.clock.Load(); c != nil {
		return *c, c.At(s.config.Now()), nil
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
		a, ok := s.clients.get(clientID)
		if !ok {
			return unknown(clientID)
		}
		clock = &a.clock
	}
	old := clock.Load()
	if old == nil {
		old = s.clock.Load()
	}
	changed := change(*old, s.config.Now())
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
	a, ok := s.clients.get(clientID)
	if !ok {
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
