package wellness

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"afterrun/readiness"
)

// MaxSize and maxColumns bound a table.
const (
	MaxSize    = 64 << 20
	maxColumns = 1000
)

// column is a column of a maker's table and where its values belong.
type column struct {
	header, series, name string
	per                  float64 // units of the file in one of ours
}

// table is a maker's CSV, known by the columns it needs.
type table struct {
	maker    string
	needs    []string
	date     []string // the first that the header has
	columns  []column
	midnight bool                                          // a day's values are at 00:00; others are of moments
	row      func(cells map[string]string) (day, nap bool) // nil: every row is a day's
}

// ouraTrends are the columns of the table that Oura's page exports.
var ouraTrends = []column{
	{"lowest resting heart rate", deviceDay, "rhr_bpm", 1}, {"average hrv", device, "hrv_rmssd_ms", 1}, {"total sleep time", sleep, "sleep_h", 3600},
}

// tables are told apart by what only they have; the most special first. Names are
// in lower case.
var tables = []table{
	{
		maker: "hrv4training", needs: []string{"rmssd", "hrv4t_recovery_points"}, date: []string{"date", "timestamp_measurement"},
		columns: []column{{"hr", manual, "rhr_bpm", 1}, {"rmssd", manual, "hrv_rmssd_ms", 1}, {"sdnn", sdnn, "hrv_sdnn_ms", 1}},
	},
	{
		maker: "elitehrv", needs: []string{"rmssd", "lnrmssd"}, date: []string{"date time start", "date & time", "datetime", "date"},
		columns: []column{{"hr", manual, "rhr_bpm", 1}, {"rmssd", manual, "hrv_rmssd_ms", 1}, {"sdnn", sdnn, "hrv_sdnn_ms", 1}},
		row: func(cells map[string]string) (day, nap bool) {
			kind, ok := cells["type"]
			return !ok || strings.Contains(strings.ToLower(kind), "readiness"), false
		},
	},
	{
		maker: "oura", needs: []string{"average hrv", "total sleep time"}, date: []string{"date"}, columns: ouraTrends,
	},
	{ // the page lets choose
		maker: "oura", needs: []string{"average hrv", "lowest resting heart rate"}, date: []string{"date"}, columns: ouraTrends,
	},
	{
		maker: "oura", needs: []string{"average_hrv", "total_sleep_duration"}, date: []string{"day", "summary_date"},
		columns: []column{{"lowest_heart_rate", deviceDay, "rhr_bpm", 1}, {"average_hrv", device, "hrv_rmssd_ms", 1}, {"total_sleep_duration", sleep, "sleep_h", 3600}},
		row: func(cells map[string]string) (day, nap bool) {
			kind, ok := cells["type"]
			return true, ok && kind != "long_sleep"
		},
	},
	{
		maker: "fitbit", needs: []string{"timestamp", "average heart rate variability milliseconds"}, date: []string{"timestamp"},
		columns: []column{{"average heart rate variability milliseconds", device, "hrv_rmssd_ms", 1}}, midnight: true,
	},
	{
		maker: "fitbit", needs: []string{"timestamp", "beats per minute"}, date: []string{"timestamp"},
		columns: []column{{"beats per minute", deviceDay, "rhr_bpm", 1}}, midnight: true,
	},
	{
		maker: "fitbit", needs: []string{"sleep_end", "minutes_asleep"}, date: []string{"sleep_end"},
		columns: []column{{"minutes_asleep", sleep, "sleep_h", 60}},
	},
	{
		maker: "", needs: []string{"date", "source"}, date: []string{"date"},
		columns: []column{
			{"rhr_bpm", deviceDay, "rhr_bpm", 1}, {"hrv_rmssd_ms", device, "hrv_rmssd_ms", 1}, {"hrv_sdnn_ms", sdnn, "hrv_sdnn_ms", 1},
			{"sleep_h", sleep, "sleep_h", 1}, {"body_mass_kg", mass, "body_mass_kg", 1}, {"hrr60_bpm", recovery, "hrr60_bpm", 1},
		},
	},
}

