package physio

// SteadyFrom is how many moving seconds at the start do not count as steady.
const SteadyFrom = 600

// Steady is the part of a run that decoupling and efficiency rest on (§9.1): one
// entry per second, speed in m/s, heart rate in bpm, NaN = missing.
type Steady struct{ Speed, HR []float64 }

// SteadyPart returns the moving seconds with speed after the first 600 of them
// and before second until (§9.1). Walking belongs to it, so that intervals with
// walks do not pass as steady. Reasons: too_short (fewer than 1200 of them running),
// hr_coverage_low (heart rate on less than 80 %), cadence_lock_suspected (only
// locked samples are missing), not_steady (see [Steady.Even]).
func (s Stream) SteadyPart(until int) (Steady, string) {
	var part, locked Steady
	seen, running := 0, 0
	for g := 0; g < min(until, len(s.State)); g++ {
		if !s.Moving(g) || missing(s.V[g]) {
			continue
		}
		if seen++; seen <= SteadyFrom {
			continue
		}
		if s.Running(g) {
			running++
		}
		part.Speed, part.HR = append(part.Speed, s.V[g]), append(part.HR, s.HR[g])
		locked.HR = append(locked.HR, s.LockedHR[g])
	}
	switch {
	case running < 1200:
		return Steady{}, "too_short"
	case part.Covered() < 0.80 && locked.Covered() >= 0.80:
		return Steady{}, "cadence_lock_suspected"
	case part.Covered() < 0.80:
		return Steady{}, "hr_coverage_low"
	case !part.Even():
		return Steady{}, "not_steady"
	}
	return part, ""
}

// Efficiency is the efficiency factor of the seconds with heart rate, m/min per
// bpm, with their mean heart rate in bpm (§9.2); false without any.
//
// Source: Friel; TrainingPeaks reports yards, a factor of 1.0936.
func (s Steady) Efficiency() (ef, hr float64, ok bool) {
	var v, h []float64
	for i, x := range s.HR {
		if !missing(x) && !missing(s.Speed[i]) {
			v, h = append(v, s.Speed[i]), append(h, x)
		}
	}
	speed, ok := meanOf(v)
	hr, okHR := meanOf(h)
	if !ok || !okHR || hr <= 0 {
		return 0, 0, false
	}
	return speed * 60 / hr, hr, true
}

// Decoupling is how much efficiency fell from the first half to the second, in
// percent: 100·(EF1 − EF2)/EF1; false when a half has no heart rate or no speed.
// Below 5 is well coupled, above 10 high; heat and hills raise it.
//
// Source: Friel.
func (s Steady) Decoupling() (float64, bool) {
	half := len(s.Speed) / 2
	first, _, ok1 := Steady{s.Speed[:half], s.HR[:half]}.Efficiency()
	second, _, ok2 := Steady{s.Speed[half:], s.HR[half:]}.Efficiency()
	if !ok1 || !ok2 || first <= 0 {
		return 0, false
	}
	return 100 * (first - second) / first, true
}

// Even reports that the means of the complete minutes vary by at most 15 % of
// their mean (sample SD).
func (s Steady) Even() bool {
	var minutes []float64
	for i := 0; i+60 <= len(s.Speed); i += 60 {
		if m, ok := meanOf(s.Speed[i : i+60]); ok {
			minutes = append(minutes, m)
		}
	}
	mean, ok := Mean(minutes)
	sd, okSD := SampleSD(minutes)
	return ok && okSD && sd <= 0.15*mean
}

// Covered is the share of seconds with heart rate, 0-1.
func (s Steady) Covered() float64 {
	if len(s.HR) == 0 {
		return 0
	}
	n := 0
	for _, h := range s.HR {
		if !missing(h) {
			n++
		}
	}
	return float64(n) / float64(len(s.HR))
}
