package physio

// RHRSpreadFloor is the smallest spread of a resting-heart-rate baseline, bpm
// (§5.2).
const RHRSpreadFloor = 1.5

// RHRInput is one source's resting heart rates around a day d, bpm, only the
// values that exist.
type RHRInput struct {
	Today    float64
	HasToday bool
	Last7    []float64 // d−6..d
	Base28   []float64 // d−34..d−7
	Base60   []float64 // d−66..d−7
	Last14   []float64 // d−13..d
	Last14X  []float64 // day numbers of Last14
}

// RHRReading compares a day's resting heart rate with the athlete's own past.
type RHRReading struct {
	Centre, Spread float64 // of the baseline, bpm
	Baseline       bool    // false: baseline_short
	Delta, Z       float64
	Today          bool // false: no value today
	Delta7, Z7     float64
	Week           bool // false: fewer than 4 values in 7 days
	Slope          float64
	HasSlope       bool // false: fewer than 8 values in 14 days
	Days           int  // length of the baseline in days, 28 or 60
	N              int  // values of the baseline
	limits         RHRLimits
}

// RestingHR compares a day's resting heart rate with the athlete's own past
// (§5.2), all in bpm, z in own standard deviations:
//
//	centre, spread = median, max(1.4826·MAD, 1.5) of the 28 or 60 days before the
//	                 last 7, whichever median is lower; 14 values at least
//	delta = today − centre        z    = delta/spread
//	delta7 = mean of 7 days − centre   z7 = delta7/spread, 4 values at least
//	slope = Theil–Sen over 14 days, bpm per day, 8 values at least
//
// Bad is up. Delta and Z need Baseline (else baseline_short) and Today (no_rhr),
// Delta7 and Z7 need Baseline and Week (recent_short), Slope needs HasSlope
// (recent_short).
//
// Source: Bosquet 2008 (BJSM): up after two weeks of overload or less, unchanged
// after longer; Theil 1950, Sen 1968; Buchheit 2014.
func RestingHR(in RHRInput, l RHRLimits) RHRReading {
	r := RHRReading{limits: l, Today: in.HasToday, Week: len(in.Last7) >= 4}
	if len(in.Last14) >= 8 {
		r.Slope, _, r.HasSlope = TheilSen(in.Last14X, in.Last14, nil)
	}
	base, days := rhrBaseline(in.Base28, in.Base60)
	if days == 0 {
		return r
	}
	r.Centre, r.Spread, r.Baseline = RobustBaseline(base, RHRSpreadFloor)
	r.Days, r.N = days, len(base)
	if r.Today {
		r.Delta = in.Today - r.Centre
		r.Z = r.Delta / r.Spread
	}
	if r.Week {
		mean, _ := Mean(in.Last7)
		r.Delta7 = mean - r.Centre
		r.Z7 = r.Delta7 / r.Spread
	}
	return r
}

// rhrBaseline picks the baseline with the lower median of 28 and 60 days: with
// 28 days alone a long elevation walks into its own baseline; 0 days without one.
func rhrBaseline(b28, b60 []float64) (base []float64, days int) {
	const least = 14
	m28, _ := Median(b28)
	m60, _ := Median(b60)
	switch {
	case len(b28) >= least && (len(b60) < least || m28 <= m60):
		return b28, 28
	case len(b60) >= least:
		return b60, 60
	}
	return nil, 0
}

// HasZ tells whether today's comparison exists.
func (r RHRReading) HasZ() bool { return r.Baseline && r.Today }

// HasZ7 tells whether the 7-day comparison exists.
func (r RHRReading) HasZ7() bool { return r.Baseline && r.Week }

// Marked tells of a resting heart rate far above the baseline today: delta ≥ 7 bpm
// and z ≥ 3 (§5.2). It, Elevated and DriftUp can hold together.
func (r RHRReading) Marked() bool {
	return r.HasZ() && r.Delta >= r.limits.MarkedBPM && r.Z >= r.limits.MarkedZ
}

// Elevated tells of a resting heart rate clearly above the baseline today: delta ≥
// 5 bpm and z ≥ 2 (§5.2).
func (r RHRReading) Elevated() bool {
	return r.HasZ() && r.Delta >= r.limits.ElevatedBPM && r.Z >= r.limits.ElevatedZ
}

// DriftUp tells of a week above the baseline, or on its way up: z7 ≥ 1 and delta7
// ≥ 3 bpm, or ≥ 2 bpm with a slope ≥ 0.3 bpm per day (§5.2). z7 guards both: on a
// restless series the slope alone would call one day in eleven a drift.
func (r RHRReading) DriftUp() bool {
	if !r.HasZ7() || r.Z7 < r.limits.DriftZ {
		return false
	}
	return r.Delta7 >= r.limits.DriftBPM || r.HasSlope && r.Slope >= 0.3 && r.Delta7 >= 2
}

// LowWithFatigue is the parasympathetic picture: a low resting heart rate (z7 ≤
// −1.5) in a tired (wellness g ≤ −1), loaded (form ≤ −0.20) athlete (§5.2). The
// two numbers may be unknown (nil); then it does not hold.
func (r RHRReading) LowWithFatigue(wellnessG, form *float64) bool {
	return r.HasZ7() && r.Z7 <= -1.5 && atMost(wellnessG, -1) && atMost(form, -0.20)
}

// State names the first that holds of marked, elevated, drift_up,
// low_with_fatigue and normal (§5.2); false when there is nothing to compare.
func (r RHRReading) State(wellnessG, form *float64) (string, bool) {
	switch {
	case !r.HasZ() && !r.HasZ7():
		return "", false
	case r.Marked():
		return "marked", true
	case r.Elevated():
		return "elevated", true
	case r.DriftUp():
		return "drift_up", true
	case r.LowWithFatigue(wellnessG, form):
		return "low_with_fatigue", true
	}
	return "normal", true
}

// atMost reports whether x is known and at most limit.
func atMost(x *float64, limit float64) bool { return x != nil && *x <= limit }

// atLeast reports whether x is known and at least limit.
func atLeast(x *float64, limit float64) bool { return x != nil && *x >= limit }
