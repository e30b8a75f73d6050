package readiness

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ContentDigest returns the hex SHA-256 of what the event says: equal for two
// events if and only if their contents are. Source, Athlete, Key and the stored
// Digest do not count, nor do a run's Warnings, which belong to its reader. Every
// NaN is the same missing sample. An event without content has the digest of
// its kind.
func (e *Event) ContentDigest() string {
	d := digester{sha256.New()}
	d.text(string(e.Kind))
	switch {
	case e.Run != nil:
		d.run(e.Run)
	case e.Wellness != nil:
		d.date(e.Wellness.Date)
		d.text(e.Wellness.Source)
		d.numbers(e.Wellness.Values)
		d.readings(e.Wellness.Readings)
	case e.CheckIn != nil:
		d.checkIn(e.CheckIn)
	case e.Profile != nil:
		d.profile(e.Profile)
	case e.Retraction != nil:
		d.retraction(e.Retraction)
	case e.Choice != nil:
		d.text(e.Choice.Run)
		d.text(string(e.Choice.Ruling))
		d.uint(uint64(e.Choice.Order))
	case e.Rules != nil:
		d.words(e.Rules.Values)
		d.uint(uint64(e.Rules.Order))
	}
	return d.hex()
}

// RunID names a run independently of the file it came in: the first 16 hex
// digits of SHA-256 of "sport|start second|serial" (PHYSIOLOGY §0).
func RunID(sport string, startSecond int64, serial string) string {
	h := sha256.Sum256([]byte(strings.Join([]string{sport, strconv.FormatInt(startSecond, 10), serial}, "|")))
	return hex.EncodeToString(h[:8])
}

// RunKey returns the identity of a run as an event: its [RunID], or 16 hex
// digits of its content where the recorder's serial is unknown; with suffix _k
// for part k of a file.
func RunKey(r *Run) string {
	id := contentID(r)
	if r.Device.Serial != "" {
		id = RunID(r.Sport, r.Start.Unix(), r.Device.Serial)
	}
	if r.Part < 0 {
		return id
	}
	return id + "_" + strconv.Itoa(r.Part)
}

// RunIDOf returns the run id that is exported for an event key of [RunKey]: the
// same with #k for part k.
func RunIDOf(key string) string { return strings.Replace(key, "_", "#", 1) }

func contentID(r *Run) string {
	e := Event{Kind: KindRun, Run: r}
	return e.ContentDigest()[:16]
}

// digester writes fields in a fixed order, every variable one behind its
// length, so that no two contents give the same bytes.
type digester struct{ hash.Hash }

func (d digester) hex() string { return hex.EncodeToString(d.Sum(nil)) }

// A hash never returns an error.
func (d digester) uint(v uint64) { _, _ = d.Write(binary.LittleEndian.AppendUint64(nil, v)) }

func (d digester) int(v int) { d.uint(uint64(v)) }

func (d digester) date(v Date) { d.uint(uint64(v)) }

func (d digester) bool(v bool) {
	if v {
		d.uint(1)
		return
	}
	d.uint(0)
}

func (d digester) text(s string) {
	d.int(len(s))
	_, _ = d.Write([]byte(s))
}

func (d digester) texts(s []string) {
	d.int(len(s))
	for _, t := range s {
		d.text(t)
	}
}

func (d digester) time(t time.Time) {
	d.uint(uint64(t.Unix()))
	d.int(t.Nanosecond())
}

// floats goes through a buffer: a run has tens of thousands.
func (d digester) floats(v ...float64) {
	buf := make([]byte, 0, 1024)
	for part := range slices.Chunk(v, cap(buf)/8) {
		buf = buf[:0]
		for _, x := range part {
			if math.IsNaN(x) {
				x = math.NaN()
			}
			buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(x))
		}
		_, _ = d.Write(buf)
	}
}

func (d digester) numbers(m map[string]float64) {
	d.int(len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		d.text(k)
		d.floats(m[k])
	}
}

func (d digester) words(m map[string]string) {
	d.int(len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		d.text(k)
		d.text(m[k])
	}
}

func (d digester) run(r *Run) {
	for _, s := range []string{r.Sport, r.SubSport, r.Format, r.Title, r.HRSource, r.Device.Manufacturer, r.Device.Product, r.Device.Serial} {
		d.text(s)
	}
	d.texts(r.Tags)
	d.time(r.Start)
	d.time(r.First)
	d.bool(r.HasUTCOffset)
	if r.HasUTCOffset {
		d.int(r.UTCOffset)
	}
	l := r.Limits
	d.floats(l.ZonesMaxHR, l.ProfileRunMaxHR, l.ProfileMaxHR, l.RestingHR, l.ThresholdHR)
	d.columns(r.T, r.HR, r.Speed, r.Distance, r.Cadence, r.Altitude, r.Lat, r.Lon, r.Power)
	d.marks(r)
}

func (d digester) columns(columns ...[]float64) {
	for _, c := range columns {
		d.int(len(c))
		d.floats(c...)
	}
}

func (d digester) marks(r *Run) {
	d.int(len(r.TimerEvents))
	for _, e := range r.TimerEvents {
		d.floats(e.T)
		d.bool(e.Stop)
	}
	d.int(len(r.Segments))
	for _, i := range r.Segments {
		d.int(i)
	}
	d.int(len(r.RecoveryHR))
	for _, m := range r.RecoveryHR {
		d.floats(m.T, m.Value)
	}
	d.int(len(r.Laps))
	for _, l := range r.Laps {
		d.floats(l.From, l.To, l.Distance)
	}
}

// readings writes nothing for none, as before there were any.
func (d digester) readings(r *Readings) {
	if r == nil {
		return
	}
	d.text(r.Serial)
	d.uint(uint64(r.Created))
	d.bool(r.HasUTCOffset)
	if r.HasUTCOffset {
		d.int(r.UTCOffset)
	}
	for _, s := range r.series() {
		d.int(len(*s))
		for _, x := range *s {
			d.uint(uint64(x.At))
			d.floats(float64(x.Value))
		}
	}
}

func (d digester) checkIn(c *CheckIn) {
	d.date(c.Date)
	d.text(string(c.Part))
	d.text(c.Run)
	d.uint(uint64(c.Order))
	d.numbers(c.Numbers)
	d.words(c.Text)
}

func (d digester) profile(p *Profile) {
	d.text(p.BirthDate)
	d.text(p.Sex)
	d.text(p.TimeZone)
	d.floats(p.BodyMass)
	d.uint(uint64(p.Order))
	d.int(len(p.Params))
	for _, q := range p.Params {
		d.date(q.From)
		d.numbers(q.Values)
	}
}

func (d digester) retraction(r *Retraction) {
	d.text(string(r.Kind))
	d.text(r.Key)
	d.texts(slices.Sorted(slices.Values(r.Digests)))
	d.text(r.Reason)
}
