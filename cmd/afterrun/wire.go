package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"afterrun/ingest"
	"afterrun/ingest/bus"
	"afterrun/ingest/watch"
	"afterrun/readiness"
	"afterrun/readiness/worker"
	"afterrun/sinks/store"
	"afterrun/sinks/web"
)

// That the parts fit together is checked here, where they meet.
var (
	_ ingest.Publisher = (*bus.Bus)(nil)
	_ ingest.Ledger    = (*bus.Bus)(nil)
	_ ingest.Retracter = (*bus.Bus)(nil)
	_ ingest.Objects   = (*bus.Bus)(nil)
	_ worker.Events    = (*bus.Bus)(nil)
	_ worker.Results   = (*bus.Bus)(nil)
	_ watch.Handler    = (*ingest.Ingester)(nil)
	_ watch.Opener     = (*ingest.Ingester)(nil)
	_ web.Reader       = (*store.Store)(nil)
	_ controller       = (*parts)(nil)
	_ controller       = (*remote)(nil)
)

// Files in the data folder: the store, and the lock of who runs NATS in it.
const (
	storeFile = "afterrun.db"
	lockFile  = "LOCK"
)

// Names of the durable consumers.
const (
	durableWork  = "readiness"
	durableAlert = "alert"
)

// parts are the opened pieces of one process on one data folder.
type parts struct {
	dir      string
	log      *slog.Logger
	now      func() time.Time
	bus      *bus.Bus
	store    *store.Store
	ingester *ingest.Ingester
	worker   *worker.Worker
	watchers []*watch.Watcher
	reading  sync.RWMutex // held while an import reads; the worker waits
	news     news
}

// openBus connects to the external NATS or starts the embedded one on the data
// folder, which it creates and locks.
func (a *app) openBus(ctx context.Context) (*bus.Bus, string, error) {
	dir, err := a.dataDir()
	if err != nil {
		return nil, "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, "", fmt.Errorf("data folder: %w", err)
	}
	b, err := a.connect(ctx, dir)
	return b, dir, err
}

// connect opens the NATS in the data folder, or the external one.
func (a *app) connect(ctx context.Context, dir string) (*bus.Bus, error) {
	n := a.cfg.NATS
	return bus.Open(ctx, bus.Options{
		Dir: filepath.Join(dir, "nats"), LockFile: filepath.Join(dir, lockFile),
		URL: n.URL, Prefix: n.Prefix, CredsFile: a.expand(n.CredsFile), User: n.User, Password: n.Password.Reveal(),
		CAFile: a.expand(n.TLS.CAFile), CertFile: a.expand(n.TLS.CertFile), KeyFile: a.expand(n.TLS.KeyFile),
		MaxStore: n.MaxStore, Log: a.log, Now: a.now,
	})
}

// claim holds the data folder's lock while the program keeps files in it that bear
// one writer only: the ledger of alerts and the control socket. An embedded NATS
// holds it already.
func (a *app) claim(b *bus.Bus, dir string) (release func() error, err error) {
	if !b.External() {
		return func() error { return nil }, nil
	}
	return bus.Lock(filepath.Join(dir, lockFile), a.now())
}

