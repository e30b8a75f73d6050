package physio

import "math"

// Motion is what the athlete does in one second.
type Motion uint8

// The motions of §3.1.
const (
	Stand Motion = iota
	Walk
	RunMotion
)

// Seconds is an activity on the 1 Hz grid g = 0 … floor(t_last).
type Seconds struct {
	State  []Motion
	Paused []bool    // strictly inside a pause; never counts as running or walking
	Speed  []float64 // m/s held, NaN = none
}

// Running reports un-paused running at second g.
func (s *Seconds) Running(g int) bool { return s.State[g] == RunMotion && !s.Paused[g] }

// Moving reports un-paused running or walking at second g.
func (s *Seconds) Moving(g int) bool { return s.State[g] != Stand && !s.Paused[g] }

// CountRunning counts the running seconds in [from, to), clipped to the grid.
func (s *Seconds) CountRunning(from, to int) int {
	n := 0
	for g := max(from, 0); g < min(to, len(s.State)); g++ {
		if s.Running(g) {
			n++
		}
	}
	return n
}

// CountMoving counts the moving seconds of the activity.
func (s *Seconds) CountMoving() int {
	n := 0
	for g := range s.State {
		if s.Moving(g) {
			n++
		}
	}
	return n
}

// Segment classes every second of an activity (§3.1). t in s ascending, speed in
// m/s, spm in steps per minute, NaN = missing; treadmill says that the whole
// recording has neither speed nor distance, so that cadence alone decides.
//
//	running:  cadence > 0: spm ≥ 140 and v5 ≥ 1.2 m/s; without cadence: v5 ≥ 1.9
//	walking:  else v5 ≥ 0.4
//
// v5 is the mean of the held speeds of g−2…g+2. 1.9 m/s lies just under the
// preferred transition from walking to running (about 2.0 m/s, Hreljac 1993).
// Episodes shorter than 10 s join their neighbours.
func Segment(t, speed, spm []float64, pauses []Span, treadmill bool) *Seconds {
	n := int(math.Floor(t[len(t)-1])) + 1
	s := &Seconds{State: make([]Motion, n), Paused: make([]bool, n), Speed: Held(t, speed, n)}
	cadence := Held(t, spm, n)
	for _, p := range pauses {
		for g := max(0, int(math.Floor(p.From))); g < n && float64(g) < p.To; g++ {
			if p.Inside(float64(g)) {
				s.Paused[g] = true
				s.Speed[g] = math.NaN()
			}
		}
	}
	for g := range s.State {
		switch {
		case s.Paused[g]:
		case treadmill:
			s.State[g] = byCadence(cadence[g])
		default:
			s.State[g] = bySpeed(s.smooth(g), cadence[g])
		}
	}
	debounce(s.State)
	return s
}

// smooth is v5, NaN where second g has no speed itself.
func (s *Seconds) smooth(g int) float64 {
	if missing(s.Speed[g]) {
		return math.NaN()
	}
	sum, n := 0.0, 0
	for k := max(0, g-2); k <= min(len(s.Speed)-1, g+2); k++ {
		if !missing(s.Speed[k]) {
			sum += s.Speed[k]
			n++
		}
	}
	return sum / float64(n)
}

func byCadence(spm float64) Motion {
	switch {
	case spm >= 140:
		return RunMotion
	case spm >= 40:
		return Walk
	}
	return Stand
}

func bySpeed(v, spm float64) Motion {
	running := v >= 1.9
	if spm > 0 {
		running = spm >= 140 && v >= 1.2
	}
	switch {
	case running:
		return RunMotion
	case v >= 0.4:
		return Walk
	}
	return Stand
}

// shortest is the length in s below which an episode is noise.
const shortest = 10

// debounce gives episodes shorter than 10 s the state of their neighbour: the
// first takes that of the next until it is long enough, each later one that of
// the previous.
func debounce(state []Motion) {
	end := func(from int) int {
		to := from + 1
		for to < len(state) && state[to] == state[from] {
			to++
		}
		return to
	}
	first := end(0)
	for first < shortest && first < len(state) {
		for g := range first {
			state[g] = state[first]
		}
		first = end(0)
	}
	for from := first; from < len(state); {
		to := end(from)
		if to-from < shortest {
			for g := from; g < to; g++ {
				state[g] = state[from-1]
			}
		}
		from = to
	}
}

// Bout is a stretch of running: seconds [From, To), of which RunS are running.
type Bout struct{ From, To, RunS int }

// leastBout is the running that makes a bout count: a last 400 m repetition, not
// a stride, s.
const leastBout = 60

// Bouts joins running separated by less than 30 s (traffic lights) and returns
// the bouts with at least 60 s of running (§3.2).
func (s *Seconds) Bouts() []Bout {
	var kept []Bout
	for _, b := range s.allBouts() {
		if b.RunS >= leastBout {
			kept = append(kept, b)
		}
	}
	return kept
}

func (s *Seconds) allBouts() []Bout {
	var all []Bout
	for g := range s.State {
		if !s.Running(g) {
			continue
		}
		if n := len(all); n > 0 && g-all[n-1].To < 30 {
			all[n-1].To = g + 1
			all[n-1].RunS++
			continue
		}
		all = append(all, Bout{g, g + 1, 1})
	}
	return all
}

// Rest is the time between two bouts: the end of the first, never inside a pause,
// and the start of the next running, s.
type Rest struct{ End, Next int }

// Rests returns the rests of 60 s or more after every bout with at least 60 s of
// running but the last (§3.2, interim recoveries).
func (s *Seconds) Rests(pauses []Span) []Rest {
	all := s.allBouts()
	last := len(all) - 1
	for last >= 0 && all[last].RunS < leastBout {
		last--
	}
	var out []Rest
	for i := range max(last, 0) {
		if b, next := all[i], all[i+1].From; b.RunS >= leastBout && next-b.To >= 60 {
			out = append(out, Rest{beforePause(b.To, pauses), next})
		}
	}
	return out
}

// beforePause moves a second inside a pause back to its start.
func beforePause(g int, pauses []Span) int {
	if i := endingAfter(pauses, float64(g)); i < len(pauses) && pauses[i].Inside(float64(g)) {
		return int(math.Floor(pauses[i].From))
	}
	return g
}

// The ways an effort ends.
const (
	EndWalk             = "walk"
	EndStand            = "stand"
	EndRecordingStopped = "recording_stopped"
)

// EffortEnd returns the end of the last bout (§3.2), the first second after its
// last running second, never inside a pause, and how it ended; false without a
// bout. tLast is the time of the last sample in s.
func (s *Seconds) EffortEnd(tLast float64, pauses []Span) (te int, kind string, ok bool) {
	bouts := s.Bouts()
	if len(bouts) == 0 {
		return 0, "", false
	}
	te = beforePause(bouts[len(bouts)-1].To, pauses)
	switch {
	case tLast-float64(te) <= 30:
		return te, EndRecordingStopped, true
	case s.State[te] == Walk && !s.Paused[te]:
		return te, EndWalk, true
	}
	return te, EndStand, true
}
