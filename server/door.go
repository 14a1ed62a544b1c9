package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"knotsandbox/certs"
)

// door is an address with what answers there.
type door struct {
	name     string // in errors; empty for the emulated API
	address  string
	secure   bool // by TLS
	server   *http.Server
	listener net.Listener // nil before listen
}

// listen takes the address.
func (d *door) listen() error {
	l, err := net.Listen("tcp", d.address)
	if err != nil {
		return fmt.Errorf("%slisten on %s: %w", d.name, d.address, err)
	}
	d.listener = l
	return nil
}

// serve answers until the server is shut down or closed, or fails.
func (d *door) serve(limits *deadlines) error {
	l := limits.over(d.listener)
	if d.secure {
		return d.server.ServeTLS(l, "", "") // the configuration holds the certificate
	}
	return d.server.Serve(l)
}

// url returns the base URL, without a slash at its end.
func (d *door) url() string {
	scheme := "http://"
	if d.secure {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(d.listener.Addr().String())
	if err != nil {
		return scheme + d.listener.Addr().String()
	}
	return scheme + Reachable(host, port)
}

// Reachable returns HOST:PORT by which this machine reaches what listens at a host and
// a port: an unspecified host, or an empty one, is the loopback address.
func Reachable(host, port string) string {
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// doors returns those that there are.
func (s *Server) doors() []*door {
	list := []*door{s.emulated}
	for _, d := range []*door{s.secure, s.control} {
		if d != nil {
			list = append(list, d)
		}
	}
	return list
}

// closeDoors cuts off everybody.
func (s *Server) closeDoors() {
	for _, d := range s.doors() {
		_ = d.server.Close()
		if d.listener != nil {
			_ = d.listener.Close() // a server that never served does not know it
		}
	}
	s.limits.stop()
}

// shutDoors lets nobody in any more and waits until all are out, or ctx ends.
func (s *Server) shutDoors(ctx context.Context) error {
	doors := s.doors()
	errs := make([]error, len(doors))
	var wg sync.WaitGroup
	for i, d := range doors {
		wg.Go(func() { errs[i] = d.server.Shutdown(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// TLS says whether the sandbox is there by HTTPS as well.
type TLS struct {
	// Listen is the address HOST:PORT; empty is no HTTPS.
	Listen string
	// Dir is the folder of the certificate authority, which is made there if there
	// is none.
	Dir string
	// Names are host names and IP addresses that the certificate is for, beside
	// TLSNames.
	Names []string
}

// TLSNames are the names that the certificate is always for: those of the API, so
// that a program whose base URL cannot be changed can be led here, and this machine.
func TLSNames() []string {
	return []string{"development.knotapi.com", "production.knotapi.com", "localhost", "127.0.0.1", "::1"}
}

// certify makes the certificate of the HTTPS door.
func (s *Server) certify() error {
	if s.secure == nil {
		return nil
	}
	now := time.Now() // what clients check it against, whatever the sandbox's clocks say
	authority, err := certs.Open(s.config.TLS.Dir, now)
	if err != nil {
		return &SettingError{Setting: "tls-dir", Text: s.config.TLS.Dir, Err: err}
	}
	names := append(TLSNames(), s.config.TLS.Names...)
	if host, _, err := net.SplitHostPort(s.secure.address); err == nil && host != "" {
		names = append(names, host)
	}
	pair, err := authority.Leaf(names, now)
	if err != nil {
		return &SettingError{Setting: "tls-names", Text: strings.Join(s.config.TLS.Names, ","), Err: err}
	}
	s.secure.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	return nil
}
