package physio

import "math"

// Decay is a mono-exponential fit HR(t) = Infinity + Amplitude·e^(−t/Tau): bpm,
// bpm, s; R2 is the share of variance explained, 0-1.
type Decay struct{ Tau, Infinity, Amplitude, R2 float64 }

// tauMin and tauMax are the first and last time constant tried, s.
const tauMin, tauMax = 10, 400

// FitDecay fits the heart rates of consecutive seconds from the effort's end on
// (§4.4): the whole τ with the smallest error, then golden-section search around
// it to 1e-9 s. hr in bpm, second by second, NaN = missing; τ is 10 to 400 s.
// Reasons: fit_poor (R² < 0.90, or no fall), tau_at_bound. Parameters of short or
// walked recoveries are unstable; they inform only.
//
// Source: Bosquet 2008.
func FitDecay(hr []float64) (Decay, string) {
	best := decayAt(hr, tauMin)
	whole := tauMin
	for tau := tauMin + 1; tau <= tauMax; tau++ {
		if d := decayAt(hr, float64(tau)); d.R2 > best.R2 {
			best, whole = d, tau
		}
	}
	best = refine(hr, float64(whole))
	switch {
	case !(best.R2 >= 0.90) || !(best.Amplitude > 0):
		return Decay{}, "fit_poor"
	case whole == tauMin || whole == tauMax:
		return Decay{}, "tau_at_bound"
	}
	return best, ""
}

// decayAt is the least-squares fit for one τ; R2 is NaN without variance.
func decayAt(hr []float64, tau float64) Decay {
	x, y := make([]float64, 0, len(hr)), make([]float64, 0, len(hr))
	for i, h := range hr {
		if !missing(h) {
			x, y = append(x, math.Exp(-float64(i)/tau)), append(y, h)
		}
	}
	d := Decay{Tau: tau, Amplitude: leastSquares(x, y)}
	mx, _ := meanOf(x)
	my, _ := meanOf(y)
	d.Infinity = my - d.Amplitude*mx
	var sse, sst float64
	for i := range y {
		off, spread := y[i]-d.Infinity-d.Amplitude*x[i], y[i]-my
		sse, sst = sse+off*off, sst+spread*spread
	}
	d.R2 = 1 - sse/sst
	return d
}

// refine searches τ within ±1 s of the best whole one, to 1e-9 s.
func refine(hr []float64, tau float64) Decay {
	ratio := (math.Sqrt(5) - 1) / 2
	lo, hi := tau-1, tau+1
	a, b := hi-ratio*(hi-lo), lo+ratio*(hi-lo)
	fa, fb := decayAt(hr, a), decayAt(hr, b)
	for hi-lo > 1e-9 {
		if fa.R2 >= fb.R2 {
			hi, b, fb = b, a, fa
			a = hi - ratio*(hi-lo)
			fa = decayAt(hr, a)
			continue
		}
		lo, a, fa = a, b, fb
		b = lo + ratio*(hi-lo)
		fb = decayAt(hr, b)
	}
	return decayAt(hr, (lo+hi)/2)
}

// RecoverySeconds returns how long from the effort's end te the recovery is
// fitted, s: at most 300, to the end of the grid, to the first running episode, or
// to the first episode of another state that lasts more than 20 s (§4.4).
func (s *Seconds) RecoverySeconds(te int) int {
	end := min(te+300, len(s.State)-1)
	from := s.afterEffort(te)
	for g := from; g < end; {
		next := g
		for next < len(s.State) && s.State[next] == s.State[g] {
			next++
		}
		if s.State[g] == RunMotion || s.State[g] != s.State[from] && next-g > 20 {
			return g - te
		}
		g = next
	}
	return max(end-te, 0)
}

// afterEffort is the first second from te on that is not of the effort itself: an
// effort that ends with a pause ends in its last running second.
func (s *Seconds) afterEffort(te int) int {
	g := te
	for g < len(s.State)-1 && s.State[g] == RunMotion {
		g++
	}
	return g
}

// Curve returns the heart rate at the whole seconds of [te, te+w], linear between
// valid samples, NaN outside them; false when less than 90 % is covered.
func (s *Signal) Curve(te float64, w int) ([]float64, bool) {
	if s.coverage(te, te+float64(w)) < 0.9*float64(w) {
		return nil, false
	}
	out := make([]float64, w+1)
	for k := range out {
		out[k] = s.at(te + float64(k))
	}
	return out, true
}
