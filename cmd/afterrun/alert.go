package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) alertCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "alert", Short: "Warnings: try the channels",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use: "test", Short: "Send a test message through every configured channel",
		Example: "  afterrun alert test",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.alertTest(cmd.Context()) },
	})
	return cmd
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
