package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// word is the value of a flag, with the form that the help shows of it. It can be held
// to some words.
type word struct {
	to    *string
	form  string
	words []string // nil are all
}

func (w word) String() string { return *w.to }
func (w word) Type() string   { return w.form }

// Set takes the value, if it is one.
func (w word) Set(text string) error {
	if w.words != nil && !slices.Contains(w.words, text) {
		return fmt.Errorf("must be one of %s", strings.Join(w.words, ", "))
	}
	*w.to = text
	return nil
}

// asFlag adds the flag for the form in which a command prints; the first is the default.
func asFlag(f *pflag.FlagSet, to *string, forms ...string) {
	*to = forms[0]
	f.Var(word{to, strings.Join(forms, "|"), forms}, "as", "Form of what is printed.")
}

// words is the value of a flag that can be given more than once.
type words struct {
	to   *[]string
	form string
}

func (w words) String() string { return strings.Join(*w.to, " ") }
func (w words) Type() string   { return w.form }

// Set takes one value more.
func (w words) Set(text string) error {
	*w.to = append(*w.to, text)
	return nil
}
