package handlers

import (
	"testing"
	"unsafe"
)

// The count of requests shares no line of memory with what each request reads.
func TestWhatChangesStandsApart(t *testing.T) {
	t.Parallel()
	var a API
	if apart := unsafe.Offsetof(a.requests) - unsafe.Offsetof(a.large); apart < 64 {
		t.Errorf("they are %d bytes apart, want 64", apart)
	}
}
