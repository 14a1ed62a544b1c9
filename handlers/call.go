package handlers

import (
	"net/http"

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
}

// call returns what an exchange is about.
func (a *API) call(x *exchange) Call {
	c := Call{Request: x.request, Product: x.wanted.Type.Text(), ExternalUserID: x.wanted.ExternalUserID.Text()}
	if a.config.Store.Has(x.given.id) {
		c.ClientID = x.given.id
	}
	return c
}

// ErrorAnswer returns an answer of the catalogue as it stands on the wire.
func ErrorAnswer(e *knot.Error) (status int, header http.Header, body string) {
	return e.Status, http.Header{"Content-Type": jsonType, "Cache-Control": noCache}, e.Body()
}
