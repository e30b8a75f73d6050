package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/spf13/cobra"

	"afterrun/readiness"
)

func (a *app) cardCommand() *cobra.Command {
	var all, asJSON bool
	cmd := &cobra.Command{
		Use: "card [RUN]", Short: "Show the recovery card of a run: what to do now, and when to run again",
		Long:    "Card shows what helps after a run, in the order in which to do it and with your\nown numbers, and the dates of the next easy and the next hard run.\n\nRUN is a run id, the beginning of one, or last (the default).",
		Example: "  afterrun card\n  afterrun card 3f2a --json\n  afterrun card --all      with the library of advice",
		Args:    wants(0, 1, "RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.card(cmd.Context(), append(args, "last")[0], all, asJSON)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "also show the library of general advice")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON for programs")
	return cmd
}

// cardDocument is the card for programs.
type cardDocument struct {
	RunID   string             `json:"run_id"`
	Start   string             `json:"start_time_utc"`
	Numbers map[string]any     `json:"numbers"`
	Advice  []readiness.Advice `json:"advice"`
	Library []readiness.Advice `json:"library,omitempty"`
}

func (a *app) card(ctx context.Context, name string, all, asJSON bool) error {
	s, athlete, err := a.reader(ctx)
	if err != nil {
		return err
	}
	runs, err := s.Runs(ctx, athlete, math.MinInt32, math.MaxInt32)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	r, err := runNamed(runs, name)
	if err != nil {
		return fmt.Errorf("%w: %w", err, errNothing)
	}
	c := cardDocument{RunID: r.RunID, Start: r.Row["start_time_utc"].String(), Numbers: map[string]any{}, Advice: readiness.CardAdvice(r)}
	for _, col := range readiness.CardColumns {
		c.Numbers[col.Name] = plain(r.Card[col.Name])
	}
	if all {
		c.Library = readiness.GeneralAdvice()
	}
	if asJSON {
		return printJSON(a.out, c)
	}
	say(a.out, "After the run of %s", whichRun(r))
	printAdvice(a.out, c.Advice)
	printAdvice(a.out, c.Library)
	say(a.out, "")
	say(a.out, "  Guidance, not diagnosis.")
	return nil
}

// whichRun names a run by its date, its clock and its distance.
func whichRun(r readiness.RunSummary) string {
	offset, _ := r.Row["utc_offset_s"].Float()
	text := r.Row["date"].String()
	if start, err := time.Parse(time.RFC3339, r.Row["start_time_utc"].String()); err == nil {
		text += ", " + start.Add(time.Duration(offset)*time.Second).Format("15:04")
	}
	if m, ok := r.Row["distance_m"].Float(); ok {
		text += fmt.Sprintf(", %.1f km", m/1000)
	}
	return text
}
