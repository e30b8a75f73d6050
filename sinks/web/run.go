package web

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"

	"afterrun/readiness"
)

// runView is the page of one run.
type runView struct {
	frame
	Run        readiness.RunSummary
	Original   string                 // id of the run that counts instead, "" = this one counts
	Twins      []readiness.RunSummary // other recordings of it, which do not count
	Tiles      []tile
	HasCourse  bool // the samples are at hand
	Motions    []motion
	Recovery   []figure
	WhyMissing string // why there is no one-minute recovery
	Loads      []figure
	Estimates  string // what the load rests on and nobody gave
	Zones      []zone
	Splits     []split
	Card       []readiness.Advice
}

// figure is a named number, or the reason why there is none.
type figure struct{ Name, Value, Why string }

// motion is how long the athlete did something.
type motion struct{ Name, Class, Time string }

// zone is the time in one range of heart rates.
type zone struct {
	Name, Range, Time string
	Percent           float64 // of the time with heart rate
}

// split is one kilometre, or what was left at the end.
type split struct{ Distance, Time, Pace, HR string }

func (s *server) viewRun(r *http.Request, f frame) (any, error) {
	id := r.URL.Query().Get("id")
	runs, err := s.o.Reader.RunsNamed(r.Context(), f.Athlete, id)
	if err != nil {
		return nil, err
	}
	v := runView{frame: f}
	if v.Run, err = runOf(runs, id); err != nil {
		return nil, err
	}
	v.Original = v.Run.DuplicateOf
	for _, x := range runs {
		if x.DuplicateOf == v.Run.RunID {
			v.Twins = append(v.Twins, x)
		}
	}
	row := v.Run.Row
	v.Tiles, v.Recovery, v.Loads, v.Card = runTiles(row), recoveryFigures(row), loadFigures(row), readiness.CardAdvice(v.Run)
	v.Estimates = estimates(row)
	v.WhyMissing = whyMissing(row["hrr60_bpm"].Reason)
	for i := range v.Recovery {
		if v.Recovery[i].Why == plain(row["hrr60_bpm"].Reason) {
			v.Recovery[i].Why = "" // said once, above
		}
	}
	return v, s.addCourse(r.Context(), &v)
}

// addCourse adds what needs the samples; without them the page does without.
func (s *server) addCourse(ctx context.Context, v *runView) error {
	c, err := s.course(ctx, v.Athlete, v.Run)
	if err != nil || c == nil {
		return err
	}
	v.HasCourse, v.Motions, v.Splits = true, motions(c), splits(c)
	if hrmax, ok := v.Run.Row["hrmax_bpm"].Float(); ok && hrmax > 0 {
		v.Zones = zones(c, hrmax)
	}
	return nil
}

// course is the run second by second; nil when its samples are not at hand.
func (s *server) course(ctx context.Context, athlete readiness.AthleteID, r readiness.RunSummary) (*readiness.Course, error) {
	if s.o.Samples == nil {
		return nil, nil
	}
	c, err := s.o.Samples.Course(ctx, athlete, r.Key)
	if errors.Is(err, readiness.ErrInvalid) {
		return nil, nil // deleted since, or of another version
	}
	return c, err
}

func runOf(runs []readiness.RunSummary, id string) (readiness.RunSummary, error) {
	for _, r := range runs {
		if r.RunID == id {
			return r, nil
		}
	}
	return readiness.RunSummary{}, errUnknown
}

// whyMissing says why there is no one-minute recovery, and what to do next time
// where that helps and the reason does not say so itself.
func whyMissing(r readiness.Reason) string {
	text := plain(r)
	if r == "post_run_too_short" {
		text += ": keep the watch recording while you walk for three minutes after the run"
	}
	return text
}

func runTiles(row readiness.Row) []tile {
	return []tile{
		{"Distance", km(row), unit(row, "distance_m", "km"), running(row)},
		{"Time", clock(row, "timer_s"), "", moving(row)},
		{"Pace", pace(row), unit(row, "run_distance_m", "/km"), pacing(row)},
		{"Heart rate", num(row, "avg_hr_bpm", 0), unit(row, "avg_hr_bpm", "bpm"), highest(row)},
	}
}

// moving is the time in motion; seconds are counted, so that it can be one more
// than the time of the watch.
func moving(row readiness.Row) string {
	timer, ok1 := row["timer_s"].Float()
	moved, ok2 := row["moving_s"].Float()
	switch {
	case !ok2:
		return ""
	case ok1 && moved >= timer-1:
		return "all of it moving"
	}
	return "moving " + clock(row, "moving_s")
}

