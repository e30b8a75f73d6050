package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"afterrun/ingest/watch"
	"afterrun/readiness"
	"afterrun/sinks/alert"
	"afterrun/sinks/influx"
	"afterrun/sinks/web"
)

// stage is one long-running part of the program; it returns nil when its
// context ends.
type stage struct {
	name string
	run  func(context.Context) error
}

// runStages runs all stages until ctx ends; the first fault ends the others.
func runStages(ctx context.Context, stages ...stage) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, s := range stages {
		g.Go(func() error {
			if err := s.run(ctx); err != nil && !errors.Is(err, context.Canceled) {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// during runs fn while the stages run: a stage that fails ends fn, and the end of
// fn ends the stages.
func during(ctx context.Context, fn func(context.Context) error, stages ...stage) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var err error
	fault := runStages(ctx, append(stages, stage{"command", func(ctx context.Context) error {
		defer stop()
		err = fn(ctx)
		return nil
	}})...)
	if fault != nil && errors.Is(err, context.Canceled) {
		return fault // which is why
	}
	return errors.Join(err, fault)
}

func (p *parts) workStage() stage {
	return stage{"worker", func(ctx context.Context) error { return p.bus.ConsumeEvents(ctx, durableWork, p.assess) }}
}

func (p *parts) assess(ctx context.Context, athletes []readiness.AthleteID) error {
	p.reading.RLock()
	defer p.reading.RUnlock()
	return p.worker.Handle(ctx, athletes)
}

// clockStage makes the verdict be about today: at the start and in every new
// hour, which may be midnight or noon where an athlete lives, everybody is
// assessed again.
func (p *parts) clockStage() stage {
	return stage{"clock", func(ctx context.Context) error {
		tick := time.NewTicker(time.Minute)
		defer tick.Stop()
		hour := ""
		for {
			if now := p.now().Format("2006-01-02 15"); now != hour {
				hour = now
				p.assessAll(ctx)
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	}}
}

// assessAll is tried again within the hour, so a fault is only logged.
func (p *parts) assessAll(ctx context.Context) {
	athletes, err := p.bus.Athletes(ctx)
	if err == nil {
		err = p.worker.Handle(ctx, athletes)
	}
	if err != nil && ctx.Err() == nil {
		p.log.WarnContext(ctx, "assess for a new day", "err", err)
	}
}

var allKinds = []readiness.ResultKind{readiness.ResultDay, readiness.ResultRun, readiness.ResultAlert}

func (p *parts) storeStage() stage {
	return stage{"store", func(ctx context.Context) error {
		return p.bus.ConsumeResults(ctx, p.durableStore(), allKinds, announced(&p.news, p.store.Write))
	}}
}

func (p *parts) filesStage() stage {
	return stage{"files", func(ctx context.Context) error {
		return p.bus.ConsumeFiles(ctx, p.durableFiles(), announced(&p.news, p.store.WriteFiles))
	}}
}

// influxStage writes to InfluxDB. Its consumers are named after the target: a new
// target receives everything. Samples have a consumer and a sink of their own, so
// that verdicts do not wait for them.
func (a *app) influxStage(p *parts) stage {
	return stage{"influx", func(ctx context.Context) error {
		s := a.influxSink(p)
		defer s.Close()
		stages := []stage{
			{"results", func(ctx context.Context) error {
				return p.bus.ConsumeResults(ctx, a.durableInflux(), allKinds, s.Write)
			}},
			a.pulseStage(p, s),
		}
		if a.cfg.Influx.Samples {
			stages = append(stages, stage{"samples", func(ctx context.Context) error {
				s := a.influxSink(p)
				defer s.Close()
				return p.bus.ConsumeResults(ctx, a.durableSamples(), []readiness.ResultKind{readiness.ResultRun}, s.WriteSamples)
			}})
		}
		return runStages(ctx, stages...)
	}}
}

func (a *app) influxSink(p *parts) *influx.Sink {
	c := a.cfg.Influx
	return influx.New(influx.Options{URL: c.URL, Org: c.Org, Bucket: c.Bucket, Token: c.Token.Reveal(), Timeout: c.Timeout, Log: a.log, Recording: p.records})
}

func (a *app) durableInflux() string  { return "influx-" + a.influxTarget() }
func (a *app) durableSamples() string { return "samples-" + a.influxTarget() }

func (a *app) influxTarget() string {
	c := a.cfg.Influx
	return short(c.URL + " " + c.Org + " " + c.Bucket)
}

func short(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:4])
}

// sendsAlerts reports whether this process takes warnings. Alone it does even
// without channels, so that a channel added later does not receive those of the
// past; beside others it would take them from a process that can send them.
func (a *app) sendsAlerts(p *parts) bool { return len(a.cfg.Alerts.Channels) > 0 || !p.bus.External() }

func (a *app) alertStage(p *parts) stage {
	return stage{"alert", func(ctx context.Context) error {
		s, err := a.alertSink(p.dir)
		if err != nil {
			return err
		}
		defer func() { _ = s.Close() }() // every delivery is already on disk
		return p.bus.ConsumeResults(ctx, durableAlert, []readiness.ResultKind{readiness.ResultAlert}, s.Write)
	}}
}

func (a *app) alertSink(dir string) (*alert.Sink, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	ledger, err := alert.OpenLedger(filepath.Join(dir, alertLedger))
	if err != nil {
		return nil, err
	}
	m := a.cfg.Alerts.Mail
	return alert.New(alert.Options{
		Channels: a.alertChannels(), Ledger: ledger, Log: a.log, Now: a.now, Zone: a.zoneOf, Page: a.cfg.Alerts.Page,
		Mail: alert.MailServer{Host: m.Host, Port: m.Port, TLS: m.TLS, User: m.User, Password: m.Password.Reveal(), From: m.From},
	})
}

// alertLedger remembers in the data folder what was delivered.
const alertLedger = "alerts.delivered"

func (a *app) alertChannels() []alert.Channel {
	var channels []alert.Channel
	for _, c := range a.cfg.Alerts.Channels {
		from, to := a.cfg.Alerts.Quiet(c)
		channels = append(channels, alert.Channel{
			Name: c.Name, Ntfy: c.Ntfy.Reveal(), Webhook: c.Webhook.Reveal(), Email: c.Email, URL: c.URL.Reveal(),
			Token: c.Token.Reveal(), Secret: c.Secret.Reveal(),
			Athletes: c.Athletes, Least: alert.Severity(c.Severity), Quiet: alert.Quiet{From: from, To: to},
		})
	}
	return channels
}

// zoneOf is the athlete's configured time zone, UTC without one.
func (a *app) zoneOf(id readiness.AthleteID) *time.Location {
	zone, err := time.LoadLocation(a.cfg.Athletes[id].TimeZone) // "" is UTC
	if err != nil {
		return time.UTC
	}
	return zone
}

func (p *parts) controlStage() stage {
	return stage{"control", func(ctx context.Context) error { return serveControl(ctx, p.dir, p) }}
}

// webOptions gives the page what this process has: where only sinks run, nobody
// computes.
func (a *app) webOptions(p *parts, listen net.Addr) web.Options {
	o := web.Options{Reader: p.store, Samples: p, Rules: p, Changes: &p.news, Log: a.log, Now: a.now, Today: a.today, Version: versionText(), Hosts: a.cfg.Web.Hosts,
		Password: a.cfg.Web.Password.Reveal(), Listen: listen, People: slices.Collect(maps.Keys(a.cfg.Athletes))}
	if p.worker != nil && p.ingester != nil {
		o.Explainer, o.Inbox, o.Newcomer = p, inbox{p}, a.defaultAthlete()
	}
	return o
}

// webStage serves the page on a listener that is open already.
func (a *app) webStage(p *parts, l net.Listener) stage {
	return stage{"page", func(ctx context.Context) error {
		h, err := web.New(a.webOptions(p, l.Addr()))
		if err != nil {
			return err
		}
		return serve(ctx, pageServer(ctx, h), l)
	}}
}

// pageServer waits for nobody who sends or reads too slowly.
func pageServer(ctx context.Context, h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		BaseContext:       func(net.Listener) context.Context { return ctx }, // open pages listen for ever
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
	}
}

// watchStage looks after one configured folder.
func watchStage(w *watch.Watcher) stage {
	return stage{"watch", w.Run}
}
