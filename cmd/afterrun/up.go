package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"afterrun/configs"
	"afterrun/ingest"
	"afterrun/ingest/watch"
	"afterrun/readiness"
)

func (a *app) upCommand() *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use: "up [FOLDER]", Short: "Watch a folder and answer every morning: everything in one process",
		Long: "Up watches the folder (or the configured folders), reads what arrives or\narrived while it was down, and serves the page until Ctrl-C. Nothing is ever\nwritten, moved or deleted in the folder.",
		Example: "  afterrun up ~/Sync/watch\n" +
			"  afterrun up --once ~/Sync/watch     read what is there, print the verdict, end",
		Args: wants(0, 1, "FOLDER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				athlete, err := a.writer(cmd.Context())
				if err != nil {
					return err
				}
				a.cfg.Folders = []configs.Folder{{Path: args[0], Athlete: athlete}}
			}
			return a.up(cmd.Context(), once)
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "end after the verdict instead of serving")
	return cmd
}

// up runs every stage in this process. It prints the verdict when the first
// look at the folders is done, then serves until ctx ends.
func (a *app) up(ctx context.Context, once bool) (err error) {
	if len(a.cfg.Folders) == 0 {
		return fmt.Errorf("no folder: say `afterrun up FOLDER`, or list folders in the configuration: %w", errUsage)
	}
	p, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	release, err := a.claim(p.bus, p.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if p.watchers, err = a.newWatchers(p.ingester); err != nil {
		return err
	}
	if once {
		a.cfg.Web.Listen = "" // nobody could look at it
	}
	page, err := a.listenPage(ctx)
	if err != nil {
		return err
	}
	stages := a.allStages(p, page)
	serving, stop := context.WithCancel(ctx)
	defer stop()
	stages = append(stages, stage{"answer", func(ctx context.Context) error {
		if once {
			defer stop()
		}
		if err := a.answer(ctx, p); err != nil || page == nil {
			return err
		}
		say(a.out, "\nPage: http://%s/   (Ctrl-C ends)", page.Addr())
		return nil
	}})
	if err := runStages(serving, stages...); err != nil || !once {
		return err
	}
	return ctx.Err() // not nil when it was interrupted
}

func (a *app) allStages(p *parts, page net.Listener) []stage {
	stages := []stage{p.workStage(), p.clockStage(), p.storeStage(), p.filesStage(), a.alertStage(p), p.controlStage(), p.apiStage()}
	if a.cfg.Influx.URL != "" {
		stages = append(stages, a.influxStage(p))
	}
	if page != nil {
		stages = append(stages, a.webStage(p, page))
	}
	for _, w := range p.watchers {
		stages = append(stages, watchStage(w))
	}
	return stages
}

func (a *app) newWatchers(h *ingest.Ingester) ([]*watch.Watcher, error) {
	var watchers []*watch.Watcher
	for _, f := range a.cfg.Folders {
		path, err := filepath.Abs(a.expand(f.Path))
		if err != nil {
			return nil, err
		}
		if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("folder %s does not exist: create it, or name the one your watch syncs to", path)
		} else if err != nil {
			return nil, fmt.Errorf("folder: %w", err)
		} else if !info.IsDir() {
			return nil, fmt.Errorf("folder: %s is a file; to read it once: afterrun import %s: %w", path, path, errUsage)
		}
		w, err := watch.New(watch.Options{
			Folder:  watch.Folder{Path: path, Athlete: f.Athlete, AthletesFrom: f.AthletesFrom},
			Handler: h, Opener: h, ScanEvery: a.cfg.Watch.ScanEvery, Settle: a.cfg.Watch.Settle, NoEvents: !a.cfg.Watch.Events,
			Known: a.configured(), Log: a.log,
		})
		if err != nil {
			return nil, err
		}
		watchers = append(watchers, w)
	}
	return watchers, nil
}

