package physio

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Rules are the numbers that are design choices, not measurements: how samples
// are read (§1, §2), loads are weighed and filtered (§7.1, §8.1), the weights,
// caps and borders of readiness (§5.2, §13) and the thresholds of the
// under-recovery detector (§14). They are a value, so that a history can be
// judged under other ones; [DefaultRules] are the specification's.
type Rules struct {
	Weights   ScoreWeights   `yaml:"weights"`
	Evidence  EvidenceLimits `yaml:"evidence"`
	Caps      Caps           `yaml:"caps"`
	Bands     Borders        `yaml:"bands"`
	RestingHR RHRLimits      `yaml:"resting_hr"`
	Detector  DetectorLimits `yaml:"detector"`
	PMC       LoadFilters    `yaml:"pmc"`
	Load      OwnTRIMP       `yaml:"load"`
	HR        HRRange        `yaml:"hr"`
	MaxGapS   float64        `yaml:"max_gap_s"` // longest interval that a heart rate covers
}

// LoadFilters are how daily loads become chronic and acute load (§8.1).
type LoadFilters struct {
	Alpha   Convention `yaml:"alpha"`
	SeedCTL *float64   `yaml:"seed_ctl"` // before the first day, nil = the mean of the first 14
	SeedATL *float64   `yaml:"seed_atl"`
}

// OwnTRIMP are the athlete's own factors of Banister's impulse, from a lactate
// test (iTRIMP, §7.1); nil = those of the sex.
type OwnTRIMP struct {
	A *float64 `yaml:"trimp_a"`
	B *float64 `yaml:"trimp_b"`
}

// HRRange are the plausible heart rates of a recording, bpm (§1 step 3).
type HRRange struct {
	Min float64 `yaml:"min"`
	Max float64 `yaml:"max"`
}

// SampleRules are the rules that the samples of a run are read by.
type SampleRules struct {
	HR      HRRange
	MaxGapS float64
}

// Clone returns the same rules, sharing nothing with r.
func (r Rules) Clone() Rules {
	for _, p := range []**float64{&r.PMC.SeedCTL, &r.PMC.SeedATL, &r.Load.A, &r.Load.B} {
		if *p != nil {
			x := **p
			*p = &x
		}
	}
	return r
}

// Samples returns those that the samples of a run are read by.
func (r Rules) Samples() SampleRules { return SampleRules{r.HR, r.MaxGapS} }

// ScoreWeights are those of the components of readiness (§13.1): only their proportions matter
// for the score, their sum for its confidence.
type ScoreWeights struct {
	Wellness float64 `yaml:"wellness"`
	RHR      float64 `yaml:"rhr"`
	Load     float64 `yaml:"load"`
	Sleep    float64 `yaml:"sleep"`
	HRV      float64 `yaml:"hrv"`
	HRR      float64 `yaml:"hrr"`
	HRex     float64 `yaml:"hrex"`
}

// EvidenceLimits are the least confidences a score needs (§13.1).
type EvidenceLimits struct {
	Least         float64 `yaml:"least"`
	LeastWithHRex float64 `yaml:"least_with_hrex"`
}

// Caps are the highest readiness each fact allows (§13.2).
type Caps struct {
	Limping    float64 `yaml:"limping"`
	Swelling   float64 `yaml:"swelling"`
	Illness    float64 `yaml:"illness"`
	Pain       float64 `yaml:"pain"`
	RHRMarked  float64 `yaml:"rhr_marked"`
	SleepShort float64 `yaml:"sleep_short"`
}

// Borders are the lowest readiness of each band, and how far beyond a border a
// score crosses it at once (§13.3).
type Borders struct {
	Easy       float64 `yaml:"easy"`
	Steady     float64 `yaml:"steady"`
	Ready      float64 `yaml:"ready"`
	Hysteresis float64 `yaml:"hysteresis"`
}

