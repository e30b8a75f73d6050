package physio

import "strings"

// The states of the under-recovery detector (§14).
const (
	StateUnknown = "UNKNOWN"
	StateOK      = "OK"
	StateWatch   = "WATCH"
	StateUnder   = "UNDER_RECOVERED"
)

// Evidence is what a morning knows; nil = unknown. Counts and flags of unknown
// things are zero.
type Evidence struct {
	RHRMarked, RHRElevated, RHRDrift, RHRLowWithFatigue bool

	HRRSlow, HRRFastUnderLoad bool
	HRexHigh                  bool
	HRVZ                      *float64
	HRVExempt                 bool
	Form                      *float64
	Spikes                    []float64 // session_spike_ratio of d−3..d−1, known ones
	MonotonyStrain            bool      // of d−1
	SleepH, SleepMean7H       *float64
	WellnessToday             *float64  // own grade of an entry of d
	WellnessLast3             []float64 // own grades of the last three entries of d−6..d
	SorenessDays              *float64
	LowDrive                  int // of the last five entries with appetite or motivation
	EFLow                     bool
	MassDropPct               *float64
}

// Condition is one line of §14's table that holds.
type Condition struct {
	ID     string
	Family byte // A L S P
	Points int
}

// Conditions returns the lines of §14's table that hold, in its order, with their
// points. The numbers are design choices; there is no reference for
// under-recovery (Meeusen 2013: a diagnosis of exclusion; Halson 2014).
func (e Evidence) Conditions(l DetectorLimits) []Condition {
	table := []Condition{
		{"rhr_elevated", 'A', pick(e.RHRMarked, 3, pick(e.RHRElevated, 2, 0))},
		{"rhr_drift", 'A', pick(e.RHRDrift, 2, 0)},
		{"hrr_slow", 'A', pick(e.HRRSlow, 2, 0)},
		{"hrex_high", 'A', pick(e.HRexHigh, 2, 0)},
		{"hrv_low", 'A', HRVLow(e.HRVZ, e.HRVExempt, l)},
		{"hrr_fast_under_load", 'A', pick(e.HRRFastUnderLoad, 1, 0)},
		{"low_rhr_with_fatigue", 'A', pick(e.RHRLowWithFatigue, 1, 0)},
		{"form_low", 'L', pick(atMost(e.Form, l.FormVeryLow), 2, pick(atMost(e.Form, l.FormLow), 1, 0))},
		{"session_spike", 'L', pick(e.spiked(l.SessionSpike), 1, 0)},
		{"monotony_strain", 'L', pick(e.MonotonyStrain, 1, 0)},
		{"sleep_short", 'S', pick(below(e.SleepMean7H, l.SleepMeanH) || below(e.SleepH, l.SleepNightH), 1, 0)},
		{"wellness_low", 'S', pick(e.unwell(l), 2, 0)},
		{"soreness_lasting", 'S', pick(atLeast(e.SorenessDays, l.SorenessDays), 1, 0)},
		{"appetite_motivation", 'S', pick(e.LowDrive >= 3, 1, 0)},
		{"ef_low", 'P', pick(e.EFLow && !e.HRexHigh, 1, 0)},
		{"mass_drop", 'P', pick(atLeast(e.MassDropPct, l.MassDropPct), 1, 0)},
	}
	var hold []Condition
	for _, c := range table {
		if c.Points > 0 {
			hold = append(hold, c)
		}
	}
	return hold
}

// HRVLow returns the points of a week of low HRV: 1 below z −1, 2 below −1.5 (§14);
// none when exempt or unknown (nil).
func HRVLow(z *float64, exempt bool, l DetectorLimits) int {
	switch {
	case exempt || z == nil || *z >= l.HRVZ:
		return 0
	case *z < l.HRVVeryLowZ:
		return 2
	}
	return 1
}

func (e Evidence) spiked(limit float64) bool {
	for _, r := range e.Spikes {
		if r > limit {
			return true
		}
	}
	return false
}

