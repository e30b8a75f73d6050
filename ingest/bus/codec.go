package bus

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	"afterrun/readiness"
)

// Headers of messages.
const (
	headerSchema   = "Afterrun-Schema"
	headerDigest   = "Afterrun-Digest"
	headerEncoding = "Afterrun-Encoding"
)

// schema is the version of event.proto and of the JSON of results.
const schema = 1

// maxPlain bounds what a message may become when unpacked, bytes.
const maxPlain = 32 << 20

// codec packs and unpacks payloads. It is safe for concurrent use.
type codec struct {
	pack   *zstd.Encoder
	unpack *zstd.Decoder
}

// packWindow is how far back a payload is searched for repetition, bytes: hardly
// one is larger, and the encoder keeps twice as much.
const packWindow = 1 << 20

func newCodec() (*codec, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(packWindow))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	r, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxPlain), zstd.WithDecoderConcurrency(0))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return &codec{w, r}, nil
}

// compress sets the header that says so.
func (c *codec) compress(h nats.Header, plain []byte) []byte {
	h.Set(headerEncoding, "zstd")
	return c.pack.EncodeAll(plain, nil)
}

// plain undoes compress and checks the schema; errors wrap
// readiness.ErrInvalid.
func (c *codec) plain(h nats.Header, data []byte) ([]byte, error) {
	if v, err := strconv.Atoi(h.Get(headerSchema)); err != nil || v < 1 || v > schema {
		return nil, fmt.Errorf("schema %q, this program knows %d: %w", h.Get(headerSchema), schema, readiness.ErrInvalid)
	}
	switch encoding := h.Get(headerEncoding); encoding {
	case "":
		return data, nil
	case "zstd":
		out, err := c.unpack.DecodeAll(data, nil)
		if err != nil {
			return nil, fmt.Errorf("unpack: %w: %w", err, readiness.ErrInvalid)
		}
		return out, nil
	default:
		return nil, fmt.Errorf("encoding %q is unknown: %w", encoding, readiness.ErrInvalid)
	}
}

func newHeader() nats.Header {
	h := nats.Header{}
	h.Set(headerSchema, strconv.Itoa(schema))
	return h
}

// encodeEvent returns header and payload of an event that passed checkEvent.
func (c *codec) encodeEvent(e readiness.Event) (nats.Header, []byte, error) {
	plain, err := proto.Marshal(toProto(e))
	if err != nil {
		return nil, nil, fmt.Errorf("encode %s %s: %w: %w", e.Kind, e.Key, err, readiness.ErrInvalid)
	}
	if len(plain) > maxPlain {
		return nil, nil, fmt.Errorf("encode %s %s: %d bytes are too many: %w", e.Kind, e.Key, len(plain), readiness.ErrInvalid)
	}
	h := newHeader()
	h.Set(headerDigest, e.Digest)
	return h, c.compress(h, plain), nil
}

// decodeEvent restores an event from a message that anybody may have written;
// errors wrap readiness.ErrInvalid.
func (c *codec) decodeEvent(h nats.Header, data []byte) (readiness.Event, error) {
	plain, err := c.plain(h, data)
	if err != nil {
		return readiness.Event{}, err
	}
	if err := checkEntries(plain); err != nil {
		return readiness.Event{}, err
	}
	var p Event
	if err := proto.Unmarshal(plain, &p); err != nil {
		return readiness.Event{}, fmt.Errorf("decode event: %w: %w", err, readiness.ErrInvalid)
	}
	e, err := fromProto(&p)
	if err == nil {
		err = checkEvent(e)
	}
	if said := h.Get(headerDigest); err == nil && said != e.Digest {
		err = fmt.Errorf("%s %q: header says digest %q, content %q: %w", e.Kind, e.Key, said, e.Digest, readiness.ErrInvalid)
	}
	if err != nil {
		return readiness.Event{}, err
	}
	return e, nil
}

var (
	keySlug    = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)
	hexDigest  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	eventKinds = []readiness.Kind{readiness.KindRun, readiness.KindWellness, readiness.KindCheckIn, readiness.KindProfile, readiness.KindRetraction, readiness.KindChoice, readiness.KindRules}
)

