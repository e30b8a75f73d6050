package web

import (
	"fmt"
	"net/http"
	"slices"

	"afterrun/readiness"
)

// routineView guides through the minutes after a run; every step can be
// skipped.
type routineView struct {
	frame
	Run   *readiness.RunSummary // nil = none yet
	Steps []step
}

// step is something to do for a while; Seconds 0 = as long as it takes.
type step struct {
	Name, Text string
	Seconds    int
	Breath     bool // in, hold, out, hold
}

// Time is how long a step takes, in words.
func (s step) Time() string {
	switch {
	case s.Seconds == 0:
		return ""
	case s.Seconds%60 == 0:
		return fmt.Sprintf("%d min", s.Seconds/60)
	}
	return hms(float64(s.Seconds)) + " min"
}

// usualWalk is the cool-down of a run of unknown length, s.
const usualWalk = 600

func (s *server) viewRoutine(r *http.Request, f frame) (any, error) {
	v := routineView{frame: f}
	walk := usualWalk
	today := s.today(f.Athlete)
	runs, err := s.o.Reader.Runs(r.Context(), f.Athlete, today-1, today+1)
	for _, x := range slices.Backward(runs) {
		if x.DuplicateOf == "" {
			v.Run = &x
			break
		}
	}
	if v.Run != nil {
		if target, ok := v.Run.Card["cooldown_target_s"].Float(); ok {
			walk = int(target)
		}
	}
	v.Steps = routine(walk)
	return v, err
}

// routine is the order of the recovery card: walk, breathe, stretch, drink.
func routine(walk int) []step {
	steps := []step{
		{"Walk", "Walk or jog easily until your breath is calm. Do not sit down at once.", walk, false},
		{"Breathe", "In for 4 seconds, hold 4, out 4, hold 4, eight times.", 128, true},
	}
	for _, muscle := range []string{"calves", "thighs, behind", "thighs, in front", "hips", "buttocks"} {
		steps = append(steps, step{"Stretch: " + muscle, "30 seconds each side, gently, without bouncing. Moving the joints through their range does as well.", 60, false})
	}
	return append(steps, step{"Drink", "To thirst. A snack within half an hour if the next meal is more than an hour away.", 0, false})
}
