package readiness

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"afterrun/readiness/physio"
)

// Measured is what a run's samples tell for good.
type Measured struct {
	Row      Row
	Interim  []Row          // see RunSummary
	Blocks   []physio.Block // steady minutes to compare with other runs (§9.6), nil = none
	SteadyHR float64        // mean of the steady part (§9.1), bpm; 0 = none
}

// Measure computes the columns of a run that rest on its samples and on the
// limits of its date. Columns that need other runs, check-ins or days are left
// to [Assess]. t is the run's own trace.
func Measure(r *Run, t *Trace, p Params) Measured {
	row := Row{}
	k, err := newTape(r, t.sampleRules())
	if err != nil { // Observe has refused such a run
		for _, c := range RunColumns {
			row[c.Name] = Null("parse_error")
		}
		return Measured{Row: row}
	}
	m := &measurement{tape: k, t: t, p: p, row: row, flags: map[string]bool{}}
	m.identity()
	m.motion()
	m.limits()
	m.heart()
	m.loads()
	m.effort()
	m.recovery()
	m.pauseRecovery()
	out := Measured{Row: row, Interim: m.interims()}
	m.runQuality(&out)
	row["flags"] = Text(m.flagText())
	return out
}

// measurement fills one run's row.
type measurement struct {
	*tape
	t     *Trace
	p     Params
	row   Row
	flags map[string]bool

	te        int // effort's end, valid without teReason
	kind      string
	jog, walk int
	teReason  Reason
}

func (m *measurement) identity() {
	t := m.t
	m.row["start_time_utc"] = Text(t.Start.UTC().Truncate(time.Second).Format(time.RFC3339))
	m.row["sport"], m.row["format"] = sportText(t.Sport), Text(t.Format)
	m.row["title"], m.row["hr_source"] = Text(t.Title), Text(t.HRSource)
	m.row["time_reversals"] = Num(float64(t.Reversals))
	if t.Flat {
		m.flags["hr_flatline"] = true
	}
	if slices.Contains(m.locked, true) {
		m.flags["cadence_lock_suspected"] = true
	}
}

// sportText names the sport; one that the file does not name is generic, as in FIT.
func sportText(sport string) Value { return Text(cmp.Or(sport, "generic")) }