// checkEvent reports an event that must not be stored; errors wrap
// readiness.ErrInvalid.
func checkEvent(e readiness.Event) error {
	bad := func(what string) error { return fmt.Errorf("%s %q: %s: %w", e.Kind, e.Key, what, readiness.ErrInvalid) }
	switch {
	case !slices.Contains(eventKinds, e.Kind):
		return bad("unknown kind")
	case !keySlug.MatchString(e.Key):
		return bad("key is not 1-64 of a-z 0-9 _ -")
	case !hexDigest.MatchString(e.Digest):
		return bad("digest is not a hex SHA-256")
	case e.Run != nil:
		if err := checkRun(e.Run); err != nil {
			return bad(err.Error())
		}
	}
	return errors.Join(e.Athlete.Validate(), e.Validate())
}

func checkRun(r *readiness.Run) error {
	if len(r.T) > maxSamples {
		return fmt.Errorf("%d samples are too many", len(r.T))
	}
	for _, c := range [][]float64{r.HR, r.Speed, r.Distance, r.Cadence, r.Altitude, r.Lat, r.Lon, r.Power} {
		if len(c) != 0 && len(c) != len(r.T) {
			return fmt.Errorf("a column has %d samples, the run %d", len(c), len(r.T))
		}
	}
	for _, i := range r.Segments {
		if i < 0 || i > len(r.T) {
			return fmt.Errorf("segment at sample %d of %d", i, len(r.T))
		}
	}
	return nil
}

func toProto(e readiness.Event) *Event {
	p := &Event{
		Athlete: string(e.Athlete), Key: e.Key, Digest: e.Digest,
		Source: &Source{File: clean(e.Source.File), Sha256: clean(e.Source.SHA256)},
	}
	switch e.Kind {
	case readiness.KindRun:
		p.Content = &Event_Run{runToProto(e.Run)}
	case readiness.KindWellness:
		w := e.Wellness
		p.Content = &Event_Wellness{&Wellness{
			Date: int32(w.Date), Source: clean(w.Source), Values: numbers(w.Values), Readings: readingsToProto(w.Readings),
		}}
	case readiness.KindCheckIn:
		p.Content = &Event_Checkin{checkInToProto(e.CheckIn)}
	case readiness.KindProfile:
		p.Content = &Event_Profile{profileToProto(e.Profile)}
	case readiness.KindRetraction:
		r := e.Retraction
		p.Content = &Event_Retraction{&Retraction{Kind: string(r.Kind), Key: r.Key, Digests: texts(r.Digests), Reason: clean(r.Reason)}}
	case readiness.KindChoice:
		c := e.Choice
		p.Content = &Event_Choice{&Choice{Run: c.Run, Ruling: string(c.Ruling), Order: c.Order}}
	case readiness.KindRules:
		p.Content = &Event_Rules{&OwnRules{Values: words(e.Rules.Values), Order: e.Rules.Order}}
	}
	return p
}

func fromProto(p *Event) (readiness.Event, error) {
	e := readiness.Event{
		Athlete: readiness.AthleteID(p.GetAthlete()), Key: p.GetKey(), Digest: p.GetDigest(),
		Source: readiness.Source{File: p.GetSource().GetFile(), SHA256: p.GetSource().GetSha256()},
	}
	var err error
	switch c := p.GetContent().(type) {
	case *Event_Run:
		e.Kind = readiness.KindRun
		e.Run, err = runFromProto(c.Run)
	case *Event_Wellness:
		e.Kind = readiness.KindWellness
		e.Wellness = &readiness.Wellness{Date: readiness.Date(c.Wellness.GetDate()), Source: c.Wellness.GetSource(), Values: c.Wellness.GetValues()}
		e.Wellness.Readings, err = readingsFromProto(c.Wellness.GetReadings())
	case *Event_Checkin:
		e.Kind, e.CheckIn = readiness.KindCheckIn, checkInFromProto(c.Checkin)
	case *Event_Profile:
		e.Kind, e.Profile = readiness.KindProfile, profileFromProto(c.Profile)
	case *Event_Retraction:
		r := c.Retraction
		e.Kind = readiness.KindRetraction
		e.Retraction = &readiness.Retraction{Kind: readiness.Kind(r.GetKind()), Key: r.GetKey(), Digests: r.GetDigests(), Reason: r.GetReason()}
	case *Event_Choice:
		e.Kind = readiness.KindChoice
		e.Choice = &readiness.Choice{Run: c.Choice.GetRun(), Ruling: readiness.Ruling(c.Choice.GetRuling()), Order: c.Choice.GetOrder()}
	case *Event_Rules:
		e.Kind = readiness.KindRules
		e.Rules = &readiness.OwnRules{Values: c.Rules.GetValues(), Order: c.Rules.GetOrder()}
	default:
		err = fmt.Errorf("event without known content: %w", readiness.ErrInvalid)
	}
	return e, err
}

