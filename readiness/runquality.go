package readiness

import (
	"math"

	"afterrun/readiness/physio"
)

// bestEfforts are the distances of §9.5, m.
var bestEfforts = []struct {
	column string
	metres float64
}{
	{"best_400m_s", 400}, {"best_1k_s", 1000}, {"best_mile_s", 1609.344}, {"best_2mi_s", 3218.688},
	{"best_5k_s", 5000}, {"best_10k_s", 10000}, {"best_10mi_s", 16093.44}, {"best_half_s", 21097.5},
	{"best_marathon_s", 42195},
}

// runQuality fills the columns of §9 and the running stress of §7.5.
func (m *measurement) runQuality(out *Measured) {
	m.efforts()
	m.timedMile()
	if reason := m.notRun(); reason != "" {
		m.nulls(reason, "gas_mps", "gap_s_per_km", "gap_tag", "ngs_mps", "rtss")
		m.noSteady(firstReason(m.noHeartOfRun(), reason))
		m.noBlocks(firstReason(m.noHeartOfRun(), reason))
		return
	}
	s, fault := m.stream()
	m.graded(s, fault)
	m.steady(s, out)
	m.blocks(s, out)
}

// stream reads the run second by second, and why its altitude is of no use.
func (m *measurement) stream() (physio.Stream, Reason) {
	n := len(m.grid.State)
	s := physio.Stream{Seconds: m.grid, V: m.grid.Speed, HR: physio.OnGrid(m.tape.t, m.unlocked(), n), LockedHR: m.gridHR}
	fault := physio.AltitudeFault(m.tape.t, m.altitude)
	if fault == "" {
		s.Grade = physio.NewProfile(m.distance, m.altitude).Grades(physio.AtSeconds(m.tape.t, m.distance, n))
		s.V = physio.Adjusted(m.grid.Speed, s.Grade)
	}
	return s, Reason(fault)
}

// graded fills what rests on grade-adjusted speed (§9.3, §9.4, §7.5).
func (m *measurement) graded(s physio.Stream, fault Reason) {
	m.row["gap_tag"] = Text("minetti")
	if fault != "" {
		m.row["gap_tag"] = Text("none")
		m.nulls(fault, "gas_mps", "gap_s_per_km", "ngs_mps", "rtss")
		return
	}
	moving := m.grid.MovingValues(s.V)
	gas, ok := physio.Mean(moving)
	if !ok || gas <= 0 {
		m.row["gap_tag"] = Text("none")
		m.nulls("no_distance", "gas_mps", "gap_s_per_km", "ngs_mps", "rtss")
		return
	}
	m.row["gas_mps"], m.row["gap_s_per_km"] = Num(gas), Num(1000/gas)
	ngs, ok := physio.NormalizedSpeed(moving)
	m.row["ngs_mps"] = maybe{ngs, ok}.value("too_short")
	m.stress(m.row["ngs_mps"])
}

func (m *measurement) stress(ngs Value) {
	v, ok := ngs.Float()
	threshold, known := m.p.ThresholdSpeed.Float()
	switch {
	case !ok:
		m.row["rtss"] = Null(ngs.Reason)
	case !known || threshold <= 0:
		m.row["rtss"] = Null("threshold_pace_unknown")
	default:
		m.row["rtss"] = Num(physio.RTSS(float64(m.t.MovingS), v, threshold))
	}
}

// steady fills decoupling and efficiency (§9.1, §9.2).
func (m *measurement) steady(s physio.Stream, out *Measured) {
	if reason := firstReason(m.noHeartOfRun(), m.teReason); reason != "" {
		m.noSteady(reason)
		return
	}
	part, reason := s.SteadyPart(m.te - m.jog)
	if reason != "" {
		m.noSteady(Reason(reason))
		return
	}
	ef, hr, ok := part.Efficiency()
	decoupling, okD := part.Decoupling()
	m.row["efficiency_factor"] = maybe{ef, ok}.value("hr_coverage_low")
	m.row["pa_hr_decoupling_pct"] = maybe{decoupling, okD}.value("hr_coverage_low")
	out.SteadyHR = hr
}

func (m *measurement) noSteady(r Reason) { m.nulls(r, "pa_hr_decoupling_pct", "efficiency_factor") }

// blocks finds the minutes to compare and names what they may be compared with
// (§9.6).
func (m *measurement) blocks(s physio.Stream, out *Measured) {
	reason := m.noHeartOfRun()
	if reason == "" && none(m.grid.Speed) {
		reason = "no_distance"
	}
	if reason != "" {
		m.noBlocks(reason)
		return
	}
	until := m.te - m.jog
	if m.teReason != "" {
		until = 0 // no effort, no minute
	}
	found, why := s.Blocks(until, m.hrMax())
	if why != "" {
		m.noBlocks(Reason(why))
		return
	}
	out.Blocks = found
	m.nulls("baseline_short", "hrex_bpm", "hrex_dev_bpm", "hrex_speed_mps") // until compared
	m.row["hrex_key"] = Text(m.surface() + "/" + m.t.HRSource + "/" + m.row["gap_tag"].String())
}

func (m *measurement) noBlocks(r Reason) {
	m.nulls(r, "hrex_key", "hrex_bpm", "hrex_dev_bpm", "hrex_speed_mps")
}

func (m *measurement) surface() string {
	if m.t.Format != "fit" {
		return physio.Surface("")
	}
	return physio.Surface(m.t.SubSport)
}

// efforts fills the best efforts (§9.5).
func (m *measurement) efforts() {
	track, reason := physio.Track{}, m.notRun()
	if reason == "" {
		track = physio.NewTrack(m.tape.t, m.distance, m.speed)
	}
	for _, e := range bestEfforts {
		if reason != "" {
			m.row[e.column] = Null(reason)
			continue
		}
		s, why := track.Best(e.metres)
		m.row[e.column] = maybe{s, why == ""}.value(Reason(why))
	}
}

// timedMile tells a run over about a mile, hard enough to compare. Distance alone
// may say no.
func (m *measurement) timedMile() {
	const name = "timed_mile"
	reason := m.notRun()
	if reason == "" && m.t.RunDistanceM == nil {
		reason = "no_distance"
	}
	switch {
	case reason != "":
		m.row[name] = Null(reason)
	case !physio.MileDistance(*m.t.RunDistanceM):
		m.row[name] = Flag(false)
	default:
		m.row[name] = m.hardMile(*m.t.RunDistanceM)
	}
}

func (m *measurement) hardMile(distance float64) Value {
	hr, ok := m.grid.RunningMean(physio.OnGrid(m.tape.t, m.unlocked(), len(m.grid.State)))
	switch {
	case none(m.hr):
		return Null("no_hr")
	case !ok && none(m.unlocked()):
		return Null("cadence_lock_suspected")
	case !ok:
		return Null("hr_coverage_low")
	case math.IsNaN(m.hrMax()):
		return Null("hrmax_unknown")
	}
	return Flag(physio.TimedMile(distance, hr, m.hrMax())).With(estimated(m.p.HRMax), "", 0)
}
