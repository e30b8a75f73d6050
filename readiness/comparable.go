package readiness

import "afterrun/readiness/physio"

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

func (s *session) blocks() ([]physio.Block, bool) { return nil, false }
func efRuns(sessions []*session) []efRun          { return nil }
