package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// variants are what is compared, in turn: the floor, the sandbox as it is, what of the
// difference is its time limits and headers, and the sandbox with parts switched off.
var variants = []struct {
	name string
	bare string   // the bare handler's command; empty is the sandbox
	args []string // of the sandbox
}{
	{name: "bare echo", bare: "bare"},
	{name: "sandbox"},
	{name: "bare, limits, headers", bare: "dressed"},
	{name: "without X-Sandbox-*", args: []string{"--out-of-band", "off"}},
	{name: "without inline faults", args: []string{"--inline-faults", "off"}},
	{name: "journal of 1", args: []string{"--journal", "1"}},
	{name: "without all of these", args: []string{"--out-of-band", "off", "--inline-faults", "off", "--journal", "1"}},
}

// budget is what the sandbox may cost (issue and design: the numbers of the project).
var budget = struct{ cpu, coldStart, allocations, idleMB, binaryMB, growth float64 }{1.05, 3, 25, 30, 20, 1.1}

// usualRequests is the documented call, over and over.
var usualRequests = [][]byte{documentedCall("sandbox", "123abc")}

// measured is a server with what its windows showed.
type measured struct {
	*process
	results []result
	idleMB  float64
}

// compare runs all variants and loads them in turn. It draws the ratios in the file svg, if
// there is a name.
func compare(dir, program, svg string, rounds, connections, requests int, window time.Duration) error {
	servers, err := startAll(program)
	if err != nil {
		return err
	}
	defer stopAll(servers)
	run, err := newGenerator(dir, connections, window)
	if err != nil {
		return err
	}
	for round := range rounds + 1 { // the first is for warming up
		for _, s := range servers {
			r, err := run(s.process)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if round > 0 {
				s.results = append(s.results, r)
			}
		}
	}
	report(servers)
	start, err := compareStarts(dir)
	if err != nil {
		return err
	}
	start.report()
	if svg != "" {
		picture := drawBars([][]bar{cpuBars(servers), start.bars()}, []string{"Server CPU a request, × bare echo", "Cold start to the first session, × bare echo"})
		if err := os.WriteFile(svg, picture, 0o644); err != nil {
			return err
		}
	}
	return checkBudget(program, servers, start.usual(), connections, requests)
}

// cpuBars returns what is to be drawn of the load: all but the bare handler.
func cpuBars(servers []*measured) []bar {
	var bars []bar
	for _, s := range servers[1:] {
		low, mid, high := s.against(servers[0], cpu)
		bars = append(bars, bar{s.name, low, mid, high})
	}
	return bars
}

func startAll(program string) ([]*measured, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var servers []*measured
	for _, v := range variants {
		command, args := program, append([]string{"--listen", "127.0.0.1:0"}, v.args...)
		if v.bare != "" {
			command, args = self, []string{v.bare, "127.0.0.1:0"}
		}
		p, err := start(v.name, command, args...)
		if err != nil {
			stopAll(servers)
			return nil, err
		}
		servers = append(servers, &measured{process: p, idleMB: p.residentMB()})
	}
	return servers, nil
}

func stopAll(servers []*measured) {
	for _, s := range servers {
		s.stop()
	}
}

// report prints the medians, and the ratios to the bare handler.
func report(servers []*measured) {
	bare := servers[0]
	fmt.Printf("%-22s %8s %19s %16s", "median, × bare echo", "CPU/100k", "", "req/s")
	for _, q := range []string{"p50 µs", "p99 µs", "p99.9 µs", "MB"} {
		fmt.Printf(" %14s", q)
	}
	fmt.Println()
	for _, s := range servers {
		low, mid, high := s.against(bare, cpu)
		fmt.Printf("%-22s %7.3fs %5.3f (%.2f–%.2f)", s.name, median(s.results, cpu), mid, low, high)
		for _, of := range []func(result) float64{rate, p50, p99, p999} {
			_, ratio, _ := s.against(bare, of)
			fmt.Printf(" %8.0f (%4.2f)", median(s.results, of), ratio)
		}
		fmt.Printf(" %6.0f (%4.1f)\n", s.residentMB(), s.residentMB()/bare.residentMB())
	}
}