// IsCSV reports whether the first line of a text is the header of a table that
// CSV reads.
func IsCSV(data []byte) bool {
	names, _ := header(data)
	return find(names) != nil
}

// header returns the names of the first line in lower case, and what separates
// them.
func header(data []byte) ([]string, rune) {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	line, _, _ := bytes.Cut(bytes.TrimLeft(data, "\r\n"), []byte("\n"))
	if len(line) > 16<<10 {
		return nil, ','
	}
	comma := ','
	for _, c := range []rune{';', '\t'} {
		if bytes.Count(line, []byte(string(c))) > bytes.Count(line, []byte(string(comma))) {
			comma = c
		}
	}
	r := csv.NewReader(bytes.NewReader(line))
	r.Comma, r.LazyQuotes = comma, true
	names, err := r.Read()
	if err != nil {
		return nil, comma
	}
	for i, n := range names {
		names[i] = strings.ToLower(strings.TrimSpace(n))
	}
	return names, comma
}

// find returns the table whose columns the header has, nil without one.
func find(names []string) *table {
	has := func(n string) bool { return slices.Contains(names, n) }
	for i, t := range tables {
		if t.maker == "" && slices.ContainsFunc(names, onlyCheckIn) {
			continue
		}
		if !slices.ContainsFunc(t.needs, func(n string) bool { return !has(n) }) &&
			slices.ContainsFunc(t.date, has) && slices.ContainsFunc(t.columns, func(c column) bool { return has(c.header) }) {
			return &tables[i]
		}
	}
	return nil
}

// onlyCheckIn reports a column that makes a table a check-in, whatever else it
// has.
func onlyCheckIn(name string) bool {
	own := tables[len(tables)-1].columns
	return slices.ContainsFunc(readiness.CheckInColumns, func(c readiness.CheckInColumn) bool { return c.Name == name }) &&
		!slices.ContainsFunc(own, func(c column) bool { return c.header == name })
}

// CSV reads a table of a known maker, or one with the columns of
// docs/wellness-csv.md. A value that cannot be read is missing; warnings name
// its line. Errors wrap readiness.ErrIgnored or readiness.ErrInvalid.
func CSV(data []byte) ([]readiness.Event, []string, error) {
	names, comma := header(data)
	t := find(names)
	switch {
	case t == nil:
		return nil, nil, fmt.Errorf("no known table: %w", readiness.ErrIgnored)
	case len(data) > MaxSize || len(names) > maxColumns:
		return nil, nil, fmt.Errorf("the table is too large: %w", readiness.ErrInvalid)
	}
	if err := boundLines(data, byte(comma)); err != nil {
		return nil, nil, err
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace, r.ReuseRecord = comma, -1, true, comma != '\t', true
	s := sheet{table: t, names: names, comma: comma, books: map[string]*book{}}
	for n := 0; ; n++ {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return s.events()
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %w", err, readiness.ErrInvalid)
		}
		if line, _ := r.FieldPos(0); n > 0 {
			s.read(fields, line)
		}
	}
}

// boundLines refuses a line with more values than any table has: each would cost
// memory.
func boundLines(data []byte, comma byte) error {
	n := 0
	for line := range bytes.Lines(data) {
		if n++; bytes.Count(line, []byte{comma}) >= maxColumns {
			return fmt.Errorf("line %d: more than %d values: %w", n, maxColumns, readiness.ErrInvalid)
		}
	}
	return nil
}

// sheet is a table being read.
type sheet struct {
	*table
	names []string
	comma rune
	books map[string]*book // by maker

	moments bool // a table of days that has other times than midnight
}

// maxMakers bounds the sources of one table.
const maxMakers = 50

func (s *sheet) book(maker string) *book {
	if s.books[maker] == nil {
		if len(s.books) >= maxMakers {
			maker = "other"
		}
		s.books[maker] = newBook(maker)
	}
	return s.books[maker]
}

