package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"afterrun/readiness"
)

// errReadOnly is returned by writes to a store opened with OpenReadOnly.
var errReadOnly = errors.New("opened to read only")

// Write stores results in one transaction: all are durable when it returns nil.
// The same (Athlete, Kind, Key) again replaces the earlier row as a whole, a
// deleted one removes it, so repeating a call changes nothing. Results that
// cannot be stored are reported by a *readiness.PartialError and do not hinder the
// others; any other error is temporary (a full disk, a locked file), and then
// nothing of the call is stored.
func (s *Store) Write(ctx context.Context, results []readiness.Result) error {
	if err := s.writable(ctx); err != nil {
		return err
	}
	var changes []change
	rejected := map[int]error{}
	for i, r := range results {
		c, err := rowOf(r)
		if err != nil {
			rejected[i] = fmt.Errorf("%s %s of %s: %w", r.Kind, r.Key, r.Athlete, err)
			continue
		}
		changes = append(changes, c)
	}
	if err := s.apply(ctx, changes); err != nil {
		return s.explain("write", err)
	}
	if len(rejected) > 0 {
		return &readiness.PartialError{Rejected: rejected}
	}
	return nil
}

// WriteFiles stores lines of the ledger; a later line about the same path of
// the same athlete replaces the earlier one. Errors are as those of Write.
func (s *Store) WriteFiles(ctx context.Context, files []readiness.File) error {
	if err := s.writable(ctx); err != nil {
		return err
	}
	var changes []change
	rejected := map[int]error{}
	for i, f := range files {
		c, err := fileRow(f)
		if err != nil {
			rejected[i] = fmt.Errorf("file %q: %w", f.Path, err)
			continue
		}
		changes = append(changes, c)
	}
	if err := s.apply(ctx, changes); err != nil {
		return s.explain("write files", err)
	}
	if len(rejected) > 0 {
		return &readiness.PartialError{Rejected: rejected}
	}
	return nil
}

func (s *Store) writable(ctx context.Context) error {
	if s.write == nil {
		return fmt.Errorf("store %s: %w", s.path, errReadOnly)
	}
	return ctx.Err()
}

// change is a row to write, or to delete when values is nil.
type change struct {
	table   string
	athlete readiness.AthleteID
	key     string
	values  map[string]any
}

