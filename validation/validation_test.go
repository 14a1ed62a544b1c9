package validation_test

import (
	"errors"
	"testing"

	"knotsandbox/knot"
	"knotsandbox/validation"
)

// s is a string value.
func s(text string) knot.Value { return knot.StringValue(text) }

// valid returns a request that breaks no rule.
func valid() knot.SessionRequest {
	return knot.SessionRequest{Type: s("card_switcher"), ExternalUserID: s("u"), CardID: s("c")}
}

func newValidator(t testing.TB) *validation.Validator {
	t.Helper()
	return validation.New()
}

func TestRules(t *testing.T) {
	t.Parallel()
	v := newValidator(t)
	set := map[string]func(*knot.SessionRequest, knot.Value){
		"type":              func(r *knot.SessionRequest, v knot.Value) { r.Type = v },
		"external_user_id":  func(r *knot.SessionRequest, v knot.Value) { r.ExternalUserID = v },
		"card_id":           func(r *knot.SessionRequest, v knot.Value) { r.CardID = v },
		"card_id with link": func(r *knot.SessionRequest, v knot.Value) { r.Type, r.CardID = s("link"), v },
		"phone_number":      func(r *knot.SessionRequest, v knot.Value) { r.PhoneNumber = v },
		"email":             func(r *knot.SessionRequest, v knot.Value) { r.Email = v },
		"card":              func(r *knot.SessionRequest, v knot.Value) { r.Card = v },
		"card.blocked":      func(r *knot.SessionRequest, v knot.Value) { r.CardBlocked = v },
		"card.has_funds":    func(r *knot.SessionRequest, v knot.Value) { r.CardHasFunds = v },
		"processor_token":   func(r *knot.SessionRequest, v knot.Value) { r.ProcessorToken = v },
	}
	for _, c := range []struct {
		field string
		want  *knot.Error // nil if the values pass
		given []knot.Value
	}{
		{"type", knot.TypeRequired, []knot.Value{knot.Null, s("\x00"), knot.EmptyArray}},
		{"type", knot.InvalidProductType, []knot.Value{s("vault"), s("Link"), "1", "0", "true", "false", `["link"]`, knot.File}},
		{"type", nil, []knot.Value{s("card_switcher"), s("transaction_link"), s("link")}},
		{"external_user_id", knot.ExternalUserIDRequired, []knot.Value{knot.Null, s("\x00\t"), knot.EmptyArray}},
		{"external_user_id", knot.InvalidExternalUserID, []knot.Value{"true", "false", `["u"]`, `{"a":1}`, knot.File}},
		{"external_user_id", nil, []knot.Value{s("0"), "0", "-1.5", "12345678901234567890"}},
		{"card_id", knot.CardIDRequired, []knot.Value{knot.Null, s("\x00"), knot.EmptyArray}},
		{"card_id", knot.InvalidCardID, []knot.Value{"true", `["c"]`, knot.File}},
		{"card_id", nil, []knot.Value{s("0"), "0"}},
		{"card_id with link", knot.InvalidCardID, []knot.Value{"false", knot.EmptyArray, `{"a":1}`}},
		{"card_id with link", nil, []knot.Value{knot.Null, s("c"), "5"}},
		{"phone_number", knot.InvalidPhoneNumber, []knot.Value{
			s("11234567890"), s("+"), s("+1"), s("+0123"), s("+1234567890123456"), s("+1 234"), s("+1a"), "11234567890", "true", knot.EmptyArray,
		}},
		{"phone_number", nil, []knot.Value{knot.Null, s("+11234567890"), s("+12"), s("+123456789012345"), s("\x00")}},
		{"email", knot.InvalidEmail, []knot.Value{s("ada"), s("ada@"), s("@b"), s("a b@c"), "5", "true", knot.EmptyArray}},
		{"email", nil, []knot.Value{knot.Null, s("ada.lovelace@gmail.com"), s("a@b"), s(`"a b"@c`)}},
		{"card", knot.InvalidCard, []knot.Value{s("x"), "1", "0", "true", "false", knot.File}},
		{"card", nil, []knot.Value{knot.Null, knot.EmptyArray, `{"blocked":true}`, `["a"]`}},
		{"card.blocked", knot.InvalidCardBlocked, []knot.Value{s("true"), "1.0", "2", "-1", s("yes"), knot.EmptyArray, knot.File}},
		{"card.blocked", nil, []knot.Value{knot.Null, "true", "false", "1", "0", "-0", s("1"), s("0")}},
		{"card.has_funds", knot.InvalidCardHasFunds, []knot.Value{s("false"), "0.0", "1e0"}},
		{"card.has_funds", nil, []knot.Value{knot.Null, "true", s("0")}},
		{"processor_token", knot.InvalidProcessorToken, []knot.Value{"5", "true", knot.EmptyArray, knot.File}},
		{"processor_token", nil, []knot.Value{knot.Null, s("processor-production-0asd1-a92nc")}},
	} {
		for _, value := range c.given {
			r := valid()
			set[c.field](&r, value)
			err := v.SessionRequest(&r, knot.PhoneE164)
			if c.want == nil && err != nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%s = %q: %v, want %v", c.field, value, err, c.want)
			}
		}
	}
}

