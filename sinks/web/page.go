package web

import (
	"fmt"
	"html/template"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"afterrun/readiness"
)

// shownDays is how much the page's charts and list cover.
const shownDays = 90

// view is what the template shows.
type view struct {
	Athlete  readiness.AthleteID
	Athletes []readiness.AthleteID
	Today    string
	Day      *readiness.Day // nil = nothing known yet
	Stale    int            // days since the last stored day
	Runs     []readiness.RunSummary
	Alerts   []readiness.Alert
	Week     []readiness.Day // the newest seven, for readers without scripts
	Refused  int
	Pending  int
	Version  string
}

var helpers = template.FuncMap{
	"num": num, "why": why, "clock": clock, "km": km, "title": title, "upper": strings.ToUpper, "deref": func(x *float64) float64 { return *x },
	"args": func(row readiness.Row, name string) cell { return cell{row, name} },
	"when": func(r readiness.RunSummary) string { return r.Row["date"].String() },
}

// cell is one metric in a table.
type cell struct {
	Row  readiness.Row
	Name string
}

// home serves the page of one athlete: the one asked for, else the first.
func (s *server) home(w http.ResponseWriter, r *http.Request) {
	v, err := s.view(r)
	if err != nil {
		s.fault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := s.page.Execute(w, v); err != nil {
		s.o.Log.DebugContext(r.Context(), "page", "err", err) // the reader has gone
	}
}

func (s *server) view(r *http.Request) (view, error) {
	ctx := r.Context()
	today := readiness.DateOf(s.o.Now())
	v := view{Today: today.String(), Version: s.o.Version}
	var err error
	if v.Athletes, err = s.o.Reader.Athletes(ctx); err != nil || len(v.Athletes) == 0 {
		return v, err
	}
	if v.Athlete, err = choose(v.Athletes, r.URL.Query().Get("athlete")); err != nil {
		return v, err
	}
	days, err := s.o.Reader.Days(ctx, v.Athlete, today-shownDays, today+1)
	if err != nil {
		return v, err
	}
	if n := len(days); n > 0 {
		v.Day, v.Stale, v.Week = &days[n-1], int(today-days[n-1].Date), days[max(0, n-7):]
		slices.Reverse(v.Week)
	}
	if v.Runs, err = s.o.Reader.Runs(ctx, v.Athlete, today-shownDays, today+1); err != nil {
		return v, err
	}
	slices.Reverse(v.Runs)
	if v.Alerts, err = s.o.Reader.Alerts(ctx, v.Athlete, today-shownDays, today+1); err != nil {
		return v, err
	}
	slices.Reverse(v.Alerts)
	return v, s.countFiles(r, &v)
}

func choose(all []readiness.AthleteID, asked string) (readiness.AthleteID, error) {
	if asked == "" {
		return all[0], nil
	}
	if id := readiness.AthleteID(asked); slices.Contains(all, id) {
		return id, nil
	}
	return "", fmt.Errorf("no athlete of that name: %w", readiness.ErrInvalid)
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

// num prints a number of a row, "–" for null.
func num(row readiness.Row, name string, decimals int) string {
	x, ok := row[name].Float()
	if !ok {
		return "–"
	}
	return strings.Replace(fmt.Sprintf("%.*f", decimals, x), "-", "−", 1)
}

// why is the reason of a null, in words.
func why(row readiness.Row, name string) string {
	v := row[name]
	if _, ok := v.Float(); ok {
		return ""
	}
	if text, ok := reasons[v.Reason]; ok {
		return text
	}
	return strings.ReplaceAll(string(v.Reason), "_", " ")
}

// reasons say in words what a runner meets most often.
var reasons = map[readiness.Reason]string{
	"recording_stopped":    "the recording stopped with the run: keep the watch recording while you walk 3 min",
	"post_run_too_short":   "the recording after the run is too short: keep it running for 3 min",
	"not_running":          "not a run",
	"no_hr":                "no heart rate in the file",
	"hr_coverage_low":      "heart rate covers too little of the time",
	"effort_too_easy":      "the run ended too easily to compare",
	"effort_too_short":     "less than five minutes of running before the end",
	"hrmax_unknown":        "no maximal heart rate known: set hrmax or the birth date",
	"recording_too_coarse": "recorded too sparsely",
	"duplicate":            "the same run is counted from another file",
	"no_load_source":       "neither heart rate nor effort known",
	"hr_gap_at_anchor":     "a gap in the heart rate just there",
	"resumed_running":      "running went on",
}

// clock prints seconds as h:mm:ss.
func clock(row readiness.Row, name string) string {
	x, ok := row[name].Float()
	if !ok {
		return "–"
	}
	d := time.Duration(math.Round(x)) * time.Second
	if d >= time.Hour {
		return fmt.Sprintf("%d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

func km(row readiness.Row) string {
	x, ok := row["distance_m"].Float()
	if !ok {
		return "–"
	}
	return fmt.Sprintf("%.2f", x/1000)
}

// title names a run: its own title, else its sport.
func title(r readiness.RunSummary) string {
	if t := r.Row["title"].String(); t != "" {
		return t
	}
	return r.Row["sport"].String()
}