// clean makes a text of a file fit for protobuf, which refuses broken UTF-8.
func clean(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func texts(all []string) []string {
	var out []string
	for _, s := range all {
		out = append(out, clean(s))
	}
	return out
}

func words(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[clean(k)] = clean(v)
	}
	return out
}

func numbers(m map[string]float64) map[string]float64 {
	out := make(map[string]float64, len(m))
	for k, v := range m {
		out[clean(k)] = v
	}
	return out
}

func timeToProto(t time.Time) *Time {
	return &Time{Seconds: t.Unix(), Nanos: uint32(t.Nanosecond())}
}

func timeFromProto(t *Time) time.Time {
	return time.Unix(t.GetSeconds(), int64(t.GetNanos())).UTC()
}

func runToProto(r *readiness.Run) *Run {
	p := &Run{
		Sport: clean(r.Sport), SubSport: clean(r.SubSport), Format: clean(r.Format), Title: clean(r.Title), Tags: texts(r.Tags),
		Part: int32(r.Part), Start: timeToProto(r.Start), First: timeToProto(r.First), HrSource: clean(r.HRSource),
		Manufacturer: clean(r.Device.Manufacturer), Product: clean(r.Device.Product), Serial: clean(r.Device.Serial),
		Limits: &Limits{
			ZonesMaxHr: r.Limits.ZonesMaxHR, ProfileRunMaxHr: r.Limits.ProfileRunMaxHR, ProfileMaxHr: r.Limits.ProfileMaxHR,
			RestingHr: r.Limits.RestingHR, ThresholdHr: r.Limits.ThresholdHR,
		},
		T: encodeColumn(r.T), Hr: encodeColumn(r.HR), Speed: encodeColumn(r.Speed), Distance: encodeColumn(r.Distance),
		Cadence: encodeColumn(r.Cadence), Altitude: encodeColumn(r.Altitude), Lat: encodeColumn(r.Lat), Lon: encodeColumn(r.Lon),
		Power: encodeColumn(r.Power), Warnings: texts(r.Warnings),
	}
	if r.HasUTCOffset {
		p.UtcOffset = new(int32(r.UTCOffset))
	}
	marksToProto(p, r)
	return p
}

func marksToProto(p *Run, r *readiness.Run) {
	for _, e := range r.TimerEvents {
		p.TimerEvents = append(p.TimerEvents, &TimerEvent{T: e.T, Stop: e.Stop})
	}
	for _, i := range r.Segments {
		p.Segments = append(p.Segments, uint32(i))
	}
	for _, m := range r.RecoveryHR {
		p.RecoveryHr = append(p.RecoveryHr, &Marker{T: m.T, Value: m.Value})
	}
	for _, l := range r.Laps {
		p.Laps = append(p.Laps, &Lap{From: l.From, To: l.To, Distance: l.Distance})
	}
}

