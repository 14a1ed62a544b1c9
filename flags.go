package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// text is the value of a flag that takes any text, with the form that the help shows.
type text struct {
	to   *string
	form string
}

func (t text) String() string { return *t.to }
func (t text) Type() string   { return t.form }

// Set takes the value.
func (t text) Set(value string) error {
	*t.to = value
	return nil
}

// list is the value of a flag that can be given more than once.
type list struct {
	to   *[]string
	form string // of one
}

func (l list) String() string { return strings.Join(*l.to, " ") }
func (l list) Type() string   { return l.form }

// Set takes one value more.
func (l list) Set(value string) error {
	*l.to = append(*l.to, value)
	return nil
}

// oneOf is the value of a flag that takes one of some words.
type oneOf struct {
	to    *string
	words []string
}

func (o oneOf) String() string { return *o.to }
func (o oneOf) Type() string   { return strings.Join(o.words, "|") }

// Set takes the value, if it is one of the words.
func (o oneOf) Set(value string) error {
	if !slices.Contains(o.words, value) {
		return fmt.Errorf("must be one of %s", strings.Join(o.words, ", "))
	}
	*o.to = value
	return nil
}

// duration is the value of a flag that takes a length of time.
type duration struct{ to *time.Duration }

func (d duration) String() string { return d.to.String() }
func (d duration) Type() string   { return "DURATION" }

// Set takes the value, if it is one.
func (d duration) Set(value string) (err error) {
	*d.to, err = time.ParseDuration(value)
	return err
}

// asFlag adds the flag for the form in which a command prints; the first is the default.
func asFlag(f *pflag.FlagSet, to *string, forms ...string) {
	f.Var(oneOf{to, forms}, "as", fmt.Sprintf("Form of what is printed. Default: %s.", forms[0]))
	*to = forms[0]
}

// names returns the names of flags, in their order.
func names(f *pflag.FlagSet) []string {
	var all []string
	f.VisitAll(func(f *pflag.Flag) { all = append(all, f.Name) })
	return all
}
