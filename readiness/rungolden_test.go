package readiness

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

// reps is a column written as [value, times] pairs; null = missing.
type reps [][2]*float64

func (r reps) column() []float64 {
	var out []float64
	for _, p := range r {
		x := math.NaN()
		if p[0] != nil {
			x = *p[0]
		}
		for range int(*p[1]) {
			out = append(out, x)
		}
	}
	return out
}

// recorded is a run of one sample a second from a chest strap.
func recorded(speed, hr []float64) *Run {
	start := day0.Time().Add(7 * time.Hour)
	r := &Run{Sport: "running", Format: "fit", Part: -1, Start: start, First: start, HRSource: "chest", Speed: speed, HR: hr}
	for g := range speed {
		r.T = append(r.T, float64(g))
	}
	return r
}

// limits are an athlete's, in bpm; 0 = unknown.
func limits(hrmax, hrrest float64) Params {
	p := Params{HRMax: Null("no_profile_age"), HRRest: Num(hrrest), LTHR: Null("hrmax_unknown"),
		ThresholdSpeed: Null("threshold_pace_unknown"), Sex: "male"}
	if hrmax > 0 {
		p.HRMax = Num(hrmax).With(Good, "override", 0)
		p.LTHR = Num(0.88*hrmax).With(Low, "estimate", 0)
	}
	return p
}

// measured observes and measures.
func measured(t *testing.T, r *Run, p Params) Measured {
	t.Helper()
	trace, err := Observe(r)
	if err != nil {
		t.Fatal(err)
	}
	m := Measure(r, &trace, p)
	for _, c := range RunColumns {
		v := m.Row[c.Name]
		if x, ok := v.Float(); ok && (math.IsNaN(x) || math.IsInf(x, 0)) || v.Reason == "internal" {
			t.Errorf("%s = %v %q", c.Name, x, v.Reason)
		}
	}
	return m
}

func TestOffsetGolden(t *testing.T) {
	var in []struct {
		UTC   int64 `json:"timestamp"`
		Local int64 `json:"local_timestamp"`
		Zone  int   `json:"zone_offset_s"`
	}
	var want []int
	golden(t, "offset", &in, &want)
	for i, c := range in {
		trace := Trace{HasUTCOffset: true, UTCOffset: int(c.Local - c.UTC)}
		if got := trace.Offset(time.FixedZone("home", c.Zone)); got != want[i] {
			t.Errorf("%+v: %d, want %d", c, got, want[i])
		}
	}
}

func TestRecordingStopGolden(t *testing.T) {
	var in struct {
		Speed reps `json:"speed_runs"`
		HR    reps `json:"hr_runs"`
		HRMax float64
	}
	var want struct {
		TE     float64 `json:"effort_end_s"`
		End    float64 `json:"hr_end_bpm"`
		Reason Reason  `json:"hrr60_bpm_reason"`
	}
	golden(t, "hr_end_at_recording_stop", &in, &want)
	row := measured(t, recorded(in.Speed.column(), in.HR.column()), limits(in.HRMax, 50)).Row
	wantNum(t, row, "effort_end_s", want.TE)
	wantNum(t, row, "hr_end_bpm", want.End)
	for _, name := range []string{"hrr30_bpm", "hrr60_bpm", "hrr120_bpm", "hrr180_bpm", "hr_60s_post_bpm", "hrr_t30_s", "hrr_tau_s", "recovery_mode"} {
		wantNull(t, row, name, want.Reason)
	}
}

func TestAfterJogGolden(t *testing.T) {
	var in struct {
		Speed         reps `json:"speed_runs"`
		HR            reps `json:"hr_runs"`
		HRMax, HRRest float64
	}
	var want struct {
		TE     float64 `json:"effort_end_s"`
		Jog    float64 `json:"jog_s"`
		End    float64 `json:"hr_end_bpm"`
		Drop60 float64 `json:"hrr60_bpm"`
		D120   float64 `json:"hrr120_bpm"`
		Mode   string  `json:"recovery_mode"`
		Reason Reason  `json:"hrr_tau_s_reason"`
	}
	golden(t, "hrr_after_jog", &in, &want)
	row := measured(t, recorded(in.Speed.column(), in.HR.column()), limits(in.HRMax, in.HRRest)).Row
	wantNum(t, row, "effort_end_s", want.TE)
	wantNum(t, row, "jog_s", want.Jog)
	wantNum(t, row, "hr_end_bpm", want.End)
	wantNum(t, row, "hrr60_bpm", want.Drop60)
	wantNum(t, row, "hrr120_bpm", want.D120)
	wantText(t, row, "recovery_mode", want.Mode)
	wantNull(t, row, "hrr_tau_s", want.Reason)
}

