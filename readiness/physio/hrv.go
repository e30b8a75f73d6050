package physio

import "math"

// RMSSD returns the root mean square of successive differences of accepted
// beats of a rest recording, ms (§10). Intervals outside 300–2000 ms or more
// than 20 % from the median of their five neighbours are rejected. Null when
// more than 5 % are (rr_artefacts) or no two beats follow each other (no_hrv).
func RMSSD(rr []float64) (ms float64, reason string) {
	good, rejected := make([]bool, len(rr)), 0
	for i := range rr {
		good[i] = acceptBeat(rr, i)
		if !good[i] {
			rejected++
		}
	}
	if float64(rejected) > 0.05*float64(len(rr)) {
		return 0, "rr_artefacts"
	}
	squares, n := 0.0, 0
	for i := 1; i < len(rr); i++ {
		if good[i-1] && good[i] {
			squares += (rr[i] - rr[i-1]) * (rr[i] - rr[i-1])
			n++
		}
	}
	if n == 0 {
		return 0, "no_hrv"
	}
	return math.Sqrt(squares / float64(n)), ""
}

func acceptBeat(rr []float64, i int) bool {
	if !(rr[i] >= 300 && rr[i] <= 2000) {
		return false
	}
	lo := min(max(0, i-2), max(0, len(rr)-5))
	m, _ := Median(rr[lo:min(len(rr), lo+5)])
	return math.Abs(rr[i]-m) <= 0.20*m
}

// HRVReading compares a week of ln rMSSD with the 28 days before.
type HRVReading struct {
	Mean7, CV   float64
	Week        bool // false: fewer than 3 of 7 values (hrv_short)
	HasCV       bool // false: no week, or a mean of 1 ms or less
	Z           float64
	Mean, SD    float64
	HasBaseline bool // false: fewer than 14 of 28 values (baseline_short)
}

// HRV compares the ln rMSSD values (ms) that exist of d−6..d with those of
// d−34..d−7 (§10):
//
//	mean7 = mean of 3 values at least (else hrv_short)
//	z     = (mean7 − mean)/max(sample SD, 0.02), 14 values at least (baseline_short)
//	CV    = 100·sample SD/mean of the 7 days, %
//
// Bad is below. The standard deviation is that of daily values, so a 7-day mean
// leaves ±0.5 on one healthy day in five.
//
// Source: Plews 2012, 2013, 2014; Vesterinen 2016; Javaloyes 2019.
func HRV(last7, base28 []float64) HRVReading {
	r := HRVReading{Week: len(last7) >= 3, HasBaseline: len(base28) >= 14}
	if r.Week {
		r.Mean7, _ = Mean(last7)
		if sd, _ := SampleSD(last7); r.Mean7 > 0 {
			r.CV, r.HasCV = 100*sd/r.Mean7, true
		}
	}
	if r.HasBaseline {
		r.Mean, _ = Mean(base28)
		sd, _ := SampleSD(base28)
		r.SD = max(sd, 0.02)
		r.Z = (r.Mean7 - r.Mean) / r.SD
	}
	return r
}

// HasZ tells whether the comparison exists.
func (r HRVReading) HasZ() bool { return r.Week && r.HasBaseline }

// HRVStatus names a week's z: below (< −0.5), above (> 0.5) or within (§10,
// Vesterinen 2016). It is for display; the detector begins at −1.
func HRVStatus(z float64) string {
	switch {
	case z < -0.5:
		return "below"
	case z > 0.5:
		return "above"
	}
	return "within"
}

// HRVExempt tells that a low HRV comes with a low resting heart rate (7-day z ≤
// −0.5) and a fresh athlete (wellness g ≥ 0): saturation, not fatigue (§10, Plews
// 2013). nil = unknown; then there is no exemption.
func HRVExempt(rhrZ7, wellnessG *float64) bool { return atMost(rhrZ7, -0.5) && atLeast(wellnessG, 0) }
