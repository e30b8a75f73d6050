package journal

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"afterrun/readiness"
)

func TestDelimitersAndForms(t *testing.T) {
	want := map[string]float64{"soreness": 4, "sleep_h": 7.5}
	for name, data := range map[string]string{
		"comma":         "date,soreness,sleep_h\n2026-01-05,4,7.5\n",
		"semicolon":     "date;soreness;sleep_h\r\n2026-01-05;4;7,5\r\n",
		"tab":           "date\tsoreness\tsleep_h\n2026-01-05\t4\t7.5",
		"tab and comma": "date\tsoreness\tsleep_h\n2026-01-05\t4\t7,5",
		"bom":           "\xEF\xBB\xBFDate, Soreness ,SLEEP_H\n2026-01-05, 4 , 7.5 \n\n",
		"quotes":        "\"date\",\"soreness\",\"sleep_h\"\n\"2026-01-05\",\"4\",\"7.5\"\n",
		"other columns": "weather,date,soreness,sleep_h\nfine,2026-01-05,4,7.5\n",
		"object":        `{"date":"2026-01-05","soreness":4,"sleep_h":7.5,"weather":{"x":1}}`,
		"array":         `[{"date":"2026-01-05","soreness":"4","sleep_h":"7.5","mood":null}]`,
	} {
		events, warnings, err := Decode([]byte(data))
		if err != nil || len(warnings) > 0 || len(events) != 1 {
			t.Errorf("%s: %v, %q, %v", name, events, warnings, err)
			continue
		}
		c := events[0].CheckIn
		if events[0].Key != "2026-01-05" || c.Part != readiness.PartDay || !reflect.DeepEqual(c.Numbers, want) {
			t.Errorf("%s: %q %+v, want %v", name, events[0].Key, c, want)
		}
	}
}

func TestRowsAreSplit(t *testing.T) {
	events, warnings, err := Decode([]byte("date,run,fatigue,rpe,notes\n" +
		"2026-01-05,,3,6,\"stiff, but\nfine\"\n" +
		"2026-01-05,07:30,,7,\n" +
		"2026-01-05,2026-01-05T18:00:00+01:00,,8,\n" +
		"2026-01-05,7:30,,9,\n"))
	if err != nil || len(warnings) != 0 {
		t.Fatal(warnings, err)
	}
	got := map[string]readiness.CheckIn{}
	for _, e := range events {
		if e.Kind != readiness.KindCheckIn || e.CheckIn == nil {
			t.Errorf("event %+v", e)
		}
		got[e.Key] = *e.CheckIn
	}
	if len(got) != 4 {
		t.Fatalf("%d events: %v", len(got), got)
	}
	if c := got["2026-01-05"]; c.Numbers["fatigue"] != 3 || c.Text["notes"] != "stiff, but\nfine" || c.Order != 1 {
		t.Errorf("day part %+v", c)
	}
	if c := got["2026-01-05-run"]; c.Numbers["rpe"] != 6 || c.Run != "" || c.Part != readiness.PartRun {
		t.Errorf("run part %+v", c)
	}
	if c := got["2026-01-05-run-0730"]; c.Numbers["rpe"] != 9 || c.Run != "07:30" || c.Order != 4 {
		t.Errorf("part of the run at 7:30 %+v", c)
	}
	if c := got["2026-01-05-run-2026-01-05180000p0100"]; c.Numbers["rpe"] != 8 {
		t.Errorf("part of the evening run %+v: %v", c, got)
	}
}

// TestLastRowWins: the last row with a day field replaces the earlier one as a
// whole; a row without one does not.
func TestLastRowWins(t *testing.T) {
	events, _, err := Decode([]byte("date,fatigue,mood,rpe\n2026-01-05,3,4,\n2026-01-05,2,,\n2026-01-05,,,5\n"))
	if err != nil || len(events) != 2 {
		t.Fatal(events, err)
	}
	if c := events[0].CheckIn; len(c.Numbers) != 1 || c.Numbers["fatigue"] != 2 {
		t.Errorf("%+v, want fatigue 2 only", c)
	}
}

func TestOutOfRangeIsMissing(t *testing.T) {
	for _, col := range readiness.CheckInColumns {
		if col.Text {
			continue
		}
		for v, ok := range map[float64]bool{col.Min: true, col.Max: true, col.Min - 1: false, col.Max + 1: false} {
			events, warnings, err := Decode(fmt.Appendf(nil, "date,%s\n2026-01-05,%g\n", col.Name, v))
			if err != nil || (len(events) == 1) != ok || (len(warnings) == 0) != ok {
				t.Errorf("%s %g: %v, %q, %v", col.Name, v, events, warnings, err)
			}
		}
	}
	for _, v := range []string{"abc", "NaN", "Inf", "0x3", "1e400", "--1", "1,2,3"} {
		events, warnings, err := Decode([]byte("date\tmood\n2026-01-05\t" + v + "\n"))
		if err != nil || len(events) != 0 || len(warnings) != 1 || !strings.HasPrefix(warnings[0], "line 2: mood") {
			t.Errorf("%q: %v, %q, %v", v, events, warnings, err)
		}
	}
}

// TestWarningsInOrder: the same row has the same faults each time.
func TestWarningsInOrder(t *testing.T) {
	for range 20 {
		_, warnings, err := Decode([]byte("date,rpe,mood,fatigue,stress\n2026-01-05,11,6,7,8\n"))
		want := []string{"line 2: fatigue 7 is outside 1 to 5", "line 2: stress 8 is outside 1 to 5", "line 2: mood 6 is outside 1 to 5", "line 2: rpe 11 is outside 0 to 10"}
		if err != nil || !reflect.DeepEqual(warnings, want) {
			t.Fatalf("%q, %v", warnings, err)
		}
	}
}

