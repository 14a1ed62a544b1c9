// Package server puts the sandbox together: configuration, handler, listener
// and shutdown.
package server

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"knotsandbox/handlers"
	"knotsandbox/knot"
	"knotsandbox/store"
	"knotsandbox/validation"
)

// The time limits of a connection. Answers have none, since some of them are
// slow on purpose.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = time.Minute
	idleTimeout       = 2 * time.Minute
)

// DrainTimeout is how long Shutdown waits for requests under way.
const DrainTimeout = 10 * time.Second

// Server is one sandbox. It is safe for concurrent use; make one with New.
type Server struct {
	config   Config
	store    *store.Store
	http     *http.Server
	listener net.Listener
}

// New returns a sandbox that does not listen yet.
func New(c Config) (*Server, error) {
	if c.Listen == "" {
		c.Listen = DefaultListen
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	validator, err := validation.New()
	if err != nil {
		return nil, fmt.Errorf("make validator: %w", err)
	}
	adviser, err := validation.NewPhoneAdviser()
	if err != nil {
		return nil, err
	}
	s := &Server{config: c, store: store.New(c.Now)}
	for _, client := range c.Clients {
		if client.Seed == nil {
			client.Seed = c.Seed
		}
		s.store.Put(client)
	}
	s.http = newHTTPServer(c.Log, handlers.New(handlers.Config{
		Store: s.store, Validator: validator, PhoneAdviser: adviser,
		AnyCredentials: c.AnyCredentials, MaxBody: c.MaxBody, OutOfBand: !c.OutOfBandOff, Log: c.Log,
	}))
	return s, nil
}

// newHTTPServer returns a server with explicit limits. What the HTTP layer
// itself has to say of broken requests is of interest to a debugger only.
func newHTTPServer(logger *slog.Logger, h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          log.New(debugWriter{logger}, "", 0),
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

// Handler returns the sandbox as a handler, for use without a listener.
func (s *Server) Handler() http.Handler { return s.http.Handler }

// Listen takes the address. After it, URL is known and connections queue up
// until Serve.
func (s *Server) Listen() error {
	l, err := net.Listen("tcp", s.config.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.config.Listen, err)
	}
	s.listener = l
	if err := s.writeAddressFile(); err != nil {
		_ = l.Close()
		return err
	}
	return nil
}

// Serve answers requests until Shutdown; then it returns nil.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// Shutdown takes no more requests and waits for those under way, for
// DrainTimeout or until ctx ends; then it cuts them off and returns an error.
func (s *Server) Shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, DrainTimeout)
	defer cancel()
	s.removeAddressFile()
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close()
		return fmt.Errorf("drain: %w", err)
	}
	return nil
}

// URL returns the base URL of the listener, without a slash at its end. An
// unspecified host is shown as the loopback address, at which it can be reached.
func (s *Server) URL() string {
	host, port, err := net.SplitHostPort(s.listener.Addr().String())
	if err != nil {
		return "http://" + s.listener.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// Clients returns the clients, ordered by id.
func (s *Server) Clients() []knot.Client { return s.store.Clients() }

// HasCredentials reports whether a pair would be let in.
func (s *Server) HasCredentials(id, secret string) bool {
	_, err := s.store.Authenticate(id, secret)
	return err == nil
}

// writeAddressFile writes the URL in one step, so that a reader sees all of it
// or nothing.
func (s *Server) writeAddressFile() error {
	path := s.config.AddressFile
	if path == "" {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write address file: %w", err)
	}
	_, err = f.WriteString(s.URL() + "\n")
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write address file: %w", err)
	}
	return nil
}

// removeAddressFile removes the address file, if it is still this server's.
func (s *Server) removeAddressFile() {
	path := s.config.AddressFile
	if path == "" || s.listener == nil {
		return
	}
	if content, err := os.ReadFile(path); err == nil && string(content) == s.URL()+"\n" {
		_ = os.Remove(path)
	}
}
