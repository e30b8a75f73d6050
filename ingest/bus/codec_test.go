package bus

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"afterrun/readiness"
)

func testCodec(t testing.TB) *codec {
	t.Helper()
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.unpack.Close)
	return c
}

// everyKind returns one event of each kind with every field set.
func everyKind() []readiness.Event {
	source := readiness.Source{File: "a/b.fit", SHA256: "00ff"}
	day := readiness.DateOf(morning)
	events := []readiness.Event{
		{Kind: readiness.KindRun, Key: "0123456789abcdef_0", Run: fullRun()},
		{Kind: readiness.KindWellness, Key: "device-2024-05-01", Wellness: &readiness.Wellness{Date: day, Source: "device", Values: map[string]float64{"rhr_bpm": 47, "hrv_rmssd_ms": 61.5}}},
		{Kind: readiness.KindWellness, Key: "fit_0123456789abcdef", Wellness: &readiness.Wellness{Date: day, Source: "fit", Readings: fullReadings()}},
		{Kind: readiness.KindCheckIn, Key: "day-2024-05-01", CheckIn: &readiness.CheckIn{
			Date: day, Part: readiness.PartRun, Run: "2024-05-01 06:00", Order: 1714543200000001,
			Numbers: map[string]float64{"rpe": 6.5}, Text: map[string]string{"notes": "Föhn, hills"},
		}},
		{Kind: readiness.KindProfile, Key: "config", Profile: &readiness.Profile{
			BirthDate: "1990-02-28", Sex: "female", TimeZone: "Europe/Zurich", BodyMass: 61.2, Order: 3,
			Params: []readiness.DatedParams{{From: -1, Values: map[string]float64{"hrmax": 191}}, {From: day, Values: map[string]float64{"lthr": 172}}},
		}},
		{Kind: readiness.KindRetraction, Key: "run-0123456789abcdef", Retraction: &readiness.Retraction{
			Kind: readiness.KindRun, Key: "0123456789abcdef", Digests: []string{"*", "ab"}, Reason: "replaced",
		}},
		{Kind: readiness.KindChoice, Key: "0123456789abcdef", Choice: &readiness.Choice{
			Run: "0123456789abcdef", Ruling: readiness.RulingFirst, Order: 1714543200000001,
		}},
		{Kind: readiness.KindRules, Key: "config", Rules: &readiness.OwnRules{
			Values: map[string]string{"weights.sleep": "0.3", "pmc.alpha": "inv", "pmc.seed_ctl": "41.5"}, Order: 2,
		}},
	}
	for i := range events {
		events[i].Athlete, events[i].Source = ann, source
		events[i] = digested(events[i])
	}
	return events
}

func fullReadings() *readiness.Readings {
	return &readiness.Readings{
		Serial: "3985028683", Created: 1714543200, UTCOffset: -12600, HasUTCOffset: true,
		Resting: []readiness.Reading{{At: 1714543200, Value: 47}, {At: 1714500000, Value: 255}}, Resting7: []readiness.Reading{{At: 1, Value: 48}},
		HR: []readiness.Reading{{At: 1714543260, Value: 51}}, Sleep: []readiness.Reading{{At: math.MaxUint32, Value: 4}},
		HRV: []readiness.Reading{{At: 1714543200, Value: 44.5078125}}, Beats: []readiness.Reading{{At: 1714543201, Value: 812}}, Mass: []readiness.Reading{{At: 1714543202, Value: 68.25}},
		Warnings: []string{"one reading left out"},
	}
}

func fullRun() *readiness.Run {
	return &readiness.Run{
		Sport: "running", SubSport: "trail", Format: "fit", Title: "Üetliberg", Tags: []string{"race", "hard"}, Part: 0,
		Start: morning.Add(123456789), First: morning.Add(time.Second), UTCOffset: -12600, HasUTCOffset: true,
		Device: readiness.Device{Manufacturer: "garmin", Product: "fr955", Serial: "3997"}, HRSource: "chest",
		Limits: readiness.DeviceLimits{ZonesMaxHR: 190, ProfileRunMaxHR: 191, ProfileMaxHR: 192, RestingHR: 44, ThresholdHR: 171},
		T:      []float64{0, 1, 1, 0.5}, HR: []float64{0, 255, 140, 141}, Speed: []float64{0, 2.777, 3.001, 2},
		Distance: []float64{0, 2.78, 5.78, 7}, Cadence: []float64{0, 84.5, 85.0078125, 86}, Altitude: []float64{401.2, 401.4, -12, 8848.8},
		Lat: []float64{47.36667, 47.366671, -90, 0}, Lon: []float64{8.55, 180, -180, 0}, Power: []float64{0, 250, 251, 65534},
		TimerEvents: []readiness.TimerEvent{{T: 0}, {T: 3.5, Stop: true}}, Segments: []int{2, 4},
		RecoveryHR: []readiness.Marker{{T: 4, Value: 121}}, Laps: []readiness.Lap{{From: 0, To: 3.5, Distance: 7}},
		Warnings: []string{"one record left out"},
	}
}

