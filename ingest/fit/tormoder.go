package fit

import (
	"bytes"
	"cmp"
	"math"
	"sync"
	"time"

	"github.com/muktihari/fit/profile/typedef"
	"github.com/tormoder/fit"
)

// tormoderLock serialises tormoder: its component accumulators are package
// variables.
var tormoderLock sync.Mutex

// readTormoder decodes one FIT file with tormoder. With an error it returns
// what was decoded before.
func readTormoder(data []byte) (*content, error) {
	f, err := decodeAlone(data)
	c := newContent()
	if f == nil {
		return c, err
	}
	c.fileType = typedef.File(f.FileId.Type)
	c.manufacturer = typedef.Manufacturer(f.FileId.Manufacturer)
	c.product, c.productName, c.serial = f.FileId.Product, f.FileId.ProductName, f.FileId.SerialNumber
	a, typeErr := f.Activity()
	if typeErr == nil && a == nil {
		typeErr = errLost // its file_id came twice, or too late
	}
	if typeErr != nil {
		return c, cmp.Or(err, typeErr)
	}
	c.addTormoder(a)
	return c, err
}

func decodeAlone(data []byte) (f *fit.File, err error) {
	tormoderLock.Lock()
	defer tormoderLock.Unlock()
	defer stopped(&err)
	return fit.Decode(bytes.NewReader(data))
}

func (c *content) addTormoder(a *fit.ActivityFile) {
	var acc compressed
	for _, r := range a.Records {
		c.records = append(c.records, tormoderRecord(r, &acc))
	}
	for _, s := range a.Sessions {
		start := seconds(s.StartTime)
		c.sessions = append(c.sessions, session{
			start, span(start, seconds(s.Timestamp), s.TotalElapsedTime), typedef.Sport(s.Sport), typedef.SubSport(s.SubSport),
			sumsOf(s.TotalElapsedTime, s.TotalTimerTime, s.TotalDistance),
		})
	}
	for _, l := range a.Laps {
		start := seconds(l.StartTime)
		end := span(start, seconds(l.Timestamp), l.TotalElapsedTime)
		c.laps = append(c.laps, lap{start, end, scaled(l.TotalDistance, math.MaxUint32, 100), total(l.TotalTimerTime, 1000)})
	}
	for _, e := range a.Events {
		c.events = append(c.events, event{seconds(e.Timestamp), typedef.Event(e.Event), typedef.EventType(e.EventType), e.Data})
	}
	for _, d := range a.DeviceInfos {
		c.devices = append(c.devices, device{byte(d.DeviceIndex), d.DeviceType, typedef.SourceType(d.SourceType), d.SerialNumber})
	}
	if m := a.Activity; m != nil {
		c.setOffset(seconds(m.Timestamp), wallClock(m.LocalTimestamp))
	}
}

func tormoderRecord(r *fit.RecordMsg, acc *compressed) record {
	out := record{
		time:     seconds(r.Timestamp),
		hr:       plain(uint32(r.HeartRate), math.MaxUint8),
		speed:    scaled(r.EnhancedSpeed, math.MaxUint32, 1000),
		distance: scaled(r.Distance, math.MaxUint32, 100),
		cadence:  rate(r.Cadence, r.FractionalCadence),
		altitude: metres(r.EnhancedAltitude, math.MaxUint32),
		lat:      degrees(r.PositionLat.Semicircles(), 90),
		lon:      degrees(r.PositionLong.Semicircles(), 180),
		watt:     plain(uint32(r.Power), math.MaxUint16),
	}
	if v, d, ok := acc.unpack(r.CompressedSpeedDistance); ok {
		out.speed, out.distance = v, d
	}
	return out
}

// wallClock returns the local clock time that tormoder turned into a zoned
// one, as if it were UTC.
func wallClock(t time.Time) int64 {
	if seconds(t) == unset {
		return unset
	}
	_, off := t.Zone()
	return t.Unix() + int64(off)
}
