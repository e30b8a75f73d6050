package tcx

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"afterrun/readiness"
)

// Bounds on what a document may hold.
const (
	maxPoints     = 300_000
	maxActivities = 10_000
	maxLaps       = 20_000
	maxDepth      = 64
	maxText       = 1 << 10
)

// guard stands in front of the decoder: it refuses entities and deep nesting, drops name spaces, and remembers what stopped it.
type guard struct {
	in    *xml.Decoder
	size  int64
	depth int
	fault error
}

// Token implements xml.TokenReader.
func (g *guard) Token() (xml.Token, error) {
	t, err := g.in.Token()
	if err != nil {
		g.fault = err
		return nil, err
	}
	switch e := t.(type) {
	case xml.Directive:
		if bytes.Contains(e, []byte("ENTITY")) {
			return nil, fmt.Errorf("a document type (DTD) with entities is not accepted: %w", readiness.ErrInvalid)
		}
	case xml.StartElement:
		if g.depth++; g.depth > maxDepth {
			return nil, fmt.Errorf("elements nested more than %d deep: %w", maxDepth, readiness.ErrInvalid)
		}
		return bare(e), nil
	case xml.EndElement:
		g.depth--
		return xml.EndElement{Name: xml.Name{Local: e.Name.Local}}, nil
	}
	return t, nil
}

// bare drops the name spaces of an element.
func bare(e xml.StartElement) xml.StartElement {
	out := xml.StartElement{Name: xml.Name{Local: e.Name.Local}}
	for _, a := range e.Attr {
		if a.Name.Space == "" && a.Name.Local != "xmlns" {
			out.Attr = append(out.Attr, a)
		}
	}
	return out
}

// cut reports whether the guard was stopped by the end of the input.
func (g *guard) cut() bool {
	var s *xml.SyntaxError
	if errors.Is(g.fault, io.EOF) {
		return true
	}
	return errors.As(g.fault, &s) && (strings.Contains(s.Msg, "unexpected EOF") ||
		(strings.Contains(s.Msg, "UTF-8") && g.in.InputOffset() >= g.size-4))
}

// document is a TCX file while it is read.
type document struct {
	guard      *guard
	in         *xml.Decoder
	activities []*activity
	points     int
	laps       int
}

// activity collects one <Activity>.
type activity struct {
	sport, title, creator, serial string
	laps                          []lap
	points                        []sample
	untimed, badTimes             int
	badTime                       string // one that cannot be read or true
}

type lap struct {
	start           time.Time
	seconds, metres float64
}

type sample struct {
	at                                                      time.Time
	hr, speed, distance, cadence, altitude, lat, lon, power float64
}

// open prepares a decoder; whatever character set is declared, it is UTF-8.
func open(data []byte) *document {
	g := &guard{in: xml.NewDecoder(bytes.NewReader(data)), size: int64(len(data))}
	g.in.Entity = xml.HTMLEntity
	g.in.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	return &document{guard: g, in: xml.NewTokenDecoder(g)}
}

// read walks the document up to the end of its root.
func (d *document) read() error {
	for {
		t, err := d.in.Token()
		if err != nil {
			return err
		}
		if e, ok := t.(xml.StartElement); ok {
			if e.Name.Local != "TrainingCenterDatabase" {
				return fmt.Errorf("the root element is <%.40s>, not <TrainingCenterDatabase>: %w", e.Name.Local, readiness.ErrInvalid)
			}
			return d.children(d.database)
		}
	}
}

// children calls f for each child element of the current one, up to its end.
// f must consume the child with its end.
func (d *document) children(f func(xml.StartElement) error) error {
	for {
		t, err := d.in.Token()
		if err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.StartElement:
			if err := f(e); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// database reads what may contain activities: Activities, and the sessions of
// several sports within. Courses and workouts are plans.
func (d *document) database(e xml.StartElement) error {
	switch e.Name.Local {
	case "Activities", "MultiSportSession", "FirstSport", "NextSport":
		return d.children(d.database)
	case "Activity":
		return d.activity(e)
	}
	return d.in.Skip()
}

func (d *document) activity(e xml.StartElement) error {
	if len(d.activities) >= maxActivities {
		return fmt.Errorf("more than %d activities: %w", maxActivities, readiness.ErrInvalid)
	}
	a := &activity{}
	for _, at := range e.Attr {
		if at.Name.Local == "Sport" {
			a.sport = at.Value
		}
	}
	d.activities = append(d.activities, a)
	return d.children(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "Lap":
			return d.lap(a, e)
		case "Track":
			return d.track(a)
		case "Trackpoint":
			return d.point(a, e)
		case "Notes":
			return d.text(e, &a.title)
		case "Creator":
			return d.creator(a, e)
		}
		return d.in.Skip()
	})
}

