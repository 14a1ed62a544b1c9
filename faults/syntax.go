package faults

import (
	"fmt"
	"slices"
	"strings"

	"knotsandbox/near"
)

// SyntaxError says which word of a fault or rule is refused, and why.
type SyntaxError struct {
	Offset     int    `json:"offset"`               // of the word, in bytes from the start of the text
	Word       string `json:"word"`                 // as written; empty when a word is missing
	Reason     string `json:"reason"`               // a whole sentence that names the word
	Suggestion string `json:"suggestion,omitempty"` // the valid word most like it, if one is near
}

// Error returns the sentence.
func (e *SyntaxError) Error() string { return e.Reason }

// refuse makes the error for a word.
func refuse(w word, format string, args ...any) *SyntaxError {
	return &SyntaxError{Offset: w.offset, Word: w.raw, Reason: fmt.Sprintf(format, args...)}
}

// unknown refuses a word that is not among the valid ones: with the nearest of
// candidates, if there is one, and always with the whole list of valid ones.
func unknown(w word, kind, name string, candidates, valid []string) *SyntaxError {
	meant := near.To(name, candidates)
	question := ""
	if meant != "" {
		question = fmt.Sprintf(" did you mean %q?", meant)
	}
	err := refuse(w, "unknown %s %s;%s valid %s: %s", kind, show(name), question, plural(kind), strings.Join(valid, ", "))
	err.Suggestion = meant
	return err
}

func plural(kind string) string {
	if kind == "fault" {
		return "names"
	}
	return kind + "s"
}

// show quotes a word for a message and cuts it to a readable length.
func show(text string) string {
	const limit = 60
	if runes := []rune(text); len(runes) > limit {
		text = string(runes[:limit]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

// sorted returns the words of several lists in one, in order.
func sorted(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}
