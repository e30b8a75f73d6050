package readiness

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// facts is a history read in canonical order: what counts, by date.
type facts struct {
	profile     *Profile
	zone        *time.Location
	sessions    []*session          // by start, then key; duplicates marked
	undated     []*session          // by start, then key; of no date, so not among the others
	byDate      map[Date][]*session // those that count, by start
	checkins    map[Date]*version
	runParts    []*version // run parts of check-ins, the date's before the single runs'
	wellness    []*version // by date, then key
	first, last Date
	any         bool // there is a datum
	data        map[Date]bool
}

func (h *History) facts() *facts {
	f := &facts{profile: h.profile(), checkins: map[Date]*version{}, byDate: map[Date][]*session{}, data: map[Date]bool{}}
	f.zone = f.profile.Location()
	rulings := h.rulings()
	for _, v := range h.winners(KindRun) {
		s := newSession(v, f.zone)
		if Undated(s.trace.First) {
			f.undated = append(f.undated, s)
			continue
		}
		s.ruling = rulings[s.key]
		f.sessions = append(f.sessions, s)
		f.seen(s.date)
	}
	slices.SortFunc(f.undated, byStart)
	slices.SortFunc(f.sessions, byStart)
	markDuplicates(f.sessions)
	for _, s := range f.sessions {
		if s.duplicateOf == "" {
			f.byDate[s.date] = append(f.byDate[s.date], s)
		}
	}
	f.readCheckIns(h.winners(KindCheckIn))
	f.readWellness(h.daily(f.zone))
	return f
}

// byStart is the canonical order of runs.
func byStart(a, b *session) int {
	return cmp.Or(a.trace.Start.Compare(b.trace.Start), cmp.Compare(a.id, b.id), cmp.Compare(a.key, b.key))
}

func (f *facts) seen(d Date) {
	if !f.any {
		f.first, f.last, f.any = d, d, true
	}
	f.first, f.last = min(f.first, d), max(f.last, d)
	f.data[d] = true
}

// readCheckIns keeps one day part per date, the last, and orders the run parts.
func (f *facts) readCheckIns(all []*version) {
	for _, v := range all {
		c := v.event.CheckIn
		f.seen(c.Date)
		if c.Part == PartRun {
			f.runParts = append(f.runParts, v)
			continue
		}
		if old := f.checkins[c.Date]; old == nil || v.beats(old) {
			f.checkins[c.Date] = v
		}
	}
	slices.SortFunc(f.runParts, func(a, b *version) int {
		x, y := a.event.CheckIn, b.event.CheckIn
		return cmp.Or(
			cmp.Compare(min(len(x.Run), 1), min(len(y.Run), 1)),
			cmp.Compare(x.Date, y.Date), cmp.Compare(x.Order, y.Order), cmp.Compare(a.event.Digest, b.event.Digest),
		)
	})
}

func (f *facts) readWellness(all []*version) {
	slices.SortStableFunc(all, func(a, b *version) int {
		return cmp.Compare(a.event.Wellness.Date, b.event.Wellness.Date)
	})
	for _, v := range all {
		if w := v.event.Wellness; w.tells() {
			f.seen(w.Date)
		}
	}
	f.wellness = all
}

// tells reports whether the record has a value that can be true.
func (w *Wellness) tells() bool {
	rhr, sleep := w.Values["rhr_bpm"], w.Values["sleep_h"]
	return plausibleRHR(rhr) || sleep >= 1 && sleep <= 16 || w.Values["hrv_rmssd_ms"] > 0 || w.Values["body_mass_kg"] > 0
}

// origin splits the source of a record, "device_day:fitbit", into the series it
// belongs to and the maker whose export says so; "" is the watch's own file.
func (w *Wellness) origin() (series, maker string) {
	series, maker, _ = strings.Cut(w.Source, ":")
	return series, maker
}

// claim is a value of a date that several makers may know.
type claim struct {
	date         Date
	series, name string
}

// seriesOf is the series of a value: sleep has one only.
func seriesOf(series, name string) string {
	if name == "sleep_h" {
		return ""
	}
	return series
}

// makers says whose value counts: that of the watch's own files, else that of the
// first maker by name. So a night that two exports know is slept once.
func (f *facts) makers() map[claim]string {
	best := map[claim]string{}
	for _, v := range f.wellness {
		w := v.event.Wellness
		series, maker := w.origin()
		for name := range w.Values {
			at := claim{w.Date, seriesOf(series, name), name}
			if old, ok := best[at]; !ok || maker < old {
				best[at] = maker
			}
		}
	}
	return best
}

func plausibleRHR(bpm float64) bool { return bpm >= 30 && bpm <= 110 }

// checkin returns the day part of a date, nil without one.
func (f *facts) checkin(d Date) *CheckIn {
	if v := f.checkins[d]; v != nil {
		return v.event.CheckIn
	}
	return nil
}

// checkinNumber returns a number of a date's check-in within the column's range.
func (f *facts) checkinNumber(d Date, name string) maybe { return f.checkin(d).number(name) }

func (c *CheckIn) number(name string) maybe {
	if c == nil {
		return maybe{}
	}
	v, ok := c.Numbers[name]
	if !ok {
		return maybe{}
	}
	for _, col := range CheckInColumns {
		if col.Name == name {
			return maybe{v, v >= col.Min && v <= col.Max}
		}
	}
	return maybe{}
}

// flag reports whether a 0/1 column of a check-in is set.
func (c *CheckIn) flag(name string) bool { return c.number(name).v > 0 }
