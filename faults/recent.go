package faults

import "iter"

// recent is a map that forgets. It keeps at least limit of the keys used last and
// never more than twice as many: when the young generation is full it becomes the
// old one, whose keys are dropped a generation later unless they are used. The
// zero recent is empty and ready.
type recent[K comparable, V any] struct {
	young, old map[K]V
}

// peek returns a value without counting as use.
func (r *recent[K, V]) peek(key K) (V, bool) {
	if value, ok := r.young[key]; ok {
		return value, true
	}
	value, ok := r.old[key]
	return value, ok
}

// use returns a value and keeps it from being forgotten.
func (r *recent[K, V]) use(key K, limit int) (V, bool) {
	if value, ok := r.young[key]; ok {
		return value, true
	}
	value, ok := r.old[key]
	if ok {
		r.put(key, value, limit)
	}
	return value, ok
}

// put adds a value under a key that is not among the young.
func (r *recent[K, V]) put(key K, value V, limit int) {
	if r.young == nil || len(r.young) >= limit {
		r.old, r.young = r.young, map[K]V{}
	}
	r.young[key] = value
}

func (r *recent[K, V]) remove(key K) {
	delete(r.young, key)
	delete(r.old, key)
}

// values yields every value once, in no order.
func (r *recent[K, V]) values() iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, value := range r.young {
			if !yield(value) {
				return
			}
		}
		for key, value := range r.old {
			if _, twice := r.young[key]; !twice && !yield(value) {
				return
			}
		}
	}
}
