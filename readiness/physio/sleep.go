package physio

// DeviceSleep returns a watch's total hours of a night, false outside 1..16:
// watches write sleep messages of 0 h for worn hours (§11).
func DeviceSleep(hours float64) (float64, bool) { return hours, hours >= 1 && hours <= 16 }

// SleepWeek returns mean and debt, h, of the nights of 7 days that are known: debt
// = Σ max(0, 7 − h); false with fewer than 4 (recent_short, §11). The target of
// 7–9 h is that of the seed texts; a watch's sleep is no reference measurement.
func SleepWeek(nights []float64) (mean, debt float64, ok bool) {
	if len(nights) < 4 {
		return 0, 0, false
	}
	for _, h := range nights {
		debt += max(0, 7-h)
	}
	mean, _ = Mean(nights)
	return mean, debt, true
}

// SleepBlend returns 0.6·last night + 0.4·7-day mean, h; last night alone when the
// mean is unknown (nil, §11). The weights are a design choice.
func SleepBlend(last float64, mean7 *float64) float64 {
	if mean7 == nil {
		return last
	}
	return 0.6*last + 0.4**mean7
}