// apply makes all changes or none.
func (s *Store) apply(ctx context.Context, changes []change) error {
	if len(changes) == 0 {
		return nil
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	w := writer{tx: tx, replace: map[string]*sql.Stmt{}, athletes: map[readiness.AthleteID]bool{}}
	for _, c := range changes {
		if err := w.apply(ctx, c); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// writer makes the changes of one transaction.
type writer struct {
	tx       *sql.Tx
	replace  map[string]*sql.Stmt // closed with the transaction
	athletes map[readiness.AthleteID]bool
}

func (w *writer) apply(ctx context.Context, c change) error {
	if c.values == nil {
		_, err := w.tx.ExecContext(ctx, `DELETE FROM `+quote(c.table)+` WHERE athlete = ? AND key = ?`, string(c.athlete), c.key)
		return err
	}
	if !w.athletes[c.athlete] {
		if _, err := w.tx.ExecContext(ctx, `INSERT OR IGNORE INTO athlete (athlete) VALUES (?)`, string(c.athlete)); err != nil {
			return err
		}
		w.athletes[c.athlete] = true
	}
	t := tableNamed(c.table)
	args := make([]any, len(t.fields))
	for i, f := range t.fields {
		args[i] = c.values[f.name]
	}
	stmt, err := w.statement(ctx, t)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx, args...)
	return err
}

func (w *writer) statement(ctx context.Context, t table) (*sql.Stmt, error) {
	if stmt, ok := w.replace[t.name]; ok {
		return stmt, nil
	}
	stmt, err := w.tx.PrepareContext(ctx, t.replace())
	if err == nil {
		w.replace[t.name] = stmt
	}
	return stmt, err
}

func tableNamed(name string) table {
	all := tables()
	return all[slices.IndexFunc(all, func(t table) bool { return t.name == name })]
}

// The time stamps a store can hold: those InfluxDB can, too.
var (
	earliest = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// rowOf turns a result into a change; the error wraps readiness.ErrInvalid.
func rowOf(r readiness.Result) (change, error) {
	c := change{table: string(r.Kind), athlete: r.Athlete, key: r.Key}
	if err := r.Athlete.Validate(); err != nil {
		return c, err
	}
	if r.Key == "" {
		return c, invalid("no key")
	}
	switch {
	case r.Kind != readiness.ResultDay && r.Kind != readiness.ResultRun && r.Kind != readiness.ResultAlert:
		return c, invalid("unknown kind %q", r.Kind)
	case r.Deleted:
		return c, nil
	case r.At.Before(earliest) || r.At.After(latest):
		return c, invalid("time %v out of range", r.At)
	}
	c.values = map[string]any{"athlete": string(r.Athlete), "key": r.Key, "time": r.At.Unix()}
	return c, c.fill(r)
}

func (c *change) fill(r readiness.Result) error {
	switch {
	case r.Kind == readiness.ResultDay && r.Day != nil:
		return c.day(*r.Day)
	case r.Kind == readiness.ResultRun && r.Run != nil:
		return c.run(*r.Run, readiness.DateOf(r.At.UTC()))
	case r.Kind == readiness.ResultAlert && r.Alert != nil:
		return c.alert(*r.Alert)
	}
	return invalid("no content")
}

func (c *change) day(d readiness.Day) error {
	c.values["epoch_day"] = int64(d.Date)
	c.values["inputs_hash"] = d.InputsHash
	c.judged(d.Judged)
	v, err := json.Marshal(d.Verdict)
	if err != nil {
		return invalid("verdict: %v", err)
	}
	c.values["verdict"] = string(v)
	c.values["datum"] = 0
	if d.Datum {
		c.values["datum"] = 1
	}
	return c.metrics(d.Row, readiness.DayColumns)
}

func (c *change) judged(by readiness.Judged) {
	c.values["rules"], c.values["pmc_alpha"] = by.Rules, by.PMCAlpha
}

func (c *change) run(s readiness.RunSummary, utc readiness.Date) error {
	date, err := readiness.ParseDate(s.Row["date"].String())
	if err != nil {
		date = utc
	}
	c.values["epoch_day"] = int64(date)
	c.values["inputs_hash"] = s.InputsHash
	c.judged(s.Judged)
	c.values["summary_id"] = s.RunID
	c.values["duplicate_of"] = s.DuplicateOf
	c.values["digest"] = s.Digest
	c.values["file"] = s.Source.File
	c.values["file_sha256"] = s.Source.SHA256
	for name, v := range map[string]any{"card": s.Card, "interim": s.Interim} {
		b, err := json.Marshal(v)
		if err != nil {
			return invalid("%s: %v", name, err)
		}
		c.values[name] = string(b)
	}
	return c.metrics(s.Row, readiness.RunColumns)
}

func (c *change) alert(a readiness.Alert) error {
	c.values["epoch_day"] = int64(a.Date)
	c.values["rule"] = a.Rule
	c.values["episode"] = a.Episode.String()
	c.values["kind"] = a.Kind
	c.values["date"] = a.Date.String()
	c.values["text"] = a.Text
	c.values["idempotency_key"] = a.IdempotencyKey
	c.values["created"] = timeText(a.Created)
	return nil
}

// metrics stores the known columns of a row; a null leaves its column empty and
// its reason among the reasons.
func (c *change) metrics(row readiness.Row, columns []readiness.Column) error {
	reasons, qualities := map[string]readiness.Reason{}, map[string]readiness.Quality{}
	sources, counts := map[string]string{}, map[string]int{}
	for _, col := range columns {
		v := row[col.Name]
		x, err := cell(col, v)
		if err != nil {
			return err
		}
		if x != nil {
			c.values[col.Name] = x
		}
		keep(reasons, col.Name, v.Reason)
		keep(qualities, col.Name, v.Quality)
		keep(sources, col.Name, v.Source)
		keep(counts, col.Name, v.N)
	}
	for name, m := range map[string]any{"reasons": reasons, "qualities": qualities, "sources": sources, "counts": counts} {
		b, err := json.Marshal(m)
		if err != nil {
			return invalid("%s: %v", name, err)
		}
		c.values[name] = string(b)
	}
	return nil
}

func keep[V comparable](m map[string]V, name string, v V) {
	var none V
	if v != none {
		m[name] = v
	}
}

// cell is the column's content: a float64, a string, or nil for null.
func cell(col readiness.Column, v readiness.Value) (any, error) {
	if v.IsNull() {
		return nil, nil
	}
	x, isNum := v.Float()
	switch {
	case isNum != col.Numeric():
		return nil, invalid("%s is not of type %s", col.Name, col.Type)
	case isNum:
		return x, nil
	}
	return v.String(), nil
}

func fileRow(f readiness.File) (change, error) {
	c := change{table: "file", athlete: f.Athlete, key: f.Path}
	if err := f.Athlete.Validate(); err != nil {
		return c, err
	}
	if f.Path == "" {
		return c, invalid("no path")
	}
	events, err := json.Marshal(f.Events)
	if err != nil {
		return c, invalid("events: %v", err)
	}
	c.values = map[string]any{
		"athlete": string(f.Athlete), "path": f.Path, "sha256": f.SHA256, "size": f.Size, "mtime": timeText(f.ModTime),
		"state": string(f.State), "reason": f.Reason, "events": string(events), "seen": timeText(f.Seen),
	}
	return c, nil
}

// timeText writes a time so that it sorts and reads back exactly; a file's time
// may be anything, and what has no such form is written as the zero time.
func timeText(t time.Time) string {
	t = t.UTC()
	if t.Year() < 0 || t.Year() > 9999 {
		t = time.Time{}
	}
	return t.Format(time.RFC3339Nano)
}

func invalid(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, readiness.ErrInvalid)...)
}
