package handlers

import (
	"net/http"
	"time"

	"knotsandbox/knot"
)

// Call is an operation that is about to be carried out, as far as it is known
// before anything about it was checked.
type Call struct {
	// Request is the request, its body read.
	Request *http.Request
	// ClientID is the id of a client, as claimed: the secret is not checked
	// yet. It is empty if no client has the id that was sent.
	ClientID string
	// Product and ExternalUserID are the fields type and external_user_id as
	// they were sent; empty if they were not.
	Product, ExternalUserID string
	// Fault is what Around did in place of the usual, for whoever observes;
	// Around sets it before it answers.
	Fault Fault
}

// Fault is what was done to a call on purpose. The zero value is nothing.
type Fault struct {
	Rule   string // its id
	Effect string // in the fault language
	// Outcome, Status and Answer are what went out in place of the real answer;
	// Outcome is empty if the real one did. Status is 0 if none was sent.
	Outcome string
	Status  int
	Answer  string
	// RetryAfter is what the answer asked the caller to wait.
	RetryAfter time.Duration
}

// call returns what an exchange is about.
func (a *API) call(x *exchange) Call {
	c := Call{Request: x.request, Product: x.wanted.Type.Text(), ExternalUserID: x.wanted.ExternalUserID.Text()}
	if a.config.Store.Has(x.given.id) {
		c.ClientID = x.given.id
	}
	return c
}

// Outcomes that are no error of the catalogue.
const (
	// Created is the outcome of a session that was made.
	Created = "Created"
	// Preflight is the outcome of OPTIONS.
	Preflight = "Preflight"
	// Unreadable is the outcome of a body that breaks off.
	Unreadable = "Unreadable"
)

// Observation is a request to the emulated API and what became of it.
type Observation struct {
	Call
	Began   time.Time // real time
	GivenID string    // the client_id as it was sent
	Path    string    // as it was sent, with its query
	Body    string
	// Status, Outcome and Answer are of the real answer, whether or not a fault
	// took its place; the outcome is empty if there was none.
	Status    int
	Outcome   string
	Answer    string
	SessionID string // that was issued
	Hint      string
	Evidence  knot.Evidence
	// RetryAfter is what the real answer asked the caller to wait.
	RetryAfter time.Duration
}

// observe tells the observer of an exchange that is over.
func (a *API) observe(x *exchange) {
	if a.config.Observe == nil {
		return
	}
	if x.call.Request == nil { // refused before it was a call
		x.given = readCredentials(x.request.Header.Get("Authorization"))
		x.call = a.call(x)
	}
	a.config.Observe(&Observation{
		Call: x.call, Began: x.began, GivenID: x.given.id, Path: x.request.RequestURI, Body: x.body,
		Status: x.status, Outcome: x.outcome, Answer: x.answer, SessionID: x.sessionID,
		Hint: x.hint, Evidence: x.evidence, RetryAfter: x.retryAfter,
	})
}

// ErrorAnswer returns an answer of the catalogue as it stands on the wire.
func ErrorAnswer(e *knot.Error) (status int, header http.Header, body string) {
	return e.Status, http.Header{"Content-Type": jsonType, "Cache-Control": noCache}, e.Body()
}
