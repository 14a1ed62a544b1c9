package store

import (
	"testing"
	"unsafe"
)

// What each request reads of a client and what each changes share no line of memory.
func TestWhatChangesStandsApart(t *testing.T) {
	t.Parallel()
	var a account
	if apart := unsafe.Offsetof(a.mu) - unsafe.Offsetof(a.configured); apart < 64 {
		t.Errorf("they are %d bytes apart, want 64", apart)
	}
}
