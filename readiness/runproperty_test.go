package readiness

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"afterrun/readiness/physio"
	"pgregory.net/rapid"
)

// drawnRun draws a plausible run at 1 Hz: stretches of running and walking whose
// heart rate drifts by at most half a beat a second.
func drawnRun(t *rapid.T) *Run {
	r := recorded(nil, nil)
	bpm := rapid.Float64Range(100, 150).Draw(t, "bpm")
	for range rapid.IntRange(3, 10).Draw(t, "stretches") {
		speed := rapid.SampledFrom([]float64{1.3, 2.4, 3.1, 3.9}).Draw(t, "speed")
		drift := rapid.Float64Range(-0.5, 0.5).Draw(t, "drift")
		for range rapid.IntRange(60, 400).Draw(t, "seconds") {
			bpm = min(max(bpm+drift, 90), 195)
			r.T = append(r.T, float64(len(r.T)))
			r.HR, r.Speed = append(r.HR, bpm), append(r.Speed, speed)
		}
	}
	r.Distance = physio.Integrate(r.T, r.Speed, nil)
	return r
}

// kept returns the run with some of its records.
func kept(r *Run, keep func(i int) bool) *Run {
	out := *r
	out.T, out.HR, out.Speed, out.Distance = nil, nil, nil, nil
	for i := range r.T {
		if keep(i) {
			out.T, out.HR = append(out.T, r.T[i]), append(out.HR, r.HR[i])
			out.Speed, out.Distance = append(out.Speed, r.Speed[i]), append(out.Distance, r.Distance[i])
		}
	}
	return &out
}

func measure(t *rapid.T, r *Run) Row {
	trace, err := Observe(r)
	if err != nil {
		t.Fatal(err)
	}
	return Measure(r, &trace, limits(190, 50)).Row
}

// A watch that writes a record every few seconds tells the same loads within 1 %.
func TestSmartRecordingKeepsLoads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		full := drawnRun(t)
		every := rapid.IntRange(2, 4).Draw(t, "every")
		last := len(full.T) - 1
		smart := kept(full, func(i int) bool { return i%every == 0 || i == last })
		a, b := measure(t, full), measure(t, smart)
		for _, name := range []string{"trimp_banister", "hrss", "avg_hr_bpm"} {
			x, y := a.number(name), b.number(name)
			if !x.ok || !y.ok || math.Abs(x.v-y.v) > 0.01*x.v {
				t.Fatalf("%s: %v at 1 s, %v at %d s", name, x, y, every)
			}
		}
	})
}

// A harder or a longer session never has a lower load.
func TestLoadsRiseWithHeartRateAndTime(t *testing.T) {
	loads := []string{"trimp_banister", "trimp_edwards", "trimp_lucia", "hrss"}
	rapid.Check(t, func(t *rapid.T) {
		r := drawnRun(t)
		cut := rapid.IntRange(60, len(r.T)).Draw(t, "cut")
		harder := *r
		more := rapid.Float64Range(0, 25).Draw(t, "more")
		harder.HR = slices.Clone(r.HR)
		for i := range harder.HR {
			harder.HR[i] += more
		}
		base, hard, short := measure(t, r), measure(t, &harder), measure(t, kept(r, func(i int) bool { return i < cut }))
		for _, name := range loads {
			if hard.number(name).v < base.number(name).v-1e-9 {
				t.Fatalf("%s falls from %v to %v with %v bpm more", name, base.number(name).v, hard.number(name).v, more)
			}
			if short.number(name).v > base.number(name).v+1e-9 {
				t.Fatalf("%s of a part is %v, of the whole %v", name, short.number(name).v, base.number(name).v)
			}
		}
	})
}

// Records written twice and times that go back change nothing but their count.
func TestRepeatedRecordsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawnRun(t)
		again := *r
		again.T, again.HR, again.Speed, again.Distance = nil, nil, nil, nil
		put := func(at, hr, speed, distance float64) {
			again.T, again.HR = append(again.T, at), append(again.HR, hr)
			again.Speed, again.Distance = append(again.Speed, speed), append(again.Distance, distance)
		}
		back := 0
		for i := range r.T {
			if rapid.IntRange(0, 20).Draw(t, "repeat") == 0 {
				put(r.T[i], 200, 9, 1e6) // the record that follows replaces it as a whole
			}
			put(r.T[i], r.HR[i], r.Speed[i], r.Distance[i])
			if i > 0 && rapid.IntRange(0, 40).Draw(t, "back") == 0 {
				put(r.T[i]-1, 60, 0, 0)
				back++
			}
		}
		a, b := measure(t, r), measure(t, &again)
		if b.number("time_reversals").v != float64(back) {
			t.Fatalf("%v reversals, want %d", b.number("time_reversals").v, back)
		}
		b["time_reversals"] = a["time_reversals"]
		sameRow(t, a, b)
	})
}

