package faults

import "math/bits"

// Salts keep the draws of one request apart.
const (
	saltHit   = 0x6869740000000001
	saltDelay = 0x6465_6c61_7900_0002
)

// chance is the randomness of one matching request: a pure function of the seed,
// the client, the rule's identity and the request's ordinal.
type chance struct {
	stream  uint64 // of seed, client and rule
	ordinal uint64
}

// newStream mixes what distinguishes one sequence of draws from another. client
// and rule are digests.
func newStream(seed, client, rule uint64) uint64 {
	return mix(mix(mix(seed)+client) + rule)
}

// bits is the splitmix64 generator, entered at the ordinal.
func (c chance) bits(salt uint64) uint64 {
	const golden = 0x9e3779b97f4a7c15
	return mix(mix(c.stream^salt) + c.ordinal*golden)
}

// float returns a number strictly between 0 and 1.
func (c chance) float(salt uint64) float64 {
	return (float64(c.bits(salt)>>12) + 0.5) / (1 << 52)
}

// below returns a number from 0 to n-1, all equally likely.
func (c chance) below(salt, n uint64) uint64 {
	high, _ := bits.Mul64(c.bits(salt), n)
	return high
}

// mix is the finaliser of splitmix64: every input bit reaches every output bit.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// digest is FNV-1a. Unlike hash/maphash it says the same in the next process.
func digest(text string) uint64 {
	hash := uint64(14695981039346656037)
	for i := range len(text) {
		hash ^= uint64(text[i])
		hash *= 1099511628211
	}
	return hash
}