// RHRLimits are the thresholds of the states of resting heart rate: bpm above
// the baseline and own standard deviations (§5.2).
type RHRLimits struct {
	MarkedBPM   float64 `yaml:"marked_bpm"`
	MarkedZ     float64 `yaml:"marked_z"`
	ElevatedBPM float64 `yaml:"elevated_bpm"`
	ElevatedZ   float64 `yaml:"elevated_z"`
	DriftBPM    float64 `yaml:"drift_bpm"`
	DriftZ      float64 `yaml:"drift_z"`
}

// DetectorLimits are the thresholds of the under-recovery detector (§14).
type DetectorLimits struct {
	FormLow        float64 `yaml:"form_low"`         // form_frac, at most
	FormVeryLow    float64 `yaml:"form_very_low"`    // form_frac, at most: two points
	SessionSpike   float64 `yaml:"session_spike"`    // ratio, above
	Monotony       float64 `yaml:"monotony"`         // ratio, above
	SleepMeanH     float64 `yaml:"sleep_mean_h"`     // 7-day mean, below
	SleepNightH    float64 `yaml:"sleep_night_h"`    // last night, below
	WellnessG      float64 `yaml:"wellness_g"`       // on two of three entries, at most
	WellnessTodayG float64 `yaml:"wellness_today_g"` // today alone, at most
	SorenessDays   float64 `yaml:"soreness_days"`    // in a row, at least
	HRVZ           float64 `yaml:"hrv_z"`            // below
	HRVVeryLowZ    float64 `yaml:"hrv_very_low_z"`   // below: two points
	HRRSlowBPM     float64 `yaml:"hrr_slow_bpm"`     // below expected, at least
	HRexHighBPM    float64 `yaml:"hrex_high_bpm"`    // above expected, at least
	MassDropPct    float64 `yaml:"mass_drop_pct"`    // at least

	WatchPoints  int `yaml:"watch_points"`   // WATCH from here
	CalmPoints   int `yaml:"calm_points"`    // a calm day up to here
	StrongPoints int `yaml:"strong_points"`  // a strong day from here
	AtOncePoints int `yaml:"at_once_points"` // a strong day that needs no second
	ReminderDays int `yaml:"reminder_days"`  // between two messages of an episode
}

// DefaultRules returns the numbers of the specification.
func DefaultRules() Rules {
	return Rules{
		Weights:   ScoreWeights{Wellness: 0.25, RHR: 0.20, Load: 0.20, Sleep: 0.15, HRV: 0.10, HRR: 0.10, HRex: 0.15},
		Evidence:  EvidenceLimits{Least: 0.40, LeastWithHRex: 0.25},
		Caps:      Caps{Limping: 20, Swelling: 20, Illness: 20, Pain: 40, RHRMarked: 40, SleepShort: 55},
		Bands:     Borders{Easy: 40, Steady: 55, Ready: 70, Hysteresis: 3},
		RestingHR: RHRLimits{MarkedBPM: 7, MarkedZ: 3, ElevatedBPM: 5, ElevatedZ: 2, DriftBPM: 3, DriftZ: 1},
		Detector: DetectorLimits{
			FormLow: -0.30, FormVeryLow: -0.50, SessionSpike: 1.30, Monotony: 2, SleepMeanH: 6.5, SleepNightH: 5,
			WellnessG: -1, WellnessTodayG: -2, SorenessDays: 3, HRVZ: -1, HRVVeryLowZ: -1.5, HRRSlowBPM: 5, HRexHighBPM: 6, MassDropPct: 2,
			WatchPoints: 3, CalmPoints: 2, StrongPoints: 5, AtOncePoints: 8, ReminderDays: 5,
		},
		PMC:     LoadFilters{Alpha: Exp},
		HR:      HRRange{Min: minHR, Max: maxHR},
		MaxGapS: maxGap,
	}
}

