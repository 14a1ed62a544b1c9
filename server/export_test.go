package server

import "time"

// SetTimeLimits makes the time limits of connections those of a test. It is called
// before Listen.
func (s *Server) SetTimeLimits(readHeader, read, write, idle time.Duration) {
	for _, d := range s.doors() {
		d.server.ReadHeaderTimeout, d.server.ReadTimeout, d.server.WriteTimeout, d.server.IdleTimeout = readHeader, read, write, idle
	}
}
