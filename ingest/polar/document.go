package polar

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"
)

// session is a training session; a name in two spellings of the same letters is
// one to encoding/json.
type session struct {
	Name          text   `json:"name"`
	DeviceID      text   `json:"deviceId"`
	Start         clock  `json:"startTime"`
	Offset        offset `json:"timeZoneOffset"`
	OffsetMinutes offset `json:"timezoneOffsetMinutes"` // newer
	Sport         sport  `json:"sport"`
	Product       struct {
		ModelName text `json:"modelName"`
	} `json:"product"`
	Exercises exercises `json:"exercises"`
}

// exercises are its parts.
type exercises []exercise

// UnmarshalJSON keeps no more than one too many: an empty one costs a hundred
// times what it takes in the file.
func (e *exercises) UnmarshalJSON(b []byte) error {
	return each(b, func(d *json.Decoder) error {
		var one exercise
		err := d.Decode(&one)
		if len(*e) <= maxExercises {
			*e = append(*e, one)
		}
		return err
	})
}

// exercise is a part of it, of one sport.
type exercise struct {
	Start         clock  `json:"startTime"`
	Stop          clock  `json:"stopTime"` // without the pauses
	Offset        offset `json:"timezoneOffset"`
	OffsetMinutes offset `json:"timezoneOffsetMinutes"`
	Sport         sport  `json:"sport"`

	Distance       number `json:"distance"`       // m
	DistanceMeters number `json:"distanceMeters"` // newer

	Samples struct {
		HeartRate series `json:"heartRate"`
		Speed     series `json:"speed"` // km/h
		Distance  series `json:"distance"`
		Cadence   series `json:"cadence"` // strides/min of one foot
		Altitude  series `json:"altitude"`
		Power     series `json:"power"`
		Route     series `json:"recordedRoute"`

		Streams streams `json:"samples"` // newer
	} `json:"samples"`
	Route  series `json:"recordedRoute"`
	Routes struct {
		Route struct {
			Start clock  `json:"startTime"`
			Way   series `json:"wayPoints"`
		} `json:"route"`
	} `json:"routes"` // newer
}

// series is a list of samples, or of positions.
type series []sample

// sample is a value or a position, NaN where there is none.
type sample struct {
	at                   clock
	elapsed              float64 // ms, of a way point in place of the time
	value, lat, lon, alt float64
}

// UnmarshalJSON reads the samples one by one: the texts in them are not kept.
func (s *series) UnmarshalJSON(b []byte) error {
	return each(b, func(d *json.Decoder) error {
		var x struct {
			At                                   clock    `json:"dateTime"`
			Elapsed                              *float64 `json:"elapsedMillis"`
			Value, Latitude, Longitude, Altitude *float64
		}
		err := d.Decode(&x)
		one := sample{x.At, or(x.Elapsed), or(x.Value), or(x.Latitude), or(x.Longitude), or(x.Altitude)}
		if len(*s) <= maxSamples && !(math.IsNaN(one.value) && math.IsNaN(one.lat)) {
			*s = append(*s, one)
		}
		return err
	})
}

// streams are lists of values at an interval, by the name of their channel.
type streams map[string]stream

type stream struct {
	interval float64 // ms
	values   []float64
}

// second is that of a value since the start; without an interval it is never.
func (s stream) second(i int) int {
	if s.interval <= 0 {
		return math.MinInt
	}
	return int(math.Round(float64(i) * s.interval / 1000))
}

// UnmarshalJSON keeps the first stream of each known channel.
func (s *streams) UnmarshalJSON(b []byte) error {
	*s = streams{}
	return each(b, func(d *json.Decoder) error {
		var x struct {
			Type     text
			Interval number `json:"intervalMillis"`
			Values   json.RawMessage
		}
		err := d.Decode(&x)
		channel := channels[strings.TrimPrefix(string(x.Type), "SAMPLE_TYPE_")]
		if _, known := (*s)[channel]; channel != "" && !known {
			(*s)[channel] = stream{float64(x.Interval), numbers(x.Values)}
		}
		return err
	})
}

// channels are the newer names.
var channels = map[string]string{
	"HEART_RATE": heartRate, "SPEED": speed, "DISTANCE": distance, "CADENCE": cadence, "ALTITUDE": altitude, "POWER": power,
}

func numbers(b []byte) (out []float64) {
	_ = each(b, func(d *json.Decoder) error { // the list was read before
		var v *float64
		err := d.Decode(&v)
		if len(out) <= maxSamples {
			out = append(out, or(v))
		}
		return err
	})
	return out
}

func or(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// each decodes the elements of a list. What is no list has none; an element of
// another type than expected is passed over.
func each(b []byte, decode func(d *json.Decoder) error) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil //nolint:nilerr // see above
	}
	for d.More() {
		var other *json.UnmarshalTypeError
		if err := decode(d); err != nil && !errors.As(err, &other) {
			return err
		}
	}
	return nil
}

// clock is a time as written: on the local clock unless it names its zone.
type clock struct {
	milli int64 // Unix time; of the reading as if it were UTC when it names no zone
	zoned bool
	east  time.Duration // of the zone; 0 also of Z, which is written anywhere
}

// UnmarshalJSON takes times and ignores everything else.
func (c *clock) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		_, east := t.Zone()
		*c = clock{t.UnixMilli(), true, time.Duration(east) * time.Second}
	} else if t, err := time.Parse("2006-01-02T15:04:05", s); err == nil {
		*c = clock{milli: t.UnixMilli()}
	}
	return nil
}

// in returns the instant, given the offset of the local clock.
func (c clock) in(offset time.Duration) time.Time {
	t := time.UnixMilli(c.milli).UTC()
	if c.zoned {
		return t
	}
	return t.Add(-offset)
}

// offset is how far the local clock is from UTC.
type offset struct {
	minutes float64
	said    bool
}

// UnmarshalJSON takes numbers and ignores everything else.
func (o *offset) UnmarshalJSON(b []byte) error {
	var v *float64
	if json.Unmarshal(b, &v) == nil && v != nil {
		*o = offset{*v, true}
	}
	return nil
}

// number is 0 where the export has something else.
type number float64

// UnmarshalJSON takes numbers and ignores everything else.
func (n *number) UnmarshalJSON(b []byte) error {
	var v float64
	if json.Unmarshal(b, &v) == nil {
		*n = number(v)
	}
	return nil
}

// text is empty where the export has something else.
type text string

// UnmarshalJSON takes strings and ignores everything else.
func (t *text) UnmarshalJSON(b []byte) error {
	var v string
	if json.Unmarshal(b, &v) == nil {
		*t = text(v)
	}
	return nil
}

// sport is a word, or the number of one: {"id": "1"}.
type sport string

// UnmarshalJSON takes both and ignores everything else.
func (s *sport) UnmarshalJSON(b []byte) error {
	var word text
	var numbered struct {
		ID text `json:"id"`
	}
	if json.Unmarshal(b, &word) == nil && word != "" {
		*s = sport(word)
	} else if json.Unmarshal(b, &numbered) == nil {
		*s = sport(numbered.ID)
	}
	return nil
}
