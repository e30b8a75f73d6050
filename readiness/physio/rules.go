package physio

import (
	"errors"
	"fmt"
	"math"
)

// Rules are the numbers of the verdict that are design choices, not
// measurements (§5.2, §13, §14): the weights, caps and borders of readiness and
// the thresholds of the under-recovery detector. They are a value, so that a
// history can be judged under other ones; [DefaultRules] are the specification's.
type Rules struct {
	Weights   ScoreWeights   `yaml:"weights"`
	Evidence  EvidenceLimits `yaml:"evidence"`
	Caps      Caps           `yaml:"caps"`
	Bands     Borders        `yaml:"bands"`
	RestingHR RHRLimits      `yaml:"resting_hr"`
	Detector  DetectorLimits `yaml:"detector"`
}

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
	}
}

// Check reports rules that are no numbers or contradict each other.
func (r Rules) Check() error {
	for _, x := range r.numbers() {
		if math.IsNaN(x) || math.Abs(x) > 1e6 {
			return errors.New("rules: every value must be a number between -1000000 and 1000000")
		}
	}
	for _, c := range []struct {
		ok   bool
		what string
	}{
		{r.Weights.least() >= 0, "weights: each must be 0 or more"},
		{r.Weights.sum() > 0 && r.Weights.sum() <= 10, "weights: their sum must be above 0 and at most 10"},
		{r.Evidence.Least > 0 && r.Evidence.Least <= 1, "evidence.least: must be above 0 and at most 1"},
		{r.Evidence.LeastWithHRex > 0 && r.Evidence.LeastWithHRex <= r.Evidence.Least, "evidence.least_with_hrex: must be above 0 and at most evidence.least"},
		{r.Caps.within(0, 100), "caps: each must be 0 to 100"},
		{0 < r.Bands.Easy && r.Bands.Easy < r.Bands.Steady && r.Bands.Steady < r.Bands.Ready && r.Bands.Ready <= 100, "bands: want 0 < easy < steady < ready <= 100"},
		{r.Bands.Hysteresis >= 0 && r.Bands.Hysteresis <= 50, "bands.hysteresis: must be 0 to 50"},
		{r.Detector.FormVeryLow <= r.Detector.FormLow, "detector.form_very_low: must not be above form_low"},
		{r.Detector.HRVVeryLowZ <= r.Detector.HRVZ, "detector.hrv_very_low_z: must not be above hrv_z"},
		{0 <= r.Detector.CalmPoints && r.Detector.CalmPoints < r.Detector.WatchPoints, "detector: want 0 <= calm_points < watch_points"},
		{r.Detector.WatchPoints <= r.Detector.StrongPoints && r.Detector.StrongPoints <= r.Detector.AtOncePoints, "detector: want watch_points <= strong_points <= at_once_points"},
		{r.Detector.ReminderDays >= 1, "detector.reminder_days: must be at least 1"},
	} {
		if !c.ok {
			return fmt.Errorf("rules: %s", c.what)
		}
	}
	return nil
}

func (w ScoreWeights) all() []float64 {
	return []float64{w.Wellness, w.RHR, w.Load, w.Sleep, w.HRV, w.HRR, w.HRex}
}

func (w ScoreWeights) sum() float64 { return sum(w.all()) }

func (w ScoreWeights) least() float64 {
	least := w.Wellness
	for _, x := range w.all() {
		least = min(least, x)
	}
	return least
}

func (c Caps) within(lo, hi float64) bool {
	for _, x := range []float64{c.Limping, c.Swelling, c.Illness, c.Pain, c.RHRMarked, c.SleepShort} {
		if !(x >= lo && x <= hi) {
			return false
		}
	}
	return true
}

// numbers lists every rule that may be a fraction.
func (r Rules) numbers() []float64 {
	e, c, b, h, d := r.Evidence, r.Caps, r.Bands, r.RestingHR, r.Detector
	return append(r.Weights.all(),
		e.Least, e.LeastWithHRex, c.Limping, c.Swelling, c.Illness, c.Pain, c.RHRMarked, c.SleepShort,
		b.Easy, b.Steady, b.Ready, b.Hysteresis, h.MarkedBPM, h.MarkedZ, h.ElevatedBPM, h.ElevatedZ, h.DriftBPM, h.DriftZ,
		d.FormLow, d.FormVeryLow, d.SessionSpike, d.Monotony, d.SleepMeanH, d.SleepNightH, d.WellnessG, d.WellnessTodayG,
		d.SorenessDays, d.HRVZ, d.HRVVeryLowZ, d.HRRSlowBPM, d.HRexHighBPM, d.MassDropPct,
	)
}
