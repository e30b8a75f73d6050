package readiness

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"afterrun/readiness/physio"
)

// dated is what the wellness of a history says of dates in a zone.
type dated struct {
	zone string
	all  []*version
}

// daily returns every wellness record of a date. Ten years of readings take a
// quarter of a second, so it is done again only when they or the zone changed.
func (h *History) daily(zone *time.Location) []*version {
	if h.dated == nil || h.dated.zone != zone.String() {
		all := h.winners(KindWellness)
		h.dated = &dated{zone.String(), append(withoutReadings(all), nights(all, zone)...)}
	}
	return slices.Clone(h.dated.all)
}

// forget drops what was found when a wellness record comes or goes.
func (h *History) forget(k Kind) {
	if k == KindWellness {
		h.dated = nil
	}
}

// nights dates and merges the readings of watches: one record per local date
// and source. Files of one watch overlap and cut nights in two, so all readings
// are taken together, in an order that their content decides.
func nights(all []*version, zone *time.Location) []*version {
	files := readingsOf(all)
	if len(files) == 0 {
		return nil
	}
	b := book{zone: zone, values: map[page]float64{}}
	b.lastOfDay(files, page{source: "device_day", name: "rhr_bpm"}, func(r *Readings) []Reading { return r.Resting })
	b.lastOfDay(files, page{source: "device", name: "hrv_rmssd_ms"}, func(r *Readings) []Reading { return r.HRV })
	b.lastOfDay(files, page{source: "device", name: "body_mass_kg"}, func(r *Readings) []Reading { return r.Mass })
	b.restRecordings(files)
	b.nadirs(files)
	b.sleeps(files)
	return b.versions()
}

// readingsOf returns the readings in canonical order, the later file last: by
// the watch's own time of the file, then by its last reading, then by content.
func readingsOf(all []*version) []*Readings {
	type file struct {
		r      *Readings
		last   uint32
		digest string
	}
	var files []file
	for _, v := range all {
		if r := v.event.Wellness.Readings; r != nil {
			files = append(files, file{r, r.last(), v.event.Digest})
		}
	}
	slices.SortFunc(files, func(a, b file) int {
		return cmp.Or(cmp.Compare(a.r.Created, b.r.Created), cmp.Compare(a.last, b.last), cmp.Compare(a.digest, b.digest))
	})
	out := make([]*Readings, len(files))
	for i, f := range files {
		out[i] = f.r
	}
	return out
}

func withoutReadings(all []*version) []*version {
	return slices.DeleteFunc(slices.Clone(all), func(v *version) bool { return v.event.Wellness.Readings != nil })
}

// book collects the values of dates.
type book struct {
	zone   *time.Location
	values map[page]float64
}

// page is what a value is of.
type page struct {
	date         Date
	source, name string
}

func (b *book) put(p page, v float64) {
	if p.date >= earliest && p.date < latest {
		b.values[p] = v
	}
}

// local returns the seconds of the wall clock at an instant: by the offset of
// the file, else by the athlete's zone.
func (b *book) local(r *Readings, at uint32) int64 {
	if r.HasUTCOffset {
		return int64(at) + int64(r.UTCOffset)
	}
	_, offset := time.Unix(int64(at), 0).In(b.zone).Zone()
	return int64(at) + int64(offset)
}

const secondsOfDay = 86400

// dateOfWall returns the civil date of wall-clock seconds.
func dateOfWall(s int64) Date {
	if s < 0 {
		return Date((s - secondsOfDay + 1) / secondsOfDay)
	}
	return Date(s / secondsOfDay)
}

// lastOfDay keeps the last reading of every date.
func (b *book) lastOfDay(files []*Readings, p page, series func(*Readings) []Reading) {
	last := map[Date]Reading{}
	for _, r := range files {
		for _, x := range series(r) {
			if d := dateOfWall(b.local(r, x.At)); x.At >= last[d].At {
				last[d] = x
			}
		}
	}
	for d, x := range last {
		p.date = d
		b.put(p, float64(x.Value))
	}
}

// misread marks a date with a recording at rest of which too many beats were
// misread.
const misread = "rr_artefacts"

// restRecordings reads recordings of beats at rest (§10); the last one of a
// date counts.
func (b *book) restRecordings(files []*Readings) {
	last := map[Date]uint32{}
	for _, r := range files {
		if len(r.Beats) == 0 {
			continue
		}
		rr := make([]float64, len(r.Beats))
		for i, x := range r.Beats {
			rr[i] = float64(x.Value)
		}
		at := r.Beats[0].At
		d := dateOfWall(b.local(r, at))
		switch ms, why := physio.RMSSD(rr); {
		case why == "" && at >= last[d]:
			last[d] = at
			b.put(page{d, "rr", "hrv_rmssd_ms"}, ms)
		case why == misread:
			b.put(page{d, "rr", misread}, 1)
		}
	}
}

// The night of a date begins at 22:00 the day before and ends at 09:00 (§5.1).
const (
	nightFrom = 22 * 3600
	nightTo   = 9 * 3600
)

