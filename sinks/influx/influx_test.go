package influx_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
	"afterrun/sinks/influx"
	"afterrun/sinks/sinktest"
)

func TestConformance(t *testing.T) {
	server := sinktest.StartInfluxd(t, sinktest.InfluxConfig{})
	n := 0
	sinktest.Run(t, func(t *testing.T) sinktest.Target {
		n++
		return newTarget(t, server, server.URL, fmt.Sprintf("db%d", n), nil)
	})
}

func TestSampleConformance(t *testing.T) {
	server := sinktest.StartInfluxd(t, sinktest.InfluxConfig{})
	n := 0
	sinktest.RunSamples(t, func(t *testing.T, from sinktest.Recordings) sinktest.SampleTarget {
		n++
		return newTarget(t, server, server.URL, fmt.Sprintf("db%d", n), from.Of)
	})
}

// target reads InfluxDB by InfluxQL, as Grafana does.
type target struct {
	*influx.Sink
	server   *sinktest.Influxd
	database string
}

func newTarget(t *testing.T, server *sinktest.Influxd, url, database string, recording influx.Recording) target {
	t.Helper()
	s := influx.New(influx.Options{Recording: recording, URL: url, Bucket: database + "/autogen", Timeout: 10 * time.Second, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	t.Cleanup(s.Close)
	return target{s, server, database}
}

func (s target) Points(ctx context.Context, measurement string, athlete readiness.AthleteID) (map[string]sinktest.Point, error) {
	series, err := s.server.Query(ctx, s.database, fmt.Sprintf(`SELECT *::field FROM %q WHERE "athlete" = '%s' GROUP BY "sport"`, measurement, athlete))
	if err != nil {
		return nil, err
	}
	points := map[string]sinktest.Point{}
	for _, in := range series {
		for _, row := range in.Values {
			key, p, err := decode(in, row)
			if err != nil {
				return nil, err
			}
			if _, ok := points[key]; ok {
				return nil, fmt.Errorf("two points of %q", key)
			}
			points[key] = p
		}
	}
	return points, nil
}

func decode(in sinktest.Series, row []any) (string, sinktest.Point, error) {
	p := sinktest.Point{Sport: in.Tags["sport"], Fields: map[string]any{}}
	key, at := "", time.Time{}
	for i, name := range in.Columns {
		switch v := row[i].(type) {
		case json.Number:
			x, err := v.Float64()
			if err != nil {
				return "", p, err
			}
			p.Fields[name] = x
			if name == "time" {
				ns, err := v.Int64()
				if err != nil {
					return "", p, err
				}
				at = time.Unix(0, ns).UTC()
				p.At = at.Truncate(time.Second)
			}
		case string:
			p.Fields[name] = v
			if name == "key" {
				key = v
			}
		}
	}
	if id, ok := p.Fields["run_id"].(string); ok && in.Name == "sample" {
		key = sinktest.SampleKey(id, at)
	}
	delete(p.Fields, "time")
	delete(p.Fields, "key")
	return key, p, nil
}

// TestARecordingWithoutAnEnd is refused, with its reason, before it has taken all
// memory.
func TestARecordingWithoutAnEnd(t *testing.T) {
	run := sinktest.RunNo(sinktest.Athlete, 0)
	record := sinktest.Records(run.Key, run.At, 1)[0]
	endless := func(context.Context, readiness.AthleteID, string) (iter.Seq[readiness.Row], error) {
		return func(yield func(readiness.Row) bool) {
			for yield(record) {
			}
		}, nil
	}
	s := influx.New(influx.Options{URL: "http://127.0.0.1:1", Bucket: "afterrun", Recording: endless})
	defer s.Close()
	err := s.WriteSamples(t.Context(), []readiness.Result{run})
	partial, ok := errors.AsType[*readiness.PartialError](err)
	if !ok || !strings.Contains(fmt.Sprint(partial.Rejected[0]), "more than 259200 records") {
		t.Errorf("%v", err)
	}
}
