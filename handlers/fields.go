package handlers

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"knotsandbox/knot"
)

// field is one input field of the operation.
type field int

const (
	fieldType field = iota
	fieldExternalUserID
	fieldCardID
	fieldPhoneNumber
	fieldEmail
	fieldCard
	fieldCardBlocked
	fieldCardHasFunds
	fieldProcessorToken
	fieldMethod // _method, by which a POST makes itself another method
	fieldCount
	noField field = -1
)

// fieldNames are the names on the outermost level; the two inside of card have
// none there.
var fieldNames = [fieldCount]string{
	fieldType:           "type",
	fieldExternalUserID: "external_user_id",
	fieldCardID:         "card_id",
	fieldPhoneNumber:    "phone_number",
	fieldEmail:          "email",
	fieldCard:           "card",
	fieldProcessorToken: "processor_token",
	fieldMethod:         "_method",
}

// fieldNamed returns the field that is called name on the outermost level.
func fieldNamed(name string) field {
	switch name {
	case "type":
		return fieldType
	case "external_user_id":
		return fieldExternalUserID
	case "card_id":
		return fieldCardID
	case "phone_number":
		return fieldPhoneNumber
	case "email":
		return fieldEmail
	case "card":
		return fieldCard
	case "processor_token":
		return fieldProcessorToken
	case "_method":
		return fieldMethod
	}
	return noField
}

// longestName is longer than any spelling of a field's name.
const longestName = 40

// fieldLike returns the field whose name is spelled like name but for case and
// separators: externalUserId for external_user_id.
func fieldLike(name string) field {
	if len(name) > longestName {
		return noField
	}
	squeezed := squeeze(name)
	for i, known := range fieldNames {
		if known != "" && squeeze(known) == squeezed {
			return field(i)
		}
	}
	return noField
}

// squeeze returns name in lower case without separators.
func squeeze(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune("_-. ", r) {
			return -1
		}
		return r
	}, name))
}

// fields are the input fields of one source: a body or a query.
type fields struct {
	value   [fieldCount]knot.Value
	present [fieldCount]bool // a field may be present and null
	// lookalike holds, by the field that was probably meant, an unknown name
	// that differs from a known one in case and separators only.
	lookalike [fieldCount]string
}

// set stores a field of the outermost level; unknown names are ignored
// (observed), a repeated one replaces (derived).
func (f *fields) set(name string, v knot.Value) {
	i := fieldNamed(name)
	if i == noField {
		if i = fieldLike(name); i != noField {
			f.lookalike[i] = name
		}
		return
	}
	f.value[i], f.present[i] = v, true
	if i == fieldCard && (v == "" || v[0] != '{') {
		f.clearCard()
	}
}

// setCard stores a field of card.
func (f *fields) setCard(name string, v knot.Value) {
	switch name {
	case "blocked":
		f.value[fieldCardBlocked] = v
	case "has_funds":
		f.value[fieldCardHasFunds] = v
	}
}

// clearCard forgets the fields of an earlier card.
func (f *fields) clearCard() {
	f.value[fieldCardBlocked], f.value[fieldCardHasFunds] = knot.Null, knot.Null
}

// over returns f with what it lacks taken from below: the body lies over the
// query, key by key, and a whole card over a whole card (derived).
func (f fields) over(below fields) fields {
	for i := range fieldCount {
		if f.lookalike[i] == "" {
			f.lookalike[i] = below.lookalike[i]
		}
		if !f.present[i] && i != fieldCardBlocked && i != fieldCardHasFunds {
			f.value[i], f.present[i] = below.value[i], below.present[i]
			if i == fieldCard {
				f.value[fieldCardBlocked] = below.value[fieldCardBlocked]
				f.value[fieldCardHasFunds] = below.value[fieldCardHasFunds]
			}
		}
	}
	return f
}

// request returns the fields as the operation's input.
func (f *fields) request() knot.SessionRequest {
	return knot.SessionRequest{
		Type:           f.value[fieldType],
		ExternalUserID: f.value[fieldExternalUserID],
		CardID:         f.value[fieldCardID],
		PhoneNumber:    f.value[fieldPhoneNumber],
		Email:          f.value[fieldEmail],
		Card:           f.value[fieldCard],
		CardBlocked:    f.value[fieldCardBlocked],
		CardHasFunds:   f.value[fieldCardHasFunds],
		ProcessorToken: f.value[fieldProcessorToken],
	}
}

// trim removes white space from both ends of a string: ASCII and Unicode white
// space, U+180E, U+200B and U+FEFF. A string that is not UTF-8, which only a
// form can hold, loses ASCII white space and NUL instead (derived).
func trim(text string) string {
	if text == "" || isPlain(text[0]) && isPlain(text[len(text)-1]) {
		return text
	}
	if !utf8.ValidString(text) {
		return strings.Trim(text, " \t\n\v\r\x00")
	}
	return strings.TrimFunc(text, isTrimmed)
}

func isTrimmed(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', '\u0085', '\u180E', '\u200B', '\uFEFF':
		return true
	}
	return unicode.Is(unicode.Z, r)
}
