package readiness

import (
	"slices"

	"afterrun/readiness/physio"
)

// window is a run's recovery window: no hard run on days whole dates (§15).
type window struct {
	date, easy, hard Date
	days             int
	run, kind        string // run id and type
}

// windows are those of all runs so far.
type windows struct {
	some       bool
	easy, hard Date     // the latest of all
	open       []window // those that may still run
}

func (w *windows) add(x window) {
	w.easy, w.hard = max(w.easy, x.easy), max(w.hard, x.hard)
	if !w.some {
		w.easy, w.hard = x.easy, x.hard
	}
	w.some = true
	w.open = append(w.open, x)
}

// grade returns the window term of §13.1 on the morning of d and its window.
func (w *windows) grade(d Date) (maybe, *window) {
	last := w.running(d)
	if last == nil {
		return maybe{}, nil
	}
	g, ok := physio.WindowG(int(last.hard-d), last.days)
	return maybe{g, ok}, last
}

// running is the window that holds on the morning of d: of several the one that
// ends last, ties the longer.
func (w *windows) running(d Date) (last *window) {
	w.open = slices.DeleteFunc(slices.Clone(w.open), func(x window) bool { return d >= x.hard })
	for i := range w.open {
		x := &w.open[i]
		if x.days >= 1 && x.date < d && (last == nil || x.hard > last.hard || x.hard == last.hard && x.days > last.days) {
			last = x
		}
	}
	return last
}

// fill writes the day's next dates, at least d; two days more while the athlete
// is under-recovered.
func (w *windows) fill(d Date, under bool, row Row) {
	if !w.some {
		row["next_easy_after"], row["next_hard_after"] = Null("no_run"), Null("no_run")
		return
	}
	row["next_easy_after"] = Text(max(w.easy, d).String())
	row["next_hard_after"] = Text(w.nextHard(d, under).String())
}

func (w *windows) nextHard(d Date, under bool) Date {
	if under {
		return max(w.hard, d+2)
	}
	return max(w.hard, d)
}

// openWindows classifies the runs of the day and opens their windows, given the
// readiness of their morning.
func (a *almanac) openWindows(m *morning, w *walk) {
	for _, s := range a.f.byDate[m.d] {
		t := physio.ClassifyRun(s.typeFacts(a.running.longestBefore(m.d)))
		s.row["run_type"] = Text(t.Name)
		a.openWindow(m, w, s, t)
		a.card(m, s, t)
	}
}

func (a *almanac) openWindow(m *morning, w *walk, s *session, t physio.RunType) {
	switch {
	case !t.Window:
		s.noWindow("not_running")
		return
	case Undated(s.trace.First): // nobody knows its next day
		s.noWindow("load_history_short")
		return
	}
	n := t.WindowDays(m.score.ptr())
	if t.Exemptible() && s.wasEasy(a.load.chronicBefore(m.d)) {
		n = 0
	}
	x := window{date: m.d, days: n, easy: m.d + Date(t.NextEasy(n)), hard: m.d + Date(physio.NextHard(n)), run: s.id, kind: t.Name}
	s.row["window_days"] = Num(float64(n))
	s.row["next_easy_after"], s.row["next_hard_after"] = Text(x.easy.String()), Text(x.hard.String())
	w.windows.add(x)
}

func (s *session) noWindow(r Reason) {
	for _, name := range []string{"window_days", "next_easy_after", "next_hard_after"} {
		s.row[name] = Null(r)
	}
}

// chronicBefore returns the chronic load of the day before d where it is shown.
func (l *loadDays) chronicBefore(d Date) maybe {
	i, ok := l.index(d)
	if !ok || i < physio.SeedDays || l.knownFrom > i-1 {
		return maybe{}
	}
	return known(l.ctl[i-1])
}

// typeFacts gathers what the type of a run depends on.
func (s *session) typeFacts(longest maybe) physio.RunFacts {
	moving := s.row.number("moving_s")
	if s.trace.Coarse || s.forgotten() {
		moving = maybe{}
	}
	return physio.RunFacts{
		OtherSport: s.trace.Sport != "running", NotRunning: s.trace.NotRunning,
		Distance: s.row.number("distance_m").ptr(), MovingS: moving.ptr(), Longest30: longest.ptr(),
		Hard: s.hard(), Race: s.race(), Title: s.trace.Title,
	}
}

func (s *session) race() bool {
	for _, tag := range s.trace.Tags {
		if tag == "race" {
			return true
		}
	}
	return physio.HasWord(s.trace.Title, "race")
}

// hard reports a hard session (§15): times at heart rate need coverage.
func (s *session) hard() bool {
	lthr, coverage := s.params.LTHR, s.row.number("hr_coverage")
	var vt2, near maybe
	if bpm, ok := lthr.Float(); ok && coverage.ok && coverage.v >= 0.80 && !s.forgotten() {
		vt2, near = known(s.secondsAtLeast(bpm)), known(s.secondsAtLeast(0.95*bpm))
	}
	return physio.IsHard(vt2.ptr(), near.ptr(), s.timer(), s.row.number("hrss").ptr())
}

// wasEasy reports the easy run of a daily runner: no event, no window.
func (s *session) wasEasy(chronic maybe) bool {
	bpm, ok := s.params.LTHR.Float()
	if !ok || !chronic.ok || !s.load.ok || s.load.v > 1.2*chronic.v {
		return false
	}
	covered := s.secondsAtLeast(0)
	below := covered - s.secondsAtLeast(physio.VT1Share*bpm)
	return covered > 0 && below >= 0.80*covered
}
