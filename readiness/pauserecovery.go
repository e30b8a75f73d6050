package readiness

import "afterrun/readiness/physio"

// pauseColumns rest on the pauses of the timer (§4.7).
var pauseColumns = []string{"hrr60_pause_bpm", "hrr60_pause_s", "hrr60_pause_end_bpm", "hrr60_pause_n"}

// pauseRecovery fills them.
func (m *measurement) pauseRecovery() {
	r, reason := m.readPauses()
	if reason != "" {
		m.nulls(reason, pauseColumns...)
		return
	}
	if r.Drop < 0 {
		m.flags["hr_rising"] = true
	}
	for i, x := range []float64{r.Drop, r.Length, r.End, float64(r.N)} {
		m.row[pauseColumns[i]] = Num(x).With(Low, "", r.N)
	}
}

func (m *measurement) readPauses() (physio.PauseRecovery, Reason) {
	if reason := m.noHeartOfRun(); reason != "" {
		return physio.PauseRecovery{}, reason
	}
	r, reason := physio.PauseRecoveries(m.grid, m.signal, m.pauses, m.hrMax())
	return r, Reason(reason)
}
