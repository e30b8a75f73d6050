package gpx

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	gpxgo "github.com/tkrajina/gpxgo/gpx"

	"afterrun/readiness"
)

// batch is how many points gpxgo holds at a time.
const batch = 1000

// segment consumes a <trkseg>, batch by batch.
func (d *document) segment(t *track) error {
	first := len(t.times)
	s := &stream{d: d}
	for !s.done {
		if err := s.next(t); err != nil {
			return err
		}
		if d.points > maxPoints {
			return fmt.Errorf("more than %d points: %w", maxPoints, readiness.ErrInvalid)
		}
	}
	if first > 0 && len(t.times) > first {
		t.segments = append(t.segments, first)
	}
	return nil
}

// stream presents a batch of the points of a segment as a GPX 1.1 document of
// its own. It takes out what gpxgo cannot carry.
type stream struct {
	d      *document
	queue  []xml.Token
	side   []aside
	inside int  // depth within the current point, 0 = between points
	done   bool // the segment has ended
}

// aside is what gpxgo loses of a point.
type aside struct {
	time   string
	plain  extra // what stands beside the extensions: GPX 1.0 has speed there, some exporters all
	placed bool
}

// frame is the document around the points of a batch.
var frame = []string{"gpx", "trk", "trkseg"}

// next has gpxgo parse one batch and appends its points to the track.
func (s *stream) next(t *track) error {
	s.side = s.side[:0]
	for _, name := range frame {
		s.queue = append(s.queue, xml.StartElement{Name: xml.Name{Local: name}})
	}
	g, err := gpxgo.ParseDecoder(xml.NewTokenDecoder(s), []byte(`<gpx version="1.1">`))
	if err != nil {
		return err
	}
	points := g.Tracks[0].Segments[0].Points
	if len(points) != len(s.side) {
		return fmt.Errorf("%d of %d points understood: %w", len(points), len(s.side), readiness.ErrInvalid)
	}
	s.d.points += len(points)
	for i := range points {
		t.add(&points[i], s.side[i])
	}
	return nil
}

// Token implements xml.TokenReader.
func (s *stream) Token() (xml.Token, error) {
	for len(s.queue) == 0 {
		if err := s.advance(); err != nil {
			return nil, err
		}
	}
	t := s.queue[0]
	s.queue = s.queue[1:]
	return t, nil
}

// advance queues what the next token of the file means for gpxgo.
func (s *stream) advance() error {
	t, err := s.d.token()
	if err != nil {
		return err
	}
	if s.inside == 0 {
		return s.between(t)
	}
	return s.within(t)
}

// between handles a token outside points: a point, or the end of the segment.
func (s *stream) between(t xml.Token) error {
	switch e := t.(type) {
	case xml.StartElement:
		if e.Name.Local != "trkpt" {
			return s.d.skip()
		}
		s.inside = 1
		a, point := place(e)
		s.side = append(s.side, a)
		s.queue = append(s.queue, point)
	case xml.EndElement:
		s.done = true
		s.close()
	}
	return nil
}

// close ends the document of a batch.
func (s *stream) close() {
	for i := len(frame) - 1; i >= 0; i-- {
		s.queue = append(s.queue, xml.EndElement{Name: xml.Name{Local: frame[i]}})
	}
}

// within handles a token inside a point. Its direct children are taken
// aside or skipped; extensions are passed on whole.
func (s *stream) within(t xml.Token) error {
	switch e := t.(type) {
	case xml.StartElement:
		if s.inside == 1 && !extends(e.Name.Local) {
			return s.take(e.Name.Local)
		}
		s.inside++
		s.queue = append(s.queue, xml.StartElement{Name: s.bare(e.Name)})
	case xml.EndElement:
		s.queue = append(s.queue, xml.EndElement{Name: s.bare(e.Name)})
		s.inside--
		if s.inside == 0 && len(s.side) == batch {
			s.close()
		}
	case xml.CharData:
		if len(strings.TrimSpace(string(e))) > 0 {
			s.queue = append(s.queue, e.Copy())
		}
	}
	return nil
}

// extends reports an element that holds extensions: the format's own, or one of
// a maker that stands in its place.
func extends(name string) bool { return strings.Contains(strings.ToLower(name), "extension") }

// bare drops the name space, in which dialects differ, and names what extends
// the point as the format does.
func (s *stream) bare(n xml.Name) xml.Name {
	if s.inside == 2 && extends(n.Local) {
		return xml.Name{Local: "extensions"}
	}
	return xml.Name{Local: n.Local}
}

// take consumes a child of a point that gpxgo would lose or has no use for.
func (s *stream) take(name string) (err error) {
	a := &s.side[len(s.side)-1]
	to := a.plain.channel(name)
	switch {
	case name == "time":
		a.time, err = s.d.text()
	case name == "ele":
		err = s.elevation()
	case to != nil:
		var text string
		text, err = s.d.text()
		take(to, text)
	default:
		err = s.d.skip()
	}
	return err
}

// elevation passes on an <ele> that holds a number: gpxgo refuses the file for
// any other.
func (s *stream) elevation() error {
	text, err := s.d.text()
	if _, bad := strconv.ParseFloat(decimal(text), 64); err != nil || bad != nil {
		return err
	}
	name := xml.Name{Local: "ele"}
	s.queue = append(s.queue, xml.StartElement{Name: name}, xml.CharData(decimal(text)), xml.EndElement{Name: name})
	return nil
}

