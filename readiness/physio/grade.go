package physio

import "math"

// maxGrade bounds the grade: beyond it the cost of running was not measured.
const maxGrade = 0.30

// gradeReach is how far to each side of a place the altitude is read, m.
const gradeReach = 25

// CostRatio is the energy cost of running at a grade relative to the level
// (§9.3), grade = rise over run, clamped to ±0.30; about 0.5 to 3.3:
//
//	Cr(i)/3.6, Cr(i) = 155.4i⁵ − 30.4i⁴ − 43.3i³ + 46.3i² + 19.5i + 3.6 J/kg/m
//
// It overstates the help of a descent at running speed.
//
// Source: Minetti 2002.
func CostRatio(grade float64) float64 {
	i := clamp(grade, -maxGrade, maxGrade)
	return (((((155.4*i-30.4)*i-43.3)*i+46.3)*i+19.5)*i + 3.6) / 3.6
}

// AltitudeFault is why altitude cannot be used: no_altitude when fewer than 80 %
// of the samples have one, altitude_unreliable when it changes by more than 5
// m/s between more than 1 % of the neighbouring pairs; "" when it can.
func AltitudeFault(t, altitude []float64) string {
	n, pairs, wild, last := 0, 0, 0, -1
	for i, a := range altitude {
		if missing(a) {
			continue
		}
		n++
		if last >= 0 {
			pairs++
			if math.Abs(a-altitude[last]) > 5*(t[i]-t[last]) {
				wild++
			}
		}
		last = i
	}
	switch {
	case n == 0 || 5*n < 4*len(altitude):
		return "no_altitude"
	case 100*wild > pairs:
		return "altitude_unreliable"
	}
	return ""
}

// Profile is the raw altitude over the cumulative distance, both in m.
type Profile struct{ distance, altitude []float64 }

// NewProfile reads the samples that have both; the last altitude of a distance
// counts.
func NewProfile(distance, altitude []float64) Profile {
	var p Profile
	for i, d := range distance {
		if missing(d) || missing(altitude[i]) {
			continue
		}
		if n := len(p.distance) - 1; n >= 0 && d <= p.distance[n] {
			p.altitude[n] = altitude[i]
			continue
		}
		p.distance, p.altitude = append(p.distance, d), append(p.altitude, altitude[i])
	}
	return p
}

// Grades returns the grade at each distance, which ascend: the rise from 25 m
// before to 25 m after, over the length really there; 0 where that is less than
// 10 m, NaN where the distance is.
func (p Profile) Grades(at []float64) []float64 {
	out := make([]float64, len(at))
	if len(p.distance) == 0 {
		return out
	}
	first, last := p.distance[0], p.distance[len(p.distance)-1]
	back, front := 0, 0
	for g, d := range at {
		if missing(d) {
			out[g] = math.NaN()
			continue
		}
		from, to := clamp(d-gradeReach, first, last), clamp(d+gradeReach, first, last)
		if to-from < 10 {
			continue
		}
		var a, b float64
		a, back = p.at(from, back)
		b, front = p.at(to, front)
		out[g] = (b - a) / (to - from)
	}
	return out
}

// at returns the altitude at a distance inside the profile, looking from index i
// on, and where it was found.
func (p Profile) at(d float64, i int) (float64, int) {
	for i+1 < len(p.distance)-1 && p.distance[i+1] < d {
		i++
	}
	share := (d - p.distance[i]) / (p.distance[i+1] - p.distance[i])
	return p.altitude[i] + share*(p.altitude[i+1]-p.altitude[i]), i
}

// NormalizedSpeed returns the normalized graded speed in m/s of grade-adjusted
// speeds of consecutive seconds (§9.4): the 4th root of the mean 4th power of
// their 30 s rolling mean, full windows only; false with fewer than 30.
//
// Source: Coggan (normalized power), McGregor (for running).
func NormalizedSpeed(gas []float64) (float64, bool) {
	const window = 30
	if len(gas) < window {
		return 0, false
	}
	sum, total := 0.0, 0.0
	for i, v := range gas {
		sum += v
		if i >= window {
			sum -= gas[i-window]
		}
		if i >= window-1 {
			total += math.Pow(sum/window, 4)
		}
	}
	return math.Pow(total/float64(len(gas)-window+1), 0.25), true
}

// RTSS is the running training stress score (§7.5), 100 for an hour at threshold
// speed: 100·(T/3600)·(NGS/vT)². T in s, speeds in m/s, vT > 0.
//
// Source: Coggan; McGregor.
func RTSS(moving, ngs, threshold float64) float64 {
	return 100 * moving / 3600 * (ngs / threshold) * (ngs / threshold)
}
