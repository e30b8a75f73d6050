package readiness

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
)

// hardMile is a hard mile in 8 minutes, then 4 minutes of walking.
func hardMile() *Run {
	var speed, hr []float64
	for g := range 720 {
		v, bpm := 3.5, 165.0
		if g >= 480 {
			v, bpm = 1.4, 100+65*math.Exp(-float64(g-480)/60)
		}
		speed, hr = append(speed, v), append(hr, math.Round(bpm))
	}
	return recorded(speed, hr)
}

// graded names the columns of a row that have a quality.
func graded(row Row, q Quality) string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(row)) {
		if v := row[name]; v.Quality == q && !v.IsNull() {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// What rests on an estimate is low, what rests on a heart rate with holes partial,
// and nothing else (§0, §1, §4.1, §6, §7).
func TestQualityOfARun(t *testing.T) {
	const onHRMax = "hr_60s_post_bpm hr_above_hrmax_s hr_end_bpm hrmax_bpm hrr120_bpm hrr180_bpm hrr30_bpm hrr60_bpm " +
		"hrr_amp hrr_hr_inf hrr_r2 hrr_t30_s hrr_tau_s hrss lthr_bpm timed_mile trimp_banister trimp_edwards trimp_lucia"
	given := func() Params {
		p := limits(190, 50)
		p.LTHR = Num(167).With(Good, "override", 0)
		return p
	}
	for name, c := range map[string]struct {
		change       func(r *Run, p *Params)
		low, partial string
	}{
		"all given":        {func(*Run, *Params) {}, "", ""},
		"HRmax estimated":  {func(_ *Run, p *Params) { p.HRMax = Num(190).With(Low, "estimate", 0); p.LTHR = limits(190, 50).LTHR }, onHRMax, ""},
		"HRrest estimated": {func(_ *Run, p *Params) { p.HRRest = Num(60).With(Low, "estimate", 0) }, "hrrest_bpm hrss trimp_banister", ""},
		"LTHR estimated":   {func(_ *Run, p *Params) { p.LTHR = limits(190, 50).LTHR }, "lthr_bpm", ""},
		"a tenth without heart rate": {func(r *Run, _ *Params) {
			for g := 100; g < 172; g++ {
				r.HR[g] = math.NaN()
			}
		}, "", "avg_hr_bpm hrss trimp_banister trimp_edwards trimp_lucia"},
	} {
		r, p := hardMile(), given()
		c.change(r, &p)
		row := measured(t, r, p).Row
		if low, partial := graded(row, Low), graded(row, Partial); low != c.low || partial != c.partial {
			t.Errorf("%s:\nlow     %s\nwant    %s\npartial %s\nwant    %s", name, low, c.low, partial, c.partial)
		}
	}
}

// An estimated HRmax scales all loads alike: it makes CTL and ATL low, but cancels
// in form; loads from time are low in both (§8.1).
func TestQualityOfLoads(t *testing.T) {
	season := func(estimate bool, withHR int) *Assessment {
		s := newStory(t)
		for day := range 60 {
			row := map[string]float64{}
			if day < withHR {
				row = map[string]float64{"hrss": 60, "hr_coverage": 1}
			}
			r := s.run(day, row)
			if estimate {
				r.Row["hrmax_source"] = Text("estimate")
			}
		}
		return s.assess(60)
	}
	for name, c := range map[string]struct {
		estimate bool
		withHR   int
		want     map[int]string // ctl, tsb by day
	}{
		"measured":      {false, 60, map[int]string{20: "partial partial", 50: "good good"}},
		"estimated":     {true, 60, map[int]string{20: "low partial", 50: "low good"}},
		"without strap": {false, 30, map[int]string{50: "good good", 58: "low low"}},
	} {
		a := season(c.estimate, c.withHR)
		for day, want := range c.want {
			row := a.on(t, day)
			if got := string(row["ctl"].Quality) + " " + string(row["tsb"].Quality); got != want {
				t.Errorf("%s, day %d: %q, want %q", name, day, got, want)
			}
			if row["atl"].Quality != row["ctl"].Quality || row["form_frac"].Quality != row["tsb"].Quality {
				t.Errorf("%s, day %d: atl %q, form_frac %q", name, day, row["atl"].Quality, row["form_frac"].Quality)
			}
		}
	}
}
