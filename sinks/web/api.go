package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"afterrun/readiness"
)

// maxDays bounds what one request asks for: a hundred years.
const maxDays = 36600

// reply writes JSON, or the fault as a problem object (RFC 9457).
func (s *server) reply(w http.ResponseWriter, r *http.Request, v any, err error) {
	var body bytes.Buffer
	if err == nil {
		err = json.NewEncoder(&body).Encode(v)
	}
	if err != nil {
		s.fault(w, r, err)
		return
	}
	tagged(w, r, "application/json; charset=utf-8", body.Bytes())
}

// tagged writes an answer that its reader may keep and ask about again: what
// has not changed is said in a few bytes.
func tagged(w http.ResponseWriter, r *http.Request, media string, body []byte) {
	head := w.Header()
	head.Set("Content-Type", media)
	head.Set("Cache-Control", "private, no-cache")
	head.Set("ETag", tagOf(body))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return fmt.Sprintf(`"%x"`, sum[:12])
}

// errUnknown says that nothing is stored under the name of an athlete or run.
var errUnknown = errors.New("nothing is stored under that name")

func (s *server) fault(w http.ResponseWriter, r *http.Request, err error) {
	status := s.status(r, err)
	if status == http.StatusInternalServerError {
		problem(w, status, "the stored results cannot be read; the log says why")
		return
	}
	problem(w, status, plainError(err))
}

// status is the answer to a fault; what is ours to mend goes to the log, not to
// the reader.
func (s *server) status(r *http.Request, err error) int {
	_, large := errors.AsType[tooLarge](err)
	switch {
	case errors.Is(err, errUnknown):
		return http.StatusNotFound
	case errors.Is(err, errBusy):
		return http.StatusServiceUnavailable
	case large:
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, readiness.ErrInvalid):
		return http.StatusBadRequest
	}
	s.o.Log.ErrorContext(r.Context(), "page", "path", r.URL.Path, "err", err)
	return http.StatusInternalServerError
}

func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	body := map[string]any{"status": status, "title": http.StatusText(status), "detail": detail}
	_ = json.NewEncoder(w).Encode(body) // the reader has gone
}

// window reads ?from= and ?to=, both included; without, the last 90 days (to
// tomorrow, for an athlete who has travelled east).
func (s *server) window(r *http.Request, id readiness.AthleteID) (from, to readiness.Date, err error) {
	query := r.URL.Query()
	if to, err = date("to", query.Get("to"), s.today(id)+1); err != nil {
		return 0, 0, err
	}
	if from, err = date("from", query.Get("from"), to-shownDays-1); err != nil {
		return 0, 0, err
	}
	if from > to || to-from > maxDays {
		return 0, 0, fmt.Errorf("from %s to %s: want from before to, at most %d days apart: %w", from, to, maxDays, readiness.ErrInvalid)
	}
	return from, to, nil
}

func date(name, text string, otherwise readiness.Date) (readiness.Date, error) {
	if text == "" {
		return otherwise, nil
	}
	d, err := readiness.ParseDate(text)
	if err != nil {
		return 0, fmt.Errorf("%s: want YYYY-MM-DD: %w", name, readiness.ErrInvalid)
	}
	return d, nil
}

// today is the date where the athlete lives.
func (s *server) today(id readiness.AthleteID) readiness.Date {
	if s.o.Today == nil {
		return readiness.DateOf(s.o.Now())
	}
	return s.o.Today(id)
}

// athlete is the one the path names, if they are known: by what is stored or by
// the configuration.
func (s *server) athlete(r *http.Request) (readiness.AthleteID, error) {
	all, err := s.o.Reader.Athletes(r.Context())
	if err != nil {
		return "", err
	}
	id := readiness.AthleteID(r.PathValue("athlete"))
	if slices.Contains(s.people(all), id) || id == s.o.Newcomer && id != "" {
		return id, nil
	}
	return "", errUnknown
}

// request reads what days and runs are asked for.
func (s *server) request(r *http.Request) (id readiness.AthleteID, from, to readiness.Date, err error) {
	if id, err = s.athlete(r); err != nil {
		return "", 0, 0, err
	}
	from, to, err = s.window(r, id)
	return id, from, to, err
}

// openAPI serves the description of this API.
func (s *server) openAPI(w http.ResponseWriter, r *http.Request) {
	text, err := assets.ReadFile("openapi.json")
	if err != nil {
		s.fault(w, r, err)
		return
	}
	tagged(w, r, "application/json; charset=utf-8", text)
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
	id, err := s.athlete(r)
	if err != nil {
		s.fault(w, r, err)
		return
	}
	today := s.today(id)
	days, err := s.o.Reader.Days(r.Context(), id, today-shownDays, today+1)
	if err != nil || len(days) == 0 {
		s.reply(w, r, nil, err)
		return
	}
	s.reply(w, r, dayOf(days[len(days)-1]), nil)
}

func (s *server) days(w http.ResponseWriter, r *http.Request) {
	id, from, to, err := s.request(r)
	if err != nil {
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
	Date        readiness.Date              `json:"date"`
	Start       time.Time                   `json:"start"`
	DuplicateOf string                      `json:"duplicate_of,omitempty"`
	File        string                      `json:"file"`
	Values      map[string]any              `json:"values"`
	Reasons     map[string]readiness.Reason `json:"reasons"`
}

func (s *server) runs(w http.ResponseWriter, r *http.Request) {
	id, from, to, err := s.request(r)
	if err != nil {
		s.fault(w, r, err)
		return
	}
	runs, err := s.o.Reader.Runs(r.Context(), id, from, to)
	out := []runJSON{}
	for _, x := range runs {
		v, why := values(x.Row, readiness.RunColumns)
		out = append(out, runJSON{ID: x.RunID, Date: dateOf(x), Start: x.Trace.Start.UTC(), DuplicateOf: x.DuplicateOf, File: x.Source.File, Values: v, Reasons: why})
	}
	s.reply(w, r, out, err)
}

func (s *server) files(w http.ResponseWriter, r *http.Request) {
	id, err := s.athlete(r)
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
