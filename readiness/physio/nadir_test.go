package physio

import (
	"fmt"
	"math"
	"testing"
)

// nightOf spreads runs of [bpm, samples] over a night; before, when not 0, is
// the heart rate of a sample of the same time before each.
func nightOf(runs [][2]float64, step, before float64) (t, bpm []float64) {
	at := 22 * 3600.0
	for _, run := range runs {
		for range int(run[1]) {
			if before != 0 {
				t, bpm = append(t, at), append(bpm, before)
			}
			t, bpm = append(t, at), append(bpm, run[0])
			at += step
		}
	}
	return t, bpm
}

// TestOvernightNadir: the worked numbers of §5.1.
func TestOvernightNadir(t *testing.T) {
	for _, id := range []string{"rhr_nadir", "rhr_nadir_short", "rhr_nadir_equal_times"} {
		var in struct {
			Step   float64      `json:"step_s"`
			Runs   [][2]float64 `json:"hr_runs"`
			Before float64      `json:"before_each"`
		}
		var want *float64
		g := goldenCase(t, id)
		g.into(t, &in, &want)
		got, ok := OvernightNadir(nightOf(in.Runs, in.Step, in.Before))
		if ok != (want != nil) {
			t.Errorf("%s: %g, %v", id, got, ok)
		}
		if want != nil {
			g.near(t, "nadir", got, *want)
		}
	}
}

// TestOvernightNadirGaps: an interval of 300 s is covered, one of 301 s is not;
// 1440 s of a window are enough, and a window is cut between two samples.
func TestOvernightNadirGaps(t *testing.T) {
	for _, c := range []struct {
		name string
		runs [][2]float64
		step float64
		want float64
		ok   bool
	}{
		{"every 300 s", [][2]float64{{60, 49}}, 300, 60, true},
		{"every 301 s", [][2]float64{{60, 60}}, 301, 0, false},
		{"4 h exactly", [][2]float64{{55, 241}}, 60, 55, true},
		{"a minute short", [][2]float64{{55, 240}}, 60, 0, false},
		{"cut between two samples", [][2]float64{{60, 60}, {40, 6}, {60, 60}}, 280, (280*50 + 1400*40 + 120*(40+20.0/280*60)) / 1800, true},
	} {
		got, ok := OvernightNadir(nightOf(c.runs, c.step, 0))
		if ok != c.ok || ok && math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %g, %v, want %g, %v", c.name, got, ok, c.want, c.ok)
		}
	}
}

func ExampleOvernightNadir() {
	var t, bpm []float64
	for minute := range 8 * 60 {
		t, bpm = append(t, float64(minute*60)), append(bpm, 54)
	}
	fmt.Println(OvernightNadir(t, bpm))
	// Output: 54 true
}
