package fit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"afterrun/readiness"
)

// le writes numbers of 32 bits.
func le(values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

var (
	// session: timestamp, start_time, total_elapsed_time, total_timer_time, total_distance, sport
	defineSession = []byte{0x44, 0, 0, 18, 0, 6, 253, 4, 0x86, 2, 4, 0x86, 7, 4, 0x86, 8, 4, 0x86, 9, 4, 0x86, 5, 1, 0x00}
	// lap: the same but for the sport
	defineLap = []byte{0x45, 0, 0, 19, 0, 5, 253, 4, 0x86, 2, 4, 0x86, 7, 4, 0x86, 8, 4, 0x86, 9, 4, 0x86}
	// record: distance, without a time
	defineUntimed = []byte{0x46, 0, 0, 20, 0, 1, 5, 4, 0x86}
)

const none = math.MaxUint32

// sessionAt is a session of elapsed and timer ms and of a distance in cm.
func sessionAt(start, elapsed, timer, distance uint32, sport byte) []byte {
	return append(append([]byte{0x04}, le(start+elapsed/1000, start, elapsed, timer, distance)...), sport)
}

func lapAt(start, elapsed, timer, distance uint32) []byte {
	return append([]byte{0x05}, le(start+elapsed/1000, start, elapsed, timer, distance)...)
}

// TestSummaries: an activity of which there is nothing but what the watch summed
// up is a run of that start, end, time of the timer and distance, too coarse for
// anything else and without a heart rate.
func TestSummaries(t *testing.T) {
	type whole struct {
		sport           string
		part            int
		elapsed, timer  float64
		distance        float64 // NaN = not known
		samples, nLaps  int
		coarse, hasMark bool
	}
	const run, swim = 1, 5
	for name, c := range map[string]struct {
		messages [][]byte
		want     []whole
	}{
		"a session": {
			[][]byte{defineSession, sessionAt(y2020, 3_600_000, 3_600_000, 1_000_000, run)},
			[]whole{{"running", -1, 3600, 3600, 10_000, 2, 0, true, false}},
		},
		"with pauses": {
			[][]byte{defineSession, sessionAt(y2020, 3_600_000, 3_000_500, 1_000_000, run)},
			[]whole{{"running", -1, 3600, 3000.5, 10_000, 3, 0, true, false}},
		},
		"timer and elapsed interchanged": {
			[][]byte{defineSession, append(append([]byte{0x04}, le(y2020+3600, y2020, 3_000_500, 3_600_000, 1_000_000)...), run)},
			[]whole{{"running", -1, 3600, 3000.5, 10_000, 3, 0, true, false}},
		},
		"without a distance": {
			[][]byte{defineSession, sessionAt(y2020, 1_800_000, none, none, 10)},
			[]whole{{"training", -1, 1800, 1800, math.NaN(), 2, 0, true, false}},
		},
		"records without a time": {
			[][]byte{defineUntimed, append([]byte{0x06}, le(2500)...), defineLap, lapAt(y2020, 300_000, 300_000, 15_000), defineSession, sessionAt(y2020, 300_000, 300_000, 15_000, swim)},
			[]whole{{"swimming", -1, 300, 300, 150, 2, 1, true, false}},
		},
		"two sessions": {
			[][]byte{defineSession, sessionAt(y2020, 600_000, 600_000, 50_000, swim), sessionAt(y2020+700, 900_000, 900_000, 300_000, run)},
			[]whole{{"swimming", 0, 600, 600, 500, 2, 0, true, false}, {"running", 1, 900, 900, 3000, 2, 0, true, false}},
		},
		"a session written twice": {
			[][]byte{defineSession, sessionAt(y2020, 600_000, 600_000, 50_000, swim), sessionAt(y2020, 900_000, 900_000, 60_000, swim)},
			[]whole{{"swimming", -1, 900, 900, 600, 2, 0, true, false}},
		},
		"laps": {
			[][]byte{defineLap, lapAt(y2020, 600_000, 590_000, 200_000), lapAt(y2020+600, 300_000, 300_000, 100_000)},
			[]whole{{"generic", -1, 900, 890, 3000, 3, 2, true, false}},
		},
		"one session without a date": {
			[][]byte{defineSession, sessionAt(77, 600_000, 600_000, 50_000, swim), sessionAt(y2020, 900_000, 900_000, 300_000, run)},
			[]whole{{"running", 1, 900, 900, 3000, 2, 0, true, false}},
		},
	} {
		runs, _, err := Decode(file(append([][]byte{defineFileID, activityFile}, c.messages...)...))
		if err != nil || len(runs) != len(c.want) || len(runs[0].Warnings) == 0 {
			t.Errorf("%s: %+v, %v", name, runs, err)
			continue
		}
		for i := range runs {
			r := &runs[i]
			trace, err := readiness.Observe(r)
			if err != nil {
				t.Fatal(err)
			}
			got := whole{r.Sport, r.Part, trace.ElapsedS, trace.TimerS, math.NaN(), len(r.T), len(r.Laps), trace.Coarse, r.HR != nil}
			if trace.DistanceM != nil {
				got.distance = *trace.DistanceM
			}
			want := c.want[i]
			if !sameFloat(got.distance, want.distance) {
				t.Errorf("%s: %g m, want %g", name, got.distance, want.distance)
			}
			got.distance, want.distance = 0, 0
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v, want %+v", name, got, want)
			}
		}
	}
}