func (m *measurement) flagText() string {
	var names []string
	for name := range m.flags {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// orNull is the number, or null with the reason.
func orNull(x *float64, r Reason) Value {
	if x == nil {
		return Null(r)
	}
	return Num(*x)
}

// unseen is why nothing that needs seconds can be told, "" if it can.
func (m *measurement) unseen() Reason {
	switch {
	case m.t.Coarse:
		return "recording_too_coarse"
	case m.t.NoMotion:
		return "no_motion_data"
	}
	return ""
}

// notRun is why nothing that needs a run can be told, "" if it can.
func (m *measurement) notRun() Reason {
	if m.t.Sport != "running" || m.t.NotRunning {
		return "not_running"
	}
	return m.unseen()
}

// noHeartOfRun is why nothing that needs seconds of a run with heart rate can be
// told, "" if it can.
func (m *measurement) noHeartOfRun() Reason {
	if r := m.notRun(); r == "not_running" || !none(m.hr) {
		return r
	}
	return "no_hr"
}

// hrMax is NaN while unknown.
func (m *measurement) hrMax() float64 {
	if bpm, ok := m.p.HRMax.Float(); ok {
		return bpm
	}
	return math.NaN()
}

// nulls gives columns a reason.
func (m *measurement) nulls(r Reason, columns ...string) {
	for _, name := range columns {
		m.row[name] = Null(r)
	}
}

func (m *measurement) motion() {
	t, row := m.t, m.row
	row["distance_m"] = orNull(t.DistanceM, "no_distance")
	row["elapsed_s"], row["timer_s"] = Num(t.ElapsedS), Num(t.TimerS)
	row["moving_s"] = Num(float64(t.MovingS))
	if r := m.unseen(); r != "" {
		row["moving_s"] = Null(r)
	}
	row["run_s"] = Num(float64(t.RunS))
	row["run_distance_m"] = orNull(t.RunDistanceM, "no_distance")
	if r := m.notRun(); r != "" {
		row["run_s"], row["run_distance_m"] = Null(r), Null(r)
	}
}

func (m *measurement) limits() {
	p, row := m.p, m.row
	for name, v := range map[string]Value{"hrmax": p.HRMax, "hrrest": p.HRRest, "lthr": p.LTHR} {
		row[name+"_bpm"] = v
		row[name+"_source"] = Text(v.Source)
		if v.IsNull() {
			row[name+"_source"] = Null(v.Reason)
		}
	}
}

// coverage is the share of the timer's time that the heart rate covers.
func (m *measurement) coverage() float64 {
	if m.t.TimerS <= 0 {
		return 0
	}
	return m.t.CoveredS / m.t.TimerS
}

// hrReason is why the heart rate cannot be summed up, "" if it can (§1, §2).
func (m *measurement) hrReason() Reason {
	switch {
	case m.t.Forgotten():
		return "session_implausible"
	case none(m.hr):
		return "no_hr"
	case m.coverage() < 0.80:
		return "hr_coverage_low"
	}
	return ""
}

// hrQuality grades what rests on the heart rate's coverage.
func (m *measurement) hrQuality() Quality {
	switch {
	case slices.Contains(m.locked, true):
		return Low
	case m.coverage() < 0.95:
		return Partial
	}
	return Good
}

// imputed is the share of the time without heart rate that a load is scaled up
// for: 0 from 95 % coverage on, and below 80 %, where there is no load.
func (m *measurement) imputed() float64 {
	if c := m.coverage(); c >= 0.80 && c < 0.95 {
		return 1 - c
	}
	return 0
}

func (m *measurement) heart() {
	row := m.row
	row["hr_coverage"], row["imputed_fraction"] = Num(m.coverage()), Num(m.imputed())
	if r := m.hrReason(); r != "" {
		m.nulls(r, "avg_hr_bpm", "max_hr_bpm")
		return
	}
	mean, _ := physio.WeightedMean(m.hr, m.weights)
	row["avg_hr_bpm"] = Num(mean).With(m.hrQuality(), "", 0)
	row["max_hr_bpm"] = m.highest()
}

// highest is the maximum of the samples that are not cadence-locked.
func (m *measurement) highest() Value {
	high := math.Inf(-1)
	for i, x := range m.unlocked() {
		if x > high && !m.insidePause(m.tape.t[i]) {
			high = x
		}
	}
	if math.IsInf(high, -1) {
		return Null("cadence_lock_suspected")
	}
	return Num(high)
}

// loads computes the training impulses from the histogram (§7.1-7.4).
func (m *measurement) loads() {
	row := m.row
	hrmax, okMax := m.p.HRMax.Float()
	hrrest, okRest := m.p.HRRest.Float()
	lthr, okLT := m.p.LTHR.Float()
	m.aboveMax(hrmax, okMax)
	reason := m.hrReason()
	set := func(name string, r Reason, q Quality, f func() float64) {
		if r = firstReason(reason, r); r != "" {
			row[name] = Null(r)
			return
		}
		row[name] = Num(f()/(1-m.imputed())).With(q, "", 0)
	}
	max, rest, lt := unknown(okMax, "hrmax_unknown"), Reason(""), unknown(okLT, "hrmax_unknown")
	if okMax && (!okRest || hrmax <= hrrest) {
		rest = "hrmax_le_hrrest"
	}
	if okLT && lthr <= hrrest {
		lt = "lthr_le_hrrest"
	}
	running, q := m.t.Sport == "running", m.loadQuality(m.p.HRMax, m.p.HRRest)
	banister := func() float64 { return physio.Banister(m.t.HR, hrmax, hrrest, m.p.trimp(), running) }
	set("trimp_banister", firstReason(max, rest), q, banister)
	set("trimp_edwards", max, m.loadQuality(m.p.HRMax), func() float64 { return physio.Edwards(m.t.HR, hrmax) })
	set("trimp_lucia", unknown(okLT, "hrmax_unknown"), m.thresholdQuality(), func() float64 { return physio.Lucia(m.t.HR, physio.VT1(lthr), lthr) })
	set("hrss", firstReason(max, rest, lt), q, func() float64 { return physio.HRSS(banister(), hrmax, hrrest, lthr, m.p.trimp()) })
}

func unknown(ok bool, r Reason) Reason {
	if ok {
		return ""
	}
	return r
}

func firstReason(reasons ...Reason) Reason {
	for _, r := range reasons {
		if r != "" {
			return r
		}
	}
	return ""
}

// loadQuality is that of the heart rate, low when a limit it rests on is an
// estimate.
func (m *measurement) loadQuality(limits ...Value) Quality {
	for _, l := range limits {
		if l.Source == "estimate" {
			return Low
		}
	}
	return m.hrQuality()
}

// estimated grades what rests on a limit alone.
func estimated(limit Value) Quality {
	if limit.Source == "estimate" {
		return Low
	}
	return Good
}

// thresholdQuality is that of what rests on the threshold: an estimate of it is one
// by construction and lowers nothing, that of HRmax behind it does (§6).
func (m *measurement) thresholdQuality() Quality {
	if m.p.LTHR.Source == "estimate" {
		return m.loadQuality(m.p.HRMax)
	}
	return m.hrQuality()
}

func (m *measurement) aboveMax(hrmax float64, ok bool) {
	switch {
	case none(m.hr):
		m.row["hr_above_hrmax_s"] = Null("no_hr")
	case !ok:
		m.row["hr_above_hrmax_s"] = Null("hrmax_unknown")
	default:
		s := 0.0
		for _, h := range m.t.HR {
			if h.BPM > hrmax {
				s += h.S
			}
		}
		m.row["hr_above_hrmax_s"] = Num(s).With(estimated(m.p.HRMax), "", 0)
	}
}

// effort finds the effort's end and the cool-down (§3.2, §3.3).
func (m *measurement) effort() {
	row := m.row
	m.teReason = m.notRun()
	if m.teReason == "" {
		var ok bool
		if m.te, m.kind, ok = m.grid.EffortEnd(m.last(), m.pauses); !ok {
			m.teReason = "effort_too_short"
		}
	}
	if m.teReason != "" {
		m.nulls(m.teReason, "effort_end_s", "end_kind", "walk_s", "jog_s", "cooldown_s", "cooldown_verdict")
		if m.teReason == "recording_too_coarse" {
			row["cooldown_verdict"] = Text("unknown")
		}
		return
	}
	m.walk, m.jog = m.grid.WalkAfter(m.te), m.jogBefore()
	row["effort_end_s"], row["end_kind"] = Num(float64(m.te)), Text(m.kind)
	row["walk_s"], row["jog_s"] = Num(float64(m.walk)), Num(float64(m.jog))
	cooldown := float64(m.walk + m.jog)
	row["cooldown_s"] = Num(cooldown)
	row["cooldown_verdict"] = Text(physio.CooldownVerdict(cooldown, physio.CooldownMinimum(m.t.distance()), m.kind, m.jog))
}

// jogBefore is the length of the easy jog at the end, 0 while HRmax is unknown.
func (m *measurement) jogBefore() int {
	hrmax, ok := m.p.HRMax.Float()
	if !ok {
		return 0
	}
	hrrest, _ := m.p.HRRest.Float()
	bouts := m.grid.Bouts()
	return m.grid.JogBefore(m.te, bouts[len(bouts)-1].From, m.gridHR, hrmax, hrrest)
}
