package season

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"time"

	"github.com/muktihari/fit/encoder"
	"github.com/muktihari/fit/profile/filedef"
	"github.com/muktihari/fit/profile/mesgdef"
	"github.com/muktihari/fit/profile/typedef"
)

// serial is the invented watch.
const serial = 20260101

// fit encodes the recording as a FIT activity.
func (r recording) fit() ([]byte, error) {
	start, end := r.samples[0].at, r.samples[len(r.samples)-1].at
	total := end.Sub(start).Seconds()
	a := filedef.NewActivity()
	a.FileId = *mesgdef.NewFileId(nil).SetType(typedef.FileActivity).SetManufacturer(typedef.ManufacturerDevelopment).
		SetProduct(1).SetSerialNumber(serial).SetTimeCreated(start)
	a.DeviceInfos = []*mesgdef.DeviceInfo{
		mesgdef.NewDeviceInfo(nil).SetTimestamp(start).SetDeviceIndex(typedef.DeviceIndexCreator).SetSerialNumber(serial).SetManufacturer(typedef.ManufacturerDevelopment),
		mesgdef.NewDeviceInfo(nil).SetTimestamp(start).SetDeviceIndex(1).SetSourceType(typedef.SourceTypeAntplus).SetDeviceType(uint8(typedef.AntplusDeviceTypeHeartRate)),
	}
	a.Events = append(a.Events, timer(start, typedef.EventTypeStart), timer(end, typedef.EventTypeStopAll))
	if r.session.device {
		a.Events = append(a.Events, mesgdef.NewEvent(nil).SetTimestamp(end.Add(2*time.Minute)).SetEvent(typedef.EventRecoveryHr).
			SetEventType(typedef.EventTypeMarker).SetData(uint32(r.after)))
	}
	for _, s := range r.samples {
		a.Records = append(a.Records, r.fitRecord(s))
	}
	sport := map[string]typedef.Sport{"running": typedef.SportRunning, "cycling": typedef.SportCycling}[r.session.sport]
	distance := r.samples[len(r.samples)-1].distance
	a.Laps = []*mesgdef.Lap{mesgdef.NewLap(nil).SetTimestamp(end).SetStartTime(start).SetTotalElapsedTimeScaled(total).
		SetTotalTimerTimeScaled(total).SetTotalDistanceScaled(distance).SetSport(sport).SetEvent(typedef.EventLap).SetEventType(typedef.EventTypeStop)}
	a.Sessions = []*mesgdef.Session{mesgdef.NewSession(nil).SetTimestamp(end).SetStartTime(start).SetTotalElapsedTimeScaled(total).
		SetTotalTimerTimeScaled(total).SetTotalDistanceScaled(distance).SetSport(sport).SetEvent(typedef.EventSession).SetEventType(typedef.EventTypeStop)}
	_, offset := start.Zone()
	a.Activity = mesgdef.NewActivity(nil).SetTimestamp(end).SetLocalTimestamp(end.Add(time.Duration(offset) * time.Second)).
		SetNumSessions(1).SetType(typedef.ActivityManual).SetEvent(typedef.EventActivity).SetEventType(typedef.EventTypeStop)
	fit := a.ToFIT(nil)
	var b bytes.Buffer
	if err := encoder.New(&b).Encode(&fit); err != nil {
		return nil, fmt.Errorf("encode FIT: %w", err)
	}
	return b.Bytes(), nil
}

func timer(at time.Time, what typedef.EventType) *mesgdef.Event {
	return mesgdef.NewEvent(nil).SetTimestamp(at).SetEvent(typedef.EventTimer).SetEventType(what)
}

func (r recording) fitRecord(s sample) *mesgdef.Record {
	m := mesgdef.NewRecord(nil).SetTimestamp(s.at).
		SetPositionLat(semicircles(s.lat)).SetPositionLong(semicircles(s.lon)).
		SetEnhancedAltitudeScaled(s.altitude).SetDistanceScaled(s.distance).SetEnhancedSpeedScaled(s.speed)
	cadence := s.cadence
	if r.session.sport == "running" {
		cadence = math.Round(cadence / 2) // a watch counts one foot
	}
	m.SetCadence(uint8(cadence))
	if s.hr > 0 {
		m.SetHeartRate(uint8(s.hr))
	}
	return m
}

func semicircles(degrees float64) int32 { return int32(math.Round(degrees * (1 << 31) / 180)) }

// The GPX of a watch maker's export, with Garmin's heart rate extension.
type gpxFile struct {
	XMLName xml.Name `xml:"gpx"`
	Version string   `xml:"version,attr"`
	Creator string   `xml:"creator,attr"`
	NS      string   `xml:"xmlns,attr"`
	TPX     string   `xml:"xmlns:gpxtpx,attr"`
	Track   gpxTrack `xml:"trk"`
}

type gpxTrack struct {
	Name     string       `xml:"name"`
	Type     string       `xml:"type"`
	Segments []gpxSegment `xml:"trkseg"`
}

type gpxSegment struct {
	Points []gpxPoint `xml:"trkpt"`
}

type gpxPoint struct {
	Lat       string `xml:"lat,attr"`
	Lon       string `xml:"lon,attr"`
	Elevation string `xml:"ele"`
	Time      string `xml:"time"`
	HR        *gpxHR `xml:"extensions>gpxtpx:TrackPointExtension,omitempty"`
}

type gpxHR struct {
	HR  int `xml:"gpxtpx:hr"`
	Cad int `xml:"gpxtpx:cad"`
}

// gpx writes the recording as GPX 1.1, several segments where it has several
// parts.
func (r recording) gpx() ([]byte, error) {
	track := gpxTrack{Name: r.session.name, Type: r.session.sport}
	for _, s := range r.samples {
		if n := len(track.Segments); n == 0 || s.segment >= n {
			track.Segments = append(track.Segments, gpxSegment{})
		}
		p := gpxPoint{Lat: number(s.lat, 7), Lon: number(s.lon, 7), Elevation: number(s.altitude, 1), Time: s.at.UTC().Format(time.RFC3339)}
		if s.hr > 0 {
			p.HR = &gpxHR{HR: int(s.hr), Cad: int(math.Round(s.cadence / 2))}
		}
		last := &track.Segments[len(track.Segments)-1]
		last.Points = append(last.Points, p)
	}
	b, err := xml.Marshal(gpxFile{
		Version: "1.1", Creator: "Afterrun demo", Track: track,
		NS: "http://www.topografix.com/GPX/1/1", TPX: "http://www.garmin.com/xmlschemas/TrackPointExtension/v1",
	})
	if err != nil {
		return nil, fmt.Errorf("encode GPX: %w", err)
	}
	return append([]byte(xml.Header), b...), nil
}
