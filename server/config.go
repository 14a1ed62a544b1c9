package server

import (
	"log/slog"
	"time"

	"knotsandbox/knot"
)

// DefaultListen is the address that is listened on without any setting: the
// port is K-N-O-T on a telephone keypad.
const DefaultListen = "127.0.0.1:5668"

// Config is all that a sandbox is made of. The zero value is a sandbox without
// clients on DefaultListen.
type Config struct {
	// Listen is the address HOST:PORT; port 0 is any free one. Empty is DefaultListen.
	Listen string
	// Clients are the configured credential pairs.
	Clients []knot.Client
	// Seed makes the session ids of clients without a seed of their own
	// reproducible; nil makes them random.
	Seed *uint64
	// AnyCredentials accepts every readable credential pair; an unknown
	// client_id becomes a client with every product.
	AnyCredentials bool
	// MaxBody is the largest request body in bytes; 0 is 8 MiB.
	MaxBody int64
	// OutOfBandOff silences the X-Sandbox-* headers.
	OutOfBandOff bool
	// AddressFile is where the URL in use is written while the server listens;
	// empty is nowhere.
	AddressFile string
	// Log takes operational messages; nil is no log.
	Log *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}
