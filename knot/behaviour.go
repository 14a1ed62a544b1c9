package knot

// Behaviour is one row of the fidelity ledger: something that a client of the
// API could notice, and how we know it.
type Behaviour struct {
	Area      string // what it is about; rows of an area stand together
	Statement string // what the sandbox does
	Evidence  Evidence
	// Shown names what holds the sandbox to it: a group of reference vectors
	// ("vectors: email") or a test ("TestGolden").
	Shown string
}

// NotEmulated says what the sandbox leaves out, in sentences for the reader of
// the ledger.
func NotEmulated() []string {
	return []string{
		"Any operation but `POST /session/create`: no session extension, no transactions, no webhooks, no client SDK.",
		"What happens in the SDK after the session was created: an issued id opens nothing.",
		"The real API's edge (CDN, web server, TLS): its own error pages, header order, HTTP/2 settings, timeouts.",
		"Rate limits: the real ones are not public.",
		"The `Set-Cookie`, `Server` and tracing headers that a real deployment may add.",
		"Two `Authorization` headers in one request: the first one counts (assumed).",
	}
}

// Behaviours returns the ledger but for the error catalogue, which Errors holds.
func Behaviours() []Behaviour {
	var all []Behaviour
	all = append(all, answerBehaviours()...)
	all = append(all, credentialBehaviours()...)
	all = append(all, fieldBehaviours()...)
	all = append(all, bodyBehaviours()...)
	return append(all, routeBehaviours()...)
}

func answerBehaviours() []Behaviour {
	const area = "Answers"
	return []Behaviour{
		{area, "200 is exactly `{\"session\":\"<uuid>\"}`", Documented, "TestGolden"},
		{area, "the session id is a UUID of version 4 in lower case, a new one every time, although the documented example is no UUID", Observed, "TestGolden"},
		{area, "a session lasts 30 minutes", Documented, "TestSessionsExpire"},
		{area, "one error per answer: the first rule that is broken", Derived, "vectors: pairwise"},
		{area, "order: 413, then 404 and 405, then 401, 400, 403, then 200", Derived, "TestOrderOfChecks"},
		{area, "product access is checked after the input", Assumed, "vectors: access"},
		{area, "JSON is compact, without a newline, `application/json` without charset", Derived, "TestInvariants"},
		{area, "`Cache-Control: no-cache, private`; no cookies, ETag, Vary, WWW-Authenticate or CORS headers", Derived, "TestInvariants"},
		{area, "the application's answers are JSON whatever `Accept` says", Derived, "vectors: accept"},
	}
}

func credentialBehaviours() []Behaviour {
	const area = "Credentials"
	return []Behaviour{
		{area, "HTTP Basic with client_id and secret", Documented, "TestGolden"},
		{area, "credentials are checked before the body is looked at", Derived, "TestOrderOfChecks"},
		{area, "the scheme in any case, blanks around, stray characters and padding skipped, split at the first colon", Derived, "vectors: auth"},
		{area, "what follows a NUL in the secret is not seen", Derived, "vectors: auth"},
	}
}

func fieldBehaviours() []Behaviour {
	const area = "Fields"
	return []Behaviour{
		{area, "`type`: required; `card_switcher`, `transaction_link` or `link`, in lower case", Documented, "vectors: type"},
		{area, "`external_user_id`: required", Documented, "vectors: external_user_id"},
		{area, "`external_user_id`: a number is accepted", Observed, "vectors: external_user_id"},
		{area, "`card_id`: required for `card_switcher`", Documented, "vectors: card_id"},
		{area, "`card_id`: a number is accepted, a boolean, array or object is not, for any type", Derived, "vectors: card_id"},
		{area, "`phone_number`: E.164", Documented, "vectors: phone_number"},
		{area, "`phone_number`: the form alone decides, so that the documented, unassigned `+11234567890` passes", Derived, "vectors: phone-random"},
		{area, "`email`: RFC syntax, no DNS, far more than usual expressions accept", Derived, "vectors: email"},
		{area, "`card`: an object or an array", Derived, "vectors: card"},
		{area, "`card.blocked`, `card.has_funds`: `true`, `false`, `1`, `0`, also as strings of one digit; not `1.0`, not `\"true\"`", Derived, "vectors: card"},
		{area, "`processor_token`: a string", Documented, "vectors: processor_token"},
		{area, "strings lose white space, U+180E, U+200B and U+FEFF at both ends; an empty one is null; a null optional field is absent", Derived, "vectors: type"},
		{area, "`0` and `false` satisfy \"required\", `[]` and `{}` do not", Derived, "vectors: external_user_id"},
		{area, "unknown fields are ignored", Observed, "vectors: json-body"},
	}
}

func bodyBehaviours() []Behaviour {
	const area = "Body"
	return []Behaviour{
		{area, "a body that does not decode counts as empty, so that `TypeRequired` is the answer", Derived, "vectors: json-body"},
		{area, "JSON is read when Content-Type contains `/json` or `+json` in lower case; never 415", Derived, "vectors: content-type"},
		{area, "the last of equal keys replaces; keys are case-sensitive and not trimmed", Derived, "vectors: json-body"},
		{area, "a BOM, invalid UTF-8, half a surrogate pair, a raw control character, 512 levels, trailing text, a top level that is no object: empty", Derived, "vectors: json-body"},
		{area, "forms and query fill the same fields, `card[blocked]=1` included; the body lies over the query", Derived, "vectors: forms-and-query"},
		{area, "a form has at most 1001 variables and 64 levels", Derived, "vectors: forms-and-query"},
		{area, "an uploaded file is a value of the wrong type", Derived, "vectors: forms-and-query"},
		{area, "a body over the limit: 413 before routing and credentials", Derived, "TestOrderOfChecks"},
		{area, "the limit is 8 MiB", Assumed, "TestMaxBody"},
		{area, "a body that breaks off: 400 of the HTTP layer, connection closed", Assumed, "TestUnreadable"},
	}
}

func routeBehaviours() []Behaviour {
	const area = "Routes"
	return []Behaviour{
		{area, "an unknown path is 404, a wrong method 405 with `Allow: POST`", Derived, "vectors: methods"},
		{area, "404 and 405 are JSON if the best accepted type is JSON or a script asks, otherwise a page", Derived, "vectors: accept"},
		{area, "the look of that page", Assumed, "TestInvariants"},
		{area, "OPTIONS on the route: 200, empty, `Allow: POST`", Derived, "vectors: methods"},
		{area, "slashes at the end are accepted, the path is case-sensitive, percent-encoding is decoded", Derived, "vectors: paths"},
		{area, "the front controller's `/index.php` before the path is dropped", Derived, "vectors: paths"},
		{area, "`X-HTTP-Method-Override` or `_method` make a POST another method", Derived, "vectors: methods"},
		{area, "an overriding method that is no word of letters: 404", Derived, "vectors: forms-and-query"},
	}
}
