package main

import (
	"context"
	"time"

	"afterrun/readiness"
	"afterrun/sinks/influx"
)

// pulseEvery is how often the program says in InfluxDB how it is.
const pulseEvery = time.Minute

// pulseStage writes the measurements pipeline and files. A pulse that fails is
// a gap that Grafana sees; the results are kept and come later.
func (a *app) pulseStage(p *parts, s *influx.Sink) stage {
	return stage{"pulse", func(ctx context.Context) error {
		tick := time.NewTicker(pulseEvery)
		defer tick.Stop()
		for {
			if err := a.pulse(ctx, p, s); err != nil && ctx.Err() == nil {
				a.log.DebugContext(ctx, "write pulse to influxdb", "err", err)
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	}}
}

func (a *app) pulse(ctx context.Context, p *parts, s *influx.Sink) error {
	info, err := p.bus.Info(ctx)
	if err != nil {
		return err
	}
	dead, err := p.bus.Dead(ctx)
	if err != nil {
		return err
	}
	now := p.now()
	gauges := []influx.Gauge{{Measurement: "pipeline", At: now, Fields: a.waiting(p, info.Pending)}}
	gauges[0].Fields["dead"] = float64(len(dead))
	if _, fed := info.Pending[p.durableFiles()]; fed { // else this process keeps no store
		files, err := fileGauges(ctx, p, now)
		if err != nil {
			return err
		}
		gauges = append(gauges, files...)
	}
	return s.WriteGauges(ctx, gauges)
}

// waiting counts the messages that each part has still to handle. Alerts are
// not in the total: in quiet hours they wait on purpose.
func (a *app) waiting(p *parts, pending map[string]uint64) map[string]float64 {
	durables := map[string]string{
		"work": durableWork, "store": p.durableStore(), "files": p.durableFiles(), "influx": a.durableInflux(), "alert": durableAlert,
	}
	if a.cfg.Influx.Samples {
		durables["samples"] = a.durableSamples()
	}
	fields, total := map[string]float64{}, uint64(0)
	for name, durable := range durables {
		n, ok := pending[durable]
		if !ok {
			continue
		}
		fields["waiting_"+name] = float64(n)
		if durable != durableAlert {
			total += n
		}
	}
	fields["waiting"] = float64(total)
	return fields
}

// fileGauges count each athlete's files by state, and the days since anything
// was heard of the athlete.
func fileGauges(ctx context.Context, p *parts, now time.Time) ([]influx.Gauge, error) {
	athletes, err := p.store.Athletes(ctx)
	if err != nil {
		return nil, err
	}
	var all []influx.Gauge
	for _, id := range athletes {
		files, err := p.store.Files(ctx, id)
		if err != nil {
			return nil, err
		}
		g := influx.Gauge{Measurement: "files", Athlete: id, At: now, Fields: countFiles(files)}
		last, known, err := p.store.LastDatum(ctx, id)
		if err != nil {
			return nil, err
		}
		if known {
			g.Fields["days_since_data"] = float64(readiness.DateOf(now) - last)
		}
		all = append(all, g)
	}
	return all, nil
}

func countFiles(files []readiness.File) map[string]float64 {
	n := map[string]float64{}
	for _, s := range fileStates {
		n[string(s)] = 0
	}
	for _, f := range files {
		n[string(f.State)]++
	}
	return n
}