func TestBadRunAndPainSince(t *testing.T) {
	events, warnings, err := Decode([]byte("date,run,rpe,pain_since,pain\n2026-01-05,morning,5,last week,3\n"))
	if err != nil || len(events) != 1 || len(warnings) != 2 || events[0].CheckIn.Part != readiness.PartDay {
		t.Errorf("%v, %q, %v", events, warnings, err)
	}
}

func TestRubbish(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want error
		says string
	}{
		"empty":           {"", readiness.ErrInvalid, "no header"},
		"no date column":  {"day,mood\n2026-01-05,3\n", readiness.ErrIgnored, "date"},
		"nothing known":   {"date,weather\n2026-01-05,fine\n", readiness.ErrIgnored, "known column"},
		"bad date":        {"date,mood\n2026-01-05,3\n05/01/2026,3\n", readiness.ErrInvalid, "line 3"},
		"impossible date": {"date,mood\n2026-02-30,3\n", readiness.ErrInvalid, "line 2"},
		"no date":         {"date,mood\n,3\n", readiness.ErrInvalid, "line 2"},
		"column twice":    {"date,mood,mood\n2026-01-05,3,4\n", readiness.ErrInvalid, "twice"},
		"open object":     {`{"date":"2026-01-05","mood":3`, readiness.ErrIncomplete, "not closed"},
		"open array":      {`[{"date":"2026-01-05","mood":3}`, readiness.ErrIncomplete, "not closed"},
		"broken json":     {`[{"date":"2026-01-05","mood":3},x]`, readiness.ErrInvalid, "line 2"},
		"other json":      {`{"type":"FeatureCollection"}`, readiness.ErrIgnored, "date"},
		"key twice":       {`{"date":"2026-01-05","mood":3,"Mood":4}`, readiness.ErrInvalid, "twice"},
		"nested value":    {`{"date":"2026-01-05","mood":[3]}`, readiness.ErrInvalid, "mood"},
		"tail":            {`{"date":"2026-01-05","mood":3} {}`, readiness.ErrInvalid, "behind"},
		"year 206":        {"date,mood\n0206-01-05,3\n", readiness.ErrInvalid, "line 2"},
		"wide":            {"date,mood\n" + strings.Repeat(",", maxColumns), readiness.ErrInvalid, "line 2"},
		"too large":       {strings.Repeat(" ", MaxSize+1), readiness.ErrInvalid, "more than"},
	} {
		events, _, err := Decode([]byte(c.data))
		if !errors.Is(err, c.want) || events != nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v saying %q", name, err, c.want, c.says)
		}
	}
}

func TestManyRowsAndWarnings(t *testing.T) {
	var b strings.Builder
	b.WriteString("date,mood\n")
	for range MaxRows + 1 {
		b.WriteString(",\n")
	}
	if _, _, err := Decode([]byte(b.String())); !errors.Is(err, readiness.ErrInvalid) {
		t.Errorf("%v, want too many rows", err)
	}
	_, warnings, err := Decode([]byte("date,mood\n" + strings.Repeat("2026-01-05,9\n", 5000)))
	if err != nil || len(warnings) != maxWarnings+1 {
		t.Errorf("%d warnings, %v", len(warnings), err)
	}
	notes := strings.Repeat("é", maxNotes)
	events, _, err := Decode([]byte("date,notes\n2026-01-05," + notes + "\n"))
	if err != nil || len(events[0].CheckIn.Text["notes"]) > maxNotes {
		t.Errorf("notes not bounded: %v", err)
	}
}

// TestMemory reads the file with the most entries that is accepted.
func TestMemory(t *testing.T) {
	var b strings.Builder
	b.WriteString("date,run,rpe,mass_pre_kg,mass_post_kg,fluid_in_l\n")
	day := readiness.Date(0)
	for i := range MaxRows {
		fmt.Fprintf(&b, "%s,%02d:%02d,5,70,69,1\n", day+readiness.Date(i/1440), i/60%24, i%60)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	events, _, err := Decode([]byte(b.String()))
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err != nil || len(events) != MaxRows {
		t.Fatal(len(events), err)
	}
	held := (after.HeapAlloc - before.HeapAlloc) >> 20
	t.Logf("%d bytes, %d MiB held", b.Len(), held)
	if held > 200 {
		t.Errorf("%d MiB held", held)
	}
	runtime.KeepAlive(events)
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("date,run,fatigue,rpe,notes\n2026-01-05,07:30,3,6,\"a\"\n"))
	f.Add([]byte("date;mood\n2026-01-05;3,5\n"))
	f.Add([]byte(`[{"date":"2026-01-05","mood":3,"run":"2026-01-05T07:30:00Z"}]`))
	key := readiness.AthleteID("")
	f.Fuzz(func(t *testing.T, data []byte) {
		events, _, err := Decode(data)
		if err != nil && events != nil {
			t.Errorf("events and error %v", err)
		}
		seen := map[string]bool{}
		for _, e := range events {
			key = readiness.AthleteID(strings.TrimSuffix(e.Key[:min(len(e.Key), 32)], "-"))
			if key.Validate() != nil || len(e.Key) > 64 || seen[e.Key] {
				t.Errorf("key %q", e.Key)
			}
			seen[e.Key] = true
		}
	})
}
