package fit

import (
	"bytes"
	"math"

	"github.com/muktihari/fit/decoder"
	"github.com/muktihari/fit/profile/mesgdef"
	"github.com/muktihari/fit/profile/typedef"
	"github.com/muktihari/fit/proto"
)

// readMuktihari decodes one FIT file with muktihari. With an error it returns
// what was decoded before. Checksums are not its business (see survey), and
// components are unpacked here. Without all, it keeps only what tormoder drops.
func readMuktihari(data []byte, all bool) (*content, error) {
	l := &listener{c: newContent(), all: all}
	return l.c, l.decode(data)
}

// readStrap adds the beats of a part that holds nothing else.
func readStrap(data []byte, to *strap) error {
	l := &listener{c: newContent()}
	l.c.strap = *to
	err := l.decode(data)
	*to = l.c.strap
	return err
}

func (l *listener) decode(data []byte) (err error) {
	defer stopped(&err)
	d := decoder.New(bytes.NewReader(data), decoder.WithMesgListener(l), decoder.WithBroadcastOnly(),
		decoder.WithIgnoreChecksum(), decoder.WithNoComponentExpansion())
	_, err = d.Decode()
	return err
}

// listener sorts the decoder's messages into a content.
type listener struct {
	c   *content
	all bool
	acc compressed
}

// OnMesg implements decoder.MesgListener.
func (l *listener) OnMesg(m proto.Message) {
	l.athlete(m)
	l.c.wellness.read(l.c, &m)
	if l.all {
		l.activity(m)
	}
}

// activity takes the messages that tormoder delivers too.
func (l *listener) activity(m proto.Message) {
	switch m.Num {
	case typedef.MesgNumRecord:
		l.record(mesgdef.NewRecord(&m))
	case typedef.MesgNumSession:
		s := mesgdef.NewSession(&m)
		start := seconds(s.StartTime)
		l.c.sessions = append(l.c.sessions, session{
			start, span(start, seconds(s.Timestamp), s.TotalElapsedTime), s.Sport, s.SubSport,
			sumsOf(s.TotalElapsedTime, s.TotalTimerTime, s.TotalDistance),
		})
	case typedef.MesgNumLap:
		p := mesgdef.NewLap(&m)
		start := seconds(p.StartTime)
		end := span(start, seconds(p.Timestamp), p.TotalElapsedTime)
		l.c.laps = append(l.c.laps, lap{start, end, scaled(p.TotalDistance, math.MaxUint32, 100), total(p.TotalTimerTime, 1000)})
	case typedef.MesgNumEvent:
		e := mesgdef.NewEvent(&m)
		l.c.events = append(l.c.events, event{seconds(e.Timestamp), e.Event, e.EventType, eventData(e)})
	case typedef.MesgNumActivity:
		a := mesgdef.NewActivity(&m)
		l.c.setOffset(seconds(a.Timestamp), seconds(a.LocalTimestamp))
	case typedef.MesgNumDeviceInfo:
		d := mesgdef.NewDeviceInfo(&m)
		l.c.devices = append(l.c.devices, device{byte(d.DeviceIndex), d.DeviceType, d.SourceType, d.SerialNumber})
	}
}

// eventData returns an event's data; older files have it in 16 bits.
func eventData(e *mesgdef.Event) uint32 {
	if e.Data == math.MaxUint32 && e.Data16 != math.MaxUint16 {
		return uint32(e.Data16)
	}
	return e.Data
}

// athlete takes what tormoder drops: the messages about the person, and the
// type of a file it does not know.
func (l *listener) athlete(m proto.Message) {
	switch m.Num {
	case typedef.MesgNumFileId:
		l.fileID(mesgdef.NewFileId(&m))
	case typedef.MesgNumUserProfile:
		u := mesgdef.NewUserProfile(&m)
		set(&l.c.limits.RestingHR, u.RestingHeartRate)
		set(&l.c.limits.ProfileRunMaxHR, u.DefaultMaxRunningHeartRate)
		set(&l.c.limits.ProfileMaxHR, u.DefaultMaxHeartRate)
	case typedef.MesgNumZonesTarget:
		z := mesgdef.NewZonesTarget(&m)
		set(&l.c.limits.ZonesMaxHR, z.MaxHeartRate)
		set(&l.c.limits.ThresholdHR, z.ThresholdHeartRate)
	case typedef.MesgNumSport:
		s := mesgdef.NewSport(&m)
		l.c.sport, l.c.subSport = s.Sport, s.SubSport
	case typedef.MesgNumLap:
		if l.c.lapSport == typedef.SportInvalid {
			l.c.lapSport = mesgdef.NewLap(&m).Sport
		}
	case typedef.MesgNumHr:
		l.c.strap.add(&m)
	case typedef.MesgNumFieldDescription:
		l.c.apps.describe(&m)
	case typedef.MesgNumRecord:
		l.c.apps.record(&m)
	}
}

// set stores a limit; 0 and 255 mean that the watch has none.
func set(to *float64, bpm uint8) {
	if bpm != 0 && bpm != math.MaxUint8 {
		*to = float64(bpm)
	}
}

func (l *listener) fileID(f *mesgdef.FileId) {
	c := l.c
	c.fileType, c.manufacturer = f.Type, f.Manufacturer
	c.product, c.productName, c.serial = f.Product, f.ProductName, f.SerialNumber
	if at := seconds(f.TimeCreated); at != unset {
		c.created = at
	}
}

func (l *listener) record(r *mesgdef.Record) {
	out := record{
		time:     seconds(r.Timestamp),
		hr:       plain(uint32(r.HeartRate), math.MaxUint8),
		speed:    scaled(r.EnhancedSpeed, math.MaxUint32, 1000),
		distance: scaled(r.Distance, math.MaxUint32, 100),
		cadence:  rate(r.Cadence, r.FractionalCadence),
		altitude: metres(r.EnhancedAltitude, math.MaxUint32),
		lat:      degrees(r.PositionLat, 90),
		lon:      degrees(r.PositionLong, 180),
		watt:     plain(uint32(r.Power), math.MaxUint16),
	}
	if math.IsNaN(out.speed) {
		out.speed = scaled(uint32(r.Speed), math.MaxUint16, 1000)
	}
	if math.IsNaN(out.altitude) {
		out.altitude = metres(uint32(r.Altitude), math.MaxUint16)
	}
	if v, d, ok := l.acc.unpack(r.CompressedSpeedDistance[:]); ok {
		out.speed, out.distance = v, d
	}
	l.c.records = append(l.c.records, out)
}
