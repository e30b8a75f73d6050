package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"afterrun/readiness"
)

// What the page covers: its charts and tables, the first list of activities,
// and how long a warning stays in sight.
const (
	shownDays   = 90
	shownRuns   = 14
	shownAlerts = 14 // days
)

// view is what the template shows.
type view struct {
	Athlete  readiness.AthleteID
	Athletes []readiness.AthleteID
	Day      *readiness.Day // nil = nothing known yet
	Stale    int            // days since the last stored day
	Tiles    []tile
	Blunt    bool                   // neither resting heart rate nor check-in took part
	Days     []readiness.Day        // newest first
	Runs     []readiness.RunSummary // newest first
	Earlier  []readiness.RunSummary // those after the first few
	Alerts   []readiness.Alert
	Refused  int
	Pending  int
	Version  string

	Sorry  string // "" = nothing went wrong
	Advice string
}

// tile is one number of today with what it is compared to.
type tile struct{ Name, Value, Unit, Aside string }

// home serves the page of one athlete: the one asked for, else the first.
func (s *server) home(w http.ResponseWriter, r *http.Request) {
	v, err := s.view(r)
	status := http.StatusOK
	if err != nil {
		status = s.status(r, err)
		v = view{Version: s.o.Version, Sorry: "The results cannot be read", Advice: "The program's log says why."}
	}
	if errors.Is(err, errUnknown) {
		v.Sorry, v.Advice = "No such athlete", "Nothing is stored under that name."
	}
	var page bytes.Buffer // a fault half way must not leave half a page
	if err := s.page.Execute(&page, v); err != nil {
		s.fault(w, r, fmt.Errorf("fill the page: %w", err))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if _, err := page.WriteTo(w); err != nil {
		s.o.Log.DebugContext(r.Context(), "page", "err", err) // the reader has gone
	}
}

func (s *server) view(r *http.Request) (view, error) {
	v := view{Version: s.o.Version}
	var err error
	if v.Athletes, err = s.o.Reader.Athletes(r.Context()); err != nil || len(v.Athletes) == 0 {
		return v, err
	}
	if v.Athlete, err = choose(v.Athletes, r.URL.Query().Get("athlete")); err != nil {
		return v, err
	}
	return v, errors.Join(s.viewDays(r, &v), s.viewRuns(r, &v), s.viewAlerts(r, &v), s.countFiles(r, &v))
}

func choose(all []readiness.AthleteID, asked string) (readiness.AthleteID, error) {
	if asked == "" {
		return all[0], nil
	}
	if id := readiness.AthleteID(asked); slices.Contains(all, id) {
		return id, nil
	}
	return "", errUnknown
}

// viewDays reads the days; tomorrow counts too, for an athlete east of here.
func (s *server) viewDays(r *http.Request, v *view) (err error) {
	today := s.today()
	if v.Days, err = s.o.Reader.Days(r.Context(), v.Athlete, today-shownDays, today+1); err != nil || len(v.Days) == 0 {
		return err
	}
	slices.Reverse(v.Days)
	v.Day, v.Stale = &v.Days[0], int(today-v.Days[0].Date)
	v.Tiles, v.Blunt = tiles(v.Days[0]), blunt(v.Days[0].Verdict)
	return nil
}

func (s *server) viewRuns(r *http.Request, v *view) error {
	today := s.today()
	runs, err := s.o.Reader.Runs(r.Context(), v.Athlete, today-shownDays, today+1)
	slices.Reverse(runs)
	n := min(len(runs), shownRuns)
	v.Runs, v.Earlier = runs[:n], runs[n:]
	return err
}

func (s *server) viewAlerts(r *http.Request, v *view) (err error) {
	today := s.today()
	v.Alerts, err = s.o.Reader.Alerts(r.Context(), v.Athlete, today-shownAlerts, today+1)
	slices.Reverse(v.Alerts)
	return err
}

func (s *server) countFiles(r *http.Request, v *view) error {
	files, err := s.o.Reader.Files(r.Context(), v.Athlete)
	for _, f := range files {
		switch f.State {
		case readiness.FileRefused:
			v.Refused++
		case readiness.FilePending:
			v.Pending++
		}
	}
	return err
}

// blunt reports a verdict without the two signals that sharpen it most.
func blunt(v readiness.Verdict) bool {
	lacks := func(name string) bool {
		return slices.ContainsFunc(v.Missing, func(l readiness.Lack) bool { return l.Component == name })
	}
	return lacks("rhr") && lacks("wellness")
}

// tiles are the day's numbers in one row.
func tiles(d readiness.Day) []tile {
	return []tile{
		{"Resting heart rate", num(d.Row, "rhr_bpm", 0), unit(d.Row, "rhr_bpm", "bpm"), against("usual", usual(d.Row), "", plainOf(d.Row, "rhr_bpm"))},
		{"Heart-rate recovery", num(d.Row, "hrr_test_bpm", 0), unit(d.Row, "hrr_test_bpm", "bpm"), against("expected", num(d.Row, "hrr_expected_bpm", 0), recoveryAge(d.Row), plainOf(d.Row, "hrr_test_bpm"))},
		{"Form", signed(d.Row, "tsb"), "", form(d.Row)},
		{"Next hard run", nextHard(d), "", "easy running: " + next(d, "next_easy_after")},
	}
}
