package main

import (
	"context"
	"fmt"
	"net/http"
)

// outcome is what the API can answer.
type outcome struct {
	Name     string `json:"name"`
	Status   int    `json:"status"`
	Body     string `json:"body"`
	Evidence string `json:"evidence"`
}

// catalogue is the outcomes by name.
type catalogue map[string]outcome

// names of outcomes that the model speaks of.
const (
	created        = "Created"
	authFailed     = "AuthFailed"
	noAccess       = "NoAccess"
	rateLimited    = "RateLimited"
	invalidPhone   = "InvalidPhoneNumber"
	tooLarge       = "PayloadTooLarge"
	routeNotFound  = "RouteNotFound"
	notAllowed     = "MethodNotAllowed"
	invalidFault   = "InvalidFault"
	hangOutcome    = "hang"
	truncateEffect = "truncate"
)

// theCatalogue is what the contract says, written down once more: what the sandbox says
// of itself would agree with what it does even where both are wrong.
func theCatalogue() catalogue {
	c := catalogue{}
	add := func(evidence string, status int, name, body string) {
		c[name] = outcome{Name: name, Status: status, Body: body, Evidence: evidence}
	}
	const documented, derived = "documented", "derived"
	invalid := func(message string) string { return envelope("INVALID_REQUEST", "INVALID_FIELD", message) }
	add(documented, 200, created, "")
	add(documented, 400, "InvalidProductType", envelope("INVALID_INPUT", "PRODUCT_NOT_VALID", "The selected type is invalid."))
	add(documented, 400, "CardIdRequired", invalid("The card_id field is required when type = card_switcher."))
	add(documented, 400, "ExternalUserIdRequired", invalid("The external user id field is required."))
	add(documented, 400, "TypeRequired", invalid("The type field is required."))
	add(documented, 400, invalidPhone, invalid("The phone number format is invalid."))
	add(documented, 400, "InvalidEmail", invalid("The email must be a valid email address."))
	add(documented, 400, "InvalidProcessorToken", invalid("The processor token must be a string."))
	add(documented, 400, "InvalidCardBlocked", invalid("The card.blocked field must be true or false."))
	add(documented, 401, authFailed, envelope("INVALID_INPUT", "INVALID_API_KEYS", "Invalid client_id or secret provided."))
	add(documented, 403, noAccess, envelope("INVALID_REQUEST", "NO_ACCESS",
		"The type of session is not enabled. Please contact Knot for access to this type of session."))
	add(documented, 500, "InternalServerError", `{"message":"Server Error"}`)
	add(derived, 400, "InvalidCardHasFunds", invalid("The card.has funds field must be true or false."))
	add(derived, 400, "InvalidCard", invalid("The card must be an array."))
	add(derived, 400, "InvalidExternalUserId", invalid("The external user id must be a string."))
	add(derived, 400, "InvalidCardId", invalid("The card id must be a string."))
	add(derived, 429, rateLimited, `{"message":"Too Many Attempts."}`)
	add(derived, 413, tooLarge, `{"message":""}`)
	add(derived, 404, routeNotFound, `{"message":"The route nowhere could not be found."}`)
	add(derived, 405, notAllowed, `{"message":"The GET method is not supported for route session/create. Supported methods: POST."}`)
	return c
}

// envelope is the body of most errors.
func envelope(kind, code, message string) string {
	return `{"error_type":"` + kind + `","error_code":"` + code + `","error_message":"` + message + `"}`
}

// compare holds the sandbox's own catalogue to it.
func (c catalogue) compare(ctx context.Context, w *wire, rep *report) error {
	var own struct{ Errors []outcome }
	if status, _, err := w.ask(ctx, http.MethodGet, "/errors", nil, &own); err != nil || status != http.StatusOK {
		return fmt.Errorf("GET /errors answers %d: %w", status, err)
	}
	for _, o := range own.Errors {
		rep.checked.Add(1)
		if o != c[o.Name] {
			rep.differ(fmt.Sprintf("the catalogue: got %v, want %v", o, c[o.Name]))
		}
	}
	return nil
}

// mistake is a body that the API refuses; the verb stands for the external user id.
type mistake struct{ outcome, body string }

// mistakes are the documented ones and their siblings, with a mistake that would be
// found later beside it where there can be one: the first that is found is the answer.
func mistakes() []mistake {
	return []mistake{
		{"TypeRequired", `{"external_user_id":%q,"email":"nobody"}`},
		{"TypeRequired", `{"type":"link","external_user_id":%q`}, // does not decode, and counts as empty
		{"InvalidProductType", `{"type":"Link","external_user_id":%q}`},
		{"ExternalUserIdRequired", `{"type":"link","note":%q}`},
		{"InvalidExternalUserId", `{"type":"link","external_user_id":[%q]}`},
		{"CardIdRequired", `{"type":"card_switcher","external_user_id":%q,"phone_number":"1"}`},
		{"InvalidCardId", `{"type":"link","external_user_id":%q,"card_id":true}`},
		{invalidPhone, `{"type":"link","external_user_id":%q,"phone_number":"11234567890"}`},
		{"InvalidEmail", `{"type":"link","external_user_id":%q,"email":"ada.@localhost","card":{"blocked":"x"}}`},
		{"InvalidCard", `{"type":"link","external_user_id":%q,"card":"x"}`},
		{"InvalidCardBlocked", `{"type":"link","external_user_id":%q,"card":{"blocked":"true"}}`},
		{"InvalidCardHasFunds", `{"type":"link","external_user_id":%q,"card":{"has_funds":2}}`},
		{"InvalidProcessorToken", `{"type":"link","external_user_id":%q,"processor_token":7}`},
	}
}

// products are what sessions can be of, and goods a good body for each.
var (
	products = []string{"card_switcher", "transaction_link", "link"}
	goods    = map[string]string{
		"card_switcher":    `{"type":"card_switcher","external_user_id":%q,"card_id":"81n9al10a0ayn13","unknown":1}`,
		"transaction_link": `{"type":"transaction_link","external_user_id":%q,"email":"ada@localhost","card":{"blocked":false}}`,
		"link":             `{"type":"link","external_user_id":%q,"processor_token":"processor-production-0asd1-a92nc"}`,
	}
	phoned = `{"type":"link","external_user_id":%q,"phone_number":"+11234567890"}` // possible, but not valid
)
