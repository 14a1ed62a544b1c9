package knot

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync"
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
	// Seed makes the ids of the client's sessions and the chances of its faults
	// reproducible; the zero value leaves them random.
	Seed Seed
}

// Seed is where reproducible randomness begins. The zero value is none.
type Seed struct {
	Value uint64
	IsSet bool
}

// NewSeed returns a seed that is set; any value will do.
func NewSeed(value uint64) Seed { return Seed{Value: value, IsSet: true} }

// Digest is the SHA-256 of a secret.
type Digest [sha256.Size]byte

// DigestOf returns the digest of a secret given in clear.
func DigestOf(secret string) Digest {
	h := hashers.Get().(*hasher) // nothing else is in the pool
	defer hashers.Put(h)
	h.Reset()
	for rest := secret; rest != ""; {
		n := copy(h.room[:], rest)
		h.Write(h.room[:n]) // never fails
		rest = rest[n:]
	}
	return Digest(h.Sum(h.room[:0]))
}

// hasher is a hash with room for what goes in and comes out.
type hasher struct {
	hash.Hash
	room [sha256.BlockSize]byte
}

// hashers are used again, since every request wants one: in a program that is compiled by
// a profile, sha256.Sum256 takes new memory for each.
var hashers = sync.Pool{New: func() any { return &hasher{Hash: sha256.New()} }}

// MaxClientID is the longest client_id, in bytes (assumed: generous).
const MaxClientID = 256

// CheckClientID reports why id cannot be a client_id: it is empty or very long,
// or it holds a colon, at which the header would be split, or a NUL.
func CheckClientID(id string) error {
	switch {
	case id == "":
		return errors.New("a client_id cannot be empty")
	case len(id) > MaxClientID:
		return fmt.Errorf("a client_id cannot be longer than %d bytes", MaxClientID)
	case strings.ContainsAny(id, ":\x00"):
		return errors.New("a client_id cannot hold a colon or a NUL")
	}
	return nil
}

// CheckSecret reports why secret cannot be one: it is empty, or it holds a NUL,
// behind which the header is not read.
func CheckSecret(secret string) error {
	switch {
	case secret == "":
		return errors.New("a secret cannot be empty")
	case strings.Contains(secret, "\x00"):
		return errors.New("a secret cannot hold a NUL")
	}
	return nil
}
