package readiness

import "time"

// Trace is what is kept of a run's samples: enough to compute every day, every
// load for another HRmax and the submaximal heart rate without them. It does
// not depend on any parameter of the athlete. No NaN inside.
type Trace struct {
	Start, First time.Time // UTC
	UTCOffset    int       // s, of the file; meaningful only with HasUTCOffset
	HasUTCOffset bool
	Sport        string
	SubSport     string
	Format       string
	Title        string
	Tags         []string
	HRSource     string
	Limits       DeviceLimits
	Samples      int // number of records
}

// Params are the athlete's limits on one date, with where they come from
// (PHYSIOLOGY §6).
type Params struct {
	HRMax, HRRest, LTHR Value
	ThresholdSpeed      Value  // m/s
	Sex                 string // male female unspecified
}
