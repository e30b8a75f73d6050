package readiness

import (
	"strings"

	"afterrun/readiness/physio"
)

// grade turns what is known into the components of readiness (§13.1).
func (a *almanac) grade(m *morning) {
	a.gradeWellness(m)
	a.gradeRHR(m)
	a.gradeLoad(m)
	a.gradeSleep(m)
	a.gradeHRV(m)
	a.gradeHRR(m)
	a.gradeHRex(m)
}

// part adds a component.
func (m *morning) part(name string, g, weight float64, low bool) {
	q := Quality("")
	if low {
		q = Low
	}
	m.parts = append(m.parts, physio.Component{Name: name, G: g, Weight: weight, Low: low})
	m.row["g_"+name] = Num(g).With(q, "", 0)
}

// lack notes a component that is not available.
func (m *morning) lack(name string, r Reason) {
	m.lacks = append(m.lacks, Lack{Component: name, Reason: r, Hint: hints[name]})
	m.row["g_"+name] = Null(r)
}

func (a *almanac) gradeWellness(m *morning) {
	if !m.wellness.ok {
		m.lack("wellness", "no_checkin")
		return
	}
	m.part("wellness", physio.WellnessComponentG(m.wellness.v), a.rules.Weights.Wellness, false)
}

func (a *almanac) gradeRHR(m *morning) {
	g, low, ok := physio.RHRG(m.rhrZ().ptr(), m.rhrZ7().ptr(), m.lowRHR)
	if !ok {
		m.lack("rhr", m.row["rhr_z_7d"].Reason)
		return
	}
	m.part("rhr", g, a.rules.Weights.RHR, low)
}

func (a *almanac) gradeLoad(m *morning) {
	switch {
	case m.frac.ok && m.window.ok:
		m.part("load", min(physio.FormG(m.frac.v), m.window.v), a.rules.Weights.Load, m.form.low)
	case m.frac.ok:
		m.part("load", physio.FormG(m.frac.v), a.rules.Weights.Load, m.form.low)
	case m.window.ok:
		m.part("load", m.window.v, a.rules.Weights.Load, false)
	default:
		m.lack("load", m.form.frac.Reason)
	}
}

func (a *almanac) gradeSleep(m *morning) {
	if !m.sleep.ok {
		m.lack("sleep", "no_sleep")
		return
	}
	h := physio.SleepBlend(m.sleep.v, m.sleepWeek.ptr())
	m.part("sleep", physio.SleepG(h), a.rules.Weights.Sleep, !m.sleepWeek.ok)
}

func (a *almanac) gradeHRV(m *morning) {
	if !m.hrv.HasZ() {
		m.lack("hrv", m.row["hrv_z_7d"].Reason)
		return
	}
	m.part("hrv", physio.HRVG(m.hrv.Z, m.wellness.ptr(), m.hrvExempt), a.rules.Weights.HRV, false)
}

func (a *almanac) gradeHRR(m *morning) {
	if m.hrr == nil {
		m.lack("hrr", m.row["hrr_z"].Reason)
		return
	}
	g := physio.HRRG(m.hrr.Z, physio.RecoveryCap(m.wellness.ptr(), m.frac.ptr()))
	m.part("hrr", g, a.rules.Weights.HRRAt(float64(m.hrr.age)), m.hrr.n < 2 || m.hrr.pause())
}

func (a *almanac) gradeHRex(m *morning) {
	if m.hrex == nil {
		m.lack("hrex", m.row["hrex_z"].Reason)
		return
	}
	g := physio.HRexG(m.hrex.z, physio.RecoveryCap(m.wellness.ptr(), m.frac.ptr()))
	m.part("hrex", g, a.rules.Weights.HRexAt(float64(m.hrex.age)), m.hrex.n < 2)
}

// settle computes score, cap and band (§13).
func (a *almanac) settle(m *morning, w *walk) {
	score, confidence, ok := physio.Readiness(m.parts, a.rules.Evidence)
	m.conf = confidence
	m.row["confidence"] = Num(confidence)
	m.emergency = emergencySaid(m.today())
	if !ok || m.emergency {
		for _, name := range []string{"readiness", "readiness_uncapped", "band"} {
			m.row[name] = Null("insufficient_components")
		}
		m.row["capped_by"] = Text("")
		return
	}
	limit, name := m.limits().Cap(a.rules.Caps)
	m.uncapped, m.score = known(score), known(min(score, limit))
	if limit < score {
		m.cappedBy = name
	}
	m.band = w.bands.Next(score, m.score.v)
	m.row["readiness"] = Num(m.score.v).With("", "", len(m.parts))
	m.row["readiness_uncapped"] = Num(score)
	m.row["band"], m.row["capped_by"] = Text(m.band), Text(m.cappedBy)
}

func (m *morning) today() *CheckIn {
	if m.said != nil && m.said.Date == m.d {
		return m.said
	}
	return nil
}

func (m *morning) limits() physio.Limits {
	return physio.Limits{
		Limping: m.said.flag("limping"), Swelling: m.said.flag("swelling"), Illness: m.said.flag("illness"),
		Sharp: m.said.flag("sharp"), PainDays: int(m.pain.v), RHRMarked: m.rhr.Marked(), SleepH: m.sleep.ptr(),
	}
}

// emergencySaid finds the words of §14 that end all reckoning.
func emergencySaid(c *CheckIn) bool {
	if c == nil {
		return false
	}
	notes := strings.ToLower(c.Text["notes"])
	for _, sign := range []string{"chest pain", "pain in the chest", "fainted", "fainting", "passed out", "breathless", "short of breath"} {
		if i := strings.Index(notes, sign); i >= 0 && !negated(notes[:i]) {
			return true
		}
	}
	return false
}

// negated reports that the words before a sign deny it.
func negated(before string) bool {
	words := strings.Fields(before)
	return len(words) > 0 && (words[len(words)-1] == "no" || words[len(words)-1] == "without" || words[len(words)-1] == "not")
}
