package bus

import (
	"fmt"
	"math"

	"afterrun/readiness"
)

func readingsToProto(r *readiness.Readings) *Readings {
	if r == nil {
		return nil
	}
	p := &Readings{
		Serial: clean(r.Serial), Created: r.Created, Warnings: texts(r.Warnings),
		Resting: seriesToProto(r.Resting), Resting_7D: seriesToProto(r.Resting7), Hr: seriesToProto(r.HR),
		Sleep: seriesToProto(r.Sleep), Hrv: seriesToProto(r.HRV), Beats: seriesToProto(r.Beats), Mass: seriesToProto(r.Mass),
	}
	if r.HasUTCOffset {
		p.UtcOffset = new(int32(r.UTCOffset))
	}
	return p
}

func seriesToProto(s []readiness.Reading) *Series {
	if len(s) == 0 {
		return nil
	}
	at, value := make([]float64, len(s)), make([]float64, len(s))
	for i, x := range s {
		at[i], value[i] = float64(x.At), float64(x.Value)
	}
	return &Series{At: encodeColumn(at), Value: encodeColumn(value)}
}

func readingsFromProto(p *Readings) (*readiness.Readings, error) {
	if p == nil {
		return nil, nil
	}
	r := &readiness.Readings{
		Serial: p.GetSerial(), Created: p.GetCreated(), UTCOffset: int(p.GetUtcOffset()), HasUTCOffset: p.UtcOffset != nil,
		Warnings: p.GetWarnings(),
	}
	series := []struct {
		name string
		to   *[]readiness.Reading
		from *Series
	}{
		{"resting", &r.Resting, p.GetResting()}, {"resting_7d", &r.Resting7, p.GetResting_7D()}, {"hr", &r.HR, p.GetHr()},
		{"sleep", &r.Sleep, p.GetSleep()}, {"hrv", &r.HRV, p.GetHrv()}, {"beats", &r.Beats, p.GetBeats()},
		{"mass", &r.Mass, p.GetMass()},
	}
	for _, s := range series {
		var err error
		if *s.to, err = seriesFromProto(s.from); err != nil {
			return nil, fmt.Errorf("series %s: %w", s.name, err)
		}
	}
	return r, nil
}

// seriesFromProto restores a series; a number that a reading cannot hold is an
// error.
func seriesFromProto(p *Series) ([]readiness.Reading, error) {
	at, err := decodeColumn(p.GetAt())
	if err != nil {
		return nil, err
	}
	value, err := decodeColumn(p.GetValue())
	if err != nil {
		return nil, err
	}
	if len(at) != len(value) {
		return nil, fmt.Errorf("%d times and %d values: %w", len(at), len(value), readiness.ErrInvalid)
	}
	var out []readiness.Reading
	for i := range at {
		x := readiness.Reading{At: uint32(min(max(at[i], 0), math.MaxUint32)), Value: float32(value[i])}
		if float64(x.At) != at[i] || float64(x.Value) != value[i] || math.IsInf(value[i], 0) {
			return nil, fmt.Errorf("reading of %g at %g: %w", value[i], at[i], readiness.ErrInvalid)
		}
		out = append(out, x)
	}
	return out, nil
}
