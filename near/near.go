// Package near finds the word that was meant by one that is unknown.
package near

import "strings"

// longest is the longest word that is looked at, in bytes: the work grows with the product
// of both lengths, and the word may come with a request.
const longest = 64

// To returns the candidate with the smallest edit distance to name, whatever the case,
// or "" when more than a third of it would have to change, of a short word more than a
// letter.
func To(name string, candidates []string) string {
	if len(name) > longest {
		return ""
	}
	best, least, lower := "", max(1, len(name)/3)+1, strings.ToLower(name)
	for _, candidate := range candidates {
		if d := distance(lower, strings.ToLower(candidate)); d < least {
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
