package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// DrainTimeout is how long Shutdown waits for requests under way.
const DrainTimeout = 8 * time.Second

// spareTimeout is how long Shutdown waits for a connection on which nothing was
// sent: clients open them in advance.
const spareTimeout = 500 * time.Millisecond

// Listen takes the addresses. After it, URL is known and connections queue up
// until Serve.
func (s *Server) Listen() error {
	var err error
	if s.listener, err = listen(s.config.Listen); err != nil {
		return err
	}
	if err = s.listenForControl(); err == nil {
		err = s.writeAddressFile()
	}
	if err != nil {
		s.closeListeners()
	}
	return err
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

// listenForControl takes the control API's own address, if it has one, and
// opens it where only this machine can reach it.
func (s *Server) listenForControl() error {
	at := s.listener
	if s.controlHTTP != nil {
		l, err := listen(s.config.Control.Listen)
		if err != nil {
			return fmt.Errorf("control API: %w", err)
		}
		s.controlListener, at = l, l
		s.config.Log.Info("the control API has an address of its own", "url", s.ControlURL())
	}
	s.controlOpen = s.controlOpen || isLoopback(at.Addr())
	if !s.controlOpen && s.config.Control.Mode != ControlOff {
		s.config.Log.Warn("the control API is closed, because others can reach this address; " +
			"give --control-token TOKEN to open it to who knows it, or --control on to open it to everybody")
	}
	return nil
}

func (s *Server) closeListeners() {
	for _, l := range []net.Listener{s.listener, s.controlListener} {
		if l != nil {
			_ = l.Close()
		}
	}
}

// Serve answers requests until Shutdown; then it returns nil.
func (s *Server) Serve() error {
	failed := make(chan error, 1)
	if s.controlHTTP != nil {
		go func() { failed <- s.controlHTTP.Serve(s.controlListener) }()
	} else {
		failed <- http.ErrServerClosed
	}
	err := s.http.Serve(s.listener)
	if s.controlHTTP != nil {
		_ = s.controlHTTP.Close()
	}
	for _, err := range []error{err, <-failed} {
		if !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
	}
	return nil
}

// Shutdown takes no more requests, lets go of those that are slow on purpose,
// and waits for the others, for DrainTimeout or until ctx ends; then it cuts
// them off and returns an error. Faults that were never met are logged.
func (s *Server) Shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, DrainTimeout)
	defer cancel()
	s.config.Log.Info("stopping: requests under way are answered, no more are taken")
	s.removeAddressFile()
	s.stop()
	closeSpare := time.AfterFunc(spareTimeout, s.spare.close)
	defer closeSpare.Stop()
	err := s.http.Shutdown(ctx)
	s.warnUnmet(s.Unmet())
	if err != nil {
		_ = s.http.Close()
		return fmt.Errorf("drain: requests still under way after %v were cut off: %w", DrainTimeout, err)
	}
	return nil
}

// URL returns the base URL of the listener, without a slash at its end. An
// unspecified host is shown as the loopback address, at which it can be reached.
func (s *Server) URL() string { return urlOf(s.listener) }

// ControlURL returns the base URL of the control API without its prefix: the
// sandbox's own, or another if the control API is elsewhere.
func (s *Server) ControlURL() string {
	if s.controlListener != nil {
		return urlOf(s.controlListener)
	}
	return s.URL()
}

func urlOf(l net.Listener) string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return "http://" + l.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// writeAddressFile writes the URL in one step, so that a reader sees all of it
// or nothing.
func (s *Server) writeAddressFile() error {
	path := s.config.AddressFile
	if path == "" {
		return nil
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // a link stays one
		s.config.AddressFile = path
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