// running is how far of it was run, where that is known.
func running(row readiness.Row) string {
	x, ok := row["run_distance_m"].Float()
	if !ok {
		return ""
	}
	return fmt.Sprintf("running %.2f km", x/1000)
}

func pacing(row readiness.Row) string {
	if pace(row) == unknown {
		return ""
	}
	return "while running"
}

func highest(row readiness.Row) string {
	if why := plainOf(row, "max_hr_bpm"); why != "" {
		return why
	}
	return "highest " + num(row, "max_hr_bpm", 0)
}

func figures(row readiness.Row, all []struct{ name, column, unit string }) []figure {
	var out []figure
	for _, f := range all {
		value := num(row, f.column, 0)
		if value != unknown && f.unit != "" {
			value += " " + f.unit
		}
		out = append(out, figure{f.name, value, plain(row[f.column].Reason)})
	}
	return out
}

// recoveryFigures are the points of the recovery after the effort.
func recoveryFigures(row readiness.Row) []figure {
	return figures(row, []struct{ name, column, unit string }{
		{"At the end of the effort", "hr_end_bpm", "bpm"},
		{"Fallen after 30 s", "hrr30_bpm", "bpm"},
		{"Fallen after 1 min", "hrr60_bpm", "bpm"},
		{"Fallen after 2 min", "hrr120_bpm", "bpm"},
		{"Fallen after 3 min", "hrr180_bpm", "bpm"},
		{"Time constant of the fitted curve", "hrr_tau_s", "s"},
		{"Fallen after 2 min, by the watch", "hrr120_device_bpm", "bpm"},
		{"Fallen in pauses of the timer", "hrr60_pause_bpm", "bpm"},
	})
}

func loadFigures(row readiness.Row) []figure {
	return figures(row, []struct{ name, column, unit string }{
		{"Load that counts", "load", ""},
		{"By heart rate (HRSS)", "hrss", ""},
		{"By speed (rTSS)", "rtss", ""},
		{"By your rating (sRPE)", "srpe_load", ""},
		{"TRIMP after Banister", "trimp_banister", ""},
		{"TRIMP after Edwards", "trimp_edwards", ""},
		{"TRIMP after Lucia", "trimp_lucia", ""},
		{"Decoupling: speed for the same heart rate lost in the second half", "pa_hr_decoupling_pct", "%"},
	})
}

// estimates names the athlete's own numbers that nobody gave (PHYSIOLOGY §6).
func estimates(row readiness.Row) string {
	var named []string
	for _, p := range []struct{ column, name string }{{"hrmax", "maximum heart rate"}, {"hrrest", "resting heart rate"}, {"lthr", "heart rate at the threshold"}} {
		if row[p.column+"_source"].String() == "estimate" {
			named = append(named, p.name+" "+num(row, p.column+"_bpm", 0)+" bpm")
		}
	}
	return strings.Join(named, ", ")
}

// motions sums what the athlete did.
func motions(c *readiness.Course) []motion {
	seconds := map[string]int{}
	for _, m := range c.Motion {
		seconds[m]++
	}
	var out []motion
	for _, m := range []motion{{"Running", "run", ""}, {"Walking", "walk", ""}, {"Standing", "stand", ""}, {"Timer paused", "pause", ""}} {
		if n := seconds[m.Class]; n > 0 {
			m.Time = hms(float64(n))
			out = append(out, m)
		}
	}
	return out
}

// zoneNames are the five zones of Edwards (1993), by tenths of HRmax, and what
// lies below.
var zoneNames = []string{"Below zone 1", "Zone 1", "Zone 2", "Zone 3", "Zone 4", "Zone 5"}

func zones(c *readiness.Course, hrmax float64) []zone {
	var seconds [6]float64
	all := 0.0
	for g, bpm := range c.HR {
		if bpm != nil && c.Motion[g] != "pause" {
			seconds[min(5, max(0, int(math.Floor(10*(*bpm)/hrmax))-4))]++
			all++
		}
	}
	if all == 0 {
		return nil
	}
	var out []zone
	for i, n := range seconds {
		z := zone{zoneNames[i], fmt.Sprintf("%.0f–%.0f", hrmax*float64(i+4)/10, hrmax*float64(i+5)/10), hms(n), 100 * n / all}
		switch i {
		case 0:
			z.Range = fmt.Sprintf("under %.0f", hrmax/2)
		case 5:
			z.Range = fmt.Sprintf("over %.0f", hrmax*0.9)
		}
		out = append(out, z)
	}
	return out
}

// splits cuts the course into kilometres of recorded distance; pauses do not
// count as time.
func splits(c *readiness.Course) []split {
	var out []split
	var now lap
	for g, d := range c.Distance {
		if d == nil {
			continue
		}
		before := now.to
		now.add(c, g)
		if over := *d - now.from - 1000; over >= 0 {
			out = append(out, now.cut(over, *d-before))
		}
	}
	if now.started && now.to-now.from >= 100 {
		out = append(out, now.split(now.to))
	}
	return out
}

