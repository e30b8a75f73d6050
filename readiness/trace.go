package readiness

import (
	"math"
	"time"

	"afterrun/readiness/physio"
)

// Trace is what is kept of a run's samples: enough to compute every day, every
// load for another HRmax and the comparable series without them. It does not
// depend on any parameter of the athlete. No NaN inside.
type Trace struct {
	Start, First time.Time // UTC; session start, first kept sample (t = 0)
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

	ElapsedS, TimerS float64       // last − first sample; less the pauses
	DistanceM        *float64      // nil = unknown
	Stretches        []physio.Span `json:",omitempty"` // s since First, what lies between gaps of more than a day; nil without such gaps
	MovingS, RunS    int           // seconds; 0 when Coarse or NoMotion
	RunDistanceM     *float64      // nil = unknown
	Reversals        int           // times that went back

	Coarse     bool // too sparse for anything that needs seconds (§2)
	NoMotion   bool // neither speed nor distance nor cadence
	NotRunning bool // recorded as running, but is not (§3.1)

	HR        []physio.HRTime // time-weighted heart rates, ascending; the histogram all loads come from
	CoveredS  float64         // time the heart rate covers
	Flat      bool            // a frozen stretch was dropped
	LockShare float64         // cadence-locked share of the covered running time, 0-1
	Hold10    *float64        // highest heart rate held for 10 s, nil = none; a ride or a walk has none

	Device *DeviceRecovery // nil = no usable event

	Rules *physio.SampleRules `json:",omitempty"` // by which the samples were read, nil = the specification's
}

// distance is the recorded distance in m, NaN while unknown.
func (t *Trace) distance() float64 {
	if t.DistanceM == nil {
		return math.NaN()
	}
	return *t.DistanceM
}

// sampleRules are those that the samples were read by.
func (t *Trace) sampleRules() physio.SampleRules {
	if t.Rules == nil {
		return physio.DefaultRules().Samples()
	}
	return *t.Rules
}

// DeviceRecovery is the watch's own two-minute recovery event (§4.2).
type DeviceRecovery struct {
	Drop         float64 // bpm
	HRAtStop     float64 // bpm
	StopAfterEnd float64 // s, stop of the timer after the effort's end
}

// maxOffset is the largest believable difference to UTC, s (§0).
const maxOffset = 14 * 3600

// Offset returns local − UTC at the run's start, s: the file's own, rounded to a
// quarter of an hour, when it is believable, else the zone's (§0).
func (t *Trace) Offset(zone *time.Location) int {
	if t.HasUTCOffset {
		rounded := int(math.Round(float64(t.UTCOffset)/900)) * 900
		if rounded >= -maxOffset && rounded <= maxOffset {
			return rounded
		}
	}
	_, offset := t.Start.In(zone).Zone()
	return offset
}

// Date returns the local civil date of the run's start.
func (t *Trace) Date(zone *time.Location) Date {
	return DateOf(t.Start.UTC().Add(time.Duration(t.Offset(zone)) * time.Second))
}

// Forgotten reports a watch left running: more than 48 h of timer (§2).
func (t *Trace) Forgotten() bool { return t.TimerS > 48*3600 }

// Params are the athlete's limits on one date, with where they come from
// (PHYSIOLOGY §6).
type Params struct {
	HRMax, HRRest, LTHR Value
	ThresholdSpeed      Value  // m/s
	Sex                 string // male female unspecified

	TRIMP *physio.Factors `json:",omitempty"` // the athlete's own, nil = those of the sex

	Exceeded *float64 `json:",omitempty"` // observed maximum, bpm, when clearly above the override
}

// trimp are the factors of the training impulse.
func (p *Params) trimp() physio.Factors {
	if p.TRIMP == nil {
		return physio.BanisterFactors(p.Sex)
	}
	return *p.TRIMP
}