// nadirs finds the overnight nadir of every night. Of readings of one instant
// the later file's, and in a file the later one, replaces the earlier.
func (b *book) nadirs(files []*Readings) {
	byNight := map[Date][]Reading{}
	for _, r := range files {
		b.splitNights(r, byNight)
	}
	byTime := func(a, b Reading) int { return cmp.Compare(a.At, b.At) }
	for d, readings := range byNight {
		if !slices.IsSortedFunc(readings, byTime) {
			slices.SortStableFunc(readings, byTime)
		}
		if bpm, ok := physio.OvernightNadir(columnsOf(readings)); ok {
			b.put(page{d, "overnight_nadir", "rhr_bpm"}, bpm)
		}
	}
}

// splitNights adds the plausible readings of a file to their nights, stretch by
// stretch.
func (b *book) splitNights(r *Readings, byNight map[Date][]Reading) {
	var night Date
	from := -1
	for i := 0; i <= len(r.HR); i++ {
		d, ok := Date(0), false
		if i < len(r.HR) && r.HR[i].Value >= 30 && r.HR[i].Value <= 230 {
			d, ok = nightOfWall(b.local(r, r.HR[i].At))
		}
		if from >= 0 && (!ok || d != night) {
			byNight[night] = append(byNight[night], r.HR[from:i]...)
			from = -1
		}
		if ok && from < 0 {
			night, from = d, i
		}
	}
}

// nightOfWall returns the date on which a wall-clock time of the night is woken
// up from.
func nightOfWall(s int64) (Date, bool) {
	d := dateOfWall(s)
	switch clock := s - int64(d)*secondsOfDay; {
	case clock >= nightFrom:
		return d + 1, true
	case clock <= nightTo:
		return d, true
	}
	return 0, false
}

// columnsOf returns times since the first reading and values.
func columnsOf(readings []Reading) (t, v []float64) {
	t, v = make([]float64, len(readings)), make([]float64, len(readings))
	for i, x := range readings {
		t[i], v[i] = float64(x.At-readings[0].At), float64(x.Value)
	}
	return t, v
}

// How far apart two stretches of one sleep may be, s: those of one night of one
// file, and those of files, between which the watch was read.
const (
	maxAwake = 3 * 3600
	maxCut   = 600
)

// asleep is a stretch of sleep, Unix s. Two of the same night have one number;
// the file says which clock it is on.
type asleep struct {
	from, to uint32
	night    int
	file     *Readings
}

// continues reports whether the same sleep goes on with the stretch after.
func (s asleep) continues(after asleep) bool {
	gap := int64(after.from) - int64(s.to)
	return gap <= maxCut || s.night == after.night && gap < maxAwake
}

// sleeps sums light, deep and REM sleep by the date on which each sleep ended
// (§11). What two files say of the same time counts once.
func (b *book) sleeps(files []*Readings) {
	all := stretches(files)
	var hours float64
	for i, s := range all {
		hours += float64(s.to-s.from) / 3600
		if i+1 < len(all) && s.continues(all[i+1]) {
			continue
		}
		p := page{dateOfWall(b.local(s.file, s.to)), "device", "sleep_h"}
		b.put(p, b.values[p]+hours)
		hours = 0
	}
}

// stretches returns the stages asleep of all files, ascending, without overlap.
func stretches(files []*Readings) []asleep {
	var all []asleep
	night := 0
	for _, r := range files {
		night++
		for i := 1; i < len(r.Sleep); i++ {
			from, to, stage := r.Sleep[i-1].At, r.Sleep[i].At, r.Sleep[i].Value
			switch {
			case stage < 0:
				night++
			case stage >= 2 && stage <= 4 && from < to:
				all = append(all, asleep{from, to, night, r})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b asleep) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	return withoutOverlap(all)
}

// withoutOverlap cuts from every stretch what those before it cover.
func withoutOverlap(all []asleep) []asleep {
	out, end := all[:0], uint32(0)
	for _, s := range all {
		s.from = max(s.from, end)
		if s.from < s.to {
			out, end = append(out, s), s.to
		}
	}
	return out
}

// versions returns the values as records of dates, whose digest is of what
// counts: a file that changes nothing changes no day.
func (b *book) versions() []*version {
	records := map[page]*Wellness{}
	for p, v := range b.values {
		key := page{p.date, p.source, ""}
		if records[key] == nil {
			records[key] = &Wellness{Date: p.date, Source: p.source, Values: map[string]float64{}}
		}
		records[key].Values[p.name] = v
	}
	out := make([]*version, 0, len(records))
	for _, key := range slices.SortedFunc(maps.Keys(records), comparePages) {
		e := Event{Kind: KindWellness, Key: "watch_" + key.source + "_" + key.date.String(), Wellness: records[key]}
		e.Digest = e.ContentDigest()
		out = append(out, &version{event: e})
	}
	return out
}

func comparePages(a, b page) int {
	return cmp.Or(cmp.Compare(a.date, b.date), cmp.Compare(a.source, b.source))
}