func cpu(r result) float64  { return r.cpu }
func rate(r result) float64 { return r.rate }
func p50(r result) float64  { return r.p50 }
func p99(r result) float64  { return r.p99 }
func p999(r result) float64 { return r.p999 }

// against returns the quartiles and the median of the ratios of neighbouring windows.
func (s *measured) against(other *measured, of func(result) float64) (low, mid, high float64) {
	return quartiles(ratios(values(s.results, of), values(other.results, of)))
}

// quartiles returns the quartiles and the median of values, and sorts them.
func quartiles(values []float64) (low, mid, high float64) {
	slices.Sort(values)
	return values[len(values)/4], values[len(values)/2], values[len(values)*3/4]
}

func median(results []result, of func(result) float64) float64 {
	return middle(values(results, of))
}

// values returns one of the numbers of each result.
func values(results []result, of func(result) float64) []float64 {
	var all []float64
	for _, r := range results {
		all = append(all, of(r))
	}
	return all
}

// middle returns the median of values, and sorts them.
func middle(values []float64) float64 {
	_, mid, _ := quartiles(values)
	return mid
}

// checkBudget prints what the sandbox costs beside what it may, and fails if that is more.
func checkBudget(program string, servers []*measured, start float64, connections, requests int) error {
	bare, sandbox := servers[0], servers[1]
	_, ratio, _ := sandbox.against(bare, cpu)
	file, err := os.Stat(program)
	if err != nil {
		return err
	}
	more, err := moreAllocations()
	if err != nil {
		return err
	}
	growth, err := watchMemory(sandbox.process, connections, requests)
	if err != nil {
		return err
	}
	fmt.Println()
	missed := 0
	for _, row := range []struct {
		what     string
		is, most float64
	}{
		{"cold start to the first session, both as go build makes them", start, budget.coldStart},
		{"server CPU, × bare echo", ratio, budget.cpu},
		{"allocations a request above bare echo", more, budget.allocations},
		{"idle memory, MB", sandbox.idleMB, budget.idleMB},
		{"binary, MB", float64(file.Size()) / 1e6, budget.binaryMB},
		{fmt.Sprintf("memory after %d requests, × that after a tenth", requests), growth, budget.growth},
	} {
		verdict := "met"
		if row.is > row.most {
			verdict = "MISSED"
			missed++
		}
		fmt.Printf("%-62s %7.3g of %4g  %s\n", row.what, row.is, row.most, verdict)
	}
	if missed > 0 {
		return fmt.Errorf("%d numbers are over the budget", missed)
	}
	return nil
}

// moreAllocations returns how many allocations the sandbox makes for a request beyond
// those of the bare handler; what the HTTP server makes is the same for both.
func moreAllocations() (float64, error) {
	out, err := exec.Command("go", "test", "-run", "^$", "-bench", "^(BenchmarkBareEcho|BenchmarkDocumentedCall)$", "-benchtime", "20000x", "-benchmem",
		"./server", "./handlers").CombinedOutput()
	found := regexp.MustCompile(`(?m)^Benchmark(\w+).* (\d+) allocs/op`).FindAllStringSubmatch(string(out), -1)
	if err != nil {
		return 0, fmt.Errorf("count allocations: %w\n%s", err, out)
	}
	if len(found) != 2 {
		return 0, fmt.Errorf("count allocations: the benchmarks say:\n%s", out)
	}
	counts := map[string]float64{}
	for _, f := range found {
		counts[f[1]], _ = strconv.ParseFloat(f[2], 64)
	}
	return counts["DocumentedCall"] - counts["BareEcho"], nil
}

// watchMemory prints the memory of a server on its way to a number of requests, and
// returns how much it grew.
func watchMemory(p *process, connections, requests int) (growth float64, err error) {
	const steps = 10
	usual := load{
		connections: connections, window: time.Minute, // at most, for each step
		most: int64(max(1, requests/steps)), requests: usualRequests,
	}
	var sizes []float64
	for range steps {
		if _, err := usual.run(p); err != nil {
			return 0, err
		}
		sizes = append(sizes, p.residentMB())
	}
	fmt.Printf("\nmemory on the way to %d requests, MB: %.0f\n", requests, sizes)
	return sizes[steps-1] / sizes[0], nil
}
