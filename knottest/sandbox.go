package knottest

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
	"time"

	"knotsandbox/knot"
	"knotsandbox/server"
)

// stopTimeout is how long a sandbox that ends waits for requests under way.
const stopTimeout = 2 * time.Second

// Sandbox is a sandbox as one client of it sees it; make one with Start or Connect.
// It knows of it what anybody knows who asks the control API at its URL.
type Sandbox struct {
	URL      string // base URL of the API, without a slash at its end
	ClientID string // a client of this Sandbox alone
	Secret   string

	t        testing.TB
	settings settings
	control  *control
}

// Start runs a sandbox in this process, on a free port of the loopback interface,
// until the test ends. Its client's id is the name of the test.
func Start(t testing.TB, options ...Option) *Sandbox {
	t.Helper()
	s := newSandbox(t, options)
	limit, err := knot.ParseRateLimit(s.settings.rateLimit)
	s.must("RateLimit", err)
	s.URL = s.serve(server.Config{
		Listen: "127.0.0.1:0", RateLimit: limit, Control: server.Control{Token: s.settings.token},
	})
	s.use(s.URL)
	s.settings.client.ID = plain(t.Name())
	s.mint("Start")
	t.Cleanup(func() {
		t.Helper()
		s.refuseStrangers()
		s.refuseUnmet()
	})
	return s
}

// Connect uses the sandbox that runs at a base URL: its own, or that of its control
// API if this is elsewhere. It mints a client there, whose id begins with the name of
// the test, and removes it when the test ends.
func Connect(t testing.TB, url string, options ...Option) *Sandbox {
	t.Helper()
	s := newSandbox(t, options)
	if s.settings.rateLimit != "" {
		t.Fatalf("knottest: Connect: RateLimit is for Start alone, a running sandbox has its own limit\n\tarm RateLimited with Fail instead")
	}
	s.use(strings.TrimRight(url, "/"))
	var health struct {
		URL string `json:"url"`
	}
	s.must("Connect", s.call(http.MethodGet, "/health", nil, &health))
	s.URL = health.URL
	s.settings.client.ID = plain(t.Name())
	if s.settings.client.Seed == nil {
		s.settings.client.ID += "-" + rand.Text()[:10]
	}
	s.mint("Connect")
	t.Cleanup(func() {
		t.Helper()
		s.refuseUnmet()
		s.check("Connect: remove client", s.call(http.MethodDelete, "/clients/"+s.ClientID, nil, nil))
	})
	return s
}

func newSandbox(t testing.TB, options []Option) *Sandbox {
	s := &Sandbox{t: t, settings: settings{waitLimit: defaultWait}}
	for _, change := range options {
		change(&s.settings)
	}
	return s
}

// serve runs a server until the test ends and returns its URL.
func (s *Sandbox) serve(c server.Config) string {
	s.t.Helper()
	started, err := server.New(c)
	s.must("Start", err)
	s.must("Start", started.Listen())
	served := make(chan error, 1)
	go func() { served <- started.Serve() }()
	s.t.Cleanup(func() {
		s.t.Helper()
		ctx, cancel := context.WithTimeout(s.context(), stopTimeout)
		defer cancel()
		if err := started.Shutdown(ctx); err != nil { // what the program leaves open is no failure
			s.t.Logf("knottest: stop: %v", err)
		}
		s.check("serve", <-served)
	})
	return started.URL()
}

// use speaks to the control API at a URL until the test ends.
func (s *Sandbox) use(url string) {
	s.control = newControl(url, s.settings.token)
	s.t.Cleanup(s.control.close)
}

// mint makes the client.
func (s *Sandbox) mint(method string) {
	s.t.Helper()
	var minted struct {
		ID     string `json:"client_id"`
		Secret string `json:"secret"`
	}
	s.must(method, s.call(http.MethodPost, "/clients", s.settings.client, &minted))
	s.ClientID, s.Secret = minted.ID, minted.Secret
}

// plain turns the name of a test into a client id that stays what it is in URLs,
// headers and faults.
func plain(name string) string {
	const most = 200
	name = strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("-_.", r):
			return r
		}
		return '-'
	}, name)
	return name[:min(len(name), most)]
}

// must ends the test if a method of the sandbox failed.
func (s *Sandbox) must(method string, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("knottest: %s: %v", method, err)
	}
}

// check lets the test fail, and go on, if something failed.
func (s *Sandbox) check(what string, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Errorf("knottest: %s: %v", what, err)
	}
}
