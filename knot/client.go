package knot

import (
	"crypto/sha256"
	"errors"
	"strings"
)

// Errors about clients.
var (
	// ErrUnknownClient is about a client id that no client has.
	ErrUnknownClient = errors.New("unknown client")
	// ErrClientExists is about a new client whose id another one has.
	ErrClientExists = errors.New("there is a client of that id")
	// ErrTooManyClients is about one client more than there can be.
	ErrTooManyClients = errors.New("too many clients")
)

// Client is a configured credential pair with its settings. It is the unit of
// isolation: everything the sandbox remembers belongs to one client.
type Client struct {
	// ID is the client_id, the user name of Basic authentication.
	ID string
	// SecretSHA256 is the digest of the secret, the password.
	SecretSHA256 Digest
	// Products are the enabled products; any other answers NoAccess.
	Products ProductSet
	// Phone is how strictly phone numbers are checked; empty is PhoneE164.
	Phone PhoneLevel
	// Seed makes the ids of the client's sessions reproducible; nil makes them
	// random.
	Seed *uint64
}

// Digest is the SHA-256 of a secret.
type Digest [sha256.Size]byte

// DigestOf returns the digest of a secret given in clear.
func DigestOf(secret string) Digest { return sha256.Sum256([]byte(secret)) }

// CheckClientID reports why id cannot be a client_id: it is empty, or it holds
// a colon, at which the header would be split.
func CheckClientID(id string) error {
	switch {
	case id == "":
		return errors.New("a client_id cannot be empty")
	case strings.ContainsAny(id, ":\x00"):
		return errors.New("a client_id cannot hold a colon or a NUL")
	}
	return nil
}
