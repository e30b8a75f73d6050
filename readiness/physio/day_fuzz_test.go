package physio

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

// numbers reads finite numbers out of what the fuzzer invents, at most 600: no
// day-level formula sees more.
func numbers(data []byte) []float64 {
	var out []float64
	for len(data) >= 4 && len(out) < 600 {
		x := float64(math.Float32frombits(binary.LittleEndian.Uint32(data)))
		data = data[4:]
		if !math.IsNaN(x) && math.Abs(x) < 1e9 {
			out = append(out, x)
		}
	}
	return out
}

func bytesOf(x ...float32) (out []byte) {
	for _, v := range x {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}

func finite(t *testing.T, what string, x ...float64) {
	t.Helper()
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("%s gives %v", what, v)
		}
	}
}

func part(x []float64, from, to int) []float64 { return x[min(from, len(x)):min(to, len(x))] }

func days(n int) (x []float64) {
	for i := range n {
		x = append(x, float64(i))
	}
	return x
}

// Whatever numbers come, the formulas of a day neither fail nor answer NaN or
// infinity, and what is said to be unknown is not computed from nothing.
func FuzzDayFormulas(f *testing.F) {
	f.Add([]byte{})
	f.Add(bytesOf(48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48))
	f.Add(bytesOf(0, 0, 0, 0, 0, 0, 0))
	f.Add(bytesOf(-1, 1e8, 3e-39, 7, 7, -1e8))
	f.Fuzz(func(t *testing.T, data []byte) {
		x := numbers(data)
		fuzzStatistics(t, x)
		fuzzMorning(t, x)
		fuzzLoads(t, x)
		fuzzComparisons(t, x)
	})
}

func fuzzStatistics(t *testing.T, x []float64) {
	before := slices.Clone(x)
	m, _ := Median(x)
	mean, _ := Mean(x)
	sd, _ := SampleSD(x)
	p, _ := Percentile(x, 0.90)
	centre, spread, ok := RobustBaseline(x, 1.5)
	few := part(x, 0, 60)
	slope, _, _ := TheilSen(days(len(few)), few, nil)
	finite(t, "statistics", m, mean, sd, p, centre, spread, slope)
	if ok && (spread < 1.5 || m < slices.Min(x) || m > slices.Max(x)) {
		t.Errorf("median %v, spread %v of %v", m, spread, x)
	}
	if !slices.Equal(before, x) {
		t.Error("the input was changed")
	}
}

func fuzzMorning(t *testing.T, x []float64) {
	in := RHRInput{Last7: part(x, 0, 7), Base28: part(x, 7, 35), Base60: part(x, 7, 67), Last14: part(x, 0, 14)}
	in.Last14X = days(len(in.Last14))
	if len(x) > 0 {
		in.Today, in.HasToday = x[0], true
	}
	r := RestingHR(in, DefaultRules().RestingHR)
	h := HRV(in.Last7, in.Base28)
	ms, _ := RMSSD(x)
	mean, debt, _ := SleepWeek(in.Last7)
	drop, _ := MassDrop(in.Last7, in.Today)
	finite(t, "a morning", r.Delta, r.Z, r.Delta7, r.Z7, r.Slope, h.Mean7, h.CV, h.Z, h.SD, ms, mean, debt, WellnessG(in.Today, in.Base28), drop)
	if h.HasZ() && h.SD < 0.02 || r.Baseline && r.Spread < RHRSpreadFloor {
		t.Errorf("a spread below its floor: %+v %+v", h, r)
	}
}

func fuzzLoads(t *testing.T, x []float64) {
	loads := make([]float64, len(x))
	var weeks []Week
	for i, v := range x {
		loads[i] = math.Abs(v)
		weeks = append(weeks, Week{loads[i], int(loads[i]) % 3})
	}
	seed := Seed(loads)
	ctl := Filter(loads, seed, Exp.Weight(ChronicDays))
	coupled, _ := Coupled(part(loads, 0, 28))
	uncoupled, _ := Uncoupled(part(loads, 0, 28))
	monotony, strain, ok := Monotony(part(loads, 0, 7))
	limit, _ := StrainLimit(loads)
	finite(t, "loads", append(ctl, seed, coupled, uncoupled, monotony, strain, limit)...)
	if ok && (monotony < 0 || monotony > 10) {
		t.Errorf("monotony %v", monotony)
	}
	few := weeks[:min(len(weeks), 20)]
	Deload(few)
	if since := WeeksSinceDeload(few); since < 0 || since > len(few) {
		t.Errorf("%d weeks since a deload week of %d", since, len(few))
	}
}

func fuzzComparisons(t *testing.T, x []float64) {
	var points []HRRPoint
	var runs [][]Block
	for i := 0; i+1 < len(x) && i < 120; i += 2 {
		points = append(points, HRRPoint{End: x[i], Drop: x[i+1]})
		runs = append(runs, []Block{{V: x[i], H: x[i+1]}, {V: x[i+1], H: x[i]}})
	}
	n := min(len(points), 2)
	c, _ := CompareHRR(points[n:], points[:n])
	line, ok := HRexBaseline(runs)
	finite(t, "comparisons", c.Slope, c.Test, c.Expected, c.Dev, c.Z, c.Spread, line.Slope, line.Reference, line.Centre, line.Spread)
	if ok {
		finite(t, "a run's value", line.Value(runs[0]), line.Value(nil))
	}
	EFLow(x)
	fuzzScore(t, x)
}

func fuzzScore(t *testing.T, x []float64) {
	var parts []Component
	rules := DefaultRules()
	for i, name := range []string{"wellness", "rhr", "load", "sleep", "hrv", "hrr", "hrex"} {
		if i < len(x) {
			parts = append(parts, Component{Name: name, G: x[i], Weight: 0.15, Low: x[i] > 0})
		}
	}
	score, confidence, ok := Readiness(parts, rules.Evidence)
	finite(t, "readiness", score, confidence)
	if ok && (score < 0 || score > 100 || confidence <= 0 || confidence > 1) {
		t.Errorf("score %v, confidence %v", score, confidence)
	}
	b, d := NewBands(rules.Bands), NewDetector(rules.Detector)
	e := Evidence{Spikes: part(x, 0, 3), WellnessLast3: part(x, 3, 6)}
	for day, v := range part(x, 0, 100) {
		b.Next(v, min(v, 40))
		e.Form, e.HRVZ, e.SleepH = &v, &v, &v
		points, families := Tally(e.Conditions(rules.Detector))
		if d.Next(day, points, families); points < 0 {
			t.Errorf("%d points", points)
		}
	}
}
