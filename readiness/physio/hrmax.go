package physio

import "math"

// Tanaka returns the maximal heart rate in bpm to expect at an age in years (§6):
// 208 − 0.7·age, standard error about 10 bpm. An estimate, never a measurement.
// Null: no_profile_age.
//
// Source: Tanaka 2001.
func Tanaka(age float64) float64 { return 208 - 0.7*age }

// DefaultLTHR returns the lactate threshold heart rate in bpm to assume for a
// maximal heart rate, 0.88·HRmax (§6). Null: hrmax_unknown.
func DefaultLTHR(hrMax float64) float64 { return 0.88 * hrMax }

// VT1 returns the first ventilatory threshold in bpm, 0.90·LTHR; the second is LTHR
// itself (§6).
func VT1(lthr float64) float64 { return 0.90 * lthr }

// Hold10 returns the highest heart rate in bpm held for 10 s while running: the
// greatest minimum over 10 consecutive running seconds from second 300 on. hr is
// the heart rate on the grid, NaN = missing; false when there is none.
func (s *Seconds) Hold10(hr []float64) (float64, bool) {
	best, ok := 0.0, false
	length := 0
	for g := 300; g < len(s.State); g++ {
		if !s.Running(g) || missing(hr[g]) {
			length = 0
			continue
		}
		length++
		if length < 10 {
			continue
		}
		low := hr[g]
		for _, x := range hr[g-9 : g] {
			low = math.Min(low, x)
		}
		if !ok || low > best {
			best, ok = low, true
		}
	}
	return best, ok
}

// Hold is the 10 s hold of one run and whether the run is tagged race or hard.
type Hold struct {
	BPM    float64
	Tagged bool
}

// ObservedHRMax returns the maximal heart rate that the holds of the runs up to
// now show, in bpm (§6): the highest plausible one, once one of them counts.
// tanaka is the age's expectation, NaN when the age is unknown.
//
// A hold is plausible up to tanaka+25 and, above tanaka+10, only when another
// run's plausible-by-limit hold lies at most 5 bpm below it or above: one bad
// strap reading must not set HRmax for years. A hold counts from 0.93·tanaka on,
// or in a tagged run; without an age only tagged runs count.
func ObservedHRMax(holds []Hold, tanaka float64) (float64, bool) {
	best, counts := 0.0, false
	for i, h := range holds {
		if !plausible(holds, i, tanaka) {
			continue
		}
		best = math.Max(best, h.BPM)
		counts = counts || h.Tagged || h.BPM >= 0.93*tanaka
	}
	return best, counts
}

func plausible(holds []Hold, i int, tanaka float64) bool {
	h := holds[i].BPM
	if missing(tanaka) {
		return true
	}
	return h <= tanaka+25 && (h <= tanaka+10 || confirmed(holds, i, tanaka+25))
}

// confirmed reports whether another hold up to limit lies at most 5 bpm below
// holds[i], or above it.
func confirmed(holds []Hold, i int, limit float64) bool {
	for k, o := range holds {
		if k != i && o.BPM <= limit && o.BPM >= holds[i].BPM-5 {
			return true
		}
	}
	return false
}

// EstimatedHRMax returns, for an athlete of unknown age, the highest hold that
// another run's confirms, once five runs have one; an estimate by construction.
func EstimatedHRMax(holds []Hold) (float64, bool) {
	if len(holds) < 5 {
		return 0, false
	}
	best, ok := 0.0, false
	for i, h := range holds {
		if confirmed(holds, i, math.Inf(1)) && (!ok || h.BPM > best) {
			best, ok = h.BPM, true
		}
	}
	return best, ok
}
