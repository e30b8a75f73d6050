package physio

import "math"

// HRTime is a time-weighted heart rate: S seconds at BPM. A run's list of them is
// enough to compute every load again for another HRmax.
type HRTime struct{ BPM, S float64 }

// Reserve returns the fraction of heart rate reserve, (hr−rest)/(max−rest), all in
// bpm: 0 at rest, 1 at the maximum. Needs hrMax > hrRest.
//
// Source: Karvonen 1957.
func Reserve(hr, hrMax, hrRest float64) float64 { return (hr - hrRest) / (hrMax - hrRest) }

// Factors are the weights a and b of Banister's impulse.
type Factors struct{ A, B float64 }

// BanisterFactors returns the factors for male, female or any other sex (the
// midpoint).
//
// Source: Morton, Fitz-Clarke & Banister 1990; the midpoint is ours.
func BanisterFactors(sex string) Factors {
	switch sex {
	case "male":
		return Factors{0.64, 1.92}
	case "female":
		return Factors{0.86, 1.67}
	}
	return Factors{0.75, 1.795}
}

// Factors returns the athlete's own factors, nil without.
//
// Source: Manzi 2009 (iTRIMP).
func (o OwnTRIMP) Factors() *Factors {
	if o.A == nil || o.B == nil {
		return nil
	}
	return &Factors{*o.A, *o.B}
}

// Banister returns Banister's training impulse,
//
//	TRIMP = Σ (s/60)·x·a·e^(b·x),  x = heart rate reserve clamped to 0..1
//
// per sample, not from the mean heart rate: the weight is convex, so the mean
// under-reads intervals. Other sports than running count only from x = 0.30 on
// (ACSM 2011: below is very light): lifts and lunch breaks are no training.
// No unit; an easy hour is about 60, a hard one 150. Null: no_hr, hr_coverage_low,
// hrmax_unknown, hrmax_le_hrrest (it needs hrMax > hrRest).
//
// Source: Banister 1991; Morton, Fitz-Clarke & Banister 1990.
func Banister(times []HRTime, hrMax, hrRest float64, f Factors, running bool) float64 {
	sum := 0.0
	for _, h := range times {
		x := math.Min(1, math.Max(0, Reserve(h.BPM, hrMax, hrRest)))
		if !running && x < 0.30 {
			continue
		}
		sum += h.S / 60 * x * f.A * math.Exp(f.B*x)
	}
	return sum
}

// HRSS returns a training impulse in units of one hour at threshold, times 100
// (§7.4): 100·trimp / TRIMP(60 min at lthr), the unit of all loads here. Heart rates
// in bpm. Null like [Banister], and lthr_le_hrrest. It is not TrainingPeaks' hrTSS,
// whose zones are not published.
//
// Source: the normalisation of Coggan's TSS on Banister's impulse.
func HRSS(trimp, hrMax, hrRest, lthr float64, f Factors) float64 {
	return 100 * trimp / Banister([]HRTime{{lthr, 3600}}, hrMax, hrRest, f, true)
}

// Edwards returns Edwards' training impulse (§7.2): minutes in the zones from 50,
// 60, 70, 80 and 90 % of hrMax (bpm) weighted 1 to 5, closed below; below 50 % counts
// 0. No unit, at most 300 an hour. Null: no_hr, hr_coverage_low, hrmax_unknown.
//
// Source: Edwards 1993.
func Edwards(times []HRTime, hrMax float64) float64 {
	sum := 0.0
	for _, h := range times {
		share := h.BPM / hrMax
		for _, border := range []float64{0.5, 0.6, 0.7, 0.8, 0.9} {
			if share >= border {
				sum += h.S / 60
			}
		}
	}
	return sum
}

// Lucia returns Lucia's training impulse (§7.3): minutes below VT1, from VT1 and
// from VT2 on, weighted 1 to 3. Thresholds in bpm. No unit, at most 180 an hour.
// Null: no_hr, hr_coverage_low, hrmax_unknown.
//
// Source: Lucia 2003.
func Lucia(times []HRTime, vt1, vt2 float64) float64 {
	sum := 0.0
	for _, h := range times {
		weight := 1.0
		if h.BPM >= vt1 {
			weight = 2
		}
		if h.BPM >= vt2 {
			weight = 3
		}
		sum += h.S / 60 * weight
	}
	return sum
}
