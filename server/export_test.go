package server

import (
	"net"
	"time"
)

// SetTimeLimits makes the time limits of connections those of a test. It is called
// before Listen.
func (s *Server) SetTimeLimits(readHeader, read, write, idle time.Duration) {
	for _, d := range s.doors() {
		d.server.ReadHeaderTimeout, d.server.ReadTimeout, d.server.WriteTimeout, d.server.IdleTimeout = readHeader, read, write, idle
	}
}

// ServeFrom answers at a listener of a test's own, until it fails.
func (s *Server) ServeFrom(l net.Listener) error { return s.emulated.server.Serve(s.limits.over(l)) }

// CountConnections returns how many connections have their limits noted.
func (s *Server) CountConnections() int {
	s.limits.mu.Lock()
	defer s.limits.mu.Unlock()
	return len(s.limits.conns)
}
