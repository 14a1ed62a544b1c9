package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"knotsandbox/knot"
)

// createSession is POST /session/create.
func (a *API) createSession(x *exchange) error {
	if err := a.takeQuota(x); err != nil {
		return err
	}
	client, err := a.authenticate(x)
	if err != nil {
		return err
	}
	x.client = client
	if err := a.config.Validator.SessionRequest(&x.wanted, client.Phone); err != nil {
		return err
	}
	if !client.Products.Has(x.wanted.Product()) {
		return knot.NoAccess
	}
	session, err := a.config.Store.CreateSession(client.ID, &x.wanted, a.workTime(x))
	if errors.Is(err, knot.ErrUnknownClient) { // removed in this very moment
		return knot.AuthFailed
	}
	if err != nil {
		return err
	}
	a.explain(x, knot.Documented, a.advice)
	x.outcome, x.sessionID = knot.Created, session
	x.write(http.StatusOK, jsonType, `{"session":"`+session+`"}`)
	return nil
}

// workTime returns the real time of the work: when the request began to come in, unless a
// fault may have delayed it since. A clock takes its time to read.
func (a *API) workTime(x *exchange) time.Time {
	if x.call.Fault.Rule == "" {
		return x.began
	}
	return a.config.Now()
}

// authenticate returns the client of the request's credentials.
func (a *API) authenticate(x *exchange) (knot.Client, error) {
	if x.given.problem != "" {
		return knot.Client{}, knot.AuthFailed
	}
	if a.config.AnyCredentials {
		return a.config.Store.Adopt(x.given.id)
	}
	return a.config.Store.Authenticate(x.given.id, x.given.secret)
}

// takeQuota counts the request against the rate limit, if there is one. The
// headers are derived from the framework's limiter: two on every answer, two
// more on the refusal.
func (a *API) takeQuota(x *exchange) error {
	if a.config.RateLimit.Requests == 0 {
		return nil
	}
	q := a.config.Store.Take(x.given.id, a.config.RateLimit)
	h := x.Header()
	h["X-RateLimit-Limit"] = []string{strconv.Itoa(q.Limit)}
	h["X-RateLimit-Remaining"] = []string{strconv.Itoa(q.Remaining)}
	if !q.Exceeded {
		return nil
	}
	wait := q.Reset.Sub(a.config.Store.Now(x.given.id))
	x.retryAfter = (wait + time.Second - 1).Truncate(time.Second) // whole seconds, rounded up
	h["Retry-After"] = []string{strconv.Itoa(int(x.retryAfter / time.Second))}
	h["X-RateLimit-Reset"] = []string{strconv.FormatInt(q.Reset.Unix(), 10)}
	return knot.RateLimited
}
