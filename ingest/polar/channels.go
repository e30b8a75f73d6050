package polar

import (
	"math"
	"slices"
)

// The channels of a run.
const (
	heartRate = "heart rate"
	speed     = "speed"
	distance  = "distance"
	cadence   = "cadence"
	altitude  = "altitude"
	power     = "power"
	latitude  = "latitude"
	longitude = "longitude"
)

// unit is what one of a channel is in ours: speed is in km/h.
func unit(channel string) float64 {
	if channel == speed {
		return 1 / 3.6
	}
	return 1
}

// listed are the channels of the older form.
func (e exercise) listed() map[string]series {
	s := e.Samples
	return map[string]series{heartRate: s.HeartRate, speed: s.Speed, distance: s.Distance, cadence: s.Cadence, altitude: s.Altitude, power: s.Power}
}

// samples counts what an exercise holds, in all and in its longest channel.
func (e exercise) samples() (all, most int) {
	count := func(n int) { all, most = all+n, max(most, n) }
	count(len(e.route()))
	for _, c := range e.listed() {
		count(len(c))
	}
	for _, c := range e.Samples.Streams {
		if !allMissing(c.values) {
			count(len(c.values))
		}
	}
	return all, most
}

func allMissing(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return !math.IsNaN(v) })
}

func (e exercise) route() series {
	return slices.Concat(e.Samples.Route, e.Route, e.Routes.Route.Way)
}

// collect puts the samples, then the route, on the tape.
func (t *tape) collect(e exercise) {
	for channel, list := range e.listed() {
		for _, x := range list {
			t.put(channel, t.second(x.at), x.value*unit(channel))
		}
	}
	for channel, s := range e.Samples.Streams {
		for i, v := range s.values {
			t.put(channel, s.second(i), v*unit(channel))
		}
	}
	t.follow(e)
}

// follow places the route. Where it does not fit between start and stop because
// its clock went on in pauses, its gaps are left out.
func (t *tape) follow(e exercise) {
	route := e.route()
	at := t.times(e, route)
	if !t.fits(at) {
		at = withoutGaps(at, t.length)
	}
	high := len(t.values[altitude]) > 0 // the barometer's goes before the satellites'
	for i, x := range route {
		if !t.fits(at[i : i+1]) {
			t.unplaced++
			continue
		}
		if x.lat == 0 && x.lon == 0 {
			continue
		}
		t.put(latitude, at[i], x.lat)
		t.put(longitude, at[i], x.lon)
		if !high {
			t.put(altitude, at[i], x.alt)
		}
	}
}

// times are the seconds of the positions since the start.
func (t *tape) times(e exercise, route series) []int {
	from := 0
	if e.Routes.Route.Start != (clock{}) {
		from = t.second(e.Routes.Route.Start)
	}
	out := make([]int, len(route))
	for i, x := range route {
		if out[i] = t.second(x.at); !math.IsNaN(x.elapsed) {
			out[i] = from + int(math.Round(x.elapsed/1000))
		}
	}
	return out
}

// slack is how far the two clocks differ, s; a longer step than maxStep is a gap.
const slack, maxStep = 2, 10

func (t *tape) fits(at []int) bool {
	return t.length <= 0 || !slices.ContainsFunc(at, func(s int) bool { return s < -slack || s > t.length+slack })
}

// withoutGaps lets the clock stand still in gaps. A route that begins after the
// stop begins at the start.
func withoutGaps(at []int, length int) []int {
	out := make([]int, len(at))
	for i := range at {
		switch {
		case i == 0 && (at[0] < 0 || at[0] > length):
			out[i] = 0
		case i == 0:
			out[i] = at[0]
		case at[i]-at[i-1] > maxStep || at[i] < at[i-1]:
			out[i] = out[i-1]
		default:
			out[i] = out[i-1] + at[i] - at[i-1]
		}
	}
	return out
}
