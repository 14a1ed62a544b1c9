package knot

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// RateLimit is how many requests a client may send in a window that begins
// with its first request (derived: the framework's fixed window). The zero
// value is no limit.
type RateLimit struct {
	Requests int
	Per      time.Duration
}

// Quota is what a rate limit says of one request.
type Quota struct {
	Limit     int
	Remaining int       // requests left in the window after this one
	Reset     time.Time // when the window ends
	Exceeded  bool      // the request is one too many
}

// maxRequests bounds a rate limit.
const maxRequests = 1_000_000

// ParseRateLimit reads a limit such as 60/min; the units are s, min and h. An
// empty text is no limit.
func ParseRateLimit(text string) (RateLimit, error) {
	if text == "" {
		return RateLimit{}, nil
	}
	count, unit, _ := strings.Cut(text, "/")
	units := map[string]time.Duration{"s": time.Second, "min": time.Minute, "h": time.Hour}
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > maxRequests || units[unit] == 0 {
		return RateLimit{}, fmt.Errorf("%q is not a rate such as 60/min; the units are s, min, h, the count is 1 to %d", text, maxRequests)
	}
	return RateLimit{Requests: n, Per: units[unit]}, nil
}

// String returns the limit as ParseRateLimit reads it.
func (l RateLimit) String() string {
	switch l.Per {
	case time.Second:
		return fmt.Sprintf("%d/s", l.Requests)
	case time.Minute:
		return fmt.Sprintf("%d/min", l.Requests)
	case time.Hour:
		return fmt.Sprintf("%d/h", l.Requests)
	}
	return ""
}
