package readiness

import (
	"fmt"
	"math"

	"afterrun/readiness/physio"
)

// recoveryTimes are the seconds after the effort's end at which the fall of the
// heart rate is read (§4.1).
var recoveryTimes = []int{30, 60, 120, 180}

// recovery fills the heart-rate recovery columns (§4.1-4.3).
func (m *measurement) recovery() {
	end, reason := m.endHeartRate()
	m.row["hr_end_bpm"] = Null(reason)
	if end != nil {
		m.row["hr_end_bpm"] = Num(*end).With(m.recoveryQuality(), "", 0)
	}
	m.drops(end, reason)
	m.t30(reason)
	m.mode()
	m.device()
}

// from is where recovery is read from: the effort's end, or the begin of the
// jog that ends it.
func (m *measurement) from() int { return m.te - m.jog }

// tail is why a recording that ends too early does.
func (m *measurement) tail() string {
	if m.kind == physio.EndRecordingStopped {
		return "recording_stopped"
	}
	return "post_run_too_short"
}

func (m *measurement) recoveryQuality() Quality {
	if m.p.HRMax.Source == "estimate" {
		return Low
	}
	return Good
}

// endHeartRate runs the tests of §4.1 up to effort_too_easy. The heart rate at
// the end is known also when the effort was too easy to compare.
func (m *measurement) endHeartRate() (end *float64, reason Reason) {
	if m.t.Sport != "running" || m.t.NotRunning {
		return nil, "not_running"
	}
	if none(m.hr) {
		return nil, "no_hr"
	}
	if m.teReason != "" {
		return nil, m.teReason
	}
	if m.grid.CountRunning(m.from()-900, m.from()) < 300 {
		return nil, "effort_too_short"
	}
	hrmax, ok := m.p.HRMax.Float()
	if !ok {
		return nil, "hrmax_unknown"
	}
	bpm, why := m.signal().Anchor(m.endAnchor())
	if why != "" {
		return nil, Reason(why)
	}
	if bpm < 0.70*hrmax {
		return &bpm, "effort_too_easy"
	}
	return &bpm, ""
}

// endAnchor is the last second of the end's anchor: te, but te is one second
// after the last running sample, so a recording or timer that stops there leaves
// the last whole second with data.
func (m *measurement) endAnchor() float64 {
	te := float64(m.from())
	last := m.lastUntil(te)
	stopped := false
	for _, p := range m.pauses {
		stopped = stopped || p.From >= te-1 && p.From <= te
	}
	if m.last() < te || stopped {
		return math.Floor(last)
	}
	return te
}

// lastUntil is the time of the last record at or before at.
func (m *measurement) lastUntil(at float64) float64 {
	last := 0.0
	for _, t := range m.tape.t {
		if t > at {
			break
		}
		last = t
	}
	return last
}

func (m *measurement) drops(end *float64, reason Reason) {
	for _, after := range recoveryTimes {
		name := fmt.Sprintf("hrr%d_bpm", after)
		m.row[name] = Null(reason)
		if after == 60 {
			m.row["hr_60s_post_bpm"] = Null(reason)
		}
		if reason == "" {
			m.drop(name, *end, after)
		}
	}
}

func (m *measurement) drop(name string, end float64, after int) {
	te := float64(m.from())
	drop, at, why := m.signal().Drop(te, end, float64(after), m.last(), m.tail())
	if why == "" && m.jog == 0 && float64(m.grid.CountRunning(m.te+1, m.te+after+1)) > 0.10*float64(after) {
		why = "resumed_running"
	}
	if why != "" {
		m.row[name] = Null(Reason(why))
		if after == 60 {
			m.row["hr_60s_post_bpm"] = Null(Reason(why))
		}
		return
	}
	if drop < 0 {
		m.flags["hr_rising"] = true
	}
	m.row[name] = Num(drop).With(m.recoveryQuality(), m.modeUntil(after), 0) // its series is that of its mode
	if after == 60 {
		m.row["hr_60s_post_bpm"] = Num(at)
	}
}

// t30 is informational (§4.3).
func (m *measurement) t30(reason Reason) {
	if reason != "" {
		m.row["hrr_t30_s"] = Null(reason)
		return
	}
	s, why := m.signal().T30(float64(m.from()), m.last(), m.tail())
	if why != "" {
		m.row["hrr_t30_s"] = Null(Reason(why))
		return
	}
	m.row["hrr_t30_s"] = Num(s)
}

// mode names what was done in the first minute; it needs only the effort's end
// and samples up to a minute after.
func (m *measurement) mode() {
	switch {
	case m.teReason != "":
		m.row["recovery_mode"] = Null(m.teReason)
	case m.last() < float64(m.from()+60):
		m.row["recovery_mode"] = Null(Reason(m.tail()))
	default:
		m.row["recovery_mode"] = Text(m.modeUntil(60))
	}
}

// modeUntil names what was done up to a time after the end.
func (m *measurement) modeUntil(after int) string {
	if m.jog > 0 {
		return "active_jog"
	}
	return m.grid.RecoveryMode(m.te, after)
}

// device is the watch's own event (§4.2).
func (m *measurement) device() {
	const name = "hrr120_device_bpm"
	if r := m.notRun(); r != "" {
		m.row[name] = Null(r)
		return
	}
	d, reason := m.deviceRecovery()
	if d == nil {
		m.row[name] = Null(reason)
		return
	}
	if d.Drop < 0 {
		m.flags["hr_rising"] = true
	}
	if recorded, ok := m.row["hrr120_bpm"].Float(); ok && math.Abs(recorded-d.Drop) > 5 {
		m.flags["hrr_source_disagree"] = true
	}
	m.row[name] = Num(d.Drop).With(Good, "device", 0)
}
