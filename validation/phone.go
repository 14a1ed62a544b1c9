package validation

import (
	"fmt"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/nyaruka/phonenumbers"

	"knotsandbox/knot"
)

// phoneRule returns the rule of a phone level.
func phoneRule(level knot.PhoneLevel) func(knot.Value) bool {
	return func(v knot.Value) bool {
		if !IsE164(v) {
			return false
		}
		switch level {
		case knot.PhonePossible:
			number, err := phonenumbers.Parse(v.Text(), "")
			return err == nil && phonenumbers.IsPossibleNumber(number)
		case knot.PhoneValid:
			number, err := phonenumbers.Parse(v.Text(), "")
			return err == nil && phonenumbers.IsValidNumber(number)
		}
		return true
	}
}

// IsE164 reports whether a value is a string in the form of an E.164 number.
func IsE164(v knot.Value) bool { return v.IsString() && isE164(v.Text()) }

// isE164 reports whether text is a plus, a digit from 1 to 9 and one to
// fourteen digits more (documented format, derived rule).
func isE164(text string) bool {
	if len(text) < 3 || len(text) > 16 || text[0] != '+' || text[1] == '0' {
		return false
	}
	for i := 1; i < len(text); i++ {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// adviceBound is how many numbers a PhoneAdviser remembers.
const adviceBound = 4096

// PhoneAdviser tells what the telephone library thinks of numbers that have
// the form the API asks for. The library takes tens of microseconds a number,
// so the answers are kept. It is safe for concurrent use.
type PhoneAdviser struct {
	known *lru.Cache[string, string]
}

// NewPhoneAdviser returns an adviser.
func NewPhoneAdviser() (*PhoneAdviser, error) {
	known, err := lru.New[string, string](adviceBound)
	if err != nil {
		return nil, fmt.Errorf("make phone advice cache: %w", err)
	}
	return &PhoneAdviser{known: known}, nil
}

// Warm lets the library compile its patterns, so that the first number costs what the
// hundredth does.
func (a *PhoneAdviser) Warm() { a.Advice("+14155552671") }

// Advice returns a sentence about an accepted number that is not possible or
// not assigned, and "" for one that is, or that has not the form of a number.
func (a *PhoneAdviser) Advice(number string) string {
	if !isE164(number) {
		return ""
	}
	if advice, ok := a.known.Get(number); ok {
		return advice
	}
	advice := adviseOn(number)
	a.known.Add(strings.Clone(number), advice) // a substring would keep its body alive
	return advice
}

func adviseOn(number string) string {
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil {
		return fmt.Sprintf("accepted, but libphonenumber calls %s impossible: %v", number, err)
	}
	region := fmt.Sprintf("country code +%d", parsed.GetCountryCode())
	if name := phonenumbers.GetRegionCodeForCountryCode(int(parsed.GetCountryCode())); name != "ZZ" && name != "001" {
		region = "region " + name
	}
	switch {
	case !phonenumbers.IsPossibleNumber(parsed):
		return fmt.Sprintf("accepted, but libphonenumber calls %s impossible in %s", number, region)
	case !phonenumbers.IsValidNumber(parsed):
		return fmt.Sprintf("accepted, but libphonenumber calls %s possible and not assigned in %s", number, region)
	}
	return ""
}
