package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"afterrun/readiness"
	"afterrun/readiness/physio"
)

// trendsView shows months and years.
type trendsView struct {
	frame
	First, Last readiness.Date
	Span        string
	Spans       []span
	Pictures    []picture
	Weeks       []week // newest first
	Earlier     []week // those after the first half year
}

// shownWeeks bounds the first table of weeks.
const shownWeeks = 26

// span is a stretch of time to look at, in days up to today.
type span struct {
	Name, Label string
	days        readiness.Date
}

var spans = []span{{"6w", "6 weeks", 42}, {"6m", "6 months", 183}, {"1y", "1 year", 365}, {"3y", "3 years", 1096}, {"all", "all", maxDays - 1}}

// picture is a chart that page.js draws.
type picture struct{ ID, Title, Note string }

var pictures = []picture{
	{"rhr", "Resting heart rate", "beats per minute, with your usual range; a raised day has a dot"},
	{"hrr", "Heart-rate recovery", "beats lost after a run; more is a faster recovery; the lines join runs that compare"},
	{"load", "Fitness, fatigue, form", "load per day: fitness (42 days) and fatigue (7 days) at the end of the day; form, their difference as the day began"},
	{"distance", "Distance in seven days", "kilometres; the dashed line is 10 % more than the seven days before"},
	{"hrv", "Heart-rate variability", "rMSSD in milliseconds, and the mean of seven days"},
	{"sleep", "Sleep", "hours, and the mean of seven nights"},
	{"hrex", "Heart rate at your usual pace", "beats per minute in easy runs, against expected; less is fitter"},
	{"monotony", "Monotony", "mean load of seven days by its spread; above 2 the days are too much alike"},
}

// scorePicture tells where the bands begin.
func scorePicture(b physio.Borders) picture {
	return picture{"score", "Score", fmt.Sprintf("readiness of 0-100; below %g rest, from %g easy, from %g steady, from %g ready", b.Easy, b.Easy, b.Steady, b.Ready)}
}

// week sums a week from Monday to Sunday.
type week struct {
	Monday                                           readiness.Date
	Runs                                             int
	Kilometres, Load, Score, RHR, Sleep              string
	metres, load, measured, loadDays, days           float64 // runs with a distance, days with a load, all days
	score, rhr, sleep, scoreDays, rhrDays, sleepDays float64
}

func (s *server) viewTrends(r *http.Request, f frame) (any, error) {
	b, err := s.borders(r.Context(), f.Athlete)
	if err != nil {
		return nil, err
	}
	v := trendsView{frame: f, Span: r.URL.Query().Get("span"), Spans: spans, Pictures: slices.Concat([]picture{scorePicture(b)}, pictures), Last: s.today(f.Athlete) + 1}
	if v.Span == "" {
		v.Span = "6m"
	}
	i := slices.IndexFunc(spans, func(x span) bool { return x.Name == v.Span })
	if i < 0 {
		return nil, fmt.Errorf("span %.20q: want 6w, 6m, 1y, 3y or all: %w", v.Span, readiness.ErrInvalid)
	}
	v.First = v.Last - spans[i].days
	days, err1 := s.o.Reader.DayValues(r.Context(), f.Athlete, weekOfDays, v.First, v.Last)
	runs, err2 := s.o.Reader.RunValues(r.Context(), f.Athlete, weekOfRuns, v.First, v.Last)
	if len(days) > 0 {
		v.First = rowDate(days[0]) // all begins where the data begin
	}
	v.Weeks = weeks(days, runs)
	n := min(len(v.Weeks), shownWeeks)
	v.Weeks, v.Earlier = v.Weeks[:n], v.Weeks[n:]
	return v, errors.Join(err1, err2)
}

// OfSpan is the address of another stretch of time.
func (v trendsView) OfSpan(name string) string {
	return v.with("trends", url.Values{"span": {name}})
}

// Table is the address of the numbers as CSV.
func (v trendsView) Table() string {
	return fmt.Sprintf("api/v1/athletes/%s/days.csv?from=%s&to=%s", v.Athlete, v.First, v.Last)
}

func monday(d readiness.Date) readiness.Date { return d - ((d+3)%7+7)%7 } // day 0 was a Thursday

// weeks sums days and runs by week, newest first.
func weeks(days, runs []readiness.Row) []week {
	var out []week
	at := map[readiness.Date]int{}
	for _, d := range days {
		m := monday(rowDate(d))
		if _, ok := at[m]; !ok {
			at[m] = len(out)
			out = append(out, week{Monday: m})
		}
		out[at[m]].addDay(d)
	}
	for _, r := range runs {
		if i, ok := at[monday(rowDate(r))]; ok && r["sport"].String() == "running" {
			out[i].addRun(r)
		}
	}
	for i := range out {
		out[i].print()
	}
	slices.Reverse(out)
	return out
}

// What a week sums: of its days, and of its runs.
var (
	weekOfDays = named(readiness.DayColumns, "readiness", "rhr_bpm", "sleep_h", "daily_load")
	weekOfRuns = named(readiness.RunColumns, "sport", "distance_m")
)

func named(all []readiness.Column, names ...string) []readiness.Column {
	return slices.DeleteFunc(slices.Clone(all), func(c readiness.Column) bool { return !slices.Contains(names, c.Name) })
}

// rowDate is the date that every row of values has.
func rowDate(row readiness.Row) readiness.Date {
	d, err := readiness.ParseDate(row["date"].String())
	if err != nil {
		return 0
	}
	return d
}

func (w *week) addRun(row readiness.Row) {
	w.Runs++
	if x, ok := row["distance_m"].Float(); ok {
		w.metres, w.measured = w.metres+x, w.measured+1
	}
}

func (w *week) addDay(row readiness.Row) {
	w.days++
	for _, m := range []struct {
		name   string
		sum, n *float64
	}{{"readiness", &w.score, &w.scoreDays}, {"rhr_bpm", &w.rhr, &w.rhrDays}, {"sleep_h", &w.sleep, &w.sleepDays}, {"daily_load", &w.load, &w.loadDays}} {
		if x, ok := row[m.name].Float(); ok {
			*m.sum, *m.n = *m.sum+x, *m.n+1
		}
	}
}

func (w *week) print() {
	mean := func(sum, n float64, decimals int) string {
		if n == 0 {
			return unknown
		}
		return fixed(sum/n, decimals)
	}
	w.Kilometres, w.Load = unknown, unknown
	if w.Runs == 0 || w.measured > 0 {
		w.Kilometres = fixed(w.metres/1000, 1)
	}
	if w.loadDays == w.days { // without a day's, the sum is not known
		w.Load = fixed(w.load, 0)
	}
	w.Score, w.RHR, w.Sleep = mean(w.score, w.scoreDays, 0), mean(w.rhr, w.rhrDays, 0), mean(w.sleep, w.sleepDays, 1)
}
