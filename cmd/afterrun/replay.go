package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"afterrun/configs"
	"afterrun/readiness"
	"afterrun/readiness/physio"
)

func (a *app) replayCommand() *cobra.Command {
	var file string
	var present, asJSON bool
	cmd := &cobra.Command{
		Use: "replay --what-if FILE.yaml", Short: "Judge the whole history under other weights or thresholds",
		Long:    "Replay runs your whole history under other rules and prints the days whose band\nor state would have been another, and the alerts that would have been sent.\nNothing stored changes, and nothing is sent.\n\nFILE.yaml holds the rules to change; what it does not name stays as it is\nconfigured. To keep them, paste them into physiology: of the configuration.\n`afterrun replay --print-rules` prints all of them with their present values;\ndocs/rules.md says what each does.",
		Example: "  afterrun replay --print-rules > rules.yaml\n  afterrun replay --what-if rules.yaml\n  echo 'weights: {sleep: 0.30}' | afterrun replay --what-if -",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case present:
				return a.printRules()
			case file == "":
				return fmt.Errorf("--what-if FILE.yaml is missing: %w", errUsage)
			}
			return a.replay(cmd.Context(), file, asJSON)
		},
	}
	cmd.Flags().StringVar(&file, "what-if", "", "YAML file with the rules to change, - for standard input")
	cmd.Flags().BoolVar(&present, "print-rules", false, "print the present rules as YAML")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON for programs")
	return cmd
}

func (a *app) printRules() error {
	b, err := yaml.Marshal(a.cfg.RulesOf(a.defaultAthlete()))
	if err == nil {
		_, err = a.out.Write(b)
	}
	return err
}

func (a *app) replay(ctx context.Context, file string, asJSON bool) error {
	athlete, err := a.whose(ctx)
	if err != nil {
		return err
	}
	rules, err := a.readRules(file, a.cfg.RulesOf(athlete))
	if err != nil {
		return fmt.Errorf("%s: %w: %w", file, err, errUsage)
	}
	r, err := a.ask(ctx, question{Rules: &rules})
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(a.out, r.WhatIf)
	}
	printWhatIf(a.out, r.WhatIf)
	return nil
}

// maxRules is more than any file of rules needs.
const maxRules = 1 << 20

func (a *app) readRules(file string, over physio.Rules) (physio.Rules, error) {
	b, err := a.readLimited(file)
	if err != nil {
		return physio.Rules{}, err
	}
	return configs.ReadRules(b, over)
}

func (a *app) readLimited(file string) ([]byte, error) {
	in := a.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // read only
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxRules+1))
	if err == nil && len(b) > maxRules {
		err = errors.New("more than a megabyte: that is no file of rules")
	}
	return b, err
}

func printWhatIf(w io.Writer, x *readiness.WhatIf) {
	say(w, "%s to %s: %d days would be judged otherwise", x.From, x.To, len(x.Days))
	for _, d := range x.Days {
		say(w, "  %s  %s → %s%s%s", d.Date, bandOf(d.Band, d.Score), bandOf(d.BandWould, d.ScoreWould), capOf(d), stateOf(d))
	}
	say(w, "")
	say(w, "Alerts")
	for _, c := range x.Alerts {
		say(w, "  %s  %s %s: %s", c.Date, c.Rule, c.Kind, alertWord(c))
	}
	if len(x.Alerts) == 0 {
		say(w, "  none, with either rules")
	}
	say(w, "")
	say(w, "Nothing stored has changed, and nothing was sent.")
}

func bandOf(band string, score *float64) string {
	if score == nil {
		return "no score"
	}
	return fmt.Sprintf("%s %.0f", band, *score)
}

func capOf(d readiness.DayChange) string {
	if d.CappedBy == d.CappedWould {
		return ""
	}
	return fmt.Sprintf(", cap %s → %s", orNone(d.CappedBy), orNone(d.CappedWould))
}

func stateOf(d readiness.DayChange) string {
	if d.State == d.StateWould {
		return ""
	}
	return fmt.Sprintf(", %s → %s", d.State, d.StateWould)
}

func alertWord(c readiness.AlertChange) string {
	switch {
	case c.Now && c.Would:
		return "with both rules"
	case c.Now:
		return "no longer"
	}
	return "new"
}
