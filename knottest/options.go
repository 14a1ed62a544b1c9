package knottest

import (
	"time"

	"knotsandbox/knot"
)

// Option changes what Start and Connect make.
type Option func(*settings)

// settings are what the options change.
type settings struct {
	client         newClient
	rateLimit      string
	token          string
	waitLimit      time.Duration
	allowUnmet     bool
	allowStrangers bool
}

// newClient asks the control API for a client.
type newClient struct {
	ID       string          `json:"client_id"`
	Products *[]knot.Product `json:"products,omitempty"`
	Phone    knot.PhoneLevel `json:"phone,omitempty"`
	Seed     *uint64         `json:"seed,omitempty"`
}

// Products enables these products alone, or none; without it, all are enabled.
func Products(products ...knot.Product) Option {
	list := append([]knot.Product{}, products...) // [] rather than null, which would mean all
	return func(s *settings) { s.client.Products = &list }
}

// Phone sets how strictly phone numbers are checked.
func Phone(level knot.PhoneLevel) Option {
	return func(s *settings) { s.client.Phone = level }
}

// Seed makes session ids, and the chances and delays of faults, the same in every
// run of the test. They depend on the client's id, too, which is therefore the name
// of the test and nothing else: on a shared sandbox, one run at a time.
func Seed(seed uint64) Option {
	return func(s *settings) { s.client.Seed = &seed }
}

// RateLimit bounds how often the client may call, such as "60/min"; the units are
// s, min and h. It is for Start alone, since a running sandbox has its own.
func RateLimit(limit string) Option {
	return func(s *settings) { s.rateLimit = limit }
}

// Token is what the control API of a running sandbox wants; a started one will want
// it, too.
func Token(token string) Option {
	return func(s *settings) { s.token = token }
}

// WaitLimit is how long WaitFor waits; without it, 10 seconds. The most is 5 minutes.
func WaitLimit(limit time.Duration) Option {
	return func(s *settings) { s.waitLimit = limit }
}

// AllowUnmet lets a test pass whose faults no request has met.
func AllowUnmet() Option {
	return func(s *settings) { s.allowUnmet = true }
}

// AllowStrangers lets a test pass to whose sandbox someone came who is no client of
// it, as a test of wrong credentials does. After Connect it changes nothing: strangers
// on a shared sandbox may be another test's.
func AllowStrangers() Option {
	return func(s *settings) { s.allowStrangers = true }
}