// Measuring does not change the samples, and says the same again.
func TestMeasureIsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawnRun(t)
		before, err := json.Marshal([][]float64{r.T, r.HR, r.Speed, r.Distance})
		if err != nil {
			t.Fatal(err)
		}
		sameRow(t, measure(t, r), measure(t, r))
		if after, _ := json.Marshal([][]float64{r.T, r.HR, r.Speed, r.Distance}); string(after) != string(before) {
			t.Fatal("the samples changed")
		}
	})
}

func sameRow(t *rapid.T, a, b Row) {
	for _, c := range RunColumns {
		if a[c.Name] != b[c.Name] {
			t.Fatalf("%s: %+v and %+v", c.Name, a[c.Name], b[c.Name])
		}
	}
}

// What is kept of a run tells the same loads, zone times and recoveries as its
// samples, also for another HRmax.
func TestSummaryTellsWhatTheSamplesTell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawnRun(t)
		hrmax := float64(rapid.IntRange(170, 205).Draw(t, "hrmax"))
		var h History
		e := Event{Kind: KindRun, Key: RunKey(r), Run: r}
		e.Digest = e.ContentDigest()
		profile := Event{Kind: KindProfile, Key: "config", Profile: &Profile{Sex: "male", Params: []DatedParams{
			{From: day0 - 1, Values: map[string]float64{"hrmax": hrmax, "hrrest": 50}}}}}
		profile.Digest = profile.ContentDigest()
		for _, e := range []Event{e, profile} {
			if _, err := h.Add(e); err != nil {
				t.Fatal(err)
			}
		}
		a, err := Assess(&h, nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		kept := stored(t, a.Runs[0])
		fromSamples(t, r, kept, hrmax)
		var again History
		again.AddSummary(kept)
		if _, err := again.Add(profile); err != nil {
			t.Fatal(err)
		}
		b, err := Assess(&again, nil, Options{}) // no samples to ask for
		if err != nil {
			t.Fatal(err)
		}
		same(t, a, b)
	})
}

// fromSamples compares a stored summary with sums over the samples themselves.
func fromSamples(t *rapid.T, r *Run, s RunSummary, hrmax float64) {
	w, _, _ := physio.Weights(r.T, r.HR, nil, 10)
	var trimp float64
	zones, stored := map[float64]float64{}, map[float64]float64{}
	for i, bpm := range r.HR {
		x := min(max((bpm-50)/(hrmax-50), 0), 1)
		trimp += w[i] / 60 * x * 0.64 * math.Exp(1.92*x)
		zones[math.Floor(10*bpm/hrmax)] += w[i]
	}
	for _, h := range s.Trace.HR {
		stored[math.Floor(10*h.BPM/hrmax)] += h.S
	}
	near := func(what string, got, want float64) {
		if math.Abs(got-want) > 1e-9*max(1, want) {
			t.Fatalf("%s: %v from the summary, %v from the samples", what, got, want)
		}
	}
	near("trimp", s.Row.number("trimp_banister").v, trimp)
	for zone, seconds := range zones {
		near("zone", stored[zone], seconds)
	}
	te, end := s.Row.number("effort_end_s"), s.Row.number("hr_end_bpm")
	if drop := s.Row.number("hrr60_bpm"); drop.ok && s.Row.number("jog_s").v == 0 {
		at := int(te.v) + 60
		h := r.HR[at-2 : at+3]
		near("HRR60", drop.v, end.v-(h[0]/2+h[1]+h[2]+h[3]+h[4]/2)/4)
	}
}

// The zone of the machine has no say: a run's date comes from its file or the
// athlete's zone.
func TestDatesDoNotDependOnTheMachine(t *testing.T) {
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	r := recorded([]float64{3, 3, 3}, []float64{150, 150, 150})
	r.Start = time.Date(2025, 1, 6, 23, 30, 0, 0, time.UTC)
	r.First = r.Start
	for _, zone := range []*time.Location{time.UTC, time.FixedZone("far", 13*3600)} {
		time.Local = zone
		trace, err := Observe(r)
		if err != nil {
			t.Fatal(err)
		}
		if d := trace.Date(time.UTC); d != day0 {
			t.Errorf("in %v the run is of %v", zone, d)
		}
	}
}
