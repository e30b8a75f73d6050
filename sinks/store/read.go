package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"afterrun/readiness"
)

// Athletes lists everyone anything is stored about, ascending.
func (s *Store) Athletes(ctx context.Context) ([]readiness.AthleteID, error) {
	names, err := texts(ctx, s.read, `SELECT athlete FROM athlete ORDER BY athlete`)
	if err != nil {
		return nil, s.explain("read athletes", err)
	}
	ids := make([]readiness.AthleteID, len(names))
	for i, n := range names {
		ids[i] = readiness.AthleteID(n)
	}
	return ids, nil
}

// Days returns the days from..to (both included), ascending. Every row holds
// all of readiness.DayColumns, with reasons, qualities and sources.
func (s *Store) Days(ctx context.Context, athlete readiness.AthleteID, from, to readiness.Date) ([]readiness.Day, error) {
	var days []readiness.Day
	err := s.each(ctx, tableNamed("day"), "ORDER BY epoch_day, key", athlete, from, to, func(r record) error {
		d := readiness.Day{Date: readiness.Date(r.integer("epoch_day")), InputsHash: r.text("inputs_hash"), Datum: r.integer("datum") == 1, Judged: r.judged()}
		if err := r.decode("verdict", &d.Verdict); err != nil {
			return err
		}
		var err error
		d.Row, err = r.row(readiness.DayColumns)
		days = append(days, d)
		return err
	})
	if err != nil {
		return nil, s.explain("read days", err)
	}
	return days, nil
}

// Runs returns the runs with a local date from..to (both included) by start,
// then run id, duplicates included (DuplicateOf is set). Of the trace only the
// start is known, to the second; Params is empty.
func (s *Store) Runs(ctx context.Context, athlete readiness.AthleteID, from, to readiness.Date) ([]readiness.RunSummary, error) {
	var runs []readiness.RunSummary
	err := s.each(ctx, tableNamed("run"), runOrder, athlete, from, to, collect(&runs))
	if err != nil {
		return nil, s.explain("read runs", err)
	}
	return runs, nil
}

// RunsNamed returns a run by its id, and the duplicates that do not count beside
// it, in the order of Runs.
func (s *Store) RunsNamed(ctx context.Context, athlete readiness.AthleteID, id string) ([]readiness.RunSummary, error) {
	var runs []readiness.RunSummary
	const where = "WHERE athlete = ? AND (summary_id = ? OR duplicate_of = ?) " + runOrder
	err := query(ctx, s.read, tableNamed("run"), where, []any{string(athlete), id, id}, collect(&runs))
	if err != nil {
		return nil, s.explain("read a run", err)
	}
	return runs, nil
}

const runOrder = "ORDER BY time, summary_id, key"

// collect appends each record of a run.
func collect(runs *[]readiness.RunSummary) func(record) error {
	return func(r record) error {
		run, err := r.run()
		*runs = append(*runs, run)
		return err
	}
}

func (r record) run() (readiness.RunSummary, error) {
	row, err := r.row(readiness.RunColumns)
	if err != nil {
		return readiness.RunSummary{}, err
	}
	var card readiness.Row
	var interim []readiness.Row
	err = errors.Join(r.decode("card", &card), r.decode("interim", &interim))
	return readiness.RunSummary{
		Key: r.text("key"), RunID: r.text("summary_id"), Digest: r.text("digest"), DuplicateOf: r.text("duplicate_of"),
		Source:     readiness.Source{File: r.text("file"), SHA256: r.text("file_sha256")},
		Trace:      readiness.Trace{Start: time.Unix(r.integer("time"), 0).UTC(), Sport: row["sport"].String()},
		InputsHash: r.text("inputs_hash"), Judged: r.judged(), Row: row, Card: card, Interim: interim,
	}, err
}

// Alerts returns the alerts dated from..to (both included), ascending.
func (s *Store) Alerts(ctx context.Context, athlete readiness.AthleteID, from, to readiness.Date) ([]readiness.Alert, error) {
	var alerts []readiness.Alert
	err := s.each(ctx, tableNamed("alert"), "ORDER BY epoch_day, key", athlete, from, to, func(r record) error {
		a, err := r.alert()
		alerts = append(alerts, a)
		return err
	})
	if err != nil {
		return nil, s.explain("read alerts", err)
	}
	return alerts, nil
}

func (r record) alert() (readiness.Alert, error) {
	a := readiness.Alert{
		Transition:     readiness.Transition{Rule: r.text("rule"), Kind: r.text("kind"), Date: readiness.Date(r.integer("epoch_day")), Text: r.text("text")},
		IdempotencyKey: r.text("idempotency_key"),
	}
	var err error
	if a.Episode, err = readiness.ParseDate(r.text("episode")); err != nil {
		return a, err
	}
	a.Created, err = time.Parse(time.RFC3339Nano, r.text("created"))
	return a, err
}

