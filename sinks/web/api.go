package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"afterrun/readiness"
)

// maxDays bounds what one request asks for: a hundred years.
const maxDays = 36600

// reply writes JSON, or the fault as a problem object (RFC 9457).
func (s *server) reply(w http.ResponseWriter, r *http.Request, v any, err error) {
	if err != nil {
		s.fault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		s.o.Log.DebugContext(r.Context(), "answer", "err", err) // the reader has gone
	}
}

func (s *server) fault(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, readiness.ErrInvalid) {
		problem(w, http.StatusBadRequest, err.Error())
		return
	}
	s.o.Log.ErrorContext(r.Context(), "page", "path", r.URL.Path, "err", err)
	problem(w, http.StatusInternalServerError, "the stored results cannot be read; the log says why")
}

func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	body := map[string]any{"status": status, "title": http.StatusText(status), "detail": detail}
	_ = json.NewEncoder(w).Encode(body) // the reader has gone
}

// window reads ?from= and ?to=, the last 90 days without.
func (s *server) window(r *http.Request) (from, to readiness.Date, err error) {
	to = readiness.DateOf(s.o.Now()) + 1
	from = to - 91
	for name, d := range map[string]*readiness.Date{"from": &from, "to": &to} {
		text := r.URL.Query().Get(name)
		if text == "" {
			continue
		}
		if *d, err = readiness.ParseDate(text); err != nil {
			return 0, 0, fmt.Errorf("%s: %w: %w", name, err, readiness.ErrInvalid)
		}
	}
	if from > to || to-from > maxDays {
		return 0, 0, fmt.Errorf("from %s to %s: %w", from, to, readiness.ErrInvalid)
	}
	return from, to, nil
}

func athleteOf(r *http.Request) (readiness.AthleteID, error) {
	id := readiness.AthleteID(r.PathValue("athlete"))
	return id, id.Validate()
}

func (s *server) athletes(w http.ResponseWriter, r *http.Request) {
	all, err := s.o.Reader.Athletes(r.Context())
	if all == nil {
		all = []readiness.AthleteID{}
	}
	s.reply(w, r, all, err)
}

// dayJSON is a day as the API shows it: a null metric is null, with its reason
// beside it.
type dayJSON struct {
	Date    readiness.Date              `json:"date"`
	Verdict readiness.Verdict           `json:"verdict"`
	Values  map[string]any              `json:"values"`
	Reasons map[string]readiness.Reason `json:"reasons"`
}

func values(row readiness.Row, columns []readiness.Column) (map[string]any, map[string]readiness.Reason) {
	v, why := map[string]any{}, map[string]readiness.Reason{}
	for _, c := range columns {
		x, ok := row[c.Name]
		if !ok {
			continue
		}
		n, isNum := x.Float()
		switch {
		case isNum:
			v[c.Name] = n
		case x.IsNull():
			v[c.Name] = nil
			if x.Reason != "" {
				why[c.Name] = x.Reason
			}
		default:
			v[c.Name] = x.String()
		}
	}
	return v, why
}

func dayOf(d readiness.Day) dayJSON {
	v, why := values(d.Row, readiness.DayColumns)
	return dayJSON{Date: d.Date, Verdict: d.Verdict, Values: v, Reasons: why}
}

func (s *server) verdict(w http.ResponseWriter, r *http.Request) {
	id, err := athleteOf(r)
	if err != nil {
		s.fault(w, r, err)
		return
	}
	today := readiness.DateOf(s.o.Now())
	days, err := s.o.Reader.Days(r.Context(), id, today-90, today+1)
	if err != nil || len(days) == 0 {
		s.reply(w, r, nil, err)
		return
	}
	s.reply(w, r, dayOf(days[len(days)-1]), nil)
}

func (s *server) days(w http.ResponseWriter, r *http.Request) {
	id, err1 := athleteOf(r)
	from, to, err2 := s.window(r)
	if err := errors.Join(err1, err2); err != nil {
		s.fault(w, r, err)
		return
	}
	days, err := s.o.Reader.Days(r.Context(), id, from, to)
	out := []dayJSON{}
	for _, d := range days {
		out = append(out, dayOf(d))
	}
	s.reply(w, r, out, err)
}

// runJSON is a run as the API shows it.
type runJSON struct {
	ID          string                      `json:"id"`
	DuplicateOf string                      `json:"duplicate_of,omitempty"`
	File        string                      `json:"file"`
	Values      map[string]any              `json:"values"`
	Reasons     map[string]readiness.Reason `json:"reasons"`
}

func (s *server) runs(w http.ResponseWriter, r *http.Request) {
	id, err1 := athleteOf(r)
	from, to, err2 := s.window(r)
	if err := errors.Join(err1, err2); err != nil {
		s.fault(w, r, err)
		return
	}
	runs, err := s.o.Reader.Runs(r.Context(), id, from, to)
	out := []runJSON{}
	for _, x := range runs {
		v, why := values(x.Row, readiness.RunColumns)
		out = append(out, runJSON{ID: x.RunID, DuplicateOf: x.DuplicateOf, File: x.Source.File, Values: v, Reasons: why})
	}
	s.reply(w, r, out, err)
}

func (s *server) files(w http.ResponseWriter, r *http.Request) {
	id, err := athleteOf(r)
	if err != nil {
		s.fault(w, r, err)
		return
	}
	files, err := s.o.Reader.Files(r.Context(), id)
	if files == nil {
		files = []readiness.File{}
	}
	s.reply(w, r, files, err)
}