// decimal reads the comma of apps that write numbers as their user does.
func decimal(s string) string {
	return strings.Replace(strings.TrimSpace(s), ",", ".", 1)
}

// place checks the position of a <trkpt>. One that is missing or impossible is
// replaced by 0,0 for gpxgo and remembered as not placed; 0,0 itself is what
// recorders write before they have found a satellite.
func place(e xml.StartElement) (aside, xml.StartElement) {
	lat, lon := "", ""
	for _, a := range e.Attr {
		switch a.Name.Local {
		case "lat":
			lat = decimal(a.Value)
		case "lon":
			lon = decimal(a.Value)
		}
	}
	placed := inRange(lat, 90) && inRange(lon, 180) && (!zero(lat) || !zero(lon))
	if !placed {
		lat, lon = "0", "0"
	}
	return aside{placed: placed, plain: nothing()}, xml.StartElement{Name: xml.Name{Local: "trkpt"}, Attr: []xml.Attr{
		{Name: xml.Name{Local: "lat"}, Value: lat}, {Name: xml.Name{Local: "lon"}, Value: lon},
	}}
}

func zero(s string) bool {
	v, err := strconv.ParseFloat(s, 64)
	return err == nil && v == 0
}

func inRange(s string, limit float64) bool {
	v, err := strconv.ParseFloat(s, 64)
	return err == nil && v >= -limit && v <= limit
}

// add appends a point that can be placed in time.
func (t *track) add(p *gpxgo.GPXPoint, a aside) {
	t.points++
	if a.time == "" {
		t.untimed++
		return
	}
	at, ok := parseTime(a.time)
	if !ok || !readiness.Recordable(at) {
		t.badTimes++
		t.badTime = a.time
		return
	}
	t.times = append(t.times, at)
	t.channels(p, a)
}

func (t *track) channels(p *gpxgo.GPXPoint, a aside) {
	lat, lon, alt := math.NaN(), math.NaN(), math.NaN()
	if a.placed {
		lat, lon = p.Latitude, p.Longitude
	} else {
		t.placeless++
	}
	if p.Elevation.NotNull() {
		alt = onEarth(p.Elevation.Value())
	}
	t.lat, t.lon, t.altitude = append(t.lat, lat), append(t.lon, lon), append(t.altitude, alt)
	x := a.plain
	x.read(p.Extensions.Nodes)
	t.hr, t.cadence = append(t.hr, x.hr), append(t.cadence, x.cadence)
	t.speed, t.distance = append(t.speed, x.speed), append(t.distance, x.distance)
	t.power = append(t.power, x.power)
}

// extra is what the extensions of a point say, in any namespace: Garmin's
// TrackPointExtension under every prefix, Cluetrust's gpxdata, plain elements.
type extra struct{ hr, cadence, speed, distance, power float64 }

var nan = math.NaN()

func nothing() extra { return extra{nan, nan, nan, nan, nan} }

// channel returns what an element of this name means, nil for nothing.
func (x *extra) channel(name string) *float64 {
	switch strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name)) {
	case "hr", "heartrate", "heartratebpm", "bpm":
		return &x.hr
	case "cad", "cadence", "runcadence":
		return &x.cadence
	case "speed":
		return &x.speed
	case "distance":
		return &x.distance
	case "power", "watts", "powerinwatts":
		return &x.power
	}
	return nil
}

// read looks at every element, however deep. A value may be wrapped once more,
// as in <HeartRateBpm><Value>.
func (x *extra) read(nodes []gpxgo.ExtensionNode) {
	for _, n := range nodes {
		to := x.channel(n.XMLName.Local)
		if to == nil {
			x.read(n.Nodes)
			continue
		}
		take(to, n.Data)
		for _, inner := range n.Nodes {
			take(to, inner.Data)
		}
	}
}

// take keeps the first value that is a number; a 0 gives way to any other, for
// some exporters write the value twice and mean one of the two.
func take(to *float64, s string) {
	if v := number(s); math.IsNaN(*to) || *to == 0 && v > 0 {
		*to = v
	}
}

// number reads a value that cannot be negative; anything else is missing.
func number(s string) float64 {
	v, err := strconv.ParseFloat(decimal(s), 64)
	if err != nil || v < 0 {
		return math.NaN()
	}
	return finite(v)
}

// onEarth returns an altitude that can be one, in m: exporters write -20000 and the
// like where they have none.
func onEarth(v float64) float64 {
	if v >= -500 && v <= 15_000 {
		return v
	}
	return nan
}

func finite(v float64) float64 {
	if math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

// layouts are the times found in GPX files; a fraction is accepted by each, and
// by Go's rules every number with one digit, too.
var layouts = []string{
	"2006-1-2T15:4:5Z07:00", "2006-1-2T15:4:5", "2006-1-2T15:4:5Z0700", "2006-1-2T15:4:5Z07", "2006-1-2T15:4Z07:00",
	"20060102T150405Z0700", "20060102T150405",
}

var zulu = strings.NewReplacer("UTC", "Z", "GMT", "Z")

// parseTime reads a time. One without an offset is UTC, as the format demands.
// Only an order with the year first is read: in any other, nobody knows the day
// from the month.
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
