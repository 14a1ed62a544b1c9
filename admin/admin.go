// Package admin is the control API under /__sandbox/: JSON in, JSON out, errors
// of its own that say what to do next.
//
// It decides nothing about the sandbox; what it can do is the interface
// Sandbox, whatever the caller is.
package admin

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"knotsandbox/conduct"
	"knotsandbox/faults"
	"knotsandbox/journal"
	"knotsandbox/knot"
)

// Prefix is where the control API begins.
const Prefix = "/__sandbox"

//go:embed openapi.yaml
var description []byte

// Sandbox is what the control API controls. Errors are knot.ErrUnknownClient,
// knot.ErrClientExists, knot.ErrTooManyClients, faults.ErrFull,
// faults.ErrNotFound, *faults.SyntaxError and *faults.MatchError; any other is
// an internal one.
type Sandbox interface {
	// Health says how the sandbox is.
	Health() Health
	// EmulatedAPI returns the OpenAPI description of what is emulated.
	EmulatedAPI() []byte

	// Clients returns every client, ordered by id.
	Clients() []knot.Client
	Client(id string) (knot.Client, error)
	// AddClient adds a client with a secret.
	AddClient(c knot.Client, secret string) error
	UpdateClient(id string, change func(*knot.Client)) (knot.Client, error)
	RemoveClient(id string) error
	// Sessions returns the live sessions of a client, oldest first.
	Sessions(clientID string) ([]knot.Session, error)

	// Faults returns every rule and inline fault with its account.
	Faults() []faults.Report
	Fault(id string) (faults.Report, error)
	// Arm arms a rule given as text, with match or parts of it beside it.
	Arm(match faults.Match, text string) (faults.Report, error)
	Disarm(id string) (faults.Report, error)
	// DisarmAll disarms the rules of one client, or with "" all there are, and
	// returns those that were never met.
	DisarmAll(clientID string) ([]faults.Report, error)
	// Plan says what the next requests will meet, of an armed rule if id is
	// given, or else of a rule that is not armed.
	Plan(id string, match faults.Match, text string, t faults.Traffic) ([]faults.Step, error)

	// Clock returns the clock of a client, or with "" the common one, and what
	// it shows.
	Clock(clientID string) (knot.Clock, time.Time, error)
	// ChangeClock changes it; change is given the clock and real time.
	ChangeClock(clientID string, change func(knot.Clock, time.Time) knot.Clock) error
	// ReleaseClock lets a client follow the common clock, and that real time.
	ReleaseClock(clientID string) error
	// Reset brings a client, or with "" the whole sandbox, back to its
	// beginning, and returns the faults that were never met.
	Reset(clientID string) ([]faults.Report, error)

	// Journal returns what was asked and answered.
	Journal() *journal.Journal
	// Conduct judges the callers of a client, or with "" all callers.
	Conduct(clientID string) conduct.Report
	// Metrics shows the sandbox in numbers, as Prometheus reads them.
	Metrics() http.Handler
	// EmulatedURL returns the base URL of the emulated API for the caller of a
	// control request.
	EmulatedURL(r *http.Request) string
}

// Health is how the sandbox is.
type Health struct {
	Status   string    `json:"status"` // "ready" or "stopping"
	Version  string    `json:"version"`
	URL      string    `json:"url,omitempty"`
	TLSURL   string    `json:"tls_url,omitempty"` // by HTTPS, if there is that
	Seed     uint64    `json:"seed"`              // with it, a run can be had again
	Started  time.Time `json:"started"`
	Now      time.Time `json:"now"` // of the common clock
	Clients  int       `json:"clients"`
	Sessions int       `json:"sessions"`
	// DroppedSessions went because of a bound, since the start.
	DroppedSessions uint64 `json:"sessions_dropped"`
	Faults          int    `json:"faults"`
	Requests        uint64 `json:"requests"` // to the emulated API, since the start
	Kept            int    `json:"kept"`     // of them, by the journal
}

// API is the control API, an http.Handler. Make one with New.
type API struct {
	sandbox Sandbox
	router  *echo.Echo
	log     *slog.Logger
	streams atomic.Int64 // of events that are open
}

// New returns the control API of a sandbox.
func New(s Sandbox, log *slog.Logger) *API {
	a := &API{sandbox: s, router: echo.New(), log: log}
	a.router.HTTPErrorHandler = a.handleError
	a.routes(a.router.Group(Prefix))
	return a
}

// routes lists every route of the control API.
func (a *API) routes(g *echo.Group) {
	g.GET("", a.root)
	g.GET("/", a.root)
	g.GET("/console/:file", a.consoleAsset)
	g.GET("/health", a.health)
	g.GET("/errors", a.errors)
	g.GET("/fidelity", a.fidelity)
	g.GET("/openapi.yaml", a.emulated)
	g.GET("/control.yaml", a.control)

	g.GET("/clients", a.clients)
	g.POST("/clients", a.addClient)
	g.GET("/clients/:id", a.client)
	g.PATCH("/clients/:id", a.updateClient)
	g.DELETE("/clients/:id", a.removeClient)
	g.GET("/sessions", a.sessions)

	g.GET("/faults", a.faults)
	g.POST("/faults", a.arm)
	g.DELETE("/faults", a.disarmAll)
	g.POST("/faults/plan", a.plan)
	g.GET("/faults/:id", a.fault)
	g.DELETE("/faults/:id", a.disarm)

	g.GET("/requests", a.requests)
	g.DELETE("/requests", a.clearRequests)
	g.GET("/requests/wait", a.wait)
	g.GET("/requests/:id", a.request)
	g.POST("/verify", a.verify)
	g.GET("/events", a.events)
	g.GET("/coverage", a.coverage)
	g.DELETE("/coverage", a.clearCoverage)
	g.GET("/conduct", a.conduct)
	g.GET("/metrics", a.metrics)

	g.GET("/clock", a.clock)
	g.PUT("/clock", a.changeClock)
	g.POST("/reset", a.reset)
}

// Routes returns every route as "METHOD /path", for the description's test.
func (a *API) Routes() []string {
	var list []string
	for _, r := range a.router.Routes() {
		list = append(list, r.Method+" "+r.Path)
	}
	return list
}

// ServeHTTP answers one request. An encoded slash in an id is one like any
// other character.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.RawPath != "" {
		decoded, u := *r, *r.URL
		u.RawPath = ""
		decoded.URL, r = &u, &decoded
	}
	a.router.ServeHTTP(w, r)
}

// handleError turns what a handler or the router returned into an answer.
func (a *API) handleError(err error, c echo.Context) {
	p := problemOf(err)
	if p.Status == http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
		a.log.Error("control request failed", "method", c.Request().Method, "path", c.Request().URL.Path, "error", err)
	}
	WriteProblem(c.Response().Writer, p)
}
