package readiness

import (
	"cmp"
	"slices"
	"time"
)

// facts is a history read in canonical order: what counts, by date.
type facts struct {
	profile     *Profile
	zone        *time.Location
	sessions    []*session          // by start, then key; duplicates marked
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
	for _, v := range h.winners(KindRun) {
		s := newSession(v, f.zone)
		f.sessions = append(f.sessions, s)
		f.seen(s.date)
	}
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
	return plausibleRHR(rhr) || sleep >= 1 && sleep <= 16 || w.Values["hrv_rmssd_ms"] > 0
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
