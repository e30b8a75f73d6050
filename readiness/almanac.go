package readiness

import (
	"math"

	"afterrun/readiness/physio"
)

// almanac holds every daily series of an assessment and walks the days.
type almanac struct {
	f        *facts
	from, to Date
	rules    physio.Rules
	judged   Judged

	rhr       []*track // by source, in the order of rhrSources
	shownRHR  *track
	badRHR    *track   // days with a value out of range only
	hrv       []*track // by source, ln ms
	shownHRV  *track   // ms
	badHRV    *track   // days with a misread recording at rest
	sleep     *track   // h
	sleepFrom map[Date]string
	sum       *track // of the five ratings
	wellness  *track // own grade
	mass      *track

	load     loadDays
	running  runDays
	recovery recoverySeries
	hrex     hrexSeries
	ef       []efRun
	lines    lineCache
}

// The sources of a resting heart rate and of HRV, in order of precedence (§5.1,
// §10).
var (
	rhrSources = []string{"manual", "device_day", "overnight_nadir"}
	hrvSources = []string{"device", "manual", "rr"}
)

func newAlmanac(f *facts, to Date, rules physio.Rules) *almanac {
	a := &almanac{f: f, from: f.first, to: to, rules: rules, judged: Judged{rules.Version(), string(rules.PMC.Alpha)}, sleepFrom: map[Date]string{}, lines: lineCache{now: map[string]physio.HRexLine{}}}
	blank := func() *track { return newTrack(a.from, a.to) }
	for range rhrSources {
		a.rhr = append(a.rhr, blank())
	}
	for range hrvSources {
		a.hrv = append(a.hrv, blank())
	}
	a.shownRHR, a.badRHR, a.shownHRV, a.badHRV, a.sleep = blank(), blank(), blank(), blank(), blank()
	a.sum, a.wellness, a.mass = blank(), blank(), blank()
	a.readDevices()
	for d := range f.checkins {
		a.readCheckIn(d)
	}
	for d := a.from; d <= a.to; d++ {
		a.choose(d)
	}
	return a
}

// readDevices reads what watches and the exports of their makers know of
// mornings.
func (a *almanac) readDevices() {
	slept := newTrack(a.from, a.to)
	makers := a.f.makers()
	for _, v := range a.f.wellness {
		w := v.event.Wellness
		series, maker := w.origin()
		value := func(name string) (float64, bool) {
			x, ok := w.Values[name]
			return x, ok && makers[claim{w.Date, seriesOf(series, name), name}] == maker
		}
		if h, ok := value("sleep_h"); ok {
			slept.add(w.Date, h)
		}
		if ms, ok := value("hrv_rmssd_ms"); ok && ms > 0 {
			a.hrv[hrvRank(series)].set(w.Date, math.Log(ms))
		}
		if w.Values[misread] > 0 {
			a.badHRV.set(w.Date, 1)
		}
		if bpm, ok := value("rhr_bpm"); ok {
			a.readRHR(w.Date, series, bpm)
		}
		if kg, ok := value("body_mass_kg"); ok {
			a.mass.set(w.Date, kg)
		}
	}
	for d := a.from; d <= a.to; d++ {
		if h := slept.at(d); h.ok {
			if h.v, h.ok = physio.DeviceSleep(h.v); h.ok {
				a.sleep.set(d, h.v)
				a.sleepFrom[d] = "device"
			}
		}
	}
}

func hrvRank(series string) int {
	switch series {
	case "rr", "rest_recording":
		return 2
	case "manual":
		return 1
	}
	return 0
}

func (a *almanac) readRHR(d Date, source string, bpm float64) {
	if !plausibleRHR(bpm) {
		a.badRHR.set(d, bpm)
		return
	}
	for i, name := range rhrSources {
		if name == source {
			a.rhr[i].set(d, bpm)
		}
	}
}

// ratings are the five of the wellness sum (§12).
var ratings = []string{"fatigue", "soreness", "stress", "mood", "sleep_quality"}

// readCheckIn reads the morning part of a check-in.
func (a *almanac) readCheckIn(d Date) {
	if bpm := a.f.checkinNumber(d, "rhr_bpm"); bpm.ok {
		a.readRHR(d, "manual", bpm.v)
	}
	if ms := a.f.checkinNumber(d, "hrv_rmssd_ms"); ms.ok && ms.v > 0 {
		a.hrv[1].set(d, math.Log(ms.v))
	}
	if h := a.f.checkinNumber(d, "sleep_h"); h.ok && !a.sleep.at(d).ok {
		a.sleep.set(d, h.v)
		a.sleepFrom[d] = "checkin"
	}
	if kg := a.f.checkinNumber(d, "body_mass_kg"); kg.ok {
		a.mass.set(d, kg.v)
	}
	total := 0.0
	for _, name := range ratings {
		v := a.f.checkinNumber(d, name)
		if !v.ok {
			return
		}
		total += v.v
	}
	a.sum.set(d, total)
}

// choose takes the value shown on a day by precedence and grades its check-in.
// Days come in order.
func (a *almanac) choose(d Date) {
	for i := len(rhrSources) - 1; i >= 0; i-- {
		if v := a.rhr[i].at(d); v.ok {
			a.shownRHR.set(d, v.v)
		}
	}
	for i := len(hrvSources) - 1; i >= 0; i-- {
		if v := a.hrv[i].at(d); v.ok {
			a.shownHRV.set(d, math.Exp(v.v))
		}
	}
	if v := a.sum.at(d); v.ok {
		a.wellness.set(d, physio.WellnessG(v.v, a.sum.window(d-28, d-1)))
	}
}

// restingMedian returns the median of the daily resting heart rates of
// d−27..d and their number (§6).
func (a *almanac) restingMedian(d Date) (float64, int) {
	x := a.shownRHR.window(d-27, d)
	m, _ := physio.Median(x)
	return m, len(x)
}

// prepare derives the series that rest on the runs' metrics.
func (a *almanac) prepare() {
	a.load = newLoadDays(a.f, a.to, a.rules.PMC)
	a.running = newRunDays(a.f, a.to)
	a.recovery = newRecoverySeries(a.f.sessions)
	a.hrex = newHRexSeries(a.f.sessions)
	a.ef = efRuns(a.f.sessions)
	a.compareRuns()
}
