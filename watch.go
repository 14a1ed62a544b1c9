package main

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"os"
	"slices"
	"time"

	"knotsandbox/fixtures"
	"knotsandbox/server"
)

// watchInterval is how often the configuration file is looked at. It is polled,
// since a file that is mounted into a container tells of no change.
const watchInterval = 500 * time.Millisecond

// watcher takes over a configuration file that has changed.
type watcher struct {
	source *commandLine // of the settings, but for the file
	server *server.Server
	log    *slog.Logger
	file   fixtures.File // in force

	taken, seen []byte // content that was taken over or refused, and at the last look
	isGone      bool   // it could not be read then
}

// watch looks at the configuration file until ctx ends.
func (c *configReader) watch(ctx context.Context, s *server.Server) {
	if c.Config == "" {
		return
	}
	w := watcher{source: c.source, server: s, log: c.log(), file: c.file}
	w.taken, w.seen = c.content, c.content
	again := time.NewTicker(watchInterval)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			w.look(c.Config)
		case <-ctx.Done():
			return
		}
	}
}

// look takes over a content that is new and has stayed the same since the last
// look: an editor may be writing.
func (w *watcher) look(path string) {
	content, err := os.ReadFile(path)
	if err != nil {
		if !w.isGone {
			w.log.Warn("the configuration file cannot be read; what was in force stays", "error", err)
		}
		w.isGone = true
		return
	}
	w.isGone = false
	isSettled := bytes.Equal(content, w.seen) && len(bytes.TrimSpace(content)) > 0 // an empty one is being written
	w.seen = content
	if !isSettled || bytes.Equal(content, w.taken) {
		return
	}
	w.taken = content
	if err := w.takeOver(); err != nil {
		w.log.Error("the changed configuration file was refused; what was in force stays", "file", path, "error", err)
	}
}

func (w *watcher) takeOver() error {
	c, err := w.source.readSettings()
	if err != nil {
		return err
	}
	config := c.read()
	if c.err != nil {
		return c.err
	}
	if err := w.server.Reload(config); err != nil {
		return c.explain(err)
	}
	w.log.Info("the changed configuration file was taken over", "file", c.Config, "clients", len(config.Clients), "faults", len(config.Faults))
	for _, name := range changed(w.file.Settings, c.file.Settings) {
		w.log.Warn("the setting takes effect after a restart", "setting", name)
	}
	w.file = c.file
	return nil
}

// changed returns the settings that are not the same in two files.
func changed(before, after map[string]fixtures.Setting) []string {
	var names []string
	all := maps.Clone(before)
	if all == nil {
		all = map[string]fixtures.Setting{}
	}
	maps.Copy(all, after)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if before[name].Text != after[name].Text {
			names = append(names, name)
		}
	}
	return names
}
