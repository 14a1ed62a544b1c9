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
		"The real rate limits: they are not public. `--rate-limit` sets one of your own.",
		"Failures are emulated on purpose only, by faults; a real outage looks as it likes.",
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
	all = append(all, routeBehaviours()...)
	all = append(all, framingBehaviours()...)
	return append(all, faultBehaviours()...)
}

func answerBehaviours() []Behaviour {
	const area = "Answers"
	return []Behaviour{
		{area, "200 is exactly `{\"session\":\"<uuid>\"}`", Documented, "TestGolden"},
		{area, "the session id is a UUID of version 4 in lower case, a new one every time, although the documented example is no UUID", Observed, "TestGolden"},
		{area, "a session lasts 30 minutes", Documented, "TestSessionsExpire"},
		{area, "one error per answer: the first rule that is broken", Derived, "vectors: pairwise"},
		{area, "order: 413, then 404 and 405, then 429, 401, 400, 403, then 200", Derived, "TestOrderOfChecks"},
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
		{area, "`--auth any` lets every readable pair in; the real API does not", Assumed, "TestAuthAny"},
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
		{area, "`phone_number`: the levels `possible` and `valid` refuse what the real API accepts", Assumed, "TestPhoneLevels"},
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
		{area, "a query and a multipart form have at most 1000 variables, an URL-encoded body 1001 with empty ones; 64 levels, 20 files", Derived, "TestFormLimits"},
		{area, "multipart: lines may end in LF, names may stand in single or no quotes, a line that is no header is skipped", Derived, "TestDecodeMultipart"},
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
		{area, "slashes at the end are accepted, encoded ones are not; the path is case-sensitive and routed decoded", Derived, "TestSentPath"},
		{area, "404 and 405 name the path as it was sent, undecoded, in ASCII", Derived, "TestSentPath"},
		{area, "HEAD answers as another method would, without a body", Derived, "vectors: methods"},
		{area, "a path that is not UTF-8 is named with U+FFFD", Assumed, "TestInvariants"},
		{area, "the front controller's `/index.php` before the path is dropped", Derived, "vectors: paths"},
		{area, "`X-HTTP-Method-Override` or `_method` make a POST another method", Derived, "vectors: methods"},
		{area, "an overriding method that is no word of letters: 404", Derived, "vectors: forms-and-query"},
	}
}

// framingBehaviours are those of Go's HTTP layer. The real API's web server has its own.
func framingBehaviours() []Behaviour {
	const area = "Framing"
	return []Behaviour{
		{area, "a head that is no HTTP/1: 400, or 505 if it is of another version, as text, connection closed", Assumed, "TestHostileHeads"},
		{area, "lines may end in LF alone, a header may be folded, an unknown `Host` and a whole URL as the target are accepted", Assumed, "TestHostileHeads"},
		{area, "a method is taken as it is written: `post` is 405", Assumed, "TestHostileHeads"},
		{area, "lengths that contradict each other: 400; a length beside chunks is ignored; a coding other than `chunked`: 501", Assumed, "TestHostileFraming"},
		{area, "a head beyond 1 MiB: 431, connection closed", Assumed, "TestHostileSizes"},
		{area, "10 s for a head, a minute for a body, two minutes for an answer or the next request; who is slower is let go", Assumed, "TestSlowRequests"},
	}
}

func faultBehaviours() []Behaviour {
	const area = "Failures on purpose"
	return []Behaviour{
		{area, "a name of the catalogue answers with its status and bytes", Documented, "TestCatalogueFromEachDoor"},
		{area, "`RateLimited` carries `Retry-After`, `X-RateLimit-Limit`, `X-RateLimit-Remaining: 0`, `X-RateLimit-Reset`", Derived, "TestRateLimitedFault"},
		{area, "`--rate-limit`: a fixed window for each client from its first request, refused requests of any kind counted, two headers on every answer", Derived, "TestRateLimit"},
		{area, "gateway errors are HTML pages in the manner of a proxy", Assumed, "TestREADME"},
		{area, "the shape of `malformed`, `empty` and `garbage`", Assumed, "TestREADME"},
		{area, "faults apply to the operation, not to other paths or methods", Assumed, "TestFaultsStayOnTheirRoutes"},
		{area, "a fault on a request that does not parse is refused in the control API's words", Assumed, "TestInvalidInlineFault"},
	}
}
