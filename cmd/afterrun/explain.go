package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"afterrun/readiness"
)

func (a *app) explainCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "explain [DATE|RUN]", Short: "Show every number behind a verdict or a run",
		Long:    "Explain tells how a day's answer came about: per component the formula, its\ninputs with their dates and sources, what is usual for you, the grade and its\nweight, what is missing and how to get it; which cap or hysteresis acted; and\nwhat the under-recovery detector saw. For a run it shows every metric with its\nquality, or the reason why there is none, and the recovery card.\n\nDATE is YYYY-MM-DD, today or yesterday (default: today). RUN is a run id as in\n`afterrun export --kind runs`, the beginning of one, or last.",
		Example: "  afterrun explain\n  afterrun explain 2026-11-20 --json\n  afterrun explain last",
		Args:    wants(0, 1, "DATE or RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.explain(cmd.Context(), strings.Join(args, ""), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON for programs")
	return cmd
}

func (a *app) explain(ctx context.Context, what string, asJSON bool) error {
	q := a.meant(what)
	if err := a.hasCome(ctx, q.Day); err != nil {
		return err
	}
	r, err := a.ask(ctx, q)
	switch {
	case err != nil && q.Day == nil && what != "last":
		return fmt.Errorf("%q is no date (YYYY-MM-DD), and %w", what, err)
	case err != nil:
		return err
	case r.Day != nil && asJSON:
		return printJSON(a.out, r.Day)
	case r.Day != nil:
		printDay(a.out, r.Day, a.colour())
	case asJSON:
		return printJSON(a.out, r.Run)
	default:
		printRun(a.out, r.Run)
	}
	return nil
}

// meant reads DATE or RUN.
func (a *app) meant(what string) question {
	today := a.today(a.defaultAthlete())
	switch what {
	case "", "today":
		return question{Day: &today}
	case "yesterday":
		today--
		return question{Day: &today}
	}
	if d, err := readiness.ParseDate(what); err == nil {
		return question{Day: &d}
	}
	return question{Run: what}
}

// hasCome refuses to judge a day that is neither stored nor here.
func (a *app) hasCome(ctx context.Context, d *readiness.Date) error {
	if d == nil {
		return nil
	}
	s, athlete, err := a.reader(ctx)
	if err != nil {
		return err
	}
	days, err := s.Days(ctx, athlete, *d, *d)
	if err = errors.Join(err, s.Close()); err == nil && len(days) == 0 && *d > a.today(athlete) {
		err = fmt.Errorf("%s has not come yet: %w", *d, errUsage)
	}
	return err
}

func printDay(w io.Writer, e *readiness.DayExplanation, colour bool) {
	printVerdict(w, readiness.Day{Date: e.Date, Verdict: e.Verdict}, colour)
	say(w, "")
	say(w, "Components (g in own standard deviations, + = good)")
	for _, c := range e.Components {
		printComponent(w, c)
	}
	printScore(w, e)
	printDetector(w, e.Detector)
	for _, x := range e.Windows {
		say(w, "  recovery window: %s of %s (run %s), %d days: easy from %s, hard from %s", x.RunType, x.Date, x.Run, x.Days, x.NextEasy, x.NextHard)
	}
	printAdvice(w, e.Advice)
	printRules(w, e.Rules)
	say(w, "")
	say(w, "All numbers of the day")
	for _, f := range e.Figures {
		printFigure(w, f)
	}
}

// printRules tells which numbers are not the specification's.
func printRules(w io.Writer, r readiness.RulesExplanation) {
	if len(r.Changes) == 0 {
		return
	}
	say(w, "")
	say(w, "Judged by other numbers than the specification's (in brackets), rules %s", r.Version)
	for _, c := range r.Changes {
		say(w, "  %s", c)
	}
}

func printComponent(w io.Writer, c readiness.ComponentExplanation) {
	say(w, "")
	if c.G == nil {
		say(w, "  %-9s missing: %s (%s)", c.Name, c.Why, c.Reason)
		say(w, "            to get it: %s", c.Hint)
	} else {
		say(w, "  %-9s g %+.3g → %.3g of 100, weight %.3g of %.3g", c.Name, *c.G, *c.SubScore, c.Counted, c.Weight)
	}
	say(w, "            %s", c.Formula)
	for _, in := range c.Inputs {
		say(w, "            %s", inputText(in))
	}
	if b := c.Baseline; b != nil {
		say(w, "            usual: %s ± %s, %d values %s to %s (%s)", number(b.Centre, b.Unit), number(b.Spread, b.Unit), b.N, b.From, b.To, b.Method)
	}
	if c.Note != "" {
		say(w, "            note: %s", c.Note)
	}
}

