package main

import (
	"slices"
	"time"
)

// model is what a client of the sandbox should be like. Its clock stands still but for
// moments, so that every time is known.
type model struct {
	id, secret string
	generation int // of the clients that a worker has had
	products   []string
	phone      string
	now        time.Time

	rules     []*rule // its own, in order
	inline    []*rule // that came with requests, in order
	sessions  []*session
	journal   []*exchange // the oldest first
	isDropped bool        // older ones were there, and no one has cleared them away
	coverage  map[string]int
	quota     window

	seed   uint64
	minted uint64              // the seed that it was minted with
	ids    map[uint64][]string // session ids by seed, as far as they are known
	next   int                 // place of the next id
}

// session is an issued session. Its id is unknown until it was seen.
type session struct {
	id, product, user string
	created           time.Time
	place             int // among the ids of its seed
	seed              uint64
}

// exchange is a request and what went out.
type exchange struct {
	id            string // unknown if the answer did not tell
	outcome, work string
	status        int
	product, user string
	rule, fault   string
	session       *session
}

// window is what was counted against the quota.
type window struct {
	began time.Time
	count int
}

// lifetime is how long a session lasts.
const lifetime = 30 * time.Minute

// beginning is the time that clients are set to at first.
var beginning = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

// reset brings the model back to the beginning. Its coverage, and what is known of its
// ids, stays.
func (m *model) reset() {
	m.products, m.phone, m.now = products, "e164", beginning
	m.rules, m.inline, m.sessions, m.journal, m.quota = nil, nil, nil, nil, window{}
	m.seed, m.next, m.isDropped = m.minted, 0, false
}

// reseed changes the seed. The ids begin anew if it is another.
func (m *model) reseed(seed uint64) {
	if m.seed != seed {
		m.seed, m.next = seed, 0
	}
}

// create issues a session.
func (m *model) create(q *request) *session {
	s := &session{product: q.product, user: q.user, created: m.now, place: m.next, seed: m.seed}
	if m.next++; len(m.ids[m.seed]) < m.next {
		m.ids[m.seed] = append(m.ids[m.seed], "")
	}
	s.id = m.ids[s.seed][s.place]
	m.sessions = append(m.sessions, s)
	return s
}

// learn notes the id of a session, if it is not known yet and can be that one.
func (m *model) learn(s *session, id string) {
	known := m.ids[s.seed]
	if known[s.place] == "" && !slices.Contains(known, id) {
		known[s.place] = id
	}
	s.id = known[s.place]
}

// alive returns the sessions that have not expired.
func (m *model) alive() []*session {
	return slices.DeleteFunc(slices.Clone(m.sessions), func(s *session) bool { return m.now.Sub(s.created) >= lifetime })
}

// record keeps an exchange, as many as the sandbox does.
func (m *model) record(e *exchange) {
	m.coverage[e.outcome]++
	if m.journal = append(m.journal, e); len(m.journal) > keptPerOne {
		m.journal, m.isDropped = m.journal[1:], true
	}
}

// take counts a request against the quota.
func (m *model) take() (left int, exceeded bool) {
	if w := &m.quota; w.count == 0 || m.now.Before(w.began) || m.now.Sub(w.began) >= time.Minute {
		*w = window{began: m.now}
	}
	if m.quota.count >= quota {
		return 0, true
	}
	m.quota.count++
	return quota - m.quota.count, false
}

// count returns how many exchanges of an outcome are kept.
func (m *model) count(outcome string) int {
	n := 0
	for _, e := range m.journal {
		if e.outcome == outcome {
			n++
		}
	}
	return n
}

// enable leaves those products enabled that it should.
func (m *model) enable(is func(product string) bool) {
	m.products = slices.DeleteFunc(slices.Clone(products), func(p string) bool { return !is(p) })
}
