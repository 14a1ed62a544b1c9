// Command named is the bare handler in a program with all libraries that were asked for
// by name: what any program with them takes to start.
package main

import (
	"fmt"
	"net/http"
	"os"

	_ "github.com/go-playground/validator/v10"
	_ "github.com/nyaruka/phonenumbers"

	"knotsandbox/bench/floor"
	_ "knotsandbox/pace"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: named HOST:PORT")
		os.Exit(2)
	}
	if err := floor.Serve(os.Args[1], &http.Server{Handler: floor.New(nil)}); err != nil { //nolint:gosec // bare
		fmt.Fprintln(os.Stderr, "named:", err)
		os.Exit(1)
	}
}