// Check reports every rule that is no number and all that contradict each other,
// joined; each begins with the name of what is wrong.
func (r Rules) Check() error {
	var faults []error
	for _, f := range r.fields() {
		if x, ok := f.number(); ok && !(math.Abs(x) <= 1e6) {
			faults = append(faults, fmt.Errorf("%s: must be a number between -1000000 and 1000000", f.name))
		}
	}
	for _, c := range []struct {
		ok   bool
		what string
	}{
		{r.Weights.least() >= 0, "weights: each must be 0 or more"},
		{r.Weights.sum() >= r.Evidence.Least && r.Weights.sum() <= 10, "weights: their sum must be evidence.least to 10: with less there is never a score"},
		{r.Evidence.Least > 0 && r.Evidence.Least <= 1, "evidence.least: must be above 0 and at most 1"},
		{r.Evidence.LeastWithHRex > 0 && r.Evidence.LeastWithHRex <= r.Evidence.Least, "evidence.least_with_hrex: must be above 0 and at most evidence.least"},
		{r.Caps.within(0, 100), "caps: each must be 0 to 100"},
		{0 < r.Bands.Easy && r.Bands.Easy < r.Bands.Steady && r.Bands.Steady < r.Bands.Ready && r.Bands.Ready <= 100, "bands: want 0 < easy < steady < ready <= 100"},
		{r.Bands.Hysteresis >= 0 && r.Bands.Hysteresis <= 50, "bands.hysteresis: must be 0 to 50"},
		{r.RestingHR.least() >= 0, "resting_hr: each must be 0 or more"},
		{r.Detector.SessionSpike >= 1 && r.Detector.SorenessDays >= 1, "detector: session_spike and soreness_days must be at least 1"},
		{min(r.Detector.HRRSlowBPM, r.Detector.HRexHighBPM, r.Detector.MassDropPct) > 0, "detector: hrr_slow_bpm, hrex_high_bpm and mass_drop_pct must be above 0"},
		{r.Detector.FormVeryLow <= r.Detector.FormLow, "detector.form_very_low: must not be above form_low"},
		{r.Detector.HRVVeryLowZ <= r.Detector.HRVZ, "detector.hrv_very_low_z: must not be above hrv_z"},
		{0 <= r.Detector.CalmPoints && r.Detector.CalmPoints < r.Detector.WatchPoints, "detector: want 0 <= calm_points < watch_points"},
		{r.Detector.WatchPoints <= r.Detector.StrongPoints && r.Detector.StrongPoints <= r.Detector.AtOncePoints, "detector: want watch_points <= strong_points <= at_once_points"},
		{r.Detector.ReminderDays >= 1, "detector.reminder_days: must be at least 1"},
		{r.PMC.Alpha.known(), "pmc.alpha: must be exp, inv or ema"},
		{between(r.PMC.SeedCTL, 0, 1000) && between(r.PMC.SeedATL, 0, 1000), "pmc: seed_ctl and seed_atl must be 0 to 1000"},
		{(r.Load.A == nil) == (r.Load.B == nil), "load: trimp_a and trimp_b belong together"},
		{between(r.Load.A, 0.01, 10) && between(r.Load.B, 0, 10), "load: trimp_a must be 0.01 to 10, trimp_b 0 to 10"},
		{10 <= r.HR.Min && r.HR.Min < r.HR.Max && r.HR.Max < 255, "hr: want 10 <= min < max < 255 (a missing value)"},
		{1 <= r.MaxGapS && r.MaxGapS <= 300, "max_gap_s: must be 1 to 300"},
	} {
		if !c.ok {
			faults = append(faults, errors.New(c.what))
		}
	}
	return errors.Join(faults...)
}

// between reports a number within bounds, or none.
func between(x *float64, lo, hi float64) bool { return x == nil || *x >= lo && *x <= hi }

func (w ScoreWeights) all() []float64 {
	return []float64{w.Wellness, w.RHR, w.Load, w.Sleep, w.HRV, w.HRR, w.HRex}
}

func (w ScoreWeights) sum() float64 { return sum(w.all()) }

func (w ScoreWeights) least() float64 { return slices.Min(w.all()) }

func (l RHRLimits) least() float64 {
	return min(l.MarkedBPM, l.MarkedZ, l.ElevatedBPM, l.ElevatedZ, l.DriftBPM, l.DriftZ)
}

func (c Caps) within(lo, hi float64) bool {
	for _, x := range []float64{c.Limping, c.Swelling, c.Illness, c.Pain, c.RHRMarked, c.SleepShort} {
		if !(x >= lo && x <= hi) {
			return false
		}
	}
	return true
}
