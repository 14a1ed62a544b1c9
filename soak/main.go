// Command soak runs the sandbox under concurrent load for a while and holds each answer
// to a model: calls with every documented error, faults armed and disarmed, resets,
// clients that come and go, reloads of the configuration and jumps of the clocks.
//
//	go run ./soak [-for 1m] [-clients N] [-seed N] [-race] [-program PATH]
//
// It reports the requests made, the answers checked, the differences from the model and
// the goroutines that the sandbox has leaked, and ends with 1 if there are any of these.
// It knows the sandbox from outside alone: from its description and the contract.
//
// The load comes in rounds. In a round every worker makes the same number of steps with
// a client of its own, as the seed says; between rounds, when all is quiet, the sandbox
// as a whole is looked at and changed. So the same seed gives the same steps, and a
// difference, which names worker, round and step, can be met again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// settings are what the command line says.
type settings struct {
	length  time.Duration
	clients int
	seed    uint64
	race    bool
	program string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ok, err := run(ctx, os.Args[1:], os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "soak:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// run is the program; ok is whether all was as it should be.
func run(ctx context.Context, args []string, out io.Writer) (ok bool, err error) {
	s, err := parse(args)
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "knot-sandbox-soak")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	child, err := start(ctx, s, dir)
	if err != nil {
		return false, err
	}
	defer child.kill()
	fmt.Fprintf(out, "soak: %v with %d clients, seed %d, at %s\n", s.length, s.clients, s.seed, child.url)
	report := &report{seed: s.seed, child: child, out: out}
	if err := soak(ctx, s, child, report); err != nil {
		return false, fmt.Errorf("%w; the log of the sandbox ends with\n%s", err, child.logTail())
	}
	return report.print(), nil
}

func parse(args []string) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.DurationVar(&s.length, "for", time.Minute, "how long")
	flags.IntVar(&s.clients, "clients", 16, "concurrent clients")
	flags.Uint64Var(&s.seed, "seed", uint64(time.Now().UnixNano()), "what the steps follow from")
	flags.BoolVar(&s.race, "race", false, "build the sandbox with the race detector")
	flags.StringVar(&s.program, "program", "", "a built sandbox in place of one built now")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	if s.length <= 0 || s.clients < 1 || flags.NArg() > 0 {
		return settings{}, errors.New("usage: soak [-for 1m] [-clients N] [-seed N] [-race] [-program PATH]")
	}
	return s, nil
}