// open opens everything one process needs and publishes what is configured of
// people and rules.
func (a *app) open(ctx context.Context) (*parts, error) {
	p, err := a.openParts(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.publishConfigured(ctx, p.bus); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// openToAsk opens the same for a question about an athlete, which changes nothing:
// it publishes nothing, and warns when the configuration says what is not stored.
func (a *app) openToAsk(ctx context.Context, id readiness.AthleteID) (*parts, error) {
	p, err := a.openParts(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.warnOfUnsaid(ctx, p.bus, id); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (a *app) openParts(ctx context.Context) (*parts, error) {
	b, dir, err := a.openBus(ctx)
	if err != nil {
		return nil, err
	}
	p := &parts{dir: dir, log: a.log, now: a.now, bus: b}
	p.worker = worker.New(worker.Options{Events: b, Results: b, Log: a.log, Now: a.now})
	if err := p.openRest(a); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *parts) openRest(a *app) (err error) {
	if p.store, err = store.Open(filepath.Join(p.dir, storeFile)); err != nil {
		return err
	}
	p.ingester, err = a.newIngester(a.usher(p.bus), p.bus, p.dir)
	return err
}

func (p *parts) close() error {
	var err error
	if p.store != nil {
		err = p.store.Close()
	}
	return errors.Join(err, p.bus.Close())
}

func (a *app) newIngester(events ingest.Publisher, b *bus.Bus, dir string) (*ingest.Ingester, error) {
	return ingest.New(ingest.Options{
		Publisher: events, Ledger: b, Retracter: b,
		Originals: a.originals(b, dir),
		Log:       a.log, Now: a.now, HealthSources: a.cfg.Health.Sources,
	})
}

// originals lie in the data folder, or where every machine finds them.
func (a *app) originals(b *bus.Bus, dir string) ingest.Originals {
	o := ingest.Originals{Dir: filepath.Join(dir, "originals"), Keep: a.cfg.Originals == "keep"}
	if b.External() {
		o.Objects = b
	}
	return o
}

// durableStore names the consumers that fill this store: a new store file has a
// new id and so receives everything again.
func (p *parts) durableStore() string { return durableStore(p.store.ID()) }
func (p *parts) durableFiles() string { return durableFiles(p.store.ID()) }

func durableStore(id string) string { return "store-" + id }
func durableFiles(id string) string { return "files-" + id }

// waitVisible returns when everything published so far is assessed and in the
// store.
func (p *parts) waitVisible(ctx context.Context) error {
	return p.bus.WaitIdle(ctx, durableWork, p.durableStore(), p.durableFiles())
}

// openReader opens the store to read.
func (a *app) openReader() (*store.Store, error) {
	dir, err := a.dataDir()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, storeFile)
	if _, err := os.Stat(path); err != nil {
		return nil, nothingIn(dir)
	}
	return store.OpenReadOnly(path)
}

func nothingIn(dir string) error {
	return fmt.Errorf("nothing stored in %s yet: run `afterrun up FOLDER` or `afterrun import PATH` first: %w", dir, errNothing)
}

// anythingIn refuses a data folder that is not there, unless NATS has what would
// lie in it.
func (a *app) anythingIn(dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && a.cfg.NATS.URL == "" {
		return nothingIn(dir)
	}
	return nil
}

// reader opens the store to read, and says which athlete is meant.
func (a *app) reader(ctx context.Context) (*store.Store, readiness.AthleteID, error) {
	s, err := a.openReader()
	if err != nil {
		return nil, "", err
	}
	athlete, err := a.chooseAthlete(ctx, s)
	if err != nil {
		return nil, "", errors.Join(err, s.Close())
	}
	return s, athlete, nil
}

// chooseAthlete is the flag's athlete, if there is such a one, else the only one.
func (a *app) chooseAthlete(ctx context.Context, s *store.Store) (readiness.AthleteID, error) {
	all, err := s.Athletes(ctx)
	if err != nil {
		return "", err
	}
	if id := readiness.AthleteID(a.athleteFlag); id != "" {
		files, err := s.Files(ctx, id) // one whose files say nothing yet
		if err == nil && len(files) == 0 {
			err = a.known(all)
		}
		return id, err
	}
	if all, err = remembered(ctx, s, all); err != nil {
		return "", err
	}
	if len(all) > 1 {
		return "", fmt.Errorf("several athletes: %v; choose one with --athlete: %w", all, errUsage)
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return a.defaultAthlete(), nil
}

// remembered leaves out of several athletes those of whom all was forgotten: who was
// a typing error is not asked about for ever.
func remembered(ctx context.Context, s *store.Store, all []readiness.AthleteID) ([]readiness.AthleteID, error) {
	if len(all) < 2 {
		return all, nil
	}
	var some []readiness.AthleteID
	for _, id := range all {
		gone, err := isForgotten(ctx, s, id)
		if err != nil {
			return nil, err
		}
		if !gone {
			some = append(some, id)
		}
	}
	return some, nil
}

func isForgotten(ctx context.Context, s *store.Store, id readiness.AthleteID) (bool, error) {
	files, err := s.Files(ctx, id)
	if err != nil || slices.ContainsFunc(files, func(f readiness.File) bool { return f.Reason != readiness.ReasonForgotten }) {
		return false, err
	}
	days, err := s.Days(ctx, id, math.MinInt32, math.MaxInt32)
	return len(days) == 0, err
}

// known refuses a flag that names none of the athletes stored or configured: a
// typing error, not one without data.
func (a *app) known(stored []readiness.AthleteID) error {
	all := slices.Concat(stored, a.configured())
	for _, f := range a.cfg.Folders {
		if f.Athlete != "" {
			all = append(all, f.Athlete)
		}
	}
	if id := readiness.AthleteID(a.athleteFlag); id == "" || slices.Contains(all, id) {
		return nil
	}
	slices.Sort(all)
	names := "there is none yet"
	if all = slices.Compact(all); len(all) > 0 {
		names = fmt.Sprintf("there are %v", all)
	}
	return fmt.Errorf("no athlete %q: %s: %w", a.athleteFlag, names, errUsage)
}

// writer says whose new data is: the flag's athlete, else the only one configured
// or stored, else "me". Where athletes are configured, a flag makes no new one.
func (a *app) writer(ctx context.Context) (readiness.AthleteID, error) {
	all := a.configured()
	stored, err := a.stored(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case a.athleteFlag != "" && len(all) > 0:
		return a.defaultAthlete(), a.known(stored)
	case len(all) == 0:
		all = stored
	}
	switch {
	case a.athleteFlag != "" || len(all) == 0:
		return a.defaultAthlete(), nil
	case len(all) > 1:
		return "", fmt.Errorf("several athletes: %v; choose one with --athlete: %w", all, errUsage)
	}
	return all[0], nil
}

// stored lists the athletes of whom something is stored.
func (a *app) stored(ctx context.Context) ([]readiness.AthleteID, error) {
	s, err := a.openReader()
	if errors.Is(err, errNothing) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	all, err := s.Athletes(ctx)
	if err == nil {
		all, err = remembered(ctx, s, all)
	}
	return all, errors.Join(err, s.Close())
}

// defaultAthlete is whom new data belongs to: the flag's athlete, the only
// configured one, or "me".
func (a *app) defaultAthlete() readiness.AthleteID {
	if a.athleteFlag != "" {
		return readiness.AthleteID(a.athleteFlag)
	}
	if len(a.cfg.Athletes) == 1 {
		for id := range a.cfg.Athletes {
			return id
		}
	}
	return "me"
}

// withController runs fn on the program that owns the data folder: the running
// one if there is, else on the folder itself with worker and store at work, under
// this configuration.
func (a *app) withController(ctx context.Context, fn func(context.Context, controller) error) error {
	return a.onFolder(ctx, a.open, fn)
}

// asking runs fn, which only asks about an athlete, on the same.
func (a *app) asking(ctx context.Context, id readiness.AthleteID, fn func(context.Context, asker) error) error {
	open := func(ctx context.Context) (*parts, error) { return a.openToAsk(ctx, id) }
	return a.onFolder(ctx, open, func(ctx context.Context, c controller) error { return fn(ctx, c) })
}

func (a *app) onFolder(ctx context.Context, open func(context.Context) (*parts, error), fn func(context.Context, controller) error) error {
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	if r := running(ctx, dir); r != nil {
		return fn(ctx, r)
	}
	p, err := open(ctx)
	if err != nil {
		return err
	}
	err = during(ctx, func(ctx context.Context) error {
		if err := fn(ctx, p); err != nil {
			return err
		}
		return p.waitVisible(ctx) // the next command may read the store
	}, p.workStage(), p.clockStage(), p.storeStage(), p.filesStage())
	return errors.Join(err, p.close())
}
