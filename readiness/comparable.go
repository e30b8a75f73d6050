package readiness

import (
	"slices"

	"afterrun/readiness/physio"
)

// recoveries lists what of the run may be compared with other runs (§4.5), in
// order of preference.
func (s *session) recoveries() []recovery {
	var out []recovery
	add := func(metric, mode string, end, drop float64) {
		if key, ok := s.recoveryKey(metric, mode, end); ok {
			out = append(out, recovery{key: key, date: s.date, run: s.id, point: physio.HRRPoint{End: end, Drop: drop}})
		}
	}
	end := s.row.number("hr_end_bpm")
	for _, metric := range []string{"hrr60", "hrr120"} {
		v := s.row[metric+"_bpm"]
		if drop, ok := v.Float(); ok && end.ok {
			add(metric, v.Source, end.v, drop)
		}
	}
	hrmax, known := s.params.HRMax.Float()
	if d := s.trace.Device; d != nil && known && physio.DeviceInSeries(d.Drop, d.StopAfterEnd, d.HRAtStop, hrmax) {
		add("hrr120_device", "unknown", d.HRAtStop, d.Drop)
	}
	if pause, at := s.row.number(pauseMetric+"_bpm"), s.row.number(pauseMetric+"_end_bpm"); pause.ok && pause.v >= 0 && at.ok {
		add(pauseMetric, "unknown", at.v, pause.v)
	}
	return out
}

// secondsAtLeast returns the time at or above a heart rate, s.
func (s *session) secondsAtLeast(bpm float64) float64 {
	sum := 0.0
	for _, h := range s.trace.HR {
		if h.BPM >= bpm {
			sum += h.S
		}
	}
	return sum
}

// efRuns lists the runs whose efficiency may be compared (§9.2), by date: the
// steady part at 65 to 85 % of the maximal heart rate.
func efRuns(sessions []*session) []efRun {
	var out []efRun
	for _, s := range sessions {
		ef, hr := s.row.number("efficiency_factor"), s.measured.SteadyHR
		hrmax, known := s.params.HRMax.Float()
		if s.counts() && ef.ok && known && hr >= 0.65*hrmax && hr <= 0.85*hrmax {
			out = append(out, efRun{s.date, s.row["gap_tag"].String(), ef.v, hr, hrmax})
		}
	}
	slices.SortStableFunc(out, func(a, b efRun) int { return int(a.date - b.date) })
	return out
}