func inputText(in readiness.Input) string {
	text := in.Name + " = " + in.Text
	if in.Value != nil {
		text = in.Name + " = " + number(*in.Value, in.Unit)
	}
	text += ", " + in.From.String()
	if in.To != in.From {
		text += " to " + in.To.String()
	}
	if in.N > 0 {
		text += fmt.Sprintf(", n %d", in.N)
	}
	for _, more := range []string{in.Source, in.Run} {
		if more != "" {
			text += ", " + more
		}
	}
	return text
}

// number prints six digits, which is more than people read.
func number(x float64, unit string) string {
	return strings.TrimSpace(strconv.FormatFloat(x, 'g', 6, 64) + " " + unit)
}

func printScore(w io.Writer, e *readiness.DayExplanation) {
	s := e.Score
	say(w, "")
	if s.Value == nil {
		say(w, "Score: none. %s", s.Why)
	} else {
		say(w, "Score: %.4g before caps, %.4g after; confidence %.3g (%s)", *s.Uncapped, *s.Value, s.Confidence, s.Label)
	}
	say(w, "  %s", s.Formula)
	for _, c := range e.Caps {
		if c.Holds {
			say(w, "  cap %s at %g: %s%s", c.Name, c.Limit, c.Because, acted(c.Acted))
		}
	}
	say(w, "Band: %s. %s (before: %s)", orNone(e.Band.Band), e.Band.Text, orNone(e.Band.Before))
}

func acted(b bool) string {
	if b {
		return ": it lowered the score"
	}
	return ""
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func printDetector(w io.Writer, d readiness.DetectorExplanation) {
	say(w, "Under-recovery: %s (before: %s), %d points%s", d.State, d.Before, d.Points, in(" from families ", d.Families))
	for _, c := range d.Conditions {
		say(w, "  %s (%s): %d, %s", c.ID, c.Family, c.Points, c.Text)
	}
	say(w, "  %s", d.Text)
}

func in(words, what string) string {
	if what == "" {
		return ""
	}
	return words + what
}

func printFigure(w io.Writer, f readiness.Figure) {
	switch {
	case f.Value != nil:
		say(w, "  %-22s %s%s%s%s", f.Name, number(*f.Value, f.Unit), in(", ", doubt(f.Quality)), in(", from ", f.Source), formulaText(f))
	case f.Text != "":
		say(w, "  %-22s %s%s", f.Name, f.Text, formulaText(f))
	case f.Reason != "":
		say(w, "  %-22s – %s (%s)", f.Name, f.Why, f.Reason)
	}
}

// formulaText is how a figure came about, and of what.
func formulaText(f readiness.Figure) string {
	if f.Formula == "" {
		return ""
	}
	var inputs []string
	for _, i := range f.Inputs {
		text := i.Text
		if i.Value != nil {
			text = number(*i.Value, i.Unit)
		}
		inputs = append(inputs, i.Name+" "+text)
	}
	return "  = " + f.Formula + in(" | ", strings.Join(inputs, ", "))
}

// doubt names a quality that is not good.
func doubt(q readiness.Quality) string {
	if q == readiness.Good || q == "" {
		return ""
	}
	return string(q) + " quality"
}

func printRun(w io.Writer, e *readiness.RunExplanation) {
	say(w, "Run %s of %s%s", e.RunID, e.Date, in(", file ", e.File))
	if e.DuplicateOf != "" {
		say(w, "The same run is known as %s, which counts.", e.DuplicateOf)
	}
	say(w, "")
	say(w, "Your limits on that date")
	for _, f := range e.Limits {
		printFigure(w, f)
	}
	printRules(w, e.Rules)
	say(w, "")
	say(w, "Metrics")
	for _, f := range e.Figures {
		printFigure(w, f)
	}
	printAdvice(w, e.Card)
}

func printAdvice(w io.Writer, lines []readiness.Advice) {
	if len(lines) == 0 {
		return
	}
	say(w, "")
	for _, l := range lines {
		say(w, "  %s: %s%s", l.Topic, l.Text, in(" ", bracket(l.Note)))
	}
}

func bracket(note string) string {
	if note == "" {
		return ""
	}
	return "[" + note + "]"
}
