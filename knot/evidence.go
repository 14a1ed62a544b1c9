package knot

// Evidence says how an emulated behaviour is known.
type Evidence string

// The kinds of evidence, strongest first: documentation wins over
// observation, observation over derivation.
const (
	// Documented is stated on the vendor's own OpenAPI page of September 2025.
	Documented Evidence = "documented"
	// Observed was seen in public code, logs or notes as what the real server did.
	Observed Evidence = "observed"
	// Derived is what a reference server on the same framework answers.
	Derived Evidence = "derived"
	// Assumed is our own choice.
	Assumed Evidence = "assumed"
)
