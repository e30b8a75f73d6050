package influx

import (
	"context"
	"math"
	"time"

	"afterrun/readiness"
)

// Gauge is a set of numbers that hold at one instant, such as what the program
// says of itself. Unlike a result it is not kept anywhere else: what InfluxDB
// does not take is lost, and the gap tells so.
type Gauge struct {
	Measurement string
	Athlete     readiness.AthleteID // "" = of nobody
	At          time.Time
	Fields      map[string]float64
}

// WriteGauges stores gauges, each as one point.
func (s *Sink) WriteGauges(ctx context.Context, gauges []Gauge) error {
	lines, err := gaugeLines(gauges)
	if err != nil || len(lines) == 0 {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.prepare(ctx); err != nil {
		return err
	}
	return s.classified(ctx, s.write.WriteRecord(ctx, lines...))
}

func gaugeLines(gauges []Gauge) ([]string, error) {
	var lines []string
	for _, g := range gauges {
		p := point{identity: identity{series{measurement: g.Measurement, athlete: string(g.Athlete)}, g.At.UnixNano()}, fields: map[string]any{}}
		for name, x := range g.Fields {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, invalid("%s %s is not a number", g.Measurement, name)
			}
			p.fields[name] = x
		}
		if len(p.fields) > 0 {
			lines = append(lines, p.line())
		}
	}
	return lines, nil
}
