package fit

import (
	"cmp"
	"math"
	"slices"

	"github.com/muktihari/fit/profile/mesgdef"
	"github.com/muktihari/fit/profile/typedef"
	"github.com/muktihari/fit/proto"

	"afterrun/readiness"
)

// eventSleep bounds a night; the profile does not name it.
const eventSleep typedef.Event = 74

// maxReadings bounds each series: four months of a reading a minute.
const maxReadings = 180_000

// wellness collects what a watch says about days and nights.
type wellness struct {
	last     int64 // latest full or restored timestamp, unset before the first
	resting  []readiness.Reading
	resting7 []readiness.Reading
	hr       []readiness.Reading
	sleep    []readiness.Reading
	hrv      []readiness.Reading
	mass     []readiness.Reading
	person   typedef.MessageIndex // whose mass, of a scale that several stand on
	people   bool                 // several did
	beats    []float64            // ms between beats, of messages `hrv`
}

// silent reports that nothing was said.
func (w *wellness) silent() bool {
	return len(w.resting)+len(w.resting7)+len(w.hr)+len(w.hrv)+len(w.ownMass()) == 0 && !w.asleep()
}

// read takes a message that says something about days and nights.
func (w *wellness) read(c *content, m *proto.Message) {
	switch m.Num {
	case typedef.MesgNumMonitoringInfo:
		i := mesgdef.NewMonitoringInfo(m)
		c.setOffset(seconds(i.Timestamp), seconds(i.LocalTimestamp))
		w.full(m)
	case typedef.MesgNumMonitoring:
		w.monitoring(m)
	case typedef.MesgNumMonitoringHrData:
		h := mesgdef.NewMonitoringHrData(m)
		at := seconds(h.Timestamp)
		add(&w.resting, at, bpm(h.CurrentDayRestingHeartRate))
		add(&w.resting7, at, bpm(h.RestingHeartRate))
	case typedef.MesgNumSleepLevel:
		l := mesgdef.NewSleepLevel(m)
		add(&w.sleep, seconds(l.Timestamp), plain(uint32(l.SleepLevel), math.MaxUint8))
	case typedef.MesgNumEvent:
		w.event(m)
	case typedef.MesgNumHrvStatusSummary:
		h := mesgdef.NewHrvStatusSummary(m)
		add(&w.hrv, seconds(h.Timestamp), measured(scaled(uint32(h.LastNightAverage), math.MaxUint16, 128)))
	case typedef.MesgNumWeightScale:
		w.weight(mesgdef.NewWeightScale(m))
	case typedef.MesgNumHrv:
		w.intervals(mesgdef.NewHrv(m))
	}
}

// full takes note of a message's own timestamp.
func (w *wellness) full(m *proto.Message) (at int64, ok bool) {
	v := m.FieldValueByNum(proto.FieldNumTimestamp).Uint32()
	if v == math.MaxUint32 {
		return 0, false
	}
	w.last = int64(v) + epoch
	return w.last, true
}

// monitoring reads a minute. Most have the lower 16 bits of the time only,
// counted on from the timestamp before (PHYSIOLOGY §5.1).
func (w *wellness) monitoring(m *proto.Message) {
	const timestamp16, heartRate = 26, 27
	at, ok := w.full(m)
	if low := m.FieldValueByNum(timestamp16).Uint16(); !ok && low != math.MaxUint16 && w.last != unset {
		at, ok = w.last+(int64(low)-(w.last-epoch))&0xFFFF, true
		w.last = at
	}
	if ok {
		add(&w.hr, at, bpm(m.FieldValueByNum(heartRate).Uint8()))
	}
}

// event marks the bounds of a night: what lies between its end and the next one's
// beginning is no sleep.
func (w *wellness) event(m *proto.Message) {
	e := mesgdef.NewEvent(m)
	if e.Event == eventSleep {
		add(&w.sleep, seconds(e.Timestamp), -1)
	}
}

// weight reads a scale. Whose mass it is, is known only as long as one person
// stood on it.
func (w *wellness) weight(s *mesgdef.WeightScale) {
	const calculating = 65534
	kg := scaled(uint32(s.Weight), math.MaxUint16, 100)
	if s.Weight == calculating || math.IsNaN(kg) {
		return
	}
	person := s.UserProfileIndex
	w.people = w.people || len(w.mass) > 0 && person != w.person
	w.person = person
	add(&w.mass, seconds(s.Timestamp), measured(kg))
}

