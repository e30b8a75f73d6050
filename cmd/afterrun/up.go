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
// look at the folders is done, and what changes it, and serves until ctx ends.
func (a *app) up(ctx context.Context, once bool) (err error) {
	if len(a.cfg.Folders) == 0 {
		return fmt.Errorf("no folder: say `afterrun up FOLDER`, or list folders in the configuration: %w", errUsage)
	}
	if err := a.checkFolders(); err != nil {
		return err
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
		t := &teller{app: a, p: p, said: map[readiness.AthleteID]string{}}
		if err := t.answer(ctx); err != nil || once {
			return err
		}
		if page != nil {
			say(a.out, "\nPage: http://%s/   (Ctrl-C ends)", page.Addr())
		}
		return t.follow(ctx)
	}})
	if err := runStages(serving, stages...); err != nil || !once {
		return err
	}
	return ctx.Err() // not nil when it was interrupted
}

func (a *app) allStages(p *parts, page net.Listener) []stage {
	stages := []stage{p.workStage(), p.clockStage(), p.storeStage(), p.filesStage(), p.controlStage(), a.apiStage(p)}
	if a.sendsAlerts(p) {
		stages = append(stages, a.alertStage(p))
	}
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

// checkFolders is done before anything is opened.
func (a *app) checkFolders() error {
	for _, f := range a.cfg.Folders {
		if _, err := a.folder(f); err != nil {
			return err
		}
	}
	if err := a.foldersApart(); err != nil {
		return fmt.Errorf("%w: %w", err, errUsage)
	}
	return nil
}

// folder returns the absolute path of a synced folder that can be watched.
func (a *app) folder(f configs.Folder) (string, error) {
	path, err := filepath.Abs(a.expand(f.Path))
	if err != nil {
		return "", err
	}
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("folder %s does not exist: create it, or name the one your watch syncs to", path)
	case err != nil:
		return "", fmt.Errorf("folder: %w", err)
	case !info.IsDir():
		return "", fmt.Errorf("folder: %s is a file; to read it once: afterrun import %s: %w", path, path, errUsage)
	}
	data, err := a.dataDir()
	if err == nil && holds(path, data) {
		err = fmt.Errorf("the data folder %s lies in the synced folder %s, where nothing is ever written: choose another with --data DIR: %w", data, path, errUsage)
	}
	return path, err
}

// holds reports whether a path is the folder or lies in it, links resolved.
func holds(folder, path string) bool {
	rel, err := filepath.Rel(resolved(folder), resolved(path))
	return err == nil && filepath.IsLocal(rel)
}

// resolved follows the links of a path as far as it exists.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if parent := filepath.Dir(path); parent != path {
		return filepath.Join(resolved(parent), filepath.Base(path))
	}
	return path
}

func (a *app) newWatchers(h *ingest.Ingester) ([]*watch.Watcher, error) {
	var watchers []*watch.Watcher
	for _, f := range a.cfg.Folders {
		path, err := a.folder(f)
		if err != nil {
			return nil, err
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

// foldersApart refuses a synced folder that lies in another one: each file there
// would be read as two athletes', or twice at once.
func (a *app) foldersApart() error {
	var before []string
	for _, f := range a.cfg.Folders {
		path, err := filepath.Abs(a.expand(f.Path))
		if err != nil {
			return err
		}
		for _, other := range before {
			if holds(other, path) || holds(path, other) {
				return fmt.Errorf("folders: %s and %s lie in each other, whose files are those in both? Move one of them; for a sub-folder per athlete say athletes_from: subfolder", other, path)
			}
		}
		before = append(before, path)
	}
	return nil
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
