package readiness

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"afterrun/readiness/physio"
)

// ErrInvalid marks an input that no retry can cure: a broken event, an
// impossible value. Test with errors.Is.
var ErrInvalid = errors.New("invalid")

// AthleteID names one person: a slug [a-z0-9_-]{1,32}. Real names live in the
// configuration only.
type AthleteID string

var slug = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

// Validate reports an id that is not a slug; the error wraps ErrInvalid.
func (a AthleteID) Validate() error {
	if !slug.MatchString(string(a)) {
		return fmt.Errorf("athlete %q: want 1-32 of a-z 0-9 _ -: %w", a, ErrInvalid)
	}
	return nil
}

// Kind says what an event is about.
type Kind string

// The kinds of event.
const (
	KindRun        Kind = "run"        // any recorded activity; Sport says which
	KindWellness   Kind = "wellness"   // a day's resting HR, HRV, sleep from a device
	KindCheckIn    Kind = "checkin"    // what the athlete says
	KindProfile    Kind = "profile"    // dated parameters: HRmax, zones, sex, time zone
	KindRetraction Kind = "retraction" // earlier content that no longer holds
	KindChoice     Kind = "choice"     // the athlete's word on a recording that others overlap
	KindRules      Kind = "rules"      // numbers of the verdict that are not the specification's
)

// Event is one fact from a file, a form or the configuration. Exactly the
// pointer that Kind names is set.
type Event struct {
	Athlete AthleteID
	Kind    Kind
	Key     string // identity within (athlete, kind): slug [a-z0-9_-]{1,64}; independent of the file it came in
	Digest  string // hex SHA-256 of the content, see [Event.ContentDigest]
	Source  Source // where it was seen; not part of the digest

	Run        *Run
	Wellness   *Wellness
	CheckIn    *CheckIn
	Profile    *Profile
	Retraction *Retraction
	Choice     *Choice
	Rules      *OwnRules
}

// Source says where an event was seen first. It never influences a result.
type Source struct {
	File   string `json:"file,omitempty"`   // path relative to the synced folder, '/' separated
	SHA256 string `json:"sha256,omitempty"` // hex, of the file's bytes
}

// Wellness is one local date's record of one source (identity: source + date),
// or, with Readings, what one file of a watch says about days and nights
// (identity: content); Date is then only the UTC date of the first reading.
type Wellness struct {
	Date     Date
	Source   string             // "device_day", "overnight_nadir", "device", "rr"; with the maker of an export behind a colon: "device_day:fitbit"
	Values   map[string]float64 // rhr_bpm, hrv_rmssd_ms, sleep_h, body_mass_kg; kept but never compared: rhr_7d_bpm, hrv_sdnn_ms, hrr60_bpm
	Readings *Readings          // nil, or instead of Values
}

// CheckIn is what the athlete said on one date (PHYSIOLOGY §12). A row of a
// file is split by its reader into a day part and a run part, because they are
// replaced independently.
type CheckIn struct {
	Date    Date
	Part    CheckInPart
	Run     string             // run part only: the column `run` as written, "" = the date's
	Order   int64              // later entries of the same identity win: Unix microseconds for forms, row number for files
	Numbers map[string]float64 // by column name, within the ranges of CheckInColumns
	Text    map[string]string  // pain_site, pain_since (YYYY-MM-DD), notes
}

// CheckInPart tells the two parts of a check-in row apart.
type CheckInPart string

// Day fields describe the morning of the date, run fields its runs.
const (
	PartDay CheckInPart = "day"
	PartRun CheckInPart = "run"
)

// CheckInColumn is one column of a check-in file and the range of its values;
// a value outside is missing.
type CheckInColumn struct {
	Name     string
	Part     CheckInPart
	Text     bool
	Min, Max float64
	Help     string
}

