package influx

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"afterrun/readiness"
)

// identity is what makes a point in InfluxDB: points with the same one are
// merged.
type identity struct {
	series series
	ns     int64 // Unix nanoseconds
}

// series is a measurement with its tags.
type series struct {
	measurement string
	athlete     string // "" only in gauges of the program
	sport       string // runs only
}

// point is a result as InfluxDB sees it.
type point struct {
	identity
	index  int    // in the slice given to Write
	key    string // of the result, stored as field
	fields map[string]any
}

// group is what one Write has for one measurement and athlete.
type group struct {
	measurement, athlete string
	keys                 []string         // of all results, also those to delete
	known                map[string]bool  // the same as a set
	points               map[string]point // by key
}

// keyField holds the result's key, by which a point is found that moved.
const keyField = "key"

// Bounds of what is written. InfluxDB takes strings of 64 KiB, and tags and
// measurements of together 64 KiB.
const (
	maxText  = 32 << 10
	maxSport = 64
)

var (
	earliest = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// encode groups the results of a call, the last of a key wins, and returns why
// some cannot be stored.
func encode(results []readiness.Result) ([]*group, map[int]error) {
	groups, rejected := map[series]*group{}, map[int]error{}
	for i, r := range results {
		p, err := encodeOne(r)
		if err != nil {
			rejected[i] = fmt.Errorf("%s %q of %q: %w", r.Kind, r.Key, r.Athlete, err)
			continue
		}
		p.index = i
		id := series{measurement: string(r.Kind), athlete: string(r.Athlete)}
		if groups[id] == nil {
			groups[id] = &group{measurement: id.measurement, athlete: id.athlete, known: map[string]bool{}, points: map[string]point{}}
		}
		groups[id].add(r.Key, p, counts(r))
	}
	all := slices.SortedFunc(maps.Values(groups), func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.measurement, b.measurement), cmp.Compare(a.athlete, b.athlete))
	})
	return all, rejected
}

func (g *group) add(key string, p point, stored bool) {
	if !g.known[key] {
		g.keys, g.known[key] = append(g.keys, key), true
	}
	delete(g.points, key)
	if stored {
		g.points[key] = p
	}
}

// counts reports whether the result is to be a point. A duplicate of another
// run is none: it would overwrite that run, and panels would count it twice.
func counts(r readiness.Result) bool {
	return !r.Deleted && (r.Run == nil || r.Run.DuplicateOf == "")
}

func encodeOne(r readiness.Result) (point, error) {
	p := point{key: r.Key, fields: map[string]any{keyField: r.Key}}
	p.series = series{measurement: string(r.Kind), athlete: string(r.Athlete)}
	if err := r.Athlete.Validate(); err != nil {
		return p, err
	}
	switch {
	case r.Key == "" || len(r.Key) > maxText || !utf8.ValidString(r.Key):
		return p, invalid("no usable key")
	case r.Kind != readiness.ResultDay && r.Kind != readiness.ResultRun && r.Kind != readiness.ResultAlert:
		return p, invalid("unknown kind")
	case r.Deleted:
		return p, nil
	case r.At.Before(earliest) || r.At.After(latest):
		return p, invalid("time %v out of range", r.At)
	}
	p.ns = r.At.UnixNano()
	return p, p.fill(r)
}

func (p *point) fill(r readiness.Result) error {
	switch {
	case r.Kind == readiness.ResultDay && r.Day != nil:
		p.judged(r.Day.Judged)
		return p.metrics(r.Day.Row, readiness.DayColumns)
	case r.Kind == readiness.ResultRun && r.Run != nil:
		p.series.sport = sport(r.Run.Row["sport"].String())
		p.judged(r.Run.Judged)
		return p.metrics(r.Run.Row, readiness.RunColumns)
	case r.Kind == readiness.ResultAlert && r.Alert != nil:
		p.alert(r)
		return nil
	}
	return invalid("no content")
}

// judged adds the rules as fields: as a tag they would be part of what a point
// is, and a day judged again by others would be there twice.
func (p *point) judged(by readiness.Judged) {
	for name, text := range map[string]string{"rules": by.Rules, "pmc_alpha": by.PMCAlpha} {
		if text != "" {
			p.fields[name] = clean(text)
		}
	}
}

// alert gives the point a fraction of a second made from its key, because two
// rules may speak on one day.
func (p *point) alert(r readiness.Result) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(r.Key)) // never fails
	p.ns = r.At.Unix()*int64(time.Second) + int64(h.Sum64()%uint64(time.Second))
	a := r.Alert
	for name, text := range map[string]string{
		"rule": a.Rule, "kind": a.Kind, "date": a.Date.String(), "episode": a.Episode.String(), "text": a.Text,
	} {
		if text != "" {
			p.fields[name] = clean(text)
		}
	}
}

// metrics takes the known columns of a row: numbers as they are, the reason of
// a null as a field of its own. The sport of a run is its tag.
func (p *point) metrics(row readiness.Row, columns []readiness.Column) error {
	for _, c := range columns {
		v := row[c.Name]
		x, isNum := v.Float()
		switch {
		case c.Name == "sport":
		case v.IsNull():
			if v.Reason != "" {
				p.fields[c.Name+"_reason"] = clean(string(v.Reason))
			}
		case isNum != c.Numeric():
			return invalid("%s is not of type %s", c.Name, c.Type)
		case isNum && (math.IsNaN(x) || math.IsInf(x, 0)):
			return invalid("%s is not a number", c.Name)
		case isNum:
			p.fields[c.Name] = x
		default:
			p.fields[c.Name] = clean(v.String())
		}
	}
	return nil
}

// sport makes a tag of a text from a file. An empty tag would vanish, one with
// a line break ends the line, and a backslash at its end eats the separator.
func sport(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case r == '\\':
			return '/'
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.TrimSpace(cut(s, maxSport))
	if s == "" {
		return "unknown"
	}
	return s
}

// clean makes a text a string field: valid and of bounded length.
func clean(s string) string { return cut(strings.ToValidUTF8(s, "\uFFFD"), maxText) }

// cut shortens s to n bytes, between characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

var (
	tagEscapes    = strings.NewReplacer(`,`, `\,`, `=`, `\=`, ` `, `\ `)
	stringEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
)

// line writes the point in line protocol; fields are sorted by name.
func (p point) line() string {
	var b strings.Builder
	b.WriteString(p.series.measurement)
	if p.series.athlete != "" {
		b.WriteString(",athlete=" + p.series.athlete)
	}
	if p.series.sport != "" {
		b.WriteString(",sport=" + tagEscapes.Replace(p.series.sport))
	}
	sep := byte(' ')
	for _, name := range slices.Sorted(maps.Keys(p.fields)) {
		b.WriteByte(sep)
		sep = ','
		b.WriteString(name + "=" + value(p.fields[name]))
	}
	return b.String() + " " + strconv.FormatInt(p.ns, 10)
}

func value(v any) string {
	if x, ok := v.(float64); ok {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	s, _ := v.(string)
	return `"` + stringEscapes.Replace(s) + `"`
}

func invalid(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, readiness.ErrInvalid)...)
}
