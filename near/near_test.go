package near_test

import (
	"strings"
	"testing"

	"knotsandbox/near"
)

func TestTo(t *testing.T) {
	t.Parallel()
	words := []string{"listen", "log-level", "NoAccess", "reset"}
	for _, c := range []struct{ name, want string }{
		{"listn", "listen"},        // one is missing
		{"lisetn", "listen"},       // two are swapped, which counts as one
		{"lllsten", "listen"},      // a third may change
		{"llllsten", ""},           // more may not
		{"noaccess", "NoAccess"},   // whatever the case
		{"log-lebel", "log-level"}, // one is another
		{"r", ""},
		{"", ""},
		{strings.Repeat("x", 1<<20), ""},
	} {
		if got := near.To(c.name, words); got != c.want {
			t.Errorf("To(%.20q) = %q, want %q", c.name, got, c.want)
		}
	}
	if got := near.To("x", nil); got != "" {
		t.Errorf("To with no words = %q", got)
	}
}