func (e Evidence) unwell(l DetectorLimits) bool {
	low := 0
	for _, g := range e.WellnessLast3 {
		if g <= l.WellnessG {
			low++
		}
	}
	return low >= 2 || atMost(e.WellnessToday, l.WellnessTodayG)
}

// Tally adds the points up, with the limits of §14: resting heart rate at most
// 4, load at most 2. Families are the letters A L S P with a point, in that
// order.
func Tally(conditions []Condition) (points int, families string) {
	rhr, load, rest := 0, 0, 0
	has := map[byte]bool{}
	for _, c := range conditions {
		has[c.Family] = true
		switch {
		case c.ID == "rhr_elevated" || c.ID == "rhr_drift":
			rhr += c.Points
		case c.Family == 'L':
			load += c.Points
		default:
			rest += c.Points
		}
	}
	var b strings.Builder
	for _, f := range []byte("ALSP") {
		if has[f] {
			b.WriteByte(f)
		}
	}
	return min(rhr, 4) + min(load, 2) + rest, b.String()
}

// Detector follows the state from day to day.
type Detector struct {
	limits    DetectorLimits
	state     string
	strong    []bool // of the last evaluated days, at most three
	calm      int    // evaluated days in a row with few points
	silent    int    // days in a row that were not evaluated
	entry     int    // day number of the entry
	lastAlert int    // day number of the last message of the episode
}

// lapseDays is how many unevaluated days in a row end what is known.
const lapseDays = 14

// NewDetector returns a detector that is UNKNOWN.
func NewDetector(l DetectorLimits) Detector { return Detector{limits: l} }

// State returns the present state.
func (d *Detector) State() string {
	if d.state == "" {
		return StateUnknown
	}
	return d.state
}

// Entry returns the day number on which the open or last episode began.
func (d *Detector) Entry() int { return d.entry }

// Skip passes a day that cannot be evaluated and returns the event, "" or
// "lapsed".
func (d *Detector) Skip() string {
	d.silent++
	if d.silent < lapseDays || d.State() == StateUnknown {
		return ""
	}
	open := d.state == StateUnder
	*d = Detector{limits: d.limits, state: StateUnknown, silent: d.silent, entry: d.entry}
	if open {
		return "lapsed"
	}
	return ""
}

// Next evaluates a day (its number grows by one a day) and returns the event:
// enter, reminder, exit or "".
func (d *Detector) Next(day, points int, families string) string {
	d.silent = 0
	d.remember(points, families)
	if d.State() == StateUnder {
		return d.under(day)
	}
	if d.enters(points, families) {
		d.state, d.entry, d.lastAlert = StateUnder, day, day
		return "enter"
	}
	switch {
	case points >= d.limits.WatchPoints:
		d.state = StateWatch
	case d.State() != StateWatch || d.calm >= 2:
		d.state = StateOK
	}
	return ""
}

func (d *Detector) remember(points int, families string) {
	d.strong = append(d.strong, d.isStrong(points, families))
	d.strong = d.strong[max(0, len(d.strong)-3):]
	if points > d.limits.CalmPoints {
		d.calm = 0
		return
	}
	d.calm++
}

func (d *Detector) under(day int) string {
	if d.calm >= 2 && day-d.entry >= 2 {
		*d = Detector{limits: d.limits, state: StateOK, entry: d.entry}
		return "exit"
	}
	if day-d.lastAlert >= d.limits.ReminderDays {
		d.lastAlert = day
		return "reminder"
	}
	return ""
}

func (d *Detector) enters(points int, families string) bool {
	n := 0
	for _, s := range d.strong {
		if s {
			n++
		}
	}
	return n >= 2 || points >= d.limits.AtOncePoints && d.isStrong(points, families)
}

// isStrong reports points ≥ 5 from at least two families, one of them autonomic
// or subjective: load alone can never enter.
func (d *Detector) isStrong(points int, families string) bool {
	return points >= d.limits.StrongPoints && len(families) >= 2 && strings.ContainsAny(families, "AS")
}

func pick(cond bool, yes, no int) int {
	if cond {
		return yes
	}
	return no
}

// below reports whether x is known and below limit.
func below(x *float64, limit float64) bool { return x != nil && *x < limit }