// ownMass returns the mass of the one person it is known of.
func (w *wellness) ownMass() []readiness.Reading {
	if w.people {
		return nil
	}
	return w.mass
}

// intervals collects the times between beats; a series too long for a recording
// at rest is not kept.
func (w *wellness) intervals(h *mesgdef.Hrv) {
	const most = 10_000
	for _, ms := range h.Time {
		if ms != math.MaxUint16 && len(w.beats) <= most {
			w.beats = append(w.beats, float64(ms))
		}
	}
}

// add appends a reading that has a time and a value.
func add(to *[]readiness.Reading, at int64, v float64) {
	if !readiness.Undated(unix(at)) && at <= math.MaxUint32 && !math.IsNaN(v) && len(*to) < maxReadings {
		*to = append(*to, readiness.Reading{At: uint32(at), Value: float32(v)})
	}
}

// bpm returns a heart rate, NaN for 0 and 255.
func bpm(v uint8) float64 { return measured(plain(uint32(v), math.MaxUint8)) }

// measured returns v, NaN for 0: watches write it for "nothing measured".
func measured(v float64) float64 {
	if v == 0 {
		return math.NaN()
	}
	return v
}

// readings returns what a part says about days and nights, nil for nothing.
func (c *content) readings() *readiness.Readings {
	w := c.wellness
	r := &readiness.Readings{
		Serial: c.device().Serial, Created: c.created, UTCOffset: c.offset, HasUTCOffset: c.hasOffset,
		Resting: w.resting, Resting7: w.resting7, HR: w.hr, Sleep: w.nights(), HRV: w.hrv, Beats: c.restBeats(), Mass: w.ownMass(),
	}
	times := r.Times()
	if len(times) == 0 {
		return nil
	}
	middle := int64(times[len(times)/2])
	n := r.Keep(func(at int64) bool { return at >= middle-maxApart && at <= middle+maxApart })
	c.warnCount(n, "readings more than a month from the others left out")
	return r
}

// asleep reports whether any stage is one of sleep: a worn watch writes that
// its wearer is awake, the whole day.
func (w *wellness) asleep() bool {
	return slices.ContainsFunc(w.sleep, func(x readiness.Reading) bool { return x.Value >= 2 && x.Value <= 4 })
}

// nights returns the stages in order of time, nil without sleep; of a stage and
// a bound at one instant the stage comes first, because it ends there.
func (w *wellness) nights() []readiness.Reading {
	if !w.asleep() {
		return nil
	}
	out := slices.Clone(w.sleep)
	slices.SortStableFunc(out, func(a, b readiness.Reading) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(b.Value, a.Value))
	})
	return out
}

// restBeats returns the beats of a recording at rest: an activity of no sport,
// or of breathing or meditating, of 1 to 20 minutes in which nobody moved and
// the heart beat less than 100 times a minute.
func (c *content) restBeats() []readiness.Reading {
	from, to, still := c.stillness()
	sum := 0.0
	for _, ms := range c.wellness.beats {
		sum += ms
	}
	if !still || to-from < 60 || to-from > 20*60 || sum < 600*float64(len(c.wellness.beats)) {
		return nil
	}
	var out []readiness.Reading
	at := float64(from)
	for _, ms := range c.wellness.beats {
		at += ms / 1000
		add(&out, int64(at), ms)
	}
	return out
}

// stillness returns first and last time of the records, and whether nobody
// moved in between.
func (c *content) stillness() (from, to int64, still bool) {
	if len(c.records) == 0 || len(c.sessions) > 1 {
		return 0, 0, false
	}
	for _, s := range c.sessions {
		if s.sport != typedef.SportGeneric && s.sport != typedef.SportMeditation && s.subSport != typedef.SubSportBreathing {
			return 0, 0, false
		}
	}
	from, to = c.records[0].time, c.records[0].time
	for _, r := range c.records {
		if r.speed > 0.5 || r.cadence > 0 || r.distance > 20 {
			return 0, 0, false
		}
		from, to = min(from, r.time), max(to, r.time)
	}
	return from, to, true
}
