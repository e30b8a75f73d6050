package readiness

import (
	"fmt"
	"math"

	"afterrun/readiness/physio"
)

// recoveryTimes are the seconds after the effort's end at which the fall of the
// heart rate is read (§4.1).
var recoveryTimes = []int{30, 60, 120, 180}

// recovery fills the heart-rate recovery columns of the run (§4.1-4.4).
func (m *measurement) recovery() {
	r := &recoveryReader{measurement: m, te: m.te - m.jog, next: math.MaxInt, kind: m.kind, jogged: m.jog > 0}
	end := r.fill(m.row)
	for _, after := range recoveryTimes {
		if v, ok := m.row[fmt.Sprintf("hrr%d_bpm", after)].Float(); ok && v < 0 {
			m.flags["hr_rising"] = true
		}
	}
	m.t30(r, end.reason)
	m.decay(r, end.reason)
	m.device()
}

// recoveryReader reads the recovery after one bout.
type recoveryReader struct {
	*measurement
	te     int    // where it is read from: the bout's end, or the begin of the jog that ends it
	next   int    // start of the next bout
	kind   string // how the effort ended
	jogged bool
}

// endHR is the heart rate at the end of a bout: nil, or comparable without reason.
type endHR struct {
	bpm    *float64
	reason Reason
}

// fill writes the columns that a run and a recovery between bouts share.
func (r *recoveryReader) fill(row Row) endHR {
	end := r.end()
	row["hr_end_bpm"] = Null(end.reason)
	if end.bpm != nil {
		row["hr_end_bpm"] = Num(*end.bpm).With(r.quality(), "", 0)
	}
	for _, after := range recoveryTimes {
		name := fmt.Sprintf("hrr%d_bpm", after)
		drop, at := r.drop(end, after)
		row[name] = drop
		if after == 60 {
			row["hr_60s_post_bpm"] = at
		}
	}
	row["recovery_mode"] = r.mode()
	return end
}

// tail is why a recording that ends too early does.
func (r *recoveryReader) tail() string {
	if r.kind == physio.EndRecordingStopped {
		return "recording_stopped"
	}
	return "post_run_too_short"
}

func (r *recoveryReader) quality() Quality { return estimated(r.p.HRMax) }

// end runs the tests of §4.1 up to effort_too_easy. The heart rate at the end is
// known also when the effort was too easy to compare.
func (r *recoveryReader) end() endHR {
	if reason := firstReason(r.noHeartOfRun(), r.teReason); reason != "" {
		return endHR{reason: reason}
	}
	if r.grid.CountRunning(r.te-900, r.te) < 300 {
		return endHR{reason: "effort_too_short"}
	}
	if r.p.HRMax.IsNull() {
		return endHR{reason: "hrmax_unknown"}
	}
	bpm, why := r.signal.Anchor(r.endAnchor())
	switch {
	case why != "":
		return endHR{reason: Reason(why)}
	case bpm < 0.70*r.hrMax():
		return endHR{&bpm, "effort_too_easy"}
	}
	return endHR{bpm: &bpm}
}

// endAnchor is the last second of the end's anchor: te, but te is one second
// after the last running sample, so a recording or timer that stops there leaves
// the last whole second with heart rate; one that was lost before says nothing of
// the end.
func (r *recoveryReader) endAnchor() float64 {
	te := float64(r.te)
	stopped := r.last() < te
	for _, p := range r.pauses {
		stopped = stopped || p.From >= te-1 && p.From <= te
	}
	if last := r.signal.LastBefore(te); stopped && te-last <= physio.RecoveryGap {
		return math.Floor(last)
	}
	return te
}

// drop returns the fall of heart rate and the heart rate at a time after the end.
func (r *recoveryReader) drop(end endHR, after int) (drop, at Value) {
	if end.reason != "" {
		return Null(end.reason), Null(end.reason)
	}
	if r.te+after+2 > r.next {
		return Null("resumed_running"), Null("resumed_running")
	}
	fall, bpm, why := r.signal.Drop(float64(r.te), *end.bpm, float64(after), r.last(), r.tail())
	if why == "" && !r.jogged && 10*r.grid.CountRunning(r.te+1, r.te+after+1) > after {
		why = "resumed_running"
	}
	if why != "" {
		return Null(Reason(why)), Null(Reason(why))
	}
	return Num(fall).With(r.quality(), r.modeUntil(after), 0), Num(bpm).With(r.quality(), "", 0) // its series is that of its mode
}

// mode names what was done in the first minute; it needs only the bout's end and
// samples up to a minute after.
func (r *recoveryReader) mode() Value {
	switch {
	case r.teReason != "":
		return Null(r.teReason)
	case r.last() < float64(r.te+60):
		return Null(Reason(r.tail()))
	}
	return Text(r.modeUntil(60))
}

// modeUntil names what was done up to a time after the end.
func (r *recoveryReader) modeUntil(after int) string {
	if r.jogged {
		return "active_jog"
	}
	return r.grid.RecoveryMode(r.te, after)
}

// t30 is informational (§4.3).
func (m *measurement) t30(r *recoveryReader, reason Reason) {
	if reason != "" {
		m.row["hrr_t30_s"] = Null(reason)
		return
	}
	s, why := m.signal.T30(float64(r.te), m.last(), r.tail())
	if why != "" {
		m.row["hrr_t30_s"] = Null(Reason(why))
		return
	}
	m.row["hrr_t30_s"] = Num(s).With(r.quality(), "", 0)
}

// decay fits the recovery's curve (§4.4).
func (m *measurement) decay(r *recoveryReader, reason Reason) {
	columns := []string{"hrr_tau_s", "hrr_hr_inf", "hrr_amp", "hrr_r2"}
	d, why := m.fitDecay(r, reason)
	if why != "" {
		m.nulls(why, columns...)
		return
	}
	for i, x := range []float64{d.Tau, d.Infinity, d.Amplitude, d.R2} {
		m.row[columns[i]] = Num(x).With(r.quality(), "", 0)
	}
}

// shortestCurve is the least recovery that is fitted, s.
const shortestCurve = 120

func (m *measurement) fitDecay(r *recoveryReader, reason Reason) (physio.Decay, Reason) {
	switch {
	case reason != "":
		return physio.Decay{}, reason
	case r.jogged:
		return physio.Decay{}, "resumed_running"
	}
	w := m.grid.RecoverySeconds(r.te)
	if w < shortestCurve {
		return physio.Decay{}, Reason(r.tail())
	}
	curve, ok := m.signal.Curve(float64(r.te), w)
	if !ok {
		return physio.Decay{}, "hr_coverage_low"
	}
	d, why := physio.FitDecay(curve)
	return d, Reason(why)
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
