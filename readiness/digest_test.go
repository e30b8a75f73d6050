package readiness

import (
	"math"
	"regexp"
	"testing"
	"time"
)

func aRun() *Run {
	at := time.Date(2024, 5, 1, 6, 0, 0, 0, time.UTC)
	return &Run{Sport: "running", Format: "fit", Part: -1, Start: at, First: at, Device: Device{Serial: "42"}, T: []float64{0, 1}, HR: []float64{100, math.NaN()}}
}

func digestOf(change func(*Run)) string {
	r := aRun()
	change(r)
	e := Event{Kind: KindRun, Run: r}
	return e.ContentDigest()
}

func TestContentDigestSeesContentOnly(t *testing.T) {
	base := digestOf(func(*Run) {})
	same := map[string]func(*Run){
		"warnings":     func(r *Run) { r.Warnings = []string{"x"} },
		"zone":         func(r *Run) { r.Start = r.Start.In(time.FixedZone("x", 3600)) },
		"another NaN":  func(r *Run) { r.HR[1] = math.Float64frombits(0x7ff8dead00000001) },
		"empty column": func(r *Run) { r.Power = []float64{} },
	}
	for name, change := range same {
		if digestOf(change) != base {
			t.Errorf("%s changes the digest", name)
		}
	}
	other := map[string]func(*Run){
		"sample":       func(r *Run) { r.HR[0]++ },
		"sign of zero": func(r *Run) { r.T[0] = math.Copysign(0, -1) },
		"moved column": func(r *Run) { r.HR, r.Speed = nil, r.HR },
		"moved text":   func(r *Run) { r.Sport, r.SubSport = "runnin", "g" },
		"nanosecond":   func(r *Run) { r.Start = r.Start.Add(1) },
		"timer":        func(r *Run) { r.TimerEvents = []TimerEvent{{T: 1, Stop: true}} },
		"known offset": func(r *Run) { r.HasUTCOffset = true },
	}
	for name, change := range other {
		if digestOf(change) == base {
			t.Errorf("%s does not change the digest", name)
		}
	}
}

func TestContentDigestIgnoresSourceAndMapOrder(t *testing.T) {
	numbers := map[string]float64{"rpe": 5, "mood": 3, "energy": 2, "stress": 1}
	a := Event{Kind: KindCheckIn, CheckIn: &CheckIn{Numbers: numbers}}
	for range 20 {
		b := Event{Kind: KindCheckIn, Source: Source{File: "x"}, CheckIn: &CheckIn{Numbers: map[string]float64{}}}
		for k, v := range numbers {
			b.CheckIn.Numbers[k] = v
		}
		if a.ContentDigest() != b.ContentDigest() {
			t.Fatal("equal contents, different digests")
		}
	}
}

func TestRunKey(t *testing.T) {
	r := aRun()
	key := RunKey(r)
	if want := RunID("running", r.Start.Unix(), "42"); key != want || RunIDOf(key) != want {
		t.Errorf("key %s, id %s, want %s", key, RunIDOf(key), want)
	}
	r.Part = 2
	if got := RunIDOf(RunKey(r)); got != key+"#2" {
		t.Errorf("part: %s", got)
	}
	r.Part, r.Device.Serial = -1, ""
	anonymous := RunKey(r)
	r.HR[0]++
	if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(anonymous) || RunKey(r) == anonymous {
		t.Errorf("without serial the content decides: %s", anonymous)
	}
}

func TestPreferIsTotal(t *testing.T) {
	var all []Event
	for _, format := range []string{"fit", "tcx", "gpx"} {
		for n := range 3 {
			r := aRun()
			r.Format, r.Start = format, r.Start.Add(time.Duration(n/2)*time.Hour)
			r.T = r.T[:min(n+1, 2)]
			e := Event{Kind: KindRun, Run: r}
			e.Digest = e.ContentDigest()
			all = append(all, e)
		}
	}
	for i, a := range all {
		for j, b := range all {
			if i != j && Prefer(a, b) == Prefer(b, a) {
				t.Errorf("%d and %d: no decision", i, j)
			}
			if a.Run.Format == "fit" && b.Run.Format == "gpx" && !Prefer(a, b) {
				t.Errorf("GPX before FIT: %d %d", i, j)
			}
		}
	}
}

// TestPreferLocalTime: of two equal recordings the one that knows its local time
// counts, whatever their digests, and for a history, too.
func TestPreferLocalTime(t *testing.T) {
	knows, lost := aRun(), aRun()
	knows.HasUTCOffset, knows.UTCOffset, lost.HasUTCOffset, lost.UTCOffset = true, 7200, false, 0
	for _, digests := range [][2]string{{"a", "b"}, {"b", "a"}} {
		a, b := Event{Digest: digests[0], Run: knows}, Event{Digest: digests[1], Run: lost}
		if !Prefer(a, b) || Prefer(b, a) {
			t.Errorf("digests %v: the run without a local time counts", digests)
		}
		if counts := counting(t, a, b); counts != a.Digest {
			t.Errorf("digests %v: in a history the run without a local time counts", digests)
		}
	}
}

// counting is the digest of the one run that follows from contents of it.
func counting(t *testing.T, contents ...Event) string {
	t.Helper()
	var h History
	for _, e := range contents {
		e.Kind, e.Key = KindRun, "run"
		if _, err := h.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	a, err := Assess(&h, nil, Options{})
	if err != nil || len(a.Runs) != 1 {
		t.Fatalf("%d runs, %v", len(a.Runs), err)
	}
	return a.Runs[0].Digest
}

func TestPreferLaterOrder(t *testing.T) {
	a := Event{Digest: "a", CheckIn: &CheckIn{Order: 2}}
	b := Event{Digest: "b", CheckIn: &CheckIn{Order: 1}}
	c := Event{Digest: "c", CheckIn: &CheckIn{Order: 1}}
	if !Prefer(a, b) || Prefer(b, a) || !Prefer(c, b) || Prefer(b, b) {
		t.Error("order first, then the greater digest")
	}
}
