package physio

// EFLow judges efficiency factors of comparable runs, oldest first: the last two
// are the test, the median of up to ten before (at least four) the baseline; low
// at 95 % of it or less (§9.2). ok is false without enough of them.
func EFLow(ef []float64) (low, ok bool) {
	n := len(ef) - 2
	if n < 4 {
		return false, false
	}
	base, _ := Median(ef[max(0, n-10):n])
	test, _ := Mean(ef[n:])
	return test <= 0.95*base, true
}
