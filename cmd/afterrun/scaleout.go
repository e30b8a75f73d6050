package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"afterrun/configs"
	"afterrun/readiness/worker"
	"afterrun/sinks/store"
)

// The three stages alone, for many machines on one NATS.

func (a *app) watchCommand() *cobra.Command {
	return &cobra.Command{
		Use: "watch [FOLDER]", Short: "Only watch and publish, to an external NATS",
		Example: "  afterrun watch ~/Sync/watch --config club.yaml",
		Args:    wants(0, 1, "FOLDER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				athlete, err := a.writer(cmd.Context())
				if err != nil {
					return err
				}
				a.cfg.Folders = []configs.Folder{{Path: args[0], Athlete: athlete}}
			}
			return a.watchOnly(cmd.Context())
		},
	}
}

func (a *app) workCommand() *cobra.Command {
	return &cobra.Command{
		Use: "work", Short: "Only compute readiness, from and to an external NATS; as many as wanted",
		Example: "  afterrun work --config club.yaml",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.workOnly(cmd.Context()) },
	}
}

func (a *app) sinkCommand() *cobra.Command {
	return &cobra.Command{
		Use: "sink [store|influx|alert|page]…", Short: "Only receive results from an external NATS",
		Long:      "Sink runs the named sinks, or all that are configured. The page reads the store.",
		Example:   "  afterrun sink --config club.yaml\n  afterrun sink influx --config club.yaml",
		ValidArgs: sinkNames,
		Args:      func(cmd *cobra.Command, args []string) error { return usage(cobra.OnlyValidArgs(cmd, args)) },
		RunE:      func(cmd *cobra.Command, args []string) error { return a.sinkOnly(cmd.Context(), args) },
	}
}

var sinkNames = []string{"store", "influx", "alert", "page"}

// needExternal refuses to run one stage on an embedded NATS that nobody else
// can reach.
func (a *app) needExternal(command string) error {
	if a.cfg.NATS.URL == "" {
		return fmt.Errorf("`afterrun %s` needs an external NATS: set nats.url or AFTERRUN_NATS_URL; alone on one machine use `afterrun up`: %w", command, errUsage)
	}
	return nil
}

func (a *app) watchOnly(ctx context.Context) (err error) {
	if err := a.needExternal("watch"); err != nil {
		return err
	}
	if len(a.cfg.Folders) == 0 {
		return fmt.Errorf("no folder: say `afterrun watch FOLDER`, or list folders in the configuration: %w", errUsage)
	}
	if err := a.checkFolders(); err != nil {
		return err
	}
	b, dir, err := a.openBus(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if err := a.publishConfigured(ctx, b); err != nil {
		return err
	}
	ing, err := a.newIngester(a.usher(b), b, dir)
	if err != nil {
		return err
	}
	watchers, err := a.newWatchers(ing)
	if err != nil {
		return err
	}
	var stages []stage
	for _, w := range watchers {
		say(a.out, "Watching %s   (Ctrl-C ends)", w.Status().Path)
		stages = append(stages, watchStage(w))
	}
	return runStages(ctx, stages...)
}

func (a *app) workOnly(ctx context.Context) (err error) {
	if err := a.needExternal("work"); err != nil {
		return err
	}
	b, dir, err := a.openBus(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	p := &parts{dir: dir, log: a.log, now: a.now, bus: b}
	say(a.out, "Computing readiness for whoever has new data   (Ctrl-C ends)")
	p.worker = worker.New(worker.Options{Events: b, Results: b, Log: a.log, Now: a.now})
	return runStages(ctx, p.workStage(), p.clockStage())
}

func (a *app) sinkOnly(ctx context.Context, names []string) (err error) {
	if err := a.needExternal("sink"); err != nil {
		return err
	}
	b, dir, err := a.openBus(ctx)
	if err != nil {
		return err
	}
	p := &parts{dir: dir, log: a.log, now: a.now, bus: b}
	defer func() { err = errors.Join(err, p.close()) }()
	release, err := a.claim(b, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if p.store, err = store.Open(filepath.Join(dir, storeFile)); err != nil {
		return err
	}
	if p.ingester, err = a.newIngester(b, b, dir); err != nil {
		return err
	}
	stages, err := a.sinkStages(ctx, p, names)
	if err != nil {
		return err
	}
	return runStages(ctx, stages...)
}

func (a *app) sinkStages(ctx context.Context, p *parts, names []string) ([]stage, error) {
	wanted := func(name string) bool { return len(names) == 0 || slices.Contains(names, name) }
	var stages []stage
	if wanted("store") || wanted("page") {
		stages = append(stages, p.storeStage(), p.filesStage(), a.apiStage(p))
	}
	if wanted("influx") && a.cfg.Influx.URL != "" {
		stages = append(stages, a.influxStage(p))
	}
	if wanted("alert") && a.sendsAlerts(p) {
		stages = append(stages, a.alertStage(p))
	}
	if wanted("page") {
		l, err := a.listenPage(ctx)
		if err != nil {
			return nil, err
		}
		if l != nil {
			say(a.out, "Page: http://%s/", l.Addr())
			stages = append(stages, a.webStage(p, l))
		}
	}
	if len(stages) == 0 {
		return nil, fmt.Errorf("none of %s is configured: %w", strings.Join(names, ", "), errUsage)
	}
	say(a.out, "Receiving results   (Ctrl-C ends)")
	return stages, nil
}
