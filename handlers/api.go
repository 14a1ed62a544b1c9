// Package handlers is the emulated API over HTTP: routes, credentials,
// decoding, and one place that writes answers.
//
// A request passes through ServeHTTP in the order of the contract: body limit,
// method and path, credentials, input rules, product, session.
package handlers

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"knotsandbox/knot"
	"knotsandbox/store"
	"knotsandbox/validation"
)

// DefaultMaxBody is the largest body that is read, in bytes (assumed: the usual
// limit of such a server).
const DefaultMaxBody = 8 << 20

// Config is what the API needs from outside.
type Config struct {
	// Store holds clients and sessions. It is required.
	Store *store.Store
	// Validator checks input. It is required.
	Validator *validation.Validator
	// PhoneAdviser speaks of odd numbers in hints; nil says nothing.
	PhoneAdviser *validation.PhoneAdviser
	// AnyCredentials accepts every readable credential pair.
	AnyCredentials bool
	// MaxBody is the largest body in bytes; 0 is DefaultMaxBody.
	MaxBody int64
	// OutOfBand adds the X-Sandbox-* headers.
	OutOfBand bool
	// RateLimit is how often a client may call; zero is without limit.
	RateLimit knot.RateLimit
	// Around, if not nil, is called in place of each operation before its
	// credentials are looked at; Call.Work carries the operation out. Faults come
	// in here.
	Around func(http.ResponseWriter, *Call)
	// Observe, if not nil, is told of each request when its answer is over. It
	// must not keep the observation, which is used again and whose texts are pieces of
	// the body.
	Observe func(*Observation)
	// Now is real time; nil is time.Now.
	Now func() time.Time
	// Log takes what the client must not see; nil is no log.
	Log *slog.Logger
}

// API is the emulated API, an http.Handler. It is safe for concurrent use;
// make one with New.
type API struct {
	config Config
	router *echo.Echo
	large  chan struct{} // a place for each large body

	// Apart from what each request reads: two processors that share a line of memory, of
	// mostly 64 bytes, wait for each other.
	_        [64]byte
	requests atomic.Uint64 // that came in
}

// New returns the API over c.
func New(c Config) *API {
	if c.MaxBody == 0 {
		c.MaxBody = DefaultMaxBody
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{config: c, router: echo.New(), large: make(chan struct{}, maxLarge)}
	a.router.HTTPErrorHandler = a.handleError
	a.routes()
	return a
}

// routes lists every route of the emulated API.
func (a *API) routes() {
	a.router.POST(sessionCreatePath, a.operation(a.createSession))
	a.router.OPTIONS(sessionCreatePath, a.options)
}

// operation makes a handler of an operation.
func (a *API) operation(carryOut func(*exchange) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		x := exchangeOf(c)
		x.given = readCredentials(x.header("Authorization"))
		if a.config.Around == nil {
			return carryOut(x)
		}
		x.call = a.call(x)
		x.carryOut = carryOut
		a.config.Around(x.ResponseWriter, &x.call)
		return nil
	}
}

const sessionCreatePath = "/session/create"

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := exchanges.Get().(*exchange) // nothing else is in the pool
	x.ResponseWriter, x.request, x.method, x.began = w, r, r.Method, a.config.Now()
	defer x.release()
	a.number(x)
	defer a.observe(x)
	defer a.recover(x)
	if err := a.read(x); err != nil {
		a.refuse(x, err)
		return
	}
	a.router.ServeHTTP(x, x.routed())
}

// Requests returns how many requests came in, those included that are not answered yet.
func (a *API) Requests() uint64 { return a.requests.Load() }

// number gives a request its id, which the caller gets back out of band.
func (a *API) number(x *exchange) {
	var room [24]byte
	x.id = string(strconv.AppendUint(append(room[:0], 'r'), a.requests.Add(1), 10))
	if a.config.OutOfBand {
		x.Header()["X-Sandbox-Request-Id"] = []string{x.id}
	}
}

// explain notes what the sandbox has to say beside an answer and, out of band,
// says it.
func (a *API) explain(x *exchange, evidence knot.Evidence, hint func(*exchange) string) {
	if !a.config.OutOfBand && a.config.Observe == nil {
		return
	}
	x.evidence, x.hint = evidence, hint(x)
	if a.config.OutOfBand {
		x.outOfBand()
	}
}

// read takes in the body and decides what the request is.
func (a *API) read(x *exchange) error {
	if err := x.readBody(a.config.MaxBody, a.large); err != nil {
		return err
	}
	x.decode()
	return x.overrideMethod()
}

// recover answers for a handler that panicked. http.ErrAbortHandler is a way
// to hang up on purpose and passes.
func (a *API) recover(x *exchange) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	a.config.Log.Error("handler panicked", "request", x.id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if x.status != 0 {
		panic(http.ErrAbortHandler) // an answer is under way, and cannot be another
	}
	a.refuse(x, knot.InternalServerError)
}

// handleError turns what the router or a handler returned into an answer of
// the API. Nothing in the router's own words leaves the process.
func (a *API) handleError(err error, c echo.Context) {
	x := exchangeOf(c)
	var routing *echo.HTTPError
	if errors.As(err, &routing) {
		err = x.routingError(routing)
	}
	a.refuse(x, err)
}

// refuse answers with an error; one that is not of the catalogue is logged and
// becomes InternalServerError.
func (a *API) refuse(x *exchange, err error) {
	if errors.Is(err, errUnreadable) {
		a.explain(x, knot.Assumed, func(*exchange) string { return "the body breaks off, or is not framed as HTTP wants it" })
		x.outcome = knot.Unreadable
		x.hangUp()
		return
	}
	var answer *knot.Error
	if !errors.As(err, &answer) {
		a.config.Log.Error("request failed", "request", x.id, "method", x.method, "path", x.request.URL.Path, "error", err)
		answer = knot.InternalServerError
	}
	a.explain(x, evidenceOf(x, answer), func(x *exchange) string { return a.hint(x, answer) })
	x.outcome = answer.Name
	x.refuse(answer)
}

// evidenceOf returns how an answer is known. The stricter phone levels are the
// sandbox's own.
func evidenceOf(x *exchange, e *knot.Error) knot.Evidence {
	if errors.Is(e, knot.InvalidPhoneNumber) && x.client.Phone != knot.PhoneE164 && validation.IsE164(x.wanted.PhoneNumber) {
		return knot.Assumed
	}
	return e.Evidence
}

// options answers a preflight or a question for the methods (derived).
func (a *API) options(c echo.Context) error {
	x := exchangeOf(c)
	a.explain(x, knot.Derived, func(*exchange) string { return "" })
	x.outcome = knot.Preflight
	x.Header()["Allow"] = allowPost
	x.write(http.StatusOK, htmlType, "")
	return nil
}

// canonicalPath returns the path that is routed: slashes at its end are cut off,
// then it is decoded, so that an encoded slash at the end stays (derived).
func canonicalPath(sent string) string {
	path, err := url.PathUnescape(strings.TrimRight(sent, "/"))
	if err != nil || path == "" {
		return "/" // the HTTP layer has refused bad escapes already
	}
	return path
}