// pauseStory is the series of the golden hrr60_pause: 1200 s of running, then after
// every pause what was recorded from its restart on.
func pauseStory(hr, walkBefore float64, pauses [][2]float64, delay float64) *Run {
	r := recorded(nil, nil)
	put := func(at, speed, bpm float64) {
		r.T, r.Speed, r.HR = append(r.T, at), append(r.Speed, speed), append(r.HR, bpm)
	}
	for at := 0.0; at <= 1200; at++ {
		speed := 3.0
		if at >= 1200-walkBefore {
			speed = 1.4
		}
		put(at, speed, hr)
	}
	stop := 1200.0
	for _, p := range pauses {
		start := stop + p[0]
		r.TimerEvents = append(r.TimerEvents, TimerEvent{T: stop, Stop: true}, TimerEvent{T: start})
		for s := delay; s <= 600; s++ {
			bpm := hr
			if s < delay+10 {
				bpm = p[1]
			}
			put(start+s, 3, bpm)
		}
		stop = start + 600
	}
	return r
}

func TestPauseGolden(t *testing.T) {
	var in []struct {
		HRMax  float64
		HR     float64
		Walk   float64 `json:"walk_before_s"`
		Pauses [][2]float64
		Delay  float64 `json:"delay_s"`
	}
	var want []map[string]any
	golden(t, "hrr60_pause", &in, &want)
	for i, c := range in {
		row := measured(t, pauseStory(c.HR, c.Walk, c.Pauses, c.Delay), limits(c.HRMax, 50)).Row
		for _, name := range pauseColumns {
			x, ok := want[i][name].(float64)
			if !ok {
				wantNull(t, row, name, Reason(want[i]["reason"].(string)))
				continue
			}
			wantNum(t, row, name, x)
			if row[name].Quality != Low {
				t.Errorf("%s of case %d has quality %q", name, i, row[name].Quality)
			}
		}
	}
}

func TestBlocksGolden(t *testing.T) {
	var in []struct {
		Seconds   int
		Speed, HR reps
		Pause     []float64
		Grade     *float64
		HRMax     float64
	}
	var want []struct {
		N      int
		V, H   *float64
		Reason *Reason
	}
	golden(t, "hrex_blocks", &in, &want)
	for i, c := range in {
		r := recorded(c.Speed.column(), c.HR.column())
		if c.Grade != nil {
			for _, at := range r.T {
				r.Distance, r.Altitude = append(r.Distance, 3*at), append(r.Altitude, *c.Grade*3*at)
			}
		}
		if c.Pause != nil {
			r = withPause(r, c.Pause[0], c.Pause[1])
		}
		m := measured(t, r, limits(c.HRMax, 50))
		if len(m.Blocks) != want[i].N {
			t.Fatalf("case %d: %d blocks, want %d (%q)", i, len(m.Blocks), want[i].N, m.Row["hrex_key"].Reason)
		}
		if want[i].Reason != nil {
			wantNull(t, m.Row, "hrex_key", *want[i].Reason)
			continue
		}
		first := Row{"v": Num(m.Blocks[0].V), "h": Num(m.Blocks[0].H)}
		wantNum(t, first, "v", *want[i].V)
		wantNum(t, first, "h", *want[i].H)
	}
}

// withPause stops the timer from a to b: the samples inside are absent.
func withPause(r *Run, a, b float64) *Run {
	out := *r
	out.T, out.Speed, out.HR = nil, nil, nil
	for i, at := range r.T {
		if at <= a || at >= b {
			out.T, out.Speed, out.HR = append(out.T, at), append(out.Speed, r.Speed[i]), append(out.HR, r.HR[i])
		}
	}
	out.TimerEvents = []TimerEvent{{T: a, Stop: true}, {T: b}}
	return &out
}

func TestSweatOfTheRunGolden(t *testing.T) {
	var in struct {
		Pre   float64 `json:"mass_pre_kg"`
		Post  float64 `json:"mass_post_kg"`
		Fluid float64 `json:"fluid_in_l"`
		Urine float64 `json:"urine_l"`
		Hours float64
	}
	for _, id := range []string{"sweat", "sweat_gain"} {
		var want map[string]json.RawMessage
		golden(t, id, &in, &want)
		s := newStory(t)
		s.run(0, map[string]float64{"timer_s": in.Hours * 3600})
		s.said(0, "", map[string]float64{"mass_pre_kg": in.Pre, "mass_post_kg": in.Post, "fluid_in_l": in.Fluid, "urine_l": in.Urine})
		row := s.assess(0).Runs[0].Row
		for _, name := range []string{"sweat_l", "sweat_rate_l_h", "dehydration_pct", "fluid_target_l"} {
			var x *float64
			if err := json.Unmarshal(want[name], &x); err != nil {
				t.Fatal(err)
			}
			if x == nil {
				wantNull(t, row, name, "mass_gain")
				continue
			}
			wantNum(t, row, name, *x)
		}
	}
}
