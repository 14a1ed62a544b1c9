package faults

import (
	"fmt"
	"slices"
	"strings"
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
	near := nearest(name, candidates)
	question := ""
	if near != "" {
		question = fmt.Sprintf(" did you mean %q?", near)
	}
	err := refuse(w, "unknown %s %s;%s valid %s: %s", kind, show(name), question, plural(kind), strings.Join(valid, ", "))
	err.Suggestion = near
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

// nearest returns the candidate with the smallest edit distance to name, whatever
// the case, or "" when more than a third of it would have to change.
func nearest(name string, candidates []string) string {
	if len(name) > maxName {
		return ""
	}
	best, least := "", max(1, len(name)/3)+1
	for _, candidate := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance is the Levenshtein distance with neighbours swapped at the cost of one.
func distance(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}

// sorted returns the words of several lists in one, in order.
func sorted(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}