// Every rule is broken at once; mending them one by one shows their order.
func TestOrderOfRules(t *testing.T) {
	t.Parallel()
	v := newValidator(t)
	r := knot.SessionRequest{
		CardID: "true", PhoneNumber: s("x"), Email: s("x"), Card: "1", CardBlocked: "2", CardHasFunds: "2", ProcessorToken: "1",
	}
	for _, step := range []struct {
		want *knot.Error
		mend func()
	}{
		{knot.TypeRequired, func() { r.Type = s("vault") }},
		{knot.InvalidProductType, func() { r.Type = s("card_switcher") }},
		{knot.ExternalUserIDRequired, func() { r.ExternalUserID = "true" }},
		{knot.InvalidExternalUserID, func() { r.ExternalUserID = s("u") }},
		{knot.InvalidCardID, func() { r.CardID = knot.Null }},
		{knot.CardIDRequired, func() { r.CardID = s("c") }},
		{knot.InvalidPhoneNumber, func() { r.PhoneNumber = knot.Null }},
		{knot.InvalidEmail, func() { r.Email = knot.Null }},
		{knot.InvalidCard, func() { r.Card = knot.Null }},
		{knot.InvalidCardBlocked, func() { r.CardBlocked = knot.Null }},
		{knot.InvalidCardHasFunds, func() { r.CardHasFunds = knot.Null }},
		{knot.InvalidProcessorToken, func() { r.ProcessorToken = knot.Null }},
	} {
		if err := v.SessionRequest(&r, knot.PhoneE164); !errors.Is(err, step.want) {
			t.Fatalf("%+v: %v, want %v", r, err, step.want)
		}
		step.mend()
	}
	if err := v.SessionRequest(&r, knot.PhoneE164); err != nil {
		t.Errorf("%+v: %v, want nil", r, err)
	}
}

func TestPhoneLevels(t *testing.T) {
	t.Parallel()
	v := newValidator(t)
	for _, c := range []struct {
		number                string
		e164, possible, valid bool
	}{
		{"+14155552671", true, true, true},
		{"+11234567890", true, true, false}, // the documented example is not assigned
		{"+4915112345678", true, true, true},
		{"+12", true, false, false},
		{"+999123456789", true, false, false},
		{"14155552671", false, false, false},
	} {
		for level, want := range map[knot.PhoneLevel]bool{knot.PhoneE164: c.e164, knot.PhonePossible: c.possible, knot.PhoneValid: c.valid} {
			r := valid()
			r.PhoneNumber = s(c.number)
			if err := v.SessionRequest(&r, level); want != (err == nil) {
				t.Errorf("%s at level %s: %v, want accepted %v", c.number, level, err, want)
			}
		}
	}
}

func TestPhoneAdvice(t *testing.T) {
	t.Parallel()
	adviser, err := validation.NewPhoneAdviser()
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[string]string{
		"+14155552671":  "",
		"+11234567890":  "accepted, but libphonenumber calls +11234567890 possible and not assigned in region US",
		"+12":           "accepted, but libphonenumber calls +12 impossible: the phone number supplied is not a number",
		"+1234567":      "accepted, but libphonenumber calls +1234567 impossible in region US",
		"+999123456789": "accepted, but libphonenumber calls +999123456789 impossible: invalid country code",
		"no number":     "",
		"":              "",
	} {
		for _, round := range []string{"first", "second"} {
			if got := adviser.Advice(number); got != want {
				t.Errorf("Advice(%q), %s time = %q, want %q", number, round, got, want)
			}
		}
	}
}

func BenchmarkSessionRequest(b *testing.B) {
	v := newValidator(b)
	for name, r := range map[string]knot.SessionRequest{
		"good": {
			Type: s("card_switcher"), ExternalUserID: s("123abc"), CardID: s("81n9al10a0ayn13"), PhoneNumber: s("+11234567890"),
			Email: s("ada.lovelace@gmail.com"), Card: `{"blocked":false}`, CardBlocked: "false", CardHasFunds: "true", ProcessorToken: s("p"),
		},
		"bad": {Type: s("card_switcher"), ExternalUserID: s("123abc")},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = v.SessionRequest(&r, knot.PhoneE164)
			}
		})
	}
}

// The first number after the adviser was made, then the same one, then always
// another: the library's own price.
func BenchmarkPhoneAdvice(b *testing.B) {
	adviser, err := validation.NewPhoneAdviser()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("known", func(b *testing.B) {
		for b.Loop() {
			adviser.Advice("+11234567890")
		}
	})
	b.Run("new", func(b *testing.B) {
		number := []byte("+14150000000")
		for b.Loop() {
			for i := len(number) - 1; ; i-- { // count up
				if number[i]++; number[i] <= '9' {
					break
				}
				number[i] = '0'
			}
			adviser.Advice(string(number))
		}
	})
}