// Files returns the ledger of an athlete by path.
func (s *Store) Files(ctx context.Context, athlete readiness.AthleteID) ([]readiness.File, error) {
	var files []readiness.File
	t := tableNamed("file")
	err := query(ctx, s.read, t, "WHERE athlete = ? ORDER BY path", []any{string(athlete)}, func(r record) error {
		f, err := r.file()
		files = append(files, f)
		return err
	})
	if err != nil {
		return nil, s.explain("read files", err)
	}
	return files, nil
}

func (r record) file() (readiness.File, error) {
	f := readiness.File{
		Athlete: readiness.AthleteID(r.text("athlete")), Path: r.text("path"), SHA256: r.text("sha256"), Size: r.integer("size"),
		State: readiness.FileState(r.text("state")), Reason: r.text("reason"),
	}
	if err := r.decode("events", &f.Events); err != nil {
		return f, err
	}
	var err error
	if f.ModTime, err = time.Parse(time.RFC3339Nano, r.text("mtime")); err != nil {
		return f, err
	}
	f.Seen, err = time.Parse(time.RFC3339Nano, r.text("seen"))
	return f, err
}

// LastDatum returns the last date that a run, a resting heart rate, an HRV, a
// night or a check-in is known of; false without any.
func (s *Store) LastDatum(ctx context.Context, athlete readiness.AthleteID) (readiness.Date, bool, error) {
	var last sql.NullInt64
	err := s.read.QueryRowContext(ctx, `SELECT max(epoch_day) FROM (
		SELECT epoch_day FROM run WHERE athlete = ?1
		UNION ALL
		SELECT epoch_day FROM day WHERE athlete = ?1 AND datum = 1)`, string(athlete)).Scan(&last)
	if err != nil {
		return 0, false, s.explain("read last datum", err)
	}
	return readiness.Date(last.Int64), last.Valid, nil
}

// each calls fn for every result of an athlete in a range of dates.
func (s *Store) each(ctx context.Context, t table, order string, athlete readiness.AthleteID, from, to readiness.Date, fn func(record) error) error {
	where := "WHERE athlete = ? AND epoch_day BETWEEN ? AND ? " + order
	return query(ctx, s.read, t, where, []any{string(athlete), int64(from), int64(to)}, fn)
}

// query reads rows of a table. Columns the file does not have yet (an older
// program wrote it, and this one only reads) are null.
func query(ctx context.Context, q querier, t table, where string, args []any, fn func(record) error) error {
	known, err := columnsOf(ctx, q, t.name)
	if err != nil {
		return err
	}
	var names []string
	for _, f := range t.fields {
		if known[f.name] {
			names = append(names, f.name)
		}
	}
	rows, err := q.QueryContext(ctx, "SELECT "+quoteAll(names)+" FROM "+quote(t.name)+" "+where, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	for rows.Next() {
		r, err := scan(rows, names)
		if err != nil {
			return err
		}
		if err := fn(r); err != nil {
			return fmt.Errorf("%s %v: %w", t.name, r["key"], err)
		}
	}
	return rows.Err()
}

// record is one row of a table by column name.
type record map[string]any

func scan(rows *sql.Rows, names []string) (record, error) {
	values, targets := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	if err := rows.Scan(targets...); err != nil {
		return nil, err
	}
	r := make(record, len(names))
	for i, n := range names {
		r[n] = values[i]
	}
	return r, nil
}

func (r record) text(name string) string {
	s, _ := r[name].(string)
	return s
}

func (r record) judged() readiness.Judged {
	return readiness.Judged{Rules: r.text("rules"), PMCAlpha: r.text("pmc_alpha")}
}

func (r record) integer(name string) int64 {
	i, _ := r[name].(int64)
	return i
}

// decode reads a column of JSON; an empty one leaves v alone.
func (r record) decode(name string, v any) error {
	s := r.text(name)
	if s == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(s), v); err != nil {
		return fmt.Errorf("column %s: %w", name, err)
	}
	return nil
}

// row rebuilds the metrics as they were written.
func (r record) row(columns []readiness.Column) (readiness.Row, error) {
	var (
		reasons   map[string]readiness.Reason
		qualities map[string]readiness.Quality
		sources   map[string]string
		counts    map[string]int
	)
	for name, m := range map[string]any{"reasons": &reasons, "qualities": &qualities, "sources": &sources, "counts": &counts} {
		if err := r.decode(name, m); err != nil {
			return nil, err
		}
	}
	row := make(readiness.Row, len(columns))
	for _, c := range columns {
		v := r.value(c.Name)
		v.Reason = reasons[c.Name]
		row[c.Name] = v.With(qualities[c.Name], sources[c.Name], counts[c.Name])
	}
	return row, nil
}

func (r record) value(name string) readiness.Value {
	switch x := r[name].(type) {
	case float64:
		return readiness.Num(x)
	case string:
		return readiness.Text(x)
	}
	return readiness.Value{}
}
