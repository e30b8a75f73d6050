package physio

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
)

// values decodes an array in which null is a missing sample.
type values []float64

func (v *values) UnmarshalJSON(b []byte) error {
	var raw []*float64
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	for _, x := range raw {
		if x == nil {
			*v = append(*v, math.NaN())
			continue
		}
		*v = append(*v, *x)
	}
	return nil
}

func same(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !(math.IsNaN(a[i]) && math.IsNaN(b[i])) {
			return false
		}
	}
	return true
}

func TestHRCleanGolden(t *testing.T) {
	var in struct{ T, HR values }
	var want values
	goldenCase(t, "hr_clean").into(t, &in, &want)
	if got := CleanHR(in.T, in.HR, DefaultRules().HR); !same(got, want) {
		t.Errorf("clean = %v, want %v", got, want)
	}
}

func TestWeightsGoldens(t *testing.T) {
	for _, id := range []string{"weights_irregular", "weights_alternate_records", "weights_pause"} {
		var in struct {
			T, HR  values
			Pauses [][2]float64
		}
		var want struct {
			W       values
			Covered float64 `json:"covered_s"`
			Mean    float64
		}
		g := goldenCase(t, id)
		g.into(t, &in, &want)
		var pauses []Span
		for _, p := range in.Pauses {
			pauses = append(pauses, Span{p[0], p[1]})
		}
		w, covered, _ := Weights(in.T, in.HR, pauses, maxGap)
		var valid []float64
		for i := range w {
			if !math.IsNaN(in.HR[i]) {
				valid = append(valid, w[i])
			}
		}
		if !same(valid, want.W) {
			t.Errorf("%s: w = %v, want %v", id, valid, want.W)
		}
		mean, ok := WeightedMean(in.HR, w)
		if !ok {
			t.Errorf("%s: no mean", id)
		}
		g.near(t, "covered", covered, want.Covered)
		g.near(t, "mean", mean, want.Mean)
	}
}

// stretched expands [value, times] pairs.
func stretched(pairs [][2]float64) []float64 {
	var out []float64
	for _, p := range pairs {
		for range int(p[1]) {
			out = append(out, p[0])
		}
	}
	return out
}

func clockOf(n int) []float64 {
	t := make([]float64, n)
	for i := range t {
		t[i] = float64(i)
	}
	return t
}

func blank(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = math.NaN()
	}
	return x
}

func episodes(s *Seconds) string {
	text := ""
	for from := 0; from < len(s.State); {
		to := from
		for to < len(s.State) && s.State[to] == s.State[from] {
			to++
		}
		text += fmt.Sprintf("%c%d ", "SWR"[s.State[from]], to-from)
		from = to
	}
	return text
}

func TestSegmentGoldens(t *testing.T) {
	for _, id := range []string{"seg_walk", "seg_stops", "seg_jog", "seg_light", "seg_walkrun"} {
		t.Run(id, func(t *testing.T) {
			var in struct {
				Speed         [][2]float64 `json:"speed_runs"`
				HR            [][2]float64 `json:"hr_runs"`
				HRMax, HRRest float64
			}
			var want struct {
				Episodes [][2]any
				TE       int `json:"effort_end_s"`
				Bouts    [][3]int
				Walk     int     `json:"walk_s"`
				Jog      int     `json:"jog_s"`
				Min      float64 `json:"min_s"`
				Verdict  string
			}
			goldenCase(t, id).into(t, &in, &want)
			speed := stretched(in.Speed)
			at := clockOf(len(speed))
			s := Segment(at, speed, blank(len(speed)), nil, false)
			text := ""
			for _, e := range want.Episodes {
				text += fmt.Sprintf("%s%.0f ", e[0], e[1])
			}
			if got := episodes(s); got != text {
				t.Errorf("episodes %s, want %s", got, text)
			}
			te, kind, ok := s.EffortEnd(at[len(at)-1], nil)
			bouts := s.Bouts()
			if !ok || te != want.TE || len(bouts) != len(want.Bouts) {
				t.Fatalf("te = %d, bouts %v", te, bouts)
			}
			for i, b := range want.Bouts {
				if bouts[i] != (Bout{b[0], b[1], b[2]}) {
					t.Errorf("bout %v, want %v", bouts[i], b)
				}
			}
			hr := OnGrid(at, stretched(in.HR), len(at))
			walk, jog := s.WalkAfter(te), s.JogBefore(te, bouts[len(bouts)-1].From, hr, in.HRMax, in.HRRest)
			d := Integrate(at, speed, nil)
			minimum := CooldownMinimum(d[len(d)-1])
			verdict := CooldownVerdict(float64(walk+jog), minimum, kind, jog)
			if walk != want.Walk || jog != want.Jog || minimum != want.Min || verdict != want.Verdict {
				t.Errorf("walk %d jog %d min %v %s, want %+v", walk, jog, minimum, verdict, want)
			}
		})
	}
}

