package physio

import "slices"

// HRRPoint is one recovery: where it started and how far it fell, bpm.
type HRRPoint struct{ End, Drop float64 }

// HRRComparison compares the newest recoveries with those before (§4.5).
type HRRComparison struct {
	Slope               float64 // bpm of drop per bpm of end heart rate
	Test, Expected, Dev float64
	Spread, Z           float64
	Meaningful          bool
	SmallestWorthwhile  float64 // bpm, for display
	tests               int
}

// HRRSpreadFloor is the smallest spread of a recovery baseline, bpm.
const HRRSpreadFloor = 3

// CompareHRR compares the test recoveries with up to ten before them, all bpm
// (§4.5): each baseline value is moved to the test's end heart rate, because the
// fall grows with it:
//
//	m_i      = drop_i + s·(f − end_i)
//	s        = Theil–Sen slope of drop on end, kept in 0..1, from 6 values that span
//	           6 bpm on, else 0
//	expected = mean over the tests of the median of m
//	dev      = mean of the tests − expected, z = dev/max(1.4826·MAD of m, 3)
//
// Negative is slower than usual. False with fewer than 4 baseline values or no test
// (baseline_short).
//
// Source: Lamberts 2004, 2009 (most repeatable near 85–90 % of the maximum);
// Bosquet 2008 (IJSM): an error of about 20 % of a single value.
func CompareHRR(base, test []HRRPoint) (c HRRComparison, ok bool) {
	if len(base) < 4 || len(test) == 0 {
		return c, false
	}
	c.Slope = hrrSlope(base)
	var expected, drops []float64
	for _, p := range test {
		centre, spread, _ := RobustBaseline(moved(base, c.Slope, p.End), HRRSpreadFloor)
		expected, drops, c.Spread = append(expected, centre), append(drops, p.Drop), spread
	}
	c.Expected, _ = Mean(expected)
	c.Test, _ = Mean(drops)
	c.Dev = c.Test - c.Expected
	c.Z = c.Dev / c.Spread
	c.SmallestWorthwhile = max(0.5*c.Spread, 3)
	c.Meaningful = max(c.Dev, -c.Dev) >= max(c.Spread, 5)
	c.tests = len(test)
	return c, true
}

// Slow reports a recovery at least as far below expected as the spread and least
// (bpm), over two runs.
func (c HRRComparison) Slow(least float64) bool {
	return c.tests >= 2 && c.Dev <= -max(c.Spread, least)
}

// FastUnderLoad reports the paradox of §4.6: a faster recovery in a tired,
// loaded athlete is no good sign.
func (c HRRComparison) FastUnderLoad(wellnessG, form *float64) bool {
	return c.tests > 0 && c.Dev >= max(c.Spread, 5) && atMost(wellnessG, -1) && atMost(form, -0.20)
}

func hrrSlope(base []HRRPoint) float64 {
	var ends, drops []float64
	for _, p := range base {
		ends, drops = append(ends, p.End), append(drops, p.Drop)
	}
	if len(base) < 6 || slices.Max(ends)-slices.Min(ends) < 6 {
		return 0
	}
	s, _, _ := TheilSen(ends, drops, nil)
	return min(max(s, 0), 1)
}

func moved(base []HRRPoint, slope, end float64) []float64 {
	m := make([]float64, len(base))
	for i, p := range base {
		m[i] = p.Drop + slope*(end-p.End)
	}
	return m
}

// EndBand names the band of an end heart rate relative to the maximum: b70, b80
// or b90; false below 0.70, where nothing is compared (effort_too_easy, §4.5).
func EndBand(end, hrmax float64) (string, bool) {
	switch x := end / hrmax; {
	case !(hrmax > 0):
		return "", false
	case x >= 0.90:
		return "b90", true
	case x >= 0.80:
		return "b80", true
	case x >= 0.70:
		return "b70", true
	}
	return "", false
}

// DeviceInSeries reports whether a watch's recovery event is comparable: a drop
// of at least 0 that began at most 30 s after the effort's end, at 70 % of the
// maximum or more (§4.2).
func DeviceInSeries(drop, stopMinusEnd, hrAtStop, hrmax float64) bool {
	return drop >= 0 && stopMinusEnd >= 0 && stopMinusEnd <= 30 && hrAtStop >= 0.70*hrmax
}
