package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"afterrun/readiness"
)

// What the page of today covers: its charts and tables, the first list of
// activities, and how long a warning stays in sight.
const (
	shownDays   = 90
	shownRuns   = 14
	shownAlerts = 14 // days
)

// todayView is the page of today.
type todayView struct {
	frame
	Day        *readiness.Day // nil = nothing known yet
	Stale      int            // days since the last stored day
	Tiles      []tile
	Gauge      []band
	Blunt      bool            // neither resting heart rate nor check-in took part
	Why        bool            // the answer can be explained in full
	Days       []readiness.Day // newest first
	Runs       runTable        // newest first
	Earlier    runTable        // those after the first few
	Estimates  string          // what the newest load rests on and nobody gave
	Alerts     []readiness.Alert
	Question   string // what the athlete alone can answer
	Noted      bool   // a check-in was just saved
	AskCheckin bool   // the morning has not been told yet
	Known      int    // files that told something, whenever
	Refused    int
	Pending    int
}

// ToTrends is the address of all that is known.
func (v todayView) ToTrends() string { return v.with("trends", url.Values{"span": {"all"}}) }

// tile is one number with what it is compared to.
type tile struct{ Name, Value, Unit, Aside string }

// runTable is a list of activities.
type runTable struct {
	frame
	Runs []readiness.RunSummary
}

func (s *server) viewToday(r *http.Request, f frame) (any, error) {
	b, err := s.borders(r.Context(), f.Athlete)
	if err != nil {
		return nil, err
	}
	v := todayView{frame: f, Gauge: gauge(b), Why: s.o.Explainer != nil, AskCheckin: s.o.Inbox != nil, Noted: r.URL.Query().Has("noted")}
	err = errors.Join(s.viewDays(r, &v), s.viewRuns(r, &v), s.viewAlerts(r, &v), s.countFiles(r, &v))
	return v, err
}

// viewDays reads the days; tomorrow counts too, for an athlete who has travelled
// east.
func (s *server) viewDays(r *http.Request, v *todayView) (err error) {
	today := s.today(v.Athlete)
	if v.Days, err = s.o.Reader.Days(r.Context(), v.Athlete, today-shownDays, today+1); err != nil || len(v.Days) == 0 {
		return err
	}
	slices.Reverse(v.Days)
	v.Day, v.Stale = &v.Days[0], int(today-v.Days[0].Date)
	v.Tiles, v.Blunt = tiles(v.Days), blunt(v.Days[0].Verdict)
	if s.o.Inbox != nil {
		v.Question = v.Day.Verdict.Question
	}
	_, rated := v.Day.Row["wellness_sum"].Float()
	v.AskCheckin = v.AskCheckin && (v.Stale > 0 || !rated)
	return nil
}

func (s *server) viewRuns(r *http.Request, v *todayView) error {
	today := s.today(v.Athlete)
	runs, err := s.o.Reader.Runs(r.Context(), v.Athlete, today-shownDays, today+1)
	slices.Reverse(runs)
	if i := slices.IndexFunc(runs, hasLoad); i >= 0 && runs[i].Row["load_quality"].String() == "low" {
		v.Estimates = estimates(runs[i].Row)
	}
	n := min(len(runs), shownRuns)
	v.Runs, v.Earlier = runTable{v.frame, runs[:n]}, runTable{v.frame, runs[n:]}
	return err
}

func hasLoad(r readiness.RunSummary) bool {
	_, ok := r.Row["load"].Float()
	return ok
}

func (s *server) viewAlerts(r *http.Request, v *todayView) (err error) {
	today := s.today(v.Athlete)
	v.Alerts, err = s.o.Reader.Alerts(r.Context(), v.Athlete, today-shownAlerts, today+1)
	slices.Reverse(v.Alerts)
	return err
}

func (s *server) countFiles(r *http.Request, v *todayView) error {
	files, err := s.o.Reader.Files(r.Context(), v.Athlete)
	for _, f := range files {
		switch f.State {
		case readiness.FileRefused:
			v.Refused++
		case readiness.FilePending:
			v.Pending++
		case readiness.FilePublished, readiness.FileCorrected:
			v.Known++
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

// tiles are the newest day's numbers in one row.
func tiles(days []readiness.Day) []tile {
	d := days[0]
	return []tile{
		{"Resting heart rate", num(d.Row, "rhr_bpm", 0), unit(d.Row, "rhr_bpm", "bpm"), against("usual", usual(d.Row), "", plainOf(d.Row, "rhr_bpm"))},
		{"Heart-rate recovery", num(d.Row, "hrr_test_bpm", 0), unit(d.Row, "hrr_test_bpm", "bpm"), against("last runs, expected", num(d.Row, "hrr_expected_bpm", 0), recoveryAge(d.Row), plainOf(d.Row, "hrr_test_bpm"))},
		{"Form", signed(d.Row, "tsb"), "", form(days)},
		{"Next hard run", nextHard(d), "", nextEasy(d)},
	}
}
