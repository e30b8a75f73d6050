package journal

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"afterrun/readiness"
)

// Effort is what Strava's list of activities says about one of them: the
// athlete's own rating.
type Effort struct {
	File string // activities/123.fit.gz
	Date string // as written, without zone: it is UTC
	RPE  float64
}

// toRPE is the distance of "Perceived Exertion" from "Filename": the headers are
// in the account's language, the columns before the file's differ with the age
// of the export, those behind it do not.
const toRPE = 31

// IsStrava reports whether a text begins like Strava's activities.csv, in any
// language: dozens of columns, and one of them names files.
func IsStrava(data []byte) bool {
	rows, err := stravaTable(data, 50)
	return err == nil && fileColumn(rows) >= 0
}

// Strava reads Strava's activities.csv. Only activities with a file and a rating
// are returned. Errors wrap readiness.ErrInvalid.
func Strava(data []byte) ([]Effort, error) {
	rows, err := stravaTable(data, MaxRows)
	if err != nil {
		return nil, err
	}
	file := fileColumn(rows)
	if file < 0 {
		return nil, fmt.Errorf("no list of activities: %w", readiness.ErrIgnored)
	}
	var efforts []Effort
	for _, r := range rows[1:] {
		if len(r) <= file+toRPE || !isActivityFile(r[file]) {
			continue
		}
		v, err := strconv.ParseFloat(strings.Replace(r[file+toRPE], ",", ".", 1), 64)
		if err == nil && v >= 1 && v <= 10 {
			efforts = append(efforts, Effort{File: r[file], Date: r[1], RPE: v})
		}
	}
	return efforts, nil
}

// stravaTable reads at most n rows of a table with enough columns.
func stravaTable(data []byte, n int) ([][]string, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%d bytes, more than %d: %w", len(data), MaxSize, readiness.ErrInvalid)
	}
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if err := boundLines(data, ','); err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	var rows [][]string
	for len(rows) < n {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", err, readiness.ErrInvalid)
		}
		if len(rows) == 0 && (len(row) < 13 || len(row) > maxColumns) {
			break
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// fileColumn is the column that names the files, -1 without one.
func fileColumn(rows [][]string) int {
	for i, r := range rows {
		if i > 0 {
			if at := slices.IndexFunc(r, isActivityFile); at >= 2 {
				return at
			}
		}
	}
	return -1
}

func isActivityFile(s string) bool {
	dir, name := path.Split(s)
	ext := path.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz"))
	return dir == "activities/" && slices.Contains([]string{".fit", ".gpx", ".tcx"}, ext)
}

// CheckIns writes efforts as a check-in file, whose rows name the run by its
// start; start tells it by the file's name, as far as it is known. Without it the
// list's own date is taken, if its language leaves it readable.
func CheckIns(efforts []Effort, start map[string]time.Time) []byte {
	var b bytes.Buffer
	b.WriteString("date,run,rpe\n")
	for _, e := range efforts {
		at, ok := start[e.File]
		if !ok {
			at, ok = stravaDate(e.Date)
		}
		if ok {
			at = at.UTC()
			fmt.Fprintf(&b, "%s,%s,%s\n", at.Format(time.DateOnly), at.Format(time.RFC3339), strconv.FormatFloat(e.RPE, 'g', -1, 64))
		}
	}
	return b.Bytes()
}

// stravaDates are the forms of a date that say all in numbers or English.
var stravaDates = []string{"Jan 2, 2006, 3:04:05 PM", "02.01.2006, 15:04:05", "2. 1. 2006 15:04:05", "2006-01-02 15:04:05"}

func stravaDate(s string) (time.Time, bool) {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\u202F", " "), "\u00A0", " ")
	for _, layout := range stravaDates {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= firstYear && t.Year() <= lastYear {
			return t, true
		}
	}
	return time.Time{}, false
}
