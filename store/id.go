package store

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"

	"github.com/google/uuid"

	"knotsandbox/knot"
)

// idSource makes session ids: UUIDs of version 4. It is not safe for
// concurrent use.
type idSource func() (uuid.UUID, error)

// newIDSource returns a random source, or with a seed one that is the same for
// the same seed and client in every process.
func newIDSource(clientID string, seed knot.Seed) idSource {
	if !seed.IsSet {
		return uuid.NewRandom
	}
	key := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, seed.Value), clientID...))
	stream := rand.NewChaCha8(key)
	return func() (uuid.UUID, error) { return uuid.NewRandomFromReader(stream) }
}
