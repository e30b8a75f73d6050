package web

import (
	"context"

	"afterrun/readiness"
	"afterrun/readiness/physio"
)

// band is a stretch of the gauge, in points of the score.
type band struct {
	Name        string
	From, Width float64
}

// hair is the space between two bands.
const hair = 0.4

func gauge(b physio.Borders) []band {
	from := []float64{0, b.Easy, b.Steady, b.Ready, 100 + hair}
	var out []band
	for i, name := range []string{"rest", "easy", "steady", "ready"} {
		out = append(out, band{name, from[i], max(0, from[i+1]-from[i]-hair)})
	}
	return out
}

// borders are those of the bands that the athlete's scores fall into.
func (s *server) borders(ctx context.Context, athlete readiness.AthleteID) (physio.Borders, error) {
	if s.o.Rules == nil || athlete == "" { // of nobody nothing is stored yet
		return physio.DefaultRules().Bands, nil
	}
	rules, err := s.o.Rules.Rules(ctx, athlete)
	return rules.Bands, err
}
