package readiness

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
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

// lasting makes a recording shorter than an hour.
func lasting(r *Run, seconds float64) *Run {
	for i := range r.T {
		r.T[i] *= seconds / 3600
	}
	return r
}

// TestRunsThatLookAlike: near each other in time, or of one effort, and what the
// rule makes of them.
func TestRunsThatLookAlike(t *testing.T) {
	for name, c := range map[string]struct {
		a, b *Run
		once bool
	}{
		"a warm-up that ends 3 min before the race": {recordingOf("running", "fit", "1", 0, 3601), lasting(recordingOf("running", "fit", "1", -780, 601), 600), false},
		"a watch and a bike computer started later": {recordingOf("cycling", "fit", "1", 0, 3601), lasting(recordingOf("cycling", "fit", "2", 240, 3301), 3300), true},
		"a foot pod's file and a treadmill's":       {recordingOf("running", "fit", "1", 0, 1801), recordingOf("running", "tcx", "", 5, 3601), true},
		"the halves of a multisport session":        {recordingOf("running", "fit", "1", 3600, 3601), recordingOf("cycling", "fit", "1", 0, 3601), false},
		"two halves of one sport, end to end":       {recordingOf("running", "fit", "1", 0, 3601), recordingOf("running", "fit", "1", 3600, 3601), false},
		"a copy whose clock is an hour off":         {recordingOf("running", "fit", "1", 0, 3601), recordingOf("running", "gpx", "", 3600, 3601), false},
		"exactly half of the shorter one":           {recordingOf("running", "fit", "1", 0, 3601), lasting(recordingOf("running", "fit", "2", 3300, 601), 600), false},
		"a second more than half":                   {recordingOf("running", "fit", "1", 0, 3601), lasting(recordingOf("running", "fit", "2", 3299, 601), 600), true},
		"Polar's export and its TCX":                {recordingOf("running", "tcx", "", 0, 3601), recordingOf("running", "polar", "", 0, 3601), true},
		"Polar's export and a GPX with more points": {recordingOf("running", "polar", "", 0, 3601), recordingOf("running", "gpx", "", 0, 7201), true},
	} {
		want := map[string]string{"a": "itself", "b": "itself"}
		if c.once {
			want["b"] = "a"
		}
		if got := counted(t, map[string]*Run{"a": c.a, "b": c.b}); !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// jumping makes the second half of a recording come days later.
func jumping(r *Run, days float64) *Run {
	for i := len(r.T) / 2; i < len(r.T); i++ {
		r.T[i] += days * 86400
	}
	return r
}

// TestRunsBetweenAJump: a recording whose clock jumps ahead is no second recording
// of the runs that lie between, whichever is preferred; one of its own stretches
// is. A pause of a day is a pause.
func TestRunsBetweenAJump(t *testing.T) {
	between := func(format string, n int) *Run { return recordingOf("running", format, "", 2*86400, n) }
	for name, c := range map[string]struct {
		jump  *Run
		other *Run
		once  bool
	}{
		"a sparser run between":  {jumping(recordingOf("running", "fit", "1", 0, 3601), 20), between("gpx", 901), false},
		"a denser run between":   {jumping(recordingOf("running", "fit", "1", 0, 901), 20), between("fit", 3601), false},
		"its own copy":           {jumping(recordingOf("running", "fit", "1", 0, 3601), 20), jumping(recordingOf("running", "gpx", "", 0, 3601), 20), true},
		"a copy of what is left": {jumping(recordingOf("running", "fit", "1", 0, 3601), 20), lasting(recordingOf("running", "gpx", "", 0, 1801), 1800), true},
		"within a long pause":    {jumping(recordingOf("running", "fit", "1", 0, 3601), 0.9), recordingOf("running", "gpx", "", 7200, 901), true},
	} {
		want := map[string]string{"jump": "itself", "other": "itself"}
		if c.once {
			want["other"] = "jump"
		}
		if got := counted(t, map[string]*Run{"jump": c.jump, "other": c.other}); !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
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

// TestMergedAsTheRuleSays: whatever recordings there are, each one that is merged
// shares more than half of the shorter one's time with a preferred one of its
// sport that counts, and each one that shares so much is: never two real runs.
func TestMergedAsTheRuleSays(t *testing.T) {
	rapid.Check(t, func(p *rapid.T) {
		var all []*session
		for i := range rapid.IntRange(0, 12).Draw(p, "recordings") {
			first := day0.Time().Add(time.Duration(rapid.IntRange(0, 400).Draw(p, "minute")) * time.Minute)
			elapsed := float64(60 * rapid.IntRange(0, 90).Draw(p, "minutes"))
			all = append(all, &session{id: string(rune('a' + i)), trace: &Trace{
				Sport: rapid.SampledFrom([]string{"running", "cycling"}).Draw(p, "sport"), Format: rapid.SampledFrom([]string{"fit", "tcx", "gpx"}).Draw(p, "format"),
				Samples: rapid.IntRange(1, 3).Draw(p, "samples"), Start: first, First: first, ElapsedS: elapsed,
			}})
		}
		markDuplicates(all)
		for _, s := range all {
			of := slices.IndexFunc(all, func(k *session) bool { return s != k && k.duplicateOf == "" && preferred(k, s) && moreThanHalf(k, s) })
			if (s.duplicateOf != "") != (of >= 0) {
				p.Fatalf("%s is a duplicate of %q", s.id, s.duplicateOf)
			}
			for _, k := range all {
				if k.id == s.duplicateOf && (k.duplicateOf != "" || !preferred(k, s) || !moreThanHalf(k, s)) {
					p.Fatalf("%s is taken for %s", s.id, k.id)
				}
			}
		}
	})
}

// preferred is the order of the rule: FIT, TCX, GPX; more samples; the earlier
// start; the lesser id.
func preferred(a, b *session) bool {
	rank := map[string]int{"fit": 0, "tcx": 1, "gpx": 2}
	return cmp.Or(rank[a.trace.Format]-rank[b.trace.Format], b.trace.Samples-a.trace.Samples, a.trace.Start.Compare(b.trace.Start), cmp.Compare(a.id, b.id)) < 0
}

func moreThanHalf(a, b *session) bool {
	from, to := max(a.trace.First.Unix(), b.trace.First.Unix()), min(a.trace.First.Unix()+int64(a.trace.ElapsedS), b.trace.First.Unix()+int64(b.trace.ElapsedS))
	return a.trace.Sport == b.trace.Sport && 2*float64(to-from) > min(a.trace.ElapsedS, b.trace.ElapsedS)
}
