package influx_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/sinks/influx"
	"afterrun/sinks/sinktest"
)

func TestGauges(t *testing.T) {
	db := sinktest.StartInfluxd(t, sinktest.InfluxConfig{})
	s := influx.New(influx.Options{URL: db.URL, Bucket: "afterrun/autogen"})
	defer s.Close()
	at := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	err := s.WriteGauges(t.Context(), []influx.Gauge{
		{Measurement: "pipeline", At: at, Fields: map[string]float64{"waiting": 3}},
		{Measurement: "files", Athlete: "me", At: at, Fields: map[string]float64{"published": 2}},
		{Measurement: "files", Athlete: "you", At: at},
	})
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		`SELECT "waiting" FROM "pipeline" GROUP BY *`: "3",
		`SELECT "published" FROM "files" GROUP BY *`:  "2",
	} {
		series, err := db.Query(t.Context(), "afterrun", query)
		if err != nil || len(series) != 1 || len(series[0].Values) != 1 {
			t.Fatalf("%s: %+v, %v", query, series, err)
		}
		if got := series[0].Values[0][1]; got.(interface{ String() string }).String() != want {
			t.Errorf("%s: %v", query, got)
		}
	}
	err = s.WriteGauges(t.Context(), []influx.Gauge{{Measurement: "pipeline", At: at, Fields: map[string]float64{"waiting": math.NaN()}}})
	if !errors.Is(err, readiness.ErrInvalid) {
		t.Errorf("NaN: %v", err)
	}
}
