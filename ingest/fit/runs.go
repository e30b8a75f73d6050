package fit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/muktihari/fit/profile/typedef"

	"afterrun/readiness"
)

// hidden reports a time of before the clock was set, as records have that were
// taken on the way there. Where it never was, all times are of one clock.
func (c *content) hidden(t int64) bool { return !c.undated && readiness.Undated(unix(t)) }

// runs turns a content into one run per session: the records with
// start ≤ t ≤ end (PHYSIOLOGY §0).
func (c *content) runs() ([]readiness.Run, error) {
	c.sessions = once(c.sessions)
	if err := c.dropUntimed(); err != nil {
		return c.summaries(err)
	}
	if len(c.sessions) <= 1 {
		return c.single(), nil
	}
	c.reachBack()
	c.clipEnds()
	var out []readiness.Run
	used := 0
	for k, s := range c.sessions {
		r, n := c.session(k, s)
		used += n
		switch {
		case n > 0:
			out = append(out, r)
		case c.sums(s) && !c.overlapped(k):
			out = append(out, c.summary(k, s))
			c.warn(fmt.Sprintf("session %d holds no records: %s", k, summedUp))
		default:
			c.warn(fmt.Sprintf("session %d holds no records", k))
		}
	}
	return c.finish(out, used), nil
}

// once leaves out the sessions that a recorder wrote again: of one start and one
// sport the one that ends last is kept.
func once(sessions []session) []session {
	var out []session
	for _, s := range sessions {
		i := slices.IndexFunc(out, func(o session) bool { return o.start == s.start && o.start != unset && o.sport == s.sport })
		switch {
		case i < 0:
			out = append(out, s)
		case s.end >= out[i].end:
			out[i] = s
		}
	}
	return out
}

// reachBack moves the start of a session that its own duration contradicts,
// because the watch set its clock on the way, to the records before it that no
// session holds, at most to the end of the session before: some watches say in
// each how long all of them took.
func (c *content) reachBack() {
	const slack = 60
	orphans := c.orphans()
	for k := range c.sessions {
		s := &c.sessions[k]
		from := s.end - int64(s.total.elapsed) - slack
		if s.start == unset || s.total.elapsed == 0 || from >= s.start-2*slack {
			continue
		}
		for _, o := range c.sessions {
			if o.start < s.start {
				from = max(from, o.end+1)
			}
		}
		if i, _ := slices.BinarySearch(orphans, from); i < len(orphans) && orphans[i] < s.start {
			c.warn(fmt.Sprintf("session %d began before its start %s: it lasted longer, and records lie there", k, unix(s.start).Format(time.RFC3339)))
			s.start = orphans[i]
		}
	}
}

// clipEnds ends a session where the next begins, if it says itself that it took no
// longer: some recorders stamp each with the time at which they wrote them all.
func (c *content) clipEnds() {
	const slack = 60
	for k := range c.sessions {
		s := &c.sessions[k]
		next, own := c.nextStart(*s), s.start+int64(s.total.elapsed)
		if s.start != unset && s.total.elapsed > 0 && own-slack <= next && next < s.end-slack {
			s.end = next
			c.warn(fmt.Sprintf("session %d ended before its time stamp: it was shorter, and the next one began", k))
		}
	}
}

