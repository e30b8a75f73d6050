package influx

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"afterrun/readiness"
)

// stored is a point InfluxDB has.
type stored struct {
	identity
	key    string
	fields []string // names
}

// span is a range of points of one series to delete, both ends included.
type span struct {
	series   series
	from, to int64 // Unix nanoseconds
}

// plan looks at what is stored and says what to delete: before writing, the
// points that have a field the new one has not; after it, the points of these
// results at any other place.
func (s *Sink) plan(ctx context.Context, groups []*group) (before, after []span, err error) {
	for _, g := range groups {
		places, err := s.lookUp(ctx, g)
		if err != nil {
			return nil, nil, err
		}
		written := g.written()
		for _, old := range places.at {
			if p, ok := written[old.identity]; ok && old.hasMoreThan(p) {
				before = append(before, span{old.series, old.ns, old.ns})
			}
		}
		for _, old := range places.of {
			if _, ok := written[old.identity]; !ok {
				after = append(after, span{old.series, old.ns, old.ns})
			}
		}
	}
	return joined(before), after, nil
}

// written are the points of the group by where they go. Of two results with one
// place the later is meant.
func (g *group) written() map[identity]point {
	all := map[identity]point{}
	for _, p := range g.points {
		if old, ok := all[p.identity]; !ok || old.index < p.index {
			all[p.identity] = p
		}
	}
	return all
}

func (o stored) hasMoreThan(p point) bool {
	return slices.ContainsFunc(o.fields, func(name string) bool {
		_, ok := p.fields[name]
		return !ok
	})
}

// joined merges spans of neighbouring days into one: between two noons in a row
// there is no other point, and a rewritten history is one deletion, not
// thousands.
func joined(spans []span) []span {
	slices.SortFunc(spans, compareSpans)
	var out []span
	for _, s := range spans {
		if n := len(out) - 1; n >= 0 && out[n].series == s.series && s.series.measurement == "day" && s.from-out[n].to == int64(24*time.Hour) {
			out[n].to = s.to
			continue
		}
		out = append(out, s)
	}
	return out
}

func compareSpans(a, b span) int {
	if c := strings.Compare(a.series.measurement+"\x00"+a.series.athlete+"\x00"+a.series.sport, b.series.measurement+"\x00"+b.series.athlete+"\x00"+b.series.sport); c != 0 {
		return c
	}
	switch {
	case a.from < b.from:
		return -1
	case a.from > b.from:
		return 1
	}
	return 0
}

// places are the stored points a group has to do with.
type places struct {
	of []stored // points of the group's keys, wherever they are
	at []stored // points where the group writes, with their fields
}

// fewKeys is up to how many keys InfluxDB is asked to select; beyond, all keys
// of the athlete are read.
const fewKeys = 50

// lookUp finds the stored points of a group in one request.
func (s *Sink) lookUp(ctx context.Context, g *group) (places, error) {
	from := fmt.Sprintf(`FROM %q WHERE "athlete" = %s`, g.measurement, literal(g.athlete))
	statements := []string{`SELECT "` + keyField + `" ` + from + g.keyCondition() + ` GROUP BY "sport"`}
	for _, r := range g.ranges() {
		statements = append(statements, fmt.Sprintf(`SELECT *::field %s AND time >= %d AND time <= %d GROUP BY "sport"`, from, r[0], r[1]))
	}
	answers, err := s.query(ctx, strings.Join(statements, "; "))
	if err != nil {
		return places{}, err
	}
	if len(answers) != len(statements) {
		return places{}, &Unavailable{Err: fmt.Errorf("%d answers to %d queries", len(answers), len(statements))}
	}
	var p places
	for i, a := range answers {
		points, err := a.points(g)
		if err != nil {
			return places{}, &Unavailable{Err: err}
		}
		if i > 0 {
			p.at = append(p.at, points...)
			continue
		}
		p.of = slices.DeleteFunc(points, func(o stored) bool { return !g.known[o.key] })
	}
	return p, nil
}

// Count returns how many points of a kind are stored of an athlete.
func (s *Sink) Count(ctx context.Context, athlete readiness.AthleteID, kind readiness.ResultKind) (int, error) {
	answers, err := s.query(ctx, fmt.Sprintf(`SELECT "%s" FROM %q WHERE "athlete" = %s`, keyField, string(kind), literal(string(athlete))))
	if err != nil {
		return 0, err
	}
	n := 0
	for _, a := range answers {
		for _, series := range a.Series {
			n += len(series.Values)
		}
	}
	return n, nil
}

func (g *group) keyCondition() string {
	if len(g.keys) > fewKeys {
		return ""
	}
	conditions := make([]string, len(g.keys))
	for i, k := range g.keys {
		conditions[i] = `"` + keyField + `" = ` + literal(k)
	}
	return " AND (" + strings.Join(conditions, " OR ") + ")"
}

// maxGap is how far apart two points may be to be read by one query.
const maxGap = int64(60 * 24 * time.Hour)

// ranges covers the times the group writes at.
func (g *group) ranges() [][2]int64 {
	times := map[int64]bool{}
	for _, p := range g.points {
		times[p.ns] = true
	}
	var all [][2]int64
	for _, t := range slices.Sorted(maps.Keys(times)) {
		if n := len(all) - 1; n >= 0 && t-all[n][1] <= maxGap {
			all[n][1] = t
			continue
		}
		all = append(all, [2]int64{t, t})
	}
	return all
}

var literalEscapes = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`)

// literal quotes a text for InfluxQL.
func literal(s string) string { return `'` + literalEscapes.Replace(s) + `'` }

// answer is the result of one InfluxQL statement.
type answer struct {
	Error   string `json:"error"`
	Partial bool   `json:"partial"`
	Series  []struct {
		Tags    map[string]string `json:"tags"`
		Columns []string          `json:"columns"`
		Values  [][]any           `json:"values"`
		Partial bool              `json:"partial"`
	} `json:"series"`
}

// points reads a series of rows: the time first, then fields.
func (a answer) points(g *group) ([]stored, error) {
	var all []stored
	for _, s := range a.Series {
		if s.Partial || a.Partial {
			return nil, fmt.Errorf("answer cut off by the server's row limit")
		}
		in := series{measurement: g.measurement, athlete: g.athlete, sport: s.Tags["sport"]}
		for _, row := range s.Values {
			o, err := storedPoint(in, s.Columns, row)
			if err != nil {
				return nil, err
			}
			all = append(all, o)
		}
	}
	return all, nil
}

// keyField is the field that says which result a point is of.
func (s series) keyField() string {
	if s.measurement == sampleMeasurement {
		return runField
	}
	return keyField
}

func storedPoint(in series, columns []string, row []any) (stored, error) {
	o := stored{identity: identity{series: in}}
	if len(row) != len(columns) {
		return o, fmt.Errorf("row of %d values for %d columns", len(row), len(columns))
	}
	for i, name := range columns {
		switch v := row[i].(type) {
		case nil:
			continue
		case json.Number:
			if name == "time" {
				ns, err := v.Int64()
				if err != nil {
					return o, err
				}
				o.ns = ns
				continue
			}
		case string:
			if name == in.keyField() {
				o.key = v
			}
		}
		o.fields = append(o.fields, name)
	}
	return o, nil
}
