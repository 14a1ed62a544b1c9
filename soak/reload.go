package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
)

// configured is a client of the configuration file, with a fault for it.
type configured struct {
	id, secret string
	products   []string
	fault      string // an outcome
	times      int
}

// reloader rewrites the configuration file, over and over, while the others work, and
// looks whether the sandbox does what it says.
type reloader struct {
	*worker
	child *child
	quiet *sync.Mutex // held while it makes requests
	now   []configured
	seen  map[string]bool // ids that were ever configured
}

func newReloader(seed uint64, w *wire, o *oracle, rep *report, c *child, quiet *sync.Mutex) *reloader {
	own := newWorker(ofFile, seed, w, o, rep)
	own.m = &model{id: "of the file"}
	return &reloader{worker: own, child: c, quiet: quiet, seen: map[string]bool{}}
}

// run rewrites the file until awaiting ends, which is the context of what it waits for.
func (l *reloader) run(ctx, awaiting context.Context) error {
	for awaiting.Err() == nil {
		switch err := l.turn(ctx, awaiting); {
		case awaiting.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("reload %d: %w", l.step, err)
		}
		l.step++
		l.report.reloads.Add(1)
	}
	return nil
}

// turn writes the file once, waits until the sandbox has seen it, and looks.
func (l *reloader) turn(ctx, awaiting context.Context) error {
	l.what = "reload"
	if l.r.IntN(5) == 0 {
		if err := l.write(awaiting, fmt.Sprintf("# %d\nclients: {}\n", l.step), "was refused"); err != nil {
			return err
		}
	} else {
		next := someConfigured(l.r)
		if err := l.write(awaiting, fileOf(l.step, next), "was taken over"); err != nil {
			return err
		}
		l.now = next
	}
	l.quiet.Lock()
	defer l.quiet.Unlock()
	for _, c := range l.now {
		l.seen[c.id] = true
		if err := l.look(ctx, c); err != nil {
			return err
		}
	}
	return l.lookForOthers(ctx)
}

// write puts a text in place of the file, in one step.
func (l *reloader) write(ctx context.Context, text, awaited string) error {
	if err := os.WriteFile(l.child.config+".new", []byte(text), 0o600); err != nil {
		return err
	}
	if err := os.Rename(l.child.config+".new", l.child.config); err != nil {
		return err
	}
	return l.child.awaitLine(ctx, awaited)
}

// someConfigured draws the clients of a file.
func someConfigured(r *rand.Rand) []configured {
	var list []configured
	for i := range 4 {
		if r.IntN(2) == 0 {
			continue
		}
		list = append(list, configured{
			id: fmt.Sprint("file-", i), secret: fmt.Sprint("made-up-secret-of-file-", r.IntN(3)),
			products: products[:1+r.IntN(3)], fault: []string{noAccess, "InternalServerError"}[r.IntN(2)], times: 1 + r.IntN(3),
		})
	}
	return list
}

// fileOf returns the file of some clients.
func fileOf(n int, list []configured) string {
	var clients, faults strings.Builder
	for _, c := range list {
		fmt.Fprintf(&clients, "  - {client_id: %s, secret: %s, products: [%s]}\n", c.id, c.secret, strings.Join(c.products, ", "))
		fmt.Fprintf(&faults, "  - %s times=%d client=%s\n", c.fault, c.times, c.id)
	}
	if len(list) == 0 {
		return fmt.Sprintf("# %d\nclients: []\n", n)
	}
	return fmt.Sprintf("# %d\nclients:\n%sfaults:\n%s", n, &clients, &faults)
}

// look holds the sandbox to what the file says of a client.
func (l *reloader) look(ctx context.Context, c configured) error {
	var view struct{ Products []string }
	if ok, err := l.control(ctx, http.MethodGet, "/clients/"+c.id, nil, &view, http.StatusOK); !ok {
		return err
	}
	l.equal("the products of "+c.id, view.Products, c.products)
	if ok, err := l.control(ctx, http.MethodPost, "/reset", map[string]any{"client": c.id}, nil, http.StatusOK); !ok {
		return err
	}
	for i := range c.times + 1 {
		for _, p := range products {
			want := l.oracle.catalogue[c.fault]
			switch {
			case i < c.times && p != products[0]: // one call for each hit
				continue
			case i == c.times && slices.Contains(c.products, p):
				want = l.oracle.catalogue[created]
			case i == c.times:
				want = l.oracle.catalogue[noAccess]
			}
			a := l.send(ctx, call{method: http.MethodPost, path: "/session/create", id: c.id, secret: c.secret, body: fmt.Sprintf(goods[p], "u")})
			if ctx.Err() != nil {
				return nil
			}
			l.equal(fmt.Sprintf("call %d of %s for %s", i, c.id, p), a.status, want.Status)
		}
	}
	return nil
}

// lookForOthers looks for clients that the file has no more.
func (l *reloader) lookForOthers(ctx context.Context) error {
	for id := range l.seen {
		if slices.ContainsFunc(l.now, func(c configured) bool { return c.id == id }) {
			continue
		}
		if _, err := l.control(ctx, http.MethodGet, "/clients/"+id, nil, nil, http.StatusNotFound); err != nil {
			return err
		}
	}
	return nil
}
