package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// starters are the programs whose starts are compared: the floor, the sandbox, and what
// of the difference is the libraries that were asked for by name.
var starters = []struct {
	name, folder string
	args         []string // before the address
}{
	{"bare echo", "./bench", []string{"bare"}},
	{"sandbox", ".", []string{"--listen"}},
	{"bare, libraries", "./bench/named", nil},
}

// linkages are the two ways to link that are compared, each program with the others
// linked as it is.
var linkages = []struct {
	name  string
	flags []string
}{
	{"as go build makes them", nil},
	{"linked statically, as released", released},
}

// starts are how often each program is started.
const starts = 100

// comparison is how many seconds the starts of each command took, by linkage, then by
// program.
type comparison [][]float64

// compareStarts starts the programs in an order of chance, to their first session.
func compareStarts(dir string) (comparison, error) {
	commands, err := buildStarters(dir)
	if err != nil {
		return nil, err
	}
	took := make(comparison, len(commands))
	for range starts {
		for _, i := range rand.Perm(len(commands)) { // so that each comes behind each other
			d, err := firstSession(commands[i])
			if err != nil {
				return nil, err
			}
			took[i] = append(took[i], d)
		}
	}
	return took, nil
}

// against returns the quartiles and the median of a program's ratios to the bare handler,
// both with the same linkage.
func (c comparison) against(linkage, starter int) (low, mid, high float64) {
	return quartiles(ratios(c[linkage*len(starters)+starter], c[linkage*len(starters)]))
}

// usual returns the sandbox's median ratio as go makes both unasked.
func (c comparison) usual() float64 {
	_, mid, _ := c.against(0, 1)
	return mid
}

// bars returns what is to be drawn: all but the bare handler.
func (c comparison) bars() []bar {
	var bars []bar
	for i, l := range linkages {
		for j, s := range starters[1:] {
			low, mid, high := c.against(i, j+1)
			bars = append(bars, bar{s.name + ", " + l.name, low, mid, high})
		}
	}
	return bars
}

// buildStarters returns the commands without their address, by linkage, then by program.
func buildStarters(dir string) ([][]string, error) {
	var commands [][]string
	for i, l := range linkages {
		for j, s := range starters {
			program, err := build(dir, fmt.Sprintf("start-%d-%d", i, j), s.folder, l.flags...)
			if err != nil {
				return nil, err
			}
			commands = append(commands, append([]string{program}, s.args...))
		}
	}
	return commands, nil
}

// report prints the medians, and the ratios to the bare handler.
func (c comparison) report() {
	fmt.Printf("\n%-22s", "start, × bare echo")
	for _, l := range linkages {
		fmt.Printf(" %31s", l.name)
	}
	fmt.Println()
	for j, s := range starters {
		fmt.Printf("%-22s", s.name)
		for i := range linkages {
			low, mid, high := c.against(i, j)
			fmt.Printf(" %9.1f ms %5.2f (%.2f–%.2f)", 1000*middle(slices.Clone(c[i*len(starters)+j])), mid, low, high)
		}
		fmt.Println()
	}
}

// firstSession returns how many seconds a program takes to its first session, at an
// address that is added to its command.
func firstSession(command []string) (float64, error) {
	address, err := freeAddress()
	if err != nil {
		return 0, err
	}
	d, err := coldStart(address, command[0], append(command[1:len(command):len(command)], address)...)
	return d.Seconds(), err
}

// ratios returns the ratios of values at the same places.
func ratios(values, to []float64) []float64 {
	var r []float64
	for i := range values {
		r = append(r, values[i]/to[i])
	}
	return r
}