func (s *sheet) events() ([]readiness.Event, []string, error) {
	if s.moments {
		return nil, nil, fmt.Errorf("values of moments, not of days: %w", readiness.ErrIgnored)
	}
	var events []readiness.Event
	var warnings []string
	for _, b := range s.books {
		e, err := b.events()
		if err != nil {
			return nil, nil, err
		}
		events, warnings = append(events, e...), append(warnings, b.warnings...)
	}
	slices.SortFunc(events, func(a, b readiness.Event) int { return strings.Compare(a.Key, b.Key) })
	slices.Sort(warnings)
	return events, warnings, nil
}

func (s *sheet) read(fields []string, line int) {
	cells := make(map[string]string, len(s.names))
	for i, f := range fields {
		if i < len(s.names) {
			cells[s.names[i]] = strings.TrimSpace(f)
		}
	}
	maker := s.maker
	if maker == "" {
		maker = slug(cells["source"])
	}
	b, nap := s.book(maker), false
	if s.row != nil {
		var day bool
		if day, nap = s.row(cells); !day {
			return
		}
	}
	d, ok := s.dateIn(cells)
	if !ok {
		b.warn("line %d: no date that can be read", line)
		return
	}
	for _, c := range s.columns {
		s.value(b, c, cells[c.header], d, nap, line)
	}
}

// dateIn is the row's local date.
func (s *sheet) dateIn(cells map[string]string) (readiness.Date, bool) {
	for _, name := range s.date {
		v, ok := cells[name]
		if !ok {
			continue
		}
		if s.midnight && len(v) > 10 && !strings.HasPrefix(v[11:], "00:00:00") {
			s.moments = true
		}
		return dateOf(localTime(v, cells["end_utc_offset"]))
	}
	return 0, false
}

// localTime shifts a time in UTC by an offset of its own column.
func localTime(at, offset string) string {
	t, err := time.Parse(time.RFC3339, at)
	zone, fault := time.Parse("-07:00", offset)
	if err != nil || fault != nil {
		return at
	}
	return t.In(zone.Location()).Format(time.RFC3339)
}

func (s *sheet) value(b *book, c column, text string, d readiness.Date, nap bool, line int) {
	if text == "" || text == "-" || strings.EqualFold(text, "nan") || strings.EqualFold(text, "null") || nap && c.series != sleep {
		return
	}
	if s.comma != ',' {
		text = strings.Replace(text, ",", ".", 1)
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		b.warn("line %d: %s %.40q is not a number", line, c.header, text)
		return
	}
	v /= c.per
	if r := ranges[c.name]; v != 0 && (v < r[0] || v > r[1]) {
		b.warn("line %d: %s %.40q is outside %g to %g", line, c.header, text, r[0], r[1])
	}
	if c.series == sleep {
		b.add(c.series, c.name, d, v)
		return
	}
	b.put(c.series, c.name, d, v)
}

// slug makes a source's name part of an identity.
func slug(name string) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, strings.ToLower(name))
	if s = strings.Trim(s, "_"); s == "" {
		return "other"
	}
	return s[:min(len(s), 24)]
}

// Table writes values as the table of docs/wellness-csv.md, a row each; CSV makes
// the same events of it.
func Table(events []readiness.Event) []byte {
	columns := tables[len(tables)-1].columns
	var b bytes.Buffer
	b.WriteString("date,source")
	for _, c := range columns {
		b.WriteString("," + c.header)
	}
	for _, e := range events {
		_, maker, _ := strings.Cut(e.Wellness.Source, ":")
		b.WriteString("\n" + e.Wellness.Date.String() + "," + maker)
		for _, c := range columns {
			b.WriteByte(',')
			if v, ok := e.Wellness.Values[c.name]; ok {
				b.WriteString(strconv.FormatFloat(v, 'g', -1, 64))
			}
		}
	}
	return append(b.Bytes(), '\n')
}
