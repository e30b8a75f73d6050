package season

import (
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"afterrun/readiness"
)

// The athlete's limits, bpm.
const (
	maxHR  = 188
	restHR = 50
)

// The overload block, in days before the last day: it ended a week ago, and the
// athlete is just recovering.
const (
	overloadFrom = 19
	overloadTo   = 8
)

// athlete is the invented person on one day.
type athlete struct {
	o       Options
	left    int // days until the last one
	rng     *rand.Rand
	fatigue float64 // 0 = fresh, 1 = deep in the overload
}

func athleteOn(o Options, left int) *athlete {
	return &athlete{o: o, left: left, rng: rand.New(rand.NewPCG(o.Seed, uint64(left))), fatigue: fatigueOn(left)}
}

// fatigueOn rises through the block and fades over the ten days after it.
func fatigueOn(left int) float64 {
	switch {
	case left > overloadFrom:
		return 0
	case left >= overloadTo:
		return math.Min(1, float64(overloadFrom-left+1)/7)
	default:
		return math.Max(0, 1-float64(overloadTo-left)/8)
	}
}

func (a *athlete) overloaded() bool { return a.left <= overloadFrom && a.left >= overloadTo }

// checkIn is the morning's row; now and then the athlete forgets it.
func (a *athlete) checkIn(d readiness.Date) []string {
	if a.left > 3 && a.left%29 == 17 {
		return nil
	}
	rating := func(usual, drop float64) string {
		x := math.Round(usual - drop*a.fatigue + 0.45*a.rng.NormFloat64())
		return strconv.Itoa(int(math.Min(5, math.Max(1, x))))
	}
	rhr := math.Round(restHR + 7*a.fatigue + 0.9*a.rng.NormFloat64())
	sleep := 7.5 - 1.1*a.fatigue + 0.4*a.rng.NormFloat64()
	return []string{
		d.String(), rating(4, 2), rating(3.8, 1.8), rating(3.8, 0.8), rating(4, 1.2), rating(3.9, 1.3),
		number(rhr, 0), number(math.Max(5.2, sleep), 1),
	}
}

// part is a stretch of a session at one intended speed.
type part struct {
	seconds int
	speed   float64 // m/s
}

// session is one recorded activity.
type session struct {
	name   string
	sport  string // running or cycling
	start  time.Time
	parts  []part
	walk   int  // s of recorded walk after it
	gpx    bool // as GPX only
	twin   bool // as FIT and as GPX
	noHR   bool
	device bool // stopped at the end, with the watch's own recovery event
}

// sessions writes the files of the day.
func (a *athlete) sessions(d readiness.Date) ([]File, error) {
	s, ok := a.plan(d)
	if !ok {
		return nil, nil
	}
	r := a.record(s)
	var files []File
	base := d.String() + "-" + s.name
	if !s.gpx {
		b, err := r.fit()
		if err != nil {
			return nil, err
		}
		files = append(files, File{base + ".fit", b})
	}
	if s.gpx || s.twin {
		b, err := r.gpx()
		if err != nil {
			return nil, err
		}
		files = append(files, File{base + ".gpx", b})
	}
	return files, nil
}

// plan is the training of the day: four or five runs a week, every fourth week
// lighter; a run every day in the overload block; rest and easy runs after it.
func (a *athlete) plan(d readiness.Date) (session, bool) {
	s := session{sport: "running", start: a.startOn(d), walk: 210 + a.rng.IntN(60)}
	switch week := (a.left / 7) % 4; {
	case a.left == 0:
		return s, false // this morning
	case a.overloaded():
		a.overload(&s)
	case a.left < overloadTo:
		return s, a.recover(&s)
	default:
		if !a.usual(&s, d, week == 3) {
			return s, false
		}
	}
	a.quirks(&s, d)
	return s, true
}

func (a *athlete) startOn(d readiness.Date) time.Time {
	y, m, day := d.Time().Date()
	return time.Date(y, m, day, 17, a.rng.IntN(60), a.rng.IntN(60), 0, a.o.Zone)
}

// usual is a normal week.
func (a *athlete) usual(s *session, d readiness.Date, light bool) bool {
	long := 4200
	if light {
		long = 3000
	}
	switch d.Weekday() {
	case time.Tuesday, time.Friday:
		a.easy(s, 2400)
	case time.Wednesday:
		if light {
			a.easy(s, 2100)
		} else {
			a.intervals(s)
		}
	case time.Saturday:
		s.name, s.parts = "tempo", []part{{900, 2.75}, {1200, 3.35}, {420, 2.75}, {300, 3.25}}
		if light || a.left%3 == 0 {
			a.ride(s)
		}
	case time.Sunday:
		s.name, s.parts = "long", []part{{long, 2.75}, {300, 3.25}}
	default:
		return false
	}
	return true
}

// easy ends a bit brisk, as most people come home.
func (a *athlete) easy(s *session, seconds int) {
	s.name, s.parts = "easy", []part{{seconds - 300, 2.7}, {300, 3.25}}
}

func (a *athlete) intervals(s *session) {
	s.name, s.parts = "intervals", []part{{900, 2.7}}
	for range 5 {
		s.parts = append(s.parts, part{180, 3.9}, part{120, 1.5})
	}
	s.parts = append(s.parts, part{300, 2.6}, part{300, 3.25})
}

func (a *athlete) ride(s *session) {
	s.name, s.sport, s.walk = "ride", "cycling", 0
	s.parts = []part{{4500, 7.5}}
}

func (a *athlete) overload(s *session) {
	if a.left%3 == 0 {
		s.name, s.parts = "tempo", []part{{900, 2.8}, {2100, 3.3}, {600, 2.7}, {300, 3.25}}
		return
	}
	s.name, s.parts = "long", []part{{4500 + 300*a.rng.IntN(3), 2.8}, {300, 3.25}}
}

// recover lets the athlete rest, then come back gently.
func (a *athlete) recover(s *session) bool {
	if rested := overloadTo - a.left; rested < 4 || rested%2 == 0 {
		return false
	}
	a.easy(s, 1800)
	return true
}

// quirks are what real histories are full of.
func (a *athlete) quirks(s *session, d readiness.Date) {
	if s.sport != "running" {
		return
	}
	switch week, day := a.left/7, d.Weekday(); {
	case day == time.Tuesday && (week == 5 || week == 13):
		s.gpx = true
	case day == time.Friday && week == 4:
		s.twin = true
	case day == time.Friday && (week == 6 || week == 9):
		s.device, s.walk = true, 0
	case day == time.Tuesday && week == 10:
		s.noHR = true
	case day == time.Tuesday && (week == 7 || week == 11):
		s.walk = 0 // stopped the watch with the effort
	}
}
