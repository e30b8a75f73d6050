package physio

// The acute:chronic ratios of §8.2 are shown only: no alert and no weight rests
// on them.

// leastChronic is the smallest daily load a ratio may be divided by.
const leastChronic = 5

// Ratio divides an acute by a chronic daily load, false when the chronic one is
// below 5 (chronic_load_too_low).
func Ratio(acute, chronic float64) (float64, bool) {
	if chronic < leastChronic {
		return 0, false
	}
	return acute / chronic, true
}

// Coupled returns Σ7/7 over Σ28/28 of the last 28 daily loads; false with another
// number of them (load_history_short) or a mean below 5 (chronic_load_too_low,
// §8.2). Source: Gabbett 2016; contested by Lolli 2019 (coupling makes the relation
// partly arithmetic), Impellizzeri 2020 and Frandsen 2025.
func Coupled(last28 []float64) (float64, bool) {
	if len(last28) != 28 {
		return 0, false
	}
	return Ratio(sum(last28[21:])/7, sum(last28)/28)
}

// Uncoupled returns Σ7/7 over the mean of the 21 days before (§8.2), false as
// [Coupled].
func Uncoupled(last28 []float64) (float64, bool) {
	if len(last28) != 28 {
		return 0, false
	}
	return Ratio(sum(last28[21:])/7, sum(last28[:21])/21)
}

func sum(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}
