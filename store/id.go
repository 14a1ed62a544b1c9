package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	mathrand "math/rand/v2"

	"github.com/google/uuid"

	"knotsandbox/knot"
)

// idSource makes session ids: UUIDs of version 4. It is not safe for
// concurrent use.
type idSource func() (uuid.UUID, error)

// newIDSource returns a stream with a random key, or with a seed one that is the same
// for the same seed and client in every process.
func newIDSource(clientID string, seed knot.Seed) idSource {
	var key [32]byte
	if seed.IsSet {
		key = sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, seed.Value), clientID...))
	} else {
		rand.Read(key[:]) // never fails
	}
	stream := mathrand.NewChaCha8(key)
	return func() (uuid.UUID, error) { return uuid.NewRandomFromReader(stream) }
}
