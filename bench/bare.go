package main

import (
	"net/http"
	"time"

	"knotsandbox/bench/floor"
)

// serveBare serves the floor. Dressed, it has the time limits of the sandbox and as many
// headers in its answer, which every server of this kind would have to pay for.
func serveBare(address string, isDressed bool) error {
	s := &http.Server{Handler: floor.New(nil)}
	if isDressed {
		s.Handler = floor.New(dress)
		s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout = 10*time.Second, time.Minute, 2*time.Minute, 2*time.Minute
	}
	return floor.Serve(address, s)
}

func dress(h http.Header) {
	h["Cache-Control"] = []string{"no-cache, private"}
	h["X-Sandbox-Request-Id"], h["X-Sandbox-Evidence"] = []string{"r1000000"}, []string{"documented"}
	h["X-Sandbox-Hint"] = []string{"accepted, but libphonenumber calls +11234567890 possible and not assigned in region US"}
}
