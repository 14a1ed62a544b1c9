package knot

// Outcomes of a request that are no error of the catalogue.
const (
	// Created is the outcome of a session that was made.
	Created = "Created"
	// Preflight is the outcome of OPTIONS.
	Preflight = "Preflight"
	// Unreadable is the outcome of a body that breaks off.
	Unreadable = "Unreadable"
	// InvalidFault is the outcome of a request that brought a fault that does not
	// parse: the sandbox itself refused it.
	InvalidFault = "InvalidFault"
	// Abandoned is the outcome of a request whose caller left before it could have
	// the answer.
	Abandoned = "Abandoned"
)

// Names of the answers around the operation whose bytes depend on the request.
const (
	routeNotFound         = "RouteNotFound"
	methodNotAllowed      = "MethodNotAllowed"
	invalidMethodOverride = "InvalidMethodOverride"
)

// IsCall reports whether an outcome is of a call of an operation, and not of a
// request that never came to one or that the sandbox itself refused.
func IsCall(outcome string) bool {
	switch outcome {
	case routeNotFound, methodNotAllowed, invalidMethodOverride, Preflight, InvalidFault:
		return false
	}
	return true
}

// Outcomes returns the names of all that the API can answer: success, the error
// catalogue, the answers around the operation.
func Outcomes() []string {
	names := []string{Created}
	for _, e := range Errors() {
		names = append(names, e.Name)
	}
	return append(names, routeNotFound, methodNotAllowed, invalidMethodOverride, Preflight, Unreadable, InvalidFault, Abandoned)
}