func runFromProto(p *Run) (*readiness.Run, error) {
	l := p.GetLimits()
	r := &readiness.Run{
		Sport: p.GetSport(), SubSport: p.GetSubSport(), Format: p.GetFormat(), Title: p.GetTitle(), Tags: p.GetTags(),
		Part: int(p.GetPart()), Start: timeFromProto(p.GetStart()), First: timeFromProto(p.GetFirst()), HRSource: p.GetHrSource(),
		UTCOffset: int(p.GetUtcOffset()), HasUTCOffset: p != nil && p.UtcOffset != nil,
		Device: readiness.Device{Manufacturer: p.GetManufacturer(), Product: p.GetProduct(), Serial: p.GetSerial()},
		Limits: readiness.DeviceLimits{
			ZonesMaxHR: l.GetZonesMaxHr(), ProfileRunMaxHR: l.GetProfileRunMaxHr(), ProfileMaxHR: l.GetProfileMaxHr(),
			RestingHR: l.GetRestingHr(), ThresholdHR: l.GetThresholdHr(),
		},
		Warnings: p.GetWarnings(),
	}
	marksFromProto(r, p)
	return r, columnsFromProto(r, p)
}

func marksFromProto(r *readiness.Run, p *Run) {
	for _, e := range p.GetTimerEvents() {
		r.TimerEvents = append(r.TimerEvents, readiness.TimerEvent{T: e.GetT(), Stop: e.GetStop()})
	}
	for _, i := range p.GetSegments() {
		r.Segments = append(r.Segments, int(i))
	}
	for _, m := range p.GetRecoveryHr() {
		r.RecoveryHR = append(r.RecoveryHR, readiness.Marker{T: m.GetT(), Value: m.GetValue()})
	}
	for _, l := range p.GetLaps() {
		r.Laps = append(r.Laps, readiness.Lap{From: l.GetFrom(), To: l.GetTo(), Distance: l.GetDistance()})
	}
}

func columnsFromProto(r *readiness.Run, p *Run) error {
	columns := []struct {
		name string
		to   *[]float64
		from *Column
	}{
		{"t", &r.T, p.GetT()}, {"hr", &r.HR, p.GetHr()}, {"speed", &r.Speed, p.GetSpeed()}, {"distance", &r.Distance, p.GetDistance()},
		{"cadence", &r.Cadence, p.GetCadence()}, {"altitude", &r.Altitude, p.GetAltitude()},
		{"lat", &r.Lat, p.GetLat()}, {"lon", &r.Lon, p.GetLon()}, {"power", &r.Power, p.GetPower()},
	}
	for _, c := range columns {
		var err error
		if *c.to, err = decodeColumn(c.from); err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	return nil
}

func checkInToProto(c *readiness.CheckIn) *CheckIn {
	p := &CheckIn{
		Date: int32(c.Date), Part: clean(string(c.Part)), Run: clean(c.Run), Order: c.Order,
		Numbers: numbers(c.Numbers), Text: words(c.Text),
	}
	return p
}

func checkInFromProto(p *CheckIn) *readiness.CheckIn {
	return &readiness.CheckIn{
		Date: readiness.Date(p.GetDate()), Part: readiness.CheckInPart(p.GetPart()), Run: p.GetRun(), Order: p.GetOrder(),
		Numbers: p.GetNumbers(), Text: p.GetText(),
	}
}

func profileToProto(r *readiness.Profile) *Profile {
	p := &Profile{
		BirthDate: clean(r.BirthDate), Sex: clean(r.Sex), TimeZone: clean(r.TimeZone), BodyMass: r.BodyMass, Order: r.Order,
	}
	for _, d := range r.Params {
		p.Params = append(p.Params, &DatedParams{From: int32(d.From), Values: numbers(d.Values)})
	}
	return p
}

func profileFromProto(p *Profile) *readiness.Profile {
	r := &readiness.Profile{
		BirthDate: p.GetBirthDate(), Sex: p.GetSex(), TimeZone: p.GetTimeZone(), BodyMass: p.GetBodyMass(), Order: p.GetOrder(),
	}
	for _, d := range p.GetParams() {
		r.Params = append(r.Params, readiness.DatedParams{From: readiness.Date(d.GetFrom()), Values: d.GetValues()})
	}
	return r
}