func TestCoarseGolden(t *testing.T) {
	var in struct{ T values }
	var want struct{ Coarse bool }
	goldenCase(t, "seg_coarse").into(t, &in, &want)
	if Coarse(in.T, nil) != want.Coarse {
		t.Error("coarse differs")
	}
}

func TestTooFastGolden(t *testing.T) {
	var in []struct {
		D float64 `json:"run_distance_m"`
		S float64 `json:"run_s"`
	}
	var want []bool
	goldenCase(t, "not_running_speed").into(t, &in, &want)
	for i, c := range in {
		if TooFast(c.D, c.S) != want[i] {
			t.Errorf("%+v: want %v", c, want[i])
		}
	}
}

// curve is the series of the golden hrr_curve, without the samples strictly
// between two times.
func curve(from, to float64) *Signal {
	var at, hr []float64
	for k := -60.0; k <= 300; k++ {
		bpm := 172.0
		if k > 0 {
			bpm = math.RoundToEven(100 + 72*math.Exp(-k/75))
		}
		if k > from && k < to {
			bpm = math.NaN()
		}
		at, hr = append(at, k), append(hr, bpm)
	}
	return NewSignal(at, hr, make([]bool, len(at)))
}

func TestHRRCurveGolden(t *testing.T) {
	var in any
	var want map[string]float64
	g := goldenCase(t, "hrr_curve")
	g.into(t, &in, &want)
	s := curve(0, 0)
	end, reason := s.Anchor(0)
	if reason != "" {
		t.Fatal(reason)
	}
	g.near(t, "end", end, want["hr_end_bpm"])
	for _, after := range []float64{30, 60, 120, 180} {
		drop, at, reason := s.Drop(0, end, after, 300, "")
		if reason != "" {
			t.Fatal(reason)
		}
		g.near(t, fmt.Sprint(after), drop, want[fmt.Sprintf("hrr%.0f_bpm", after)])
		if after == 60 {
			g.near(t, "at 60", at, want["hr_60s_post_bpm"])
		}
	}
	t30, reason := s.T30(0, 300, "")
	if reason != "" {
		t.Fatal(reason)
	}
	g.near(t, "T30", t30, want["hrr_t30_s"])
}

func TestHRRGapGolden(t *testing.T) {
	var in any
	var expected struct {
		Nine string `json:"gap_9_s"`
	}
	goldenCase(t, "hrr_gap_rule").into(t, &in, &expected)
	for from, want := range map[float64]string{56: "", 55: expected.Nine} {
		if _, _, reason := curve(from, 64).Drop(0, 172, 60, 300, ""); reason != want {
			t.Errorf("gap from %v: %q, want %q", from, reason, want)
		}
	}
}

func TestDeviceGoldens(t *testing.T) {
	var in [][2]float64
	var want []any
	goldenCase(t, "hrr_device_bounds").into(t, &in, &want)
	for i, c := range in {
		drop, reason := DeviceDrop(120, 0, c[0], c[1])
		var got any = drop
		if reason != "" {
			got = reason
		}
		if got != want[i] {
			t.Errorf("%v = %v, want %v", c, got, want[i])
		}
	}
	if _, reason := DeviceDrop(4382, 0, 150, 120); reason != "event_not_120s_after_stop" {
		t.Errorf("late event: %q", reason)
	}
	if _, reason := DeviceDrop(120, 0, math.NaN(), 120); reason != "no_stop_hr" {
		t.Errorf("no heart rate at the stop: %q", reason)
	}
}

