package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"afterrun/cmd/afterrun/season"
	"afterrun/configs"
	"afterrun/readiness"
)

const demoAthlete readiness.AthleteID = "demo"

func (a *app) demoCommand() *cobra.Command {
	var once bool
	var days int
	cmd := &cobra.Command{
		Use: "demo", Short: "A synthetic athlete's season as real FIT and GPX files, then `up` on it",
		Long:    "Demo writes the season of an invented athlete, up to today, as real watch files\ninto a temporary folder, runs everything on it in one process, prints the\nverdict and serves the page until Ctrl-C. It touches none of your data.",
		Example: "  afterrun demo\n  afterrun demo --once",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), days, once) },
	}
	cmd.Flags().BoolVar(&once, "once", false, "end after the verdict instead of serving")
	cmd.Flags().IntVar(&days, "days", 120, "length of the season")
	return cmd
}

func (a *app) demo(ctx context.Context, days int, once bool) error {
	if days < 30 || days > 3650 {
		return fmt.Errorf("--days %d is not between 30 and 3650: %w", days, errUsage)
	}
	dir, err := os.MkdirTemp("", "afterrun-demo-")
	if err != nil {
		return fmt.Errorf("demo folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	folder := filepath.Join(dir, "watch")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	say(a.out, "Writing a synthetic season of %d days to %s …", days, folder)
	s, err := season.Write(folder, season.Options{End: a.now(), Days: days, Zone: time.Local})
	if err != nil {
		return err
	}
	say(a.out, "%d files. Reading them as your own would be …", len(s.Files))
	a.demoConfig(ctx, dir, folder)
	return a.up(ctx, once)
}

// demoConfig points the program at the demo alone: no configured folder, sink
// or channel takes part, unless the data folder was named.
func (a *app) demoConfig(ctx context.Context, dir, folder string) {
	c := configs.Default()
	c.Log, c.Web = a.cfg.Log, a.cfg.Web
	c.Data = filepath.Join(dir, "data")
	if a.dataFlag != "" {
		c.Data, c.Influx, c.Alerts = a.dataFlag, a.cfg.Influx, a.cfg.Alerts
	}
	if a.levelFlag == "" {
		c.Log.Level = "warn"
		a.log = newLogger(a.err, c.Log)
	}
	c.Web.Listen = freePort(ctx, c.Web.Listen)
	c.Watch.Settle = 0
	c.Folders = []configs.Folder{{Path: folder, Athlete: demoAthlete}}
	c.Athletes = map[readiness.AthleteID]configs.AthleteProfile{demoAthlete: season.Profile(time.Local)}
	a.cfg = c
}

// freePort keeps the address if it is free, else lets the system choose a port:
// the demo must run beside the real thing.
func freePort(ctx context.Context, listen string) string {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return "127.0.0.1:0"
	}
	_ = l.Close() // it was only a question
	return listen
}