func TestEveryKindComesBackWhole(t *testing.T) {
	c := testCodec(t)
	for _, e := range everyKind() {
		t.Run(string(e.Kind), func(t *testing.T) {
			header, data, err := c.encodeEvent(e)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.decodeEvent(header, data)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, e) {
				t.Errorf("got  %+v\nwant %+v", got, e)
			}
		})
	}
}

// channel draws what recorders write: numbers on a grid, holes, anything.
func channel(n int) *rapid.Generator[[]float64] {
	value := rapid.OneOf(
		rapid.Map(rapid.IntRange(-2000, 9000), func(i int) float64 { return float64(i) }),
		rapid.Map(rapid.IntRange(0, 65535), func(i int) float64 { return float64(i)/5 - 500 }),
		rapid.Map(rapid.Int32(), func(i int32) float64 { return float64(i) * 180 / (1 << 31) }),
		rapid.Map(rapid.IntRange(-9e6, 9e6), func(i int) float64 { return float64(i) / 1e5 }),
		rapid.Float64(),
		rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), math.MaxFloat64, math.SmallestNonzeroFloat64, 1 << 53}),
	)
	return rapid.OneOf(rapid.Just([]float64(nil)), rapid.SliceOfN(value, n, n),
		rapid.SliceOfN(rapid.OneOf(rapid.Just(math.NaN()), rapid.Map(rapid.IntRange(0, 255), func(i int) float64 { return float64(i) })), n, n))
}

func TestAnyRunComesBackBitByBit(t *testing.T) {
	c := testCodec(t)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 25).Draw(t, "samples") // as many as there may be in a second
		r := &readiness.Run{
			Title: rapid.String().Draw(t, "title"), Part: int(rapid.Int32().Draw(t, "part")),
			Start:    time.Unix(rapid.Int64Range(1e9, 4e9).Draw(t, "start"), rapid.Int64Range(0, 999999999).Draw(t, "ns")).UTC(),
			First:    morning,
			Segments: rapid.SliceOfN(rapid.IntRange(0, n), 0, 4).Draw(t, "segments"),
		}
		r.T = rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), n, n).Draw(t, "t")
		columns := []*[]float64{&r.HR, &r.Speed, &r.Distance, &r.Cadence, &r.Altitude, &r.Lat, &r.Lon, &r.Power}
		for _, to := range columns {
			*to = channel(n).Draw(t, "column")
		}
		e := digested(readiness.Event{Athlete: ann, Kind: readiness.KindRun, Key: "k", Run: r})
		header, data, err := c.encodeEvent(e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.decodeEvent(header, data)
		if err != nil {
			t.Fatal(err)
		}
		back := []*[]float64{&got.Run.HR, &got.Run.Speed, &got.Run.Distance, &got.Run.Cadence, &got.Run.Altitude, &got.Run.Lat, &got.Run.Lon, &got.Run.Power}
		for i := range columns {
			if err := sameFloats(*columns[i], *back[i]); err != nil {
				t.Fatalf("column %d: %v", i, err)
			}
		}
		if d := got.ContentDigest(); d != e.Digest {
			t.Fatalf("the content's digest was %s, is %s", e.Digest, d)
		}
	})
}

