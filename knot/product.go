package knot

import (
	"fmt"
	"slices"
	"strings"
)

// Product is a session type, the value of the field "type".
type Product string

// The documented products.
const (
	CardSwitcher    Product = "card_switcher"
	TransactionLink Product = "transaction_link"
	Link            Product = "link"
)

// Products returns every product, in the order of the documentation.
func Products() []Product { return []Product{CardSwitcher, TransactionLink, Link} }

// ParseProduct returns the product that is spelled name. Upper and lower case
// differ, as they do in the API (documented).
func ParseProduct(name string) (Product, error) {
	for _, p := range Products() {
		if string(p) == name {
			return p, nil
		}
	}
	return "", fmt.Errorf("unknown product %q; the products are %s", name, AllProducts())
}

// ProductSet is a set of products. The zero value is empty.
type ProductSet uint8

// NewProductSet returns the set of the given products; unknown ones are left out.
func NewProductSet(products ...Product) ProductSet {
	var s ProductSet
	for _, p := range products {
		s |= p.bit()
	}
	return s
}

// AllProducts returns the set of every product.
func AllProducts() ProductSet { return NewProductSet(Products()...) }

// Has reports whether p is in the set.
func (s ProductSet) Has(p Product) bool { return s&p.bit() != 0 }

// With returns the members of both sets.
func (s ProductSet) With(other ProductSet) ProductSet { return s | other }

// Without returns the members that are not in the other set.
func (s ProductSet) Without(other ProductSet) ProductSet { return s &^ other }

// List returns the members in the order of the documentation; it is empty, not
// nil, for the empty set.
func (s ProductSet) List() []Product {
	list := make([]Product, 0, 3)
	for _, p := range Products() {
		if s.Has(p) {
			list = append(list, p)
		}
	}
	return list
}

// String names the members, separated by a comma and a blank.
func (s ProductSet) String() string {
	names := make([]string, 0, 3)
	for _, p := range s.List() {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}

// bit returns the place of p in a ProductSet, or 0 for an unknown product.
func (p Product) bit() ProductSet {
	if i := slices.Index([]Product{CardSwitcher, TransactionLink, Link}, p); i >= 0 {
		return 1 << i
	}
	return 0
}

// PhoneLevel says how strictly a client's phone numbers are checked.
type PhoneLevel string

// The phone levels. The real API checks the E164 pattern alone (derived); the
// stricter levels are the sandbox's own, for clients that want to be told.
const (
	// PhoneE164 accepts whatever has the form of an E.164 number, the
	// documented but unassigned +11234567890 among them. It is the default.
	PhoneE164 PhoneLevel = "e164"
	// PhonePossible also wants a length that exists in the number's region.
	PhonePossible PhoneLevel = "possible"
	// PhoneValid also wants a number range that is assigned.
	PhoneValid PhoneLevel = "valid"
)

// PhoneLevels returns every level, from the most lenient to the strictest.
func PhoneLevels() []PhoneLevel { return []PhoneLevel{PhoneE164, PhonePossible, PhoneValid} }

// ParsePhoneLevel returns the level that is spelled name; "" is PhoneE164.
func ParsePhoneLevel(name string) (PhoneLevel, error) {
	if name == "" {
		return PhoneE164, nil
	}
	for _, l := range PhoneLevels() {
		if string(l) == name {
			return l, nil
		}
	}
	return "", fmt.Errorf("unknown phone level %q; the levels are e164, possible, valid", name)
}
