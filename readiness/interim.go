package readiness

import "afterrun/readiness/physio"

// maxInterims bounds what a summary keeps; two days of minutes on, minutes off
// have fewer.
const maxInterims = 1500

// interims reads the recoveries between bouts (§3.2): after every bout but the
// last that is followed by a minute or more without running.
func (m *measurement) interims() []Row {
	if m.teReason != "" {
		return nil
	}
	var out []Row
	for _, p := range m.grid.Rests(m.pauses) {
		if len(out) == maxInterims {
			break
		}
		r := &recoveryReader{measurement: m, te: p.End, next: p.Next, kind: physio.EndStand}
		row := Row{"k": Num(float64(len(out) + 1)), "effort_end_s": Num(float64(p.End))}
		r.fill(row)
		out = append(out, row)
	}
	return out
}