// configured lists the athletes of the configuration.
func (a *app) configured() []readiness.AthleteID {
	var ids []readiness.AthleteID
	for id := range a.cfg.Athletes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// listenPage opens the page's address; nil when there is to be no page.
func (a *app) listenPage(ctx context.Context) (net.Listener, error) {
	if a.cfg.Web.Listen == "" {
		return nil, nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.Web.Listen)
	if err != nil {
		return nil, fmt.Errorf("page: %w; choose another address with AFTERRUN_WEB_LISTEN or web.listen", err)
	}
	return l, nil
}

// answer waits for the first look at every folder and prints the verdicts.
func (a *app) answer(ctx context.Context, p *parts) error {
	for _, w := range p.watchers {
		if err := a.waitFirstScan(ctx, w); err != nil {
			return err
		}
	}
	slow := time.AfterFunc(2*time.Second, func() { say(a.err, "all files read; computing …") })
	defer slow.Stop()
	if err := p.waitVisible(ctx); err != nil {
		return err
	}
	slow.Stop()
	if err := a.printVerdicts(ctx, p); err != nil {
		return err
	}
	return a.printUnread(ctx, p)
}

// waitFirstScan tells now and then how far the first look is.
func (a *app) waitFirstScan(ctx context.Context, w *watch.Watcher) error {
	done := make(chan error, 1)
	go func() { done <- w.WaitFirstScan(ctx) }()
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			s := w.Status()
			say(a.err, "reading %s: %d of %d files to go", s.Path, s.Unread, s.Files)
		}
	}
}

func (a *app) printVerdicts(ctx context.Context, p *parts) error {
	athletes, err := p.store.Athletes(ctx)
	if err != nil {
		return err
	}
	for _, id := range athletes {
		day, ok, err := latestDay(ctx, p, id)
		if err != nil {
			return err
		}
		if len(athletes) > 1 {
			say(a.out, "\n%s:", id)
		}
		if !ok {
			if err := a.printSilent(ctx, p, id); err != nil {
				return err
			}
			continue
		}
		printVerdict(a.out, day)
	}
	if len(athletes) == 0 {
		say(a.out, "Nothing to read yet. Drop a .fit or .gpx file into the folder; `afterrun files` lists what arrives.")
	}
	return nil
}

// printSilent tells of whom nothing is known that could be judged today.
func (a *app) printSilent(ctx context.Context, p *parts, id readiness.AthleteID) error {
	s, err := athleteState(ctx, p.store, id)
	if err != nil {
		return err
	}
	if s.Days == 0 {
		say(a.out, "Nothing is known of %s yet. Drop a .fit or .gpx file into the folder.", id)
		return nil
	}
	say(a.out, "All that is known of %s (%s) is more than 100 days old: too old for a verdict. Drop the files of the last weeks into the folder.", id, counted(s.Runs, "run"))
	return nil
}

// printUnread counts the files that said nothing, and says where their reasons
// stand.
func (a *app) printUnread(ctx context.Context, p *parts) error {
	s, err := storedStatus(ctx, p.store, p.dir)
	if err != nil {
		return err
	}
	if n := s.Files[readiness.FileRefused]; n > 0 {
		say(a.out, "\n%s could not be used: `afterrun files --state refused` says why.", counted(n, "file"))
	}
	if n := s.Files[readiness.FilePending]; n > 0 {
		say(a.out, "\n%s not whole yet: `afterrun files --state pending` says what is missing.", counted(n, "file"))
	}
	return nil
}

// latestDay is the last day stored, which is today unless the athlete has been
// silent for long.
func latestDay(ctx context.Context, p *parts, id readiness.AthleteID) (readiness.Day, bool, error) {
	today := readiness.DateOf(p.now().Add(24 * time.Hour))
	days, err := p.store.Days(ctx, id, today-100, today)
	if err != nil || len(days) == 0 {
		return readiness.Day{}, false, err
	}
	return days[len(days)-1], true, nil
}
