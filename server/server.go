// Package server puts the sandbox together: configuration, handler, listener
// and shutdown.
package server

import (
	"context"
	"log"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"knotsandbox/admin"
	"knotsandbox/faults"
	"knotsandbox/handlers"
	"knotsandbox/journal"
	"knotsandbox/knot"
	"knotsandbox/store"
	"knotsandbox/validation"
)

// The time limits of a connection, and how large a request's head may be. An answer
// has its time from the end of the head on, so that a caller that does not read holds
// nothing for ever; what is slow on purpose lifts that limit.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = time.Minute
	writeTimeout      = 2 * time.Minute
	idleTimeout       = 2 * time.Minute
	maxHead           = 1 << 20 // bytes; the HTTP layer lets 4 KiB more pass
)

// Server is one sandbox; make one with New. Listen and Serve are called once, in
// this order; after Listen, all else is safe for concurrent use.
type Server struct {
	config     Config
	seed       uint64
	started    time.Time
	store      *store.Store
	language   atomic.Pointer[faults.Language]
	outcomes   map[string]*knot.Error
	faults     faults.Set
	configured configured
	journal    *journal.Journal
	api        *handlers.API
	metrics    *metrics

	base        context.Context // of all requests; ends with Shutdown
	stop        context.CancelFunc
	emulated    *door
	secure      *door // HTTPS; nil if there is none
	control     *door // of the control API alone; nil if it is beside the emulated one
	controlOpen bool  // set before Serve
	spare       spareConns
	limits      deadlines
}

// New returns a sandbox that does not listen yet. A setting that cannot be is
// a *SettingError.
func New(c Config) (*Server, error) {
	if c.Listen == "" {
		c.Listen = DefaultListen
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Control.Mode == "" {
		c.Control.Mode = ControlAuto
	}
	s := &Server{
		config: c, seed: rand.Uint64(), outcomes: map[string]*knot.Error{}, journal: journal.New(c.Journal),
	}
	s.store = store.New(store.Config{Now: c.Now, Evicted: s.evicted})
	s.metrics = s.newMetrics()
	if c.Seed.IsSet {
		s.seed = c.Seed.Value
	}
	s.started = s.store.Now("")
	s.base, s.stop = context.WithCancel(context.Background())
	for _, e := range knot.Errors() {
		s.outcomes[e.Name] = e
	}
	if err := s.configure(c); err != nil {
		return nil, err
	}
	var err error
	if s.api, err = s.emulatedAPI(); err != nil {
		return nil, err
	}
	s.assemble(s.api, admin.New(s, c.Log))
	return s, nil
}

// emulatedAPI returns the handler of the emulated API.
func (s *Server) emulatedAPI() (*handlers.API, error) {
	adviser, err := validation.NewPhoneAdviser()
	if err != nil {
		return nil, err
	}
	go adviser.Warm() // it takes a part of the start's time, and the first number mostly comes later
	return handlers.New(handlers.Config{
		Store: s.store, Validator: validation.New(), PhoneAdviser: adviser, Around: s.aroundCall, Observe: s.observe,
		AnyCredentials: s.config.AnyCredentials, MaxBody: s.config.MaxBody, RateLimit: s.config.RateLimit,
		OutOfBand: !s.config.OutOfBandOff, Now: s.config.Now, Log: s.config.Log,
	}), nil
}

// assemble puts the two APIs behind their listeners. The path decides, before
// all else, so that nothing of the one ever answers for the other.
func (s *Server) assemble(api, control http.Handler) {
	control = s.guard(control)
	s.controlOpen = s.config.Control.Mode == ControlOn || s.config.Control.Token != ""
	switch s.config.Control.Mode {
	case ControlOff:
	case ControlElsewhere:
		s.control = &door{name: "control API: ", address: s.config.Control.Listen, server: s.newHTTPServer(control)}
	default:
		api = beside(api, control)
	}
	s.emulated = &door{address: s.config.Listen, server: s.newHTTPServer(api)}
	if s.config.TLS.Listen != "" {
		s.secure = &door{name: "tls: ", address: s.config.TLS.Listen, secure: true, server: s.newHTTPServer(api)}
	}
}

// beside puts the control API beside the emulated one.
func beside(api, control http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == admin.Prefix || strings.HasPrefix(r.URL.Path, admin.Prefix+"/") {
			control.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// newHTTPServer returns a server with explicit limits. What the HTTP layer
// itself has to say of broken requests is of interest to a debugger only.
func (s *Server) newHTTPServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		BaseContext:       func(net.Listener) context.Context { return s.base },
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHead,
		ConnState:         s.spare.track,
		ErrorLog:          log.New(debugWriter{s.config.Log}, "", 0),
		// OPTIONS * is a request like any other.
		DisableGeneralOptionsHandler: true,
	}
}

// debugWriter writes the lines of the standard logger at debug level.
type debugWriter struct{ log *slog.Logger }

func (w debugWriter) Write(line []byte) (int, error) {
	w.log.Debug("http", "message", string(line))
	return len(line), nil
}

// Handler returns what answers at Listen, for use without a listener. The
// control API is closed in it unless the mode is ControlOn or a token is set.
func (s *Server) Handler() http.Handler { return s.emulated.server.Handler }

// realTime returns real time.
func (s *Server) realTime() time.Time {
	if s.config.Now != nil {
		return s.config.Now()
	}
	return time.Now()
}

// HasCredentials reports whether a pair would be let in.
func (s *Server) HasCredentials(id, secret string) bool {
	_, err := s.store.Authenticate(id, secret)
	return err == nil
}
