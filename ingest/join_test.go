package ingest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"afterrun/readiness"
)

// TestPartsOfOneInstant: what of one instant stands in several samples is one
// sample, the last; what two of them say counts as the last of them says it.
func TestPartsOfOneInstant(t *testing.T) {
	const (
		place = "<Position><LatitudeDegrees>45</LatitudeDegrees><LongitudeDegrees>9</LongitudeDegrees></Position>"
		high  = "<AltitudeMeters>120</AltitudeMeters>"
		beat  = "<HeartRateBpm><Value>150</Value></HeartRateBpm>"
		other = "<HeartRateBpm><Value>99</Value></HeartRateBpm>"
	)
	for name, c := range map[string]struct {
		points []string // "second content"
		want   string   // heart rate, latitude, altitude
	}{
		"heart rate first":    {[]string{"0 " + beat, "0 " + place}, "[NaN 150] [NaN 45] []"},
		"position first":      {[]string{"0 " + place, "0 " + beat}, "[NaN 150] [NaN 45] []"},
		"three parts":         {[]string{"0 " + beat, "0 " + place, "0 " + high}, "[NaN NaN 150] [NaN NaN 45] [NaN NaN 120]"},
		"nothing in the last": {[]string{"0 " + beat + place, "0 "}, "[NaN 150] [NaN 45] []"},
		"the same twice":      {[]string{"0 " + beat + place, "0 " + other}, "[150 99] [45 NaN] []"},
		"another instant":     {[]string{"0 " + beat, "1 " + place}, "[150 NaN] [NaN 45] []"},
		"back in time":        {[]string{"5 " + beat, "0 " + place}, "[150 NaN] [NaN 45] []"},
	} {
		var doc strings.Builder
		for _, p := range c.points {
			second, content, _ := strings.Cut(p, " ")
			fmt.Fprintf(&doc, "<Trackpoint><Time>2024-05-01T06:00:0%sZ</Time>%s</Trackpoint>", second, content)
		}
		p, err := Parse("a.tcx", []byte(`<TrainingCenterDatabase><Activities><Activity Sport="Running"><Lap><Track>`+doc.String()+`</Track></Lap></Activity></Activities></TrainingCenterDatabase>`))
		if err != nil || len(p.Events) != 1 {
			t.Errorf("%s: %+v, %v", name, p, err)
			continue
		}
		r := p.Events[0].Run
		if got := fmt.Sprint(r.HR, r.Lat, r.Altitude); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestSplitRecordsOfAWatch: a Suunto writes each position into a record of its
// own; nothing else of that second is lost by it.
func TestSplitRecordsOfAWatch(t *testing.T) {
	dir, _ := references(t)
	if dir == "" {
		return // the corpus is not part of the project
	}
	data, err := os.ReadFile(filepath.Join(dir, "fit", "runalyze__Suunto-Ambit-3-Peak-without-final-lap.fit"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse("a.fit", data)
	if err != nil || len(p.Events) != 1 {
		t.Fatal(p.Events, err)
	}
	trace, err := readiness.Observe(p.Events[0].Run)
	if err != nil || trace.CoveredS != trace.TimerS {
		t.Errorf("the heart rate covers %g of %g s, %v", trace.CoveredS, trace.TimerS, err)
	}
}
