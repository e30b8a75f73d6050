package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"

	"afterrun/readiness"
)

// schemaVersion is written into the file. It changes only when tables change in
// a way that an added column does not cover.
const schemaVersion = 1

// applicationID marks the file as Afterrun's ("Artr").
const applicationID = 0x41727472

// field is a column of a table.
type field struct {
	name, kind string // kind: TEXT, REAL or INTEGER
}

// table is a table as this program wants it; keys are its primary key.
type table struct {
	name   string
	keys   []string
	fields []field
}

// Fields that every result carries beside its metrics.
var (
	resultFields = []field{
		{"athlete", "TEXT NOT NULL"}, {"key", "TEXT NOT NULL"},
		{"time", "INTEGER NOT NULL"},      // Unix seconds of the point
		{"epoch_day", "INTEGER NOT NULL"}, // local date as days since 1970-01-01
	}
	metricFields = []field{
		{"reasons", "TEXT"}, {"qualities", "TEXT"}, {"sources", "TEXT"}, {"counts", "TEXT"}, // JSON objects by metric
		{"inputs_hash", "TEXT"},
		{"rules", "TEXT"}, {"pmc_alpha", "TEXT"}, // what the result was judged by
	}
)

// tables lists everything the file holds.
func tables() []table {
	result := []string{"athlete", "key"}
	return []table{
		{"meta", []string{"name"}, []field{{"name", "TEXT NOT NULL"}, {"value", "TEXT NOT NULL"}}},
		{"athlete", []string{"athlete"}, []field{{"athlete", "TEXT NOT NULL"}}},
		dayTable(result),
		runTable(result),
		{"alert", result, join(resultFields, []field{
			{"rule", "TEXT"}, {"episode", "TEXT"}, {"kind", "TEXT"}, {"date", "TEXT"}, {"text", "TEXT"},
			{"idempotency_key", "TEXT"}, {"created", "TEXT"},
		})},
		{"file", []string{"athlete", "path"}, []field{
			{"athlete", "TEXT NOT NULL"}, {"path", "TEXT NOT NULL"}, {"sha256", "TEXT"}, {"size", "INTEGER"}, {"mtime", "TEXT"},
			{"state", "TEXT"}, {"reason", "TEXT"}, {"events", "TEXT"}, {"seen", "TEXT"},
		}},
	}
}

func dayTable(keys []string) table {
	return table{"day", keys, join(resultFields, metrics(readiness.DayColumns), metricFields, []field{{"verdict", "TEXT"}, {"datum", "INTEGER"}})}
}

func runTable(keys []string) table {
	return table{"run", keys, join(resultFields, metrics(readiness.RunColumns), metricFields, []field{
		{"summary_id", "TEXT"}, {"duplicate_of", "TEXT"}, {"digest", "TEXT"}, {"file", "TEXT"}, {"file_sha256", "TEXT"},
		{"card", "TEXT"}, {"interim", "TEXT"},
	})}
}

func join(parts ...[]field) []field {
	var all []field
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// metrics are the table's columns for the metrics of the domain.
func metrics(columns []readiness.Column) []field {
	fields := make([]field, len(columns))
	for i, c := range columns {
		fields[i] = field{c.Name, "TEXT"}
		if c.Numeric() {
			fields[i].kind = "REAL"
		}
	}
	return fields
}

func (t table) create() string {
	var lines []string
	for _, f := range t.fields {
		lines = append(lines, quote(f.name)+" "+f.kind)
	}
	lines = append(lines, "PRIMARY KEY ("+quoteAll(t.keys)+")")
	return "CREATE TABLE IF NOT EXISTS " + quote(t.name) + " (\n  " + strings.Join(lines, ",\n  ") + "\n) STRICT, WITHOUT ROWID"
}

// replace is the statement that writes a row as a whole: what an earlier row
// with the same key had, and the new one has not, is gone.
func (t table) replace() string {
	names := make([]string, len(t.fields))
	for i, f := range t.fields {
		names[i] = f.name
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", len(names)), ",")
	return "INSERT OR REPLACE INTO " + quote(t.name) + " (" + quoteAll(names) + ") VALUES (" + marks + ")"
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	return strings.Join(quoted, ", ")
}

// migrate brings the file to this program's schema: it creates missing tables
// and adds missing columns, in one transaction.
func migrate(ctx context.Context, db *sql.DB) error {
	if err := checkOwner(ctx, db); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	for _, t := range tables() {
		if err := t.ensure(ctx, tx); err != nil {
			return err
		}
	}
	for _, pragma := range []string{
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		fmt.Sprintf("PRAGMA user_version = %d", schemaVersion),
	} {
		if _, err := tx.ExecContext(ctx, pragma); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO meta (name, value) VALUES ('id', ?)`, newID()); err != nil {
		return err
	}
	return tx.Commit()
}

func (t table) ensure(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, t.create()); err != nil {
		return fmt.Errorf("create table %s: %w", t.name, err)
	}
	known, err := columnsOf(ctx, tx, t.name)
	if err != nil {
		return err
	}
	for _, f := range t.fields {
		if known[f.name] {
			continue
		}
		if _, err := tx.ExecContext(ctx, "ALTER TABLE "+quote(t.name)+" ADD COLUMN "+quote(f.name)+" "+f.kind); err != nil {
			return fmt.Errorf("add column %s.%s: %w", t.name, f.name, err)
		}
	}
	return nil
}

// querier is what reading needs of a database, a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func columnsOf(ctx context.Context, q querier, table string) (map[string]bool, error) {
	names, err := texts(ctx, q, `SELECT name FROM pragma_table_info(?)`, table)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(names))
	for _, n := range names {
		known[n] = true
	}
	return known, nil
}

// texts runs a query for one column of text.
func texts(ctx context.Context, q querier, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// checkOwner refuses files of other programs and of newer versions of this one.
func checkOwner(ctx context.Context, q querier) error {
	var id, version, objects int
	err := q.QueryRowContext(ctx, `SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_master)
		FROM pragma_application_id a, pragma_user_version v`).Scan(&id, &version, &objects)
	switch {
	case err != nil:
		return err
	case objects > 0 && id != applicationID:
		return ErrForeign
	case version > schemaVersion:
		return fmt.Errorf("schema %d, this program knows %d: %w", version, schemaVersion, ErrNewer)
	}
	return nil
}

func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
