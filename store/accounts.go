package store

import (
	"iter"
	"sync"
	"sync/atomic"
)

// accounts are the clients by their ids. Every request looks some of them up, so that
// who reads takes no lock; who writes holds the store's. The zero value is empty.
type accounts struct {
	byID  sync.Map // of string to *account
	count atomic.Int64
}

func (l *accounts) get(id string) (*account, bool) {
	if a, ok := l.byID.Load(id); ok {
		return a.(*account), true // nothing else is stored
	}
	return nil, false
}

func (l *accounts) put(id string, a *account) {
	if _, replaced := l.byID.Swap(id, a); !replaced {
		l.count.Add(1)
	}
}

func (l *accounts) remove(id string) {
	if _, was := l.byID.LoadAndDelete(id); was {
		l.count.Add(-1)
	}
}

func (l *accounts) len() int { return int(l.count.Load()) }

// all returns the accounts in no order.
func (l *accounts) all() iter.Seq2[string, *account] {
	return func(yield func(string, *account) bool) {
		l.byID.Range(func(id, a any) bool { return yield(id.(string), a.(*account)) })
	}
}
