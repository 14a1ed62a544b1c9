package knot

import (
	"strings"
	"time"
)

// SessionLifetime is how long a session lasts (documented elsewhere by the vendor).
const SessionLifetime = 30 * time.Minute

// SessionRequest is the input of POST /session/create. The fields stand in the
// order in which the API checks them (derived).
type SessionRequest struct {
	Type           Value // product
	ExternalUserID Value // the caller's own id of the user
	CardID         Value // required for card_switcher
	PhoneNumber    Value // E.164
	Email          Value
	Card           Value // an object with the next two
	CardBlocked    Value // card.blocked
	CardHasFunds   Value // card.has_funds
	ProcessorToken Value // Plaid token
}

// Product returns the requested product; it is meaningful once the request
// has been validated.
func (r *SessionRequest) Product() Product { return Product(r.Type.Text()) }

// MaxKept is how much of a value Kept keeps, in bytes.
const MaxKept = 256

// Kept returns a copy to remember: it shares no memory with the body it was
// decoded from, and values longer than MaxKept are cut off there, so that what
// a client sends does not decide how much is remembered. It takes one
// allocation.
func (r *SessionRequest) Kept() SessionRequest {
	c := *r
	fields := [...]*Value{
		&c.Type, &c.ExternalUserID, &c.CardID, &c.PhoneNumber, &c.Email,
		&c.Card, &c.CardBlocked, &c.CardHasFunds, &c.ProcessorToken,
	}
	size := 0
	for _, f := range fields {
		*f = (*f)[:min(len(*f), MaxKept)]
		size += len(*f)
	}
	var b strings.Builder
	b.Grow(size)
	for _, f := range fields {
		b.WriteString(string(*f))
	}
	text := b.String()
	for _, f := range fields {
		*f, text = Value(text[:len(*f)]), text[len(*f):]
	}
	return c
}

// Session is an issued session id with all that led to it.
type Session struct {
	ID        string // UUID v4 in lower case (observed)
	ClientID  string
	Product   Product
	Request   SessionRequest
	CreatedAt time.Time
	ExpiresAt time.Time // CreatedAt + SessionLifetime
}
