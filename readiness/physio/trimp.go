package physio

import "math"

// HRTime is a time-weighted heart rate: S seconds at BPM.
type HRTime struct{ BPM, S float64 }

// Reserve returns the fraction of heart rate reserve, (hr−rest)/(max−rest).
func Reserve(hr, hrMax, hrRest float64) float64 { return (hr - hrRest) / (hrMax - hrRest) }

// BanisterFactors returns the weights a and b of TRIMP for male, female or any
// other sex (the midpoint).
//
// Source: Morton, Fitz-Clarke & Banister 1990; the midpoint is ours.
func BanisterFactors(sex string) (a, b float64) {
	switch sex {
	case "male":
		return 0.64, 1.92
	case "female":
		return 0.86, 1.67
	}
	return 0.75, 1.795
}

// Banister returns Banister's training impulse,
//
//	TRIMP = Σ (s/60)·x·a·e^(b·x),  x = heart rate reserve clamped to 0..1
//
// per sample, not from the mean heart rate: the weight is convex, so the mean
// under-reads intervals. Other sports than running count only from x = 0.30 on
// (ACSM 2011: below is very light): lifts and lunch breaks are no training.
// Needs hrMax > hrRest.
//
// Source: Banister 1991.
func Banister(times []HRTime, hrMax, hrRest float64, sex string, running bool) float64 {
	a, b := BanisterFactors(sex)
	sum := 0.0
	for _, h := range times {
		x := math.Min(1, math.Max(0, Reserve(h.BPM, hrMax, hrRest)))
		if !running && x < 0.30 {
			continue
		}
		sum += h.S / 60 * x * a * math.Exp(b*x)
	}
	return sum
}

// HRSS returns a training impulse in units of one hour at threshold, times 100
// (§7.4). Needs lthr > hrRest and hrMax > hrRest. It is not TrainingPeaks' hrTSS.
func HRSS(trimp, hrMax, hrRest, lthr float64, sex string) float64 {
	return 100 * trimp / Banister([]HRTime{{lthr, 3600}}, hrMax, hrRest, sex, true)
}

// Edwards returns Edwards' training impulse: minutes in the zones from 50, 60,
// 70, 80 and 90 % of HRmax weighted 1 to 5 (Edwards 1993).
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

// Lucia returns Lucia's training impulse: minutes below VT1, from VT1 and from
// VT2 on, weighted 1 to 3 (Lucia 2003). Thresholds in bpm.
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
