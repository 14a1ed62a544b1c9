package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// documentedCall returns the documented example as it stands on the wire, of a client
// whose secret is its id, for a user.
func documentedCall(client, user string) []byte {
	body := `{"type":"card_switcher","external_user_id":"` + user + `","card_id":"81n9al10a0ayn13","phone_number":"+11234567890",` +
		`"email":"ada.lovelace@gmail.com","card":{"blocked":false,"has_funds":true},"processor_token":"processor-production-0asd1-a92nc"}`
	return fmt.Appendf(nil, "POST /session/create HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\n"+
		"Content-Type: application/json\r\nAccept: */*\r\nUser-Agent: bench\r\nContent-Length: %d\r\n\r\n%s",
		base64.StdEncoding.EncodeToString([]byte(client+":"+client)), len(body), body)
}

// conn is a connection that asks one thing after the other. It does as little as it
// can, because the server shares the machine with it.
type conn struct {
	net.Conn
	in *bufio.Reader
}

func dial(address string) (*conn, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, in: bufio.NewReader(c)}, nil
}

func (c *conn) close() { _ = c.Close() }

// call sends a request and reads its answer, which has to be 200.
func (c *conn) call(request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	status, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("the answer is %q", status)
	}
	length := -1
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length, err = strconv.Atoi(string(bytes.TrimSpace(value)))
			if err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return errors.New("the answer has no length")
	}
	_, err = io.CopyN(io.Discard, c.in, int64(length))
	return err
}

// patience is how long a server may take to answer what was sent in a window.
const patience = 30 * time.Second

// load is what is sent in one window.
type load struct {
	connections int
	window      time.Duration
	most        int64    // requests after which it ends before; 0 is no bound
	requests    [][]byte // that are sent in turn
}

// result is what one window showed.
type result struct {
	rate           float64 // requests a second
	cpu            float64 // seconds of the server per 100,000 requests
	p50, p99, p999 float64 // microseconds
}

// run loads a server.
func (l load) run(p *process) (result, error) {
	conns := make([]*conn, l.connections)
	for i := range conns {
		c, err := dial(p.address)
		if err != nil {
			return result{}, err
		}
		defer c.close()
		if err := c.SetDeadline(time.Now().Add(l.window + patience)); err != nil {
			return result{}, err
		}
		conns[i] = c
	}
	latencies := make([][]time.Duration, len(conns))
	errs := make([]error, len(conns))
	var sent atomic.Int64
	cpu, began := p.cpu(), time.Now()
	var wg sync.WaitGroup
	for i, c := range conns {
		wg.Go(func() {
			for errs[i] == nil {
				n, asked := sent.Add(1), time.Now()
				if l.most > 0 && n > l.most || asked.Sub(began) > l.window {
					return
				}
				errs[i] = c.call(l.requests[n%int64(len(l.requests))])
				latencies[i] = append(latencies[i], time.Since(asked))
			}
		})
	}
	wg.Wait()
	return summarise(latencies, time.Since(began), p.cpu()-cpu), errors.Join(errs...)
}

func summarise(latencies [][]time.Duration, elapsed time.Duration, cpu float64) result {
	all := slices.Concat(latencies...)
	if len(all) == 0 {
		return result{}
	}
	slices.Sort(all)
	at := func(q float64) float64 { return float64(all[int(q*float64(len(all)-1))].Microseconds()) }
	return result{
		rate: float64(len(all)) / elapsed.Seconds(), cpu: cpu / float64(len(all)) * 100_000,
		p50: at(0.5), p99: at(0.99), p999: at(0.999),
	}
}
