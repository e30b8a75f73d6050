package readiness_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/readiness/physio"
)

func TestCourseTellsWhatWasDoneSecondBySecond(t *testing.T) {
	start := time.Date(2026, 5, 4, 6, 0, 0, 0, time.UTC)
	r := &readiness.Run{Sport: "running", Format: "fit", Part: -1, Start: start, First: start, HRSource: "chest"}
	r.TimerEvents = []readiness.TimerEvent{{T: 120, Stop: true}, {T: 180}}
	for s := 0; s <= 300; s++ {
		bpm, speed := 140.0, 3.0
		if s > 240 {
			bpm, speed = math.NaN(), 1.2
		}
		r.T, r.HR, r.Speed = append(r.T, float64(s)), append(r.HR, bpm), append(r.Speed, speed)
	}
	c, err := readiness.CourseOf(r, physio.DefaultRules().Samples())
	if err != nil {
		t.Fatal(err)
	}
	if !c.Start.Equal(start) || len(c.HR) != 301 || len(c.Distance) != 301 || len(c.Motion) != 301 {
		t.Fatalf("%d, %d and %d seconds from %s", len(c.HR), len(c.Distance), len(c.Motion), c.Start)
	}
	for second, want := range map[int]string{60: "run", 150: "pause", 200: "run", 280: "walk"} {
		if c.Motion[second] != want {
			t.Errorf("second %d: %s, want %s", second, c.Motion[second], want)
		}
	}
	if c.HR[280] != nil || c.HR[60] == nil || *c.HR[60] != 140 {
		t.Errorf("heart rate at 280 s %v, at 60 s %v", c.HR[280], c.HR[60])
	}
	if slices.Contains(c.Distance, nil) || *c.Distance[100] < 290 || *c.Distance[100] > 310 {
		t.Errorf("distance after 100 s: %v", c.Distance[100])
	}
	if _, err := readiness.CourseOf(&readiness.Run{}, physio.DefaultRules().Samples()); err == nil {
		t.Error("a run without samples has a course")
	}
}
