//go:build race

package e2e

// raceFlags build the program under test with the race detector as well.
var raceFlags = []string{"-race"}
