package main

import (
	"path/filepath"
	"testing"

	"afterrun/configs"
	"afterrun/ingest/bus"
)

// Beside others, a process without channels must not take the warnings from one
// that can send them; alone, it lets those of the past go by.
func TestWhoTakesWarnings(t *testing.T) {
	alone, beside := "", natsServer(t)
	for _, c := range []struct {
		url      string
		channels int
		want     bool
	}{{alone, 0, true}, {alone, 1, true}, {beside, 0, false}, {beside, 1, true}} {
		b, err := bus.Open(t.Context(), bus.Options{Dir: filepath.Join(t.TempDir(), "nats"), LockFile: filepath.Join(t.TempDir(), lockFile), URL: c.url, User: "afterrun", Password: "geheim"})
		if err != nil {
			t.Fatal(err)
		}
		a := &app{cfg: configs.Default()}
		a.cfg.Alerts.Channels = make([]configs.Channel, c.channels)
		if got := a.sendsAlerts(&parts{bus: b}); got != c.want {
			t.Errorf("url %q, %d channels: %v", c.url, c.channels, got)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}
