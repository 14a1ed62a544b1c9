package validation_test

import (
	"regexp"
	"strings"
	"testing"

	"knotsandbox/knot"
	"knotsandbox/validation"
)

// e164 is the rule in the words of the contract.
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

// The rule is that of the contract, each level lets through only what the one before
// it does, and there is advice on a number if, and only if, the strictest level refuses
// what the API accepts.
func FuzzPhone(f *testing.F) {
	for _, seed := range []string{
		"+11234567890", "+14155552671", "+12", "+", "", "+0123", "+1234567890123456", "+999123456789", "14155552671", "+1415555٢671",
		"+80012345678", "+882123456", "+390123", "+39012345678901", "+5491123456789", "+1\n", "+\xff1", "tel:+14155552671", "+1;ext=5",
	} {
		f.Add(seed)
	}
	v := newValidator(f)
	adviser, err := validation.NewPhoneAdviser()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, number string) {
		want := e164.MatchString(number)
		if got := validation.IsE164(s(number)); got != want {
			t.Errorf("IsE164(%q) = %t, want %t", number, got, want)
		}
		accepts := func(level knot.PhoneLevel) bool {
			r := valid()
			r.PhoneNumber = s(number)
			return s(number).IsBlank() || v.SessionRequest(&r, level) == nil
		}
		levels := [3]bool{accepts(knot.PhoneE164), accepts(knot.PhonePossible), accepts(knot.PhoneValid)}
		if levels[0] != (want || s(number).IsBlank()) || levels[1] && !levels[0] || levels[2] && !levels[1] {
			t.Errorf("%q is accepted at the levels e164, possible, valid: %v; of the form it is %t", number, levels, want)
		}
		advice := adviser.Advice(number)
		if again := adviser.Advice(number); again != advice {
			t.Errorf("Advice(%q) = %q, and then %q", number, advice, again)
		}
		if (advice != "") != (want && !levels[2]) {
			t.Errorf("Advice(%q) = %q at the levels %v", number, advice, levels)
		}
		if advice != "" && (!strings.Contains(advice, number) || strings.ContainsAny(advice, "\r\n")) {
			t.Errorf("Advice(%q) = %q, want one line that names the number", number, advice)
		}
	})
}
