package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"afterrun/readiness"
)

// series serves ?columns=a,b of the days, or with ?kind=runs of the runs that
// count, as one list each: years of a few metrics are a small answer.
func (s *server) series(w http.ResponseWriter, r *http.Request) {
	id, from, to, err := s.request(r)
	if err != nil {
		s.fault(w, r, err)
		return
	}
	known, read := readiness.DayColumns, s.dayRows
	switch kind := r.URL.Query().Get("kind"); kind {
	case "", "days":
	case "runs":
		known, read = readiness.RunColumns, s.runRows
	default:
		s.fault(w, r, fmt.Errorf("kind: want days or runs: %w", readiness.ErrInvalid))
		return
	}
	columns, err := columnsOf(r.URL.Query().Get("columns"), known)
	if err != nil {
		s.fault(w, r, err)
		return
	}
	dates, rows, err := read(r, id, from, to)
	s.reply(w, r, listed(columns, dates, rows), err)
}

// columnsOf reads a list of column names.
func columnsOf(text string, known []readiness.Column) ([]readiness.Column, error) {
	var out []readiness.Column
	for name := range strings.SplitSeq(text, ",") {
		i := slices.IndexFunc(known, func(c readiness.Column) bool { return c.Name == name })
		if i < 0 || len(out) == len(known) {
			return nil, fmt.Errorf("columns: %.40q is none: want names as in the export, with commas between: %w", name, readiness.ErrInvalid)
		}
		out = append(out, known[i])
	}
	return out, nil
}

func (s *server) dayRows(r *http.Request, id readiness.AthleteID, from, to readiness.Date) (dates []readiness.Date, rows []readiness.Row, err error) {
	days, err := s.o.Reader.Days(r.Context(), id, from, to)
	for _, d := range days {
		dates, rows = append(dates, d.Date), append(rows, d.Row)
	}
	return dates, rows, err
}

func (s *server) runRows(r *http.Request, id readiness.AthleteID, from, to readiness.Date) (dates []readiness.Date, rows []readiness.Row, err error) {
	runs, err := s.o.Reader.Runs(r.Context(), id, from, to)
	for _, x := range runs {
		if x.DuplicateOf == "" {
			dates, rows = append(dates, dateOf(x)), append(rows, x.Row)
		}
	}
	return dates, rows, err
}

// listed turns rows into one list a column, null for what is not known.
func listed(columns []readiness.Column, dates []readiness.Date, rows []readiness.Row) map[string]any {
	out := map[string]any{}
	for _, c := range columns {
		list := make([]any, len(rows))
		for i, row := range rows {
			if x, ok := row[c.Name].Float(); ok {
				list[i] = x
			} else if text := row[c.Name].String(); text != "" {
				list[i] = text
			}
		}
		out[c.Name] = list
	}
	if dates == nil {
		dates = []readiness.Date{}
	}
	out["date"] = dates
	return out
}

// alertJSON is a warning that was due.
type alertJSON struct {
	Date  readiness.Date `json:"date"`
	Rule  string         `json:"rule"` // under_recovery, see_physio or medical_help
	Kind  string         `json:"kind"` // enter, reminder or exit
	Since readiness.Date `json:"since"`
	Text  string         `json:"text"`
}

func (s *server) alerts(w http.ResponseWriter, r *http.Request) {
	id, from, to, err := s.request(r)
	if err != nil {
		s.fault(w, r, err)
		return
	}
	alerts, err := s.o.Reader.Alerts(r.Context(), id, from, to)
	out := []alertJSON{}
	for _, a := range alerts {
		out = append(out, alertJSON{a.Date, a.Rule, a.Kind, a.Episode, a.Text})
	}
	s.reply(w, r, out, err)
}

// daysTable serves the days as CSV, columns as in the export, empty = null.
func (s *server) daysTable(w http.ResponseWriter, r *http.Request) {
	id, from, to, err := s.request(r)
	var rows []readiness.Row
	if err == nil {
		_, rows, err = s.dayRows(r, id, from, to)
	}
	if err != nil {
		s.fault(w, r, err)
		return
	}
	head := make([]string, len(readiness.DayColumns))
	for i, c := range readiness.DayColumns {
		head[i] = c.Name
	}
	lines := [][]string{head}
	for _, row := range rows {
		lines = append(lines, cells(row))
	}
	var body bytes.Buffer
	if err := csv.NewWriter(&body).WriteAll(lines); err != nil {
		s.fault(w, r, err)
		return
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-days.csv"`, id))
	tagged(w, r, "text/csv; charset=utf-8", body.Bytes())
}

func cells(row readiness.Row) []string {
	out := make([]string, len(readiness.DayColumns))
	for i, c := range readiness.DayColumns {
		out[i] = row[c.Name].String()
		if x, ok := row[c.Name].Float(); ok {
			out[i] = strconv.FormatFloat(x, 'g', -1, 64)
		}
	}
	return out
}
