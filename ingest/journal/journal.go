// Package journal reads what the athlete says, a check-in file in CSV or JSON,
// into events. A row is split into a day part and a run part,
// because the two are replaced independently.
//
// It may import readiness, nothing else of this module.
package journal

import (
	"bytes"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"

	"afterrun/readiness"
)

// Bounds on a file: a row a day for a lifetime is 30,000 rows.
const (
	MaxSize = 16 << 20
	MaxRows = 300_000
)

const (
	maxColumns = 1000
	maxNotes   = 4 << 10 // bytes of a text
)

// Dates outside are typing errors.
const firstYear, lastYear = 1900, 2199

// Decode reads a check-in file: CSV (comma, semicolon or tab) with a header
// that has `date` and at least one known column, or JSON with the same keys,
// an object or an array of objects. Unknown columns are allowed.
//
// Of several rows of one identity the last wins as a whole. A value out of its
// range, or one that cannot be read, is missing; warnings name its line.
// Errors wrap readiness.ErrInvalid and name the line, or readiness.ErrIgnored
// when the file is no check-in at all.
//
// The events carry Kind, Key and CheckIn; athlete and digest are the caller's.
func Decode(data []byte) (events []readiness.Event, warnings []string, err error) {
	if len(data) > MaxSize {
		return nil, nil, fmt.Errorf("parse check-in: %d bytes, more than %d: %w", len(data), MaxSize, readiness.ErrInvalid)
	}
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	b := newBook()
	read := b.csv
	if t := bytes.TrimSpace(data); len(t) > 0 && (t[0] == '{' || t[0] == '[') {
		read = b.json
	}
	if err := read(data); err != nil {
		return nil, nil, fmt.Errorf("parse check-in: %w", err)
	}
	return b.events(), b.warnings, nil
}

// Key returns the identity of a check-in: `2026-01-05` for the day part,
// `2026-01-05-run` or `2026-01-05-run-0730` for a run part.
func Key(c readiness.CheckIn) string {
	key := c.Date.String()
	if c.Part == readiness.PartDay {
		return key
	}
	key += "-run"
	if c.Run != "" {
		key += "-" + slug(c.Run)
	}
	return key
}

// slug keeps the digits and signs of a start time that parseRun accepted.
func slug(run string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r == '-':
			return r
		case r == '+':
			return 'p'
		case r == 'Z' || r == 'z':
			return 'z'
		}
		return -1
	}, run)
}

// book collects the rows of a file.
type book struct {
	columns  map[string]readiness.CheckInColumn
	last     map[string]readiness.CheckIn // by Key
	warnings []string
	left     int // warnings not kept
}

const maxWarnings = 100

func newBook() *book {
	b := &book{columns: map[string]readiness.CheckInColumn{}, last: map[string]readiness.CheckIn{}}
	for _, c := range readiness.CheckInColumns {
		b.columns[c.Name] = c
	}
	return b
}

func (b *book) warn(line int, format string, args ...any) {
	if len(b.warnings) < maxWarnings {
		b.warnings = append(b.warnings, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
	} else if b.left++; b.left == 1 {
		b.warnings = append(b.warnings, "more lines have such faults")
	}
}

// events returns the winners ordered by key.
func (b *book) events() []readiness.Event {
	out := make([]readiness.Event, 0, len(b.last))
	for key, c := range b.last {
		out = append(out, readiness.Event{Kind: readiness.KindCheckIn, Key: key, CheckIn: &c})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Key < out[j].Key })
	return out
}

// row is one row: values as written, by column name, and the line it is on.
type row struct {
	line   int
	order  int64
	values map[string]string
}

// add splits a row into its parts. An empty row is passed over.
func (b *book) add(r row) error {
	if empty(r.values) {
		return nil
	}
	date, err := readiness.ParseDate(r.values["date"])
	if err != nil {
		return fmt.Errorf("line %d: %w: %w", r.line, err, readiness.ErrInvalid)
	}
	if y := date.Time().Year(); y < firstYear || y > lastYear {
		return fmt.Errorf("line %d: date %s is outside %d to %d: %w", r.line, date, firstYear, lastYear, readiness.ErrInvalid)
	}
	day := readiness.CheckIn{Date: date, Part: readiness.PartDay, Order: r.order}
	run := readiness.CheckIn{Date: date, Part: readiness.PartRun, Order: r.order}
	for _, c := range readiness.CheckInColumns {
		switch v := r.values[c.Name]; {
		case v == "":
		case c.Part == readiness.PartRun:
			b.put(&run, c, v, r.line)
		default:
			b.put(&day, c, v, r.line)
		}
	}
	b.keep(day)
	b.keepRun(run, r)
	return nil
}

func empty(values map[string]string) bool {
	for _, v := range values {
		if v != "" {
			return false
		}
	}
	return true
}

// keep stores a part that says something; a later row of the same identity
// replaces it.
func (b *book) keep(c readiness.CheckIn) {
	if len(c.Numbers)+len(c.Text) > 0 {
		b.last[Key(c)] = c
	}
}

// keepRun stores a run part with the run it names.
func (b *book) keepRun(c readiness.CheckIn, r row) {
	run, ok := parseRun(r.values["run"])
	if !ok {
		b.warn(r.line, "run %q is no start time (HH:MM or a date and time); the run's values are left out", clip(r.values["run"], 40))
		return
	}
	c.Run = run
	b.keep(c)
}

// runLayouts are the forms of the column `run`: a time of day on the date, or
// a date and time, local to the run or with an offset.
var runLayouts = []string{
	"15:04", "15:04:05",
	"2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339, "2006-01-02T15:04Z07:00",
}

// parseRun checks the column `run` and returns it in one spelling.
func parseRun(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + s[11:]
	}
	if len(s) > 1 && s[1] == ':' {
		s = "0" + s
	}
	for _, l := range runLayouts {
		if _, err := time.Parse(l, s); err == nil && len(s) <= 25 {
			return s, true
		}
	}
	return "", false
}

// put stores one value of a row, or warns why it is missing.
func (b *book) put(c *readiness.CheckIn, col readiness.CheckInColumn, v string, line int) {
	if col.Text {
		b.putText(c, col.Name, v, line)
		return
	}
	n, ok := number(v)
	if !ok {
		b.warn(line, "%s %q is not a number", col.Name, clip(v, 40))
		return
	}
	if n < col.Min || n > col.Max {
		b.warn(line, "%s %s is outside %g to %g", col.Name, clip(v, 40), col.Min, col.Max)
		return
	}
	if c.Numbers == nil {
		c.Numbers = map[string]float64{}
	}
	c.Numbers[col.Name] = n
}

func (b *book) putText(c *readiness.CheckIn, name, v string, line int) {
	if name == "pain_since" {
		if _, err := readiness.ParseDate(v); err != nil {
			b.warn(line, "pain_since: %v", err)
			return
		}
	}
	if c.Text == nil {
		c.Text = map[string]string{}
	}
	c.Text[name] = clip(v, maxNotes)
}

// number reads a decimal number; yes and no, true and false are 1 and 0.
func number(s string) (float64, bool) {
	switch strings.ToLower(s) {
	case "yes", "true", "y":
		return 1, true
	case "no", "false", "n":
		return 0, true
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || strings.ContainsAny(s, "xX_pP") {
		return 0, false
	}
	return v, true
}

// clip bounds a text from outside to n bytes of valid UTF-8.
func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}
