package readiness

import (
	"strings"

	"afterrun/readiness/physio"
)

// detect passes the day to the under-recovery detector (§14).
func (a *almanac) detect(m *morning, w *walk) {
	var event string
	if a.evaluable(m) {
		m.conditions = a.evidence(m).Conditions(a.rules.Detector)
		points, families := physio.Tally(m.conditions)
		m.row["points"] = Num(float64(points))
		m.row["families"], m.row["conditions"] = Text(families), Text(conditionIDs(m.conditions))
		event = w.detector.Next(int(m.d), points, families)
	} else {
		for _, name := range []string{"points", "families", "conditions"} {
			m.row[name] = Null("insufficient_components")
		}
		event = w.detector.Skip()
	}
	m.row["recovery_state"], m.row["event"] = Text(w.detector.State()), Text(event)
	if event != "" {
		w.steps = append(w.steps, Transition{
			Rule: "under_recovery", Episode: Date(w.detector.Entry()), Kind: event, Date: m.d, Text: a.alertText(m, w, event),
		})
	}
	w.steps = append(w.steps, m.painSteps(w)...)
}

func conditionIDs(conditions []physio.Condition) string {
	var ids []string
	for _, c := range conditions {
		ids = append(ids, c.ID)
	}
	return strings.Join(ids, " ")
}

// evaluable reports whether enough is known to judge the day.
func (a *almanac) evaluable(m *morning) bool {
	rhr := m.rhr.HasZ() || m.rhr.HasZ7()
	heart := m.hrr != nil || m.hrex != nil
	strain := a.load.strainKnown(m.d - 1)
	_, ef := efLow(a.ef, m.d)
	families := 0
	for _, known := range []bool{
		rhr || heart || m.hrv.HasZ(),
		m.frac.ok || strain,
		m.wellness.ok || m.sleep.ok || m.sleepWeek.ok,
		ef || m.massDrop.ok,
	} {
		if known {
			families++
		}
	}
	return families >= 2 && (rhr || heart || m.wellness.ok)
}

func (a *almanac) evidence(m *morning) physio.Evidence {
	g, frac := m.wellness.ptr(), m.frac.ptr()
	e := physio.Evidence{
		RHRMarked: m.rhr.Marked(), RHRElevated: m.rhr.Elevated(), RHRDrift: m.rhr.DriftUp(), RHRLowWithFatigue: m.lowRHR,
		HRexHigh: m.hrex.high(a.rules.Detector.HRexHighBPM), HRVZ: m.hrvZ().ptr(), HRVExempt: m.hrvExempt, Form: frac,
		Spikes: a.running.spike.window(m.d-3, m.d-1),
		SleepH: m.sleep.ptr(), SleepMean7H: m.sleepWeek.ptr(),
		WellnessToday: a.wellness.at(m.d).ptr(), WellnessLast3: last(a.wellness.window(m.d-6, m.d), 3),
		SorenessDays: m.soreness.ptr(), LowDrive: a.lowDrive(m.d), MassDropPct: m.massDrop.ptr(),
	}
	if m.hrr != nil && !m.hrr.pause() {
		e.HRRSlow, e.HRRFastUnderLoad = m.hrr.Slow(a.rules.Detector.HRRSlowBPM), m.hrr.FastUnderLoad(g, frac)
	}
	e.MonotonyStrain = a.load.strained(m.d-1, a.rules.Detector.Monotony)
	e.EFLow, _ = efLow(a.ef, m.d)
	return e
}

// last returns the last n values, fewer if there are fewer.
func last(x []float64, n int) []float64 { return x[max(0, len(x)-n):] }

// lowDrive counts low appetite or motivation among the last five entries of
// d−13..d that have one of them.
func (a *almanac) lowDrive(d Date) int {
	low, seen := 0, 0
	for day := d; day >= d-13 && seen < 5; day-- {
		appetite, motivation := a.f.checkinNumber(day, "appetite"), a.f.checkinNumber(day, "motivation")
		if !appetite.ok && !motivation.ok {
			continue
		}
		seen++
		if appetite.ok && appetite.v <= 2 || motivation.ok && motivation.v <= 2 {
			low++
		}
	}
	return low
}
