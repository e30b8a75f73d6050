package season

import (
	"math"
	"time"
)

// sample is one second of a recording.
type sample struct {
	at       time.Time
	lat, lon float64 // degrees
	altitude float64 // m
	distance float64 // m
	speed    float64 // m/s
	hr       float64 // bpm, 0 = none
	cadence  float64 // steps per minute, or turns of the crank
	segment  int
}

// recording is a session as a watch sees it.
type recording struct {
	session session
	samples []sample
	after   float64 // heart rate two minutes after the stop, for the device's event
}

// The kinetics of the heart rate, s: up at the onset of work, down after it
// (slower when tired).
const (
	riseTau      = 28
	fallTau      = 52
	fallTauTired = 40 // added at full fatigue
)

// heart is the state of the heart during a session.
type heart struct {
	bpm, noise float64
	a          *athlete
}

// step lets one second pass at an intensity (fraction of heart rate reserve).
func (h *heart) step(intensity float64) {
	target := restHR + (maxHR-restHR)*math.Min(0.98, intensity)
	tau := float64(riseTau)
	if target < h.bpm {
		tau = fallTau + fallTauTired*h.a.fatigue
	}
	h.bpm += (target - h.bpm) / tau
	h.noise = 0.9*h.noise + 0.35*h.a.rng.NormFloat64()
}

// shown is what a strap reports: whole beats.
func (h *heart) shown() float64 { return math.Round(h.bpm + h.noise) }

// intensity is the steady fraction of heart rate reserve at a speed after some
// time: about linear in speed, with a slow drift upwards (Coyle & González-Alonso
// 2001 call it cardiovascular drift).
func intensity(sport string, speed, slope float64, second int) float64 {
	drift := 0.02 * float64(second) / 3600
	if sport == "cycling" {
		return 0.50 + drift
	}
	if speed < 1.9 {
		return 0.17 + 0.16*speed + drift
	}
	return 0.05 + 0.205*speed + 0.9*slope + drift
}

// record plays a session second by second.
func (a *athlete) record(s session) recording {
	r := recording{session: s}
	h := &heart{bpm: 82, a: a}
	parts := s.parts
	if s.walk > 0 {
		parts = append(append([]part{}, parts...), part{s.walk, 1.35})
	}
	distance, second, gust := 0.0, 0, 0.0
	for k, p := range parts {
		for range p.seconds {
			gust = 0.92*gust + 0.02*a.rng.NormFloat64()
			speed := math.Max(0, p.speed+gust)
			slope := 0.012 * math.Sin(distance/420)
			h.step(intensity(s.sport, speed, slope, second))
			distance += speed
			x := a.place(distance)
			x.at = s.start.Add(time.Duration(second) * time.Second)
			x.distance, x.speed, x.cadence = distance, speed, a.cadence(s.sport, speed)
			x.segment = k / 4
			if !s.noHR {
				x.hr = h.shown()
			}
			r.samples = append(r.samples, x)
			second++
		}
	}
	for range 120 {
		h.step(0.12)
	}
	r.after = h.shown()
	return r
}

// place is on a round of 5 km in the open Atlantic: nobody's home.
func (a *athlete) place(distance float64) sample {
	const radius = 5000 / (2 * math.Pi)
	angle := distance / radius
	north, east := radius*math.Sin(angle), radius*math.Cos(angle)
	const lat0, lon0, metre = 31.5, -38.25, 111195.0
	return sample{
		lat: lat0 + north/metre, lon: lon0 + east/(metre*math.Cos(lat0*math.Pi/180)),
		altitude: 20 + 5*(1-math.Cos(distance/420)),
	}
}

func (a *athlete) cadence(sport string, speed float64) float64 {
	switch {
	case sport == "cycling":
		return 85
	case speed < 1.9:
		return math.Round(112 + a.rng.NormFloat64())
	}
	return math.Round(160 + 4*speed + a.rng.NormFloat64())
}