// orphans returns the times of the records outside every session, ascending.
func (c *content) orphans() []int64 {
	spans := slices.SortedFunc(slices.Values(c.sessions), func(a, b session) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(spans); i++ {
		spans[i].end = max(spans[i].end, spans[i-1].end)
	}
	var out []int64
	for _, r := range c.records {
		// The last session that starts before the record, or with it.
		i, _ := slices.BinarySearchFunc(spans, r.time+1, func(s session, t int64) int { return cmp.Compare(s.start, t) })
		if i == 0 || spans[i-1].end < r.time {
			out = append(out, r.time)
		}
	}
	slices.Sort(out)
	return out
}

// finish counts what no session holds. Without any usable session the
// whole recording is one run.
func (c *content) finish(out []readiness.Run, used int) []readiness.Run {
	if used == 0 {
		return c.single()
	}
	if missed := len(c.records) - used; missed > 0 {
		c.warn(fmt.Sprintf("%d records lie outside every session", missed))
	}
	return out
}

// neverDated reports that neither a record nor a session knows its date.
func (c *content) neverDated() bool {
	dated := func(t int64) bool { return t != unset && !readiness.Undated(unix(t)) }
	return !slices.ContainsFunc(c.records, func(r record) bool { return dated(r.time) }) &&
		!slices.ContainsFunc(c.sessions, func(s session) bool { return dated(s.start) })
}

// dropUntimed removes the records that cannot be placed in time.
func (c *content) dropUntimed() error {
	c.undated = c.neverDated()
	if len(c.records) == 0 {
		return fmt.Errorf("the activity holds no samples: %w", readiness.ErrIgnored)
	}
	kept := c.records[:0]
	untimed, old := 0, 0
	for _, r := range c.records {
		switch {
		case r.time == unset:
			untimed++
		case c.hidden(r.time):
			old++
		default:
			kept = append(kept, r)
		}
	}
	c.records = kept
	switch {
	case len(kept) == 0 && old > 0:
		return fmt.Errorf("every record is dated before 2000, but its session is not: %w", readiness.ErrInvalid)
	case len(kept) == 0:
		return fmt.Errorf("no record has a time: %w", readiness.ErrInvalid)
	}
	c.warnCount(untimed, "records without a time left out")
	c.warnCount(old, "records dated before 2000 left out (the watch's clock was not set)")
	c.dropStrays()
	return nil
}

// maxApart is how far a record may be from the middle of its recording, in s:
// a watch forgotten for a month is real, a record years away is not, and a run
// that long would cost everyone behind the reader its seconds.
const maxApart = 31 * 24 * 3600

// dropStrays removes records that are impossibly far from the median one.
func (c *content) dropStrays() {
	times := make([]int64, len(c.records))
	for i, r := range c.records {
		times[i] = r.time
	}
	slices.Sort(times)
	middle := times[len(times)/2]
	n := len(c.records)
	c.records = slices.DeleteFunc(c.records, func(r record) bool {
		return r.time > middle+maxApart || r.time < middle-maxApart
	})
	c.warnCount(n-len(c.records), "records more than a month from the others left out")
}

func (c *content) warnCount(n int, what string) {
	if n > 0 {
		c.warn(fmt.Sprintf("%d %s", n, what))
	}
}

// single is the run of a file with one session or none.
func (c *content) single() []readiness.Run {
	s := session{start: unset, end: unset, sport: typedef.SportInvalid, subSport: typedef.SubSportInvalid}
	if len(c.sessions) == 1 {
		s = c.sessions[0]
	}
	r := c.run(s, c.records, math.MinInt64, math.MaxInt64, math.MaxInt64)
	r.Part = -1
	return []readiness.Run{r}
}

// session is the run of session k of several, and the number of its records.
func (c *content) session(k int, s session) (readiness.Run, int) {
	var mine []record
	for _, r := range c.records {
		if s.start != unset && s.start <= r.time && r.time <= s.end {
			mine = append(mine, r)
		}
	}
	if len(mine) == 0 {
		return readiness.Run{}, 0
	}
	r := c.run(s, mine, s.start, s.end, c.nextStart(s))
	r.Part = k
	rebase(r.Distance, c.distanceBefore(s.start))
	return r, len(mine)
}

// distanceBefore returns the largest distance recorded before a time: watches
// count on through the sessions of a file.
func (c *content) distanceBefore(t int64) float64 {
	d := 0.0
	for _, r := range c.records {
		if r.time < t && r.distance > d {
			d = r.distance
		}
	}
	return d
}

// rebase makes a session's distance start at its own start. A session that
// counts from zero again is left alone.
func rebase(distance []float64, before float64) {
	low := math.Inf(1)
	for _, d := range distance {
		low = math.Min(low, orInf(d))
	}
	if before == 0 || low < before {
		return
	}
	for i, d := range distance {
		distance[i] = math.Round((d-before)*100) / 100
	}
}

func orInf(v float64) float64 {
	if math.IsNaN(v) {
		return math.Inf(1)
	}
	return v
}

// nextStart returns the start of the session after s: a recovery marker comes
// two minutes after the end of its session.
func (c *content) nextStart(s session) int64 {
	next := int64(math.MaxInt64)
	for _, o := range c.sessions {
		if o.start > s.start && o.start < next {
			next = o.start
		}
	}
	return next
}

// run builds one run from its records; from and to bound its events and laps,
// next its recovery markers.
func (c *content) run(s session, records []record, from, to, next int64) readiness.Run {
	first := records[0].time
	s = c.withSport(s)
	r := readiness.Run{
		Sport: sportName(s.sport), SubSport: subSportName(s.subSport), Format: "fit",
		Start: unix(first), First: unix(first),
		UTCOffset: c.offset, HasUTCOffset: c.hasOffset,
		Device: c.device(), HRSource: c.hrSource(), Limits: c.limits,
	}
	switch {
	case s.start == unset:
	case startFits(s.start, records):
		r.Start = unix(s.start)
	default:
		c.warn(fmt.Sprintf("the session's start %s does not fit its records; the first record's time is used", unix(s.start).Format(time.RFC3339)))
	}
	columns(&r, records)
	c.addEvents(&r, first, from, to, next)
	n := len(r.TimerEvents)
	r.TimerEvents = dropFalseStops(r.TimerEvents, s.total.timer-r.First.Sub(r.Start).Seconds(), slices.Max(r.T))
	c.warnCount(n-len(r.TimerEvents), "stops of the timer left out: no start follows, and the session's timer ran on")
	c.addLaps(&r, first, from, to)
	return r
}

// withSport gives a session without a sport, as crashed recordings have it,
// that of the sport message, else of the laps, else FIT's "generic": an unknown
// sport is never taken for running.
func (c *content) withSport(s session) session {
	switch {
	case s.sport != typedef.SportInvalid:
	case c.sport != typedef.SportInvalid:
		s.sport, s.subSport = c.sport, c.subSport
	case c.lapSport != typedef.SportInvalid:
		s.sport = c.lapSport
	default:
		s.sport = typedef.SportGeneric
	}
	return s
}

// startFits reports whether a session's start can belong to its records: not
// after the last, at most a day before the first.
func startFits(start int64, records []record) bool {
	first, last := records[0].time, records[0].time
	for _, r := range records {
		first, last = min(first, r.time), max(last, r.time)
	}
	return start <= last && start >= first-24*3600
}

// addEvents adds the timer's starts and stops, and the recovery markers.
func (c *content) addEvents(r *readiness.Run, first, from, to, next int64) {
	for _, e := range c.events {
		if e.time == unset || c.hidden(e.time) || e.time < from {
			continue
		}
		switch {
		case e.event == typedef.EventTimer && e.time <= to:
			if stop, ok := timerChange(e.kind); ok {
				r.TimerEvents = append(r.TimerEvents, readiness.TimerEvent{T: since(e.time, first), Stop: stop})
			}
		case e.event == typedef.EventRecoveryHr && e.time < next && e.data != math.MaxUint32:
			r.RecoveryHR = append(r.RecoveryHR, readiness.Marker{T: since(e.time, first), Value: float64(e.data)})
		}
	}
}

// addLaps adds the laps that start in [from, to). A lap without a start begins
// where the one before it ended.
func (c *content) addLaps(r *readiness.Run, first, from, to int64) {
	last := r.Start.Unix()
	for _, l := range c.laps {
		if l.start == unset {
			l.start = last
		}
		if l.end == unset || l.end < l.start || c.hidden(l.start) || l.start < from || l.start >= to {
			continue
		}
		r.Laps = append(r.Laps, readiness.Lap{From: since(l.start, first), To: since(l.end, first), Distance: l.distance})
		last = l.end
	}
}

// timerChange tells a stop from a start; ok is false for other event types.
func timerChange(k typedef.EventType) (stop, ok bool) {
	switch k {
	case typedef.EventTypeStart:
		return false, true
	case typedef.EventTypeStop, typedef.EventTypeStopAll, typedef.EventTypeStopDisable, typedef.EventTypeStopDisableAll:
		return true, true
	}
	return false, false
}

// columns spreads the records over the run's columns; a column without any
// value stays nil.
func columns(r *readiness.Run, records []record) {
	r.T = make([]float64, len(records))
	for i := range records {
		r.T[i] = since(records[i].time, records[0].time)
	}
	r.HR = column(records, func(x *record) float64 { return x.hr })
	r.Speed = column(records, func(x *record) float64 { return x.speed })
	r.Distance = column(records, func(x *record) float64 { return x.distance })
	r.Cadence = column(records, func(x *record) float64 { return x.cadence })
	r.Altitude = column(records, func(x *record) float64 { return x.altitude })
	r.Lat = column(records, func(x *record) float64 { return position(x.lat, x.lon) })
	r.Lon = column(records, func(x *record) float64 { return position(x.lon, x.lat) })
	r.Power = column(records, func(x *record) float64 { return x.watt })
}

// position returns a coordinate, NaN when the other one is missing or the
// position is 0,0: what recorders write before they have found a satellite.
func position(v, other float64) float64 {
	if math.IsNaN(other) || v == 0 && other == 0 {
		return math.NaN()
	}
	return v
}

func column(records []record, get func(*record) float64) []float64 {
	var out []float64
	for i := range records {
		v := get(&records[i])
		if math.IsNaN(v) && out == nil {
			continue
		}
		if out == nil {
			out = missing(len(records))
		}
		out[i] = v
	}
	return out
}

func missing(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

// hrSource applies PHYSIOLOGY §1: a heart-rate sensor (device type 120) that is
// not the watch itself is a chest strap; the watch's own wrist sensor (local
// device type 10) is optical.
func (c *content) hrSource() string {
	const antHeartRate, localWristHR = 120, 10
	source := "unknown"
	for _, d := range c.devices {
		local := d.source == typedef.SourceTypeLocal
		if d.kind == antHeartRate && !local {
			return "chest"
		}
		if d.kind == localWristHR && local {
			source = "optical"
		}
	}
	return source
}

// device names the recorder by file_id; a serial number that is missing there
// is taken from the creator's device_info.
func (c *content) device() readiness.Device {
	d := readiness.Device{Product: c.productName}
	if c.manufacturer != typedef.ManufacturerInvalid {
		d.Manufacturer = named(c.manufacturer.String(), int(c.manufacturer))
	}
	if d.Product == "" && c.product != math.MaxUint16 {
		d.Product = productName(c.manufacturer, c.product)
	}
	serial := c.serial
	for i := 0; i < len(c.devices) && !serialSet(serial); i++ {
		if c.devices[i].index == 0 {
			serial = c.devices[i].serial
		}
	}
	if serialSet(serial) {
		d.Serial = strconv.FormatUint(uint64(serial), 10)
	}
	return d
}

func serialSet(s uint32) bool { return s != 0 && s != math.MaxUint32 }

func productName(m typedef.Manufacturer, p uint16) string {
	if m == typedef.ManufacturerGarmin || m == typedef.ManufacturerDynastream || m == typedef.ManufacturerDynastreamOem {
		return named(typedef.GarminProduct(p).String(), int(p))
	}
	return strconv.Itoa(int(p))
}

func sportName(s typedef.Sport) string { return named(s.String(), int(s)) }

func subSportName(s typedef.SubSport) string {
	if s == typedef.SubSportInvalid {
		return ""
	}
	return named(s.String(), int(s))
}

// named returns the profile's name of a number; a number the profile does not
// know stays a number.
func named(name string, n int) string {
	if strings.HasSuffix(name, ")") {
		return strconv.Itoa(n)
	}
	return name
}

func unix(s int64) time.Time { return time.Unix(s, 0).UTC() }

func since(t, first int64) float64 { return float64(t - first) }