func TestHRMaxGoldens(t *testing.T) {
	for _, id := range []string{"hrmax_observed", "hrmax_confirmed"} {
		var in struct {
			Age   float64
			Holds [][2]any `json:"hold_and_tagged_race"`
		}
		var want [][2]any
		goldenCase(t, id).into(t, &in, &want)
		var holds []Hold
		for i, h := range in.Holds {
			holds = append(holds, Hold{h[0].(float64), h[1] == 1.0 || h[1] == true})
			got, ok := ObservedHRMax(holds, Tanaka(in.Age))
			if want[i][1] == "estimate" {
				got, ok = Tanaka(in.Age), !ok
			}
			if !ok || got != want[i][0] {
				t.Errorf("%s after %d runs: %v (%v), want %v", id, i+1, got, ok, want[i])
			}
		}
	}
}

func TestEstimatedHRMaxGolden(t *testing.T) {
	var in struct {
		Holds []float64 `json:"holds_10s_bpm"`
	}
	var want struct {
		After [][2]any `json:"hrmax_after_each_run"`
	}
	goldenCase(t, "estimates_no_profile").into(t, &in, &want)
	var holds []Hold
	for i, h := range in.Holds {
		holds = append(holds, Hold{BPM: h})
		got, ok := EstimatedHRMax(holds)
		if ok != (want.After[i][0] != nil) || ok && got != want.After[i][0] {
			t.Errorf("after %d runs: %v %v, want %v", i+1, got, ok, want.After[i])
		}
	}
}

type loadCase struct {
	Seconds             [][2]float64 `json:"hr_seconds"`
	HRMax, HRRest, LTHR float64
	VT1, VT2            float64
	Sex                 string
}

func (c loadCase) times() (out []HRTime) {
	for _, p := range c.Seconds {
		out = append(out, HRTime{p[0], p[1]})
	}
	return out
}

func TestImpulseGoldens(t *testing.T) {
	banister := func(c loadCase) float64 { return Banister(c.times(), c.HRMax, c.HRRest, BanisterFactors(c.Sex), true) }
	hrss := func(c loadCase) float64 { return HRSS(banister(c), c.HRMax, c.HRRest, c.LTHR, BanisterFactors(c.Sex)) }
	for id, f := range map[string]func(loadCase) float64{
		"trimp_male": banister, "trimp_female": banister, "trimp_unspecified": banister, "trimp_130": banister,
		"trimp_intervals": banister, "trimp_clamped": banister,
		"trimp_other_sport": func(c loadCase) float64 { return Banister(c.times(), c.HRMax, c.HRRest, BanisterFactors(c.Sex), false) },
		"trimp_edwards":     func(c loadCase) float64 { return Edwards(c.times(), c.HRMax) },
		"trimp_lucia":       func(c loadCase) float64 { return Lucia(c.times(), c.VT1, c.VT2) },
		"hrss_male":         hrss, "hrss_intervals": hrss, "hrss_female": hrss,
	} {
		var in loadCase
		var want float64
		g := goldenCase(t, id)
		g.into(t, &in, &want)
		g.near(t, "load", f(in), want)
	}
}

func TestTrimpOfIrregularSamplesGolden(t *testing.T) {
	var in struct {
		T, HR         values
		HRRest, HRMax float64
		Sex           string
	}
	var want float64
	g := goldenCase(t, "trimp_irregular")
	g.into(t, &in, &want)
	w, _, _ := Weights(in.T, in.HR, nil, maxGap)
	var times []HRTime
	for i := range w {
		times = append(times, HRTime{in.HR[i], w[i]})
	}
	g.near(t, "trimp", Banister(times, in.HRMax, in.HRRest, BanisterFactors(in.Sex), true), want)
}

func TestThresholdGolden(t *testing.T) {
	var in struct{ HRMax float64 }
	var want struct {
		LTHR float64 `json:"lthr_bpm"`
		VT1  float64 `json:"vt1_bpm"`
	}
	g := goldenCase(t, "lthr_default")
	g.into(t, &in, &want)
	g.near(t, "LTHR", DefaultLTHR(in.HRMax), want.LTHR)
	g.near(t, "VT1", VT1(DefaultLTHR(in.HRMax)), want.VT1)
}