// lap is a kilometre under way.
type lap struct {
	started    bool
	from, to   float64 // m
	seconds    float64
	beats, hrN float64
}

func (l *lap) add(c *readiness.Course, g int) {
	l.to = *c.Distance[g]
	if c.Motion[g] == "pause" {
		return
	}
	switch {
	case !l.started:
		l.started, l.from = true, l.to
	case c.Motion[g-1] != "pause":
		l.seconds++
	}
	if bpm := c.HR[g]; bpm != nil {
		l.beats, l.hrN = l.beats+*bpm, l.hrN+1
	}
}

// cut ends the lap at the kilometre, which was passed within the last second,
// and begins the next; over is the way since, of the step of that second.
func (l *lap) cut(over, step float64) split {
	end, rest := l.to-over, 0.0
	if step > 0 && over < step {
		rest = over / step
	} else {
		end = l.to // a jump
	}
	l.seconds -= rest
	done := l.split(end)
	*l = lap{started: true, from: end, to: l.to, seconds: rest}
	return done
}

func (l *lap) split(to float64) split {
	s := split{Distance: fmt.Sprintf("%.2f", (to-l.from)/1000), Time: hms(l.seconds), Pace: unknown, HR: unknown}
	if l.seconds > 0 && to > l.from {
		s.Pace = hms(1000 * l.seconds / (to - l.from))
	}
	if l.hrN > 0 {
		s.HR = fmt.Sprintf("%.0f", l.beats/l.hrN)
	}
	return s
}

// coursePoints bounds the points of a picture.
const coursePoints = 3000

// courseJSON is the course of a run for a picture: every step-th second, and
// the recovery second by second.
type courseJSON struct {
	Start    string         `json:"start"`  // of second 0, UTC
	Step     int            `json:"step_s"` // s between the points
	HR       []*float64     `json:"hr_bpm"`
	Motion   []string       `json:"motion"` // run, walk, stand, pause or ""
	Recovery *recoveryCurve `json:"recovery"`
}

// recoveryCurve is the heart rate around the end of the effort.
type recoveryCurve struct {
	From int            `json:"from_s"` // second of the first value; the effort ends at second 0
	HR   []*float64     `json:"hr_bpm"` // one value a second
	Fit  *recoveryDecay `json:"fit"`    // null = no curve fits
}

// recoveryDecay is inf_bpm + amp_bpm·e^(−t/tau_s).
type recoveryDecay struct {
	Tau float64 `json:"tau_s"`
	Inf float64 `json:"inf_bpm"`
	Amp float64 `json:"amp_bpm"`
}

func (s *server) courseOfRun(w http.ResponseWriter, r *http.Request) {
	id, err := s.athlete(r)
	if err != nil {
		s.fault(w, r, err)
		return
	}
	runs, err := s.o.Reader.RunsNamed(r.Context(), id, r.PathValue("run"))
	var run readiness.RunSummary
	if err == nil {
		run, err = runOf(runs, r.PathValue("run"))
	}
	var c *readiness.Course
	if err == nil {
		c, err = s.course(r.Context(), id, run)
	}
	if err == nil && c == nil {
		err = errUnknown
	}
	if err != nil {
		s.fault(w, r, err)
		return
	}
	s.reply(w, r, thinned(c, run.Row), nil)
}

func thinned(c *readiness.Course, row readiness.Row) courseJSON {
	out := courseJSON{Start: c.Start.Format("2006-01-02T15:04:05Z"), Step: len(c.HR)/coursePoints + 1, Recovery: curve(c, row)}
	for g := 0; g < len(c.HR); g += out.Step {
		out.HR, out.Motion = append(out.HR, c.HR[g]), append(out.Motion, c.Motion[g])
	}
	return out
}

// curve cuts out a minute before and five after the end of the effort.
func curve(c *readiness.Course, row readiness.Row) *recoveryCurve {
	end, ok := row["effort_end_s"].Float()
	if !ok || end < 0 || int(end) >= len(c.HR) {
		return nil
	}
	te := int(end)
	from, to := max(0, te-60), min(len(c.HR), te+301)
	r := &recoveryCurve{From: from - te, HR: c.HR[from:to]}
	tau, ok1 := row["hrr_tau_s"].Float()
	inf, ok2 := row["hrr_hr_inf"].Float()
	amp, ok3 := row["hrr_amp"].Float()
	if ok1 && ok2 && ok3 {
		r.Fit = &recoveryDecay{tau, inf, amp}
	}
	return r
}