// CheckInColumns lists every known column besides `date` and `run`.
var CheckInColumns = []CheckInColumn{
	{"fatigue", PartDay, false, 1, 5, "1-5, 5 = fresh"},
	{"soreness", PartDay, false, 1, 5, "1-5, 5 = none"},
	{"stress", PartDay, false, 1, 5, "1-5, 5 = relaxed"},
	{"mood", PartDay, false, 1, 5, "1-5, 5 = very good"},
	{"sleep_quality", PartDay, false, 1, 5, "1-5, 5 = very good"},
	{"energy", PartDay, false, 1, 5, "1-5, 5 = full"},
	{"appetite", PartDay, false, 1, 5, "1-5, 5 = very good"},
	{"motivation", PartDay, false, 1, 5, "1-5, 5 = keen"},
	{"sleep_h", PartDay, false, 0, 16, "hours slept last night"},
	{"rhr_bpm", PartDay, false, 0, 1000, "resting heart rate on waking, bpm (30-110 counts)"},
	{"hrv_rmssd_ms", PartDay, false, 1, 400, "morning rMSSD, ms"},
	{"body_mass_kg", PartDay, false, 20, 300, "body mass, kg"},
	{"illness", PartDay, false, 0, 1, "0/1"},
	{"pain", PartDay, false, 0, 10, "0-10, 0 = none"},
	{"pain_site", PartDay, true, 0, 0, "where it hurts"},
	{"pain_since", PartDay, true, 0, 0, "YYYY-MM-DD"},
	{"swelling", PartDay, false, 0, 1, "0/1"},
	{"limping", PartDay, false, 0, 1, "0/1"},
	{"sharp", PartDay, false, 0, 1, "0/1, sharp pinpoint pain"},
	{"worse_when_running", PartDay, false, 0, 1, "0/1"},
	{"alcohol", PartDay, false, 0, 1, "0/1, alcohol last evening"},
	{"foam_roll", PartDay, false, 0, 1, "0/1, foam rolled or massaged since yesterday"},
	{"notes", PartDay, true, 0, 0, "free text: conditions, what ached, breathing smooth or ragged"},
	{"rpe", PartRun, false, 0, 10, "how hard, CR-10"},
	{"mass_pre_kg", PartRun, false, 20, 300, "body mass before, kg"},
	{"mass_post_kg", PartRun, false, 20, 300, "body mass after, kg"},
	{"fluid_in_l", PartRun, false, 0, 20, "drunk during the run, L"},
	{"urine_l", PartRun, false, 0, 10, "passed during the run, L"},
	{"cooldown_min", PartRun, false, 0, 240, "minutes walked after the run"},
}

// Profile is what is known about the athlete besides files (from the
// configuration; identity: source).
type Profile struct {
	BirthDate string        // YYYY-MM-DD or ""
	Sex       string        // male | female | unspecified
	TimeZone  string        // IANA name, "" = UTC
	BodyMass  float64       // kg, 0 = unknown
	Params    []DatedParams // ascending From
	Order     int64         // a later edit of the same source wins; counted by the publisher, 0 = the first
}

// OwnRules are the numbers of the verdict that the configuration changes
// (identity: source). They hold for the whole history: what is computed by them
// is computed again when they change.
type OwnRules struct {
	Values map[string]string // by name, as [physio.RuleChange] writes them; the others are the specification's
	Order  int64             // a later edit of the same source wins; counted by the publisher, 0 = the first
}

// NewOwnRules tells the rules that are not the specification's.
func NewOwnRules(r physio.Rules) *OwnRules {
	o := &OwnRules{Values: map[string]string{}}
	for _, c := range r.Changes() {
		o.Values[c.Name] = c.Value
	}
	return o
}

// rules are all of them; the error says why they cannot be.
func (o *OwnRules) rules() (physio.Rules, error) {
	r, err := physio.DefaultRules().With(o.Values)
	if err == nil && len(r.Changes()) != len(o.Values) {
		err = errors.New("a rule that is the specification's is no change")
	}
	return r, err
}

// DatedParams holds from its date on, key by key.
type DatedParams struct {
	From   Date
	Values map[string]float64 // hrmax, hrrest, lthr (bpm), threshold_speed_mps, hide_fuel_numbers (0/1)
}

// Location returns the profile's time zone, UTC when unset or unknown.
func (p *Profile) Location() *time.Location {
	if p == nil || p.TimeZone == "" {
		return time.UTC
	}
	loc, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Choice is the athlete's word on a recording that others overlap (identity: the
// run's key); it goes before the rule of PHYSIOLOGY §0.
type Choice struct {
	Run    string // key of the run
	Ruling Ruling
	Order  int64 // Unix microseconds; the later one counts
}

// Ruling is what the athlete decides.
type Ruling string

// The rulings.
const (
	RulingNone  Ruling = ""      // the rule decides again
	RulingApart Ruling = "apart" // a run of its own, whatever it overlaps
	RulingFirst Ruling = "first" // it counts, the recordings that it overlaps do not
)

// Known reports a ruling that exists.
func (r Ruling) Known() bool { return r == RulingNone || r == RulingApart || r == RulingFirst }
