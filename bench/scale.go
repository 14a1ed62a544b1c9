package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// growth is something that may grow, and what becomes of the cost meanwhile.
type growth struct {
	of    string
	sizes []int
	bound string // the setting that bounds it, if each size has a sandbox of its own
	// grow brings a sandbox from the size before to the next one, and returns the
	// load to measure it with.
	grow func(p *process, from, to int) (load, error)
}

// point is the cost at a size.
type point struct {
	size  int
	ratio float64 // server CPU, × bare echo under the same load
	micro float64 // microseconds of server CPU a request
}

var growths = []growth{
	{of: "connections", sizes: []int{1, 16, 64, 1000, 10_000}, grow: func(_ *process, _, to int) (load, error) {
		return load{connections: to, requests: usualRequests}, nil
	}},
	{of: "clients", sizes: []int{1, 10, 100, 1000, 9_990}, grow: growClients},
	{of: "rules for other users", sizes: []int{1, 10, 100, 1000}, grow: growRules("user=nobody-%d NoAccess")},
	{of: "rules with other patterns", sizes: []int{1, 10, 100, 1000}, grow: growRules("user=nobody-%d* NoAccess")},
	{
		of: "requests in the journal", sizes: []int{1, 1000, 10_000, 100_000, 1_000_000},
		bound: "--journal", grow: growRequests,
	},
	{of: "sessions issued, to 100 clients", sizes: []int{1, 1000, 10_000, 100_000, 1_000_000}, grow: growSessions},
}

// growClients mints clients whose secrets are their ids, and lets all of them call.
func growClients(p *process, from, to int) (load, error) {
	for i := from; i < to; i++ {
		id := strconv.Itoa(i)
		if err := p.control("POST", "/clients", `{"client_id":"c`+id+`","secret":"c`+id+`"}`); err != nil {
			return load{}, err
		}
	}
	var requests [][]byte
	for i := range to {
		requests = append(requests, documentedCall("c"+strconv.Itoa(i), "u"))
	}
	return load{connections: 16, requests: requests}, nil
}

// growRules arms rules, in which %d stands for their number, and lets those call that
// none of them is for.
func growRules(rule string) func(p *process, from, to int) (load, error) {
	return func(p *process, from, to int) (load, error) {
		for i := from; i < to; i++ {
			if err := p.control("POST", "/faults", `{"fault":"`+fmt.Sprintf(rule, i)+`"}`); err != nil {
				return load{}, err
			}
		}
		return load{connections: 16, requests: usualRequests}, nil
	}
}

// growRequests fills a journal that keeps so many.
func growRequests(p *process, from, to int) (load, error) {
	usual := load{connections: 16, window: 5 * time.Minute, most: int64(to - from), requests: usualRequests}
	_, err := usual.run(p)
	usual.most = 0
	return usual, err
}

// growSessions issues sessions to a hundred clients.
func growSessions(p *process, from, to int) (load, error) {
	const clients = 100
	usual, err := growClients(p, min(from*clients, clients), clients) // all of them at first
	if err != nil {
		return load{}, err
	}
	usual.window, usual.most = 5*time.Minute, int64(to-from)
	_, err = usual.run(p)
	usual.most = 0
	return usual, err
}

// scale measures every growth, and draws all of them if there is a file to draw in.
func scale(program string, window time.Duration, svg string) error {
	var panels []panel
	for _, g := range growths {
		points, err := g.measure(program, window)
		if err != nil {
			return fmt.Errorf("%s: %w", g.of, err)
		}
		panels = append(panels, panel{title: g.of, points: points})
	}
	if svg == "" {
		return nil
	}
	return os.WriteFile(svg, draw(panels), 0o644)
}

// measure returns the cost at every size.
func (g growth) measure(program string, window time.Duration) ([]point, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	bare, err := start("bare echo", self, "bare", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer bare.stop()
	var points []point
	var sandbox *process
	defer func() {
		if sandbox != nil {
			sandbox.stop()
		}
	}()
	from := 0
	for _, size := range g.sizes {
		if g.bound != "" && sandbox != nil {
			sandbox.stop()
			sandbox, from = nil, 0
		}
		if sandbox == nil {
			if sandbox, err = g.start(program, size); err != nil {
				return nil, err
			}
		}
		at, err := g.measureAt(size, from, sandbox, bare, window)
		if err != nil {
			return nil, err
		}
		from = size
		points = append(points, at)
	}
	return points, nil
}

// start starts a sandbox, which if it is for one size alone is bound to it.
func (g growth) start(program string, size int) (*process, error) {
	args := []string{"--listen", "127.0.0.1:0"}
	if g.bound != "" {
		args = append(args, g.bound, strconv.Itoa(size), "--journal-size", "1024MiB")
	}
	return start("sandbox", program, args...)
}

// measureAt brings a sandbox to a size and returns the cost there.
func (g growth) measureAt(size, from int, sandbox, bare *process, window time.Duration) (point, error) {
	l, err := g.grow(sandbox, from, size)
	if err != nil {
		return point{}, err
	}
	l.window = window
	at, err := l.against(sandbox, bare)
	if err != nil {
		return point{}, err
	}
	at.size = size
	fmt.Printf("%-32s %9d  %6.1f µs of server CPU a request, %.2f × bare echo, %4.0f MB\n", g.of, size, at.micro, at.ratio, sandbox.residentMB())
	return at, nil
}

// against loads two servers in turn and returns the medians.
func (l load) against(p, bare *process) (point, error) {
	const rounds = 5
	var ratios, micros []float64
	for round := range rounds + 1 { // the first is for warming up
		floor, err := l.run(bare)
		if err != nil {
			return point{}, err
		}
		r, err := l.run(p)
		if err != nil {
			return point{}, err
		}
		if round > 0 {
			ratios, micros = append(ratios, r.cpu/floor.cpu), append(micros, r.cpu*10)
		}
	}
	return point{ratio: middle(ratios), micro: middle(micros)}, nil
}
