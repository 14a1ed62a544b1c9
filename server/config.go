package server

import (
	"log/slog"
	"time"

	"knotsandbox/journal"
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
	// Seed makes the session ids and the chances of faults reproducible, for
	// clients without a seed of their own; the zero value leaves them random.
	Seed knot.Seed
	// AnyCredentials accepts every readable credential pair; an unknown
	// client_id becomes a client with every product.
	AnyCredentials bool
	// MaxBody is the largest request body in bytes; 0 is 8 MiB.
	MaxBody int64
	// OutOfBandOff silences the X-Sandbox-* headers.
	OutOfBandOff bool
	// RateLimit is how often a client may call; zero is without limit.
	RateLimit knot.RateLimit
	// Faults are the rules to arm from the start, in the fault language.
	Faults []string
	// Incidents are timelines under names of their own, beside the shipped ones.
	Incidents map[string]string
	// InlineFaults says by which doors a request can carry its own fault.
	InlineFaults InlineFaults
	// Journal is how much is kept of what was asked and answered.
	Journal journal.Config
	// Control says who can reach the control API.
	Control Control
	// Version is what the control API calls the program; it may be empty.
	Version string
	// TLS says whether it is there by HTTPS as well.
	TLS TLS
	// AddressFile is where the URL in use is written while the server listens;
	// empty is nowhere.
	AddressFile string
	// Log takes operational messages; nil is no log.
	Log *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// SettingError is about a setting that cannot be what it is.
type SettingError struct {
	Setting string // by the name of its flag
	Text    string // what it is
	Err     error
}

// Error returns the setting and what is wrong with it.
func (e *SettingError) Error() string { return e.Setting + ": " + e.Err.Error() }

// Unwrap returns what is wrong with it.
func (e *SettingError) Unwrap() error { return e.Err }
