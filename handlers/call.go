package handlers

import (
	"net/http"
	"strings"
	"time"

	"knotsandbox/knot"
)

// Call is an operation that is about to be carried out, as far as it is known
// before anything about it was checked.
type Call struct {
	// ID is the id of the request: r1, r2, …
	ID string
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

	api *API
	x   *exchange
}

// Work carries the operation out and answers to a writer.
func (c *Call) Work(w http.ResponseWriter) {
	c.x.ResponseWriter = w
	if err := c.x.carryOut(c.x); err != nil {
		c.api.refuse(c.x, err)
	}
}

// Done tells the observer now. Around calls it before an answer that the caller has
// before Around returns, so that who then looks for it finds it. Calling it again, as
// the API does at the end, tells nothing more.
func (c *Call) Done() { c.api.observe(c.x) }

// Header returns the first value of a header of the request, whose name is given in its
// canonical form, or "".
func (c *Call) Header(canonical string) string { return c.x.header(canonical) }

// Fault is what was done to a call on purpose. The zero value is nothing.
type Fault struct {
	Rule   string // its id
	Effect string // in the fault language
	Word   string // that names the effect; empty if it only delays
	// Outcome, Status and Answer are what went out in place of the real answer;
	// Outcome is empty if the real one did. Status is 0 if none was sent.
	Outcome string
	Status  int
	Answer  string
	// RetryAfter is what the answer asked the caller to wait.
	RetryAfter time.Duration
	Evidence   knot.Evidence // of the answer in place of the real one
	Hint       string        // why, if the sandbox itself refused the request
	CutShort   bool          // it was not carried out to its end
}

// call returns what an exchange is about.
func (a *API) call(x *exchange) Call {
	return Call{
		api: a, x: x, ID: x.id, Request: x.request, ClientID: a.claimed(x),
		Product: x.wanted.Type.Text(), ExternalUserID: x.wanted.ExternalUserID.Text(),
	}
}

// claimed returns the id of the client that an exchange claims to be of, or "".
func (a *API) claimed(x *exchange) string {
	if a.config.Store.Has(x.given.id) {
		return x.given.id
	}
	return ""
}

// Observation is a request to the emulated API and what became of it.
type Observation struct {
	Call
	At       time.Time // when it came in, by the client's clock
	Began    time.Time // the same in real time
	Duration time.Duration
	GivenID  string // the client_id as it was sent, if it is no client's; masked if it is a secret
	Path     string // as it was sent, with its query
	Body     string // as far as it was read
	BodySize int64  // as far as it is known
	// Status, Outcome and Answer are of the real answer, whether or not a fault
	// took its place; the outcome is empty if there was none.
	Status    int
	Outcome   string
	Answer    string
	SessionID string // that was issued
	Hint      string
	Evidence  knot.Evidence
	Secrets   [2]string // that the request held, as they were read: the secret and processor_token
	// RetryAfter is what the real answer asked the caller to wait.
	RetryAfter time.Duration
}

// observe tells the observer of an exchange that is over.
func (a *API) observe(x *exchange) {
	if a.config.Observe == nil || x.isObserved {
		return
	}
	x.isObserved = true
	if x.call.Request == nil { // refused before it was a call
		x.given = readCredentials(x.header("Authorization"))
		x.call = a.call(x)
	}
	at, ok := a.config.Store.At(x.given.id, x.began)
	if x.call.ClientID = ""; ok { // it may have been adopted, or removed
		x.call.ClientID = x.given.id
	}
	x.observation = Observation{
		Call: x.call, At: at, Began: x.began, Duration: a.config.Now().Sub(x.began),
		GivenID: a.strangerID(x), Path: x.request.RequestURI,
		Body: x.body, BodySize: max(x.request.ContentLength, x.bodySize),
		Status: x.status, Outcome: x.outcome, Answer: x.answer, SessionID: x.sessionID,
		Hint: x.hint, Evidence: x.evidence, RetryAfter: x.retryAfter,
		Secrets: [2]string{x.given.secret, x.token()},
	}
	a.config.Observe(&x.observation)
}

// token returns the processor_token, if it is a string.
func (x *exchange) token() string {
	if !x.wanted.ProcessorToken.IsString() {
		return ""
	}
	return x.wanted.ProcessorToken.Text()
}

// strangerID returns the client_id that was sent, if no client has it. Who mixes
// up id and secret has sent a secret.
func (a *API) strangerID(x *exchange) string {
	switch {
	case x.call.ClientID != "" || x.given.id == "":
		return ""
	case a.config.Store.HasSecret(strings.TrimSpace(x.given.id)):
		return "***"
	}
	return x.given.id
}

// ErrorAnswer returns an answer of the catalogue as it stands on the wire.
func ErrorAnswer(e *knot.Error) (status int, header http.Header, body string) {
	return e.Status, http.Header{"Content-Type": jsonType, "Cache-Control": noCache}, e.Body()
}
