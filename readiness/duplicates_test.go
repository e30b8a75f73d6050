package readiness

import (
	"maps"
	"math"
	"testing"
	"time"
)

// recordingOf is an hour's run at 3 m/s as one device wrote it; from is when its
// first sample came, s behind seven o'clock.
func recordingOf(sport, format, serial string, from, n int) *Run {
	first := day0.Time().Add(7*time.Hour + time.Duration(from)*time.Second)
	r := &Run{Sport: sport, Format: format, Part: -1, Start: first, First: first, HRSource: "unknown", Device: Device{Serial: serial}}
	for i := range n {
		t := float64(i) * 3600 / float64(n-1)
		r.T, r.HR, r.Speed, r.Distance = append(r.T, t), append(r.HR, 140), append(r.Speed, 3), append(r.Distance, 3*t)
	}
	r.HR[0] = math.NaN()
	return r
}

// counted assesses recordings and rulings; it returns the run that counts for
// every recording by name, "itself" if it does.
func counted(t *testing.T, runs map[string]*Run, choices ...Event) map[string]string {
	t.Helper()
	var h History
	names := map[string]string{"": "itself"}
	for name, r := range runs {
		e := Event{Kind: KindRun, Key: RunKey(r), Run: r}
		e.Digest = e.ContentDigest()
		names[RunIDOf(e.Key)] = name
		if _, err := h.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range choices {
		e.Digest = e.ContentDigest()
		if _, err := h.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	a, err := Assess(&h, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, r := range a.Runs {
		out[names[r.RunID]] = names[r.DuplicateOf]
	}
	return out
}

func ruled(r *Run, ruling Ruling, order int64) Event {
	return Event{Kind: KindChoice, Key: RunKey(r), Choice: &Choice{Run: RunKey(r), Ruling: ruling, Order: order}}
}

// TestTheSameRunTwice: two devices, two formats and two services; and runs that
// only look alike.
func TestTheSameRunTwice(t *testing.T) {
	runs := map[string]*Run{
		"watch":        recordingOf("running", "fit", "1", 0, 3601),
		"its gpx":      recordingOf("running", "gpx", "", 0, 3601),
		"second unit":  recordingOf("running", "fit", "2", 20, 1800),
		"later run":    recordingOf("running", "fit", "1", 3700, 3601),
		"half and bit": recordingOf("running", "tcx", "", 1700, 3601),
		"ride":         recordingOf("cycling", "fit", "3", 0, 3601),
	}
	want := map[string]string{"watch": "itself", "its gpx": "watch", "second unit": "watch", "later run": "itself", "half and bit": "watch", "ride": "itself"}
	if got := counted(t, runs); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestTheAthleteDecides: a recording set apart counts beside the others, one put
// first counts instead of them; the later word counts, and may take it back.
func TestTheAthleteDecides(t *testing.T) {
	runs := map[string]*Run{
		"watch": recordingOf("running", "fit", "1", 0, 3601),
		"phone": recordingOf("running", "gpx", "", 0, 3601),
		"strap": recordingOf("running", "tcx", "", 10, 3601),
	}
	rule := map[string]string{"watch": "itself", "phone": "watch", "strap": "watch"}
	first := map[string]string{"watch": "phone", "phone": "itself", "strap": "phone"}
	for name, c := range map[string]struct {
		choices []Event
		want    map[string]string
	}{
		"nothing":    {nil, rule},
		"apart":      {[]Event{ruled(runs["phone"], RulingApart, 1)}, map[string]string{"watch": "itself", "phone": "itself", "strap": "watch"}},
		"first":      {[]Event{ruled(runs["phone"], RulingFirst, 1)}, first},
		"taken back": {[]Event{ruled(runs["phone"], RulingNone, 2), ruled(runs["phone"], RulingFirst, 1)}, rule},
		"the later":  {[]Event{ruled(runs["phone"], RulingFirst, 2), ruled(runs["phone"], RulingApart, 1)}, first},
		"two first":  {[]Event{ruled(runs["phone"], RulingFirst, 1), ruled(runs["strap"], RulingFirst, 1)}, map[string]string{"watch": "strap", "phone": "strap", "strap": "itself"}},
		"of no run":  {[]Event{ruled(recordingOf("running", "fit", "9", 0, 100), RulingApart, 1)}, rule},
	} {
		if got := counted(t, runs, c.choices...); !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
