package store

import "sync"

// digest is what is kept of a secret.
type digest = [32]byte

// secrets counts the clients by their secrets, so that a refused request does not have
// to ask all of them. The zero value is empty.
type secrets struct {
	mu     sync.Mutex
	owners map[digest]int
}

func (s *secrets) add(d digest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owners == nil {
		s.owners = map[digest]int{}
	}
	s.owners[d]++
}

func (s *secrets) drop(d digest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owners[d]--; s.owners[d] <= 0 {
		delete(s.owners, d)
	}
}

func (s *secrets) has(d digest) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owners[d] > 0
}