// creator reads the device: its name and its unit id, 0 when unknown.
func (d *document) creator(a *activity, e xml.StartElement) error {
	var c struct {
		Name   string
		UnitID string `xml:"UnitId"`
	}
	if err := d.in.DecodeElement(&c, &e); err != nil {
		return err
	}
	a.creator = clip(c.Name)
	if n, err := strconv.ParseUint(strings.TrimSpace(c.UnitID), 10, 32); err == nil && n != 0 && n != math.MaxUint32 {
		a.serial = strconv.FormatUint(n, 10)
	}
	return nil
}

// lap reads a lap and its tracks, or its points where they are in none.
func (d *document) lap(a *activity, e xml.StartElement) error {
	if d.laps++; d.laps > maxLaps {
		return fmt.Errorf("more than %d laps: %w", maxLaps, readiness.ErrInvalid)
	}
	l := lap{seconds: math.NaN(), metres: math.NaN()}
	for _, at := range e.Attr {
		if at.Name.Local == "StartTime" {
			l.start, _ = parseTime(at.Value)
		}
	}
	err := d.children(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "TotalTimeSeconds":
			return d.number(e, &l.seconds)
		case "DistanceMeters":
			return d.number(e, &l.metres)
		case "Track":
			return d.track(a)
		case "Trackpoint":
			return d.point(a, e)
		}
		return d.in.Skip()
	})
	if readiness.Recordable(l.start) && !math.IsNaN(l.seconds) {
		a.laps = append(a.laps, l)
	}
	return err
}

func (d *document) track(a *activity) error {
	return d.children(func(e xml.StartElement) error { return d.point(a, e) })
}

// trackpoint is the wire form of a point; values are texts, because exporters
// leave elements empty.
type trackpoint struct {
	Time     string
	Lat      string `xml:"Position>LatitudeDegrees"`
	Lon      string `xml:"Position>LongitudeDegrees"`
	Altitude string `xml:"AltitudeMeters"`
	Distance string `xml:"DistanceMeters"`
	HR       struct {
		Value string
		Plain string `xml:",chardata"`
	} `xml:"HeartRateBpm"`
	Cadence string
	Others  []node `xml:",any"` // Extensions, and what exporters put beside them
}

// node is an element of an extension. Garmin wraps its own into a TPX, others
// in something else or in nothing; only the name tells.
type node struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
	Nodes   []node `xml:",any"`
}

// extra is what the extensions of a point say.
type extra struct{ hr, speed, runCadence, cadence, watts float64 }

// read looks at every element, however deep, and keeps the first value of each
// kind that is a number.
func (x *extra) read(nodes []node) {
	for _, n := range nodes {
		to := x.channel(strings.ToLower(n.XMLName.Local))
		if to == nil {
			x.read(n.Nodes)
			continue
		}
		for _, text := range append([]string{n.Text}, texts(n.Nodes)...) {
			if math.IsNaN(*to) {
				*to = positive(text)
			}
		}
	}
}

func texts(nodes []node) (out []string) {
	for _, n := range nodes {
		out = append(out, n.Text)
	}
	return out
}

func (x *extra) channel(name string) *float64 {
	switch name {
	case "hr", "heartrate", "heartratebpm":
		return &x.hr
	case "speed":
		return &x.speed
	case "runcadence":
		return &x.runCadence
	case "cadence":
		return &x.cadence
	case "watts", "power":
		return &x.watts
	}
	return nil
}

