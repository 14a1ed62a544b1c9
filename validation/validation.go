// Package validation holds the input rules of the contract. It is the only
// user of the validation and the telephone library.
package validation

import (
	"cmp"
	"errors"
	"fmt"
	"sync"

	"github.com/go-playground/validator/v10"

	"knotsandbox/knot"
)

// Validator checks input by the rules of the contract. It is safe for
// concurrent use; make one with New.
type Validator struct {
	levels map[knot.PhoneLevel]level
}

// level is the rules of a phone level, and the library's engine that looks at them,
// which is made when it is first asked for: a rule that the library does not take panics
// then.
type level struct {
	rules  []rule
	engine func() *validator.Validate
}

// New returns a Validator for every phone level.
func New() *Validator {
	v := &Validator{levels: map[knot.PhoneLevel]level{}}
	for _, l := range knot.PhoneLevels() {
		rules := sessionRules(l)
		v.levels[l] = level{rules, sync.OnceValue(func() *validator.Validate { return newEngine(rules) })}
	}
	return v
}

// SessionRequest returns nil or the *knot.Error of the first rule that the
// request breaks (derived: the real server names the first failure only).
func (v *Validator) SessionRequest(r *knot.SessionRequest, l knot.PhoneLevel) error {
	level := v.levels[cmp.Or(l, knot.PhoneE164)]
	err := level.engine().Struct(r)
	if err == nil {
		return nil
	}
	var broken validator.ValidationErrors
	if !errors.As(err, &broken) || len(broken) == 0 {
		return fmt.Errorf("validate session request: %w", err)
	}
	return level.rules[broken[0].Value().(int)].answer // newEngine put it there
}

// newEngine returns the library's engine with rules that are looked at one after the
// other until one is broken. They are one rule of the whole request, and its fields are
// skipped: docs/decisions/0009-validator-tags.md tells why.
func newEngine(rules []rule) *validator.Validate {
	engine := validator.New(validator.WithRequiredStructEnabled())
	skip := map[string]string{}
	for _, rule := range rules {
		skip[rule.field] = "-"
	}
	engine.RegisterStructValidationMapRules(skip, request{})
	engine.RegisterStructValidation(func(sl validator.StructLevel) {
		r := sl.Current().Addr().Interface().(*request) // it is registered for that type alone
		for i, rule := range rules {
			if !rule.holds(r) {
				sl.ReportError(i, rule.field, rule.field, rule.tag, "")
				return
			}
		}
	}, request{})
	return engine
}

// request is the input of the operation.
type request = knot.SessionRequest

// rule is something that a request has to meet.
type rule struct {
	field, tag string // how the library names them
	holds      func(*request) bool
	answer     *knot.Error // what the API says if it does not hold
}

// sessionRules returns the rules of POST /session/create in their order: that of the
// request's fields, within a field that of the contract (derived). The library's own
// tags "e164" and "email" disagree with the contract and are not used: e164 takes
// numbers without a plus and refuses short ones, email refuses much that RFC syntax
// allows.
func sessionRules(level knot.PhoneLevel) []rule {
	isPhone := phoneRule(level)
	return []rule{
		{"Type", "filled", func(r *request) bool { return r.Type.IsFilled() }, knot.TypeRequired},
		{"Type", "product", func(r *request) bool { return isProduct(r.Type) }, knot.InvalidProductType},
		{"ExternalUserID", "filled", func(r *request) bool { return r.ExternalUserID.IsFilled() }, knot.ExternalUserIDRequired},
		{"ExternalUserID", "string_or_number", func(r *request) bool { return isStringOrNumber(r.ExternalUserID) }, knot.InvalidExternalUserID},
		{"CardID", "filled_for_card_switcher", hasCardID, knot.CardIDRequired},
		{"CardID", "string_or_number", func(r *request) bool { return optional(r.CardID, isStringOrNumber) }, knot.InvalidCardID},
		{"PhoneNumber", "phone", func(r *request) bool { return optional(r.PhoneNumber, isPhone) }, knot.InvalidPhoneNumber},
		{"Email", "email_address", func(r *request) bool { return optional(r.Email, isEmailAddress) }, knot.InvalidEmail},
		{"Card", "array", func(r *request) bool { return optional(r.Card, knot.Value.IsArray) }, knot.InvalidCard},
		{"CardBlocked", "boolean_like", func(r *request) bool { return optional(r.CardBlocked, isBooleanLike) }, knot.InvalidCardBlocked},
		{"CardHasFunds", "boolean_like", func(r *request) bool { return optional(r.CardHasFunds, isBooleanLike) }, knot.InvalidCardHasFunds},
		{"ProcessorToken", "text", func(r *request) bool { return optional(r.ProcessorToken, knot.Value.IsString) }, knot.InvalidProcessorToken},
	}
}

// hasCardID is the rule that card_switcher needs card_id.
func hasCardID(r *request) bool { return r.Product() != knot.CardSwitcher || r.CardID.IsFilled() }

// optional lets a blank value pass: only "required" looks at those (derived).
func optional(v knot.Value, holds func(knot.Value) bool) bool { return v.IsBlank() || holds(v) }

func isEmailAddress(v knot.Value) bool { return v.IsString() && isEmail(v.Text()) }

func isProduct(v knot.Value) bool {
	if !v.IsString() {
		return false
	}
	_, err := knot.ParseProduct(v.Text())
	return err == nil
}

// isStringOrNumber is the rule of ids: a number is accepted (documented in an
// older edition, observed).
func isStringOrNumber(v knot.Value) bool { return v.IsString() || v.IsNumber() }

// isBooleanLike compares strictly: 1.0 and "true" are not booleans (derived).
func isBooleanLike(v knot.Value) bool {
	switch v {
	case "true", "false", "1", "0", "-0", `"1`, `"0`:
		return true
	}
	return false
}
