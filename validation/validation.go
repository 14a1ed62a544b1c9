// Package validation holds the input rules of the contract. It is the only
// user of the validation and the telephone library.
package validation

import (
	"errors"
	"fmt"

	"github.com/go-playground/validator/v10"

	"knotsandbox/knot"
)

// Validator checks input by the rules of the contract. It is safe for
// concurrent use; make one with New.
type Validator struct {
	levels map[knot.PhoneLevel]*validator.Validate
}

// New returns a Validator for every phone level. An error means that a rule
// below is misspelled.
func New() (*Validator, error) {
	v := &Validator{levels: map[knot.PhoneLevel]*validator.Validate{}}
	for _, level := range knot.PhoneLevels() {
		engine, err := newEngine(level)
		if err != nil {
			return nil, fmt.Errorf("phone level %s: %w", level, err)
		}
		v.levels[level] = engine
	}
	return v, nil
}

// SessionRequest returns nil or the *knot.Error of the first rule that the
// request breaks. The order is that of the struct's fields, within a field that
// of sessionRules (derived: the real server names the first failure only).
func (v *Validator) SessionRequest(r *knot.SessionRequest, level knot.PhoneLevel) error {
	if level == "" {
		level = knot.PhoneE164
	}
	err := v.levels[level].Struct(r)
	if err == nil {
		return nil
	}
	var broken validator.ValidationErrors
	if !errors.As(err, &broken) || len(broken) == 0 {
		return fmt.Errorf("validate session request: %w", err)
	}
	return answers[rule{broken[0].StructField(), broken[0].Tag()}]
}

// sessionRules are the rules of POST /session/create, field by field.
var sessionRules = map[string]string{
	"Type":           "filled,product",
	"ExternalUserID": "filled,string_or_number",
	"CardID":         "filled_for_card_switcher,string_or_number",
	"PhoneNumber":    "phone",
	"Email":          "email_address",
	"Card":           "array",
	"CardBlocked":    "boolean_like",
	"CardHasFunds":   "boolean_like",
	"ProcessorToken": "text",
}

// rule is a field and one of its rules.
type rule struct{ field, tag string }

// answers are what the API says of a broken rule.
var answers = map[rule]error{
	{"Type", "filled"}:                     knot.TypeRequired,
	{"Type", "product"}:                    knot.InvalidProductType,
	{"ExternalUserID", "filled"}:           knot.ExternalUserIDRequired,
	{"ExternalUserID", "string_or_number"}: knot.InvalidExternalUserID,
	{"CardID", "filled_for_card_switcher"}: knot.CardIDRequired,
	{"CardID", "string_or_number"}:         knot.InvalidCardID,
	{"PhoneNumber", "phone"}:               knot.InvalidPhoneNumber,
	{"Email", "email_address"}:             knot.InvalidEmail,
	{"Card", "array"}:                      knot.InvalidCard,
	{"CardBlocked", "boolean_like"}:        knot.InvalidCardBlocked,
	{"CardHasFunds", "boolean_like"}:       knot.InvalidCardHasFunds,
	{"ProcessorToken", "text"}:             knot.InvalidProcessorToken,
}

// newEngine returns the library's engine with our rules. The library's own
// tags "e164" and "email" disagree with the contract and are not used: e164
// takes numbers without a plus and refuses short ones, email refuses much that
// RFC syntax allows.
func newEngine(level knot.PhoneLevel) (*validator.Validate, error) {
	engine := validator.New(validator.WithRequiredStructEnabled())
	rules := map[string]func(knot.Value) bool{
		"filled":           knot.Value.IsFilled,
		"product":          isProduct,
		"string_or_number": optional(isStringOrNumber),
		"phone":            optional(phoneRule(level)),
		"email_address":    optional(func(v knot.Value) bool { return v.IsString() && isEmail(v.Text()) }),
		"array":            optional(knot.Value.IsArray),
		"boolean_like":     optional(isBooleanLike),
		"text":             optional(knot.Value.IsString),
	}
	for tag, holds := range rules {
		err := engine.RegisterValidation(tag, func(fl validator.FieldLevel) bool {
			return holds(knot.Value(fl.Field().String()))
		})
		if err != nil {
			return nil, fmt.Errorf("register rule %s: %w", tag, err)
		}
	}
	if err := engine.RegisterValidation("filled_for_card_switcher", filledForCardSwitcher); err != nil {
		return nil, fmt.Errorf("register rule filled_for_card_switcher: %w", err)
	}
	engine.RegisterStructValidationMapRules(sessionRules, knot.SessionRequest{})
	return engine, nil
}

// optional lets a blank value pass: only "required" looks at those (derived).
func optional(holds func(knot.Value) bool) func(knot.Value) bool {
	return func(v knot.Value) bool { return v.IsBlank() || holds(v) }
}

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

// filledForCardSwitcher is the rule that card_switcher needs card_id.
func filledForCardSwitcher(fl validator.FieldLevel) bool {
	r, ok := fl.Parent().Addr().Interface().(*knot.SessionRequest)
	return ok && (r.Product() != knot.CardSwitcher || r.CardID.IsFilled())
}
