package server

import (
	"context"
	"errors"
	"fmt"
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
// until Serve. It takes all of them or none.
func (s *Server) Listen() error {
	err := s.listen()
	if err != nil {
		s.closeDoors()
	}
	return err
}

func (s *Server) listen() error {
	if err := s.certify(); err != nil {
		return err
	}
	for _, d := range s.doors() {
		if err := d.listen(); err != nil {
			return err
		}
	}
	s.openControl()
	s.limits.start()
	return s.writeAddressFile()
}

// openControl opens the control API where only this machine can reach it.
func (s *Server) openControl() {
	at := []*door{s.control}
	if s.control == nil {
		at = s.doors()
	} else {
		s.config.Log.Info("the control API has an address of its own", "url", s.ControlURL())
	}
	isOpen := true
	for _, d := range at {
		isOpen = isOpen && isLoopback(d.listener.Addr())
	}
	s.controlOpen = s.controlOpen || isOpen
	if !s.controlOpen && s.config.Control.Mode != ControlOff {
		s.config.Log.Warn("the control API is closed, because others can reach this address; " +
			"give --control-token TOKEN to open it to who knows it, or --control on to open it to everybody")
	}
}

// Serve answers requests until Shutdown; then it returns nil.
func (s *Server) Serve() error {
	doors := s.doors()
	ended := make(chan error)
	for _, d := range doors {
		go func() { ended <- d.serve(&s.limits) }()
	}
	var failed error
	for range doors {
		if err := <-ended; failed == nil && !errors.Is(err, http.ErrServerClosed) {
			failed = fmt.Errorf("serve: %w", err)
			s.closeDoors()
		}
	}
	return failed
}

// Shutdown takes no more requests, lets go of those that are slow on purpose,
// and waits for the others, for DrainTimeout or until ctx ends; then it cuts
// them off and returns an error. Faults that were never met are logged, and how many
// requests there were: who counts the answers can tell that none was lost.
func (s *Server) Shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, DrainTimeout)
	defer cancel()
	began := time.Now()
	s.config.Log.Info("stopping: requests under way are answered, no more are taken")
	s.removeAddressFile()
	s.stop()
	defer s.limits.stop() // they hold until the last is out
	closeSpare := time.AfterFunc(spareTimeout, s.spare.close)
	defer closeSpare.Stop()
	err := s.shutDoors(ctx)
	s.warnUnmet(s.Unmet())
	s.config.Log.Info("stopped", "requests", s.api.Requests()) // each was answered, unless there is an error
	if err != nil {
		s.closeDoors()
		return fmt.Errorf("drain: requests still under way after %v were cut off: %w", time.Since(began).Round(time.Millisecond), err)
	}
	return nil
}

// URL returns the base URL of the emulated API.
func (s *Server) URL() string { return s.emulated.url() }

// TLSURL returns the base URL by HTTPS, or "" if there is none.
func (s *Server) TLSURL() string {
	if s.secure == nil {
		return ""
	}
	return s.secure.url()
}

// ControlURL returns the base URL of the control API without its prefix: the
// sandbox's own, or another if the control API is elsewhere.
func (s *Server) ControlURL() string {
	if s.control != nil {
		return s.control.url()
	}
	return s.URL()
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
	if path == "" || s.emulated.listener == nil {
		return
	}
	if content, err := os.ReadFile(path); err == nil && string(content) == s.URL()+"\n" {
		_ = os.Remove(path)
	}
}
