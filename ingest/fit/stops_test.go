package fit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"afterrun/readiness"
)

// TestStopsWithoutAStart: a stop that is not the end is none, if the session says
// so; every other stays.
func TestStopsWithoutAStart(t *testing.T) {
	const start, stopAll = 0, 4
	define := []byte{0x47, 0, 0, 21, 0, 3, 253, 4, 0x86, 0, 1, 0x00, 1, 1, 0x00} // event: timestamp, event, event_type
	at := func(second uint32, kind byte) []byte {
		return append(append([]byte{0x07}, le(y2020+second)...), 0, kind)
	}
	for name, c := range map[string]struct {
		timer  uint32 // of the session, ms
		events [][]byte
		want   string // kept; a stop is negative
		said   int
	}{
		"the end":                              {600_000, [][]byte{at(0, start), at(600, stopAll)}, "[0 -600]", 0},
		"the end, never a start":               {600_000, [][]byte{at(600, stopAll)}, "[-600]", 0},
		"before the first step":                {600_000, [][]byte{at(0, stopAll), at(600, stopAll)}, "[-600]", 1},
		"then of an unknown timer":             {none, [][]byte{at(0, stopAll), at(600, stopAll)}, "[-600]", 1},
		"a start forgotten":                    {500_000, [][]byte{at(0, start), at(200, stopAll), at(600, stopAll)}, "[0 -600]", 1},
		"forgotten behind a pause":             {400_000, [][]byte{at(0, start), at(100, stopAll), at(200, start), at(300, stopAll), at(600, stopAll)}, "[0 -100 200 -600]", 1},
		"at the end of a clock that went back": {900_000, [][]byte{at(0, start), at(600, stopAll)}, "[0 -600]", 0},
		"recorded on behind it":                {200_000, [][]byte{at(0, start), at(200, stopAll), at(600, stopAll)}, "[0 -200 -600]", 0},
		"starts before stops":                  {400_000, [][]byte{at(0, start), at(200, start), at(500, start), at(100, stopAll), at(400, stopAll), at(600, stopAll)}, "[0 200 500 -100 -400 -600]", 0},
		"a pause at the start":                 {550_000, [][]byte{at(0, stopAll), at(50, start), at(600, stopAll)}, "[0 50 -600]", 0},
		"an unknown timer":                     {none, [][]byte{at(0, start), at(200, stopAll), at(600, stopAll)}, "[0 -200 -600]", 0},
	} {
		body := [][]byte{defineFileID, activityFile, defineRecord, recordAt(y2020, 120), recordAt(y2020+300, 121), recordAt(y2020+600, 122), define}
		runs, _, err := Decode(file(slices.Concat(body, c.events, [][]byte{defineSession, sessionAt(y2020, 600_000, c.timer, 0, 1)})...))
		if err != nil || len(runs) != 1 {
			t.Errorf("%s: %+v, %v", name, runs, err)
			continue
		}
		got := []float64{}
		for _, e := range runs[0].TimerEvents {
			got = append(got, signed(e))
		}
		said := 0
		if len(runs[0].Warnings) > 0 && strings.Contains(runs[0].Warnings[0], "stops of the timer") {
			said = 1
		}
		if fmt.Sprint(got) != c.want || said != c.said {
			t.Errorf("%s: %v, want %s; warnings %q", name, got, c.want, runs[0].Warnings)
		}
	}
}

func signed(e readiness.TimerEvent) float64 {
	if e.Stop && e.T > 0 {
		return -e.T
	}
	return e.T
}