// longDay returns 24 hours at 1 Hz with nine channels on FIT's grids: an
// autocorrelated pace, measuring noise everywhere, holes in the heart rate.
func longDay() readiness.Event {
	const n = 24 * 3600
	rnd := rand.New(rand.NewPCG(1, 2))
	r := &readiness.Run{Sport: "running", Format: "fit", Part: -1, Start: morning, First: morning, Device: readiness.Device{Serial: "42"}}
	on := func(x, scale float64) float64 { return math.Round(x*scale) / scale }
	pace, hr, climb, angle, distance, lat, lon := 2.8, 130.0, 500.0, 0.0, 0.0, 47.0, 8.0
	for i := range n {
		pace += 0.05*(2.8-pace) + 0.06*rnd.NormFloat64()
		hr += 0.02*(130+8*(pace-2.8)-hr) + 0.7*rnd.NormFloat64()
		climb += 0.1 * rnd.NormFloat64()
		angle += 0.03 * rnd.NormFloat64()
		distance += pace
		lat += pace * math.Cos(angle) / 111e3
		lon += pace * math.Sin(angle) / 76e3
		beat := math.Round(hr)
		if i%3600 < 40 {
			beat = math.NaN()
		}
		semi := func(deg float64) float64 {
			return math.Round((deg+1e-6*rnd.NormFloat64())/180*(1<<31)) * 180 / (1 << 31)
		}
		r.T, r.HR = append(r.T, float64(i)), append(r.HR, beat)
		r.Speed, r.Distance = append(r.Speed, on(pace+0.02*rnd.NormFloat64(), 1000)), append(r.Distance, on(distance, 100))
		r.Cadence = append(r.Cadence, on(84+2*(pace-2.8)+0.8*rnd.NormFloat64(), 128))
		r.Altitude = append(r.Altitude, math.Round((climb+500)*5)/5-500)
		r.Lat, r.Lon = append(r.Lat, semi(lat)), append(r.Lon, semi(lon))
		r.Power = append(r.Power, math.Round(80*pace+12*rnd.NormFloat64()))
	}
	return digested(readiness.Event{Athlete: ann, Kind: readiness.KindRun, Key: "day", Run: r})
}

func TestDayOfSecondsFitsTheStockLimit(t *testing.T) {
	c, e := testCodec(t), longDay()
	header, data, err := c.encodeEvent(e)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d samples × 9 channels: %d bytes", len(e.Run.T), len(data))
	if len(data) >= 1<<20 {
		t.Errorf("%d bytes do not fit into a message of 1 MiB", len(data))
	}
	got, err := c.decodeEvent(header, data)
	if err != nil {
		t.Fatal(err)
	}
	if d := got.ContentDigest(); d != e.Digest {
		t.Errorf("the content's digest was %s, is %s", e.Digest, d)
	}
}

func TestBrokenTextIsStoredReadably(t *testing.T) {
	c := testCodec(t)
	e := runOf("k", "gpx", 2)
	e.Run.Title, e.Source.File = "a\xffb", "\xfe.gpx"
	e = digested(e)
	header, data, err := c.encodeEvent(e)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.decodeEvent(header, data)
	if err != nil {
		t.Fatal(err)
	}
	if got.Run.Title != "a\uFFFDb" || got.Source.File != "\uFFFD.gpx" || got.Digest != e.Digest {
		t.Errorf("got %q from %q, digest %s", got.Run.Title, got.Source.File, got.Digest)
	}
}

func TestEventsThatMustNotBeStored(t *testing.T) {
	cases := map[string]func(*readiness.Event){
		"athlete":         func(e *readiness.Event) { e.Athlete = "Ann Smith" },
		"wildcard":        func(e *readiness.Event) { e.Key = ">" },
		"dot in key":      func(e *readiness.Event) { e.Key = "a.b" },
		"empty key":       func(e *readiness.Event) { e.Key = "" },
		"unknown kind":    func(e *readiness.Event) { e.Kind = "file" },
		"other content":   func(e *readiness.Event) { e.Kind = readiness.KindWellness },
		"no content":      func(e *readiness.Event) { e.Run = nil },
		"digest":          func(e *readiness.Event) { e.Digest = "abc" },
		"short column":    func(e *readiness.Event) { e.Run.HR = e.Run.HR[:1] },
		"segment outside": func(e *readiness.Event) { e.Run.Segments = []int{4} },
		"segment below":   func(e *readiness.Event) { e.Run.Segments = []int{-1} },
		"too long":        func(e *readiness.Event) { e.Run.T, e.Run.HR = make([]float64, maxSamples+1), nil },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			e := runOf("k", "fit", 3)
			change(&e)
			if err := checkEvent(e); !errors.Is(err, readiness.ErrInvalid) {
				t.Errorf("got %v, want an error that wraps ErrInvalid", err)
			}
		})
	}
}
