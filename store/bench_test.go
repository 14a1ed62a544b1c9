package store_test

import (
	"fmt"
	"testing"

	"knotsandbox/knot"
	"knotsandbox/store"
)

// A caller too many, among ten thousand clients of which none is idle.
func BenchmarkAdoptTooMany(b *testing.B) {
	s := store.New(store.Config{})
	for i := range store.MaxAdopted {
		if _, err := s.Adopt(fmt.Sprint("adopted ", i)); err != nil {
			b.Fatal(err)
		}
	}
	for i := range store.MaxClients - store.MaxAdopted {
		if err := s.Add(knot.Client{ID: fmt.Sprint("minted ", i)}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := s.Adopt("one too many"); err == nil {
			b.Fatal("there was room")
		}
	}
}
