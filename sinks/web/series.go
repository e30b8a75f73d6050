package web

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
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
	known, read := readiness.DayColumns, s.o.Reader.DayValues
	switch kind := r.URL.Query().Get("kind"); kind {
	case "", "days":
	case "runs":
		known, read = readiness.RunColumns, s.o.Reader.RunValues
	default:
		s.fault(w, r, fmt.Errorf("kind: want days or runs: %w", readiness.ErrInvalid))
		return
	}
	columns, err := columnsOf(r.URL.Query().Get("columns"), known)
	if err != nil {
		s.fault(w, r, err)
		return
	}
	digits, err := digitsOf(r.URL.Query().Get("digits"))
	if err != nil {
		s.fault(w, r, err)
		return
	}
	rows, err := read(r.Context(), id, columns, from, to)
	s.reply(w, r, listed(columns, rows, digits), err)
}

// digitsOf reads how many significant digits are wanted, -1 = all there are.
func digitsOf(text string) (int, error) {
	if text == "" {
		return -1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 17 {
		return 0, fmt.Errorf("digits: want 1 to 17: %w", readiness.ErrInvalid)
	}
	return n, nil
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

// listed turns rows into one list a column, null for what is not known. Of a
// number so many digits are told as are wanted: a picture has no room for more.
func listed(columns []readiness.Column, rows []readiness.Row, digits int) map[string]any {
	out := map[string]any{}
	for _, c := range columns {
		list := make([]any, len(rows))
		for i, row := range rows {
			if x, ok := row[c.Name].Float(); ok {
				list[i] = json.Number(strconv.FormatFloat(x, 'g', digits, 64))
			} else if text := row[c.Name].String(); text != "" {
				list[i] = text
			}
		}
		out[c.Name] = list
	}
	dates := make([]string, len(rows))
	for i, row := range rows {
		dates[i] = row["date"].String()
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
		rows, err = s.o.Reader.DayValues(r.Context(), id, readiness.DayColumns, from, to)
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
