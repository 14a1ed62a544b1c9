package near_test

import (
	"strings"
	"testing"

	"knotsandbox/near"
)

func TestTo(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 64)
	words := []string{"listen", "log-level", "NoAccess", "reset", "p", long, long + "x"}
	for _, c := range []struct{ name, want string }{
		{"listn", "listen"},        // one is missing
		{"reest", "reset"},         // two are swapped, which counts as one
		{"reesp", ""},              // with another it is two
		{"lllsten", "listen"},      // a third may change
		{"llllsten", ""},           // more may not
		{"noaccess", "NoAccess"},   // whatever the case
		{"log-lebel", "log-level"}, // one is another
		{"q", "p"},                 // of a short one, a letter
		{"qq", ""},
		{long, long},
		{long + "x", ""}, // too long to look at
	} {
		if got := near.To(c.name, words); got != c.want {
			t.Errorf("To(%.20q) = %q, want %q", c.name, got, c.want)
		}
	}
	if got := near.To("x", nil); got != "" {
		t.Errorf("To with no words = %q", got)
	}
}
