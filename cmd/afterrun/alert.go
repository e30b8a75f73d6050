package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"afterrun/configs"
	"afterrun/sinks/alert"
)

func (a *app) alertCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "alert", Short: "Warnings: try the channels, list what was sent",
		Long: "Warnings go out when under-recovery begins, every five days while it lasts and when it is\n" +
			"over, and at once for pain that lasts or signs of an emergency. The channels stand under\n" +
			"alerts.channels: ntfy, webhook, email, or the url of any other service.",
		Example: "  afterrun config reference      shows how to write a channel\n  afterrun alert test\n  afterrun alert log",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
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
		Use: "log", Short: "List what became of every message, oldest first",
		Long: "Log shows, for each channel, when a message was sent; that it failed, why, and is tried again\n" +
			"until it is three days old; that the receiver refused it for good; or that the all-clear overtook it.",
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
		say(w, "%s\t%s\t%s\t%s\t%s", d.At.Local().Format(time.DateTime), d.Channel, d.Outcome, strings.ReplaceAll(d.Key, "|", "  "), d.Reason)
	}
	return w.Flush()
}

// troubled lists the configured channels that did not take their newest message,
// by that message.
func (a *app) troubled(dir string) ([]alert.Delivery, error) {
	log, err := alert.ReadLedger(filepath.Join(dir, alertLedger))
	if err != nil {
		return nil, err
	}
	last := map[string]alert.Delivery{}
	for _, d := range log {
		last[d.Channel] = d
	}
	var out []alert.Delivery
	for _, d := range last {
		if d.Troubles(a.now()) && slices.ContainsFunc(a.cfg.Alerts.Channels, func(c configs.Channel) bool { return d.Of(c.Name) }) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(x, y alert.Delivery) int { return strings.Compare(x.Channel, y.Channel) })
	return out, nil
}

func describe(d alert.Delivery) string {
	return fmt.Sprintf("channel %s: %s since %s: %s", d.Channel, d.Outcome, d.At.Local().Format(time.DateTime), d.Reason)
}

// examineAlerts says which channels do not work, as far as messages have shown.
func (a *app) examineAlerts() []finding {
	channels := a.cfg.Alerts.Channels
	if len(channels) == 0 {
		return []finding{note("alerts", "no channel: warnings stand on the page only", "add one under alerts.channels (see `afterrun config reference`)")}
	}
	dir, err := a.dataDir()
	if err != nil {
		return nil // the data folder has its own finding
	}
	troubled, err := a.troubled(dir)
	if err != nil {
		return []finding{bad("alerts", err.Error(), "make it readable for this user")}
	}
	var found []finding
	for _, d := range troubled {
		found = append(found, bad("alerts", describe(d), "what failed is tried again; if the address or the token is wrong, correct it and start the program again; to try it: afterrun alert test"))
	}
	if found = append(found, a.doubtfulAlerts()...); len(found) > 0 {
		return found
	}
	return []finding{good("alerts", "%s; to try: afterrun alert test", counted(len(channels), "channel"))}
}

// doubtfulAlerts says what of the channels is probably not meant like that.
func (a *app) doubtfulAlerts() []finding {
	var found []finding
	for _, c := range a.cfg.Alerts.Channels {
		for _, id := range c.Athletes {
			if _, ok := a.cfg.Athletes[id]; !ok {
				found = append(found, note("alerts", fmt.Sprintf("channel %s is for %s, who is no configured athlete", c.Name, id), "is the id right? Configured athletes stand under athletes"))
			}
		}
	}
	if a.quietInUTC() {
		found = append(found, note("alerts", "quiet hours count in UTC for athletes without a time zone", "set athletes.<id>.time_zone, e.g. Europe/Rome"))
	}
	return found
}

// quietInUTC reports whether somebody's quiet hours have no zone of their own.
func (a *app) quietInUTC() bool {
	quiet := slices.ContainsFunc(a.cfg.Alerts.Channels, func(c configs.Channel) bool {
		from, to := a.cfg.Alerts.Quiet(c)
		return from != to
	})
	zoneless := len(a.cfg.Athletes) == 0
	for _, profile := range a.cfg.Athletes {
		zoneless = zoneless || profile.TimeZone == ""
	}
	return quiet && zoneless
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
