package server

import (
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// spareConns are the connections on which nothing has been sent yet. The
// standard library's shutdown waits for them for five seconds. The zero value is
// ready.
type spareConns struct {
	count atomic.Int64 // spares the others the lock
	mu    sync.Mutex
	conns map[net.Conn]bool
}

// track is a http.Server.ConnState.
func (s *spareConns) track(c net.Conn, state http.ConnState) {
	if state != http.StateNew && s.count.Load() == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		s.conns = map[net.Conn]bool{}
	}
	if state == http.StateNew {
		s.conns[c] = true
	} else {
		delete(s.conns, c)
	}
	s.count.Store(int64(len(s.conns)))
}

// close closes them.
func (s *spareConns) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
}
