package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"afterrun/readiness"
	"afterrun/sinks/store"
)

// exportOptions are the flags of export.
type exportOptions struct {
	kind, format, from, to, output string
	reasons, quality               bool
}

func (a *app) exportCommand() *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use: "export", Short: "Print every metric, one row per day or run",
		Long: "Export prints one row per local date (days), run (runs, cards), recovery between\nbouts (interim) or record (samples), columns in a fixed order. An empty cell is\nnull; --reasons adds why. It reads the stored results, so it works beside a\nrunning `afterrun up`. Positions are never exported.",
		Example: "  afterrun export --kind days > days.csv\n" +
			"  afterrun export --kind runs --reasons --quality\n" +
			"  afterrun export --kind days --format json --from 2026-01-01\n" +
			"  afterrun export --kind samples --from 2026-11-20 --to 2026-11-20",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.export(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.kind, "kind", "days", "days, runs, interim, cards or samples")
	f.StringVar(&o.format, "format", "csv", "csv or json")
	f.StringVar(&o.from, "from", "", "first date, YYYY-MM-DD (default: the first)")
	f.StringVar(&o.to, "to", "", "last date, YYYY-MM-DD (default: the last with any data)")
	f.StringVarP(&o.output, "output", "o", "", "write to this file instead of standard output")
	f.BoolVar(&o.reasons, "reasons", false, "add <name>_reason after each column that can be null")
	f.BoolVar(&o.quality, "quality", false, "add <name>_quality after each numeric column")
	completeWith(cmd, "kind", "days", "runs", "interim", "cards", "samples")
	completeWith(cmd, "format", "csv", "json")
	return cmd
}

