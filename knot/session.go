package knot

import "time"

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

// Session is an issued session id with its product, user and card.
type Session struct {
	ID             string // UUID v4 in lower case (observed)
	ClientID       string
	Product        Product
	ExternalUserID string
	CardID         string // empty if the request had none
	CreatedAt      time.Time
	ExpiresAt      time.Time // CreatedAt + SessionLifetime
}
