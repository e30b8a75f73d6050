package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"afterrun/sinks/alert"
)

func (a *app) alertCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "alert", Short: "Warnings: try the channels, list what was sent",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use: "test", Short: "Send a test message through every configured channel",
		Example: "  afterrun alert test",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.alertTest(cmd.Context()) },
	})
	cmd.AddCommand(a.alertLogCommand())
	return cmd
}

func (a *app) alertLogCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "log", Short: "List every message sent, or refused for good",
		Example: "  afterrun alert log\n  afterrun alert log --json",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.alertLog(asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) alertLog(asJSON bool) error {
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	sent, err := alert.ReadLedger(filepath.Join(dir, alertLedger))
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(a.out).Encode(append([]alert.Delivery{}, sent...))
	}
	if len(sent) == 0 {
		return fmt.Errorf("nothing was sent yet; to try the channels: afterrun alert test: %w", errNothing)
	}
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	for _, d := range sent {
		say(w, "%s\t%s\t%s\t%s", d.At.Local().Format(time.DateTime), d.Channel, d.Outcome, strings.ReplaceAll(d.Key, "|", "  "))
	}
	return w.Flush()
}

func (a *app) alertTest(ctx context.Context) (err error) {
	if len(a.cfg.Alerts.Channels) == 0 {
		return fmt.Errorf("no channel configured: add one under alerts.channels (see `afterrun config reference`): %w", errNothing)
	}
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	s, err := a.alertSink(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var faults []error
	for _, r := range s.Test(ctx) {
		if r.Err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", r.Channel, r.Err))
			continue
		}
		say(a.out, "%s: delivered", r.Channel)
	}
	return errors.Join(faults...)
}
