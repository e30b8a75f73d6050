package fit

import (
	"errors"
	"math"
	"time"

	"github.com/muktihari/fit/profile/typedef"

	"afterrun/readiness"
)

func isIncomplete(err error) bool { return errors.Is(err, readiness.ErrIncomplete) }

// unset is the time of a message that carries none.
const unset = math.MinInt64

// content is what both decoders are read into: the messages Afterrun uses, in
// file order, with numbers as exact decimals and times in Unix seconds.
type content struct {
	fileType     typedef.File
	manufacturer typedef.Manufacturer
	product      uint16
	productName  string
	serial       uint32
	undated      bool // the watch's clock was never set: its times say only how long
	records      []record
	sessions     []session
	laps         []lap
	events       []event
	devices      []device
	offset       int // local − UTC, s
	hasOffset    bool
	limits       readiness.DeviceLimits
	sport        typedef.Sport
	subSport     typedef.SubSport
	lapSport     typedef.Sport // of the first lap that says one
	created      int64         // file_id's time, Unix s, 0 = unknown
	strap        strap
	apps         apps
	wellness     wellness
	warnings     []string
}

type record struct {
	time                                                   int64
	hr, speed, distance, cadence, altitude, lat, lon, watt float64
}

type session struct {
	start, end int64
	sport      typedef.Sport
	subSport   typedef.SubSport
	total      sums
}

type lap struct {
	start, end int64
	distance   float64
	timer      float64 // s, 0 = not known
}

// sums are what a summary says of a whole; 0 = not known.
type sums struct{ elapsed, timer, distance float64 } // s, s, m

type event struct {
	time  int64
	event typedef.Event
	kind  typedef.EventType
	data  uint32
}

type device struct {
	index, kind byte
	source      typedef.SourceType
	serial      uint32
}

func newContent() *content {
	return &content{
		fileType: typedef.FileInvalid, manufacturer: typedef.ManufacturerInvalid, product: math.MaxUint16,
		sport: typedef.SportInvalid, subSport: typedef.SubSportInvalid, lapSport: typedef.SportInvalid,
		wellness: wellness{last: unset},
	}
}

func (c *content) warn(s string) { c.warnings = append(c.warnings, s) }

// messages counts what was decoded of the activity itself.
func (c *content) messages() int { return len(c.records) + len(c.sessions) + len(c.laps) }

// adopt takes over what only the second decoder delivers.
func (c *content) adopt(side *content) {
	c.limits, c.sport, c.subSport, c.lapSport = side.limits, side.sport, side.subSport, side.lapSport
	c.fileType, c.created, c.productName = side.fileType, side.created, side.productName
	c.strap, c.wellness = side.strap, side.wellness
	c.fillFromApps(&side.apps)
}

// setOffset derives the offset from the activity message: rounded to 15
// minutes, at most 14 hours.
func (c *content) setOffset(utc, local int64) {
	if utc == unset || local == unset {
		return
	}
	off := int(math.Round(float64(local-utc)/900)) * 900
	if off > 14*3600 || off < -14*3600 {
		return
	}
	c.offset, c.hasOffset = off, true
}

// The conversions below divide the file's integers by their scale, so that
// every number is the decimal the device meant.

func plain(v, invalid uint32) float64 { return scaled(v, invalid, 1) }

func scaled(v, invalid uint32, scale float64) float64 {
	if v == invalid {
		return math.NaN()
	}
	return float64(v) / scale
}

// metres converts an altitude: scale 5, offset 500.
func metres(v, invalid uint32) float64 {
	if v == invalid {
		return math.NaN()
	}
	return math.Round((float64(v)/5-500)*10) / 10
}

// degrees converts semicircles; limit is 90 or 180.
func degrees(v int32, limit float64) float64 {
	d := float64(v) * 180 / (1 << 31)
	if v == math.MaxInt32 || d > limit || d < -limit {
		return math.NaN()
	}
	return d
}

// rate joins cadence and its fraction, which has scale 128.
func rate(whole, fraction byte) float64 {
	if whole == math.MaxUint8 {
		return math.NaN()
	}
	if fraction == math.MaxUint8 {
		return float64(whole)
	}
	return float64(whole) + float64(fraction)/128
}

// compressed unpacks compressed_speed_distance: 12 bits of speed (scale 100)
// and 12 bits of a distance (scale 16) that wraps around. Here and not in the
// decoders, because tormoder's accumulator is shared by all files and drops
// four of the bits.
type compressed struct {
	last, total uint32
	started     bool
}

func (a *compressed) unpack(b []byte) (speed, distance float64, ok bool) {
	if len(b) != 3 || (b[0] == 0xFF && b[1] == 0xFF && b[2] == 0xFF) {
		return 0, 0, false
	}
	v := uint32(b[1]>>4) | uint32(b[2])<<4
	if a.started {
		a.total += (v - a.last) & 0xFFF
	} else {
		a.total, a.started = v, true
	}
	a.last = v
	return float64(uint32(b[0])|uint32(b[1]&15)<<8) / 100, float64(a.total) / 16, true
}

// span returns the end of a session or a lap: its timestamp, or start plus
// elapsed time (ms) where the timestamp is not behind the start, as in files
// that hold their summaries first.
func span(start, stamp int64, elapsed uint32) int64 {
	if start == unset || stamp > start || elapsed == math.MaxUint32 {
		return stamp
	}
	return start + int64(math.Round(float64(elapsed)/1000))
}

// sumsOf reads the totals of a session. Some watches write elapsed time and time of the
// timer each in the other's place.
func sumsOf(elapsed, timer, distance uint32) sums {
	s := sums{total(elapsed, 1000), total(timer, 1000), total(distance, 100)}
	if s.timer > s.elapsed && s.elapsed > 0 {
		s.elapsed, s.timer = s.timer, s.elapsed
	}
	return s
}

// total reads a total; 0 and the invalid value say nothing.
func total(v uint32, scale float64) float64 {
	if v == math.MaxUint32 {
		return 0
	}
	return float64(v) / scale
}

// seconds returns the Unix time of t, unset for the zero time and for the
// epoch that tormoder uses for "none".
func seconds(t time.Time) int64 {
	if t.IsZero() || t.Unix() == epoch {
		return unset
	}
	return t.Unix()
}

// epoch is FIT's time zero, 1989-12-31T00:00:00Z.
const epoch = 631065600
