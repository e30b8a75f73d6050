package physio

// DeviceSleep returns a watch's total hours of a night, false outside 1..16:
// watches write sleep messages of 0 h for worn hours (§11).
func DeviceSleep(hours float64) (float64, bool) { return hours, hours >= 1 && hours <= 16 }

// SleepWeek returns mean and debt (Σ max(0, 7−h)) of the nights of 7 days,
// false with fewer than 4 (recent_short).
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

// SleepBlend weighs last night and the 7-day mean (nil = unknown).
func SleepBlend(last float64, mean7 *float64) float64 {
	if mean7 == nil {
		return last
	}
	return 0.6*last + 0.4**mean7
}
