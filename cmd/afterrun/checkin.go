package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"afterrun/ingest/journal"
	"afterrun/readiness"
)

func (a *app) checkinCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "checkin", Short: "Say how you feel: ten seconds each morning",
		Long: "A check-in has a day part (sleep, resting HR, ratings, pain) and a run part\n(rpe, masses, cool-down). A later check-in of the same date replaces the part it\ngives as a whole. Ratings are 1-5, 5 is best. Of today it prints the verdict.",
		Example: "  afterrun checkin --fatigue 4 --soreness 3 --stress 4 --mood 4 --sleep_quality 4 --rhr_bpm 49 --sleep_h 7.5\n" +
			"  afterrun checkin --date 2026-11-20 --rpe 6",
		Args: noArgs,
	}
	f := cmd.Flags()
	f.String("date", "", "YYYY-MM-DD (default: today)")
	f.String("run", "", "start of the run, HH:MM, when there were several")
	for _, c := range readiness.CheckInColumns {
		f.String(c.Name, "", c.Help)
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.checkin(cmd.Context(), cmd.Flags()) }
	return cmd
}

func (a *app) checkin(ctx context.Context, flags *pflag.FlagSet) error {
	athlete, err := a.writer(ctx)
	if err != nil {
		return err
	}
	if err := a.notNew(ctx); err != nil {
		return err
	}
	row, err := said(flags, a.today(athlete))
	if err != nil {
		return err
	}
	text, err := oneRow(row)
	if err != nil {
		return err
	}
	if _, err := checkinEvents(text, athlete, a.now()); err != nil {
		return usage(aboutRow(err))
	}
	err = a.withController(ctx, func(ctx context.Context, c controller) error {
		f, err := c.checkIn(ctx, athlete, text)
		if err != nil {
			return err
		}
		text := string(f.State)
		if f.State == readiness.FileCorrected {
			text += ", in place of the one before"
		}
		say(a.out, "check-in of %s: %s", row["date"], text)
		return nil
	})
	if today := a.today(athlete); err == nil && row["date"] == today.String() {
		return a.printToday(ctx, athlete, today)
	}
	return err
}

// said is the row that the flags make.
func said(flags *pflag.FlagSet, today readiness.Date) (map[string]string, error) {
	row := map[string]string{"date": today.String()}
	for _, name := range append([]string{"date", "run"}, checkinNames()...) {
		if f := flags.Lookup(name); f.Changed {
			row[name] = f.Value.String()
		}
	}
	if len(row) == 1 || len(row) == 2 && row["run"] != "" {
		return nil, fmt.Errorf("nothing said: give at least one answer, e.g. --soreness 3 or --rhr_bpm 49: %w", errUsage)
	}
	return row, nil
}

// printToday says what the check-in made of the day.
func (a *app) printToday(ctx context.Context, athlete readiness.AthleteID, today readiness.Date) error {
	s, err := a.openReader()
	if err != nil {
		return err
	}
	days, err := s.Days(ctx, athlete, today, today)
	for _, d := range days {
		printVerdict(a.out, d, a.colour())
	}
	return errors.Join(err, s.Close())
}

// notNew refuses a flag that names nobody where somebody is known: a typing error
// would make an athlete whom every later command asks about.
func (a *app) notNew(ctx context.Context) error {
	stored, err := a.stored(ctx)
	if err != nil || len(stored) == 0 {
		return err
	}
	if err := a.known(stored); err != nil {
		return fmt.Errorf("%s; somebody new begins with a file (import PATH --athlete %s) or under athletes of the configuration: %w", withoutKind(err.Error()), a.athleteFlag, errUsage)
	}
	return nil
}

// today is the date where the athlete lives; without a configured zone, here.
func (a *app) today(id readiness.AthleteID) readiness.Date {
	now := a.now()
	if a.cfg.Athletes[id].TimeZone != "" {
		now = now.In(a.zoneOf(id))
	}
	return readiness.DateOf(now)
}

func checkinNames() []string {
	var names []string
	for _, c := range readiness.CheckInColumns {
		names = append(names, c.Name)
	}
	return names
}

// oneRow writes a check-in as the CSV a file would have.
func oneRow(row map[string]string) ([]byte, error) {
	var names, values []string
	for name := range row {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values = append(values, row[name])
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll([][]string{names, values}); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// checkinEvents reads a form's CSV. Unlike in a file, a value that cannot be
// used is an error: the person is there to correct it.
func checkinEvents(text []byte, athlete readiness.AthleteID, now time.Time) ([]readiness.Event, error) {
	events, warnings, err := journal.Decode(text)
	if err != nil {
		return nil, err
	}
	if len(warnings) > 0 {
		return nil, fmt.Errorf("%s: %w", warnings[0], readiness.ErrInvalid)
	}
	if len(events) == 0 {
		return nil, fmt.Errorf("nothing said: give at least one column, e.g. --soreness 3: %w", readiness.ErrInvalid)
	}
	for i := range events {
		if err := counts(events[i].CheckIn, now); err != nil {
			return nil, err
		}
		events[i].Athlete = athlete
		events[i].CheckIn.Order = now.UnixMicro()
		events[i].Digest = events[i].ContentDigest()
	}
	return events, nil
}

// counts refuses what a file may say, but nobody means: a resting heart rate that
// would not count, and a day that has begun nowhere yet.
func counts(c *readiness.CheckIn, now time.Time) error {
	if bpm, ok := c.Numbers["rhr_bpm"]; ok && (bpm < 30 || bpm > 110) {
		return fmt.Errorf("rhr_bpm %g is outside 30 to 110: it would not count: %w", bpm, readiness.ErrInvalid)
	}
	if c.Date > readiness.DateOf(now.UTC())+1 {
		return fmt.Errorf("date %s has not come yet: %w", c.Date, readiness.ErrInvalid)
	}
	return nil
}

// aboutRow leaves out where in a table the only row stands that there is.
func aboutRow(err error) error {
	return errors.New(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "parse check-in: "), "line 2: "))
}

// checkIn publishes a form's check-in and returns when its results are visible.
func (p *parts) checkIn(ctx context.Context, athlete readiness.AthleteID, text []byte) (readiness.File, error) {
	f := readiness.File{Athlete: athlete, State: readiness.FileDuplicate}
	if err := athlete.Validate(); err != nil {
		return f, err
	}
	events, err := checkinEvents(text, athlete, p.now())
	if err != nil {
		return f, err
	}
	for _, e := range events {
		state, err := p.ingester.Say(ctx, e)
		if err != nil {
			return f, err
		}
		if f.State == readiness.FileDuplicate {
			f.State = state
		}
	}
	return f, p.waitVisible(ctx)
}