func sameFloat(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// TestASessionWithoutRecords among others is summed up, unless it sums up others.
func TestASessionWithoutRecords(t *testing.T) {
	const run, swim, multisport = 1, 5, 18
	records := [][]byte{defineFileID, activityFile, defineRecord, recordAt(y2020+700, 120), recordAt(y2020+701, 121), defineSession}
	bySwim := sessionAt(y2020, 600_000, 600_000, 50_000, swim)
	byRun := sessionAt(y2020+700, 900_000, 900_000, 300_000, run)
	overAll := sessionAt(y2020-10, 605_000, 605_000, 350_000, multisport)
	for name, c := range map[string]struct {
		sessions [][]byte
		want     string // sport, part, samples
		says     string
	}{
		"a swim before a run":    {[][]byte{bySwim, byRun}, "[swimming 0 2 running 1 2]", "session 0 holds no records: start, duration"},
		"one that sums up":       {[][]byte{overAll, bySwim, byRun}, "[running 2 2]", "session 0 holds no records"},
		"one without a duration": {[][]byte{sessionAt(y2020, 0, 0, 0, swim), byRun}, "[running 1 2]", "session 0 holds no records"},
	} {
		runs, _, err := Decode(file(slices.Concat(records, c.sessions)...))
		var got []any
		for _, r := range runs {
			got = append(got, r.Sport, r.Part, len(r.T))
		}
		if err != nil || fmt.Sprint(got) != c.want || !strings.HasPrefix(runs[0].Warnings[0], c.says) {
			t.Errorf("%s: %v, %v, want %s saying %q", name, got, err, c.want, c.says)
		}
	}
}

// TestNoSummaries: what cannot be placed, or claims nothing or too much, is none.
func TestNoSummaries(t *testing.T) {
	for name, c := range map[string]struct {
		messages [][]byte
		want     error
	}{
		"no time passed":      {[][]byte{defineSession, sessionAt(y2020, 0, 0, 0, 1)}, readiness.ErrIgnored},
		"no date":             {[][]byte{defineSession, sessionAt(none, none, none, none, 1)}, readiness.ErrIgnored},
		"longer than a month": {[][]byte{defineSession, sessionAt(y2020, 40*86_400_000, none, none, 1)}, readiness.ErrIgnored},
	} {
		if runs, _, err := Decode(file(append([][]byte{defineFileID, activityFile}, c.messages...)...)); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v, want %v", name, runs, err, c.want)
		}
	}
}

// TestSummaryFiles: a session makes an activity of a file, whatever its type; but
// a workout or a course is a plan.
func TestSummaryFiles(t *testing.T) {
	const summary, unset, unknown, device, totals, workout, course = 20, 255, 77, 1, 10, 5, 6
	for kind, want := range map[byte]error{
		summary: nil, unset: nil, unknown: nil, device: nil, totals: nil, workout: readiness.ErrIgnored, course: readiness.ErrIgnored,
	} {
		_, _, err := Decode(file(defineFileID, []byte{0x00, kind}, defineSession, sessionAt(y2020, 600_000, 600_000, 100_000, 1)))
		if !errors.Is(err, want) {
			t.Errorf("file type %d: %v, want %v", kind, err, want)
		}
	}
}
