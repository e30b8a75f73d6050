package physio

import (
	"cmp"
	"math"
	"slices"
)

// earthRadius is the mean radius of the earth, m.
const earthRadius = 6371008.8

// Haversine returns the great-circle distance in m of two places in degrees, on a
// sphere of 6371008.8 m (§2).
func Haversine(lat1, lon1, lat2, lon2 float64) float64 {
	rad := math.Pi / 180
	dLat, dLon := (lat2-lat1)*rad, (lon2-lon1)*rad
	a := math.Pow(math.Sin(dLat/2), 2) + math.Cos(lat1*rad)*math.Cos(lat2*rad)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * earthRadius * math.Asin(math.Min(1, math.Sqrt(a)))
}

// Cumulative returns the running maximum (§2) of a recorded cumulative distance in m,
// NaN where there is none.
func Cumulative(distance []float64) []float64 {
	out := make([]float64, len(distance))
	high := math.Inf(-1)
	for i, d := range distance {
		out[i] = math.NaN()
		if !missing(d) {
			high = math.Max(high, d)
			out[i] = high
		}
	}
	return out
}

// AlongTrack returns the cumulative distance in m of positions in degrees:
// consecutive places, unless a pause separates them (§2).
func AlongTrack(t, lat, lon []float64, pauses []Span) []float64 {
	out := make([]float64, len(t))
	sum, last := 0.0, -1
	for i := range t {
		out[i] = math.NaN()
		if missing(lat[i]) || missing(lon[i]) {
			continue
		}
		if last >= 0 && !separated(pauses, t[last], t[i]) {
			sum += Haversine(lat[last], lon[last], lat[i], lon[i])
		}
		out[i], last = sum, i
	}
	return out
}

// Integrate returns the cumulative distance in m of a speed in m/s, the
// trapezoid rule over intervals of at most 10 s without a pause (§2).
func Integrate(t, speed []float64, pauses []Span) []float64 {
	out := make([]float64, len(t))
	sum, last := 0.0, -1
	for i := range t {
		out[i] = math.NaN()
		if missing(speed[i]) {
			continue
		}
		if last >= 0 && t[i]-t[last] <= maxGap && !separated(pauses, t[last], t[i]) {
			sum += (t[i] - t[last]) * (speed[i] + speed[last]) / 2
		}
		out[i], last = sum, i
	}
	return out
}

// SpeedFrom fills the missing speeds in m/s from the cumulative distance: Δd/Δt
// backwards; the first takes the next one's (§2).
func SpeedFrom(t, speed, distance []float64) []float64 {
	out := append([]float64(nil), speed...)
	first, last := -1, -1
	for i := range t {
		if missing(distance[i]) {
			continue
		}
		if last >= 0 && missing(out[i]) {
			out[i] = (distance[i] - distance[last]) / (t[i] - t[last])
		}
		if first >= 0 && first == last && missing(out[first]) {
			out[first] = out[i]
		}
		if first < 0 {
			first = i
		}
		last = i
	}
	return out
}

// TrackPauses returns the pauses of a track without a timer (GPX, §2), ascending:
// where a segment begins, and where a silence of more than 30 s moved less than
// 0.5 m/s. segments holds the indices of the first samples of later segments,
// ascending. t in s, places in degrees.
func TrackPauses(t, lat, lon []float64, segments []int) []Span {
	var out []Span
	for i := 1; i < len(t); i++ {
		for len(segments) > 0 && segments[0] < i {
			segments = segments[1:]
		}
		begins := len(segments) > 0 && segments[0] == i
		if begins || t[i]-t[i-1] > 30 && Haversine(lat[i-1], lon[i-1], lat[i], lon[i])/(t[i]-t[i-1]) < 0.5 {
			out = append(out, Span{t[i-1], t[i]})
		}
	}
	return out
}

// TimerEvent is a start or stop of a watch's timer at T seconds.
type TimerEvent struct {
	T    float64
	Stop bool
}

// TimerPauses returns the pauses of a watch (§2), ascending: from each stop to the
// next start; of repeated stops the first counts, a last stop without start lasts
// for ever. Events without a time do not count.
func TimerPauses(events []TimerEvent) []Span {
	var out []Span
	open := math.NaN()
	for _, e := range inTime(events) {
		switch {
		case e.Stop && missing(open):
			open = e.T
		case !e.Stop && !missing(open):
			if e.T > open {
				out = append(out, Span{open, e.T})
			}
			open = math.NaN()
		}
	}
	if !missing(open) {
		out = append(out, Span{open, math.Inf(1)})
	}
	return out
}

// Coarse reports a recording too sparse for anything that needs seconds: the
// median un-paused interval between records is more than 10 s.
func Coarse(t []float64, pauses []Span) bool {
	var gaps []float64
	for i := 1; i < len(t); i++ {
		if !separated(pauses, t[i-1], t[i]) {
			gaps = append(gaps, t[i]-t[i-1])
		}
	}
	m, ok := Median(gaps)
	return ok && m > maxGap
}

// TooFast reports a car or bicycle ride recorded as a run: more than 7.0 m/s on
// average over 120 s of running or more.
func TooFast(runDistance, runS float64) bool { return runS >= 120 && runDistance/runS > 7.0 }

// inTime sorts events by time; those of one second keep their order.
func inTime(events []TimerEvent) []TimerEvent {
	timed := slices.DeleteFunc(slices.Clone(events), func(e TimerEvent) bool { return missing(e.T) })
	slices.SortStableFunc(timed, func(a, b TimerEvent) int { return cmp.Compare(a.T, b.T) })
	return timed
}
