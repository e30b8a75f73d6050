package readiness

import "time"

// Run is one recorded activity in columns, as the file has it: nothing is
// cleaned, sorted or filled in here (that is [Observe]'s work). All columns
// that are not nil have the length of T. A missing sample is NaN; NaN never
// leaves the samples.
type Run struct {
	Sport    string // FIT profile name: running, walking, cycling, …; "" = unknown
	SubSport string // FIT profile name: trail, treadmill, …
	Format   string // fit | gpx | tcx | polar
	Title    string
	Tags     []string // athlete's own: race, hard
	Part     int      // k of the run_id suffix #k, -1 when the file holds one run only

	Start        time.Time // session start (FIT), else the first sample; UTC
	First        time.Time // time of the first sample: t = 0 of T; UTC
	UTCOffset    int       // s, local − UTC of the file; meaningful only with HasUTCOffset
	HasUTCOffset bool

	Device   Device
	HRSource string // chest | optical | unknown
	Limits   DeviceLimits

	T        []float64 // s since First, in file order (may repeat or go back)
	HR       []float64 // bpm; 0 and 255 may occur and mean missing
	Speed    []float64 // m/s
	Distance []float64 // m, cumulative
	Cadence  []float64 // file's unit: strides/min of one foot (FIT), as written (others)
	Altitude []float64 // m
	Lat, Lon []float64 // degrees
	Power    []float64 // W

	TimerEvents []TimerEvent // FIT, in file order
	Segments    []int        // GPX: index of the first sample of every segment after the first
	RecoveryHR  []Marker     // FIT event 21: absolute HR in bpm
	Laps        []Lap
	Warnings    []string // what the reader had to leave out, for the owner of the file
}

// Device identifies the recorder.
type Device struct {
	Manufacturer, Product, Serial string // "" = unknown
}

// DeviceLimits are the athlete's limits as the watch believes them, in bpm;
// 0 = not set.
type DeviceLimits struct {
	ZonesMaxHR      float64 // zones_target.max_heart_rate
	ProfileRunMaxHR float64 // user_profile.default_max_running_heart_rate
	ProfileMaxHR    float64 // user_profile.default_max_heart_rate
	RestingHR       float64 // user_profile.resting_heart_rate
	ThresholdHR     float64 // zones_target.threshold_heart_rate
}

// TimerEvent is a start or a stop of the watch's timer, T in s since First.
type TimerEvent struct {
	T    float64
	Stop bool
}

// Marker is a value at a time, T in s since First.
type Marker struct{ T, Value float64 }

// Lap is one lap of the watch, times in s since First, distance in m (NaN =
// unknown).
type Lap struct{ From, To, Distance float64 }
