package store

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"

	"github.com/google/uuid"
)

// idSource makes session ids: UUIDs of version 4. It is not safe for
// concurrent use.
type idSource func() (uuid.UUID, error)

// newIDSource returns a random source, or with a seed one that is the same for
// the same seed and client in every process.
func newIDSource(clientID string, seed *uint64) idSource {
	if seed == nil {
		return uuid.NewRandom
	}
	key := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, *seed), clientID...))
	stream := rand.NewChaCha8(key)
	return func() (uuid.UUID, error) { return uuid.NewRandomFromReader(stream) }
}
