// Package pace sets the pace of the garbage collector for the program that imports it,
// unless its user has set GOGC: docs/decisions/0020-collector-pace.md tells why.
//
// It does so while the program is initialised, right behind the telephone library, whose
// metadata is four fifths of what is allocated by then and just short of what starts the
// collector. In main its first run would be over.
package pace

import (
	"os"
	"runtime/debug"
)

// heapGrowth is how much the heap may grow until the collector runs, in per cent of
// what is alive.
const heapGrowth = 200

func init() { //nolint:gochecknoinits // main is too late
	if _, ok := os.LookupEnv("GOGC"); !ok { //nolint:forbidigo // main does not run yet
		debug.SetGCPercent(heapGrowth)
	}
}
