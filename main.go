// Program knot-sandbox is a local stand-in for the Knot API.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, program{args: os.Args[1:], env: os.LookupEnv, stdout: os.Stdout, stderr: os.Stderr}))
}