// point reads a <Trackpoint>. Points without any content mark a pause in some
// exports; they carry nothing and are kept only for their time.
func (d *document) point(a *activity, e xml.StartElement) error {
	if e.Name.Local != "Trackpoint" {
		return d.in.Skip()
	}
	if d.points++; d.points > maxPoints {
		return fmt.Errorf("more than %d points: %w", maxPoints, readiness.ErrInvalid)
	}
	var p trackpoint
	if err := d.in.DecodeElement(&p, &e); err != nil {
		return err
	}
	a.add(&p)
	return nil
}

// add appends a point that can be placed in time.
func (a *activity) add(p *trackpoint) {
	at, ok := parseTime(p.Time)
	switch {
	case strings.TrimSpace(p.Time) == "":
		a.untimed++
	case !ok || !readiness.Recordable(at):
		a.badTimes++
		a.badTime = clip(p.Time)
	default:
		a.points = append(a.points, p.sample(at))
	}
}

func (p *trackpoint) sample(at time.Time) sample {
	x := extra{math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN()}
	x.read(p.Others)
	s := sample{
		at: at, hr: first(positive(cmp.Or(strings.TrimSpace(p.HR.Value), p.HR.Plain)), x.hr), speed: x.speed, distance: positive(p.Distance),
		cadence: first(x.runCadence, positive(p.Cadence), x.cadence), altitude: onEarth(p.Altitude), power: x.watts,
		lat: within(p.Lat, 90), lon: within(p.Lon, 180),
	}
	// 0,0 is what recorders write before they have found a satellite.
	if math.IsNaN(s.lat) || math.IsNaN(s.lon) || s.lat == 0 && s.lon == 0 {
		s.lat, s.lon = math.NaN(), math.NaN()
	}
	return s
}

// first returns the first value that is known.
func first(values ...float64) float64 {
	for _, v := range values {
		if !math.IsNaN(v) {
			return v
		}
	}
	return math.NaN()
}

// text consumes an element with text only.
func (d *document) text(e xml.StartElement, to *string) error {
	var s string
	err := d.in.DecodeElement(&s, &e)
	*to = clip(strings.TrimSpace(s))
	return err
}

func (d *document) number(e xml.StartElement, to *float64) error {
	var s string
	err := d.in.DecodeElement(&s, &e)
	*to = positive(s)
	return err
}

// clip bounds a text from outside.
func clip(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(s, "")
}

// number reads a decimal, with the comma of apps that write numbers as their
// user does; what is none is missing.
func number(s string) float64 {
	v, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(s), ",", ".", 1), 64)
	if err != nil || math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

// onEarth reads an altitude that can be one, in m: exporters write -20000 and the
// like where they have none.
func onEarth(s string) float64 {
	if v := number(s); v >= -500 && v <= 15_000 {
		return v
	}
	return math.NaN()
}

func positive(s string) float64 {
	if v := number(s); v >= 0 {
		return v
	}
	return math.NaN()
}

func within(s string, limit float64) float64 {
	if v := number(s); v >= -limit && v <= limit {
		return v
	}
	return math.NaN()
}

// layouts are the times found in TCX files; a fraction is accepted by each, and
// by Go's rules every number with one digit, too.
var layouts = []string{
	"2006-1-2T15:4:5Z07:00", "2006-1-2T15:4:5", "2006-1-2T15:4:5Z0700", "2006-1-2T15:4:5Z07", "2006-1-2T15:4Z07:00",
	"20060102T150405Z0700", "20060102T150405",
}

var zulu = strings.NewReplacer("UTC", "Z", "GMT", "Z")

// parseTime reads a time with or without fraction and offset; without an
// offset it is UTC. Only an order with the year first is read: in any other,
// nobody knows the day from the month.
func parseTime(s string) (time.Time, bool) {
	s = zulu.Replace(strings.ToUpper(strings.TrimSpace(s)))
	if !strings.Contains(s, "T") {
		s = strings.Replace(s, " ", "T", 1)
	}
	s = strings.ReplaceAll(s, " ", "")
	if len(s) > 4 && s[4] == '/' {
		s = strings.ReplaceAll(s, "/", "-")
	}
	for _, l := range layouts {
		if t, err := time.Parse(l, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