func completeWith(cmd *cobra.Command, flag string, values ...string) {
	// It can only be refused for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// table is what an export prints.
type table struct {
	columns []readiness.Column
	each    func(emit func(readiness.Row) error) error // calls emit for every row
}

// rows is a table of stored rows.
func rows(columns []readiness.Column, all []readiness.Row) table {
	return table{columns, func(emit func(readiness.Row) error) error {
		for _, r := range all {
			if err := emit(r); err != nil {
				return err
			}
		}
		return nil
	}}
}

func (a *app) export(ctx context.Context, o exportOptions) (err error) {
	write, ok := map[string]func(io.Writer, table, exportOptions) error{"csv": writeCSV, "json": writeJSON}[o.format]
	if !ok {
		return fmt.Errorf("--format %q is not csv or json: %w", o.format, errUsage)
	}
	if !slices.Contains([]string{"days", "runs", "interim", "cards", "samples"}, o.kind) {
		return fmt.Errorf("--kind %q is not days, runs, interim, cards or samples: %w", o.kind, errUsage)
	}
	t, err := a.exportTable(ctx, o)
	if err != nil {
		return err
	}
	if o.output == "" {
		return write(a.out, t, o)
	}
	f, err := os.Create(o.output)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := write(f, t, o); err != nil {
		_ = f.Close() // the write error is the one to report
		return fmt.Errorf("%s is not whole: %w", o.output, err)
	}
	return f.Close()
}

func (a *app) exportTable(ctx context.Context, o exportOptions) (table, error) {
	from, to, err := dateRange(o.from, o.to)
	if err != nil {
		return table{}, err
	}
	s, athlete, err := a.reader(ctx)
	if err != nil {
		return table{}, err
	}
	defer func() { _ = s.Close() }() // read only
	if o.kind == "days" {
		return a.exportDays(ctx, s, athlete, from, to, o.to == "")
	}
	runs, err := countingRuns(ctx, s, athlete, from, to)
	if err != nil {
		return table{}, err
	}
	if o.kind == "samples" {
		return a.exportSamples(ctx, athlete, runs), nil
	}
	return exportRuns(o.kind, runs), nil
}

func dateRange(from, to string) (readiness.Date, readiness.Date, error) {
	first, last := readiness.Date(math.MinInt32), readiness.Date(math.MaxInt32)
	var err error
	if from != "" {
		if first, err = readiness.ParseDate(from); err != nil {
			return 0, 0, fmt.Errorf("--from: %w: %w", err, errUsage)
		}
	}
	if to != "" {
		if last, err = readiness.ParseDate(to); err != nil {
			return 0, 0, fmt.Errorf("--to: %w: %w", err, errUsage)
		}
	}
	if first > last {
		return 0, 0, fmt.Errorf("--from %s is after --to %s: %w", first, last, errUsage)
	}
	return first, last, nil
}

// header lists the printed names of a column.
func header(c readiness.Column, o exportOptions) []string {
	names := []string{c.Name}
	if o.reasons && c.Numeric() {
		names = append(names, c.Name+"_reason")
	}
	if o.quality && c.Numeric() {
		names = append(names, c.Name+"_quality")
	}
	return names
}

func writeCSV(w io.Writer, t table, o exportOptions) error {
	out := csv.NewWriter(w)
	var names []string
	for _, c := range t.columns {
		names = append(names, header(c, o)...)
	}
	if err := out.Write(names); err != nil {
		return err
	}
	if err := t.each(func(r readiness.Row) error { return out.Write(cells(t.columns, r, o)) }); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

func cells(columns []readiness.Column, r readiness.Row, o exportOptions) []string {
	var out []string
	for _, c := range columns {
		v := r[c.Name]
		out = append(out, cell(v))
		if o.reasons && c.Numeric() {
			out = append(out, string(v.Reason))
		}
		if o.quality && c.Numeric() {
			out = append(out, quality(v))
		}
	}
	return out
}

// cell prints a value: a number in its shortest form that reads back to the
// same bits, null as nothing.
func cell(v readiness.Value) string {
	if x, ok := v.Float(); ok {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return v.String()
}

func quality(v readiness.Value) string {
	switch {
	case v.IsNull():
		return ""
	case v.Quality == "":
		return string(readiness.Good)
	default:
		return string(v.Quality)
	}
}

// writeJSON prints an array of objects with the keys in column order.
func writeJSON(w io.Writer, t table, o exportOptions) error {
	if _, err := io.WriteString(w, "["); err != nil {
		return err
	}
	separator := "\n"
	err := t.each(func(r readiness.Row) error {
		b, err := object(t.columns, r, o)
		if err == nil {
			_, err = fmt.Fprintf(w, "%s %s", separator, b)
		}
		separator = ",\n"
		return err
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, "\n]\n")
	return err
}

func object(columns []readiness.Column, r readiness.Row, o exportOptions) ([]byte, error) {
	b := []byte{'{'}
	add := func(name string, v any) error {
		j, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(strconv.AppendQuote(b, name), ':'), j...)
		return nil
	}
	for _, c := range columns {
		v := r[c.Name]
		if err := add(c.Name, plain(v)); err != nil {
			return nil, err
		}
		if o.reasons && c.Numeric() {
			if err := add(c.Name+"_reason", string(v.Reason)); err != nil {
				return nil, err
			}
		}
		if o.quality && c.Numeric() {
			if err := add(c.Name+"_quality", quality(v)); err != nil {
				return nil, err
			}
		}
	}
	return append(b, '}'), nil
}

// plain is the value as JSON shows it: number, string or null.
func plain(v readiness.Value) any {
	if x, ok := v.Float(); ok {
		return x
	}
	if v.IsNull() {
		return nil
	}
	return v.String()
}

// exportDays prints the days up to the last datum: those after it say nothing of
// their own, and today would change the output. A last date that is asked for
// counts instead.
func (a *app) exportDays(ctx context.Context, s *store.Store, athlete readiness.AthleteID, from, to readiness.Date, toDatum bool) (table, error) {
	if toDatum {
		last, ok, err := s.LastDatum(ctx, athlete)
		if err != nil {
			return table{}, err
		}
		if ok {
			to = last
		}
	}
	days, err := s.Days(ctx, athlete, from, to)
	if err != nil {
		return table{}, err
	}
	if !toDatum && (len(days) == 0 || days[len(days)-1].Date < to) {
		return a.laterDays(ctx, athlete, from, to)
	}
	all := make([]readiness.Row, len(days))
	for i, d := range days {
		all[i] = d.Row
	}
	return rows(readiness.DayColumns, all), nil
}

// maxLater is how far beyond today days may be asked for.
const maxLater = 3660

// laterDays computes what is not stored: days long after the last datum.
func (a *app) laterDays(ctx context.Context, athlete readiness.AthleteID, from, to readiness.Date) (table, error) {
	if limit := readiness.DateOf(a.now()) + maxLater; to > limit {
		return table{}, fmt.Errorf("--to %s is after %s: %w", to, limit, errUsage)
	}
	var r reply
	err := a.asking(ctx, athlete, func(ctx context.Context, c asker) (err error) {
		r, err = c.ask(ctx, question{Athlete: athlete, Through: &to})
		return err
	})
	days := slices.DeleteFunc(r.Days, func(row readiness.Row) bool {
		d, err := readiness.ParseDate(row["date"].String())
		return err != nil || d < from || d > to
	})
	return rows(readiness.DayColumns, days), err
}

// countingRuns are those that are no duplicates.
func countingRuns(ctx context.Context, s *store.Store, athlete readiness.AthleteID, from, to readiness.Date) ([]readiness.RunSummary, error) {
	runs, err := s.Runs(ctx, athlete, from, to)
	return slices.DeleteFunc(runs, func(r readiness.RunSummary) bool { return r.DuplicateOf != "" }), err
}

func exportRuns(kind string, runs []readiness.RunSummary) table {
	columns := map[string][]readiness.Column{"runs": readiness.RunColumns, "cards": readiness.CardColumns, "interim": readiness.InterimColumns}[kind]
	var all []readiness.Row
	for _, r := range runs {
		switch kind {
		case "interim":
			all = append(all, r.InterimRows()...)
		case "cards":
			all = append(all, r.Card)
		default:
			all = append(all, r.Row)
		}
	}
	return rows(columns, all)
}

// exportSamples reads the records of the runs from the events, one run after
// the other: they may be many.
func (a *app) exportSamples(ctx context.Context, athlete readiness.AthleteID, runs []readiness.RunSummary) table {
	return table{readiness.SampleColumns, func(emit func(readiness.Row) error) error {
		return a.asking(ctx, athlete, func(ctx context.Context, c asker) error {
			for _, r := range runs {
				if err := printSamples(ctx, c, question{Athlete: athlete, Samples: r.Key}, emit); err != nil {
					return err
				}
			}
			return nil
		})
	}}
}

func printSamples(ctx context.Context, c asker, q question, emit func(readiness.Row) error) error {
	answer, err := c.ask(ctx, q)
	if err != nil {
		return err
	}
	return rows(nil, answer.Samples).each(emit)
}
