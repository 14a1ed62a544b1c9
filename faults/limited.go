package faults

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// DefaultRetryAfter is what RateLimited asks the caller to wait if nobody says
// otherwise.
const DefaultRetryAfter = time.Second

// defaultLimit is the limit that RateLimited names: requests a minute.
const defaultLimit = "60"

// limited adds the headers of a rate limit to the catalogue's answer. Names are
// spelt as the API spells them, which is not Go's canonical form. A limit that the
// answer holds already is kept.
func limited(answer Answer, retryAfter time.Duration, now time.Time) Answer {
	if retryAfter == 0 {
		retryAfter = DefaultRetryAfter
	}
	header := http.Header{}
	limit := defaultLimit
	for name, values := range answer.Header {
		switch strings.ToLower(name) {
		case "x-ratelimit-limit":
			limit = strings.Join(values, ", ")
		case "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after":
		default:
			header[name] = values
		}
	}
	header["Retry-After"] = []string{seconds(retryAfter)}
	header["X-RateLimit-Limit"] = []string{limit}
	header["X-RateLimit-Remaining"] = []string{"0"}
	header["X-RateLimit-Reset"] = []string{strconv.FormatInt(now.Add(retryAfter).Unix(), 10)}
	answer.Header = header
	return answer
}

// seconds prints a duration as the wire has it.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64(d/time.Second), 10)
}
